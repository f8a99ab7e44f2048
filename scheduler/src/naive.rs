//! The search everybody can check by eye: every state in full, one at a time, no reduction.
//!
//! It is the definition the fast explorer is held against in tests, and good enough for
//! systems of some hundred thousand states.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::choice::Choice;
use crate::property::{EndingKind, PropertySet};
use crate::system::System;

/// What the naive search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naive {
    /// Distinct states.
    pub states: u64,
    /// Edges of the state graph, those to known states included.
    pub transitions: u64,
    /// Breadth-first levels; the initial state is level 1.
    pub depth: u64,
    /// States where nobody can move.
    pub terminals: u64,
    /// Terminal states by kind.
    pub endings: BTreeMap<EndingKind, u64>,
    /// Terminal states by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Properties broken by a state, a step or an ending.
    pub violated: PropertySet,
    /// `sometimes` properties that held somewhere.
    pub witnessed: PropertySet,
    /// For each property in `violated`, the least number of steps that breaks it.
    pub shortest: BTreeMap<usize, u64>,
    /// Whether every reachable state was expanded.
    pub complete: bool,
}

/// Explores `system` breadth first until all is known or `max_states` states are.
///
/// # Panics
/// If [`System::enabled`] breaks its promise of an ascending order, or (with debug assertions) if
/// decoding an encoded state does not give back a state that encodes the same.
#[must_use]
pub fn explore_naively<S: System>(system: &S, max_states: u64) -> Naive {
    let mut found = Naive { complete: true, ..Naive::default() };
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::new();
    let mut choices = Vec::new();
    let initial = system.initial();
    seen.insert(encoded(system, &initial));
    queue.push_back((initial, 1));
    while let Some((state, level)) = queue.pop_front() {
        found.depth = level;
        let marks = system.check(&state);
        note(&mut found, marks.violated, level - 1);
        found.witnessed = found.witnessed.union(marks.witnessed);
        choices.clear();
        system.enabled(&state, &mut choices);
        assert!(choices.is_sorted_by(|a, b| a < b), "choices are listed in ascending order");
        if choices.is_empty() {
            end(system, &mut found, &state, level - 1);
        }
        for &choice in &choices {
            let next = successor(system, &mut found, &state, choice, level);
            if seen.len() as u64 >= max_states {
                found.complete = false;
            } else if seen.insert(encoded(system, &next)) {
                queue.push_back((next, level + 1));
            }
        }
    }
    found.states = seen.len() as u64;
    found
}

fn successor<S: System>(
    system: &S,
    found: &mut Naive,
    state: &S::State,
    choice: Choice,
    level: u64,
) -> S::State {
    let mut next = state.clone();
    let violated = system.apply(&mut next, choice);
    note(found, violated, level);
    found.transitions += 1;
    next
}

fn end<S: System>(system: &S, found: &mut Naive, state: &S::State, steps: u64) {
    let ending = system.ending(state);
    note(found, ending.marks.violated, steps);
    found.witnessed = found.witnessed.union(ending.marks.witnessed);
    found.terminals += 1;
    *found.endings.entry(ending.kind).or_default() += 1;
    *found.outcomes.entry(system.outcome(state)).or_default() += 1;
}

fn note(found: &mut Naive, violated: PropertySet, steps: u64) {
    found.violated = found.violated.union(violated);
    for property in violated.iter() {
        let least = found.shortest.entry(property).or_insert(steps);
        *least = steps.min(*least);
    }
}

fn encoded<S: System>(system: &S, state: &S::State) -> Vec<u8> {
    let mut bytes = Vec::new();
    system.encode(state, &mut bytes);
    // The fast search lives on this; this one never decodes, so a small build does without.
    if cfg!(debug_assertions) {
        let mut decoded = system.initial();
        system.decode(&bytes, &mut decoded);
        let mut again = Vec::new();
        system.encode(&decoded, &mut again);
        assert_eq!(bytes, again, "a decoded state encodes as it did");
    }
    bytes
}
