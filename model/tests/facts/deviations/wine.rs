//! Wine 8.0 is made of deviations (facts.md 2A): where its queue departs from that of Windows.

use super::Look;
use super::operations::*;
use super::queue::*;
use crate::stage::*;

#[test]
fn wine_8_0_departs_as_measured() {
    facts(&["X01", "X02", "X09", "X10", "X11", "X12", "X13", "X14", "X15", "X16", "X17", "X18"]);
    let wine = Semantics::wine_8_0();
    let table: [(Look, &str); 13] = [
        (retried_order, "the first, the second"),            // X01
        (retried_at_the_limit, "released"),                  // X02
        (apc_or_packet, "packet"),                           // X09
        (remove_nothing, "STATUS_SUCCESS, count 1"),         // X10
        (failed_association, "written"),                     // X11
        (association, "not signaled"),                       // X12
        (partial_read, "STATUS_BUFFER_OVERFLOW, 1 packets"), // X13, without the skip mode
        (warning_skipped, "0 packets"),                      // X13, with it
        (close_socket, "STATUS_HANDLES_CLOSED"),             // X14
        (disconnect, "0 packets"),                           // X15
        (job_port_null, "6, 87"),                            // X16
        (exports, "none there"),                             // X17
        (sync_read, "1 APCs"),                               // X18
    ];
    for (look, expected) in table {
        assert_eq!(look(wine), expected);
    }
}

#[test]
fn wine_8_0_loses_the_wake_up_of_a_remover_behind_a_direct_waiter() {
    facts(&["X03", "X04", "X05"]);
    let mut w = World::new(Semantics::wine_8_0());
    let [main, a, b] = w.threads();
    let p = w.port(0);
    let wait = Call::WaitForSingleObject { handle: p, timeout: INFINITE };
    let get = Call::GetQueuedCompletionStatus { port: p, timeout: TEN_MS };
    // X05: the direct waiter is woken, the remover sleeps on and times out with a packet queued.
    assert_eq!((w.call(a, wait.clone()), w.call(b, get)), (WAITS, WAITS));
    w.post(main, p, 1);
    assert_eq!((w.returned(a), w.returned(b), w.depth(p)), (dword(WAIT_OBJECT_0), WAITS, 1));
    w.act(Action::Expire { thread: b });
    assert_eq!((w.returned(b), w.depth(p)), (nothing(258), 1));
    // X03: the handle is waitable. X04: of two that wait on it, only the first is woken.
    assert_eq!(w.call(a, wait.clone()), dword(WAIT_OBJECT_0));
    assert_eq!(w.poll(main, p), got(1));
    assert_eq!((w.call(a, wait.clone()), w.call(b, wait)), (WAITS, WAITS));
    w.post(main, p, 2);
    assert_eq!((w.returned(a), w.returned(b), w.depth(p)), (dword(WAIT_OBJECT_0), WAITS, 1));
}

#[test]
fn wine_8_0_lets_waits_outlive_the_port_handle() {
    facts(&["X06", "X07", "X08"]);
    let mut w = World::new(Semantics::wine_8_0());
    let [main, a, b, c, d, e] = w.threads();
    let p = w.port(0);
    let timeout = TEN_MS;
    assert_eq!(w.call(a, Call::WaitForSingleObject { handle: p, timeout }), WAITS);
    assert_eq!(w.call(b, Call::NtRemoveIoCompletion { port: p, timeout: INFINITE }), WAITS);
    assert_eq!(w.call(c, remove_ex(p, 2, INFINITE, false)), WAITS);
    assert_eq!(w.call(d, Call::GetQueuedCompletionStatus { port: p, timeout }), WAITS);
    assert_eq!(w.call(e, gqcs_ex(p, 2, timeout, false)), WAITS);
    w.close(main, p);
    assert_eq!((w.returned(b), w.returned(c)), (WAITS, WAITS));
    for thread in [a, d, e] {
        w.act(Action::Expire { thread });
    }
    let one = Out::Entries { count: 1, entries: Vec::new() };
    let timed_out = Return { out: one, ..ex_fails(258).unwrap() };
    assert_eq!((w.returned(a), w.returned(d)), (dword(WAIT_TIMEOUT), nothing(258)));
    assert_eq!(w.returned(e), Some(timed_out));
}
