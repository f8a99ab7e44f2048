//! One run at a time: policies, replay, series of runs, and what is kept of them.

use iocp_scheduler::policy::{Pct, Policy, RandomWalk, Replay, RoundRobin};
use iocp_scheduler::{
    Choice, Sampling, Schedule, Series, System, explore_naively, run, sample, shrink,
};

use crate::systems::kq::{Fault, Kq};
use crate::systems::programs::{Op, Programs};

fn series(sampling: Sampling, threads: usize) -> Series {
    Series { sampling, runs: 300, seed: 7, max_steps: 1_000, threads }
}

#[test]
fn round_robin_lets_everybody_move_in_turn() {
    let system = Programs::new(vec![vec![Op::Local; 2], vec![Op::Local], vec![Op::Local; 2]]);
    let run = run(&system, &mut RoundRobin::new(), 100);
    let actors: Vec<u16> = run.schedule.choices().iter().map(|choice| choice.actor()).collect();
    assert_eq!(actors, [0, 1, 2, 0, 2]);
    assert!(run.terminal);
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let system = Kq::new(3, 2, 2, 1);
    let walk = |seed| run(&system, &mut RandomWalk::new(seed), 1_000).schedule;
    let pct = |seed| run(&system, &mut Pct::new(5, 3, 40, seed), 1_000).schedule;
    assert_eq!(walk(1), walk(1));
    assert_ne!(walk(1), walk(2));
    assert_eq!(pct(1), pct(1));
    assert!((2..10).any(|seed| pct(seed) != pct(1)));
}

#[test]
fn pct_of_depth_one_never_leaves_the_actor_of_highest_priority() {
    let system = Programs::new(vec![vec![Op::Local; 3], vec![Op::Local; 3]]);
    for seed in 0..20 {
        let run = run(&system, &mut Pct::new(2, 1, 6, seed), 100);
        let changes = run.schedule.choices().windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(changes, 1);
    }
}

#[test]
fn a_replay_takes_the_same_choices() {
    let system = Kq::new(3, 2, 2, 1);
    let first = run(&system, &mut RandomWalk::new(3), 1_000);
    let mut replay = Replay::new(&first.schedule);
    let again = run(&system, &mut replay, 1_000);
    assert_eq!((replay.stopped_fitting(), again.schedule), (None, first.schedule));
}

#[test]
fn a_schedule_that_no_longer_fits_is_continued_and_that_is_said() {
    let old = Programs::new(vec![vec![Op::Local; 2], vec![Op::Local]]);
    let choices = [0, 0, 1].map(|actor| Choice::new(actor, 0)).to_vec();
    let schedule = Schedule::new(old.identity(), choices);
    // The first thread has lost a step: the second choice is no longer possible.
    let new = Programs::new(vec![vec![Op::Local], vec![Op::Local; 2]]);
    let mut replay = Replay::new(&schedule);
    let run = run(&new, &mut replay, 100);
    assert_eq!(replay.stopped_fitting(), Some(1));
    assert!(run.terminal && !schedule.was_made_for(new.identity()));
}

#[test]
fn a_replay_ends_where_its_schedule_ends() {
    let system = Programs::new(vec![vec![Op::Local; 5]]);
    let schedule = Schedule::new(0, vec![Choice::new(0, 0); 2]);
    let run = run(&system, &mut Replay::new(&schedule), 100);
    assert_eq!((run.schedule.choices().len(), run.terminal), (2, false));
}

#[test]
fn series_find_a_planted_fault_and_shrink_it() {
    let system = Kq::new(3, 2, 4, 2).with_fault(Fault::BlockKeepsCount);
    for sampling in [Sampling::Random, Sampling::Pct { depth: 3 }] {
        let seen = sample(&system, &series(sampling, 1), &mut |_| true);
        assert_eq!(seen.runs, 300);
        let violation = seen.violations.get(&0).expect("every other run blocks somewhere");
        // Get, post, work, block, as the exhaustive search finds too.
        assert_eq!(violation.shrunk.choices().len(), 4);
        let token = violation.first.schedule.to_string();
        let schedule: Schedule = token.parse().expect("a token of ours");
        let again = run(&system, &mut Replay::new(&schedule), 1_000);
        assert!(again.violations.iter().any(|(property, _)| *property == 0));
    }
}

#[test]
fn a_series_is_the_same_for_any_number_of_threads() {
    let system = Kq::new(3, 2, 4, 2).with_fault(Fault::PostNeverReleases);
    for sampling in [Sampling::Random, Sampling::Pct { depth: 2 }] {
        let one = sample(&system, &series(sampling, 1), &mut |_| true);
        assert_eq!(one, sample(&system, &series(sampling, 3), &mut |_| true));
    }
}

#[test]
fn a_series_stops_when_told_and_sees_no_outcome_that_is_not_there() {
    let system = Kq::new(2, 1, 2, 1);
    let seen = sample(&system, &series(Sampling::Random, 1), &mut |runs| runs < 100);
    assert_eq!(seen.runs, 128);
    let naive = explore_naively(&system, u64::MAX);
    assert!(seen.outcomes.keys().all(|(_, name)| naive.outcomes.contains_key(name)));
    assert_eq!(seen.outcomes.len(), naive.outcomes.len());
}

#[test]
fn runs_that_are_cut_are_counted() {
    let system = Programs::new(vec![vec![Op::Local, Op::Jump(0)]]);
    let seen = sample(&system, &series(Sampling::Random, 1), &mut |_| true);
    assert_eq!((seen.cut, seen.steps), (300, 300_000));
}

#[test]
fn shrinking_leaves_what_is_needed_and_gathers_the_steps_of_an_actor() {
    let first = vec![Op::Local, Op::Set(2, 1), Op::Set(0, 1)];
    let system =
        Programs::new(vec![first, vec![Op::Local; 3], vec![Op::Await(0, 1), Op::Set(0, 3)]]);
    let long = [1, 0, 1, 0, 1, 0, 2, 2].map(|actor| Choice::new(actor, 0));
    let short = [0, 0, 0, 2, 2].map(|actor| Choice::new(actor, 0));
    assert_eq!(shrink(&system, 0, &long), short);
    // What breaks nothing is left alone.
    assert_eq!(shrink(&system, 3, &long), long);
}

#[test]
fn no_policy_chooses_what_is_not_there() {
    let choices = [Choice::new(1, 0), Choice::new(1, 2), Choice::new(4, 0)];
    let nothing = Schedule::default();
    let mut policies: Vec<Box<dyn Policy>> = vec![
        Box::new(RoundRobin::new()),
        Box::new(RandomWalk::new(1)),
        Box::new(Pct::new(5, 3, 10, 1)),
        Box::new(Replay::new(&nothing)),
    ];
    for policy in &mut policies {
        for step in 0..50 {
            assert!(policy.choose(step, &choices).is_none_or(|choice| choices.contains(&choice)));
        }
    }
}
