//! facts.md 1A and 1D: create, set, query, remove, and who is woken.

use crate::stage::{Do::*, Got::*, *};

const ERROR: NtStatus = NtStatus::INVALID_DEVICE_REQUEST;

#[test]
fn creating_and_opening_with_each_kind_of_attributes() {
    facts(&["A01", "A02", "A03", "A04", "A05"]);
    let access = Access::ALL;
    // Attributes, what creating says, what opening says.
    let table = [
        (Attributes::Null, NtStatus::SUCCESS, NtStatus::INVALID_PARAMETER),
        (Attributes::WrongLength, NtStatus::INVALID_PARAMETER, NtStatus::INVALID_PARAMETER),
        (Attributes::Unnamed, NtStatus::SUCCESS, NtStatus::OBJECT_PATH_SYNTAX_BAD),
        (Attributes::BadRoot, NtStatus::OBJECT_NAME_INVALID, NtStatus::OBJECT_NAME_INVALID),
        (Attributes::Named(1), NtStatus::SUCCESS, NtStatus::OBJECT_NAME_NOT_FOUND),
    ];
    for (attributes, creates, opens) in table {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let before = w.kernel.clone();
        assert_eq!(w.call(main, Call::NtOpenIoCompletion { access, attributes }), status(opens));
        assert_eq!(w.kernel, before, "{attributes:?}: a refused open changes nothing");
        let create = Call::NtCreateIoCompletion { access, attributes, concurrency: 0 };
        let Return { value, out, .. } = w.call(main, create).expect("creating does not wait");
        assert_eq!(value, Value::Status(creates), "{attributes:?}");
        match out {
            Out::Handle(port) => assert_eq!((w.depth(port), w.active(port)), (0, 0)),
            _ => assert_eq!((creates.is_error(), &w.kernel), (true, &before)),
        }
    }
}

#[test]
fn a_name_that_exists_gives_another_handle_to_the_same_port() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (access, attributes) = (Access::ALL, Attributes::Named(7));
    let create = Call::NtCreateIoCompletion { access, attributes, concurrency: 2 };
    let first = w.handle(main, create.clone());
    let second = w.call(main, create).expect("creating does not wait");
    assert_eq!(second.value, Value::Status(NtStatus::OBJECT_NAME_EXISTS));
    let Out::Handle(second) = second.out else { panic!("it gives a handle") };
    let third = w.handle(main, Call::NtOpenIoCompletion { access, attributes });
    assert_eq!((w.object(first), w.object(first)), (w.object(second), w.object(third)));
}

#[test]
fn a_set_packet_raises_the_depth_by_one_and_comes_back_verbatim() {
    facts(&["A06", "A07", "A08", "A09"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    let query = Call::NtQueryIoCompletion { port: p, class: 0, length: 4 };
    let depth = |n| Some(Return { out: Out::Depth(n), ..status(NtStatus::SUCCESS).unwrap() });
    let remove = Call::NtRemoveIoCompletion { port: p, timeout: ZERO };
    let packet = native_packet(123, 456, ERROR, 0x1234_5678_0000_0003);
    assert_eq!(w.call(main, remove.clone()), status(NtStatus::TIMEOUT));
    assert_eq!(w.call(main, query.clone()), depth(0));
    assert_eq!(w.call(main, set(p, packet)), status(NtStatus::SUCCESS));
    assert_eq!(w.call(main, query.clone()), depth(1));
    // An error in the packet is data: the call itself succeeds.
    let removed = Return { out: Out::Removed(packet), ..status(NtStatus::SUCCESS).unwrap() };
    assert_eq!(w.call(main, remove), Some(removed));
    assert_eq!(w.call(main, query), depth(0));
    // The same through the batch remove.
    w.call(main, set(p, packet));
    assert_eq!(w.call(main, remove_ex(p, 1, ZERO, false)), entries(&[packet]));
}

#[test]
fn a_batch_remove_with_room_for_nothing_is_refused_and_writes_no_count() {
    facts(&["A10"]);
    for queued in [0, 1] {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let p = w.port(0);
        for key in 0..queued {
            w.post(main, p, key);
        }
        let before = w.kernel.clone();
        let refused = w.call(main, remove_ex(p, 0, ZERO, false));
        assert_eq!(refused, status(NtStatus::INVALID_PARAMETER));
        assert_eq!(w.kernel, before);
        assert_eq!(w.call(main, gqcs_ex(p, 0, ZERO, false)), fails(87));
    }
}

#[test]
fn a_batch_remove_takes_what_is_there_oldest_first_and_waits_only_for_the_first() {
    facts(&["A11", "A12", "A13", "A14", "A15"]);
    let a = native_packet(1, 11, NtStatus::SUCCESS, 5);
    let b = native_packet(2, 22, ERROR, 6);
    let c = native_packet(3, 33, NtStatus::PENDING, 7);
    // Queued, room, what comes back, what stays.
    let table: [(&[Packet], u32, &[Packet], u32); 6] = [
        (&[a], 1, &[a], 0),
        (&[a], 2, &[a], 0),
        (&[a, b], 2, &[a, b], 0),
        (&[a, b], 1, &[a], 1),
        (&[a, b, c], 2, &[a, b], 1),
        (&[a, b, c], 9, &[a, b, c], 0),
    ];
    for (queued, room, taken, left) in table {
        for timeout in [ZERO, INFINITE] {
            let mut w = World::new(Profile::Win11);
            let [main] = w.threads();
            let p = w.port(0);
            for packet in queued {
                w.call(main, set(p, *packet));
            }
            assert_eq!(w.call(main, remove_ex(p, room, timeout, false)), entries(taken));
            assert_eq!((w.depth(p), w.active(p)), (left, 1), "{queued:?} {room}");
        }
    }
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    assert_eq!(w.call(main, remove_ex(p, 2, ZERO, false)), no_entries(NtStatus::TIMEOUT));
}

#[test]
fn a_packet_made_of_a_reserve_object_comes_back_verbatim() {
    facts(&["A16"]);
    let mut w = World::new(Profile::Win7);
    let [main] = w.threads();
    let p = w.port(0);
    let reserve = w.handle(main, Call::NtAllocateReserveObject { for_packet: true });
    let post = Call::NtSetIoCompletionEx {
        port: p,
        reserve,
        key: 1,
        context: 2,
        status: ERROR,
        information: 3,
    };
    let Object::Reserve(id) = w.object(reserve) else { panic!("it is a reserve object") };
    for _ in 0..2 {
        assert_eq!(w.call(main, post.clone()), status(NtStatus::SUCCESS));
        assert!(w.kernel.reserve(id).unwrap().in_use, "until the packet is removed");
        let before = w.kernel.clone();
        assert_eq!(w.call(main, post.clone()), status(NtStatus::INVALID_PARAMETER));
        assert_eq!(w.kernel, before, "a reserve object makes one packet at a time");
        let removed = w.call(main, Call::NtRemoveIoCompletion { port: p, timeout: ZERO });
        let Out::Removed(packet) = removed.unwrap().out else { panic!("there is a packet") };
        let fields = (packet.key, packet.overlapped.0, packet.status, packet.information);
        assert_eq!(fields, (1, 2, ERROR, 3));
        assert!(!w.kernel.reserve(id).unwrap().in_use);
    }
}

#[test]
fn a_reserve_post_needs_a_port_and_a_reserve_object_for_packets() {
    facts(&["A17", "A18"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let port = w.port(0);
    let reserve = w.handle(main, Call::NtAllocateReserveObject { for_packet: true });
    let apc = w.handle(main, Call::NtAllocateReserveObject { for_packet: false });
    let pseudo = Handle::CURRENT_PROCESS;
    let table = [
        (Handle::NULL, reserve, NtStatus::INVALID_HANDLE),
        (port, Handle::NULL, NtStatus::INVALID_HANDLE),
        (pseudo, reserve, NtStatus::OBJECT_TYPE_MISMATCH),
        (port, pseudo, NtStatus::OBJECT_TYPE_MISMATCH),
        (port, apc, NtStatus::OBJECT_TYPE_MISMATCH),
        (reserve, reserve, NtStatus::OBJECT_TYPE_MISMATCH),
        (port, port, NtStatus::OBJECT_TYPE_MISMATCH),
        (port, reserve, NtStatus::SUCCESS),
    ];
    for (port, reserve, expected) in table {
        let before = w.kernel.clone();
        let call = Call::NtSetIoCompletionEx {
            port,
            reserve,
            key: 0,
            context: 0,
            status: NtStatus::SUCCESS,
            information: 0,
        };
        assert_eq!(w.call(main, call), status(expected));
        assert_eq!(w.kernel == before, expected.is_error());
    }
}

#[test]
fn everybody_who_waits_on_the_handle_is_woken_and_nobody_takes_the_packet() {
    facts(&["D01"]);
    let steps = &[
        (Wait(0), &[][..]),
        (Wait(1), &[]),
        (Post(1), &[(0, Signaled), (1, Signaled)]),
        (WaitZero(0), &[(0, Signaled)]),
        (WaitZero(0), &[(0, Signaled)]),
        (Get(2), &[(2, Key(1))]),
        (WaitZero(0), &[(0, TimedOut)]),
    ];
    for profile in Profile::ALL {
        let w = Script { max: 0, steps, end: (1, &[], &[]) }.play(profile);
        assert!(w.saw(Rule::PortHandleSignaled));
    }
}

#[test]
fn a_packet_handed_to_a_waiter_wakes_those_on_the_handle_only_before_windows_10() {
    facts(&["D02"]);
    let old = &[(Get(1), &[][..]), (WaitIn(0), &[]), (Post(1), &[(0, Signaled), (1, Key(1))])];
    let new = &[
        (Get(1), &[][..]),
        (WaitIn(0), &[]),
        (Post(1), &[(1, Key(1))]),
        (Expire(0), &[(0, TimedOut)]),
    ];
    for profile in Profile::ALL {
        let steps: &[_] = if profile < Profile::Win10 { old } else { new };
        Script { max: 0, steps, end: (1, &[], &[]) }.play(profile);
    }
}

#[test]
fn at_the_limit_a_packet_waits_for_a_running_thread_to_block_or_to_ask() {
    facts(&["D05"]);
    let blocks = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Get(1), &[]),
        (Post(2), &[]),
        (Block(0), &[(1, Key(2))]),
    ];
    let w = Script { max: 1, steps: blocks, end: (1, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::ConcurrencyLimit) && w.saw(Rule::BlockReleasesSlot));
    let asks = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Get(1), &[]),
        (Post(2), &[]),
        (Get(0), &[(0, Key(2))]),
    ];
    Script { max: 1, steps: asks, end: (1, &[], &[1]) }.play(Profile::Win11);
}

#[test]
fn concurrency_0_is_the_number_of_processors() {
    for (processors, expected) in [(0, 1), (1, 1), (2, 2), (64, 64)] {
        let mut kernel = Kernel::new(Profile::Win11, processors);
        let thread = kernel.create_thread(ProcessId(0));
        kernel.apply(Action::Call { thread, call: create_port(0) }, &mut ()).unwrap();
        assert_eq!(kernel.port(PortId(0)).unwrap().concurrency, expected);
    }
}

#[test]
fn a_batch_of_packets_counts_as_one_active_thread_and_a_waiter_is_handed_one() {
    let mut w = World::new(Profile::Win11);
    let [main, a, b] = w.threads();
    let p = w.port(2);
    let key = |key| native_packet(key, 0, NtStatus::SUCCESS, 0);
    assert_eq!(w.call(a, remove_ex(p, 8, INFINITE, false)), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), entries(&[key(1)]));
    assert!(w.saw(Rule::HandOffOnePacket));
    for n in 2..6 {
        w.post(main, p, n);
    }
    assert_eq!(w.call(b, remove_ex(p, 3, INFINITE, false)), entries(&[key(2), key(3), key(4)]));
    assert_eq!((w.active(p), w.depth(p)), (2, 1));
    // At the limit the batch waits although a packet is there.
    let [c] = w.threads();
    assert_eq!(w.call(c, remove_ex(p, 3, INFINITE, false)), WAITS);
}
