//! From a fingerprint back to the choices that lead there.
//!
//! The table knows for each state the first 31 bits of its parent's fingerprint. Walked backwards
//! that gives, level by level, a set of candidates: one state, nearly always. Then the true
//! system is walked forwards from its initial state, taking at each level the steps that lead
//! to a candidate. With symmetry the candidates are representatives, and the walk goes through
//! true states of their orbits. A wrong candidate leads nowhere, and costs no more than that.

use std::collections::BTreeSet;

use super::expand::fingerprint_of;
use super::findings::Sighting;
use super::table::Table;
use crate::choice::Choice;
use crate::reduce::partial_order::PartialOrder;
use crate::reduce::{Reductions, fusing, symmetry};
use crate::system::System;

/// Where the forward walk gives up: an orbit of eight equal actors has 40,320 states.
const WIDEST: usize = 50_000;

/// What a path must lead to, once it is at the state of the sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Any true state that the state of the sighting represents.
    Any,
    /// The true state with this fingerprint.
    Member(u64),
    /// And then a step that reports this property.
    Step(usize),
}

/// Rebuilds paths of a finished search.
pub(crate) struct Paths<'a, S: System> {
    pub(crate) system: &'a S,
    pub(crate) table: &'a Table,
    pub(crate) used: Reductions,
    /// Into how many parts the search cut its states.
    pub(crate) parts: usize,
}

/// A true state on the way, and how the walk came to it.
struct Node<T> {
    state: T,
    before: usize,
    steps: Vec<Choice>,
}

impl<S: System> Paths<'_, S> {
    /// The choices from the initial state to what was seen. `None` only if the system does not
    /// keep its contract (a step that leads elsewhere the second time, for example).
    pub(crate) fn to(&self, seen: Sighting, goal: Goal) -> Option<Vec<Choice>> {
        let candidates = self.backwards(seen);
        let exact = matches!(goal, Goal::Member(_)) && self.used.symmetry;
        let narrow = if exact { None } else { self.forwards(&candidates, goal, 1) };
        narrow.or_else(|| self.forwards(&candidates, goal, WIDEST))
    }

    /// For each level, the states that may be on the path.
    fn backwards(&self, seen: Sighting) -> Vec<Vec<u64>> {
        let mut levels = vec![vec![seen.state]];
        for _ in 1..seen.level {
            let mut parents = Vec::new();
            for state in levels.last().into_iter().flatten() {
                self.table.parents(*state, &mut parents);
            }
            parents.sort_unstable();
            parents.dedup();
            levels.push(parents);
        }
        levels.reverse();
        levels
    }

    fn forwards(&self, levels: &[Vec<u64>], goal: Goal, widest: usize) -> Option<Vec<Choice>> {
        let start = Node { state: self.system.initial(), before: 0, steps: Vec::new() };
        let mut walked = vec![vec![start]];
        for candidates in &levels[1..] {
            let nodes = self.one_level(walked.last()?, candidates, widest);
            walked.push(nodes);
        }
        let last = walked.last()?;
        let (index, rest) = last.iter().enumerate().find_map(|(index, node)| {
            let rest = self.reaches(&node.state, goal)?;
            Some((index, rest))
        })?;
        Some(unwind(&walked, index, rest))
    }

    fn one_level(
        &self,
        nodes: &[Node<S::State>],
        candidates: &[u64],
        widest: usize,
    ) -> Vec<Node<S::State>> {
        let mut reached = Vec::new();
        let mut known = BTreeSet::new();
        let mut choices = Vec::new();
        for (before, node) in nodes.iter().enumerate() {
            choices.clear();
            self.system.enabled(&node.state, &mut choices);
            for choice in &choices {
                if reached.len() >= widest {
                    return reached;
                }
                let (state, steps) = self.step(&node.state, *choice);
                let represented = self.represented(&state);
                if candidates.contains(&represented) && known.insert(self.fingerprint(&state)) {
                    reached.push(Node { state, before, steps });
                }
            }
        }
        reached
    }

    /// One step and what is fused to it: where it leads, and the choices.
    fn step(&self, from: &S::State, choice: Choice) -> (S::State, Vec<Choice>) {
        let mut state = from.clone();
        let _ = self.system.apply(&mut state, choice);
        let mut steps = vec![choice];
        if self.used.fusing {
            let (mut choices, mut order) = (Vec::new(), PartialOrder::default());
            let mut each = |_: &S::State, choice| steps.push(choice);
            let fused = fusing::fuse(self.system, &mut state, &mut choices, &mut order, &mut each);
            if fused.is_none() {
                state.clone_from(from);
                let _ = self.system.apply(&mut state, choice);
                steps.truncate(1);
            }
        }
        (state, steps)
    }

    /// The steps that remain from the state at the end of the path to the goal.
    fn reaches(&self, state: &S::State, goal: Goal) -> Option<Vec<Choice>> {
        match goal {
            Goal::Any => Some(Vec::new()),
            Goal::Member(member) => (self.fingerprint(state) == member).then(Vec::new),
            Goal::Step(property) => self.reporting_step(state, property),
        }
    }

    fn reporting_step(&self, state: &S::State, property: usize) -> Option<Vec<Choice>> {
        let mut choices = Vec::new();
        self.system.enabled(state, &mut choices);
        choices.iter().find_map(|choice| {
            let (_, mut steps) = self.step(state, *choice);
            let mut state = state.clone();
            let reports = |step: &Choice| self.system.apply(&mut state, *step).contains(property);
            let last = steps.iter().position(reports)?;
            steps.truncate(last + 1);
            Some(steps)
        })
    }

    fn fingerprint(&self, state: &S::State) -> u64 {
        fingerprint_of(self.system, self.parts, state)
    }

    fn represented(&self, state: &S::State) -> u64 {
        if !self.used.symmetry {
            return self.fingerprint(state);
        }
        let mut state = state.clone();
        symmetry::represent(self.system, true, &mut state);
        self.fingerprint(&state)
    }
}

fn unwind<T>(walked: &[Vec<Node<T>>], mut index: usize, mut rest: Vec<Choice>) -> Vec<Choice> {
    let mut parts = Vec::new();
    for nodes in walked.iter().rev() {
        let node = &nodes[index];
        parts.push(node.steps.as_slice());
        index = node.before;
    }
    let mut path: Vec<Choice> = parts.into_iter().rev().flatten().copied().collect();
    path.append(&mut rest);
    path
}
