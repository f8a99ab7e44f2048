//! Facts that no table of the documents spells out and that only a mutation of the model told us
//! nothing else noticed.

use iocp_model::rename::Renaming;

use crate::io_stage::*;

#[test]
fn a_port_that_only_a_file_keeps_goes_with_the_file_whatever_was_opened_between() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    io.w.close(io.t, io.port);
    // Opening something else must not make the kernel forget that the port has no handle.
    let event = io.event();
    assert_eq!(io.w.kernel.ports().len(), 1, "the file keeps the port");
    io.w.close(io.t, file);
    assert_eq!(io.w.kernel.ports().len(), 0, "and takes it along");
    io.w.close(io.t, event);
}

#[test]
fn a_stream_refuses_at_once_what_it_has_no_routine_for() {
    let mut io = Io::new(Profile::Win11);
    let [socket, _peer] = io.sockets();
    io.bind(socket, 1);
    for nonsense in [IoOp::LockFileEx, IoOp::ReadDirectoryChangesW, IoOp::ConnectNamedPipe] {
        assert_eq!(io.io(op(nonsense, socket)), fails(1), "{nonsense:?}");
        assert_eq!(io.poll(), empty());
    }
}

#[test]
fn a_connection_is_given_to_an_accept_whose_socket_is_free_and_to_nothing_else() {
    let mut io = Io::new(Profile::Win11);
    let listener = io.bound(FileKind::Listener, 7);
    let accept = |n: u16, socket: Handle| IoCall {
        other: socket,
        length: 0,
        ..at(n, op(IoOp::AcceptEx, listener))
    };
    let [taken, _peer] = io.sockets();
    let free = io.open(FileKind::Stream);
    assert_eq!(io.io(at(1, op(IoOp::WSAIoctl, listener))), wsa_fails(997));
    let connected = io.io(accept(2, taken));
    assert_eq!(io.io(accept(3, free)), pending());
    io.arrive(listener, Arrival::Connect);
    // The ioctl came first and an accept with a connected socket could not take it.
    let got = io.take().expect("one packet");
    assert_eq!((got.0, got.1), (7, Overlapped::numbered(3).0), "{connected:?}");
    assert_eq!(io.take(), None);
}

/// X05: under `hand-off=wake-and-retry` alone a direct waiter is woken beside the remover; where
/// both stand in one line only the first is, here the last that came.
#[test]
fn a_queued_packet_wakes_a_direct_waiter_unless_it_stands_in_one_line_with_the_removers() {
    let retry = Semantics::default().with(Deviation::HandOffWakeAndRetry);
    for (semantics, woken) in [(retry, true), (retry.with(Deviation::DirectWaitFirstOnly), false)] {
        let mut w = World::new(semantics);
        let [main, remover, direct] = w.threads();
        let port = w.port(4);
        let wait = Call::WaitForSingleObject { handle: port, timeout: Timeout::Infinite };
        assert_eq!(w.call(direct, wait), WAITS);
        assert_eq!(w.remove(remover, port), WAITS);
        w.post(main, port, 1);
        assert_eq!(w.returned(direct).is_some(), woken, "{semantics:?}");
    }
}

/// As on Windows identifiers are multiples of four, and none is 0, which stands for no process.
#[test]
fn process_identifiers_are_multiples_of_four_and_none_is_zero() {
    use iocp_model::io::job::process_identifier;
    assert_eq!([0, 1, 7].map(|n| process_identifier(ProcessId(n))), [4, 8, 32]);
}

#[test]
fn rules_grades_and_handles_read_as_themselves() {
    assert_eq!(Rule::ReleaseLifo.to_string(), "release-lifo");
    assert_eq!(format!("{:>14}", Grade::Observed.name()), "      observed");
    let grades = [Grade::Documented, Grade::Observed, Grade::Reimplementation, Grade::Inferred];
    let words = grades.map(|grade| grade.to_string());
    assert_eq!(words, ["documented", "observed", "reimplementation", "inferred"]);
    assert_eq!(format!("{:?} {:?}", Handle(0x1c), Handle::INVALID), "Handle(0x1c) Handle(-1)");
}

/// The next thread's name for each of the first two.
struct Swapped;

impl Renaming for Swapped {
    fn thread(&self, thread: ThreadId) -> ThreadId {
        ThreadId(thread.0 ^ u16::from(thread.0 < 2))
    }
    fn overlapped(&self, at: Overlapped) -> Overlapped {
        at
    }
}

#[test]
fn restoring_undoes_a_renaming() {
    let mut w = World::new(Profile::Win11);
    let [a, _b] = w.threads();
    let port = w.port(1);
    assert_eq!(w.remove(a, port), WAITS);
    let mut scratch = w.kernel.clone();
    scratch.rename(&Swapped);
    assert_ne!(scratch, w.kernel);
    scratch.restore(&w.kernel);
    assert_eq!(scratch, w.kernel);
}

/// What was touched is kept as one bit for each of the first 63 objects of a kind and one for all
/// others: a change there alone must be undone too.
#[test]
fn restoring_undoes_a_change_of_the_seventieth_object_alone() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let create = Call::CreateEvent { manual_reset: true, initial: false };
    let events: Vec<Handle> = (0..80).map(|_| w.handle(main, create.clone())).collect();
    for changed in [70, 62, 63, 79, 0] {
        let mut scratch = w.kernel.clone();
        let call = Call::SetEvent { event: events[changed] };
        scratch.apply(Action::Call { thread: main, call }, &mut ()).expect("it is set");
        assert_ne!(scratch, w.kernel);
        scratch.restore(&w.kernel);
        assert_eq!(scratch, w.kernel, "event {changed}");
    }
}
