//! What a search has seen so far: counts, and for each thing seen the first place.
//!
//! Blocks of states are expanded in any order by any thread, each into findings of its own, and
//! merged in the order of the states: so *first* means the same on every machine.

use std::collections::BTreeMap;

use crate::coverage::Coverage;
use crate::property::{EndingKind, PropertySet};

/// Where something was seen: enough to walk there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) level: u32,
    pub(crate) state: u64,
    /// Seen not in the state but in a step out of it.
    pub(crate) in_step: bool,
}

/// What was seen of one property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) violated: u64,
    pub(crate) witnessed: u64,
    pub(crate) violation: Option<Sighting>,
    pub(crate) witness: Option<Sighting>,
}

/// What was seen of one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutcomeTally {
    pub(crate) count: u64,
    pub(crate) level: u32,
    /// The representative the search met.
    pub(crate) state: u64,
    /// The state of its orbit that ends this way.
    pub(crate) member: u64,
    pub(crate) reasons: Vec<String>,
}

/// Everything seen by a search or by a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) transitions: u64,
    pub(crate) terminals: u64,
    /// States that could go on but were not expanded, because of the depth bound.
    pub(crate) cut: u64,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) outcomes: BTreeMap<(EndingKind, String), OutcomeTally>,
    pub(crate) coverage: Coverage,
}

impl Findings {
    pub(crate) fn new(properties: usize) -> Self {
        Self { tallies: vec![Tally::default(); properties], ..Self::default() }
    }

    pub(crate) fn violated(&mut self, properties: PropertySet, seen: Sighting) {
        for property in properties.iter() {
            let tally = &mut self.tallies[property];
            tally.violated += 1;
            tally.violation.get_or_insert(seen);
        }
    }

    pub(crate) fn witnessed(&mut self, properties: PropertySet, seen: Sighting) {
        for property in properties.iter() {
            let tally = &mut self.tallies[property];
            tally.witnessed += 1;
            tally.witness.get_or_insert(seen);
        }
    }

    pub(crate) fn outcome(&mut self, kind: EndingKind, name: String, seen: OutcomeTally) {
        use std::collections::btree_map::Entry;
        match self.outcomes.entry((kind, name)) {
            Entry::Vacant(place) => {
                place.insert(seen);
            }
            Entry::Occupied(mut known) => known.get_mut().count += seen.count,
        }
    }

    pub(crate) fn any_violation(&self) -> bool {
        self.tallies.iter().any(|tally| tally.violated > 0)
    }

    /// Adds what was seen after everything in here, and empties `later`.
    pub(crate) fn absorb(&mut self, later: &mut Self) {
        self.transitions += std::mem::take(&mut later.transitions);
        self.terminals += std::mem::take(&mut later.terminals);
        self.cut += std::mem::take(&mut later.cut);
        for (tally, more) in self.tallies.iter_mut().zip(&mut later.tallies) {
            let more = std::mem::take(more);
            tally.violated += more.violated;
            tally.witnessed += more.witnessed;
            tally.violation = tally.violation.or(more.violation);
            tally.witness = tally.witness.or(more.witness);
        }
        for ((kind, name), seen) in std::mem::take(&mut later.outcomes) {
            self.outcome(kind, name, seen);
        }
        self.coverage.merge(&std::mem::take(&mut later.coverage));
    }
}
