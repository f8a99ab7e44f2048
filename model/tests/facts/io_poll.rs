//! Polling sockets (facts.md J24-J26; the tests of Wine that ran on Windows, `afd.c`).

use iocp_model::io::poll::*;

use crate::io_stage::*;

const KEY: u64 = 7;

/// One associated helper through which polls are issued, and sockets that are tied to nothing.
fn helper(semantics: impl Into<Semantics>) -> (Io, Handle) {
    let mut io = Io::new(semantics);
    let afd = io.bound(FileKind::Device, KEY);
    (io, afd)
}

/// A poll that waits for ever, with `OV` as context and status block.
fn poll(file: Handle, socket: Handle, events: u32) -> PollCall {
    let (event, context, status_block) = (Handle::NULL, OV.0, OV);
    let timeout = Timeout::Infinite;
    PollCall { file, socket, events, exclusive: false, timeout, event, context, status_block }
}

/// The same with OVERLAPPED number `n`.
fn numbered(n: u16, call: PollCall) -> PollCall {
    let at = Overlapped::numbered(n);
    PollCall { context: at.0, status_block: at, ..call }
}

fn exclusive(call: PollCall) -> PollCall {
    PollCall { exclusive: true, ..call }
}

impl Io {
    fn issue(&mut self, call: PollCall) -> Option<Return> {
        self.call(Call::AfdPoll(call))
    }

    fn reported(&self, at: Overlapped) -> Option<u32> {
        self.w.kernel.reported(ProcessId(0), at)
    }

    /// Looks without waiting, through the socket itself: what there is of all events.
    fn seen(&mut self, socket: Handle) -> u32 {
        let at = Overlapped::numbered(99);
        let look = PollCall {
            context: 0,
            status_block: at,
            timeout: Timeout::Zero,
            ..poll(socket, socket, 0x1ff)
        };
        assert_eq!(self.issue(look), done_at_once());
        self.reported(at).expect("it has reported")
    }
}

fn done_at_once() -> Option<Return> {
    status(NtStatus::SUCCESS)
}

fn waits() -> Option<Return> {
    status(NtStatus::PENDING)
}

/// Key, context, status, bytes: the packet of a poll that found something.
fn found(at: Overlapped) -> Option<(u64, u64, u32, u64)> {
    Some((KEY, at.0, 0, 32))
}

/// The packet of a poll that ended with success and without an event.
fn nothing_found(at: Overlapped) -> Option<(u64, u64, u32, u64)> {
    Some((KEY, at.0, 0, 16))
}

#[test]
fn a_poll_queues_a_packet_if_it_has_a_context() {
    facts(&["J24", "J25"]);
    for (context, events, timeout, packet) in [
        (0, SEND, Timeout::Infinite, None),
        (0xdead_beef, SEND, Timeout::Infinite, Some((KEY, 0xdead_beef, 0, 32))),
        (0xdead_beef, RECEIVE, Timeout::Zero, Some((KEY, 0xdead_beef, 0, 16))),
        (0, RECEIVE, Timeout::Zero, None),
    ] {
        let mut io = Io::new(Profile::Win11);
        let [socket, _] = io.sockets();
        io.bind(socket, KEY);
        let call = PollCall { context, timeout, ..poll(socket, socket, events) };
        assert_eq!(io.issue(call), done_at_once());
        assert_eq!(io.take(), packet);
        assert_eq!(io.reported(OV), Some(if events == SEND { SEND } else { 0 }));
    }
}

#[test]
fn a_poll_reports_what_its_socket_is_ready_for() {
    let mut io = Io::new(Profile::Win11);
    let stream = io.open(FileKind::Stream);
    assert_eq!(io.seen(stream), 0, "never connected");
    let listener = io.open(FileKind::Listener);
    assert_eq!(io.seen(listener), 0);
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.seen(listener), ACCEPT);
    let datagram = io.open(FileKind::Datagram);
    assert_eq!(io.seen(datagram), SEND);
    io.arrive(datagram, Arrival::Data(5));
    assert_eq!(io.seen(datagram), SEND | RECEIVE);
    for (what, events) in
        [(Arrival::Data(5), RECEIVE), (Arrival::Close, DISCONNECT), (Arrival::Reset, ABORT)]
    {
        let [socket, _] = io.sockets();
        assert_eq!(io.seen(socket), SEND | CONNECT);
        io.arrive(socket, what);
        assert_eq!(io.seen(socket), SEND | CONNECT | events, "{what:?}");
    }
    let [socket, peer] = io.sockets();
    io.arrive(socket, Arrival::Data(4));
    io.w.close(io.t, peer);
    assert_eq!(io.seen(socket), SEND | CONNECT | RECEIVE | DISCONNECT, "data before the end");
    io.io(length(4, nothing_given(op(IoOp::WSARecv, socket))));
    assert_eq!(io.seen(socket), SEND | CONNECT | DISCONNECT, "it has been read");
}

#[test]
fn readiness_is_a_level_and_a_poll_is_answered_once() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, peer] = io.sockets();
    assert_eq!(io.issue(poll(afd, socket, RECEIVE)), waits());
    assert_eq!(io.depth(), 0);
    io.io(at(2, length(4, op(IoOp::WSASend, peer))));
    assert_eq!(io.take(), found(OV));
    assert_eq!(io.reported(OV), Some(RECEIVE));
    // More comes, and the poll that has ended says nothing of it.
    io.io(at(2, length(4, op(IoOp::WSASend, peer))));
    assert_eq!((io.take(), io.w.kernel.irps().len()), (None, 0));
    for _ in 0..2 {
        assert_eq!(io.issue(poll(afd, socket, RECEIVE)), done_at_once());
        assert_eq!(io.take(), found(OV), "as long as there is data");
    }
    io.io(length(8, nothing_given(op(IoOp::WSARecv, socket))));
    assert_eq!(io.issue(poll(afd, socket, RECEIVE)), waits());
    io.arrive(socket, Arrival::Reset);
    assert_eq!(io.take(), None, "it did not ask for that");
    assert_eq!(io.issue(numbered(2, poll(afd, socket, RECEIVE | ABORT))), done_at_once());
    assert_eq!(io.reported(Overlapped::numbered(2)), Some(ABORT));
}

#[test]
fn what_a_pending_operation_takes_no_poll_sees() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, _] = io.sockets();
    assert_eq!(io.issue(poll(afd, socket, RECEIVE)), waits());
    assert_eq!(io.io(at(2, length(1, op(IoOp::WSARecv, socket)))), wsa_fails(997));
    io.arrive(socket, Arrival::Data(1));
    assert_eq!(io.take(), None);
    io.arrive(socket, Arrival::Data(1));
    assert_eq!(io.take(), found(OV));

    let [listener, accepted] = [io.open(FileKind::Listener), io.open(FileKind::Stream)];
    assert_eq!(io.issue(poll(afd, listener, ACCEPT)), waits());
    assert_eq!(io.issue(numbered(3, poll(afd, accepted, CONNECT))), waits());
    let accept = length(0, at(2, op(IoOp::AcceptEx, listener)));
    assert_eq!(io.io(IoCall { other: accepted, ..accept }), pending());
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.take(), found(Overlapped::numbered(3)), "the accepted socket is connected");
    assert_eq!(io.take(), None);
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.take(), found(OV));
    assert_eq!(io.reported(OV), Some(ACCEPT));
}

#[test]
fn every_way_of_connecting_is_seen() {
    let (mut io, afd) = helper(Profile::Win11);
    let connecting = io.open(FileKind::Stream);
    assert_eq!(io.issue(poll(afd, connecting, 0x1ff)), waits());
    io.io(at(2, op(IoOp::ConnectEx, connecting)));
    let irp = io.w.kernel.irps().iter().find(|(_, irp)| irp.request.op == IoOp::ConnectEx);
    let irp = irp.expect("it is pending").0;
    io.w.act(Action::Complete { irp, status: NtStatus::SUCCESS, information: 0 });
    assert_eq!((io.take(), io.reported(OV)), (found(OV), Some(CONNECT | SEND)), "both at once");

    let [listener, accepted] = [io.open(FileKind::Listener), io.open(FileKind::Stream)];
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.issue(poll(afd, accepted, CONNECT)), waits());
    let accept = length(0, at(3, op(IoOp::AcceptEx, listener)));
    io.io(IoCall { other: accepted, ..accept });
    assert_eq!(io.take(), found(OV));
}

#[test]
fn a_poll_can_wait_for_a_time() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, _] = io.sockets();
    let call = poll(afd, socket, RECEIVE);
    assert_eq!(io.issue(PollCall { timeout: Timeout::Finite(1000), ..call }), waits());
    let irp = io.irp();
    for status in [NtStatus::SUCCESS, NtStatus::CANCELLED, NtStatus::PENDING] {
        let end = Action::Complete { irp, status, information: 0 };
        assert!(matches!(io.w.kernel.step(end), Err(Refusal::NotModelled(_))), "{status}");
    }
    io.complete(NtStatus::TIMEOUT.0, HEAD);
    assert_eq!(io.take(), Some((KEY, OV.0, 0x102, 16)));
    assert_eq!(io.reported(OV), Some(0));
    // One that waits for ever is not ended by time.
    io.issue(call);
    let irp = io.irp();
    let end = Action::Complete { irp, status: NtStatus::TIMEOUT, information: HEAD };
    assert!(matches!(io.w.kernel.step(end), Err(Refusal::NotModelled(_))));
}

#[test]
fn a_poll_is_cancelled_like_any_operation() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, _] = io.sockets();
    io.issue(poll(afd, socket, RECEIVE));
    let cancel = Call::NtCancelIoFileEx { file: afd, status_block: OV };
    assert_eq!(io.call(cancel.clone()), status(NtStatus::SUCCESS));
    assert_eq!(io.take(), None, "it has been asked to");
    io.finish_cancel();
    assert_eq!(io.take(), Some((KEY, OV.0, NtStatus::CANCELLED.0, 0)));
    assert_eq!(io.reported(OV), None, "a failure writes no AFD_POLL_INFO");
    assert_eq!(io.call(cancel.clone()), status(NtStatus::NOT_FOUND));
    // The same as an ordinary completion, as a trace tells it.
    io.issue(poll(afd, socket, RECEIVE));
    io.call(cancel.clone());
    io.complete(NtStatus::CANCELLED.0, 0);
    assert_eq!((io.take(), io.reported(OV)), (Some((KEY, OV.0, NtStatus::CANCELLED.0, 0)), None));
    // Data that comes before the driver lets go wins.
    io.issue(poll(afd, socket, RECEIVE));
    io.call(cancel);
    io.arrive(socket, Arrival::Data(1));
    assert_eq!((io.take(), io.w.kernel.irps().len()), (found(OV), 0));
}

/// Rows: of a first, a second and a third poll, which are exclusive, and which have ended.
#[test]
fn an_exclusive_poll_ends_an_exclusive_main_poll() {
    for (kinds, ended) in [
        (&[false, false][..], &[][..]),
        (&[true, true], &[0]),
        (&[false, true], &[]),
        (&[true, false], &[]),
        (&[false, true, true], &[]),
        (&[true, false, true], &[0]),
        (&[true, true, true], &[0, 1]),
    ] {
        let (mut io, afd) = helper(Profile::Win11);
        let [socket, _] = io.sockets();
        for (n, kind) in (0..).zip(kinds) {
            let call = PollCall { exclusive: *kind, ..poll(afd, socket, RECEIVE) };
            assert_eq!(io.issue(numbered(n, call)), waits());
        }
        for n in ended {
            let at = Overlapped::numbered(*n);
            assert_eq!(io.take(), nothing_found(at), "{kinds:?}");
            assert_eq!(io.reported(at), Some(0));
        }
        assert_eq!(io.take(), None, "{kinds:?}");
        assert_eq!(io.w.kernel.irps().len(), kinds.len() - ended.len());
    }
}

#[test]
fn the_next_poll_is_the_main_poll_once_there_is_none() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, other] = io.sockets();
    let call = poll(afd, socket, RECEIVE);
    let end_first = |io: &mut Io| {
        io.call(Call::NtCancelIoFileEx { file: afd, status_block: Overlapped::numbered(0) });
        let asked = io.w.kernel.irps().iter().find(|(_, irp)| irp.canceled.is_some());
        let irp = asked.expect("it is asked to end").0;
        io.w.act(Action::FinishCancel { irp });
        io.take()
    };
    io.issue(numbered(0, call));
    io.issue(numbered(1, exclusive(call)));
    assert!(end_first(&mut io).is_some());
    // The second was issued beside a main poll, and does not become one.
    io.issue(numbered(2, exclusive(call)));
    assert_eq!(io.take(), None);
    io.issue(numbered(3, exclusive(call)));
    assert_eq!(io.take(), nothing_found(Overlapped::numbered(2)));
    // Each socket has its own, whatever its polls are issued through.
    io.issue(numbered(4, exclusive(poll(afd, other, RECEIVE))));
    assert_eq!(io.take(), None);
    io.issue(numbered(5, PollCall { file: socket, ..exclusive(call) }));
    assert_eq!(io.take(), nothing_found(Overlapped::numbered(3)));
}

/// The older poll ends first, even if the new one is answered at once.
#[test]
fn an_exclusive_poll_that_finds_something_ends_the_other_first() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, _] = io.sockets();
    io.issue(exclusive(poll(afd, socket, RECEIVE)));
    let second = numbered(2, exclusive(poll(afd, socket, SEND)));
    assert_eq!(io.issue(second), done_at_once());
    assert_eq!(io.take(), nothing_found(OV));
    assert_eq!(io.take(), found(Overlapped::numbered(2)));
    assert_eq!(io.issue(exclusive(poll(afd, socket, RECEIVE))), waits());
}

#[test]
fn polls_of_one_socket_all_see_what_comes() {
    let (mut io, afd) = helper(Profile::Win11);
    let second_helper = io.bound(FileKind::Device, 8);
    let [socket, _] = io.sockets();
    io.issue(numbered(3, poll(second_helper, socket, RECEIVE)));
    io.issue(numbered(2, poll(afd, socket, DISCONNECT)));
    io.issue(numbered(1, poll(afd, socket, RECEIVE)));
    io.arrive(socket, Arrival::Data(1));
    assert_eq!(io.take(), found(Overlapped::numbered(1)));
    assert_eq!(io.take(), Some((8, Overlapped::numbered(3).0, 0, 32)));
    assert_eq!((io.take(), io.w.kernel.irps().len()), (None, 1));
}

#[test]
fn closing_the_polled_socket_is_reported_whether_asked_for_or_not() {
    for events in [0, RECEIVE, LOCAL_CLOSE] {
        // Through a helper: the socket lives as long as its poll does.
        let (mut io, afd) = helper(Profile::Win11);
        let [socket, _] = io.sockets();
        let second = io.handle(duplicate(socket));
        assert_eq!(io.issue(poll(afd, socket, events)), waits());
        io.w.close(io.t, socket);
        assert_eq!(io.take(), None, "not the last handle");
        io.w.close(io.t, second);
        assert_eq!((io.take(), io.reported(OV)), (found(OV), Some(LOCAL_CLOSE)));
        assert_eq!((io.w.kernel.irps().len(), io.w.kernel.files().len()), (0, 2));
        // Through itself.
        let mut io = Io::new(Profile::Win11);
        let socket = io.bound(FileKind::Datagram, KEY);
        assert_eq!(io.issue(poll(socket, socket, events)), waits());
        io.w.close(io.t, socket);
        assert_eq!((io.take(), io.reported(OV)), (found(OV), Some(LOCAL_CLOSE)));
    }
}

#[test]
fn closing_a_socket_ends_the_poll_of_another_that_was_issued_through_it() {
    facts(&["J26"]);
    for kind in [FileKind::Stream, FileKind::Datagram, FileKind::Device] {
        let mut io = Io::new(Profile::Win11);
        let [a, b, event] = [io.bound(kind, KEY), io.open(FileKind::Stream), io.event()];
        let call = PollCall { event, ..poll(a, b, RECEIVE) };
        assert_eq!(io.issue(call), waits());
        io.w.close(io.t, a);
        assert!(io.signaled(event));
        assert_eq!(io.block(), Some((0x102, 16)));
        assert_eq!(io.take(), Some((KEY, OV.0, 0x102, 16)));
        assert_eq!(io.reported(OV), Some(0));
    }
}

#[test]
fn only_sockets_are_polled_and_only_through_sockets_and_their_driver() {
    let (mut io, afd) = helper(Profile::Win11);
    let [socket, event] = [io.open(FileKind::Stream), io.event()];
    let [disk, pipe] = [io.bound(FileKind::Disk, 1), io.pipe(true)[0]];
    for bad in [Handle::NULL, Handle(0x7774), disk, pipe, afd, event] {
        assert_eq!(io.issue(poll(afd, bad, RECEIVE)), status(NtStatus::INVALID_HANDLE), "{bad}");
    }
    for through in [disk, pipe] {
        let refused = status(NtStatus::INVALID_DEVICE_REQUEST);
        assert_eq!(io.issue(poll(through, socket, RECEIVE)), refused);
    }
    assert_eq!(io.issue(poll(Handle(0x7774), socket, RECEIVE)), status(NtStatus::INVALID_HANDLE));
    assert_eq!(
        (io.depth(), io.block(), io.reported(OV)),
        (0, None, None),
        "a failure is told once"
    );
}

/// A poll on a handle that is not overlapped keeps its caller until it ends.
#[test]
fn a_poll_through_a_synchronous_handle_waits_inside_the_call() {
    let mut io = Io::new(Profile::Win11);
    let afd = io.open_synchronous(FileKind::Device);
    let [socket, _] = io.sockets();
    assert_eq!(io.issue(poll(afd, socket, RECEIVE)), WAITS);
    io.arrive(socket, Arrival::Data(1));
    assert_eq!(io.w.returned(io.t), done_at_once());
    assert_eq!((io.block(), io.reported(OV)), (Some((0, 32)), Some(RECEIVE)));
}

#[test]
fn the_event_of_a_poll_is_reset_when_it_is_issued_and_set_when_it_ends() {
    let (mut io, afd) = helper(Profile::Win11);
    let [[socket, _], [event, _]] = [io.sockets(), [io.event(); 2]];
    io.call(Call::SetEvent { event });
    let call = PollCall { event, context: 0, ..poll(afd, socket, RECEIVE) };
    assert_eq!(io.issue(call), waits());
    assert!(!io.signaled(event));
    io.arrive(socket, Arrival::Data(1));
    assert!(io.signaled(event));
    assert_eq!((io.take(), io.block()), (None, Some((0, 32))), "the low bit of libuv: no context");
}
