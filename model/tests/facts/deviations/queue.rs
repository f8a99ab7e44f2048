//! What the deviations of the queue and its waiters change, as one word each.

use super::{post, stage, which};
use crate::stage::*;

#[test]
fn a_poll_that_finds_a_packet_takes_it_whether_or_not_polls_attach() {
    let plain = Semantics::from(Profile::Win11);
    for semantics in [plain, plain.with(Deviation::PollDoesNotAttach)] {
        let (mut w, main, [a], p) = stage(semantics);
        w.post(main, p, 1);
        assert_eq!(w.poll(a, p), got(1));
        // At the limit, which is its own slot.
        w.post(main, p, 2);
        assert_eq!((w.poll(a, p), w.active(p)), (got(2), 1));
    }
}

#[test]
fn a_retrying_waiter_whose_port_is_closed_is_abandoned() {
    let semantics = Semantics::from(Profile::Win11).with(Deviation::HandOffWakeAndRetry);
    let mut w = World::new(semantics);
    let [main, a, b] = w.threads();
    let p = w.port(0);
    assert_eq!(w.remove(a, p), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.poll(b, p), got(1));
    w.close(main, p);
    w.act(Action::Retry { thread: a });
    assert_eq!(w.returned(a), nothing(735));
    assert!(w.kernel.ports().is_empty());
}

pub(super) fn who_is_released(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    let released = (w.returned(a), w.returned(b));
    which(released, &[((got(1), WAITS), "the first"), ((WAITS, got(1)), "the last")])
}

pub(super) fn pick_the_first(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    let then = Box::new(Action::Call { thread: main, call: post(p, 1) });
    match w.attempt(Action::Pick { waiter: 1, then }) {
        Err(Refusal::NothingToPick) => "refused".to_owned(),
        other => {
            which((other, w.returned(a), w.returned(b)), &[((Ok(()), got(1), WAITS), "the first")])
        }
    }
}

/// A waiter, a packet, and a thread that asks before the waiter could run.
pub(super) fn steal(semantics: Semantics) -> String {
    let (mut w, main, [waiter, thief], p) = stage(semantics);
    assert_eq!(w.remove(waiter, p), WAITS);
    w.post(main, p, 1);
    let stolen = w.poll(thief, p);
    let _ = w.attempt(Action::Retry { thread: waiter });
    let table =
        [((got(1), nothing(258)), "the waiter has it"), ((WAITS, got(1)), "the thief has it")];
    which((w.returned(waiter), stolen), &table)
}

pub(super) fn second_at_the_limit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.post(main, p, 2);
    which(w.returned(b), &[(WAITS, "waits"), (got(2), "released")])
}

pub(super) fn retried_order(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    w.act(Action::Retry { thread: a });
    w.post(main, p, 2);
    w.act(Action::Retry { thread: b });
    let got = (w.returned(a), w.returned(b));
    which(got, &[((crate::stage::got(1), crate::stage::got(2)), "the first, the second")])
}

pub(super) fn retried_at_the_limit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.post(main, p, 2);
    w.act(Action::Retry { thread: b });
    which(w.returned(b), &[(WAITS, "waits"), (got(2), "released")])
}

pub(super) fn close(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.remove(a, p), WAITS);
    assert_eq!(w.call(b, Call::WaitForSingleObject { handle: p, timeout: INFINITE }), WAITS);
    w.close(main, p);
    let table =
        [((nothing(735), dword(WAIT_OBJECT_0)), "735, signaled"), ((WAITS, WAITS), "waits, waits")];
    which((w.returned(a), w.returned(b)), &table)
}

pub(super) fn apc_or_packet(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    w.queue_apc(main);
    w.call(main, remove_ex(p, 1, ZERO, true));
    which((w.depth(p), w.apcs_run()), &[((1, 1), "APC"), ((0, 0), "packet")])
}

pub(super) fn two_direct_waiters(semantics: Semantics) -> String {
    let (mut w, main, threads, p) = stage::<2>(semantics);
    for thread in threads {
        w.call(thread, Call::WaitForSingleObject { handle: p, timeout: INFINITE });
    }
    w.post(main, p, 1);
    let one = |result| which(result, &[(dword(WAIT_OBJECT_0), "woken"), (WAITS, "waits")]);
    threads.map(|thread| one(w.returned(thread))).join(", ")
}

pub(super) fn remove_nothing(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    let Return { value: Value::Status(status), out, .. } =
        w.call(main, remove_ex(p, 0, ZERO, false)).unwrap()
    else {
        panic!("a native call gives a status")
    };
    assert_eq!(w.depth(p), 1);
    match out {
        Out::Entries { count, entries } if entries.is_empty() => format!("{status}, count {count}"),
        Out::Nothing => format!("{status}, untouched"),
        other => panic!("{other:?}"),
    }
}

/// The waiter's own handle is closed while another one stays open.
pub(super) fn woken_after_the_handle(semantics: Semantics) -> String {
    // What the deviation is about is there only under this one.
    let semantics = semantics.with(Deviation::HandOffWakeAndRetry);
    let (mut w, main, [waiter], port) = stage(semantics);
    let other = w.handle(
        main,
        Call::DuplicateHandle {
            source_process: Handle::CURRENT_PROCESS,
            handle: port,
            target_process: Handle::CURRENT_PROCESS,
            access: None,
            inherit: false,
            close_source: false,
        },
    );
    assert_eq!(w.remove(waiter, port), WAITS);
    w.close(main, port);
    w.post(main, other, 1);
    w.act(Action::Retry { thread: waiter });
    which(w.returned(waiter), &[(got(1), "got it"), (nothing(6), "6")])
}

pub(super) fn failed_count(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    match w.call(main, remove_ex(p, 2, ZERO, false)).unwrap().out {
        Out::Entries { count, .. } => format!("count {count}"),
        other => panic!("{other:?}"),
    }
}

/// A batch remove at the limit, three packets, and the active thread blocks.
pub(super) fn batch(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.poll(a, p), nothing(258));
    assert_eq!(w.call(b, remove_ex(p, 8, INFINITE, false)), WAITS);
    for key in 0..3 {
        w.post(main, p, key);
    }
    w.act(Action::Block { thread: a });
    match w.returned(b).unwrap().out {
        Out::Entries { count, .. } => format!("{count} of 3"),
        other => panic!("{other:?}"),
    }
}

pub(super) fn poll_attaches(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.poll(main, p), nothing(258));
    let attached = |w: &World, thread| w.kernel.thread(thread).unwrap().attached.is_some();
    let empty = attached(&w, main);
    // At the limit a poll finds nothing although a packet is queued.
    w.post(main, p, 1);
    w.post(main, p, 2);
    assert!(empty || w.remove(a, p) == got(1));
    assert_eq!(w.poll(b, p), nothing(258));
    let table = [((true, true), "attached"), ((false, false), "not attached")];
    which((empty, attached(&w, b)), &table)
}

pub(super) fn new_remove(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    w.post(main, p, 2);
    assert_eq!(w.remove(a, p), got(1));
    which(w.remove(b, p), &[(WAITS, "waits"), (got(2), "takes it")])
}

pub(super) fn block(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    w.act(Action::Block { thread: a });
    let released = which(w.returned(b), &[(WAITS, "waits"), (got(1), "released")]);
    w.act(Action::Unblock { thread: a });
    format!("{released}, {} active", w.active(p))
}

pub(super) fn exit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    w.call(a, Call::ExitThread {});
    which(w.returned(b), &[(WAITS, "waits"), (got(1), "released")])
}

pub(super) fn packet_order(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    w.post(main, p, 2);
    which(w.remove(main, p), &[(got(1), "oldest first"), (got(2), "newest first")])
}

pub(super) fn beside_a_hand_off(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.remove(a, p), WAITS);
    assert_eq!(w.call(b, Call::WaitForSingleObject { handle: p, timeout: INFINITE }), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), got(1));
    which(w.returned(b), &[(WAITS, "waits"), (dword(WAIT_OBJECT_0), "woken")])
}
