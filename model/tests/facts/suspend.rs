//! semantics.md A6 and D34: suspend and resume.

use crate::stage::{Do::*, Got::*, *};

#[test]
fn a_suspended_thread_does_not_count_and_counts_again_when_it_is_resumed() {
    let steps = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Get(1), &[]),
        (Post(2), &[]),
        (Suspend(0), &[(1, Key(2))]),
        (Resume(0), &[]),
    ];
    let w = Script { max: 1, steps, end: (2, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::SuspendStopsCounting));
}

#[test]
fn a_waiter_that_is_suspended_leaves_the_stack_and_comes_back_on_top() {
    let steps = &[
        (Get(0), &[][..]),
        (Get(1), &[]),
        (Suspend(0), &[]),
        (Post(1), &[(1, Key(1))]),
        (Get(1), &[]),
        (Resume(0), &[]),
        (Post(2), &[(0, Key(2))]),
    ];
    let w = Script { max: 1, steps, end: (1, &[], &[1]) }.play(Profile::Win11);
    assert!(w.saw(Rule::ResumeReenters));
}

#[test]
fn a_waiter_that_was_suspended_takes_what_was_queued_meanwhile() {
    let steps = &[
        (Get(0), &[][..]),
        (Suspend(0), &[]),
        (Post(1), &[]),
        (Post(2), &[]),
        (Resume(0), &[(0, Key(1))]),
    ];
    Script { max: 1, steps, end: (1, &[2], &[]) }.play(Profile::Win11);
    // Unless the port is at its limit by then.
    let steps = &[
        (Get(0), &[][..]),
        (Suspend(0), &[]),
        (Post(1), &[]),
        (Get(1), &[(1, Key(1))]),
        (Post(2), &[]),
        (Resume(0), &[]),
    ];
    Script { max: 1, steps, end: (1, &[2], &[0]) }.play(Profile::Win11);
}

#[test]
fn a_waiter_suspended_while_its_port_is_closed_is_abandoned_when_it_is_resumed() {
    let steps =
        &[(Get(0), &[][..]), (Suspend(0), &[]), (Close, &[]), (Resume(0), &[(0, Error(735))])];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
    // On XP it goes on waiting.
    let steps = &[(Get(0), &[][..]), (Suspend(0), &[]), (Close, &[]), (Resume(0), &[])];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Xp);
}

#[test]
fn a_thread_runs_only_when_every_suspension_is_taken_back() {
    let steps = &[
        (Post(1), &[][..]),
        (Get(0), &[(0, Key(1))]),
        (Suspend(0), &[]),
        (Suspend(0), &[]),
        (Resume(0), &[]),
    ];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    for previous in [0, 1, 2] {
        assert_eq!(w.call(main, Call::SuspendThread { thread }), dword(previous));
    }
    for previous in [3, 2] {
        assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(previous));
    }
    let call = Call::GetLastError {};
    let refused = w.attempt(Action::Call { thread: a, call: call.clone() });
    assert_eq!(refused, Err(Refusal::NotRunning(a)));
    assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(1));
    assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(0));
    assert_eq!(w.call(a, call), dword(0));
}

#[test]
fn a_thread_that_suspends_itself_returns_when_it_is_resumed() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    assert_eq!(w.call(a, Call::SuspendThread { thread: Handle::CURRENT_THREAD }), WAITS);
    assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(1));
    assert_eq!(w.returned(a), dword(0));
}

#[test]
fn a_suspended_waiter_neither_times_out_nor_runs_apcs_until_it_is_resumed() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!(w.call(a, remove_ex(p, 1, TEN_MS, true)), WAITS);
    w.call(main, Call::SuspendThread { thread });
    assert_eq!(w.attempt(Action::Expire { thread: a }), Err(Refusal::NoTimer(a)));
    assert_eq!(w.call(main, Call::QueueUserAPC { thread, routine: 1 }), dword(1));
    assert_eq!((w.returned(a), w.apcs_run()), (WAITS, 0));
    w.call(main, Call::ResumeThread { thread });
    assert_eq!((w.returned(a), w.apcs_run()), (no_entries(NtStatus::USER_APC), 1));
    assert_eq!(w.active(p), 1);
}

#[test]
fn an_event_set_and_reset_while_a_waiter_was_suspended_is_missed() {
    for (reset, ends) in [(false, true), (true, false)] {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let (a, thread) = w.spawn(main);
        let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
        let wait = Call::WaitForSingleObject { handle: event, timeout: INFINITE };
        assert_eq!(w.call(a, wait), WAITS);
        w.call(main, Call::SuspendThread { thread });
        w.call(main, Call::SetEvent { event });
        if reset {
            w.call(main, Call::ResetEvent { event });
        }
        w.call(main, Call::ResumeThread { thread });
        assert_eq!(w.returned(a), if ends { dword(WAIT_OBJECT_0) } else { WAITS });
    }
}

/// The suspension interrupts the wait inside the call; what the driver does meanwhile the thread
/// learns when it runs again (semantics.md A6).
#[test]
fn a_synchronous_operation_that_ends_while_its_thread_is_suspended_returns_when_it_is_resumed() {
    for (ends, returns) in [
        (NtStatus::SUCCESS, (Value::Bool(true), None, Out::Bytes(3))),
        (NtStatus::CANCELLED, (Value::Bool(false), Some(995), Out::Nothing)),
    ] {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let (reader, thread) = w.spawn(main);
        let file = w.handle(main, device(false));
        assert_eq!(w.call(reader, pending(IoOp::ReadFile, file, 1)), WAITS);
        assert_eq!(w.call(main, Call::SuspendThread { thread }), dword(0));
        assert_eq!(w.call(main, Call::SuspendThread { thread }), dword(1));
        w.complete(ends, 3);
        assert_eq!(w.returned(reader), WAITS);
        let mut bytes = Vec::new();
        w.kernel.encode(&mut bytes);
        assert_eq!(Kernel::decode(&mut &bytes[..]).as_ref(), Some(&w.kernel));
        assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(2));
        assert_eq!(w.returned(reader), WAITS);
        assert_eq!(w.call(main, Call::ResumeThread { thread }), dword(1));
        let (value, last_error, out) = returns;
        assert_eq!(w.returned(reader), Some(Return { value, last_error, out }));
    }
}

/// Nor does it return at all if the thread ends.
#[test]
fn a_suspended_thread_that_is_terminated_never_hears_of_its_operation() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (reader, thread) = w.spawn(main);
    let file = w.handle(main, device(false));
    assert_eq!(w.call(reader, pending(IoOp::ReadFile, file, 1)), WAITS);
    assert_eq!(w.call(main, Call::SuspendThread { thread }), dword(0));
    w.complete(NtStatus::SUCCESS, 3);
    assert_eq!(w.call(main, Call::TerminateThread { thread }), succeeds());
    assert_eq!(w.returned(reader), WAITS);
    assert_eq!(w.call(main, Call::ResumeThread { thread }), dword_fails(5));
}
