//! What `iocp explore --json` prints. Keys are only ever added.

use std::time::Duration;

use iocp_model::Rule;
use iocp_scenarios::{Exercise, exercise};
use iocp_scheduler::explore::{Exploration, Outcome, PropertyReport, Verdict};
use iocp_scheduler::starvation::Starvation;
use iocp_scheduler::{Reduced, Schedule};
use serde_json::{Map, Value, json};

use super::{Found, exit};

pub(super) fn object(found: &Found<'_>, elapsed: Duration) -> Value {
    let exploration = found.exploration;
    let program = &found.loaded.program;
    let parameters: Map<String, Value> =
        program.parameters().iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "version": 1,
        "command": "explore",
        "scenario": program.name(),
        "semantics": crate::choose::in_words(program.semantics()),
        "parameters": parameters,
        "complete": exploration.complete,
        "limit": exploration.limit.map(|limit| limit.to_string()),
        "states": exploration.states,
        "transitions": exploration.transitions,
        "terminals": exploration.terminals,
        "depth": exploration.depth,
        "unexpanded": exploration.unexpanded,
        "reduction": reductions(exploration),
        "endings": endings(exploration),
        "outcomes": exploration.outcomes.iter().map(outcome).collect::<Vec<_>>(),
        "properties": exploration.properties.iter().map(property).collect::<Vec<_>>(),
        "violations": violations(found),
        "starvation": starvation(&exploration.starvation),
        "coverage": coverage(exploration),
        "collision_probability": exploration.collision_probability,
        "peak_memory": exploration.peak_memory,
        "elapsed_s": elapsed.as_secs_f64(),
        "exit": exit(exploration) as u8,
    })
}

fn token(schedule: Option<&Schedule>) -> Option<String> {
    schedule.map(ToString::to_string)
}

fn reductions(exploration: &Exploration) -> Value {
    let fate = |reduced: &Reduced| match reduced {
        Reduced::Applied => "applied".to_owned(),
        Reduced::SwitchedOff => "switched off".to_owned(),
        Reduced::NotApplicable(why) => format!("not applicable: {why}"),
    };
    let entries = exploration.reductions.iter();
    Value::Object(
        entries.map(|(name, reduced)| ((*name).to_owned(), json!(fate(reduced)))).collect(),
    )
}

fn endings(exploration: &Exploration) -> Value {
    let entries = exploration.endings.iter();
    Value::Object(entries.map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect())
}

fn outcome(outcome: &Outcome) -> Value {
    json!({
        "name": outcome.name,
        "kind": outcome.kind.word(),
        "frequency": outcome.frequency.word(),
        "count": outcome.count,
        "reasons": outcome.reasons,
        "witness": token(outcome.witness.as_ref()),
    })
}

fn property(property: &PropertyReport) -> Value {
    let verdict = match property.verdict {
        Verdict::Holds => "holds",
        Verdict::Broken => "broken",
        Verdict::Unknown => "unknown",
    };
    json!({
        "name": property.name,
        "expectation": property.expectation.word(),
        "verdict": verdict,
        "violations": property.violations,
        "witnesses": property.witnesses,
        "witness": token(property.witness.as_ref()),
    })
}

fn violations(found: &Found<'_>) -> Vec<Value> {
    let broken = found.exploration.properties.iter().filter(|p| p.verdict == Verdict::Broken);
    broken
        .map(|property| {
            let violation = property.violation.as_ref();
            let shrunk = violation.map(|violation| &violation.shrunk);
            json!({
                "property": property.name,
                "schedule": token(shrunk),
                "steps": shrunk.map_or_else(Vec::new, |schedule| found.steps(schedule)),
                "found": token(violation.map(|violation| &violation.found)),
                "replay": shrunk.map(|schedule| found.replay(schedule)),
            })
        })
        .collect()
}

fn starvation(starvation: &Starvation) -> Value {
    match starvation {
        Starvation::NotAsked => json!({ "checked": false, "why": "not asked for" }),
        Starvation::NobodyWaits => json!({ "checked": true, "threads": [] }),
        Starvation::TooLarge { states } => {
            json!({ "checked": false, "why": format!("more than {states} states") })
        }
        Starvation::Checked(starving) => {
            let threads = starving.iter().map(|one| {
                json!({
                    "actor": one.actor,
                    "prefix": one.prefix.to_string(),
                    "cycle": one.cycle.to_string(),
                })
            });
            json!({ "checked": true, "threads": threads.collect::<Vec<_>>() })
        }
    }
}

fn coverage(exploration: &Exploration) -> Value {
    let Some(coverage) = &exploration.coverage else { return Value::Null };
    let Exercise { rules, actions, differences, .. } = exercise(coverage);
    let ids = |rules: Vec<Rule>| rules.iter().map(|rule| rule.id()).collect::<Vec<_>>();
    json!({
        "rules": ids(rules),
        "of": Rule::ALL.len(),
        "actions": actions,
        "differences": ids(differences),
    })
}
