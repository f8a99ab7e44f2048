//! What the kernel costs. `cargo bench -p iocp-model` prints both sides of each comparison.
//!
//! A post and a remove through the Win32 layer stand beside `send` and `try_recv` of an unbounded
//! crossbeam channel; the clone and the fingerprint are what an exhaustive search stands on.
//! Each sample is many rounds, so that the clock, which is read twice a sample and takes longer
//! than one round, adds nothing to the figure.

use divan::{Bencher, black_box};
use iocp_model::*;

fn main() {
    divan::main();
}

fn create(kernel: &mut Kernel, thread: ThreadId) -> Handle {
    let call = Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 0,
        concurrency: 2,
    };
    kernel.apply(Action::Call { thread, call }, &mut ()).expect("a port");
    Handle::from_index(0)
}

fn post(thread: ThreadId, port: Handle, key: u64) -> Action {
    let overlapped = Overlapped::NULL;
    Action::Call {
        thread,
        call: Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped },
    }
}

fn remove(thread: ThreadId, port: Handle) -> Action {
    let timeout = Timeout::Zero;
    Action::Call { thread, call: Call::GetQueuedCompletionStatus { port, timeout } }
}

/// One port, four threads (two of them waiting), eight packets.
fn small() -> Kernel {
    let mut kernel = Kernel::new(Profile::Win11, 4);
    let threads: Vec<ThreadId> = (0..4).map(|_| kernel.create_thread(ProcessId(0))).collect();
    let port = create(&mut kernel, threads[0]);
    let wait = |thread| Action::Call {
        thread,
        call: Call::GetQueuedCompletionStatus { port, timeout: Timeout::Infinite },
    };
    for key in 0..3 {
        kernel.apply(post(threads[0], port, key), &mut ()).expect("posts");
    }
    for thread in [threads[0], threads[1], threads[2], threads[3]] {
        kernel.apply(wait(thread), &mut ()).expect("takes or waits");
    }
    for key in 1..8 {
        kernel.apply(post(threads[0], port, key), &mut ()).expect("posts");
    }
    assert_eq!(kernel.port(PortId(0)).expect("the port").depth(), 8);
    kernel
}

#[divan::bench(sample_count = 200, sample_size = 1000)]
fn post_and_remove_win32(bencher: Bencher) {
    let mut kernel = Kernel::new(Profile::Win11, 4);
    let thread = kernel.create_thread(ProcessId(0));
    let port = create(&mut kernel, thread);
    bencher.bench_local(|| {
        kernel.apply(post(thread, port, black_box(7)), &mut ()).expect("posts");
        kernel.apply(remove(thread, port), &mut ()).expect("takes");
    });
}

#[divan::bench(sample_count = 200, sample_size = 1000)]
fn post_and_remove_crossbeam(bencher: Bencher) {
    let (sender, receiver) = crossbeam_channel::unbounded::<Packet>();
    let packet = Packet::posted(0, 7, Overlapped::NULL);
    bencher.bench_local(|| {
        sender.send(black_box(packet)).expect("open");
        black_box(receiver.try_recv()).expect("there is one")
    });
}

// What a round returns is dropped after its sample: small samples, so that the clones of one lie
// close together, as those of a search do.
#[divan::bench(sample_count = 1000, sample_size = 16)]
fn clone_small(bencher: Bencher) {
    let kernel = small();
    bencher.bench_local(|| black_box(kernel.clone()));
}

#[divan::bench(sample_count = 200, sample_size = 200)]
fn fingerprint_small(bencher: Bencher) {
    let kernel = small();
    bencher.bench_local(|| black_box(&kernel).fingerprint());
}

#[divan::bench(sample_count = 1000, sample_size = 16)]
fn clone_and_fingerprint_small(bencher: Bencher) {
    let kernel = small();
    bencher.bench_local(|| {
        let clone = black_box(&kernel).clone();
        (clone.fingerprint(), clone)
    });
}

/// The same with the drop, which a search also pays for every state that it has seen before.
#[divan::bench(sample_count = 200, sample_size = 200)]
fn clone_fingerprint_and_drop_small(bencher: Bencher) {
    let kernel = small();
    bencher.bench_local(|| black_box(&kernel).clone().fingerprint());
}

#[divan::bench(sample_count = 200, sample_size = 200)]
fn apply_and_restore_small(bencher: Bencher) {
    let kernel = small();
    let mut scratch = kernel.clone();
    let port = Handle::from_index(0);
    bencher.bench_local(|| {
        scratch.apply(post(ThreadId(0), port, black_box(9)), &mut ()).expect("posts");
        scratch.restore(&kernel);
    });
}
