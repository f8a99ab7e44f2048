//! Expanding a state: what it says, and where it leads.
//!
//! This half of the search only reads the table. Any number of threads run it at once, each on a
//! block of states of its own; what they find goes into the blocks.

use std::sync::Mutex;

use super::findings::{Findings, OutcomeTally, Sighting};
use super::lore::{Lore, Origin};
use super::questions::TOGETHER;
use super::recall::Memory;
use super::table::{SHARDS, Table, shard_of, stored, tag_of};
use super::values::{self, Values};
use crate::choice::Choice;
use crate::property::PropertySet;
use crate::reduce::partial_order::PartialOrder;
use crate::reduce::{Reductions, fusing, symmetry};
use crate::system::System;

/// A state reached by a step, known or not. There are many of these: sixteen bytes each.
///
/// Its record is in the bytes of the block; or else the move that leads there is remembered, and
/// the record is put together once the state turns out to be new.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub(crate) fingerprint: u64,
    /// Where the record starts; where the move is.
    pub(super) place: u32,
    /// The length of the record; the [`Origin`] of the move.
    length: u16,
    /// Which of the states of the block it was reached from.
    parent: u16,
}

impl Reached {
    pub(super) fn remembered(fingerprint: u64, origin: Origin, place: u32, parent: u16) -> Self {
        Self { fingerprint, place, length: origin as u16, parent }
    }

    pub(super) fn origin(&self) -> Origin {
        match self.length {
            0 => Origin::Lore,
            1 => Origin::News,
            _ => Origin::Block,
        }
    }
}

/// What came of expanding some states, sorted by the shard that will want to know.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) bins: Vec<Vec<Reached>>,
    pub(super) bytes: Vec<u8>,
    /// The tags of the states expanded.
    pub(super) parents: Vec<u32>,
    /// The numbers of their parts, and moves that are not remembered elsewhere.
    pub(super) numbers: Vec<u32>,
    pub(super) words: Vec<u32>,
    /// Which thread expanded it.
    pub(super) worker: usize,
    pub(crate) findings: Findings,
}

impl Block {
    pub(crate) fn new(properties: usize) -> Self {
        Self {
            bins: (0..SHARDS).map(|_| Vec::new()).collect(),
            bytes: Vec::new(),
            parents: Vec::new(),
            numbers: Vec::new(),
            words: Vec::new(),
            worker: 0,
            findings: Findings::new(properties),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bins.iter_mut().for_each(Vec::clear);
        self.bytes.clear();
        self.parents.clear();
        self.numbers.clear();
        self.words.clear();
    }

    /// The tag of the state it was reached from.
    pub(crate) fn parent(&self, reached: &Reached) -> u32 {
        self.parents[usize::from(reached.parent)]
    }

    /// The numbers of the parts of the state it was reached from.
    pub(super) fn numbers_of_parent(&self, reached: &Reached) -> &[u32] {
        let parts = self.numbers.len() / self.parents.len();
        &self.numbers[usize::from(reached.parent) * parts..][..parts]
    }

    pub(crate) fn bytes(&self, reached: &Reached) -> &[u8] {
        let start = reached.place as usize;
        &self.bytes[start..start + usize::from(reached.length)]
    }

    pub(crate) fn memory(&self) -> usize {
        let bins: usize = self.bins.iter().map(Vec::capacity).sum();
        let words = self.numbers.capacity() + self.words.capacity();
        bins * size_of::<Reached>() + self.bytes.capacity() + words * size_of::<u32>()
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
    pub(crate) fn new(system: &S, worker: usize) -> Self {
        Self {
            state: system.initial(),
            child: system.initial(),
            choices: Vec::new(),
            later: Vec::new(),
            order: PartialOrder::default(),
            memory: Memory::new(worker),
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
    /// Into how many parts states are cut to be remembered; 1 if nothing is.
    pub(crate) parts: usize,
    /// The parts that decide what a state says about the properties.
    pub(crate) view: u128,
    pub(crate) values: &'a Mutex<Values>,
    pub(crate) lore: &'a Lore,
    pub(crate) level: u32,
    /// The depth bound is reached: look at the states, but go no further.
    pub(crate) look_only: bool,
}

impl<S: System> Expansion<'_, S> {
    /// Looks at recorded states and puts all that follows from them into `block`.
    pub(crate) fn expand<'r>(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        mut states: impl Iterator<Item = (u64, &'r [u8])>,
    ) {
        if self.parts == 1 {
            states.for_each(|(state, record)| self.expand_one(scratch, block, state, record));
            return;
        }
        let mut some = Vec::with_capacity(TOGETHER);
        loop {
            some.clear();
            some.extend(states.by_ref().take(TOGETHER));
            if some.is_empty() {
                return;
            }
            self.recall(scratch, block, &some);
        }
    }

    fn expand_one(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        fingerprint: u64,
        record: &[u8],
    ) {
        let seen = Sighting { level: self.level, state: fingerprint, in_step: false };
        self.system.decode(record, &mut scratch.state);
        let marks = self.system.check(&scratch.state);
        if !marks.is_empty() {
            block.findings.violated(marks.violated, seen);
            block.findings.witnessed(marks.witnessed, seen);
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
        let mut choices = std::mem::take(&mut scratch.choices);
        // Where every choice can be seen no smaller set will do, whatever the footprints.
        let seen_anyway = |choice: &Choice| self.system.visible(&scratch.state, *choice);
        let reducible = self.used.partial_order && choices.len() > 1;
        let persistent = if reducible && !choices.iter().all(seen_anyway) {
            scratch.order.look_at(self.system, &scratch.state);
            scratch.order.choose(self.system, &scratch.state, &choices)
        } else {
            None
        };
        if self.used.symmetry {
            let twins = self.system.twins(&scratch.state);
            choices.retain(|choice| !twins.contains(choice.actor()));
        }
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
        let fingerprint = stored(self.system.fingerprint(&block.bytes[start..]));
        let length = u16::try_from(block.bytes.len() - start);
        let length = length.expect("a state encodes in at most 65,535 bytes");
        let place = u32::try_from(start).expect("a block of states encodes in less than 4 GiB");
        let parent = block.parents.len() as u16 - 1;
        block.bins[shard_of(fingerprint)].push(Reached { fingerprint, place, length, parent });
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
        symmetry::members(self.system, self.used.symmetry, state, &mut |member| {
            let tally = OutcomeTally {
                count: 1,
                level: seen.level,
                state: seen.state,
                member: fingerprint_of(self.system, self.parts, member),
                reasons: self.system.ending(member).reasons,
            };
            block.findings.terminals += 1;
            block.findings.outcome(ending.kind, self.system.outcome(member), tally);
        });
    }
}

/// The fingerprint of a state in a search that cuts states into so many parts.
pub(crate) fn fingerprint_of<S: System>(system: &S, parts: usize, state: &S::State) -> u64 {
    let mut bytes = Vec::new();
    if parts > 1 {
        let mut ends = Vec::new();
        system.encode_parts(state, &mut bytes, &mut ends);
        return stored(values::fingerprint(&bytes, &ends));
    }
    system.encode(state, &mut bytes);
    stored(system.fingerprint(&bytes))
}
