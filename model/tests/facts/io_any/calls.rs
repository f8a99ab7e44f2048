//! Any call, and any action, made of random numbers.

use proptest::prelude::*;

use super::stage::{
    JOB, KINDS, MUTEX, PROCESS, RESERVE, SEMAPHORE, WAIT_PACKET, event, file, handle, number, only,
    overlapped, port, some_status, thread_handle, timeout, waitable,
};
use crate::io_stage::*;

pub(crate) const OPS: [IoOp; 23] = [
    IoOp::ReadFile,
    IoOp::WriteFile,
    IoOp::ReadFileEx,
    IoOp::WriteFileEx,
    IoOp::ConnectNamedPipe,
    IoOp::TransactNamedPipe,
    IoOp::DeviceIoControl,
    IoOp::LockFileEx,
    IoOp::ReadDirectoryChangesW,
    IoOp::WaitCommEvent,
    IoOp::WSASend,
    IoOp::WSARecv,
    IoOp::WSASendTo,
    IoOp::WSARecvFrom,
    IoOp::WSAIoctl,
    IoOp::AcceptEx,
    IoOp::ConnectEx,
    IoOp::DisconnectEx,
    IoOp::TransmitFile,
    IoOp::NtReadFile,
    IoOp::NtWriteFile,
    IoOp::NtDeviceIoControlFile,
    IoOp::NtFsControlFile,
];

/// Operations: three times in four with the notification that fits the function.
fn io_call(a: [u64; 6]) -> Call {
    let op = OPS[a[0] as usize % OPS.len()];
    let given = OverlappedArg { at: overlapped(a[2]), event: given_event(a[3]) };
    let routine = (a[2] >> 16) as u16 % 4;
    let native = Notify::Native {
        event: given.event,
        routine: (a[4].is_multiple_of(3)).then_some(routine),
        context: [0, given.at.0, a[4]][(a[4] >> 8) as usize % 3],
        status_block: given.at,
    };
    let with_routine = Notify::Routine { overlapped: given, routine };
    let notify = match (a[0] >> 16) % 8 {
        0 => Notify::Nothing,
        1 => with_routine,
        2 => native,
        _ if op.is_native() => native,
        _ if op.is_ex() => with_routine,
        _ => Notify::Overlapped(given),
    };
    let (status, information) = (some_status(a[5]), a[5] >> 32);
    let reply = match (a[5] >> 16) % 8 {
        0..=3 => Reply::Driver,
        4 => Reply::Pending,
        5 | 6 => Reply::Done { status, information },
        _ => Reply::Exact {
            returned: some_status(a[4]),
            marked_pending: a[1].is_multiple_of(2),
            status,
            information,
        },
    };
    let other = if (a[1] >> 16).is_multiple_of(3) { file(a[1] >> 8) } else { Handle::NULL };
    Call::Io(IoCall { op, file: file(a[1]), length: number(a[4] >> 16), other, notify, reply })
}

/// No event, one of them, or one with its low bit set.
fn given_event(n: u64) -> Handle {
    match n % 4 {
        0 | 1 => Handle::NULL,
        2 => event(n >> 8),
        _ => Handle(event(n >> 8).0 | 1),
    }
}

fn port_call(n: u8, [a, b, c, d, e, _]: [u64; 6]) -> Call {
    let (port, key, information) = (port(a), b % 4, e);
    let (context, status) = (c, some_status(d));
    let attributes = match c % 6 {
        0 => Attributes::Null,
        1 => Attributes::WrongLength,
        2 => Attributes::Unnamed,
        3 => Attributes::BadRoot,
        _ => Attributes::Named((c >> 8) as u16 % 3),
    };
    match n {
        0 => Call::CreateIoCompletionPort {
            file: file(c),
            existing_port: port,
            key,
            concurrency: number(d),
        },
        1 => Call::PostQueuedCompletionStatus {
            port,
            bytes: number(c),
            key,
            overlapped: overlapped(d),
        },
        2 => Call::GetQueuedCompletionStatus { port, timeout: timeout(b) },
        3 => Call::GetQueuedCompletionStatusEx {
            port,
            count: number(b),
            timeout: timeout(c),
            alertable: d.is_multiple_of(2),
        },
        4 => Call::GetQueuedCompletionStatusNullOutputs { port },
        5 => Call::NtCreateIoCompletion {
            access: Access(number(b)),
            attributes,
            concurrency: number(d),
        },
        6 => Call::NtOpenIoCompletion { access: Access(number(b)), attributes },
        7 => Call::NtQueryIoCompletion { port, class: number(b) / 4, length: number(c) },
        8 => Call::NtSetIoCompletion { port, key, context, status, information },
        9 => Call::NtSetIoCompletionEx {
            port,
            reserve: only(RESERVE, b),
            key,
            context,
            status,
            information,
        },
        10 => Call::NtRemoveIoCompletion { port, timeout: timeout(b) },
        11 => Call::NtRemoveIoCompletionEx {
            port,
            count: number(b),
            timeout: timeout(c),
            alertable: d.is_multiple_of(2),
        },
        12 => Call::NtAllocateReserveObject { for_packet: a.is_multiple_of(2) },
        13 => Call::NtCreateWaitCompletionPacket {},
        14 => Call::NtAssociateWaitCompletionPacket {
            packet: only(WAIT_PACKET, b),
            port,
            target: waitable(c),
            key,
            context,
            status,
            information,
        },
        _ => Call::NtCancelWaitCompletionPacket {
            packet: only(WAIT_PACKET, a),
            remove_signaled: b.is_multiple_of(2),
        },
    }
}

fn file_call(n: u8, a: [u64; 6]) -> Call {
    let [file, port] = [file(a[0]), port(a[1])];
    let overlapped_given = OverlappedArg { at: overlapped(a[2]), event: given_event(a[3]) };
    match n {
        0 => Call::CreateFile {
            kind: KINDS[a[0] as usize % KINDS.len()],
            overlapped: !a[1].is_multiple_of(4),
            inherit: a[2].is_multiple_of(2),
        },
        1 => Call::CreateNamedPipe {
            overlapped: !a[0].is_multiple_of(4),
            message: a[1].is_multiple_of(2),
        },
        2 => Call::OpenNamedPipe { server: file, overlapped: !a[1].is_multiple_of(4) },
        3 => Call::SocketPair { overlapped: !a[0].is_multiple_of(4) },
        4 => Call::DisconnectNamedPipe { file },
        5 => Call::NtSetInformationFileCompletion { file, port, key: a[2] },
        6 => Call::NtSetInformationFileReplaceCompletion { file, port, key: a[2] },
        7 => Call::NtSetInformationFileNotificationModes {
            file,
            flags: number(a[1]),
            length: number(a[2]),
        },
        8 => Call::NtQueryInformationFileNotificationModes { file },
        9 => Call::SetFileCompletionNotificationModes { file, flags: number(a[1]) },
        10 => Call::BindIoCompletionCallback { file },
        11 => Call::Shutdown { file },
        12 => Call::CancelIo { file },
        13 => Call::CancelIoEx {
            file,
            overlapped: if a[3].is_multiple_of(2) { Overlapped::NULL } else { overlapped(a[2]) },
        },
        14 => Call::NtCancelIoFileEx { file, status_block: overlapped(a[2]) },
        15 => Call::CancelSynchronousIo { thread: thread_handle(a[0]) },
        18 => Call::AfdPoll(PollCall {
            file,
            socket: self::file(a[1]),
            events: (a[5] >> 8) as u32 & 0x1ff,
            exclusive: a[5].is_multiple_of(2),
            timeout: timeout(a[4]),
            event: given_event(a[3]),
            context: [0, overlapped(a[2]).0][(a[4] >> 8) as usize % 2],
            status_block: overlapped(a[2]),
        }),
        16 => Call::GetOverlappedResult {
            file,
            overlapped: overlapped_given,
            wait: a[4].is_multiple_of(2),
        },
        _ => Call::GetOverlappedResultEx {
            file,
            overlapped: overlapped_given,
            timeout: timeout(a[4]),
            alertable: a[5].is_multiple_of(2),
        },
    }
}

fn process_call(n: u8, a: [u64; 6]) -> Call {
    let [first, second] = [handle(a[0]), handle(a[1])];
    match n {
        0 => Call::CloseHandle { handle: first },
        1 => Call::NtClose { handle: first },
        2 => Call::DuplicateHandle {
            source_process: if a[3].is_multiple_of(2) {
                Handle::CURRENT_PROCESS
            } else {
                handle(a[3])
            },
            handle: first,
            target_process: if a[4].is_multiple_of(2) { Handle::CURRENT_PROCESS } else { second },
            access: (a[2].is_multiple_of(2)).then_some(Access(number(a[2] >> 8))),
            inherit: a[5].is_multiple_of(2),
            close_source: a[5].is_multiple_of(3),
        },
        3 => Call::CreateProcess { inherit_handles: a[0].is_multiple_of(2) },
        4 => Call::CreateThread {},
        5 if a[0].is_multiple_of(8) => Call::ExitProcess {},
        6 if a[1].is_multiple_of(8) => Call::TerminateProcess { process: only(PROCESS, a[0]) },
        7 if a[0].is_multiple_of(4) => Call::ExitThread {},
        8 if a[1].is_multiple_of(4) => Call::TerminateThread { thread: thread_handle(a[0]) },
        9 => Call::SuspendThread { thread: thread_handle(a[0]) },
        10 => Call::ResumeThread { thread: thread_handle(a[0]) },
        11 => Call::QueueUserAPC { thread: thread_handle(a[0]), routine: (a[1] % 5) as u16 },
        12 => Call::CreateJobObject {},
        13 => Call::AssignProcessToJobObject { job: only(JOB, a[0]), process: only(PROCESS, a[1]) },
        14 => Call::SetInformationJobObjectPort {
            job: only(JOB, a[0]),
            port: port(a[1]),
            key: a[2] % 4,
        },
        15 => Call::GetLastError {},
        16 => Call::SetLastError { error: number(a[0]) },
        _ => Call::SwitchToThread {},
    }
}

fn sync_call(n: u8, a: [u64; 6]) -> Call {
    let (first, alertable) = (waitable(a[0]), a[2].is_multiple_of(2));
    match n {
        0 => Call::CreateEvent {
            manual_reset: a[0].is_multiple_of(2),
            initial: a[1].is_multiple_of(2),
        },
        1 => Call::SetEvent { event: event(a[0]) },
        2 => Call::ResetEvent { event: event(a[0]) },
        3 => Call::CreateSemaphore { initial: number(a[0]), maximum: number(a[1]) },
        4 => Call::ReleaseSemaphore { semaphore: only(SEMAPHORE, a[0]), count: number(a[1]) },
        5 => Call::CreateMutex { initial_owner: a[0].is_multiple_of(2) },
        6 => Call::ReleaseMutex { mutex: only(MUTEX, a[0]) },
        7 => Call::WaitForSingleObject { handle: first, timeout: timeout(a[1]) },
        8 => Call::WaitForSingleObjectEx { handle: first, timeout: timeout(a[1]), alertable },
        9 => {
            let length = if a[3].is_multiple_of(20) { 70 } else { a[3] as usize % 4 };
            let handles = a.iter().cycle().take(length).map(|n| waitable(*n)).collect();
            Call::WaitForMultipleObjects {
                handles,
                all: a[4].is_multiple_of(2),
                timeout: timeout(a[1]),
                alertable,
            }
        }
        10 => {
            Call::NtWaitForSingleObject { handle: handle(a[0]), timeout: timeout(a[1]), alertable }
        }
        11 => Call::Sleep { timeout: timeout(a[1]) },
        _ => Call::SleepEx { timeout: timeout(a[1]), alertable },
    }
}

/// What ends operations, or decides how they end.
fn ending_call(n: u8, a: [u64; 6]) -> Call {
    let file = file(a[0]);
    match n {
        0 => Call::CancelIo { file },
        1 => Call::CancelIoEx { file, overlapped: Overlapped::NULL },
        2 => Call::CloseHandle { handle: file },
        _ => Call::SetFileCompletionNotificationModes { file, flags: number(a[1]) },
    }
}

fn any_call() -> impl Strategy<Value = Call> {
    let arguments = || any::<[u64; 6]>();
    prop_oneof![
        9 => arguments().prop_map(io_call),
        4 => (0..16u8, arguments()).prop_map(|(n, a)| port_call(n, a)),
        4 => (0..19u8, arguments()).prop_map(|(n, a)| file_call(n, a)),
        2 => (0..18u8, arguments()).prop_map(|(n, a)| process_call(n, a)),
        2 => (0..13u8, arguments()).prop_map(|(n, a)| sync_call(n, a)),
        3 => (0..5u8, arguments()).prop_map(|(n, a)| ending_call(n, a)),
    ]
}

pub(crate) fn any_action() -> impl Strategy<Value = Action> {
    let thread = || (0..5u16).prop_map(ThreadId);
    let irp = || (0..3u16).prop_map(IrpId);
    let what = prop_oneof![
        (0..40u32).prop_map(Arrival::Data),
        Just(Arrival::Data(u32::MAX)),
        Just(Arrival::Connect),
        Just(Arrival::Close),
        Just(Arrival::Reset),
    ];
    let plain = prop_oneof![
        30 => (thread(), any_call()).prop_map(|(thread, call)| Action::Call { thread, call }),
        4 => thread().prop_map(|thread| Action::Expire { thread }),
        1 => thread().prop_map(|thread| Action::Block { thread }),
        2 => thread().prop_map(|thread| Action::Unblock { thread }),
        2 => thread().prop_map(|thread| Action::Retry { thread }),
        4 => (irp(), any::<[u64; 2]>()).prop_map(|(irp, [s, information])| {
            Action::Complete { irp, status: some_status(s), information }
        }),
        3 => irp().prop_map(|irp| Action::FinishCancel { irp }),
        4 => (0..14u16, what).prop_map(|(file, what)| Action::Arrive { file: FileId(file), what }),
    ];
    (plain, 0..40u8).prop_map(|(action, n)| match (action, n) {
        (action, 0..3) => Action::Pick { waiter: n, then: Box::new(action) },
        (Action::Call { thread, call }, 3 | 4) => {
            let lacks = [NtStatus::INSUFFICIENT_RESOURCES, NtStatus::QUOTA_EXCEEDED];
            Action::Exhausted { thread, call: Box::new(call), status: lacks[usize::from(n - 3)] }
        }
        (action, _) => action,
    })
}

/// Every version, with up to four departures from it, and Wine 8.0.
pub(super) fn any_semantics() -> impl Strategy<Value = Semantics> {
    let deviations = prop::collection::vec(proptest::sample::select(Deviation::ALL), 0..4usize);
    let mixed = (proptest::sample::select(&Profile::ALL[..]), deviations)
        .prop_map(|(profile, with)| with.into_iter().fold(profile.into(), Semantics::with));
    let plain = proptest::sample::select(&Profile::ALL[..]).prop_map(Semantics::from);
    prop_oneof![3 => plain, 3 => mixed, 1 => Just(Semantics::wine_8_0())]
}
