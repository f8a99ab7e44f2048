//! Associating files with ports (facts.md 1F; semantics.md B5).

use crate::io_stage::*;

/// The native association.
fn associate(file: Handle, port: Handle, key: u64) -> Call {
    Call::NtSetInformationFileCompletion { file, port, key }
}

fn written(status: NtStatus) -> Option<Return> {
    let out = Out::StatusBlock { status, information: 0 };
    Some(Return { value: Value::Status(status), last_error: None, out })
}

#[test]
fn only_an_overlapped_file_can_be_associated() {
    facts(&["F01", "F02", "C09"]);
    let mut io = Io::new(Profile::Win11);
    let (file, synchronous) = (io.open(FileKind::Disk), io.open_synchronous(FileKind::Disk));
    let port = io.port;
    let refused = io.refused(associate(synchronous, port, 1));
    assert_eq!(refused, status(NtStatus::INVALID_PARAMETER), "no status block is written");
    let bind = Call::BindIoCompletionCallback { file: synchronous };
    assert_eq!(io.refused(bind), fails(87));
    assert_eq!(io.call(associate(file, port, 1)), written(NtStatus::SUCCESS));
}

#[test]
fn a_file_takes_one_association_only_whatever_the_port_and_the_handle() {
    facts(&["F02", "C10"]);
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 5);
    let other = io.w.port(1);
    let duplicate = io.handle(duplicate(file));
    for (file, port) in [(file, io.port), (file, other), (duplicate, io.port)] {
        let refused = io.refused(associate(file, port, 6));
        assert_eq!(refused, status(NtStatus::INVALID_PARAMETER));
        let call =
            Call::CreateIoCompletionPort { file, existing_port: port, key: 6, concurrency: 0 };
        assert_eq!(io.refused(call).and_then(|r| r.last_error), Some(87));
        assert_eq!(io.refused(Call::BindIoCompletionCallback { file }), fails(87));
    }
    // A new port made for a refused association is gone again, and the first one stays in force.
    let existing_port = Handle::NULL;
    let call = Call::CreateIoCompletionPort { file, existing_port, key: 6, concurrency: 0 };
    assert_eq!(io.refused(call).map(|r| r.value), Some(Value::Handle(Handle::NULL)));
    io.io(ends(0, 3, op(IoOp::DeviceIoControl, file)));
    assert_eq!(io.poll(), completed(5, 3));
}

/// CreateIoCompletionPort and its errors (semantics.md C2), each changing nothing.
#[test]
fn a_bad_association_gets_its_error_and_changes_nothing() {
    let mut io = Io::new(Profile::Win11);
    let file = io.open(FileKind::Device);
    let synchronous = io.open_synchronous(FileKind::Device);
    let event = io.event();
    let source = Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: io.port,
        target_process: Handle::CURRENT_PROCESS,
        access: Some(Access::QUERY_STATE),
        inherit: false,
        close_source: false,
    };
    let readable = io.handle(source);
    let rows = [
        (Handle::INVALID, io.port, 87),
        (Handle::INVALID, Handle(0x7777), 87),
        (Handle::NULL, io.port, 6),
        (Handle(0x7774), io.port, 6),
        (event, io.port, 6),
        (synchronous, io.port, 87),
        (synchronous, Handle::NULL, 87),
        (file, Handle(0x7774), 6),
        (file, event, 6),
        (file, readable, 5),
    ];
    for (file, existing_port, error) in rows {
        let call = Call::CreateIoCompletionPort { file, existing_port, key: 1, concurrency: 7 };
        let refused = io.refused(call);
        let null = Value::Handle(Handle::NULL);
        let expected = Return { value: null, last_error: Some(error), out: Out::Nothing };
        assert_eq!(refused, Some(expected), "{file} {existing_port}");
    }
}

#[test]
fn the_port_is_looked_up_when_the_operation_completes() {
    facts(&["F03"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    assert_eq!(io.io(op(IoOp::ReadFile, server)), pending());
    io.bind(server, 9);
    assert_eq!(io.io(at(2, length(3, op(IoOp::WriteFile, client)))), done(3));
    assert_eq!(io.take(), Some((9, OV.0, 0, 3)));
}

#[test]
fn an_operation_issued_with_a_routine_completes_by_routine_though_the_file_is_associated_since() {
    facts(&["F04"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    let read = native(IoOp::NtReadFile, server, Handle::NULL, Some(4));
    assert_eq!(io.io(read), status(NtStatus::PENDING));
    io.bind(server, 9);
    assert_eq!(io.io(at(2, length(3, op(IoOp::WriteFile, client)))), done(3));
    assert_eq!(io.depth(), 0);
    assert!(io.routines_run().is_empty());
    io.alert();
    assert_eq!(io.routines_run(), [4]);
    assert_eq!(io.depth(), 0);
}

#[test]
fn a_completion_routine_on_an_associated_file_is_refused() {
    facts(&["F05", "F06"]);
    let mut io = Io::new(Profile::Win11);
    let [server, _client] = io.pipe(true);
    let [socket, _peer] = io.sockets();
    io.bind(server, 1);
    io.bind(socket, 2);
    let read = Call::Io(native(IoOp::NtReadFile, server, Handle::NULL, Some(4)));
    assert_eq!(io.refused(read), status(NtStatus::INVALID_PARAMETER));
    for ex in [IoOp::ReadFileEx, IoOp::WriteFileEx] {
        assert_eq!(io.refused(Call::Io(routine(4, op(ex, server)))), fails(87));
    }
    let receive = Call::Io(routine(4, op(IoOp::WSARecv, socket)));
    assert_eq!(io.refused(receive), wsa_fails(10022));
    io.alert();
    assert!(io.routines_run().is_empty());
}

#[test]
fn the_association_belongs_to_the_file_object_not_to_the_handle() {
    facts(&["F07"]);
    let mut io = Io::new(Profile::Win11);
    let listener = io.bound(FileKind::Listener, 125);
    let duplicate = io.handle(duplicate(listener));
    let accepted = io.open(FileKind::Stream);
    let accept = IoCall { other: accepted, ..length(0, op(IoOp::AcceptEx, duplicate)) };
    assert_eq!(io.io(accept), pending());
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.poll(), completed(125, 0));
}

#[test]
fn an_inherited_handle_shares_the_association_across_processes() {
    let mut io = Io::new(Profile::Win11);
    let file =
        io.handle(Call::CreateFile { kind: FileKind::Device, overlapped: true, inherit: true });
    io.bind(file, 77);
    let child = match io.call(Call::CreateProcess { inherit_handles: true }) {
        Some(Return { out: Out::Created { .. }, .. }) => ThreadId(1),
        other => panic!("{other:?}"),
    };
    let (process, call) = (ProcessId(1), Call::Io(pends(op(IoOp::ReadFile, file))));
    assert_eq!(io.w.call(child, call), pending());
    io.complete(0, 12);
    // The status block is the child's memory, whoever removes the packet.
    let of = |io: &Io, p| io.w.kernel.status_block(p, OV).map(|b| (b.status, b.information));
    assert_eq!(of(&io, process), Some((NtStatus::PENDING, 0)));
    assert_eq!(io.poll(), completed(77, 12));
    assert_eq!(of(&io, process), Some((NtStatus::SUCCESS, 12)));
    assert_eq!(of(&io, ProcessId(0)), None);
    // The parent's last handle is not the last handle.
    io.w.call(child, Call::Io(pends(op(IoOp::ReadFile, file))));
    io.w.close(io.t, file);
    assert_eq!(io.poll(), empty());
    io.w.call(child, Call::CloseHandle { handle: file });
    assert_eq!(io.poll(), failed(77, 0, 995));
}

#[test]
fn an_association_signals_the_file_unless_that_was_switched_off() {
    facts(&["F08", "F09"]);
    for (flags, signaled) in [(0, true), (1, true), (2, false), (4, true)] {
        let mut io = Io::new(Profile::Win11);
        let file = io.open(FileKind::Device);
        io.modes(file, flags);
        io.io(pends(op(IoOp::ReadFile, file)));
        assert!(!io.signaled(file));
        io.bind(file, 1);
        assert_eq!(io.signaled(file), signaled, "flags {flags}");
    }
}

#[test]
fn a_listener_may_be_associated_while_an_accept_is_pending() {
    facts(&["F10"]);
    let mut io = Io::new(Profile::Win11);
    let listener = io.open(FileKind::Listener);
    let accepted = io.open(FileKind::Stream);
    assert_eq!(io.io(IoCall { other: accepted, ..op(IoOp::AcceptEx, listener) }), pending());
    io.bind(listener, 125);
    io.w.close(io.t, listener);
    assert_eq!(io.poll(), failed(125, 0, 995));
    assert_eq!(io.poll(), empty());
}

/// FileReplaceCompletionInformation: rows are (version, status).
#[test]
fn an_association_can_be_replaced_since_windows_8_1_but_not_with_operations_pending() {
    facts(&["K11"]);
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let file = io.bound(FileKind::Device, 1);
        let second = io.w.port(1);
        let replace = |port, key| Call::NtSetInformationFileReplaceCompletion { file, port, key };
        if profile < Profile::Win81 {
            for call in [replace(second, 2), replace(Handle(0x7774), 2)] {
                assert_eq!(io.refused(call), status(NtStatus::INVALID_INFO_CLASS), "{profile}");
            }
            continue;
        }
        io.io(pends(op(IoOp::ReadFile, file)));
        assert_eq!(io.refused(replace(second, 2)), status(NtStatus::INVALID_PARAMETER));
        io.complete(0, 1);
        assert_eq!(io.poll(), completed(1, 1), "the old port and key");
        assert_eq!(io.refused(replace(Handle(0x7774), 2)), status(NtStatus::INVALID_HANDLE));
        assert_eq!(io.call(replace(second, 2)), status(NtStatus::SUCCESS));
        io.io(ends(0, 2, op(IoOp::ReadFile, file)));
        assert_eq!(io.poll(), empty());
        assert_eq!(io.w.poll(io.t, second), completed(2, 2), "the new ones");
        assert_eq!(io.call(replace(Handle::NULL, 0)), status(NtStatus::SUCCESS));
        io.io(ends(0, 3, op(IoOp::ReadFile, file)));
        assert_eq!((io.depth(), io.w.depth(second)), (0, 0), "no port, no packet");
        io.bind(file, 3);
        io.io(ends(0, 4, op(IoOp::ReadFile, file)));
        assert_eq!(io.poll(), completed(3, 4));
    }
}

#[test]
fn an_associated_file_keeps_the_port_and_its_late_packets_go_with_it() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Disk, 1);
    let Object::Port(port) = io.w.object(io.port) else { panic!("a port") };
    io.io(pends(op(IoOp::ReadFile, file)));
    io.w.close(io.t, io.port);
    io.complete(0, 5);
    assert_eq!(io.w.kernel.port(port).expect("the file keeps it").depth(), 1);
    io.w.close(io.t, file);
    assert!(io.w.kernel.port(port).is_none());
    assert!(io.w.log.iter().any(|(_, effect)| matches!(effect, Effect::Discarded { .. })));
}
