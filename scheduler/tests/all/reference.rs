//! KQ: the counts that every faithful explorer must reproduce.

use iocp_scheduler::explore::{Exploration, Options, Verdict, explore};
use iocp_scheduler::{Reductions, explore_naively};

use crate::systems::kq::{Equal, Fault, Kq};

fn search(system: &Kq, reductions: Reductions, threads: usize) -> Exploration {
    let options = Options { reductions, threads, ..Options::default() };
    explore(system, &options, &mut ())
}

const SYMMETRY: Reductions = Reductions { symmetry: true, ..Reductions::NONE };
const PARTIAL_ORDER: Reductions = Reductions { partial_order: true, ..Reductions::NONE };

/// Workers, producers, packets, concurrency; states, transitions, depth, orbits, terminals.
type Row = (usize, usize, u8, u8, u64, u64, u32, u64, u64);

const SMALL: [Row; 5] = [
    (1, 1, 1, 1, 8, 9, 6, 8, 1),
    (2, 1, 2, 1, 73, 148, 11, 39, 2),
    (3, 2, 2, 1, 3_614, 11_269, 19, 751, 6),
    (3, 2, 4, 2, 108_866, 439_721, 31, 22_477, 6),
    (4, 2, 3, 2, 132_679, 584_620, 27, 8_290, 24),
];

const LARGE: [Row; 2] = [
    (3, 3, 3, 2, 1_492_495, 6_163_926, 34, 314_713, 6),
    (4, 2, 6, 2, 10_892_015, 51_541_202, 45, 673_272, 24),
];

fn rows() -> Vec<Row> {
    if cfg!(debug_assertions) { SMALL[..4].to_vec() } else { [&SMALL[..], &LARGE].concat() }
}

#[test]
fn an_unreduced_search_counts_what_the_independent_models_count() {
    for (workers, producers, packets, concurrency, states, transitions, depth, _, ends) in rows() {
        let found = search(&Kq::new(workers, producers, packets, concurrency), Reductions::NONE, 2);
        assert!(found.complete);
        assert_eq!(
            (found.states, found.transitions, found.depth, found.terminals),
            (states, transitions, depth, ends)
        );
        assert_eq!(found.outcomes.len() as u64, ends, "every order of waiting is an outcome");
    }
}

#[test]
fn symmetry_of_workers_leaves_one_state_for_each_orbit() {
    for (workers, producers, packets, concurrency, _, _, depth, orbits, ends) in rows() {
        let found = search(&Kq::new(workers, producers, packets, concurrency), SYMMETRY, 1);
        assert_eq!((found.states, found.depth, found.terminals), (orbits, depth, ends));
    }
}

#[test]
fn partial_order_alone_leaves_as_many_states_as_spin_with_exclusive_channels() {
    // Spin 6.5.2 with `xr`: 820 k and 3.47 M states at the two large sizes.
    if cfg!(debug_assertions) {
        return;
    }
    assert_eq!(search(&Kq::new(4, 2, 6, 2), PARTIAL_ORDER, 1).states, 3_474_223);
}

#[test]
fn reductions_change_no_verdict_and_no_outcome() {
    let fast = if cfg!(debug_assertions) { 3 } else { 5 };
    for (workers, producers, packets, concurrency, ..) in &SMALL[..fast] {
        for equal in [Equal::Workers, Equal::WorkersAndProducers] {
            for fault in [Fault::None, Fault::BlockKeepsCount, Fault::PostNeverReleases] {
                let system = Kq::new(*workers, *producers, *packets, *concurrency)
                    .with_equal(equal)
                    .with_fault(fault);
                let (full, less) =
                    (search(&system, Reductions::NONE, 1), search(&system, Reductions::ALL, 1));
                assert!(less.states < full.states || full.states < 10);
                let verdicts = |found: &Exploration| -> Vec<Verdict> {
                    found.properties.iter().map(|property| property.verdict).collect()
                };
                assert_eq!(verdicts(&full), verdicts(&less));
                assert_eq!(full.endings, less.endings);
                let outcomes = |found: &Exploration| -> Vec<_> {
                    let all = found.outcomes.iter();
                    all.map(|end| (end.name.clone(), end.kind, end.count, end.frequency)).collect()
                };
                assert_eq!(outcomes(&full), outcomes(&less));
            }
        }
    }
}

#[test]
fn the_naive_search_agrees() {
    let system = Kq::new(3, 2, 2, 1);
    let (naive, found) = (explore_naively(&system, u64::MAX), search(&system, Reductions::NONE, 1));
    assert_eq!(
        (naive.states, naive.transitions, naive.depth, naive.terminals),
        (found.states, found.transitions, u64::from(found.depth), found.terminals)
    );
    assert_eq!(naive.endings, found.endings);
}

#[test]
fn what_is_remembered_changes_nothing_but_the_time() {
    for (workers, producers, packets, concurrency, ..) in rows() {
        for fault in [Fault::None, Fault::BlockKeepsCount] {
            let mut system = Kq::new(workers, producers, packets, concurrency).with_fault(fault);
            let plain = search(&system, Reductions::NONE, 1);
            system.cut = true;
            for threads in [1, 2] {
                let cut = search(&system, Reductions::NONE, threads);
                assert_eq!((cut.states, cut.transitions), (plain.states, plain.transitions));
                assert_eq!((cut.depth, cut.terminals), (plain.depth, plain.terminals));
                let verdicts = cut.properties.iter().map(|property| property.verdict);
                assert!(verdicts.eq(plain.properties.iter().map(|property| property.verdict)));
                assert!(cut.outcomes.iter().all(|outcome| outcome.witness.is_some()));
            }
        }
    }
}

#[test]
fn a_step_that_changes_what_is_not_in_its_scope_is_found_out() {
    let mut system = Kq::new(2, 1, 1, 1);
    (system.cut, system.narrow) = (true, true);
    let caught = std::panic::catch_unwind(|| search(&system, Reductions::NONE, 1));
    let said = caught.expect_err("a wrong scope is a bug of the system");
    let said = said.downcast_ref::<String>().expect("a panic with a message");
    assert!(said.contains("changes a part outside the scope of its actor"), "{said}");
}

#[test]
fn any_number_of_threads_gives_the_same_answer() {
    for reductions in [Reductions::NONE, Reductions::ALL] {
        let mut system = Kq::new(3, 2, 4, 2).with_fault(Fault::BlockKeepsCount);
        system.cut = reductions == Reductions::NONE;
        let one = search(&system, reductions, 1);
        for threads in [2, 3, 8] {
            assert_eq!(one, search(&system, reductions, threads));
        }
    }
}

#[test]
fn a_count_that_a_blocked_worker_keeps_is_found_in_the_fewest_steps() {
    // Get, the packet is posted, work, block: four steps, whoever is first of the first two.
    let system = Kq::new(2, 1, 2, 1).with_fault(Fault::BlockKeepsCount);
    let found = search(&system, Reductions::NONE, 1);
    assert_eq!(found.properties[0].verdict, Verdict::Broken);
    let violation = found.properties[0].violation.as_ref().expect("a broken property has a path");
    assert_eq!((violation.found.choices().len(), violation.shrunk.choices().len()), (4, 4));
}

#[test]
fn a_post_that_releases_nobody_breaks_the_state_and_the_end() {
    let found =
        search(&Kq::new(2, 1, 1, 1).with_fault(Fault::PostNeverReleases), Reductions::NONE, 1);
    assert_eq!(found.properties[1].verdict, Verdict::Broken);
    assert_eq!(found.properties[2].verdict, Verdict::Broken);
    let path = |index: usize| {
        let report = &found.properties[index];
        report.violation.as_ref().map(|violation| violation.found.choices().len())
    };
    // One waits, then the post; for the end the other must wait as well.
    assert_eq!((path(1), path(2)), (Some(2), Some(3)));
}

#[test]
fn a_sometimes_property_that_never_holds_is_broken() {
    // One worker can never be more active than one.
    let found = search(&Kq::new(1, 1, 1, 1), Reductions::ALL, 1);
    assert_eq!(found.properties[3].verdict, Verdict::Broken);
    assert!(found.is_violated());
    let found = search(&Kq::new(2, 1, 2, 1), Reductions::ALL, 1);
    assert_eq!(found.properties[3].verdict, Verdict::Holds);
    assert!(found.properties[3].witnesses > 0 && found.properties[3].witness.is_some());
}

#[test]
fn the_chance_of_a_collision_grows_with_the_square_of_the_states() {
    let found = search(&Kq::new(3, 2, 2, 1), Reductions::NONE, 1);
    // 3,614 * 3,613 / 2 pairs, each with a chance of 2^-64.
    let expected = 6_528_691.0 / 2.0_f64.powi(64);
    assert!((found.collision_probability - expected).abs() < expected * 1e-9);
}
