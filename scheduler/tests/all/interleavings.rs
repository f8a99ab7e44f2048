//! Systems so small that their interleavings can be counted by hand.

use iocp_scheduler::explore::{Exploration, Frequency, Options, Verdict, explore};
use iocp_scheduler::policy::Replay;
use iocp_scheduler::{EndingKind, Reduced, Reductions, run};

use crate::systems::lifo::{Order, Port};
use crate::systems::programs::{Op, Programs};

fn search(system: &Programs, reductions: Reductions) -> Exploration {
    explore(system, &Options { reductions, ..Options::default() }, &mut ())
}

#[test]
fn two_threads_of_two_private_steps_make_a_grid_of_nine() {
    // States: 0, 1 or 2 steps of each, 3 * 3. Edges: 2 * 3 either way. Longest path: 4 steps.
    let system = Programs::new(vec![vec![Op::Local; 2], vec![Op::Local, Op::Assert(0, 0)]]);
    let full = search(&system, Reductions::NONE);
    assert_eq!((full.states, full.transitions, full.depth, full.terminals), (9, 12, 5, 1));
    // One order is enough: 5 states in a row.
    let one_order = Reductions { partial_order: true, ..Reductions::NONE };
    let less = search(&system, one_order);
    assert_eq!((less.states, less.transitions, less.depth, less.terminals), (5, 4, 5, 1));
    // Nothing can be observed: after the first step (either thread's), all others are fused to it.
    let fused = search(&system, Reductions { fusing: true, ..Reductions::NONE });
    assert_eq!((fused.states, fused.transitions, fused.depth), (2, 2, 2));
    let least = search(&system, Reductions::ALL);
    assert_eq!((least.states, least.transitions, least.depth), (2, 1, 2));
}

#[test]
fn two_equal_threads_make_half_a_grid() {
    // Pairs (i, j) with i <= j of three places: 6. Edges: from (0,0) and each (i, i) two that are
    // one state: (0,0) 2, (0,1) 2, (0,2) 1, (1,1) 2, (1,2) 1, (2,2) 0 = 8.
    let system = Programs::new(vec![vec![Op::Local; 2]; 2]);
    let found = search(&system, Reductions { symmetry: true, ..Reductions::NONE });
    assert_eq!((found.states, found.transitions, found.depth), (6, 8, 5));
}

#[test]
fn three_threads_of_one_step_each_make_a_cube() {
    // Corners 8, edges 12. Reduced to a path: 4 states.
    let system =
        Programs::new(vec![vec![Op::Local], vec![Op::Assert(0, 0)], vec![Op::Await(0, 0)]]);
    let full = search(&system, Reductions::NONE);
    assert_eq!((full.states, full.transitions, full.depth), (8, 12, 4));
    let less = search(&system, Reductions { partial_order: true, ..Reductions::NONE });
    assert_eq!((less.states, less.transitions, less.depth), (4, 3, 4));
}

#[test]
fn a_lost_update_is_one_of_two_outcomes() {
    // Each sets c to its own number: the last one stays.
    let system = Programs::new(vec![vec![Op::Set(2, 1)], vec![Op::Set(2, 2)]]);
    for reductions in [Reductions::NONE, Reductions::ALL] {
        let found = search(&system, reductions);
        let names: Vec<&str> = found.outcomes.iter().map(|end| end.name.as_str()).collect();
        assert_eq!(names, ["[0, 0, 1] [1, 1]", "[0, 0, 2] [1, 1]"]);
        for outcome in &found.outcomes {
            assert_eq!((outcome.count, outcome.frequency), (1, Frequency::Sometimes));
            assert_eq!(outcome.witness.as_ref().map(|path| path.choices().len()), Some(2));
        }
        assert_eq!(found.properties[2].verdict, Verdict::Broken);
    }
}

#[test]
fn a_thread_that_awaits_what_nobody_does_is_a_deadlock() {
    let system = Programs::new(vec![vec![Op::Await(1, 1)], vec![Op::Local]]);
    let found = search(&system, Reductions::ALL);
    assert_eq!(found.endings.get(&EndingKind::Deadlock), Some(&1));
    assert_eq!(found.outcomes[0].reasons, ["a thread awaits a value"]);
    assert_eq!(found.outcomes[0].frequency, Frequency::Always);
}

#[test]
fn a_failing_assertion_is_reported_at_the_step_that_fails() {
    // It fails only if the other thread was first; the local steps are not needed for it.
    let first = vec![Op::Local, Op::Set(0, 1), Op::Local];
    let system = Programs::new(vec![first, vec![Op::Local, Op::Assert(0, 0)]]);
    for reductions in [Reductions::NONE, Reductions::ALL] {
        let found = search(&system, reductions);
        assert_eq!(found.properties[3].verdict, Verdict::Broken);
        let violation = found.properties[3].violation.as_ref().expect("broken, so with a path");
        assert_eq!(violation.shrunk.choices().len(), 4);
        let again = run(&system, &mut Replay::new(&violation.shrunk), 100);
        assert_eq!(again.violations, [(3, 4)]);
    }
}

#[test]
fn a_step_put_off_in_circles_is_taken_all_the_same() {
    // Thread 0 goes round for ever in private steps; thread 1 breaks the property. Without the
    // guard against circles thread 0 alone would be a persistent set in every state.
    let system = Programs::new(vec![vec![Op::Local, Op::Jump(0)], vec![Op::Set(0, 3)]]);
    let order = Reductions { partial_order: true, ..Reductions::NONE };
    let fusing = Reductions { fusing: true, ..Reductions::NONE };
    for reductions in [Reductions::NONE, order, fusing, Reductions::ALL] {
        let found = search(&system, reductions);
        assert!(found.complete);
        assert_eq!(found.properties[0].verdict, Verdict::Broken, "{reductions:?}");
    }
}

#[test]
fn steps_that_commute_but_can_be_seen_keep_both_orders() {
    // Only the second thread going first passes a state with a = 3 and b = 0.
    let system = Programs::new(vec![vec![Op::Set(1, 1)], vec![Op::Set(0, 3)]]);
    for reductions in [Reductions::NONE, Reductions::ALL] {
        assert_eq!(search(&system, reductions).properties[0].verdict, Verdict::Broken);
    }
}

#[test]
fn a_step_that_disturbs_only_through_a_third_thread_is_not_put_off() {
    // The assertion fails only after the second thread's write, which awaits the third's.
    let second = vec![Op::Await(0, 1), Op::Set(2, 1)];
    let system = Programs::new(vec![vec![Op::Assert(2, 0)], second, vec![Op::Set(0, 1)]]);
    for reductions in [Reductions::NONE, Reductions::ALL] {
        assert_eq!(search(&system, reductions).properties[3].verdict, Verdict::Broken);
    }
}

#[test]
fn equal_threads_that_go_round_in_private_circles_do_not_hide_the_way() {
    // A chain of fused steps that never ends must be cut in the same place for every renaming.
    let circle = vec![Op::Local, Op::Jump(1)];
    let system = Programs::new(vec![circle.clone(), circle, vec![Op::Assert(0, 0), Op::Set(0, 3)]]);
    let found = search(&system, Reductions::ALL);
    assert_eq!(found.properties[0].verdict, Verdict::Broken);
    assert!(found.properties[0].violation.is_some());
}

#[test]
fn no_switch_is_silently_ignored() {
    let port = Port { workers: 2, order: Order::LastInFirstOut };
    let found = explore(&port, &Options::default(), &mut ());
    for (_, reduced) in &found.reductions {
        assert!(matches!(reduced, Reduced::NotApplicable(why) if why.starts_with("the system")));
    }
    let reductions = Reductions { symmetry: false, ..Reductions::ALL };
    let found = search(&Programs::new(vec![vec![Op::Local]]), reductions);
    let fates: Vec<_> = found.reductions.into_iter().collect();
    assert_eq!(
        fates,
        [
            ("symmetry", Reduced::SwitchedOff),
            ("partial-order", Reduced::Applied),
            ("fusing", Reduced::Applied)
        ]
    );
}
