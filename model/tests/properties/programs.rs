//! The stage of the random programs, and any action on it.

use proptest::prelude::*;

use crate::support::*;

pub(crate) const THREADS: u16 = 4;

pub(crate) const PORTS: u64 = 2;

/// Handles 4 and 8 are ports, 12 and 16 events, 20 to 36 files.
const HANDLES: u64 = 9;

/// A kernel with something of everything.
pub(crate) fn stage(semantics: Semantics) -> Kernel {
    let mut w = World::new(semantics);
    let [main, _, _, _] = w.threads();
    for concurrency in [1, 2] {
        w.handle(main, create_port(concurrency));
    }
    w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    w.handle(main, Call::CreateEvent { manual_reset: false, initial: false });
    for kind in [FileKind::Disk, FileKind::Device, FileKind::Datagram] {
        w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    }
    w.handle(main, Call::CreateFile { kind: FileKind::Device, overlapped: false, inherit: false });
    let server = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
    w.handle(main, Call::OpenNamedPipe { server, overlapped: true });
    w.kernel
}

fn any_timeout() -> impl Strategy<Value = Timeout> {
    prop_oneof![
        4 => Just(Timeout::Zero),
        4 => Just(Timeout::Finite(1000)),
        1 => Just(Timeout::Infinite),
    ]
}

fn any_port() -> impl Strategy<Value = Handle> {
    (1..=PORTS).prop_map(|n| Handle(4 * n))
}

fn any_handle() -> impl Strategy<Value = Handle> {
    prop_oneof![
        8 => (1..=HANDLES + 1).prop_map(|n| Handle(4 * n)),
        1 => any::<u64>().prop_map(Handle),
    ]
}

fn any_file() -> impl Strategy<Value = Handle> {
    (5..=HANDLES).prop_map(|n| Handle(4 * n))
}

fn any_status() -> impl Strategy<Value = NtStatus> {
    const SOME: &[u32] = &[0, 0x102, 0x4000_0000, 0x8000_0005, 0xC000_0011, 0xC000_0120];
    proptest::sample::select(SOME).prop_map(NtStatus)
}

fn any_io() -> impl Strategy<Value = Call> {
    const OPS: &[IoOp] = &[
        IoOp::ReadFile,
        IoOp::WriteFile,
        IoOp::DeviceIoControl,
        IoOp::NtReadFile,
        IoOp::WSARecv,
        IoOp::ReadFileEx,
    ];
    let reply = prop_oneof![
        Just(Reply::Driver),
        Just(Reply::Pending),
        (any_status(), 0..9u64)
            .prop_map(|(status, information)| Reply::Done { status, information }),
    ];
    let event = prop_oneof![Just(0), Just(1), Just(12), Just(13), Just(16)].prop_map(Handle);
    (proptest::sample::select(OPS), any_file(), 0..3u16, event, reply, any::<bool>()).prop_map(
        |(op, file, number, event, reply, none)| {
            let overlapped = OverlappedArg { at: Overlapped::numbered(number), event };
            let notify = match (none, op) {
                (_, IoOp::ReadFileEx) => Notify::Routine { overlapped, routine: 1 },
                (_, IoOp::NtReadFile) => Notify::Native {
                    event,
                    routine: none.then_some(2),
                    context: u64::from(number) % 2 * overlapped.at.0,
                    status_block: overlapped.at,
                },
                (true, _) => Notify::Nothing,
                _ => Notify::Overlapped(overlapped),
            };
            let other = Handle::NULL;
            Call::Io(IoCall { op, file, length: 4, other, notify, reply })
        },
    )
}

fn any_call() -> impl Strategy<Value = Call> {
    let key = 0..4u64;
    prop_oneof![
        6 => (any_port(), key.clone()).prop_map(|(port, key)| {
            Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped: Overlapped::NULL }
        }),
        6 => (any_port(), any_timeout())
            .prop_map(|(port, timeout)| Call::GetQueuedCompletionStatus { port, timeout }),
        3 => (any_port(), 0..4u32, any_timeout(), any::<bool>()).prop_map(
            |(port, count, timeout, alertable)| Call::GetQueuedCompletionStatusEx {
                port, count, timeout, alertable
            }
        ),
        2 => (any_handle(), any_timeout())
            .prop_map(|(handle, timeout)| Call::WaitForSingleObject { handle, timeout }),
        1 => (any_timeout(), any::<bool>())
            .prop_map(|(timeout, alertable)| Call::SleepEx { timeout, alertable }),
        2 => any_handle().prop_map(|event| Call::SetEvent { event }),
        1 => any_handle().prop_map(|handle| Call::CloseHandle { handle }),
        3 => (any_file(), any_port(), key).prop_map(|(file, existing_port, key)| {
            Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 }
        }),
        2 => (any_file(), 0..4u32)
            .prop_map(|(file, flags)| Call::SetFileCompletionNotificationModes { file, flags }),
        6 => any_io(),
        1 => any_handle().prop_map(|file| Call::CancelIo { file }),
        1 => any_handle()
            .prop_map(|file| Call::CancelIoEx { file, overlapped: Overlapped::NULL }),
        1 => Just(Call::QueueUserAPC { thread: Handle::CURRENT_THREAD, routine: 1 }),
        1 => Just(Call::ExitThread {}),
    ]
}

pub(crate) fn any_action() -> impl Strategy<Value = Action> {
    let thread = || (0..THREADS).prop_map(ThreadId);
    prop_oneof![
        20 => (thread(), any_call()).prop_map(|(thread, call)| Action::Call { thread, call }),
        1 => (thread(), any_call()).prop_map(|(thread, call)| {
            let status = NtStatus::INSUFFICIENT_RESOURCES;
            Action::Exhausted { thread, call: Box::new(call), status }
        }),
        8 => thread().prop_map(|thread| Action::Expire { thread }),
        2 => thread().prop_map(|thread| Action::Block { thread }),
        6 => thread().prop_map(|thread| Action::Unblock { thread }),
        2 => (0..3u16, any_status(), 0..9u64).prop_map(|(irp, status, information)| {
            Action::Complete { irp: IrpId(irp), status, information }
        }),
        1 => (0..3u16).prop_map(|irp| Action::FinishCancel { irp: IrpId(irp) }),
        1 => (0..6u16, 1..9u32).prop_map(|(file, bytes)| {
            Action::Arrive { file: FileId(file), what: Arrival::Data(bytes) }
        }),
        1 => thread().prop_map(|thread| Action::Retry { thread }),
    ]
}

pub(crate) fn any_profile() -> impl Strategy<Value = Semantics> {
    proptest::sample::select(&Profile::ALL[..]).prop_map(Semantics::from)
}
