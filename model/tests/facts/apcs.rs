//! facts.md 1B: user APCs against packets.

use crate::stage::*;

const SUCCESS: NtStatus = NtStatus::SUCCESS;

fn post_of(key: u64) -> Packet {
    native_packet(key, 0, SUCCESS, 0)
}

#[test]
fn an_apc_runs_in_an_alertable_remove_and_in_no_other() {
    facts(&["B01", "B02"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    w.queue_apc(main);
    assert_eq!(w.call(main, remove_ex(p, 2, ZERO, false)), no_entries(NtStatus::TIMEOUT));
    assert_eq!(w.poll(main, p), nothing(258));
    assert_eq!(w.apcs_run(), 0);
    assert_eq!(w.call(main, remove_ex(p, 2, ZERO, true)), no_entries(NtStatus::USER_APC));
    assert_eq!(w.apcs_run(), 1);
    assert_eq!(w.call(main, remove_ex(p, 2, ZERO, true)), no_entries(NtStatus::TIMEOUT));
}

#[test]
fn an_apc_beats_the_packet_of_another_port_and_attaches_the_thread_to_nothing() {
    facts(&["B03", "B04", "B05", "B06", "B07"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (x, h) = (w.port(0), w.port(0));
    assert_eq!(w.poll(main, x), nothing(258));
    let Object::Port(x_id) = w.object(x) else { panic!("x is a port") };
    let Object::Port(h_id) = w.object(h) else { panic!("h is a port") };
    let attached = |w: &World| w.kernel.thread(main).unwrap().attached;

    w.post(main, h, 1);
    w.queue_apc(main);
    assert_eq!(w.call(main, remove_ex(h, 2, ZERO, true)), no_entries(NtStatus::USER_APC));
    assert_eq!((w.apcs_run(), w.depth(h), attached(&w)), (1, 1, Some(x_id)));
    assert_eq!((w.active(x), w.active(h)), (1, 0));

    w.close(main, x);
    assert_eq!(attached(&w), None);
    w.queue_apc(main);
    assert_eq!(w.call(main, remove_ex(h, 2, ZERO, true)), no_entries(NtStatus::USER_APC));
    assert_eq!((w.apcs_run(), w.depth(h), attached(&w)), (2, 1, None));

    assert_eq!(w.call(main, remove_ex(h, 2, ZERO, true)), entries(&[post_of(1)]));
    assert_eq!((attached(&w), w.active(h)), (Some(h_id), 1));

    w.post(main, h, 2);
    w.queue_apc(main);
    assert_eq!(w.call(main, remove_ex(h, 2, ZERO, true)), entries(&[post_of(2)]));
    assert_eq!(w.apcs_run(), 2);
    let sleep = Call::SleepEx { timeout: ZERO, alertable: true };
    assert_eq!(w.call(main, sleep), dword(WAIT_IO_COMPLETION));
    assert_eq!(w.apcs_run(), 3);
}

/// Alertable, an APC pending, a packet queued, attached here: what the call says, APCs run, and
/// whether the thread is attached to the port afterwards.
#[test]
fn the_whole_table_of_packets_apcs_and_attachment() {
    facts(&["B07"]);
    let (apc, timeout) = (NtStatus::USER_APC, NtStatus::TIMEOUT);
    let table = [
        (false, false, false, false, timeout, true),
        (false, false, false, true, timeout, true),
        (false, false, true, false, SUCCESS, true),
        (false, false, true, true, SUCCESS, true),
        (false, true, false, false, timeout, true),
        (false, true, false, true, timeout, true),
        (false, true, true, false, SUCCESS, true),
        (false, true, true, true, SUCCESS, true),
        (true, false, false, false, timeout, true),
        (true, false, false, true, timeout, true),
        (true, false, true, false, SUCCESS, true),
        (true, false, true, true, SUCCESS, true),
        (true, true, false, false, apc, false),
        (true, true, false, true, apc, true),
        (true, true, true, false, apc, false),
        (true, true, true, true, SUCCESS, true),
    ];
    for (alertable, pending, queued, here, says, attached) in table {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let p = w.port(0);
        if here {
            assert_eq!(w.poll(main, p), nothing(258));
        }
        if queued {
            w.post(main, p, 1);
        }
        if pending {
            w.queue_apc(main);
        }
        let case = format!("{alertable} {pending} {queued} {here}");
        let expected = if says == SUCCESS { entries(&[post_of(1)]) } else { no_entries(says) };
        assert_eq!(w.call(main, remove_ex(p, 2, ZERO, alertable)), expected, "{case}");
        assert_eq!(w.apcs_run(), usize::from(says == apc), "{case}");
        assert_eq!(w.kernel.thread(main).unwrap().attached.is_some(), attached, "{case}");
        assert_eq!(w.active(p), u32::from(attached), "{case}");
        assert_eq!(w.depth(p), u32::from(queued && says != SUCCESS), "{case}");
    }
}

#[test]
fn the_same_through_win32() {
    facts(&["B08", "B09", "B10"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    w.queue_apc(main);
    assert_eq!(w.call(main, gqcs_ex(p, 2, ZERO, false)), ex_fails(258));
    assert_eq!(w.apcs_run(), 0);
    assert_eq!(w.call(main, gqcs_ex(p, 2, ZERO, true)), ex_fails(192));
    assert_eq!(w.apcs_run(), 1);
    w.post(main, p, 5);
    w.queue_apc(main);
    let one = Out::Entries { count: 1, entries: vec![post_of(5)] };
    let expected = Return { value: Value::Bool(true), last_error: None, out: one };
    assert_eq!(w.call(main, gqcs_ex(p, 2, ZERO, true)), Some(expected));
    assert_eq!(w.apcs_run(), 1);
}

#[test]
fn only_vista_says_true_after_an_apc() {
    facts(&["B09"]);
    for profile in Profile::ALL.into_iter().filter(|profile| *profile >= Profile::Vista) {
        for queued_first in [true, false] {
            let mut w = World::new(profile);
            let [main, other] = w.threads();
            let p = w.port(0);
            let (_, handle) = (main, w.handle(main, duplicate(Handle::CURRENT_THREAD, None)));
            let call = Call::QueueUserAPC { thread: handle, routine: 7 };
            let result = if queued_first {
                w.call(other, call);
                w.call(main, gqcs_ex(p, 2, INFINITE, true))
            } else {
                assert_eq!(w.call(main, gqcs_ex(p, 2, INFINITE, true)), WAITS);
                w.call(other, call);
                w.returned(main)
            };
            let value = result.as_ref().map(|result| result.value);
            assert_eq!(value, Some(Value::Bool(profile == Profile::Vista)), "{profile}");
            assert_eq!(w.saw(Rule::ApcReturnsTrue), profile == Profile::Vista);
            assert_eq!(w.apcs_run(), 1);
        }
    }
}

#[test]
fn an_apc_ends_the_wait_of_an_alertable_waiter_which_then_counts() {
    for (alertable, ends) in [(true, true), (false, false)] {
        let mut w = World::new(Profile::Win11);
        let [main, a] = w.threads();
        let p = w.port(1);
        let own = w.handle(a, duplicate(Handle::CURRENT_THREAD, None));
        assert_eq!(w.call(a, remove_ex(p, 1, INFINITE, alertable)), WAITS);
        assert_eq!(w.call(main, Call::QueueUserAPC { thread: own, routine: 1 }), dword(1));
        let expected = if ends { no_entries(NtStatus::USER_APC) } else { WAITS };
        assert_eq!(w.returned(a), expected);
        assert_eq!((w.active(p), w.apcs_run()), (u32::from(ends), usize::from(ends)));
    }
}

#[test]
fn at_the_limit_a_pending_apc_is_all_that_an_alertable_remove_gets() {
    let mut w = World::new(Profile::Win11);
    let [main, a, b] = w.threads();
    let p = w.port(1);
    // Two attached threads run, one more than the limit; a packet is queued.
    for key in [1, 2, 3] {
        w.post(main, p, key);
    }
    assert_eq!(w.remove(a, p), got(1));
    assert_eq!(w.remove(b, p), WAITS);
    w.act(Action::Block { thread: a });
    assert_eq!(w.returned(b), got(2));
    w.act(Action::Unblock { thread: a });
    w.queue_apc(b);
    assert_eq!(w.call(b, remove_ex(p, 1, INFINITE, true)), no_entries(NtStatus::USER_APC));
    assert_eq!((w.active(p), w.depth(p)), (2, 1));
}
