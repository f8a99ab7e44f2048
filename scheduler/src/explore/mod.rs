//! Exhaustive search, breadth first.
//!
//! - `share`: work for several threads;
//! - `table`: the states known, twelve bytes each;
//! - `frontier`: the states to expand, encoded;
//! - `expand` and `search`: the two halves of the work, and the loop over levels;
//! - `values`, `book`, `lore`, `questions` and `recall`: what actors do, remembered;
//! - `findings` and `path`: what was seen, and the way there;
//! - `checkpoint`: a search in a file;
//! - `options` and `report`: what goes in and what comes out.

mod book;
pub(crate) mod checkpoint;
mod expand;
mod findings;
mod frontier;
mod lore;
mod options;
mod path;
mod questions;
mod recall;
mod report;
mod search;
mod share;
mod table;
mod values;

use std::collections::BTreeMap;
use std::io::Read;

pub use checkpoint::CheckpointError;
pub use options::{Limit, Observer, Options, Progress, Signal};
pub use report::{Counterexample, Exploration, Frequency, Outcome, PropertyReport, Verdict};

use crate::choice::Choice;
use crate::property::Expectation;
use crate::schedule::Schedule;
use crate::shrink::shrink;
use crate::starvation::{self, Starvation};
use crate::system::System;
use findings::{Sighting, Tally};
use path::{Goal, Paths};
use search::Search;

/// Explores every interleaving of `system`, as far as `options` allow.
///
/// The result is the same, to the byte, for any number of threads, unless the observer stops
/// the search.
///
/// # Panics
/// If the system breaks its contract: too many actors or properties, or a state that encodes in
/// more than 65,535 bytes.
pub fn explore<S: System>(
    system: &S,
    options: &Options,
    observer: &mut dyn Observer,
) -> Exploration {
    let mut search = Search::new(system, options);
    let limit = search.run(observer);
    finish(&search, limit)
}

/// Goes on from a checkpoint, to the same result as if the search had never been interrupted.
///
/// Bounds and threads may differ from those of the search that wrote it; reductions may not.
///
/// # Errors
/// If the checkpoint cannot be read, is damaged, or belongs to another system or to a search with
/// other reductions.
pub fn resume<S: System>(
    system: &S,
    options: &Options,
    observer: &mut dyn Observer,
    checkpoint: &mut dyn Read,
) -> Result<Exploration, CheckpointError> {
    let mut search = checkpoint::read(system, options, checkpoint)?;
    let limit = search.run(observer);
    Ok(finish(&search, limit))
}

fn finish<S: System>(search: &Search<'_, S>, limit: Option<Limit>) -> Exploration {
    let Search { system, options, findings, .. } = search;
    let complete = limit.is_none();
    let mut endings = BTreeMap::new();
    for ((kind, _), tally) in &findings.outcomes {
        *endings.entry(*kind).or_default() += tally.count;
    }
    let unexpanded = if complete { 0 } else { search.unexpanded() + findings.cut };
    Exploration {
        complete,
        limit,
        states: search.states,
        transitions: findings.transitions,
        depth: search.level,
        unexpanded,
        terminals: findings.terminals,
        endings,
        outcomes: outcomes(search, complete),
        properties: properties(search, complete),
        reductions: options.reductions.report(*system),
        collision_probability: report::collision_probability(search.states),
        peak_memory: search.peak,
        coverage: options.coverage.then(|| findings.coverage.clone()),
        starvation: match options.starvation {
            None => Starvation::NotAsked,
            // Reductions leave states out and add none: the whole graph has at least as many.
            Some(states) if search.states > states => Starvation::TooLarge { states },
            Some(states) => starvation::find(*system, states),
        },
    }
}

fn paths<'a, S: System>(search: &'a Search<'_, S>) -> Paths<'a, S> {
    Paths { system: search.system, table: &search.table, used: search.used, parts: search.parts }
}

fn outcomes<S: System>(search: &Search<'_, S>, complete: bool) -> Vec<Outcome> {
    let paths = paths(search);
    let all = &search.findings.outcomes;
    let only = complete && all.len() == 1;
    let numbered = all.iter().enumerate();
    numbered
        .map(|(index, ((kind, name), tally))| {
            let seen = Sighting { level: tally.level, state: tally.state, in_step: false };
            let walk = || paths.to(seen, Goal::Member(tally.member));
            let path = (index < search.options.witnesses).then(walk).flatten();
            Outcome {
                name: name.clone(),
                kind: *kind,
                reasons: tally.reasons.clone(),
                count: tally.count,
                frequency: if only { Frequency::Always } else { Frequency::Sometimes },
                witness: path.map(|choices| Schedule::new(search.system.identity(), choices)),
            }
        })
        .collect()
}

fn properties<S: System>(search: &Search<'_, S>, complete: bool) -> Vec<PropertyReport> {
    let declared = search.system.properties().iter().enumerate();
    declared
        .zip(&search.findings.tallies)
        .map(|((index, property), tally)| PropertyReport {
            name: property.name.clone(),
            expectation: property.expectation,
            verdict: verdict(property.expectation, tally, complete),
            violations: tally.violated,
            witnesses: tally.witnessed,
            violation: tally.violation.and_then(|seen| counterexample(search, index, seen)),
            witness: tally.witness.and_then(|seen| {
                let choices = paths(search).to(seen, Goal::Any)?;
                Some(Schedule::new(search.system.identity(), choices))
            }),
        })
        .collect()
}

fn verdict(expectation: Expectation, tally: &Tally, complete: bool) -> Verdict {
    let sometimes = expectation == Expectation::Sometimes;
    match (tally.violated > 0, sometimes && tally.witnessed == 0, complete) {
        (true, _, _) | (false, true, true) => Verdict::Broken,
        (false, true, false) => Verdict::Unknown,
        (false, false, true) => Verdict::Holds,
        (false, false, false) if sometimes => Verdict::Holds,
        (false, false, false) => Verdict::Unknown,
    }
}

fn counterexample<S: System>(
    search: &Search<'_, S>,
    property: usize,
    seen: Sighting,
) -> Option<Counterexample> {
    let goal = if seen.in_step { Goal::Step(property) } else { Goal::Any };
    let found: Vec<Choice> = paths(search).to(seen, goal)?;
    let identity = search.system.identity();
    let shrunk = shrink(search.system, property, &found);
    Some(Counterexample {
        found: Schedule::new(identity, found),
        shrunk: Schedule::new(identity, shrunk),
    })
}
