//! What an action asks of the semantics is told to whoever looks on: under semantics that differ
//! in nothing that was asked, it would have done the same.

use crate::stage::*;

/// Remembers every deviation that was asked about.
#[derive(Default)]
struct Listener {
    asked: Deviations,
    effects: usize,
}

impl Observer for Listener {
    fn effect(&mut self, _: Rule, _: Effect) {
        self.effects += 1;
    }

    fn asked(&mut self, deviations: Deviations) {
        self.asked = Deviations::from_bits(self.asked.bits() | deviations.bits());
    }
}

/// A port on which a thread waits, and the post of a packet to it.
fn post_to_a_waiter() -> (Kernel, Action) {
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let port = w.port(1);
    assert_eq!(w.remove(a, port), WAITS);
    let overlapped = Overlapped::NULL;
    let call = Call::PostQueuedCompletionStatus { port, bytes: 0, key: 1, overlapped };
    (w.kernel, Action::Call { thread: main, call })
}

#[test]
fn a_post_to_a_waiter_asks_in_which_order_waiters_are_released() {
    let (mut kernel, post) = post_to_a_waiter();
    let mut listener = Listener::default();
    kernel.apply(post, &mut listener).expect("a post");
    assert!(listener.asked.has(Deviation::WakeOrderFifo));
    assert!(!listener.asked.has(Deviation::ExclusivePollCancels), "nothing is polled");
}

#[test]
fn who_listens_through_a_reference_hears_the_same() {
    let (kernel, post) = post_to_a_waiter();
    let (mut near, mut far) = (Listener::default(), Listener::default());
    kernel.clone().apply(post.clone(), &mut near).expect("a post");
    kernel.clone().apply(post, &mut &mut far).expect("a post");
    assert_eq!((near.asked, near.effects), (far.asked, far.effects));
    assert!(far.effects > 0 && far.asked != Deviations::default());
}

#[test]
fn a_set_of_deviations_has_what_was_put_in_and_nothing_else() {
    for &one in Deviation::ALL {
        for &other in Deviation::ALL {
            let both = Deviations::default().with(one).with(other);
            assert_eq!(both.with(one), both, "once is enough");
            for &third in Deviation::ALL {
                assert_eq!(both.has(third), third == one || third == other, "{third}");
            }
            assert_eq!(Deviations::from_bits(both.bits()), both);
        }
    }
}
