//! Over the library, every rule that the order of steps can reach is reached; and every scenario
//! reaches the rules that it says it shows.

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

/// The last Windows version in which a rule holds, if there is a last one; else the first.
fn last_with(rule: Rule) -> Semantics {
    let versions = rule.versions();
    Semantics::from(versions.until.unwrap_or(versions.since))
}

/// The ids of rules that were not exercised.
fn unreached<'a>(ids: impl Iterator<Item = &'a str>, coverage: &Coverage) -> Vec<&'a str> {
    let reached = exercise(coverage).rules;
    ids.filter(|id| !reached.iter().any(|rule| rule.id() == *id)).collect()
}

#[test]
fn every_rule_that_interleaving_can_reach_is_reached() {
    let mut all = Coverage::new();
    let mut promised = Vec::new();
    for entry in library::entries() {
        let scenario = library::find(entry.name).expect("it is in the list");
        let variants: Vec<String> = scenario.variants().iter().map(|v| v.name.clone()).collect();
        let mut own = Coverage::new();
        for variant in std::iter::once(None).chain(variants.into_iter().map(Some)) {
            cover(entry.name, variant, None, &mut own);
        }
        // What it says of other versions it shows there.
        let missing = unreached(scenario.rules(), &own);
        for rule in missing.iter().filter_map(|id| Rule::ALL.iter().find(|r| r.id() == *id)) {
            cover(entry.name, None, Some(last_with(*rule)), &mut own);
        }
        let missing = unreached(scenario.rules(), &own);
        promised.extend(missing.into_iter().map(|id| format!("{}: {id}", entry.name)));
        all.merge(&own);
    }
    assert!(promised.is_empty(), "rules said to be shown that are not reached: {promised:#?}");
    // Rules of other versions: the scenarios that say they show them, in those versions.
    for rule in exercise(&all).idle {
        for entry in library::entries() {
            cover(entry.name, None, Some(last_with(rule)), &mut all);
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
    let said = ["release-lifo", "bind-null"].into_iter();
    assert_eq!(unreached(said, &some), ["bind-null"]);
    let found = exercise(&some);
    assert!(found.rules.contains(&Rule::ReleaseLifo) && found.idle.len() > Rule::ALL.len() / 2);
    for action in ["GetQueuedCompletionStatus", "PostQueuedCompletionStatus", "work", "resume"] {
        assert!(found.actions.contains(&action), "{action} is not among {:?}", found.actions);
    }
}
