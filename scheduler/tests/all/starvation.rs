//! Who can be passed over for ever.

use iocp_scheduler::explore::Options;
use iocp_scheduler::starvation::{Starvation, find};
use iocp_scheduler::{Reductions, System, explore, explore_naively};

use crate::systems::kq::Kq;
use crate::systems::lifo::{Order, Port, State};
use crate::systems::programs::{Op, Programs};

#[test]
fn last_in_first_out_starves_whoever_waits_below() {
    let port = Port { workers: 2, order: Order::LastInFirstOut };
    let Starvation::Checked(starving) = find(&port, 1_000) else { panic!("small enough") };
    assert_eq!(starving.iter().map(|it| it.actor).collect::<Vec<_>>(), [0, 1]);
    for case in &starving {
        let mut state = port.initial();
        let encode = |state: &State| {
            let mut bytes = Vec::new();
            port.encode(state, &mut bytes);
            bytes
        };
        for choice in case.prefix.choices() {
            let _ = port.apply(&mut state, *choice);
        }
        let before = encode(&state);
        let mut others = 0;
        assert!(port.waiting(&state).contains(case.actor));
        for choice in case.cycle.choices() {
            let served = port.served(&state);
            let _ = port.apply(&mut state, *choice);
            assert!(port.waiting(&state).contains(case.actor), "waits all the way round");
            others += port.served(&state).minus(served).len();
        }
        assert_eq!(before, encode(&state), "back where it began");
        assert!(others > 0, "others are served");
    }
}

#[test]
fn first_in_first_out_starves_nobody() {
    for workers in 1..=3 {
        let port = Port { workers, order: Order::FirstInFirstOut };
        assert_eq!(find(&port, 10_000), Starvation::Checked(Vec::new()));
    }
}

#[test]
fn a_circle_that_keeps_somebody_from_a_step_for_ever_proves_nothing() {
    // Below in the stack one is passed over, but only by never letting the timeout happen.
    let port = Port { workers: 2, order: Order::LastInFirstOutWithTimeouts };
    assert_eq!(find(&port, 1_000), Starvation::Checked(Vec::new()));
}

#[test]
fn one_worker_alone_cannot_be_passed_over() {
    let port = Port { workers: 1, order: Order::LastInFirstOut };
    assert_eq!(find(&port, 1_000), Starvation::Checked(Vec::new()));
}

#[test]
fn a_system_whose_runs_all_end_starves_nobody() {
    assert_eq!(find(&Kq::new(2, 1, 2, 1), 1_000), Starvation::Checked(Vec::new()));
}

#[test]
fn what_was_not_checked_is_said() {
    let port = Port { workers: 3, order: Order::LastInFirstOut };
    assert!(explore_naively(&port, u64::MAX).states > 10);
    assert_eq!(find(&port, 10), Starvation::TooLarge { states: 10 });
    let programs = Programs::new(vec![vec![Op::Local]]);
    assert_eq!(find(&programs, 10), Starvation::NobodyWaits);
}

/// A search that has met more states than the graph may have does not build it; it still says what
/// building it would say, to the state.
#[test]
fn a_search_says_of_any_bound_what_the_graph_says() {
    let kq = Kq::new(2, 2, 2, 1);
    let states = explore_naively(&kq, u64::MAX).states;
    for reductions in [Reductions::NONE, Reductions::ALL] {
        for most in [1, 20, states / 3, states - 1, states, states + 1] {
            let options = Options { starvation: Some(most), reductions, ..Options::default() };
            assert_eq!(explore(&kq, &options, &mut ()).starvation, find(&kq, most), "{most}");
        }
    }
    assert_eq!(find(&kq, states - 1), Starvation::TooLarge { states: states - 1 });
    assert_eq!(find(&kq, states), Starvation::Checked(Vec::new()));
}
