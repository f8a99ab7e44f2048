//! What a page lists of a branch: rows of the log, and what every thread does from step to step.

use serde_json::{Value, json};

use super::object::{Object, object};
use super::wire::{ROWS_MAX, number, optional, text};
use super::{Branch, Session, show};

/// Rows of the log around a step: all steps, or those whose words contain `filter`, but none whose
/// words contain `hide`.
pub(super) fn log(session: &Session, branch: usize, request: &Value) -> Object {
    let branch = &session.branches[branch];
    let names = show::names(branch);
    let [filter, hide] = ["filter", "hide"].map(|key| text(request, key).to_lowercase());
    let until = optional(request, "until").unwrap_or(usize::MAX).min(branch.len());
    let around = number(request, "around");
    let wanted = number(request, "rows").clamp(1, ROWS_MAX);
    let listed = |at: &usize| {
        (filter.is_empty() || says(branch, *at, &filter))
            && (hide.is_empty() || !says(branch, *at, &hide))
    };
    let matching: Vec<usize> = (0..until).filter(listed).collect();
    let place = matching.partition_point(|at| *at < around);
    let first = place.saturating_sub(wanted / 2).min(matching.len().saturating_sub(wanted));
    let rows = matching.iter().skip(first).take(wanted).filter_map(|at| {
        let taken = branch.step(*at)?;
        let who = taken.step.actor.and_then(|actor| names.get(actor));
        Some(
            object()
                .with("at", at + 1)
                .with("who", who)
                .with("action", &taken.step.action)
                .with("call", taken.is_call)
                .with("wrong", !taken.broken.is_empty())
                .with("rules", main_rules(taken)),
        )
    });
    object()
        .with("rows", rows.collect::<Vec<_>>())
        .with("matching", matching.len())
        .with("first", first)
}

fn main_rules(taken: &iocp_scenarios::stepper::Taken) -> Vec<&'static str> {
    let main = taken.step.effects.iter().filter(|consequence| {
        crate::from_run::weight(&consequence.effect) != crate::story::Weight::Detail
    });
    let mut rules: Vec<&str> = main.map(|consequence| consequence.rule.id()).collect();
    rules.dedup();
    rules
}

fn says(branch: &Branch, at: usize, filter: &str) -> bool {
    let Some(taken) = branch.step(at) else { return false };
    taken.step.action.to_lowercase().contains(filter)
        || taken.step.effects.iter().any(|consequence| {
            consequence.sentence.to_lowercase().contains(filter)
                || consequence.rule.id().contains(filter)
        })
}

/// What every thread does from one moment to another; a moment is a number of steps done.
pub(super) fn lanes(session: &Session, branch: usize, request: &Value) -> Object {
    let branch = &session.branches[branch];
    let from = number(request, "from").min(branch.len());
    let to = number(request, "to").clamp(from, branch.len() + 1).min(from + ROWS_MAX);
    let lanes = show::names(branch).into_iter().enumerate().map(|(lane, name)| {
        let mut spans: Vec<Value> = vec![];
        let mut start = from;
        for moment in from..to {
            let now = branch.doing(moment)[lane];
            if moment + 1 == to || branch.doing(moment + 1)[lane] != now {
                let label = now.packet.map_or_else(String::new, |key| format!("key {key}"));
                let doing = show::activity(now.activity);
                let label = if doing == "running" { label } else { String::new() };
                spans.push(json!([start, moment + 1, doing, label]));
                start = moment + 1;
            }
        }
        object().with("name", name).with("spans", spans)
    });
    let lanes: Vec<Object> = lanes.collect();
    object()
        .with("from", from)
        .with("to", to)
        .with("lanes", lanes)
        .with("arrows", arrows(branch, from, to))
}

/// Which step handed a packet to whom.
fn arrows(branch: &Branch, from: usize, to: usize) -> Vec<Object> {
    let mut out = vec![];
    for at in from.saturating_sub(1)..to {
        let Some(taken) = branch.step(at) else { break };
        for consequence in &taken.step.effects {
            if let iocp_model::Effect::Released { thread, packet, .. } = consequence.effect
                && let Some(lane) = branch.program().actor_of(thread)
            {
                out.push(
                    object()
                        .with("at", at + 1)
                        .with("from", taken.step.actor)
                        .with("to", lane)
                        .with("label", format!("key {}", packet.key)),
                );
            }
        }
    }
    out
}
