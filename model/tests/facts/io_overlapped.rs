//! Reads and writes with an OVERLAPPED, a routine and neither, and when the status block is written
//! (semantics.md B3, C2, D7).

use crate::io_stage::*;

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
