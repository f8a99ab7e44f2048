//! Associating files and notification modes (facts.md 1F, 1H; semantics.md B3-B5), and what a
//! completion signals (G14-G19).

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

pub(crate) fn duplicate(handle: Handle) -> Call {
    Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle,
        target_process: Handle::CURRENT_PROCESS,
        access: None,
        inherit: false,
        close_source: false,
    }
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
fn read_file_ex_returns_true_and_completes_by_routine() {
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    // hEvent is the program's own with a routine: even a bad one is ignored.
    let notify =
        Notify::Routine { overlapped: OverlappedArg { at: OV, event: Handle(0x7777) }, routine: 4 };
    assert_eq!(io.io(IoCall { notify, ..op(IoOp::ReadFileEx, server) }), succeeds());
    io.io(at(2, length(3, op(IoOp::WriteFile, client))));
    io.alert();
    assert_eq!(io.routines_run(), [4]);
    let synchronous = io.open_synchronous(FileKind::Disk);
    assert_eq!(io.refused(Call::Io(routine(4, op(IoOp::ReadFileEx, synchronous)))), fails(87));
    let bad = Handle(0x7774);
    assert_eq!(io.refused(Call::Io(routine(4, op(IoOp::WriteFileEx, bad)))), fails(6));
    let disk = io.open(FileKind::Disk);
    let at_end = ends(0xC000_0011, 0, routine(5, op(IoOp::ReadFileEx, disk)));
    assert_eq!(io.io(at_end), fails(38));
    io.alert();
    assert_eq!(io.routines_run(), [4], "no routine for what failed at once");
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

#[test]
fn notification_modes_are_refused_for_short_buffers_other_files_and_on_xp() {
    facts(&["H01", "H02"]);
    let set = |file, length| Call::NtSetInformationFileNotificationModes { file, flags: 1, length };
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let file = io.open(FileKind::Device);
        let synchronous = io.open_synchronous(FileKind::Device);
        let [short, refused] = match profile {
            Profile::Xp => [NtStatus::INVALID_INFO_CLASS; 2],
            _ => [NtStatus::INFO_LENGTH_MISMATCH, NtStatus::INVALID_PARAMETER],
        };
        for length in 0..4 {
            assert_eq!(io.refused(set(file, length)), status(short), "{profile}");
        }
        assert_eq!(io.refused(set(synchronous, 4)), status(refused), "{profile}");
        if profile > Profile::Xp {
            assert_eq!(io.call(set(file, 8)), status(NtStatus::SUCCESS), "longer will do");
            let win32 = |file| Call::SetFileCompletionNotificationModes { file, flags: 1 };
            assert_eq!(io.refused(win32(synchronous)), fails(87));
            assert_eq!(io.refused(win32(Handle(0x7774))), fails(6));
            let port = io.port;
            assert_eq!(io.refused(win32(port)), fails(6));
            assert_eq!(io.call(win32(file)), succeeds());
        }
    }
}

#[test]
fn notification_modes_only_accumulate() {
    facts(&["H03"]);
    let mut io = Io::new(Profile::Win11);
    let file = io.open(FileKind::Device);
    let query = Call::NtQueryInformationFileNotificationModes { file };
    for (set, reported) in [(2, 2), (4, 6), (0, 6), (1, 7), (0xdead_beef, 7)] {
        io.modes(file, set);
        let out = io.call(query.clone()).map(|result| result.out);
        assert_eq!(out, Some(Out::Modes(reported)), "after {set:x}");
    }
}

#[test]
fn notification_modes_belong_to_the_file_object() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let duplicate = io.handle(duplicate(file));
    io.modes(duplicate, 1);
    io.io(ends(0, 1, op(IoOp::ReadFile, file)));
    assert_eq!(io.depth(), 0);
}

#[test]
fn the_skip_mode_does_not_concern_what_pended() {
    facts(&["H05"]);
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Disk, 1);
    for op_ in [IoOp::ReadFile, IoOp::WriteFile] {
        assert_eq!(io.io(op(op_, file)), pending());
        io.modes(file, 1); // Also when it is set while the operation is pending.
        io.complete(0, 100);
        assert_eq!(io.poll(), completed(1, 100));
    }
}

#[test]
fn in_the_skip_mode_what_succeeds_at_once_queues_nothing() {
    facts(&["H06"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    io.bind(client, 1);
    io.modes(client, 1);
    assert_eq!(io.io(length(9, op(IoOp::WriteFile, client))), done(9));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.block(), Some((0, 9)));
    io.io(op(IoOp::ReadFile, server));
}

#[test]
fn a_write_to_a_disk_pends_since_vista() {
    facts(&["H07"]);
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let file = io.bound(FileKind::Disk, 1);
        let expected = if profile == Profile::Xp { done(9) } else { pending() };
        assert_eq!(io.io(length(9, op(IoOp::WriteFile, file))), expected, "{profile}");
    }
}

/// H08 is the environment's answer; what follows from each answer is here.
#[test]
fn the_end_of_a_file_is_told_later_or_at_once() {
    facts(&["H08"]);
    let mut io = Io::new(Profile::Win11);
    let [file, event] = [io.bound(FileKind::Disk, 1), io.event()];
    let read = native(IoOp::NtReadFile, file, event, None);
    assert_eq!(io.io(read), status(NtStatus::PENDING));
    io.complete(0xC000_0011, 0);
    assert_eq!(io.block(), Some((0xC000_0011, 0)));
    assert!(io.signaled(event));
    assert_eq!(io.poll(), failed(1, 0, 38));
    let at_once = ends(0xC000_0011, 0, event_of(event, op(IoOp::ReadFile, file)));
    assert_eq!(io.io(at_once), fails(38));
    assert!(!io.signaled(event));
    assert_eq!(io.poll(), empty());
}

fn event_of(handle: Handle, call: IoCall) -> IoCall {
    event(handle, call)
}

#[test]
fn flag_2_keeps_the_file_unsignaled_and_flag_1_does_not() {
    facts(&["H09", "H10"]);
    for (flags, signaled) in [(2, false), (3, false), (1, true)] {
        for tied in [false, true] {
            let mut io = Io::new(Profile::Win11);
            let file = io.open(FileKind::Device);
            io.io(ends(0, 0, op(IoOp::ReadFile, file)));
            assert!(io.signaled(file));
            io.modes(file, flags);
            if flags & 2 != 0 {
                assert!(!io.signaled(file), "unsignaled by the setting itself");
            }
            if tied {
                io.bind(file, 1);
            }
            io.io(ends(0, 7, op(IoOp::ReadFile, file)));
            assert_eq!(io.signaled(file), signaled, "flags {flags}, at once");
            io.io(pends(op(IoOp::ReadFile, file)));
            io.complete(0, 7);
            assert_eq!(io.signaled(file), signaled, "flags {flags}, later");
            // An event of the caller's is set all the same.
            let event = io.event();
            io.io(ends(0, 7, event_of(event, op(IoOp::ReadFile, file))));
            assert!(io.signaled(event));
        }
    }
}

/// FILE_SKIP_SET_USER_EVENT_ON_FAST_IO: rows are (flags, how it ends, the event is set).
#[test]
fn flag_4_keeps_the_callers_event_unsignaled_by_what_succeeds_at_once() {
    for (flags, status, set) in [
        (0, 0, true),
        (4, 0, false),
        (4, 0x4000_0000, false),
        (4, 0x8000_0005, true),
        (4, 0xC000_0011, false),
    ] {
        let mut io = Io::new(Profile::Win11);
        let [file, event] = [io.open(FileKind::Device), io.event()];
        io.modes(file, flags);
        io.io(ends(status, 1, event_of(event, op(IoOp::DeviceIoControl, file))));
        assert_eq!(io.signaled(event), set, "flags {flags} status {status:x}");
        assert!(!io.signaled(file), "nor the file instead");
        io.io(pends(event_of(event, op(IoOp::DeviceIoControl, file))));
        io.complete(0, 1);
        assert!(io.signaled(event), "what pended sets it");
    }
}

#[test]
fn the_low_bit_of_the_event_suppresses_the_packet_only() {
    facts(&["G18"]);
    let mut io = Io::new(Profile::Win11);
    let [file, event] = [io.bound(FileKind::Stream, 1), io.event()];
    let marked = Handle(event.0 | 1);
    for op_ in [IoOp::ConnectEx, IoOp::DisconnectEx] {
        assert_eq!(io.io(pends(event_of(marked, op(op_, file)))), pending());
        io.complete(0, 0);
        assert!(io.signaled(event), "the event is set");
        assert_eq!(io.block(), Some((0, 0)));
        assert_eq!(io.poll(), empty());
        io.io(ends(0, 0, event_of(marked, op(op_, file))));
        assert_eq!(io.poll(), empty(), "at once as well");
    }
}

#[test]
fn without_an_overlapped_a_pipe_or_socket_call_waits_and_queues_nothing() {
    facts(&["G19"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    io.bind(client, 1);
    assert_eq!(io.io(nothing_given(length(3, op(IoOp::WriteFile, client)))), done(3));
    let [socket, _peer] = io.sockets();
    io.bind(socket, 2);
    assert_eq!(io.io(nothing_given(op(IoOp::DisconnectEx, socket))), done(0));
    assert_eq!(io.poll(), empty());
    io.io(op(IoOp::ReadFile, server));
    // One that must wait returns when it is over.
    assert_eq!(io.io(nothing_given(op(IoOp::ReadFile, client))), WAITS);
    let [other] = io.w.threads();
    io.w.call(other, Call::Io(at(2, length(4, op(IoOp::WriteFile, server)))));
    assert_eq!(io.w.returned(io.t), done(4));
    assert_eq!(io.poll(), empty());
}

/// A disk has no other place for its offset. The documents leave it open: a switch.
#[test]
fn without_an_overlapped_a_disk_read_through_an_overlapped_handle_is_refused() {
    let reads = |semantics: Semantics| {
        let mut io = Io::new(semantics);
        let file = io.bound(FileKind::Disk, 1);
        let read = nothing_given(ends(0, 5, op(IoOp::ReadFile, file)));
        if semantics == Semantics::default() { io.refused(Call::Io(read)) } else { io.io(read) }
    };
    let windows = Semantics::default();
    assert_eq!(reads(windows), fails(87));
    assert_eq!(reads(windows.with(Deviation::NullOverlappedWaits)), done(5));
}

/// The errors of ReadFile and WriteFile that are the caller's doing (semantics.md C2).
#[test]
fn a_bad_read_or_write_gets_its_error_and_changes_nothing() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let access = Some(Access::SYNCHRONIZE);
    let Call::DuplicateHandle { source_process, handle, target_process, .. } = duplicate(file)
    else {
        panic!("it is one");
    };
    let (inherit, close_source) = (false, false);
    let weak = io.handle(Call::DuplicateHandle {
        source_process,
        handle,
        target_process,
        access,
        inherit,
        close_source,
    });
    let port = io.port;
    let at_file = |op_| op(op_, file);
    let rows = [
        (op(IoOp::ReadFile, Handle(0x7774)), 6),
        (op(IoOp::ReadFile, Handle::NULL), 6),
        (op(IoOp::WriteFile, port), 6),
        (op(IoOp::ReadFile, weak), 5),
        (op(IoOp::WriteFile, weak), 5),
        (event(Handle(0x7774), at_file(IoOp::ReadFile)), 6),
        (event(port, at_file(IoOp::WriteFile)), 6),
    ];
    for (call, error) in rows {
        assert_eq!(io.refused(Call::Io(call)), fails(error), "{call:?}");
    }
    // Those of the driver: told to the caller alone, but the events are reset.
    for (status, error) in [
        (0xC000_0011, 38),
        (0xC000_0005, 998),
        (0xC000_0017, 8),
        (0xC000_009A, 1450),
        (0xC000_0044, 1816),
        (0xC000_014B, 109),
        (0xC000_00B1, 232),
        (0xC000_00B0, 233),
        (0xC000_0120, 995),
    ] {
        assert_eq!(io.io(ends(status, 0, at_file(IoOp::ReadFile))), fails(error));
        assert_eq!((io.depth(), io.block()), (0, None), "{status:x}");
    }
}

#[test]
fn the_status_block_is_final_when_a_call_that_completed_returns() {
    facts(&["G14"]);
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let [server, client] = io.pipe(true);
        io.bind(server, 1);
        io.io(at(2, length(5, op(IoOp::WriteFile, client))));
        assert_eq!(io.io(op(IoOp::ReadFile, server)), done(5));
        assert_eq!(io.block(), Some((0, 5)), "no event, packet not removed");
        assert_eq!(io.depth(), 1);
    }
}

/// D7, a switch: rows are (semantics, event given, the block after a later completion).
#[test]
fn a_later_completion_without_an_event_writes_its_overlapped_at_removal() {
    let vista = Semantics::from(Profile::Vista);
    let early = Semantics::default().with(Deviation::StatusBlockEarly);
    let (is, not_yet) = (Some((0, 6)), Some((0x103, 0)));
    for (semantics, with_event, block) in [
        (Semantics::from(Profile::Xp), false, is),
        (vista, false, not_yet),
        (vista, true, is),
        (Semantics::default(), false, not_yet),
        (Semantics::default(), true, is),
        (early, false, is),
    ] {
        let mut io = Io::new(semantics);
        let [file, event] = [io.bound(FileKind::Disk, 1), io.event()];
        let given = if with_event { event } else { Handle::NULL };
        io.io(pends(event_of(given, op(IoOp::ReadFile, file))));
        assert_eq!(io.block(), not_yet);
        io.complete(0, 6);
        assert_eq!(io.block(), block, "{semantics:?} {with_event}");
        assert_eq!(io.poll(), completed(1, 6));
        assert_eq!(io.block(), is);
    }
}

/// A packet that does not lead back to the status block cannot write it (D7).
#[test]
fn a_native_operation_with_another_context_writes_its_status_block_at_completion() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Disk, 1);
    let notify =
        Notify::Native { event: Handle::NULL, routine: None, context: 456, status_block: OV };
    io.io(IoCall { notify, ..pends(op(IoOp::NtReadFile, file)) });
    io.complete(0, 6);
    assert_eq!(io.block(), Some((0, 6)));
    assert_eq!(io.take(), Some((1, 456, 0, 6)));
    let process = ProcessId(0);
    assert!(
        io.w.kernel.status_block(process, Overlapped(456)).is_none(),
        "nothing is written there"
    );
}

#[test]
fn get_overlapped_result_reads_the_overlapped_and_waits_only_while_it_says_pending() {
    facts(&["J15"]);
    let mut io = Io::new(Profile::Win11);
    let [file, event] = [io.bound(FileKind::Device, 1), io.event()];
    let overlapped = OverlappedArg { at: OV, event };
    let result = |wait| Call::GetOverlappedResult { file, overlapped, wait };
    let within =
        |timeout, alertable| Call::GetOverlappedResultEx { file, overlapped, timeout, alertable };
    io.io(pends(event_of(event, op(IoOp::ReadFile, file))));
    assert_eq!(io.call(result(false)), fails(996));
    assert_eq!(io.call(within(Timeout::Zero, false)), fails(996));
    assert_eq!(io.call(within(Timeout::Finite(10), false)), WAITS);
    io.w.act(Action::Expire { thread: io.t });
    assert_eq!(io.w.returned(io.t), fails(258));
    io.call(Call::QueueUserAPC { thread: Handle::CURRENT_THREAD, routine: 1 });
    assert_eq!(io.call(within(Timeout::Infinite, true)), fails(192));
    assert_eq!(io.call(result(true)), WAITS);
    io.complete(0, 8);
    assert_eq!(io.w.returned(io.t), done(8), "before the packet is removed");
    assert_eq!(io.call(result(false)), done(8));
    assert_eq!(io.poll(), completed(1, 8));
    io.io(pends(event_of(event, op(IoOp::ReadFile, file))));
    io.complete(0xC000_0120, 0);
    assert_eq!(io.call(result(true)), warns(995, 0));
}
