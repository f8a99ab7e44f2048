//! Pipes (facts.md 1I, G15, G16) and what closing and disconnecting them does.

use crate::io_stage::*;

const KEY: u64 = 0xdead_beef;

/// A message pipe whose server end is associated.
fn bound_pipe(semantics: impl Into<Semantics>) -> (Io, [Handle; 2]) {
    let mut io = Io::new(semantics);
    let [server, client] = io.pipe(true);
    io.bind(server, KEY);
    (io, [server, client])
}

fn write(io: &mut Io, file: Handle, bytes: u32) {
    assert_eq!(io.io(at(2, length(bytes, op(IoOp::WriteFile, file)))), done(bytes));
}

#[test]
fn a_write_that_is_done_at_once_queues_a_packet_too() {
    facts(&["G17", "I01"]);
    let (mut io, [server, _client]) = bound_pipe(Profile::Win11);
    assert_eq!(io.io(length(9, op(IoOp::WriteFile, server))), done(9));
    assert_eq!(io.take(), Some((KEY, OV.0, 0, 9)));
}

/// FSCTL_PIPE_PEEK on an empty pipe: rows are (version, returned, packet in the skip mode).
#[test]
fn a_peek_pends_since_windows_8() {
    facts(&["I02", "I03"]);
    for profile in Profile::ALL.into_iter().filter(|p| *p > Profile::Xp) {
        let modern = profile >= Profile::Win8;
        for skip in [false, true] {
            let (mut io, [server, _client]) = bound_pipe(profile);
            if skip {
                io.modes(server, 1);
            }
            let peek = native(IoOp::NtFsControlFile, server, Handle::NULL, None);
            let returned = if modern { NtStatus::PENDING } else { NtStatus::SUCCESS };
            assert_eq!(io.io(peek), status(returned), "{profile}");
            let packet = (!skip || modern).then_some((KEY, OV.0, 0, 16));
            assert_eq!(io.take(), packet, "{profile} skip={skip}");
        }
    }
}

#[test]
fn a_message_longer_than_the_buffer_warns_and_since_windows_8_says_pending() {
    facts(&["I04", "I05"]);
    for profile in Profile::ALL.into_iter().filter(|p| *p > Profile::Xp) {
        let modern = profile >= Profile::Win8;
        let (mut io, [server, client]) = bound_pipe(profile);
        io.modes(server, 1);
        write(&mut io, client, 9);
        let read = |n| length(n, native(IoOp::NtReadFile, server, Handle::NULL, None));
        let returned = if modern { NtStatus::PENDING } else { NtStatus::BUFFER_OVERFLOW };
        assert_eq!(io.io(read(1)), status(returned), "{profile}");
        assert_eq!(io.block(), Some((0x8000_0005, 1)));
        assert_eq!(io.take(), modern.then_some((KEY, OV.0, 0x8000_0005, 1)), "{profile}");
        assert_eq!(io.io(read(100)), status(NtStatus::SUCCESS));
        assert_eq!(io.block(), Some((0, 8)));
        assert_eq!(io.take(), None);
    }
}

/// Without the skip mode a warning at once queues a packet in every version (semantics.md B1).
#[test]
fn a_warning_queues_a_packet_that_looks_failed() {
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let file = io.bound(FileKind::Device, 3);
        let warned = ends(0x8000_0005, 4, op(IoOp::ReadFile, file));
        assert_eq!(io.io(warned), warns(234, 4));
        assert_eq!(io.poll(), failed(3, 4, 234), "{profile}");
    }
}

#[test]
fn a_read_that_pends_queues_its_packet_in_the_skip_mode() {
    facts(&["I06", "I09"]);
    for skip in [0, 1] {
        let (mut io, [server, client]) = bound_pipe(Profile::Win11);
        io.modes(server, skip);
        let event = io.event();
        io.call(Call::SetEvent { event });
        let read = native(IoOp::NtReadFile, server, event, None);
        assert_eq!(io.io(read), status(NtStatus::PENDING));
        assert!(!io.signaled(event));
        write(&mut io, client, 3);
        assert!(io.signaled(event));
        assert_eq!(io.take(), Some((KEY, OV.0, 0, 3)));
        assert_eq!(io.depth(), 0);
    }
}

#[test]
fn closing_an_end_breaks_the_reads_of_both() {
    facts(&["I07"]);
    let (mut io, [server, _client]) = bound_pipe(Profile::Win11);
    io.io(op(IoOp::ReadFile, server));
    io.w.close(io.t, server);
    assert_eq!(io.depth(), 1);
    assert_eq!(io.take(), Some((KEY, OV.0, 0xC000_014B, 0)));
    let (mut io, [server, client]) = bound_pipe(Profile::Win11);
    io.io(op(IoOp::ReadFile, server));
    io.w.close(io.t, client);
    assert_eq!(io.poll(), failed(KEY, 0, 109));
}

/// Rows: (event, routine), what is signaled when a pending read completes without a port.
#[test]
fn a_completion_signals_the_event_or_else_the_file() {
    facts(&["I08"]);
    for (with_event, with_routine, with_context, [file_set, event_set]) in [
        (false, false, false, [true, false]),
        (true, false, false, [false, true]),
        (false, true, false, [true, false]),
        (false, false, true, [true, false]),
    ] {
        let mut io = Io::new(Profile::Win11);
        let [server, client] = io.pipe(true);
        let event = io.event();
        let notify = Notify::Native {
            event: if with_event { event } else { Handle::NULL },
            routine: with_routine.then_some(3),
            context: if with_context { OV.0 } else { 0 },
            status_block: OV,
        };
        io.io(IoCall { notify, ..op(IoOp::NtReadFile, server) });
        write(&mut io, client, 3);
        assert_eq!([io.signaled(server), io.signaled(event)], [file_set, event_set]);
        io.alert();
        assert_eq!(io.routines_run(), if with_routine { vec![3] } else { vec![] });
    }
}

#[test]
fn a_read_of_what_is_there_already_queues_its_packet_at_once() {
    facts(&["G17", "I10"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(false);
    io.bind(server, KEY);
    write(&mut io, client, 3);
    assert_eq!(io.io(length(2, op(IoOp::ReadFile, server))), done(2));
    assert_eq!(io.depth(), 1);
    assert_eq!(io.take(), Some((KEY, OV.0, 0, 2)));
    assert_eq!(io.io(op(IoOp::ReadFile, server)), done(1), "a byte pipe keeps the rest");
    // The same when it came from outside the model.
    io.arrive(server, Arrival::Data(4));
    assert_eq!(io.io(op(IoOp::ReadFile, server)), done(4));
}

#[test]
fn connecting_a_pipe_pends_or_says_that_a_client_is_there() {
    facts(&["G15"]);
    let mut io = Io::new(Profile::Win11);
    let server = io.handle(Call::CreateNamedPipe { overlapped: true, message: true });
    io.bind(server, KEY);
    assert_eq!(io.io(op(IoOp::ConnectNamedPipe, server)), pending());
    io.handle(Call::OpenNamedPipe { server, overlapped: true });
    assert_eq!(io.poll(), completed(KEY, 0));
    assert_eq!(io.io(op(IoOp::ConnectNamedPipe, server)), fails(535));
    assert_eq!(io.poll(), empty());
}

#[test]
fn with_the_client_gone_reads_and_writes_fail_at_once_without_packets() {
    facts(&["G16"]);
    let (mut io, [server, client]) = bound_pipe(Profile::Win11);
    io.w.close(io.t, client);
    assert_eq!(io.io(op(IoOp::WriteFile, server)), fails(232));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.io(op(IoOp::ReadFile, server)), fails(109));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.io(op(IoOp::ConnectNamedPipe, server)), fails(232));
}

#[test]
fn a_disconnected_instance_can_be_connected_again() {
    let (mut io, [server, client]) = bound_pipe(Profile::Win11);
    io.io(op(IoOp::ReadFile, server));
    assert_eq!(io.call(Call::DisconnectNamedPipe { file: server }), succeeds());
    assert_eq!(io.poll(), failed(KEY, 0, 233), "what was pending ends");
    assert_eq!(io.io(op(IoOp::ReadFile, client)), fails(233));
    assert_eq!(io.io(op(IoOp::WriteFile, server)), fails(233));
    assert_eq!(io.io(op(IoOp::ConnectNamedPipe, server)), pending());
    let client = io.handle(Call::OpenNamedPipe { server, overlapped: true });
    assert_eq!(io.poll(), completed(KEY, 0));
    write(&mut io, client, 4);
    assert_eq!(io.io(op(IoOp::ReadFile, server)), done(4));
    // Only the server end can be disconnected, and only an instance that listens can be opened.
    assert_eq!(io.refused(Call::DisconnectNamedPipe { file: client }), fails(1));
    let call = Call::OpenNamedPipe { server, overlapped: true };
    assert_eq!(io.refused(call).and_then(|r| r.last_error), Some(231));
}

#[test]
fn a_transaction_writes_its_message_and_waits_for_the_answer() {
    let (mut io, [server, client]) = bound_pipe(Profile::Win11);
    assert_eq!(io.io(length(6, op(IoOp::TransactNamedPipe, server))), pending());
    assert_eq!(io.io(at(2, op(IoOp::ReadFile, client))), done(6));
    write(&mut io, client, 2);
    assert_eq!(io.poll(), completed(KEY, 2));
}

#[test]
fn pending_reads_are_served_in_the_order_of_issue() {
    let (mut io, [server, client]) = bound_pipe(Profile::Win11);
    for number in [3, 4, 5] {
        io.io(at(number, op(IoOp::ReadFile, server)));
    }
    for bytes in [30, 40, 50] {
        write(&mut io, client, bytes);
    }
    let expected = |n| (KEY, Overlapped::numbered(n).0, 0, u64::from(n) * 10);
    for number in [3, 4, 5] {
        assert_eq!(io.take(), Some(expected(number)));
    }
}

#[test]
fn only_the_last_handle_of_an_end_closes_it() {
    let (mut io, [server, _client]) = bound_pipe(Profile::Win11);
    let second = io.handle(duplicate(server));
    io.io(op(IoOp::ReadFile, server));
    io.w.close(io.t, server);
    assert_eq!(io.poll(), empty());
    io.w.close(io.t, second);
    assert_eq!(io.poll(), failed(KEY, 0, 109));
}
