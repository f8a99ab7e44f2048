//! The state graph itself, edge by edge, for what needs edges: circles, pictures, the web page.
//!
//! No reduction is applied. For graphs that fit in memory; the explorer is for the others.

use std::collections::HashMap;

use crate::choice::Choice;
use crate::system::System;

/// States and edges, numbered in breadth-first order; the initial state is number 0.
#[derive(Clone, Debug)]
pub struct Graph {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    edges: Vec<(Choice, u32)>,
    edge_ends: Vec<usize>,
    /// The state each was first reached from, and how.
    parents: Vec<(u32, Choice)>,
    complete: bool,
}

impl Graph {
    /// Builds the graph of `system`, as far as `max_states` states.
    ///
    /// Unlike in the explorer, states are compared in full: no two are ever taken for one.
    pub fn build<S: System>(system: &S, max_states: u64) -> Self {
        Self::grow(system, max_states, false)
    }

    /// Builds the graph of `system`; gives up as soon as it is known to be larger than
    /// `max_states` states.
    pub fn build_whole<S: System>(system: &S, max_states: u64) -> Option<Self> {
        Some(Self::grow(system, max_states, true)).filter(Self::is_complete)
    }

    fn grow<S: System>(system: &S, max_states: u64, whole: bool) -> Self {
        let mut graph = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            edges: Vec::new(),
            edge_ends: Vec::new(),
            parents: Vec::new(),
            complete: true,
        };
        let mut numbers: HashMap<Box<[u8]>, u32> = HashMap::new();
        let (mut state, mut child) = (system.initial(), system.initial());
        let (mut choices, mut encoded) = (Vec::new(), Vec::new());
        system.encode(&state, &mut encoded);
        numbers.insert(encoded.as_slice().into(), 0);
        graph.push(&encoded, (0, Choice::new(0, 0)));
        let mut index = 0;
        while index < graph.len() && (graph.complete || !whole) {
            system.decode(graph.encoded(index), &mut state);
            choices.clear();
            system.enabled(&state, &mut choices);
            for choice in &choices {
                system.restore(&mut child, &state);
                let _ = system.apply(&mut child, *choice);
                encoded.clear();
                system.encode(&child, &mut encoded);
                let known = numbers.get(encoded.as_slice()).copied();
                let target = match known {
                    Some(target) => target,
                    None if graph.len() as u64 >= max_states => {
                        graph.complete = false;
                        continue;
                    }
                    None => {
                        let target = graph.push(&encoded, (index as u32, *choice));
                        numbers.insert(encoded.as_slice().into(), target);
                        target
                    }
                };
                graph.edges.push((*choice, target));
            }
            graph.edge_ends.push(graph.edges.len());
            index += 1;
        }
        graph
    }

    fn push(&mut self, encoded: &[u8], parent: (u32, Choice)) -> u32 {
        let number = self.ends.len() as u32;
        self.bytes.extend_from_slice(encoded);
        self.ends.push(self.bytes.len());
        self.parents.push(parent);
        number
    }

    /// How many states there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never: there is always the initial state.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether all states and edges are here.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The encoded state with this number.
    #[must_use]
    pub fn encoded(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// The steps out of the state with this number, in ascending order of choices.
    #[must_use]
    pub fn edges(&self, index: usize) -> &[(Choice, u32)] {
        let start = if index == 0 { 0 } else { self.edge_ends[index - 1] };
        &self.edges[start..self.edge_ends[index]]
    }

    /// A shortest way to the state with this number.
    #[must_use]
    pub fn path_to(&self, mut index: usize) -> Vec<Choice> {
        let mut path = Vec::new();
        while index != 0 {
            let (parent, choice) = self.parents[index];
            path.push(choice);
            index = parent as usize;
        }
        path.reverse();
        path
    }
}
