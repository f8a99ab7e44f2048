//! Packets come and go without a trip to the allocator: a queue keeps its room.

use allocation_counter::measure;
use iocp_model::*;

fn stage() -> (Kernel, [ThreadId; 2], Handle) {
    let mut kernel = Kernel::new(Profile::Win11, 4);
    let threads = [(); 2].map(|()| kernel.create_thread(ProcessId(0)));
    let call = Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 0,
        concurrency: 2,
    };
    kernel.apply(Action::Call { thread: threads[0], call }, &mut ()).expect("a port");
    (kernel, threads, Handle::from_index(0))
}

fn post(kernel: &mut Kernel, thread: ThreadId, port: Handle) {
    let (bytes, key, overlapped) = (0, 7, Overlapped::NULL);
    let call = Call::PostQueuedCompletionStatus { port, bytes, key, overlapped };
    kernel.apply(Action::Call { thread, call }, &mut ()).expect("posts");
}

fn remove(kernel: &mut Kernel, thread: ThreadId, port: Handle, timeout: Timeout) {
    let call = Call::GetQueuedCompletionStatus { port, timeout };
    kernel.apply(Action::Call { thread, call }, &mut ()).expect("takes or waits");
}

/// Allocations of a thousand rounds, once everything has the size it needs.
fn of_a_thousand(mut round: impl FnMut()) -> u64 {
    (0..10).for_each(|_| round());
    measure(|| (0..1000).for_each(|_| round())).count_total
}

#[test]
fn posting_and_removing_allocates_nothing_once_the_queue_has_its_room() {
    let (mut kernel, [a, _], port) = stage();
    let count = of_a_thousand(|| {
        post(&mut kernel, a, port);
        remove(&mut kernel, a, port, Timeout::Zero);
    });
    assert_eq!(count, 0);
}

#[test]
fn a_queue_that_fills_and_empties_allocates_nothing() {
    let (mut kernel, [a, _], port) = stage();
    let count = of_a_thousand(|| {
        (0..20).for_each(|_| post(&mut kernel, a, port));
        (0..20).for_each(|_| remove(&mut kernel, a, port, Timeout::Zero));
    });
    assert_eq!(count, 0);
}

#[test]
fn handing_packets_to_a_waiter_allocates_nothing() {
    let (mut kernel, [a, b], port) = stage();
    remove(&mut kernel, b, port, Timeout::Infinite);
    let count = of_a_thousand(|| {
        post(&mut kernel, a, port);
        remove(&mut kernel, b, port, Timeout::Infinite);
    });
    assert_eq!(count, 0);
}

/// The counter counts: a queue that has to grow, and a kernel that is cloned, do allocate.
#[test]
fn a_growing_queue_and_a_clone_are_noticed() {
    let (mut kernel, [a, _], port) = stage();
    let growing = measure(|| (0..100).for_each(|_| post(&mut kernel, a, port)));
    assert!(growing.count_total > 0);
    assert!(measure(|| drop(kernel.clone())).count_total > 0);
}
