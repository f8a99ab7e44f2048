//! Every operation that can end at a port, with every way it can end: at once or later, with
//! success, a warning or an error, as its driver says.

use crate::io_stage::*;

/// How a function tells its caller.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Style {
    /// A BOOL and Win32 errors.
    Bool,
    /// TRUE also for what is queued.
    Queues,
    /// Completes by routine: TRUE for what is under way, no byte count.
    Routine,
    /// 0 or SOCKET_ERROR, and Winsock errors.
    Winsock,
    /// A BOOL, but Winsock errors.
    Extension,
    /// An NTSTATUS.
    Native,
}
use Style::{Bool, Extension, Native, Queues, Routine, Winsock};

const OPS: [(IoOp, FileKind, Style); 23] = [
    (IoOp::ReadFile, FileKind::Disk, Bool),
    (IoOp::WriteFile, FileKind::Disk, Bool),
    (IoOp::ReadFileEx, FileKind::Disk, Routine),
    (IoOp::WriteFileEx, FileKind::Disk, Routine),
    (IoOp::ConnectNamedPipe, FileKind::PipeServer, Bool),
    (IoOp::TransactNamedPipe, FileKind::PipeClient, Bool),
    (IoOp::DeviceIoControl, FileKind::Device, Bool),
    (IoOp::LockFileEx, FileKind::Disk, Bool),
    (IoOp::ReadDirectoryChangesW, FileKind::Directory, Queues),
    (IoOp::WaitCommEvent, FileKind::Device, Bool),
    (IoOp::WSASend, FileKind::Stream, Winsock),
    (IoOp::WSARecv, FileKind::Stream, Winsock),
    (IoOp::WSASendTo, FileKind::Datagram, Winsock),
    (IoOp::WSARecvFrom, FileKind::Datagram, Winsock),
    (IoOp::WSAIoctl, FileKind::Stream, Winsock),
    (IoOp::AcceptEx, FileKind::Listener, Extension),
    (IoOp::ConnectEx, FileKind::Stream, Extension),
    (IoOp::DisconnectEx, FileKind::Stream, Extension),
    (IoOp::TransmitFile, FileKind::Stream, Extension),
    (IoOp::NtReadFile, FileKind::Disk, Native),
    (IoOp::NtWriteFile, FileKind::Disk, Native),
    (IoOp::NtDeviceIoControlFile, FileKind::Device, Native),
    (IoOp::NtFsControlFile, FileKind::PipeServer, Native),
];

const SUCCESS: u32 = 0;
const WARNING: u32 = 0x8000_0005;
const ERROR: u32 = 0xC000_000D;
const PENDING: u32 = 0x103;

/// What each style returns for a status, with 5 bytes.
fn returned(style: Style, told: u32) -> Option<Return> {
    match (style, told) {
        (Native, _) => status(NtStatus(told)),
        (Bool | Queues | Extension, SUCCESS) => done(5),
        (Winsock, SUCCESS) => wsa_done(5),
        (Routine, SUCCESS | PENDING) | (Queues, PENDING) => succeeds(),
        (Bool | Extension, PENDING) => fails(997),
        (Winsock, PENDING) => wsa_fails(997),
        (Bool | Queues, WARNING) => warns(234, 5),
        (Routine, WARNING) => fails(234),
        (Winsock, WARNING) => wsa_fails(10040),
        (Extension, WARNING) => fails(10040),
        (Bool | Queues | Routine, ERROR) => fails(87),
        (Winsock, ERROR) => wsa_fails(10022),
        (Extension, ERROR) => fails(10022),
        other => panic!("{other:?} is not in the table"),
    }
}

fn issue(style: Style, op_: IoOp, file: Handle, reply: Reply) -> IoCall {
    let call = match style {
        Native => native(op_, file, Handle::NULL, None),
        Routine => routine(7, op(op_, file)),
        _ => op(op_, file),
    };
    IoCall { reply, ..call }
}

/// An associated file; one for a completion routine may not be.
fn stage(kind: FileKind, style: Style, overlapped: bool) -> (Io, Handle) {
    let mut io = Io::new(Profile::Win11);
    let file = io.handle(Call::CreateFile { kind, overlapped, inherit: false });
    if style != Routine && overlapped {
        io.bind(file, 40);
    }
    (io, file)
}

/// What the port, or the routine, says to an end with this status.
fn check_told(io: &mut Io, style: Style, ended: Option<(u32, u64)>, case: &str) {
    if style == Routine {
        io.alert();
        assert_eq!(io.routines_run().len(), usize::from(ended.is_some()), "{case}");
    } else {
        let packet = ended.map(|(status, bytes)| (40, OV.0, status, bytes));
        assert_eq!(io.take(), packet, "{case}");
    }
    assert_eq!(io.take(), None, "{case}: once");
    if let Some(ended) = ended {
        assert_eq!(io.block(), Some(ended), "{case}");
    }
}

#[test]
fn every_operation_can_end_at_once_with_success_warning_or_error() {
    facts(&["G17", "J19"]);
    for (op_, kind, style) in OPS {
        for final_status in [SUCCESS, WARNING, ERROR] {
            let (mut io, file) = stage(kind, style, true);
            let reply = Reply::Done { status: NtStatus(final_status), information: 5 };
            let case = format!("{op_:?} {final_status:x}");
            let call = issue(style, op_, file, reply);
            assert_eq!(io.io(call), returned(style, final_status), "{case}");
            // Winsock answers an ioctl itself: the packet says 0 bytes (J19).
            let bytes = if op_ == IoOp::WSAIoctl && final_status == SUCCESS { 0 } else { 5 };
            let ended = (final_status != ERROR).then_some((final_status, bytes));
            check_told(&mut io, style, ended, &case);
        }
    }
}

#[test]
fn every_operation_can_end_later_with_success_warning_or_error() {
    for (op_, kind, style) in OPS {
        for final_status in [SUCCESS, WARNING, ERROR] {
            let (mut io, file) = stage(kind, style, true);
            let case = format!("{op_:?} {final_status:x}");
            let call = issue(style, op_, file, Reply::Pending);
            assert_eq!(io.io(call), returned(style, PENDING), "{case}");
            check_told(&mut io, style, None, &case);
            io.complete(final_status, 5);
            check_told(&mut io, style, Some((final_status, 5)), &case);
        }
    }
}

#[test]
fn every_operation_can_be_canceled() {
    for (op_, kind, style) in OPS {
        let (mut io, file) = stage(kind, style, true);
        io.io(issue(style, op_, file, Reply::Pending));
        assert_eq!(io.call(Call::CancelIoEx { file, overlapped: OV }), succeeds());
        io.finish_cancel();
        check_told(&mut io, style, Some((0xC000_0120, 0)), op_.name());
    }
}

#[test]
fn every_operation_waits_on_a_handle_that_is_not_overlapped() {
    facts(&["G12"]);
    for (op_, kind, style) in OPS {
        for final_status in [SUCCESS, WARNING, ERROR] {
            let (mut io, file) = stage(kind, style, false);
            let case = format!("{op_:?} {final_status:x}");
            let call = issue(style, op_, file, Reply::Pending);
            if style == Routine {
                assert_eq!(io.refused(Call::Io(call)), fails(87), "{case}");
                continue;
            }
            assert_eq!(io.io(call), WAITS, "{case}");
            io.complete(final_status, 5);
            assert_eq!(io.w.returned(io.t), returned(style, final_status), "{case}");
            let block = (final_status != ERROR).then_some((final_status, 5));
            assert_eq!(io.block(), block, "{case}");
            assert_eq!(io.depth(), 0);
        }
    }
}

#[test]
fn a_synchronous_operation_that_waits_gives_its_slot_away() {
    let mut io = Io::new(Profile::Win11);
    let [port, file] = [io.w.port(1), io.open_synchronous(FileKind::Device)];
    let [worker, waiter] = io.w.threads();
    io.w.post(io.t, port, 1);
    assert_eq!(io.w.remove(worker, port), got(1));
    assert_eq!(io.w.remove(waiter, port), WAITS);
    io.w.post(io.t, port, 2);
    assert_eq!(io.w.returned(waiter), WAITS, "at the limit");
    assert_eq!(io.w.call(worker, Call::Io(pends(op(IoOp::ReadFile, file)))), WAITS);
    assert_eq!(io.w.returned(waiter), got(2));
    io.complete(0, 3);
    assert_eq!(io.w.returned(worker), done(3));
    assert_eq!(io.w.active(port), 2, "back above the limit");
}

/// Directory changes that nobody asked about in time are kept for the next who asks.
#[test]
fn directory_changes_wait_for_somebody_to_ask() {
    let mut io = Io::new(Profile::Win11);
    let directory = io.bound(FileKind::Directory, 40);
    let watch = op(IoOp::ReadDirectoryChangesW, directory);
    assert_eq!(io.io(watch), succeeds());
    io.arrive(directory, Arrival::Data(24));
    assert_eq!(io.poll(), completed(40, 24));
    io.arrive(directory, Arrival::Data(30));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.io(watch), succeeds());
    assert_eq!(io.poll(), completed(40, 30));
}

/// A function is written down with its own arguments; what no program can write is refused.
#[test]
fn calls_that_no_program_can_make_are_not_modelled() {
    let (io, file) = stage(FileKind::Disk, Bool, true);
    let null = OverlappedArg { at: Overlapped::NULL, event: Handle::NULL };
    for call in [
        native(IoOp::ReadFile, file, Handle::NULL, None),
        op(IoOp::NtReadFile, file),
        routine(1, op(IoOp::ReadFile, file)),
        op(IoOp::ReadFileEx, file),
        nothing_given(op(IoOp::WriteFileEx, file)),
        IoCall {
            notify: Notify::Routine { overlapped: null, routine: 1 },
            ..op(IoOp::ReadFileEx, file)
        },
        IoCall {
            reply: Reply::Done { status: NtStatus::PENDING, information: 0 },
            ..op(IoOp::ReadFile, file)
        },
    ] {
        let action = Action::Call { thread: io.t, call: Call::Io(call) };
        let refused = io.w.kernel.step(action);
        assert!(matches!(refused, Err(Refusal::NotModelled(_))), "{call:?}: {refused:?}");
    }
}
