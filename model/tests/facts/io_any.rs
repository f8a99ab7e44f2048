//! Any call with any arguments, and anything from outside, over small kernels of every version:
//! no panic, no change by what is refused, and operations whose bookkeeping holds.

use std::collections::BTreeMap;

use iocp_model::ke::thread::{Run, WaitOn, Waiting};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::io_stage::*;

/// The handles of the stage are 4, 8, ... 112; what a program opens comes after. The rest is
/// nonsense of every kind.
fn handle(n: u64) -> Handle {
    let low_bits = (n >> 40) % 16 / 13; // The low two bits are the caller's.
    match n % 32 {
        28 => Handle(4 * (29 + (n >> 8) % 12)),
        29 => Handle([0, u64::MAX, u64::MAX - 1][(n >> 8) as usize % 3]),
        30 => Handle(n.rotate_right(7)),
        small => Handle(4 * (small + 1) + low_bits),
    }
}

/// Mostly a handle of the right kind: one of these table entries of the stage, first is 1.
fn one_of(entries: std::ops::RangeInclusive<u64>, n: u64) -> Handle {
    let (first, count) = (*entries.start(), entries.end() - entries.start() + 1);
    if (n >> 48).is_multiple_of(5) { handle(n) } else { Handle(4 * (first + n % count)) }
}

fn port(n: u64) -> Handle {
    one_of(1..=2, n)
}

fn file(n: u64) -> Handle {
    one_of(3..=15, n)
}

fn event(n: u64) -> Handle {
    one_of(16..=17, n)
}

/// Events, a semaphore, a mutex; a process, threads.
fn waitable(n: u64) -> Handle {
    if n.is_multiple_of(3) { one_of(23..=26, n >> 8) } else { one_of(16..=19, n >> 8) }
}

const SEMAPHORE: u64 = 18;
const MUTEX: u64 = 19;
const JOB: u64 = 20;
const RESERVE: u64 = 21;
const WAIT_PACKET: u64 = 22;
const PROCESS: u64 = 23;

fn only(entry: u64, n: u64) -> Handle {
    one_of(entry..=entry, n)
}

fn thread_handle(n: u64) -> Handle {
    one_of(24..=26, n)
}

fn timeout(n: u64) -> Timeout {
    match n % 8 {
        0..=4 => Timeout::Zero,
        5 | 6 => Timeout::Finite(n),
        _ => Timeout::Infinite,
    }
}

fn some_status(n: u64) -> NtStatus {
    const SOME: [u32; 8] =
        [0, 0x102, 0x103, 0x4000_0001, 0x8000_0005, 0xC000_0011, 0xC000_0120, 0xC000_014B];
    if n.is_multiple_of(9) { NtStatus(n as u32) } else { NtStatus(SOME[n as usize % 8]) }
}

fn overlapped(n: u64) -> Overlapped {
    match n % 16 {
        0 => Overlapped::NULL,
        1 => Overlapped(n.rotate_right(5)),
        small => Overlapped::numbered(small as u16 % 4),
    }
}

/// A small number mostly, any other sometimes.
fn number(n: u64) -> u32 {
    if n % 8 == 7 { (n >> 8) as u32 } else { (n % 7) as u32 }
}

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

const KINDS: [FileKind; 8] = [
    FileKind::Disk,
    FileKind::Directory,
    FileKind::PipeServer,
    FileKind::PipeClient,
    FileKind::Stream,
    FileKind::Listener,
    FileKind::Datagram,
    FileKind::Device,
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
fn any_semantics() -> impl Strategy<Value = Semantics> {
    let deviations = prop::collection::vec(proptest::sample::select(Deviation::ALL), 0..4usize);
    let mixed = (proptest::sample::select(&Profile::ALL[..]), deviations)
        .prop_map(|(profile, with)| with.into_iter().fold(profile.into(), Semantics::with));
    let plain = proptest::sample::select(&Profile::ALL[..]).prop_map(Semantics::from);
    prop_oneof![3 => plain, 3 => mixed, 1 => Just(Semantics::wine_8_0())]
}

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

/// What must hold of operations in any state.
fn broken_bookkeeping(kernel: &Kernel) -> Option<String> {
    let mut orders: BTreeMap<FileId, Vec<u32>> = BTreeMap::new();
    for (id, irp) in kernel.irps().iter() {
        let r = &irp.request;
        if kernel.file(r.file).is_none() || r.other.is_some_and(|f| kernel.file(f).is_none()) {
            return Some(format!("{id} names a file that is gone"));
        }
        if r.event.is_some_and(|event| kernel.event(event).is_none()) {
            return Some(format!("{id} names an event that is gone"));
        }
        if kernel.process(r.process).is_none_or(|process| process.exited) {
            return Some(format!("{id} outlives its process"));
        }
        orders.entry(r.file).or_default().push(irp.order);
    }
    for (file, mut order) in orders {
        order.sort_unstable();
        if order.iter().enumerate().any(|(i, order)| i as u32 != *order) {
            return Some(format!("the operations of {file} are numbered {order:?}"));
        }
    }
    for (id, thread) in kernel.threads().iter() {
        if let Run::Waiting(wait) = &thread.run
            && let Waiting::SyncIo { irp, .. } = wait.call
        {
            let own = kernel.irp(irp).is_some_and(|i| i.request.thread == id);
            if !own || wait.on != WaitOn::Nothing {
                return Some(format!("{id} waits for {irp}, which is not its own"));
            }
        }
    }
    let associated = kernel.files().iter().filter_map(|(_, file)| file.association);
    let mut associated = associated.map(|a| a.port);
    associated.find(|port| kernel.port(*port).is_none()).map(|port| format!("{port} is gone"))
}

/// What must hold of the effects of an action.
fn broken_effects(
    semantics: Semantics,
    after: &Kernel,
    effects: &[(Rule, Effect)],
) -> Option<String> {
    let plain = semantics.deviations().next().is_none();
    for (rule, effect) in effects {
        if plain && !rule.versions().contains(semantics.profile) {
            return Some(format!("{rule} does not hold on {}: {effect:?}", semantics.profile));
        }
        if let Effect::Returned { thread, .. } = effect {
            let run = after.thread(*thread).map(|t| &t.run);
            if !matches!(run, Some(Run::Running)) {
                return Some(format!("{thread} returned, but it is {run:?}"));
            }
        }
    }
    None
}

fn run(semantics: Semantics, actions: &[Action]) -> Result<usize, String> {
    let mut kernel = stage(semantics);
    let mut done = 0;
    for action in actions {
        let before = kernel.clone();
        let stepped = kernel.step(action.clone());
        let mut effects = Vec::new();
        let applied = kernel.apply(action.clone(), &mut effects);
        match (stepped, applied) {
            (Ok(step), Ok(())) => {
                done += 1;
                if step.next != kernel || step.effects != effects {
                    return Err(format!("step and apply disagree on {action:?}"));
                }
            }
            (Err(a), Err(b)) if a == b && effects.is_empty() && before == kernel => {}
            (stepped, applied) => {
                return Err(format!("{action:?}: {:?} {applied:?}", stepped.map(|_| ())));
            }
        }
        let mut bytes = Vec::new();
        kernel.encode(&mut bytes);
        if Kernel::decode(&mut &bytes[..]).as_ref() != Some(&kernel) {
            return Err(format!("bytes do not rebuild the state after {action:?}"));
        }
        let broken =
            broken_bookkeeping(&kernel).or_else(|| broken_effects(semantics, &kernel, &effects));
        if let Some(broken) = broken {
            return Err(format!("{broken}, after {action:?}"));
        }
    }
    Ok(done)
}

#[test]
fn any_program_of_any_calls_runs_without_a_panic_and_what_is_refused_changes_nothing() {
    let cases = std::env::var("IO_ANY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    let programs = (any_semantics(), prop::collection::vec(any_action(), 1..80));
    let result = TestRunner::new(config).run(&programs, |(semantics, actions)| {
        run(semantics, &actions).map(drop).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// Each check above catches the fault that it is there for.
#[test]
fn a_planted_fault_in_the_bookkeeping_of_operations_is_found() {
    let mut io = Io::new(Profile::Win11);
    let file = io.open_synchronous(FileKind::Device);
    let [other] = io.w.threads();
    io.io(pends(op(IoOp::ReadFile, file)));
    assert_eq!(broken_bookkeeping(&io.w.kernel), None);
    let sound = serde_json::to_value(&io.w.kernel).expect("a kernel is JSON");
    let plants: [(&[&str], u64, &str); 4] = [
        (&["request", "file"], 40, "names a file that is gone"),
        (&["request", "event"], 40, "names an event that is gone"),
        (&["order"], 5, "are numbered [5]"),
        (&["request", "thread"], u64::from(other.0), "which is not its own"),
    ];
    for (path, value, expected) in plants {
        let mut broken = sound.clone();
        let irp = &mut broken["irps"][0];
        let field = path.iter().fold(irp, |at, name| &mut at[*name]);
        *field = value.into();
        let kernel = serde_json::from_value(broken).expect("still a kernel");
        let found = broken_bookkeeping(&kernel).unwrap_or_default();
        assert!(found.contains(expected), "{path:?}: {found:?}");
    }
    let returned = |thread| {
        let result = Return { value: Value::Void, last_error: None, out: Out::Nothing };
        [(Rule::CallReturns, Effect::Returned { thread, result })]
    };
    let check = |effects: &[_]| broken_effects(Profile::Win11.into(), &io.w.kernel, effects);
    assert!(check(&returned(io.t)).is_some(), "it waits");
    assert!(check(&returned(other)).is_none());
    let effect = Effect::Blocked { thread: other };
    assert!(check(&[(Rule::WarningSkipsOld, effect)]).is_some(), "a rule of older versions");
}

/// Ids are 16 bits wide; a kernel with a table that is full makes no more objects, and does not
/// panic. What makes none goes on.
#[test]
fn the_sixty_five_thousandth_object_of_any_kind_is_refused() {
    let sound = serde_json::to_value(stage(Semantics::default())).expect("a kernel is JSON");
    let kinds = [
        "ports",
        "threads",
        "processes",
        "files",
        "irps",
        "events",
        "semaphores",
        "mutants",
        "jobs",
        "reserves",
        "wait_packets",
    ];
    for kind in kinds {
        let mut json = sound.clone();
        for (length, full) in [(64_999, false), (65_000, true)] {
            let table = json[kind].as_array_mut().expect("a table is a list");
            table.resize(length, serde_json::Value::Null);
            let kernel: Kernel = serde_json::from_value(json.clone()).expect("still a kernel");
            let step = |call| kernel.step(Action::Call { thread: ThreadId(0), call });
            let makes = step(Call::CreateEvent { manual_reset: true, initial: false });
            let refused = matches!(makes, Err(Refusal::NotModelled(_)));
            assert_eq!(refused, full, "{length} {kind}");
            assert!(step(Call::GetLastError {}).is_ok(), "{length} {kind}");
        }
    }
}

/// The programs above do get somewhere: rules of operations that they reach.
#[test]
fn programs_of_any_calls_reach_the_rules_of_operations() {
    use proptest::strategy::ValueTree;
    let mut runner = TestRunner::deterministic();
    let programs = prop::collection::vec(any_action(), 80);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..600 {
        let actions = programs.new_tree(&mut runner).expect("a program").current();
        let mut kernel = stage(Semantics::default());
        for action in actions {
            let mut effects = Vec::new();
            let _ = kernel.apply(action, &mut effects);
            reached.extend(effects.into_iter().map(|(rule, _)| rule));
        }
    }
    for rule in [
        Rule::AssociationOfFileObject,
        Rule::ErrorAtOnceNoPacket,
        Rule::CompletesLater,
        Rule::ApcRefusedWhenAssociated,
        Rule::SynchronousWaits,
        Rule::CancelIoExRequests,
        Rule::ThreadExitCancels,
        Rule::CloseCancels,
        Rule::CloseCompletesReceive,
        Rule::ProcessExitClosesAll,
        Rule::SkipOnSuccess,
        Rule::StatusBlockDeferred,
    ] {
        assert!(reached.contains(&rule), "no program reached {rule}");
    }
}
