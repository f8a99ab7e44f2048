//! Over the library, every rule that the order of steps can reach is reached.

use std::collections::BTreeSet;

use iocp_model::{Rule, Semantics};
use iocp_scenarios::{Settings, exercise, library};
use iocp_scheduler::explore::Options;
use iocp_scheduler::{Coverage, Reductions, explore};

/// Rules that no scenario reaches, and why none can.
const OUT_OF_REACH: &[(&str, &str)] = &[];

fn cover(name: &str, variant: Option<String>, semantics: Option<Semantics>, all: &mut Coverage) {
    let scenario = library::find(name).expect("it is in the list");
    let settings = Settings { variant, semantics, ..Settings::default() };
    let Ok(program) = scenario.compile(&settings) else { return };
    let options = Options {
        reductions: Reductions::NONE,
        max_states: Some(2_000),
        coverage: true,
        witnesses: 0,
        ..Options::default()
    };
    let found = explore(&program, &options, &mut ());
    all.merge(&found.coverage.expect("it was asked for"));
}

#[test]
fn every_rule_that_interleaving_can_reach_is_reached() {
    let mut all = Coverage::new();
    for entry in library::entries() {
        let scenario = library::find(entry.name).expect("it is in the list");
        let variants: Vec<String> = scenario.variants().iter().map(|v| v.name.clone()).collect();
        for variant in std::iter::once(None).chain(variants.into_iter().map(Some)) {
            cover(entry.name, variant, None, &mut all);
        }
    }
    // Rules of other versions: the scenarios that say they show them, in those versions.
    for rule in exercise(&all).idle {
        let versions = rule.versions();
        let profile = versions.until.unwrap_or(versions.since);
        for entry in library::entries() {
            cover(entry.name, None, Some(Semantics::from(profile)), &mut all);
            if all.contains(rule as usize) {
                break;
            }
        }
    }
    let idle: BTreeSet<&str> = exercise(&all).idle.iter().map(|rule| rule.id()).collect();
    let expected: BTreeSet<&str> = OUT_OF_REACH.iter().map(|(id, _)| *id).collect();
    assert_eq!(idle, expected, "rules that no scenario reaches, and those that are said to be so");
}

/// The test above is not vacuous: one scenario alone leaves most rules idle, and says what it did.
#[test]
fn one_scenario_reaches_few_rules_and_its_actions_are_named() {
    let mut some = Coverage::new();
    cover("kq", None, None, &mut some);
    let found = exercise(&some);
    assert!(found.rules.contains(&Rule::ReleaseLifo) && found.idle.len() > Rule::ALL.len() / 2);
    for action in ["GetQueuedCompletionStatus", "PostQueuedCompletionStatus", "work", "resume"] {
        assert!(found.actions.contains(&action), "{action} is not among {:?}", found.actions);
    }
}
