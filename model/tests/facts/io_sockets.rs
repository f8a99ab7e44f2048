//! Sockets (facts.md 1J).

use crate::io_stage::*;

const KEY: u64 = 125;

/// Two connected sockets, the first associated.
fn connection(semantics: impl Into<Semantics>) -> (Io, [Handle; 2]) {
    let mut io = Io::new(semantics);
    let sockets = io.sockets();
    io.bind(sockets[0], KEY);
    (io, sockets)
}

/// An associated listener, and a socket to accept into that is associated with another key.
fn listener(semantics: impl Into<Semantics>) -> (Io, [Handle; 2]) {
    let mut io = Io::new(semantics);
    let listener = io.bound(FileKind::Listener, KEY);
    let accepted = io.bound(FileKind::Stream, 236);
    (io, [listener, accepted])
}

fn accept([listener, accepted]: [Handle; 2], buffer: u32) -> IoCall {
    IoCall { other: accepted, ..length(buffer, op(IoOp::AcceptEx, listener)) }
}

#[test]
fn a_reset_fails_the_pending_receive() {
    facts(&["J01", "J02"]);
    let (mut io, [socket, _]) = connection(Profile::Win11);
    assert_eq!(io.io(op(IoOp::WSARecv, socket)), wsa_fails(997));
    io.arrive(socket, Arrival::Reset);
    assert_eq!(io.poll(), failed(KEY, 0, 64));
    assert_eq!(io.poll(), empty());
    for op_ in [IoOp::WSASend, IoOp::WSARecv] {
        assert_eq!(io.io(op(op_, socket)), wsa_fails(10054), "*bytes untouched");
        assert_eq!(io.poll(), empty());
    }
}

#[test]
fn a_socket_that_was_never_connected_fails_at_once() {
    facts(&["J03"]);
    let mut io = Io::new(Profile::Win11);
    let socket = io.bound(FileKind::Stream, KEY);
    assert_eq!(io.io(op(IoOp::WSARecv, socket)), wsa_fails(10057));
    assert_eq!(io.poll(), empty());
}

#[test]
fn data_that_waits_is_received_at_once_with_a_packet_too() {
    facts(&["G17", "J04"]);
    let (mut io, [socket, peer]) = connection(Profile::Win11);
    io.io(at(2, length(1024, op(IoOp::WSASend, peer))));
    let receive = length(4096, op(IoOp::WSARecv, socket));
    assert_eq!(io.io(receive), wsa_done(1024));
    io.call(Call::SetLastError { error: 4711 });
    assert_eq!(io.poll(), completed(KEY, 1024));
    let error = io.call(Call::GetLastError {}).map(|r| r.value);
    assert_eq!(error, Some(Value::Dword(4711)), "the last error is unchanged");
    io.arrive(socket, Arrival::Data(7));
    assert_eq!(io.io(receive), wsa_done(7), "from outside the model just so");
}

#[test]
fn an_orderly_close_is_a_receive_of_no_bytes() {
    facts(&["J05"]);
    let (mut io, [socket, peer]) = connection(Profile::Win11);
    // No bytes sent are nothing received: they must not look like the end.
    assert_eq!(io.io(op(IoOp::WSARecv, socket)), wsa_fails(997));
    io.io(at(2, length(0, op(IoOp::WSASend, peer))));
    assert_eq!(io.poll(), empty());
    io.w.close(io.t, peer);
    assert_eq!(io.poll(), completed(KEY, 0));
    assert_eq!(io.io(op(IoOp::WSARecv, socket)), wsa_done(0));
    assert_eq!(io.poll(), completed(KEY, 0));
}

#[test]
fn closing_a_listener_aborts_its_accepts() {
    facts(&["J06"]);
    let (mut io, [listener, accepted]) = listener(Profile::Win11);
    assert_eq!(io.io(accept([listener, accepted], 0)), pending());
    io.w.close(io.t, listener);
    assert_eq!(io.poll(), failed(KEY, 0, 995));
    assert_eq!(io.block(), Some((0xC000_0120, 0)));
    assert_eq!(io.poll(), empty(), "exactly one packet");
}

/// Only the accept socket's own close ends an accept from that side, and no other operation that
/// names two sockets.
#[test]
fn closing_one_accept_socket_leaves_the_accepts_into_others_pending() {
    let (mut io, [listener, accepted]) = listener(Profile::Win11);
    let other = io.open(FileKind::Stream);
    let third = io.open(FileKind::Stream);
    assert_eq!(io.io(accept([listener, accepted], 0)), pending());
    assert_eq!(io.io(at(2, accept([listener, other], 0))), pending());
    for unconcerned in [third, io.open(FileKind::Disk)] {
        io.w.close(io.t, unconcerned);
        assert_eq!(io.poll(), empty());
    }
    io.w.close(io.t, other);
    assert_eq!(io.w.kernel.irps().iter().count(), 1, "the other accept is pending");
    assert_eq!(io.block(), Some((0x103, 0)), "and its OVERLAPPED says so");
}

#[test]
fn only_the_last_handle_of_a_listener_aborts_its_accepts() {
    facts(&["J07"]);
    for close_the_original_first in [false, true] {
        let (mut io, [listener, accepted]) = listener(Profile::Win11);
        let second = io.handle(duplicate(listener));
        io.io(accept([second, accepted], 0));
        let order = [listener, second];
        let [first, last] = if close_the_original_first { order } else { [order[1], order[0]] };
        io.w.close(io.t, first);
        assert_eq!(io.poll(), empty());
        io.w.close(io.t, last);
        assert_eq!(io.poll(), failed(KEY, 0, 995));
    }
}

#[test]
fn closing_a_socket_with_nothing_pending_queues_nothing() {
    facts(&["J08"]);
    let (mut io, [socket, _]) = connection(Profile::Win11);
    io.w.close(io.t, socket);
    assert_eq!(io.poll(), empty());
}

#[test]
fn an_accept_completes_to_the_listeners_key() {
    facts(&["J09", "J10"]);
    // Without a buffer, with the connection before or after the accept.
    for early in [false, true] {
        let (mut io, [listener, accepted]) = listener(Profile::Win11);
        if early {
            io.arrive(listener, Arrival::Connect);
        }
        assert_eq!(io.io(accept([listener, accepted], 0)), pending());
        if !early {
            io.arrive(listener, Arrival::Connect);
        }
        assert_eq!(io.poll(), completed(KEY, 0));
        assert_eq!(io.io(op(IoOp::WSARecv, accepted)), wsa_fails(997), "connected");
        let next = io.open(FileKind::Stream);
        io.io(accept([listener, next], 0));
        assert_eq!(io.poll(), empty(), "one connection, one accept");
    }
    // With a buffer it waits for the first data, or for the end without any.
    for (what, bytes) in [(Arrival::Data(1), 1), (Arrival::Close, 0), (Arrival::Reset, 0)] {
        for early in [false, true] {
            let (mut io, [listener, accepted]) = listener(Profile::Win11);
            if early {
                io.arrive(listener, Arrival::Connect);
            }
            io.io(accept([listener, accepted], 16));
            if !early {
                io.arrive(listener, Arrival::Connect);
            }
            assert_eq!(io.poll(), empty());
            io.arrive(accepted, what);
            assert_eq!(io.poll(), completed(KEY, bytes), "{what:?}");
            assert_eq!(io.poll(), empty(), "exactly one packet");
            io.w.close(io.t, accepted);
            assert_eq!(io.poll(), empty(), "it was done");
        }
    }
    // What does not fit the buffer is there for the next receive.
    let (mut io, [listener, accepted]) = listener(Profile::Win11);
    io.io(accept([listener, accepted], 16));
    io.arrive(listener, Arrival::Connect);
    io.arrive(accepted, Arrival::Data(20));
    assert_eq!(io.poll(), completed(KEY, 16));
    assert_eq!(io.io(op(IoOp::WSARecv, accepted)), wsa_done(4));
}

#[test]
fn closing_the_accept_socket_ends_the_accept() {
    facts(&["J11"]);
    let (mut io, [listener, accepted]) = listener(Profile::Win11);
    io.io(accept([listener, accepted], 16));
    io.arrive(listener, Arrival::Connect);
    io.w.close(io.t, accepted);
    assert_eq!(io.poll(), failed(KEY, 0, 1236));
    assert_eq!(io.block(), Some((0xC000_0241, 0)));
}

#[test]
fn closing_a_connected_socket_aborts_its_receive() {
    facts(&["J12", "X14"]);
    let wine = Semantics::default().with(Deviation::CloseSocketHandlesClosed);
    let rows = Profile::ALL.map(|profile| match profile {
        Profile::Xp => (Semantics::from(profile), 64, 0xC000_013B),
        _ => (Semantics::from(profile), 1236, 0xC000_0241),
    });
    for (semantics, error, status) in rows.into_iter().chain([(wine, 676, 0x8000_000A)]) {
        let (mut io, [socket, _]) = connection(semantics);
        io.io(op(IoOp::WSARecv, socket));
        io.w.close(io.t, socket);
        assert_eq!(io.poll(), failed(KEY, 0, error), "{semantics:?}");
        assert_eq!(io.block(), Some((status, 0)));
        assert_eq!(io.poll(), empty(), "one packet");
    }
}

#[test]
fn a_thread_that_exits_leaves_its_receive_pending_since_vista() {
    facts(&["J13"]);
    for profile in Profile::ALL {
        let (mut io, [socket, _]) = connection(profile);
        let [worker] = io.w.threads();
        io.w.call(worker, Call::Io(op(IoOp::WSARecv, socket)));
        io.w.call(worker, Call::ExitThread {});
        if profile == Profile::Xp {
            assert_eq!(io.poll(), failed(KEY, 0, 995));
            assert_eq!(io.block(), Some((0xC000_0120, 0)));
            continue;
        }
        assert_eq!(io.poll(), empty(), "{profile}");
        io.arrive(socket, Arrival::Data(12));
        assert_eq!(io.poll(), completed(KEY, 12));
    }
}

#[test]
fn shutting_a_socket_down_queues_nothing() {
    facts(&["J14"]);
    let (mut io, [socket, _]) = connection(Profile::Win11);
    assert_eq!(io.call(Call::Shutdown { file: socket }).map(|r| r.value), Some(Value::Int(0)));
    assert_eq!(io.poll(), empty());
    let bad = io.refused(Call::Shutdown { file: Handle(0x7774) });
    assert_eq!(bad, wsa_fails(10038));
}

/// ConnectEx: rows are (modes, bytes sent, final status, what the port says).
#[test]
fn a_connect_pends_so_its_packet_comes_in_the_skip_mode_too() {
    facts(&["J15", "J16", "J17"]);
    for (modes, sent, final_status, expected) in [
        (0, 0, 0, completed(KEY, 0)),
        (0, 3, 0, completed(KEY, 3)),
        (1, 0, 0, completed(KEY, 0)),
        (1, 0, 0xC000_0236, failed(KEY, 0, 1225)),
    ] {
        let mut io = Io::new(Profile::Win11);
        let [socket, event] = [io.bound(FileKind::Stream, KEY), io.event()];
        io.modes(socket, modes);
        let connect = length(sent, op(IoOp::ConnectEx, socket));
        assert_eq!(io.io(crate::io_stage::event(event, connect)), pending());
        io.complete(final_status, u64::from(sent));
        assert!(io.signaled(event));
        let overlapped = OverlappedArg { at: OV, event };
        let result = Call::GetOverlappedResult { file: socket, overlapped, wait: false };
        let connected = final_status == 0;
        assert_eq!(io.call(result), if connected { done(sent) } else { warns(1225, 0) });
        assert_eq!(io.poll(), expected);
        let receives = io.io(op(IoOp::WSARecv, socket));
        assert_eq!(receives, wsa_fails(if connected { 997 } else { 10057 }));
    }
}

#[test]
fn a_disconnect_pends_so_its_packet_comes_in_the_skip_mode_too() {
    facts(&["J18", "X15"]);
    let wine = Semantics::default().with(Deviation::DisconnectSkips);
    for (semantics, modes, packet) in [
        (Semantics::default(), 0, completed(KEY, 0)),
        (Semantics::default(), 1, completed(KEY, 0)),
        (wine, 0, completed(KEY, 0)),
        (wine, 1, empty()),
    ] {
        let (mut io, [socket, peer]) = connection(semantics);
        io.modes(socket, modes);
        assert_eq!(io.io(op(IoOp::DisconnectEx, socket)), pending());
        assert_eq!(io.poll(), packet);
        assert_eq!(io.io(op(IoOp::WSARecv, socket)), wsa_fails(10057), "it is disconnected");
        assert_eq!(io.io(op(IoOp::WSARecv, peer)), wsa_done(0), "and the peer sees the end");
    }
}

#[test]
fn an_ioctl_answered_at_once_tells_its_size_to_the_caller_only() {
    facts(&["J19", "J20"]);
    let (mut io, [socket, _]) = connection(Profile::Win11);
    assert_eq!(io.io(ends(0, 28, op(IoOp::WSAIoctl, socket))), wsa_done(28));
    assert_eq!(io.block(), Some((0, 0)));
    assert_eq!(io.poll(), completed(KEY, 0));
    for (status, error) in [(0xC000_0005, 10014), (0xC000_000D, 10022)] {
        assert_eq!(io.io(ends(status, 0, op(IoOp::WSAIoctl, socket))), wsa_fails(error));
        assert_eq!(io.block(), Some((0, 0)), "the OVERLAPPED is untouched");
        assert_eq!(io.poll(), empty());
    }
}

#[test]
fn an_ioctl_that_pends_ends_with_its_real_size_or_error() {
    facts(&["J21", "J22"]);
    let (mut io, [socket, _]) = connection(Profile::Win11);
    for (status, bytes, packet) in
        [(0, 28, completed(KEY, 28)), (0xC000_0023, 0, failed(KEY, 0, 122))]
    {
        assert_eq!(io.io(op(IoOp::WSAIoctl, socket)), wsa_fails(997));
        io.complete(status, bytes);
        assert_eq!(io.poll(), packet);
        assert_eq!(io.block(), Some((status, bytes)));
    }
}

#[test]
fn closing_a_socket_aborts_its_ioctl() {
    facts(&["J23"]);
    for kind in [FileKind::Stream, FileKind::Datagram, FileKind::Listener] {
        let mut io = Io::new(Profile::Win11);
        let socket = io.bound(kind, KEY);
        assert_eq!(io.io(op(IoOp::WSAIoctl, socket)), wsa_fails(997));
        io.w.close(io.t, socket);
        assert_eq!(io.poll(), failed(KEY, 0, 995), "{kind:?}");
    }
}

/// A datagram longer than the buffer: a warning at once (semantics.md B1, D14).
#[test]
fn a_datagram_too_long_warns_and_queues_a_packet() {
    let skips = Semantics::default().with(Deviation::WarningSkipped);
    for (semantics, modes, packet) in [
        (Semantics::default(), 0, failed(KEY, 10, 234)),
        (Semantics::default(), 1, failed(KEY, 10, 234)),
        (Semantics::from(Profile::Win7), 1, empty()),
        (skips, 1, empty()),
        (skips, 0, failed(KEY, 10, 234)),
    ] {
        let mut io = Io::new(semantics);
        let socket = io.bound(FileKind::Datagram, KEY);
        io.modes(socket, modes);
        io.arrive(socket, Arrival::Data(20));
        let receive = length(10, op(IoOp::WSARecvFrom, socket));
        assert_eq!(io.io(receive), wsa_fails(10040));
        assert_eq!(io.poll(), packet, "{semantics:?} {modes}");
        assert_eq!(io.io(receive), wsa_fails(997), "the rest of a datagram is lost");
    }
}

/// The Winsock extensions return a BOOL, and Winsock errors.
#[test]
fn the_winsock_extensions_fail_with_winsock_errors() {
    let mut io = Io::new(Profile::Win11);
    let socket = io.bound(FileKind::Stream, KEY);
    for (op_, error) in [(IoOp::DisconnectEx, 10057), (IoOp::TransmitFile, 10057)] {
        assert_eq!(io.io(op(op_, socket)), fails(error));
    }
    io.io(op(IoOp::ConnectEx, socket));
    io.complete(0, 0);
    assert_eq!(io.io(op(IoOp::ConnectEx, socket)), fails(10022), "connected already");
    assert_eq!(io.io(op(IoOp::TransmitFile, socket)), pending());
}
