//! Random programs: reduced and unreduced search, the naive search and the replay of every path
//! agree on everything that is not a count of states.

use std::collections::BTreeMap;

use iocp_scheduler::explore::{Exploration, Options, Verdict, explore};
use iocp_scheduler::policy::Replay;
use iocp_scheduler::{
    EndingKind, Expectation, Naive, Reductions, Schedule, System, explore_naively, run,
};
use proptest::prelude::*;

use crate::systems::programs::{Op, Programs, VARIABLES};

fn op(length: usize) -> impl Strategy<Value = Op> {
    let variable = 0..VARIABLES;
    prop_oneof![
        2 => (variable.clone(), 0..4_u8).prop_map(|(variable, value)| Op::Set(variable, value)),
        2 => (variable.clone(), 1..4_u8).prop_map(|(variable, value)| Op::Add(variable, value)),
        1 => (variable.clone(), 0..4_u8).prop_map(|(variable, value)| Op::Await(variable, value)),
        1 => (variable, 0..4_u8).prop_map(|(variable, value)| Op::Assert(variable, value)),
        3 => Just(Op::Local),
        1 => (0..length).prop_map(Op::Jump),
        1 => (0..length).prop_map(Op::Choose),
    ]
}

fn programs() -> impl Strategy<Value = Programs> {
    let program = (1..5_usize).prop_flat_map(|length| prop::collection::vec(op(length), length));
    let twins = (program.clone(), 1..4_usize);
    prop_oneof![
        prop::collection::vec(program.clone(), 1..4),
        (twins, program).prop_map(|((twin, count), other)| {
            let mut programs = vec![twin; count];
            programs.push(other);
            programs
        }),
    ]
    .prop_map(Programs::new)
}

fn every_combination() -> impl Iterator<Item = Reductions> {
    (0..8_u8).map(|bits| Reductions {
        symmetry: bits & 1 != 0,
        partial_order: bits & 2 != 0,
        fusing: bits & 4 != 0,
    })
}

fn search(system: &Programs, reductions: Reductions) -> Exploration {
    explore(system, &Options { reductions, ..Options::default() }, &mut ())
}

/// Everything a reduction must not change.
fn essence(found: &Exploration) -> (Vec<Verdict>, BTreeMap<(EndingKind, String), u64>) {
    let verdicts = found.properties.iter().map(|property| property.verdict).collect();
    let outcomes = found.outcomes.iter();
    (verdicts, outcomes.map(|end| ((end.kind, end.name.clone()), end.count)).collect())
}

fn verdicts_of(system: &Programs, naive: &Naive) -> Vec<Verdict> {
    let properties = system.properties().iter().enumerate();
    let broken = |(index, property): (usize, &iocp_scheduler::Property)| {
        if property.expectation == Expectation::Sometimes {
            !naive.witnessed.contains(index)
        } else {
            naive.violated.contains(index)
        }
    };
    properties
        .map(|property| if broken(property) { Verdict::Broken } else { Verdict::Holds })
        .collect()
}

fn breaks(system: &Programs, schedule: &Schedule, property: usize) -> bool {
    let mut replay = Replay::new(schedule);
    let run = run(system, &mut replay, 10_000);
    replay.stopped_fitting().is_none() && run.violations.iter().any(|(it, _)| *it == property)
}

/// Every path in a report leads where the report says.
fn paths_are_true(system: &Programs, found: &Exploration) -> Result<(), TestCaseError> {
    for (index, property) in found.properties.iter().enumerate() {
        if property.violations > 0 {
            let violation = property.violation.as_ref().expect("a violation has a path");
            prop_assert!(breaks(system, &violation.found, index), "{:?}", violation);
            prop_assert!(breaks(system, &violation.shrunk, index), "{:?}", violation);
            let (found, shrunk) = (violation.found.choices(), violation.shrunk.choices());
            prop_assert!(shrunk.len() <= found.len());
        }
        if property.witnesses > 0 {
            let witness = property.witness.as_ref().expect("a witness has a path");
            let run = run(system, &mut Replay::new(witness), 10_000);
            prop_assert!(run.witnessed.contains(index));
        }
    }
    for outcome in &found.outcomes {
        let witness = outcome.witness.as_ref().expect("an outcome has a witness");
        let run = run(system, &mut Replay::new(witness), 10_000);
        prop_assert!(run.terminal);
        prop_assert_eq!(system.outcome(&run.state), outcome.name.clone());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 3000 }))]

    #[test]
    fn all_reductions_agree_with_the_naive_search(system in programs()) {
        let naive = explore_naively(&system, u64::MAX);
        let full = search(&system, Reductions::NONE);
        prop_assert_eq!(full.states, naive.states);
        prop_assert_eq!(full.transitions, naive.transitions);
        prop_assert_eq!(u64::from(full.depth), naive.depth);
        let (verdicts, outcomes) = essence(&full);
        prop_assert_eq!(&verdicts, &verdicts_of(&system, &naive));
        let sum: u64 = outcomes.values().sum();
        prop_assert_eq!((sum, full.terminals), (naive.terminals, naive.terminals));
        for (index, steps) in &naive.shortest {
            let violation = full.properties[*index].violation.as_ref().expect("broken");
            prop_assert_eq!(violation.found.choices().len() as u64, *steps);
        }
        let none = Reductions::NONE;
        let forgetful = Options { reductions: none, remember: false, ..Options::default() };
        let forgetful = explore(&system, &forgetful, &mut ());
        prop_assert_eq!(forgetful.without_paths(), full.clone().without_paths());
        for reductions in every_combination() {
            let less = search(&system, reductions);
            prop_assert!(less.complete && less.states <= full.states);
            prop_assert_eq!(&essence(&less), &(verdicts.clone(), outcomes.clone()));
            paths_are_true(&system, &less)?;
        }
    }
}

#[test]
fn a_system_that_lies_about_what_it_touches_is_found_out() {
    // Both outcomes of a race are lost if the race is denied: so this comparison has teeth.
    let race = vec![vec![Op::Add(2, 1)], vec![Op::Set(2, 3)]];
    let mut system = Programs::new(race);
    let full = search(&system, Reductions::NONE);
    system.lies = true;
    let less = search(&system, Reductions::ALL);
    assert_ne!(essence(&full).1, essence(&less).1);
}
