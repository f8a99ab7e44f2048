//! The smallest sets of deviations under which a whole trace is allowed.
//!
//! Sets grow by one deviation at a time, so that what is found is minimal, and a set that contains
//! a smaller one that explains the trace is left out. A set that does not explain the trace grows
//! only by what its own check has asked about: any other deviation would change nothing. So every
//! smallest set is found, without trying the thousands that there are.

use std::collections::BTreeSet;

use iocp_model::{Deviation, Semantics};

use super::judge::Judge;
use super::options::Options;
use super::report::{Diagnosis, Report, Verdict};
use crate::trace::{Meta, Traced};

/// A trace of more bytes than this is judged, but not checked again under deviations: a million
/// events must not take more than 50 MB.
const KEPT_BYTES: usize = 16 << 20;

/// The trace, kept for as long as it is small enough to be checked many times.
pub(super) struct Kept {
    events: Option<Vec<Traced>>,
    bytes: usize,
    most: usize,
}

impl Kept {
    pub(super) fn new(options: &Options<'_>) -> Kept {
        let events = (options.deviations_max > 0).then(Vec::new);
        let most = KEPT_BYTES.min(options.memory_max / 4);
        Kept { events, bytes: 0, most }
    }

    pub(super) fn keep(&mut self, traced: &Traced, text: &str) {
        let Some(events) = &mut self.events else { return };
        self.bytes += std::mem::size_of::<Traced>() + text.len();
        if self.bytes > self.most {
            self.events = None;
        } else {
            events.push(traced.clone());
        }
    }

    /// Finds the sets, if the trace diverges.
    pub(super) fn explain(&self, meta: &Meta, options: &Options<'_>, report: &mut Report) {
        if report.verdict != Verdict::Diverges || options.deviations_max == 0 {
            return;
        }
        report.diagnosis = Diagnosis::Unfinished;
        let Some(events) = &self.events else { return };
        let quick = Options { divergences_max: 1, deviations_max: 0, ..*options };
        let mut search =
            Search { events, meta, options: &quick, left: options.diagnosis_steps_max };
        let (found, complete) = search.run(options.deviations_max);
        let name = |set: &Vec<Deviation>| set.iter().map(ToString::to_string).collect();
        report.deviations = found.iter().map(name).collect();
        if complete {
            report.diagnosis = Diagnosis::Complete;
        }
    }
}

struct Search<'a, 'b> {
    events: &'a [Traced],
    meta: &'a Meta,
    options: &'a Options<'b>,
    left: u64,
}

/// A set of deviations, in the order of the table.
type Set = BTreeSet<Deviation>;

/// A set that does not explain the trace, and what its check has asked about.
struct Failed {
    set: Set,
    asked: Vec<Deviation>,
}

/// What a check under a set comes to.
enum Checked {
    Allowed,
    /// Not allowed, or (`sure` is false) not known to be.
    Refused {
        asked: Vec<Deviation>,
        sure: bool,
    },
}

impl Search<'_, '_> {
    fn run(&mut self, most: usize) -> (Vec<Vec<Deviation>>, bool) {
        let mut found: Vec<Set> = Vec::new();
        let complete = self.grow(most, &mut found);
        found.sort_by_key(|set| (set.len(), set.clone()));
        (
            found.into_iter().map(|set| set.into_iter().collect()).collect(),
            complete.is_ok_and(|c| c),
        )
    }

    /// Whether every set was tried that had to be.
    fn grow(&mut self, most: usize, found: &mut Vec<Set>) -> Result<bool, Over> {
        let mut complete = true;
        let mut tried: BTreeSet<Set> = BTreeSet::new();
        let mut failed = Vec::new();
        if let Checked::Refused { asked, .. } = self.check(&Set::new())? {
            failed.push(Failed { set: Set::new(), asked });
        }
        for _ in 0..most {
            for Failed { set, asked } in std::mem::take(&mut failed) {
                for deviation in asked {
                    let mut larger = set.clone();
                    let new = !contradicts(&set, deviation)
                        && !self.options.semantics.has(deviation)
                        && larger.insert(deviation)
                        && !found.iter().any(|smaller| smaller.is_subset(&larger))
                        && tried.insert(larger.clone());
                    if !new {
                        continue;
                    }
                    match self.check(&larger)? {
                        Checked::Allowed => found.push(larger),
                        Checked::Refused { asked, sure } => {
                            complete &= sure;
                            failed.push(Failed { set: larger, asked });
                        }
                    }
                }
            }
        }
        Ok(complete)
    }

    /// Checks the trace under a set.
    fn check(&mut self, set: &Set) -> Result<Checked, Over> {
        let semantics: Semantics =
            set.iter().fold(self.options.semantics, |semantics, d| semantics.with(*d));
        let steps = self.left.min(self.options.steps_max);
        if steps == 0 {
            return Err(Over);
        }
        let mut judge = Judge::new(self.meta, self.options, semantics, steps);
        for traced in self.events {
            if !judge.push(traced.clone(), "") {
                break;
            }
        }
        judge.finish();
        self.left -= steps - judge.steps_left();
        if judge.stopped() {
            return Err(Over);
        }
        if judge.allowed() == Some(true) {
            return Ok(Checked::Allowed);
        }
        let asked = Deviation::ALL.iter().copied().filter(|d| judge.may_rest_on(*d)).collect();
        Ok(Checked::Refused { asked, sure: judge.allowed().is_some() })
    }
}

/// The budget of the search is spent.
struct Over;

/// Two values of one name.
fn contradicts(set: &Set, deviation: Deviation) -> bool {
    set.iter().any(|other| other.name() == deviation.name())
}
