//! The queue: which packet, which thread, and who counts (semantics.md A14).

mod support;
use support::*;

#[test]
fn v1_a_new_caller_waits_at_the_limit_and_v2_leaving_the_port_frees_the_slot() {
    let mut w = World::new(Profile::Win11);
    let [main, a, b] = w.threads();
    let (p, dummy) = (w.port(1), w.port(1));
    w.post(main, p, 1);
    w.post(main, p, 2);
    assert_eq!(w.remove(a, p), got(1));
    assert_eq!(w.remove(b, p), WAITS);
    assert_eq!(w.depth(p), 1);
    assert_eq!(w.poll(a, dummy), nothing(258));
    assert_eq!(w.returned(b), got(2));
}

#[test]
fn v3_an_unblocked_thread_exceeds_the_limit_until_somebody_asks_again() {
    let mut w = World::new(Profile::Win11);
    let [main, a, b] = w.threads();
    let p = w.port(1);
    for key in [7, 8, 9] {
        w.post(main, p, key);
    }
    assert_eq!(w.remove(a, p), got(7));
    assert_eq!(w.remove(b, p), WAITS);
    w.act(Action::Block { thread: a });
    assert_eq!(w.returned(b), got(8));
    w.act(Action::Unblock { thread: a });
    assert_eq!(w.active(p), 2);
    assert_eq!(w.remove(b, p), WAITS);
    assert_eq!(w.remove(a, p), got(9));
    assert_eq!(w.active(p), 1);
}
