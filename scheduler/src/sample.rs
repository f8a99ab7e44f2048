//! Many runs of what is too big to explore: random walks or PCT, by seeds.
//!
//! A series of runs proves nothing about the runs it did not make, and its result says so by
//! its type: there is no `complete` in it. Run `i` of a series depends on the seed and on `i`
//! alone, so the result is the same for any number of threads.

use std::collections::BTreeMap;
use std::ops::Range;
use std::thread;

use crate::policy::{Pct, Policy, RandomWalk, RoundRobin};
use crate::property::{EndingKind, PropertySet};
use crate::random::seed_of_run;
use crate::run::{Run, run};
use crate::schedule::Schedule;
use crate::shrink::shrink;
use crate::system::System;

/// Runs between two looks at the clock, for each thread.
const BATCH: u64 = 64;

/// How the runs of a series choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// [`RandomWalk`].
    Random,
    /// [`Pct`] for bugs of this depth.
    Pct {
        /// How many ordering constraints a bug may need.
        depth: u32,
    },
}

/// What to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// How the runs choose.
    pub sampling: Sampling,
    /// How many runs.
    pub runs: u64,
    /// The seed of the whole series.
    pub seed: u64,
    /// Runs are cut after so many steps.
    pub max_steps: u64,
    /// How many threads work.
    pub threads: usize,
}

/// One run of a series that is worth repeating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Which run of the series, from 0.
    pub run: u64,
    /// The seed of that run alone.
    pub seed: u64,
    /// What was chosen.
    pub schedule: Schedule,
}

/// A broken property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledViolation {
    /// How many runs broke it.
    pub count: u64,
    /// The first run that did, up to the violation.
    pub first: Sample,
    /// The same violation, shrunk.
    pub shrunk: Schedule,
}

/// What a series of runs saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Runs made.
    pub runs: u64,
    /// Steps taken, in all runs.
    pub steps: u64,
    /// Runs that were cut.
    pub cut: u64,
    /// Outcomes with the number of runs that ended so, and the first of them.
    pub outcomes: BTreeMap<(EndingKind, String), (u64, Sample)>,
    /// Broken properties, by number.
    pub violations: BTreeMap<usize, SampledViolation>,
    /// The `sometimes` properties seen to hold.
    pub witnessed: PropertySet,
}

/// Makes the runs of `series`. `go_on` is asked between batches, with the runs made so far.
pub fn sample<S: System>(
    system: &S,
    series: &Series,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Samples {
    let usual = match series.sampling {
        Sampling::Random => 0,
        Sampling::Pct { .. } => {
            let run = run(system, &mut RoundRobin::new(), series.max_steps);
            run.schedule.choices().len() as u64
        }
    };
    let mut seen = Samples::default();
    while seen.runs < series.runs && go_on(seen.runs) {
        let threads = series.threads.max(1) as u64;
        let parts: Vec<_> = (0..threads)
            .map(|thread| seen.runs + thread * BATCH)
            .map(|start| start.min(series.runs)..(start + BATCH).min(series.runs))
            .collect();
        for part in all(system, series, usual, parts) {
            absorb(&mut seen, part);
        }
    }
    for (property, violation) in &mut seen.violations {
        let found = violation.first.schedule.choices();
        violation.shrunk = Schedule::new(system.identity(), shrink(system, *property, found));
    }
    seen
}

fn all<S: System>(
    system: &S,
    series: &Series,
    usual: u64,
    mut parts: Vec<Range<u64>>,
) -> Vec<Samples> {
    if parts.len() == 1 {
        return parts.drain(..).map(|part| several(system, series, usual, part)).collect();
    }
    thread::scope(|scope| {
        let work = |part| scope.spawn(move || several(system, series, usual, part));
        let threads: Vec<_> = parts.into_iter().map(work).collect();
        threads.into_iter().map(|thread| thread.join().expect("a run does not panic")).collect()
    })
}

fn several<S: System>(system: &S, series: &Series, usual: u64, part: Range<u64>) -> Samples {
    let mut seen = Samples::default();
    for number in part {
        let seed = seed_of_run(series.seed, number);
        let mut policy: Box<dyn Policy> = match series.sampling {
            Sampling::Random => Box::new(RandomWalk::new(seed)),
            Sampling::Pct { depth } => Box::new(Pct::new(system.actors(), depth, usual, seed)),
        };
        let run = run(system, policy.as_mut(), series.max_steps);
        note(system, &mut seen, number, seed, run);
    }
    seen
}

fn note<S: System>(system: &S, seen: &mut Samples, number: u64, seed: u64, run: Run<S::State>) {
    seen.runs += 1;
    seen.steps += run.schedule.choices().len() as u64;
    seen.witnessed = seen.witnessed.union(run.witnessed);
    for (property, steps) in run.violations {
        let choices = run.schedule.choices()[..steps as usize].to_vec();
        let schedule = Schedule::new(system.identity(), choices);
        let first = Sample { run: number, seed, schedule };
        let shrunk = Schedule::default();
        let known = seen.violations.entry(property);
        known.or_insert(SampledViolation { count: 0, first, shrunk }).count += 1;
    }
    if run.terminal {
        let key = (system.ending(&run.state).kind, system.outcome(&run.state));
        let first = Sample { run: number, seed, schedule: run.schedule };
        seen.outcomes.entry(key).or_insert((0, first)).0 += 1;
    } else {
        seen.cut += 1;
    }
}

fn absorb(seen: &mut Samples, later: Samples) {
    seen.runs += later.runs;
    seen.steps += later.steps;
    seen.cut += later.cut;
    seen.witnessed = seen.witnessed.union(later.witnessed);
    for (key, (count, first)) in later.outcomes {
        seen.outcomes.entry(key).or_insert((0, first)).0 += count;
    }
    for (property, mut violation) in later.violations {
        let count = std::mem::take(&mut violation.count);
        seen.violations.entry(property).or_insert(violation).count += count;
    }
}
