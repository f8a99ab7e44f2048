//! The answer of a search: what was found, how to get there, and what the answer is worth.

use std::collections::BTreeMap;

use super::options::Limit;
use crate::coverage::Coverage;
use crate::property::{EndingKind, Expectation};
use crate::reduce::Reduced;
use crate::schedule::Schedule;
use crate::starvation::Starvation;

/// What an exhaustive search found.
///
/// Counts are counts of what was explored: with reductions on there is less of it. The verdicts
/// and the set of outcomes (with symmetry also the number of terminal states of each) do not
/// depend on the reductions.
#[derive(Clone, Debug, PartialEq)]
pub struct Exploration {
    /// Whether everything was explored. If not, `limit` says why, and nothing that was not found
    /// can be taken as absent.
    pub complete: bool,
    /// What ended an incomplete search.
    pub limit: Option<Limit>,
    /// Distinct states.
    pub states: u64,
    /// Edges of the state graph, those to known states included.
    pub transitions: u64,
    /// Breadth-first levels; the initial state is level 1.
    pub depth: u32,
    /// States that were found and not expanded: 0 for a complete search.
    pub unexpanded: u64,
    /// States where nobody can move; with symmetry, all those the explored ones stand for.
    pub terminals: u64,
    /// Terminal states by how they came to be terminal.
    pub endings: BTreeMap<EndingKind, u64>,
    /// Every way to end, in order of kind and name.
    pub outcomes: Vec<Outcome>,
    /// Every property, in the order of the system.
    pub properties: Vec<PropertyReport>,
    /// What became of each reduction.
    pub reductions: Vec<(&'static str, Reduced)>,
    /// The chance that two of the states had one fingerprint, so that one of them was missed.
    pub collision_probability: f64,
    /// The most bytes the search held at any time.
    pub peak_memory: usize,
    /// What was exercised, if that was asked for.
    pub coverage: Option<Coverage>,
    /// Actors that can be passed over for ever.
    pub starvation: Starvation,
}

impl Exploration {
    /// Whether a property was found broken. Starvation is told apart: a port that serves the last
    /// waiter first starves others by design.
    #[must_use]
    pub fn is_violated(&self) -> bool {
        self.properties.iter().any(|property| property.verdict == Verdict::Broken)
    }

    /// The same without its paths, and how long they are: which of several shortest paths is told
    /// depends on the order in which states are expanded, and so does how much memory that takes.
    #[must_use]
    pub fn without_paths(mut self) -> (Exploration, Vec<Option<usize>>) {
        let length = |path: Schedule| path.choices().len();
        let mut lengths = Vec::new();
        for outcome in &mut self.outcomes {
            lengths.push(outcome.witness.take().map(length));
        }
        for property in &mut self.properties {
            lengths.push(property.violation.take().map(|violation| length(violation.found)));
            lengths.push(property.witness.take().map(length));
        }
        self.peak_memory = 0;
        (self, lengths)
    }
}

/// One way to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the system calls it.
    pub name: String,
    /// How such terminal states came to be terminal.
    pub kind: EndingKind,
    /// Why it is no ordinary end; empty for [`EndingKind::Finished`].
    pub reasons: Vec<String>,
    /// How many terminal states end this way.
    pub count: u64,
    /// `Always` if every run ends this way; never so in an incomplete search.
    pub frequency: Frequency,
    /// A path of the fewest levels; `None` beyond [`Options::witnesses`](super::Options).
    pub witness: Option<Schedule>,
}

/// How often an outcome is seen, in the words of litmus tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// All terminal states end this way.
    Always,
    /// Some do.
    Sometimes,
    /// None does: the word for an outcome that is asked about and not in a complete set.
    Never,
}

impl Frequency {
    /// The word itself.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Sometimes => "sometimes",
            Self::Never => "never",
        }
    }
}

/// Whether a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does, in all of the system.
    Holds,
    /// It does not.
    Broken,
    /// The search was incomplete and found nothing either way.
    Unknown,
}

/// What is known of one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyReport {
    /// What the system calls it.
    pub name: String,
    /// When it counts as broken.
    pub expectation: Expectation,
    /// Whether it holds.
    pub verdict: Verdict,
    /// How many explored states or steps break it.
    pub violations: u64,
    /// How many explored states witness it.
    pub witnesses: u64,
    /// A way to break it.
    pub violation: Option<Counterexample>,
    /// A path of the fewest levels to a witness.
    pub witness: Option<Schedule>,
}

/// A way to break a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// As the search found it: of the fewest levels.
    pub found: Schedule,
    /// The same violation with nothing in it that is not needed, and as few changes of actor as
    /// could be had.
    pub shrunk: Schedule,
}

/// The chance that among so many random 64-bit fingerprints two are equal, from above.
pub(crate) fn collision_probability(states: u64) -> f64 {
    let states = states as f64;
    (states * (states - 1.0).max(0.0) / 2.0 / 2.0_f64.powi(64)).min(1.0)
}
