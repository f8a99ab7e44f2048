//! facts.md 1E and semantics.md A10: closing the port.

use crate::stage::{Do::*, Got::*, *};

/// A script has a second port, which stays open.
const OTHER: usize = 1;

#[test]
fn those_who_wait_on_the_handle_return_wait_object_0() {
    facts(&["E01"]);
    let steps = &[(Wait(0), &[][..]), (Wait(1), &[]), (Close, &[(0, Signaled), (1, Signaled)])];
    let w = Script { max: 0, steps, end: (0, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::CloseSignalsDirectWaiters));
    assert_eq!(w.kernel.ports().len(), OTHER);
}

#[test]
fn every_kind_of_remove_is_abandoned() {
    facts(&["E02", "E03", "E04", "E05"]);
    let abandoned = NtStatus::ABANDONED_WAIT_0;
    type Remove = fn(Handle) -> Call;
    let table: [(Remove, Option<Return>); 5] = [
        (|port| Call::NtRemoveIoCompletion { port, timeout: INFINITE }, status(abandoned)),
        (|port| remove_ex(port, 1, INFINITE, false), no_entries(abandoned)),
        (|port| Call::GetQueuedCompletionStatus { port, timeout: INFINITE }, nothing(735)),
        (|port| gqcs_ex(port, 1, INFINITE, true), ex_fails(735)),
        (|port| gqcs_ex(port, 1, TEN_MS, false), ex_fails(735)),
    ];
    for (remove, expected) in table {
        let mut w = World::new(Profile::Win11);
        let [main, a, b] = w.threads();
        let p = w.port(0);
        for thread in [a, b] {
            assert_eq!(w.call(thread, remove(p)), WAITS);
        }
        w.close(main, p);
        assert_eq!((w.returned(a), w.returned(b)), (expected.clone(), expected));
        assert!(w.kernel.ports().is_empty(), "nothing refers to it any more");
    }
}

#[test]
fn a_call_after_the_close_finds_no_such_handle() {
    facts(&["E06"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    w.close(main, p);
    let remove = Call::NtRemoveIoCompletion { port: p, timeout: INFINITE };
    assert_eq!(w.call(main, remove), status(NtStatus::INVALID_HANDLE));
    assert_eq!(w.remove(main, p), nothing(6));
    let wait = Call::WaitForSingleObject { handle: p, timeout: INFINITE };
    assert_eq!(w.call(main, wait), dword_fails(6));
    // A value that is used again names the new object.
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
    assert_eq!(event, p);
    assert_eq!(w.remove(main, p), nothing(6));
}

#[test]
fn only_the_last_handle_counts_and_the_waiters_and_files_do_not() {
    facts(&["E07"]);
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let p = w.port(0);
    let second = w.handle(main, duplicate(p, None));
    w.associated(main, p, 1);
    assert_eq!(w.remove(a, p), WAITS);
    w.close(main, p);
    assert_eq!(w.returned(a), WAITS);
    w.post(main, second, 5);
    assert_eq!(w.returned(a), got(5));
    assert_eq!(w.remove(a, second), WAITS);
    w.close(main, second);
    assert_eq!(w.returned(a), nothing(735));
    assert_eq!(w.kernel.ports().len(), 1, "the file keeps it");
}

#[test]
fn on_xp_a_close_wakes_nobody() {
    facts(&["E08", "E01", "E04"]);
    for profile in Profile::ALL {
        let old = profile < Profile::Vista;
        let closes: &[(usize, Got)] = if old { &[] } else { &[(0, Error(735)), (1, Signaled)] };
        let steps = &[(GetIn(0), &[][..]), (Wait(1), &[]), (Close, closes)];
        let w = Script { max: 0, steps, end: (0, &[], &[]) }.play(profile);
        assert_eq!(w.saw(Rule::CloseKeepsWaiters), old);
        assert_eq!(w.saw(Rule::CloseAbandonsWaiters), !old);
        assert_eq!(w.kernel.ports().len(), OTHER + usize::from(old), "a waiter keeps it");
    }
    let steps = &[(GetIn(0), &[][..]), (Close, &[]), (Expire(0), &[(0, Error(258))])];
    let w = Script { max: 0, steps, end: (0, &[], &[]) }.play(Profile::Xp);
    assert_eq!(w.kernel.ports().len(), OTHER);
}

#[test]
fn a_packet_posted_just_before_the_close_reaches_its_waiter() {
    let steps = &[(Get(0), &[][..]), (Post(1), &[(0, Key(1))]), (Close, &[])];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn queued_packets_go_unseen_and_waiters_at_the_limit_are_abandoned_all_the_same() {
    let steps = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Get(1), &[]),
        (Post(2), &[]),
        (Close, &[(1, Error(735))]),
    ];
    let w = Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::LastReferenceFreesPackets));
    assert!(
        w.log.iter().any(|(_, e)| matches!(e, Effect::Discarded { packet, .. } if packet.key == 2))
    );
    // Before Vista a slot that becomes free still delivers.
    let steps = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Get(1), &[]),
        (Post(2), &[]),
        (Close, &[]),
        (Exit(0), &[(1, Key(2))]),
    ];
    let w = Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Xp);
    assert_eq!(w.kernel.ports().len(), OTHER);
}

#[test]
fn what_completes_after_the_close_joins_an_unreachable_queue_and_goes_with_it() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let file = w.associated(main, p, 7);
    w.call(main, pending(IoOp::ReadFile, file, 1));
    w.close(main, p);
    w.complete(NtStatus::SUCCESS, 3);
    let (_, port) = w.kernel.ports().iter().next().expect("the file keeps it");
    assert_eq!((port.depth(), port.closed), (1, true));
    w.close(main, file);
    assert!(w.kernel.ports().is_empty() && w.kernel.files().is_empty());
}

#[test]
fn t14_with_the_last_reference_attached_threads_are_attached_to_nothing() {
    facts(&["E07"]);
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let p = w.port(1);
    assert_eq!(w.poll(a, p), nothing(258));
    w.act(Action::Block { thread: a });
    w.close(main, p);
    assert_eq!(w.kernel.thread(a).unwrap().attached, None);
    w.act(Action::Unblock { thread: a });
    assert!(w.kernel.ports().is_empty());
}

#[test]
fn a_process_that_ends_closes_its_ports_and_its_operations_vanish() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let created = w.call(main, Call::CreateProcess { inherit_handles: false }).unwrap().out;
    let Out::Created { process: Some(child), .. } = created else { panic!("a process is made") };
    let theirs = Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: p,
        target_process: child,
        access: None,
        inherit: false,
        close_source: true,
    };
    let Out::Handle(theirs) = w.call(main, theirs).unwrap().out else { panic!("it is duplicated") };
    let other = w.kernel.threads().ids().last().unwrap();
    let file = w.associated(other, theirs, 1);
    w.call(other, pending(IoOp::ReadFile, file, 1));
    assert_eq!(w.call(other, Call::ExitProcess {}), WAITS);
    assert!(w.kernel.ports().is_empty() && w.kernel.files().is_empty());
    assert!(w.kernel.irps().is_empty());
    assert!(!w.log.iter().any(|(_, e)| matches!(e, Effect::Queued { .. })));
    let wait = Call::WaitForSingleObject { handle: child, timeout: ZERO };
    assert_eq!(w.call(main, wait), dword(WAIT_OBJECT_0));
}
