//! How to look at the departures that the conformance suite has shown on Wine 8.0.

use super::{packets, stage, which};
use crate::stage::*;

fn disk(w: &mut World, main: ThreadId, port: Handle) -> Handle {
    let (kind, overlapped, inherit) = (FileKind::Disk, true, false);
    let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    w.handle(main, associate(file, port, 1));
    file
}

pub(super) fn lock_at_once(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = disk(&mut w, main, p);
    w.call(main, io(IoOp::LockFileEx, file, Notify::Overlapped(overlapped(1)), Reply::Driver));
    let block = w.kernel.status_block(ProcessId(0), Overlapped::numbered(1));
    assert_eq!(block.is_some(), w.depth(p) == 1);
    packets(&w, p)
}

/// An event that is not set, and an OVERLAPPED that names it.
fn event(w: &mut World, main: ThreadId) -> (Handle, OverlappedArg) {
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    (event, OverlappedArg { at: Overlapped::numbered(1), event })
}

fn is_set(w: &mut World, main: ThreadId, handle: Handle) -> &'static str {
    let result = w.call(main, Call::WaitForSingleObject { handle, timeout: ZERO });
    let table = [(dword(WAIT_OBJECT_0), "set"), (dword(WAIT_TIMEOUT), "not set")];
    table.into_iter().find(|(known, _)| *known == result).expect("a wait that ends").1
}

pub(super) fn disk_control(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = disk(&mut w, main, p);
    let (event, argument) = event(&mut w, main);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    w.call(main, io(IoOp::DeviceIoControl, file, Notify::Overlapped(argument), reply));
    format!("{}, {}", packets(&w, p), is_set(&mut w, main, event))
}

/// The client end of a pipe, associated and so signaled: whatever the semantics make of that.
fn signaled_pipe(w: &mut World, main: ThreadId, port: Handle) -> (Handle, Handle) {
    let server = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
    let client = w.handle(main, Call::OpenNamedPipe { server, overlapped: true });
    w.handle(main, associate(client, port, 1));
    (server, client)
}

pub(super) fn read_of_nobody(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let (server, client) = signaled_pipe(&mut w, main, p);
    assert_eq!(is_set(&mut w, main, client), "set");
    w.close(main, server);
    w.call(main, io(IoOp::NtReadFile, client, native(1), Reply::Driver));
    let after = is_set(&mut w, main, client);
    which(after, &[("not set", "not signaled"), ("set", "signaled")])
}

pub(super) fn peek(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let (_server, client) = signaled_pipe(&mut w, main, port);
    let told = w.call(main, io(IoOp::NtFsControlFile, client, native(1), Reply::Driver));
    let Value::Status(status) = told.unwrap().value else { panic!("it is native") };
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => format!("{status}, {} bytes", packet.information),
        other => panic!("{other:?}"),
    }
}

pub(super) fn bind_null(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let result = w.call(main, Call::BindIoCompletionCallback { file: Handle::NULL });
    which(result, &[(fails(87), "87"), (fails(6), "6")])
}

pub(super) fn cancel_nothing(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let file = w.handle(main, device(true));
    let mut cancel = |overlapped| {
        let result = w.call(main, Call::CancelIoEx { file, overlapped });
        which(result, &[(succeeds(), "TRUE"), (fails(1168), "1168")])
    };
    format!("{}, {}", cancel(Overlapped::NULL), cancel(Overlapped::numbered(1)))
}

pub(super) fn close_directory(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let (kind, overlapped, inherit) = (FileKind::Directory, true, false);
    let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    w.handle(main, associate(file, port, 1));
    w.call(main, pending(IoOp::ReadDirectoryChangesW, file, 1));
    w.close(main, file);
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => packet.status.to_string(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn fast_io(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, Call::NtSetInformationFileNotificationModes { file, flags: 4, length: 4 });
    let (event, argument) = event(&mut w, main);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 3 };
    w.call(main, io(IoOp::ReadFile, file, Notify::Overlapped(argument), reply));
    is_set(&mut w, main, event).to_owned()
}

pub(super) fn null_outputs(semantics: Semantics) -> String {
    let (mut w, main, [a], port) = stage(semantics);
    w.post(main, port, 1);
    let result = w.call(a, Call::GetQueuedCompletionStatusNullOutputs { port });
    let gone = w.kernel.thread(a).is_none_or(|thread| !thread.is_active());
    let told = which((result, gone), &[((fails(87), false), "87"), ((None, true), "exits")]);
    format!("{told}, {}", packets(&w, port))
}

pub(super) fn replace(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    let none = Handle::NULL;
    let call = Call::NtSetInformationFileReplaceCompletion { file, port: none, key: 0 };
    let Value::Status(status) = w.call(main, call).unwrap().value else { panic!("it is native") };
    status.to_string()
}

/// The driver answers controls by itself, and only them.
#[test]
fn under_disk_control_caller_only_a_disk_still_posts_what_is_no_control() {
    for deviant in [false, true] {
        let plain = Semantics::from(Profile::Win11);
        let departs = plain.with(Deviation::DiskControlSilent);
        let (mut w, main, [], p) = stage(if deviant { departs } else { plain });
        let file = disk(&mut w, main, p);
        let native = |op| io(op, file, native(1), Reply::Driver);
        let answers = [IoOp::NtFsControlFile, IoOp::NtDeviceIoControlFile]
            .map(|op| w.call(main, native(op)).expect("it returns").value);
        let expected = match deviant {
            false => [NtStatus::INVALID_DEVICE_REQUEST, NtStatus::PENDING],
            true => [NtStatus::SUCCESS; 2],
        };
        assert_eq!(answers, expected.map(Value::Status));
        assert_eq!(w.depth(p), 0);
        w.call(main, at_once(IoOp::ReadFile, file, 2, NtStatus::SUCCESS));
        assert_eq!(w.depth(p), 1, "the read is told");
    }
}

/// What transfers, or will, resets the file; what fails does not (`read_of_nobody`).
#[test]
fn under_file_reset_on_transfer_a_read_that_pends_resets_the_file() {
    let semantics = Semantics::from(Profile::Win11).with(Deviation::FileResetOnTransfer);
    let (mut w, main, [], p) = stage(semantics);
    let (_, client) = signaled_pipe(&mut w, main, p);
    assert_eq!(is_set(&mut w, main, client), "set");
    w.call(main, io(IoOp::NtReadFile, client, native(1), Reply::Driver));
    assert_eq!(is_set(&mut w, main, client), "not set");
}
