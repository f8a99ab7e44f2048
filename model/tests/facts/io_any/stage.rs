//! A stage with one of everything, and numbers made into names of what is on it: mostly of the
//! right kind, sometimes of another, sometimes nonsense.

use crate::io_stage::*;

pub(super) const KINDS: [FileKind; 8] = [
    FileKind::Disk,
    FileKind::Directory,
    FileKind::PipeServer,
    FileKind::PipeClient,
    FileKind::Stream,
    FileKind::Listener,
    FileKind::Datagram,
    FileKind::Device,
];

/// Two processes, threads in both, and at least one of every kind of object.
pub(crate) fn stage(semantics: Semantics) -> Kernel {
    let mut io = Io::new(semantics);
    let mut open = |call: Call| {
        let action = Action::Call { thread: io.t, call };
        let _ = io.w.kernel.apply(action, &mut ()); // Some versions have no such function.
    };
    open(create_port(1));
    for kind in KINDS {
        let inherit = kind == FileKind::Disk;
        open(Call::CreateFile { kind, overlapped: true, inherit });
    }
    open(Call::CreateFile { kind: FileKind::Device, overlapped: false, inherit: true });
    open(Call::CreateNamedPipe { overlapped: true, message: true });
    open(Call::OpenNamedPipe { server: Handle(48), overlapped: true });
    open(Call::SocketPair { overlapped: true });
    open(Call::CreateEvent { manual_reset: true, initial: false });
    open(Call::CreateEvent { manual_reset: false, initial: true });
    open(Call::CreateSemaphore { initial: 1, maximum: 2 });
    open(Call::CreateMutex { initial_owner: false });
    open(Call::CreateJobObject {});
    open(Call::NtAllocateReserveObject { for_packet: true });
    open(Call::NtCreateWaitCompletionPacket {});
    open(Call::CreateProcess { inherit_handles: true });
    open(Call::CreateThread {});
    open(Call::CreateThread {});
    for file in 3..9 {
        open(Call::CreateIoCompletionPort {
            file: Handle(4 * file),
            existing_port: Handle(4),
            key: file,
            concurrency: 0,
        });
    }
    io.w.kernel
}

/// The handles of the stage are 4, 8, ... 112; what a program opens comes after. The rest is
/// nonsense of every kind.
pub(super) fn handle(n: u64) -> Handle {
    let low_bits = (n >> 40) % 16 / 13; // The low two bits are the caller's.
    match n % 32 {
        28 => Handle(4 * (29 + (n >> 8) % 12)),
        29 => Handle([0, u64::MAX, u64::MAX - 1][(n >> 8) as usize % 3]),
        30 => Handle(n.rotate_right(7)),
        small => Handle(4 * (small + 1) + low_bits),
    }
}

/// Mostly a handle of the right kind: one of these table entries of the stage, first is 1.
pub(super) fn one_of(entries: std::ops::RangeInclusive<u64>, n: u64) -> Handle {
    let (first, count) = (*entries.start(), entries.end() - entries.start() + 1);
    if (n >> 48).is_multiple_of(5) { handle(n) } else { Handle(4 * (first + n % count)) }
}

pub(super) fn port(n: u64) -> Handle {
    one_of(1..=2, n)
}

pub(super) fn file(n: u64) -> Handle {
    one_of(3..=15, n)
}

pub(super) fn event(n: u64) -> Handle {
    one_of(16..=17, n)
}

/// Events, a semaphore, a mutex; a process, threads.
pub(super) fn waitable(n: u64) -> Handle {
    if n.is_multiple_of(3) { one_of(23..=26, n >> 8) } else { one_of(16..=19, n >> 8) }
}

pub(super) const SEMAPHORE: u64 = 18;

pub(super) const MUTEX: u64 = 19;

pub(super) const JOB: u64 = 20;

pub(super) const RESERVE: u64 = 21;

pub(super) const WAIT_PACKET: u64 = 22;

pub(super) const PROCESS: u64 = 23;

pub(super) fn only(entry: u64, n: u64) -> Handle {
    one_of(entry..=entry, n)
}

pub(super) fn thread_handle(n: u64) -> Handle {
    one_of(24..=26, n)
}

pub(super) fn timeout(n: u64) -> Timeout {
    match n % 8 {
        0..=4 => Timeout::Zero,
        5 | 6 => Timeout::Finite(n),
        _ => Timeout::Infinite,
    }
}

pub(super) fn some_status(n: u64) -> NtStatus {
    const SOME: [u32; 8] =
        [0, 0x102, 0x103, 0x4000_0001, 0x8000_0005, 0xC000_0011, 0xC000_0120, 0xC000_014B];
    if n.is_multiple_of(9) { NtStatus(n as u32) } else { NtStatus(SOME[n as usize % 8]) }
}

pub(super) fn overlapped(n: u64) -> Overlapped {
    match n % 16 {
        0 => Overlapped::NULL,
        1 => Overlapped(n.rotate_right(5)),
        small => Overlapped::numbered(small as u16 % 4),
    }
}

/// A small number mostly, any other sometimes.
pub(super) fn number(n: u64) -> u32 {
    if n % 8 == 7 { (n >> 8) as u32 } else { (n % 7) as u32 }
}
