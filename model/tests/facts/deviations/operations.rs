//! What the deviations of operations, associations and functions change, as one word each.

use super::{packets, stage, which};
use crate::stage::*;

pub(super) fn low_bit(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let arg = OverlappedArg { at: Overlapped::numbered(1), event: Handle(event.0 | 1) };
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    w.call(main, io(IoOp::ReadFile, file, Notify::Overlapped(arg), reply));
    packets(&w, p)
}

pub(super) fn failed_association(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let file = w.handle(main, device(false));
    let call = Call::NtSetInformationFileCompletion { file, port, key: 1 };
    let Return { value, out, .. } = w.call(main, call).unwrap();
    let status = NtStatus::INVALID_PARAMETER;
    assert_eq!(value, Value::Status(status));
    let written = Out::StatusBlock { status, information: 0 };
    which(out, &[(Out::Nothing, "untouched"), (written, "written")])
}

pub(super) fn association(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    let wait = Call::WaitForSingleObject { handle: file, timeout: ZERO };
    let table = [(dword(WAIT_OBJECT_0), "signaled"), (dword(WAIT_TIMEOUT), "not signaled")];
    which(w.call(main, wait), &table)
}

pub(super) fn partial_read(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let server = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
    let client = w.handle(main, Call::OpenNamedPipe { server, overlapped: true });
    w.handle(main, associate(client, p, 1));
    w.call(main, io(IoOp::NtWriteFile, server, native(1), Reply::Driver));
    let (op, file, length, other) = (IoOp::NtReadFile, client, 1, Handle::NULL);
    let (notify, reply) = (native(1), Reply::Driver);
    let result = w.call(main, Call::Io(IoCall { op, file, length, other, notify, reply }));
    let Value::Status(status) = result.unwrap().value else { panic!("it is native") };
    format!("{status}, {}", packets(&w, p))
}

pub(super) fn close_socket(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let socket = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(socket, port, 1));
    w.call(main, pending(IoOp::WSARecv, socket, 1));
    w.close(main, socket);
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => packet.status.to_string(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn close_accepted(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let mut open =
        |kind| w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    let [listener, accepted] = [open(FileKind::Listener), open(FileKind::Stream)];
    w.handle(main, associate(listener, port, 1));
    let Call::Io(accept) = pending(IoOp::AcceptEx, listener, 1) else { panic!("an operation") };
    w.call(main, Call::Io(IoCall { other: accepted, ..accept }));
    w.close(main, accepted);
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => packet.status.to_string(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn receive_after_reset(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let socket = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(socket, port, 1));
    let Some(Object::File(file)) = w.kernel.resolve(ProcessId(0), socket) else { panic!("a file") };
    w.act(Action::Arrive { file, what: Arrival::Reset });
    let notify = Notify::Overlapped(overlapped(1));
    let result = w.call(main, io(IoOp::WSARecv, socket, notify, Reply::Driver)).unwrap();
    let told = match (result.value, result.last_error) {
        (Value::Int(0), _) => "0 bytes".to_owned(),
        (_, error) => error.unwrap_or(0).to_string(),
    };
    format!("{told}, {}", packets(&w, port))
}

pub(super) fn disconnect(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(file, p, 1));
    w.call(main, Call::SetFileCompletionNotificationModes { file, flags: 1 });
    let notify = Notify::Overlapped(overlapped(1));
    w.call(main, io(IoOp::DisconnectEx, file, notify, Reply::Driver));
    packets(&w, p)
}

pub(super) fn job_port_null(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let job = w.handle(main, Call::CreateJobObject {});
    let mut set = |port| {
        let result = w.call(main, Call::SetInformationJobObjectPort { job, port, key: 1 });
        which(result, &[(succeeds(), "TRUE"), (fails(6), "6"), (fails(87), "87")])
    };
    let first = set(Handle::NULL);
    assert_eq!(set(port), "TRUE");
    format!("{first}, {}", set(Handle::NULL))
}

pub(super) fn exports(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let (key, context, information, status) = (1, 1, 1, NtStatus::SUCCESS);
    let (null, remove_signaled) = (Handle::NULL, false);
    let calls = [
        Call::NtAllocateReserveObject { for_packet: true },
        Call::NtSetIoCompletionEx { port, reserve: null, key, context, status, information },
        Call::NtCreateWaitCompletionPacket {},
        Call::NtAssociateWaitCompletionPacket {
            packet: null,
            port,
            target: null,
            key,
            context,
            status,
            information,
        },
        Call::NtCancelWaitCompletionPacket { packet: null, remove_signaled },
    ];
    let there = calls.map(|call| match w.try_call(main, call) {
        Ok(_) => true,
        Err(Refusal::NotExported(_)) => false,
        Err(other) => panic!("{other}"),
    });
    which(there, &[([true; 5], "all there"), ([false; 5], "none there")])
}

pub(super) fn sync_read(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let file = w.handle(main, device(false));
    let (event, routine, context) = (Handle::NULL, Some(5), 9);
    let status_block = Overlapped::numbered(9);
    let notify = Notify::Native { event, routine, context, status_block };
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 1 };
    w.call(main, io(IoOp::NtReadFile, file, notify, reply));
    w.call(main, Call::SleepEx { timeout: ZERO, alertable: true });
    format!("{} APCs", w.apcs_run())
}

pub(super) fn displaced_poll(semantics: Semantics) -> String {
    let mut w = World::new(semantics);
    let [main] = w.threads();
    let port = w.port(1);
    let file = w.associated(main, port, 7);
    let kind = FileKind::Stream;
    let socket = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    let (event, context, status_block) = (Handle::NULL, 5, Overlapped(5));
    let (events, exclusive, timeout) = (1, true, INFINITE);
    let poll = PollCall { file, socket, events, exclusive, timeout, event, context, status_block };
    for _ in 0..2 {
        assert_eq!(w.call(main, Call::AfdPoll(poll)), status(NtStatus::PENDING));
    }
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).map(|r| r.out) {
        Some(Out::Removed(packet)) => packet.status.to_string(),
        other => panic!("no packet: {other:?}"),
    }
}

pub(super) fn status_block(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, pending(IoOp::ReadFile, file, 1));
    w.complete(NtStatus::SUCCESS, 3);
    let block = w.kernel.status_block(ProcessId(0), Overlapped::numbered(1));
    block.expect("it was written").status.to_string()
}

fn at_once_with(semantics: Semantics, flags: u32, status: NtStatus) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, Call::SetFileCompletionNotificationModes { file, flags });
    w.call(main, at_once(IoOp::ReadFile, file, 1, status));
    packets(&w, p)
}

pub(super) fn error_at_once(semantics: Semantics) -> String {
    at_once_with(semantics, 0, NtStatus::END_OF_FILE)
}

pub(super) fn warning_skipped(semantics: Semantics) -> String {
    at_once_with(semantics, 1, NtStatus::BUFFER_OVERFLOW)
}

pub(super) fn skip(semantics: Semantics) -> String {
    at_once_with(semantics, 1, NtStatus::SUCCESS)
}

pub(super) fn null_overlapped(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let (kind, overlapped, inherit) = (FileKind::Disk, true, false);
    let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    let read = io(IoOp::ReadFile, file, Notify::Nothing, Reply::Driver);
    which(w.call(main, read), &[(fails(87), "refused"), (WAITS, "waits")])
}

pub(super) fn replace_pending(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, pending(IoOp::ReadFile, file, 1));
    let none = Handle::NULL;
    let replace = Call::NtSetInformationFileReplaceCompletion { file, port: none, key: 0 };
    let refused = status(NtStatus::INVALID_PARAMETER);
    let replaced = status(NtStatus::SUCCESS);
    let answer = which(w.call(main, replace), &[(refused, "refused"), (replaced, "replaced")]);
    w.complete(NtStatus::SUCCESS, 3);
    format!("{answer}, {}", packets(&w, p))
}
