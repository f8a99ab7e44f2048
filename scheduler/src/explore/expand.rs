//! Expanding a state: what it says, and where it leads.
//!
//! This half of the search only reads the table. Any number of threads run it at once, each on a
//! block of states of its own; what they find goes into the blocks.

use super::findings::{Findings, OutcomeTally, Sighting};
use super::memo;
use super::recall::Memory;
use super::table::{SHARDS, Table, shard_of, stored, tag_of};
use crate::choice::Choice;
use crate::property::PropertySet;
use crate::reduce::partial_order::PartialOrder;
use crate::reduce::{Reductions, fusing, symmetry};
use crate::system::System;

/// A state reached by a step, known or not. There are many of these: sixteen bytes each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub(crate) fingerprint: u64,
    start: u32,
    length: u16,
    /// Which of the states of the block it was reached from.
    parent: u16,
}

/// What came of expanding some states, sorted by the shard that will want to know.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) bins: Vec<Vec<Reached>>,
    pub(super) bytes: Vec<u8>,
    /// The tags of the states expanded.
    pub(super) parents: Vec<u32>,
    pub(crate) findings: Findings,
}

impl Block {
    pub(crate) fn new(properties: usize) -> Self {
        let bins = (0..SHARDS).map(|_| Vec::new()).collect();
        Self { bins, bytes: Vec::new(), parents: Vec::new(), findings: Findings::new(properties) }
    }

    pub(crate) fn clear(&mut self) {
        self.bins.iter_mut().for_each(Vec::clear);
        self.bytes.clear();
        self.parents.clear();
    }

    /// The tag of the state it was reached from.
    pub(crate) fn parent(&self, reached: &Reached) -> u32 {
        self.parents[usize::from(reached.parent)]
    }

    pub(crate) fn bytes(&self, reached: &Reached) -> &[u8] {
        let start = reached.start as usize;
        &self.bytes[start..start + usize::from(reached.length)]
    }

    pub(crate) fn memory(&self) -> usize {
        let bins: usize = self.bins.iter().map(Vec::capacity).sum();
        bins * size_of::<Reached>() + self.bytes.capacity()
    }
}

/// The memory one thread works in.
pub(crate) struct Scratch<S: System> {
    pub(super) state: S::State,
    pub(super) child: S::State,
    pub(super) choices: Vec<Choice>,
    later: Vec<Choice>,
    order: PartialOrder,
    pub(crate) memory: Memory,
}

impl<S: System> Scratch<S> {
    pub(crate) fn new(system: &S) -> Self {
        Self {
            state: system.initial(),
            child: system.initial(),
            choices: Vec::new(),
            later: Vec::new(),
            order: PartialOrder::default(),
            memory: Memory::default(),
        }
    }
}

/// What all expansions of one chunk have in common.
pub(crate) struct Expansion<'a, S: System> {
    pub(crate) system: &'a S,
    pub(crate) table: &'a Table,
    pub(crate) used: Reductions,
    /// Whether persistent sets need the guard against circles.
    pub(crate) guarded: bool,
    pub(crate) cover: bool,
    /// Into how many parts states are cut; 1 if nothing is remembered.
    pub(crate) parts: usize,
    pub(crate) level: u32,
    /// The depth bound is reached: look at the states, but go no further.
    pub(crate) look_only: bool,
}

impl<S: System> Expansion<'_, S> {
    /// Looks at a recorded state and puts all that follows from it into `block`.
    pub(crate) fn expand(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        fingerprint: u64,
        record: &[u8],
    ) {
        let seen = Sighting { level: self.level, state: fingerprint, in_step: false };
        let bytes = if self.parts == 1 { record } else { memo::content(record, self.parts) };
        self.system.decode(bytes, &mut scratch.state);
        let marks = self.system.check(&scratch.state);
        if !marks.is_empty() {
            block.findings.violated(marks.violated, seen);
            block.findings.witnessed(marks.witnessed, seen);
        }
        if self.parts > 1 && !self.look_only {
            return self.recall(scratch, block, seen, record);
        }
        scratch.choices.clear();
        self.system.enabled(&scratch.state, &mut scratch.choices);
        if scratch.choices.is_empty() {
            self.end(&scratch.state, block, seen);
        } else if self.look_only {
            block.findings.cut += 1;
        } else {
            self.go_on(scratch, block, seen);
        }
    }

    fn go_on(&self, scratch: &mut Scratch<S>, block: &mut Block, seen: Sighting) {
        block.parents.push(tag_of(seen.state));
        let choices = std::mem::take(&mut scratch.choices);
        let persistent = if self.used.partial_order && choices.len() > 1 {
            scratch.order.look_at(self.system, &scratch.state);
            scratch.order.choose(self.system, &scratch.state, &choices)
        } else {
            None
        };
        if let Some(actors) = persistent {
            let mut ahead = false;
            for choice in choices.iter().filter(|choice| actors.contains(choice.actor())) {
                let next = self.take(scratch, block, seen, *choice);
                ahead |= self.guarded && !self.table.is_old(next);
            }
            if self.guarded && !ahead {
                for choice in choices.iter().filter(|choice| !actors.contains(choice.actor())) {
                    self.take(scratch, block, seen, *choice);
                }
            }
        } else {
            for choice in &choices {
                self.take(scratch, block, seen, *choice);
            }
        }
        scratch.choices = choices;
    }

    /// Takes one step, and those that are fused to it, and returns where they lead.
    fn take(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        choice: Choice,
    ) -> u64 {
        if self.cover {
            self.system.cover(&scratch.state, choice, &mut block.findings.coverage);
        }
        self.system.restore(&mut scratch.child, &scratch.state);
        let mut reports = self.system.apply(&mut scratch.child, choice);
        if self.used.fusing {
            reports = reports.union(self.fuse(scratch, block, choice));
        }
        if !reports.is_empty() {
            block.findings.violated(reports, Sighting { in_step: true, ..seen });
        }
        symmetry::represent(self.system, self.used.symmetry, &mut scratch.child);
        let start = block.bytes.len();
        self.system.encode(&scratch.child, &mut block.bytes);
        self.reached(block, start, start)
    }

    /// Files the record that ends the bytes of the block; its content begins later than the record
    /// if there are lengths before it. Returns the fingerprint.
    pub(super) fn reached(&self, block: &mut Block, start: usize, content: usize) -> u64 {
        let fingerprint = stored(self.system.fingerprint(&block.bytes[content..]));
        let length = u16::try_from(block.bytes.len() - start);
        let length = length.expect("a state encodes in at most 65,535 bytes");
        let start = u32::try_from(start).expect("a block of states encodes in less than 4 GiB");
        let parent = block.parents.len() as u16 - 1;
        let reached = Reached { fingerprint, start, length, parent };
        block.bins[shard_of(fingerprint)].push(reached);
        block.findings.transitions += 1;
        fingerprint
    }

    /// Fuses what can be to the step just taken; if that does not end, leaves it at the step.
    fn fuse(&self, scratch: &mut Scratch<S>, block: &mut Block, choice: Choice) -> PropertySet {
        let Scratch { state, child, later, order, .. } = scratch;
        let mut each = |state: &S::State, choice| {
            if self.cover {
                self.system.cover(state, choice, &mut block.findings.coverage);
            }
        };
        if let Some(reports) = fusing::fuse(self.system, child, later, order, &mut each) {
            return reports;
        }
        self.system.restore(child, state);
        let _ = self.system.apply(child, choice);
        PropertySet::EMPTY
    }

    /// Notes a terminal state, and all those it stands for.
    pub(super) fn end(&self, state: &S::State, block: &mut Block, seen: Sighting) {
        let ending = self.system.ending(state);
        block.findings.violated(ending.marks.violated, seen);
        block.findings.witnessed(ending.marks.witnessed, seen);
        let mut bytes = Vec::new();
        symmetry::members(self.system, self.used.symmetry, state, &mut |member| {
            bytes.clear();
            self.system.encode(member, &mut bytes);
            let tally = OutcomeTally {
                count: 1,
                level: seen.level,
                state: seen.state,
                member: stored(self.system.fingerprint(&bytes)),
                reasons: self.system.ending(member).reasons,
            };
            block.findings.terminals += 1;
            block.findings.outcome(ending.kind, self.system.outcome(member), tally);
        });
    }
}
