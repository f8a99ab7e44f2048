//! semantics.md A6: what counts as blocking. One thread holds the only slot, another waits, a
//! packet is queued: it is released exactly when the first thread really waits for something.

use crate::stage::*;

struct Stage {
    w: World,
    main: ThreadId,
    a: ThreadId,
    b: ThreadId,
    port: Handle,
}

fn stage(semantics: impl Into<Semantics>) -> Stage {
    let mut w = World::new(semantics);
    let [main] = w.threads();
    let ((a, _), (b, _)) = (w.spawn(main), w.spawn(main));
    let port = w.port(1);
    w.post(main, port, 1);
    assert_eq!(w.remove(a, port), got(1));
    assert_eq!(w.remove(b, port), WAITS);
    w.post(main, port, 2);
    Stage { w, main, a, b, port }
}

#[test]
fn a_thread_gives_its_slot_up_exactly_when_it_really_waits() {
    let event = |manual_reset, initial| Call::CreateEvent { manual_reset, initial };
    type Blocks = fn(&mut Stage, Handle, Handle) -> Option<Call>;
    // What the thread does (with an event that is signaled and one that is not), and whether it
    // stops counting.
    let table: &[(&str, Blocks, bool)] = &[
        ("runs", |_, _, _| Some(Call::GetLastError {}), false),
        ("yields", |_, _, _| Some(Call::SwitchToThread {}), false),
        ("sleeps for no time", |_, _, _| Some(Call::Sleep { timeout: ZERO }), false),
        ("sleeps", |_, _, _| Some(Call::Sleep { timeout: TEN_MS }), true),
        (
            "sleeps for ever",
            |_, _, _| Some(Call::SleepEx { timeout: INFINITE, alertable: true }),
            true,
        ),
        (
            "sleeps with an APC pending",
            |s, _, _| {
                let a = s.a;
                s.w.queue_apc(a);
                Some(Call::SleepEx { timeout: INFINITE, alertable: true })
            },
            false,
        ),
        (
            "waits for what is signaled",
            |_, set, _| Some(Call::WaitForSingleObject { handle: set, timeout: INFINITE }),
            false,
        ),
        (
            "polls what is not signaled",
            |_, _, unset| Some(Call::WaitForSingleObject { handle: unset, timeout: ZERO }),
            false,
        ),
        (
            "waits for what is not signaled",
            |_, _, unset| Some(Call::WaitForSingleObject { handle: unset, timeout: TEN_MS }),
            true,
        ),
        (
            "waits for any of two, one signaled",
            |_, set, unset| {
                let (handles, timeout) = (vec![unset, set], INFINITE);
                Some(Call::WaitForMultipleObjects {
                    handles,
                    all: false,
                    timeout,
                    alertable: false,
                })
            },
            false,
        ),
        (
            "waits for both of two, one signaled",
            |_, set, unset| {
                let (handles, timeout) = (vec![unset, set], INFINITE);
                Some(Call::WaitForMultipleObjects { handles, all: true, timeout, alertable: false })
            },
            true,
        ),
        (
            "waits for the handle of its port, which is signaled",
            |s, _, _| Some(Call::WaitForSingleObject { handle: s.port, timeout: INFINITE }),
            false,
        ),
        (
            "waits for the handle of another port",
            |s, _, _| {
                let handle = s.w.port(1);
                Some(Call::WaitForSingleObject { handle, timeout: INFINITE })
            },
            true,
        ),
        (
            "reads synchronously, and the read pends",
            |s, _, _| {
                let file = s.w.handle(s.main, device(false));
                Some(pending(IoOp::ReadFile, file, 0))
            },
            true,
        ),
        (
            "reads synchronously, and the read is done at once",
            |s, _, _| {
                let file = s.w.handle(s.main, device(false));
                Some(at_once(IoOp::ReadFile, file, 0, NtStatus::SUCCESS))
            },
            false,
        ),
        (
            "starts an overlapped read",
            |s, _, _| {
                let file = s.w.handle(s.main, device(true));
                Some(pending(IoOp::ReadFile, file, 0))
            },
            false,
        ),
        (
            "waits for the result of an overlapped read",
            |s, _, _| {
                let file = s.w.handle(s.main, device(true));
                let a = s.a;
                s.w.call(a, pending(IoOp::ReadFile, file, 0));
                Some(Call::GetOverlappedResult { file, overlapped: overlapped(0), wait: true })
            },
            true,
        ),
        (
            "suspends itself",
            |_, _, _| Some(Call::SuspendThread { thread: Handle::CURRENT_THREAD }),
            true,
        ),
        ("exits", |_, _, _| Some(Call::ExitThread {}), true),
        (
            "waits for something outside the model",
            |s, _, _| {
                let thread = s.a;
                s.w.act(Action::Block { thread });
                None
            },
            true,
        ),
    ];
    for (what, blocks, releases) in table {
        let mut s = stage(Profile::Win11);
        let set = s.w.handle(s.main, event(true, true));
        let unset = s.w.handle(s.main, event(true, false));
        if let Some(call) = blocks(&mut s, set, unset) {
            s.w.call(s.a, call);
        }
        let released = if *releases { got(2) } else { WAITS };
        assert_eq!(s.w.returned(s.b), released, "a thread that {what}");
        assert_eq!(s.w.active(s.port), 1, "a thread that {what}");
    }
}

#[test]
fn waiting_on_the_handle_of_a_port_attaches_to_nothing() {
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let p = w.port(1);
    let wait = Call::WaitForSingleObject { handle: p, timeout: INFINITE };
    assert_eq!(w.call(a, wait), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), dword(WAIT_OBJECT_0));
    assert_eq!((w.kernel.thread(a).unwrap().attached, w.active(p)), (None, 0));
}

#[test]
fn whoever_comes_back_counts_at_once_whatever_ended_the_wait() {
    let mut s = stage(Profile::Win11);
    let event = s.w.handle(s.main, Call::CreateEvent { manual_reset: false, initial: false });
    let wait = Call::WaitForSingleObject { handle: event, timeout: TEN_MS };
    assert_eq!(s.w.call(s.a, wait.clone()), WAITS);
    assert_eq!(s.w.returned(s.b), got(2));
    s.w.act(Action::Expire { thread: s.a });
    assert_eq!(s.w.returned(s.a), dword(WAIT_TIMEOUT));
    assert_eq!(s.w.active(s.port), 2);
    assert_eq!(s.w.call(s.a, wait), WAITS);
    assert_eq!(s.w.active(s.port), 1);
    assert_eq!(s.w.call(s.main, Call::SetEvent { event }), succeeds());
    assert_eq!(s.w.returned(s.a), dword(WAIT_OBJECT_0));
    assert_eq!(s.w.active(s.port), 2);
}

/// Their pages: `Sleep` returns nothing, `SleepEx` 0 when the time is up.
#[test]
fn a_sleep_that_is_over_has_no_value_and_a_sleep_ex_says_0() {
    let void = Some(Return { value: Value::Void, last_error: None, out: Out::Nothing });
    for timeout in [ZERO, TEN_MS] {
        for (call, returns) in [
            (Call::Sleep { timeout }, void.clone()),
            (Call::SleepEx { timeout, alertable: false }, dword(0)),
            (Call::SleepEx { timeout, alertable: true }, dword(0)),
        ] {
            let mut w = World::new(Profile::Win11);
            let [main] = w.threads();
            let mut returned = w.call(main, call);
            if timeout != ZERO {
                assert_eq!(returned, WAITS);
                w.act(Action::Expire { thread: main });
                returned = w.returned(main);
            }
            assert_eq!(returned, returns);
        }
    }
}
