//! The level loop: expand a chunk of states, then enter what they reached into the table.
//!
//! Two halves that take turns, each on all threads. The first ([`expand`](super::expand)) reads
//! the table and fills blocks; the second gives every thread whole shards of the table, and
//! enters what the blocks hold for a shard in the order of the blocks. So nobody ever waits for a
//! lock on a state, and every count, parent and order is the same for any number of threads.
//! The sizes below are constants for that reason.

use std::sync::Mutex;

use super::expand::{Block, Expansion, Reached, Scratch, fingerprint_of};
use super::findings::Findings;
use super::frontier::Frontier;
use super::lore::Lore;
use super::options::{Limit, Observer, Options, Progress, Signal};
use super::recall::{collapse, open};
use super::share::share;
use super::table::{BATCH, Table, shard_of};
use super::values::{Values, put_numbers};
use crate::choice::ActorSet;
use crate::property::PropertySet;
use crate::reduce::{Reductions, symmetry};
use crate::system::System;

/// States that one thread expands at a time: at most 65,536.
const BLOCK: usize = 1024;
/// States expanded before their successors are entered.
const CHUNK: usize = 64 * BLOCK;
/// Below this many states a second thread costs more than it brings.
const WORTH_SHARING: usize = 2 * BLOCK;

/// A search in progress: all that a checkpoint must hold, and the memory to work in.
pub(crate) struct Search<'a, S: System> {
    pub(crate) system: &'a S,
    pub(crate) options: &'a Options,
    pub(crate) used: Reductions,
    /// Into how many parts states are cut to be remembered; 1 if nothing is.
    pub(crate) parts: usize,
    pub(crate) values: Mutex<Values>,
    lore: Lore,
    /// The part that chooses the column of the frontier.
    pub(crate) lead: usize,
    pub(crate) table: Table,
    pub(crate) current: Frontier,
    pub(crate) next: Frontier,
    /// How many states of the current level are expanded.
    pub(crate) cursor: usize,
    pub(crate) level: u32,
    pub(crate) states: u64,
    pub(crate) findings: Findings,
    pub(crate) peak: usize,
    blocks: Vec<Block>,
    workers: Vec<Scratch<S>>,
}

impl<'a, S: System> Search<'a, S> {
    /// A search that knows nothing, not even the initial state.
    pub(crate) fn empty(system: &'a S, options: &'a Options) -> Self {
        let threads = options.threads.max(1);
        assert!(system.actors() <= ActorSet::LIMIT, "there are too many actors");
        assert!(system.properties().len() <= PropertySet::LIMIT, "there are too many properties");
        let used = options.reductions.applicable(system);
        let plain = used == Reductions::NONE && !options.coverage;
        let parts = if options.remember && plain { system.parts() } else { 1 };
        assert!((1..=128).contains(&parts), "there are no or too many parts");
        Self {
            system,
            options,
            used,
            parts,
            values: Mutex::new(Values::new(parts)),
            lore: Lore::default(),
            lead: 0,
            table: Table::new(),
            current: Frontier::new(),
            next: Frontier::new(),
            cursor: 0,
            level: 1,
            states: 0,
            findings: Findings::new(system.properties().len()),
            peak: 0,
            blocks: Vec::new(),
            workers: (0..threads).map(|worker| Scratch::new(system, worker)).collect(),
        }
    }

    /// A search that knows the initial state.
    pub(crate) fn new(system: &'a S, options: &'a Options) -> Self {
        let mut search = Self::empty(system, options);
        let mut initial = system.initial();
        symmetry::represent(system, search.used.symmetry, &mut initial);
        let mut bytes = Vec::new();
        let fingerprint = if search.parts > 1 {
            collapse(system, &mut open(&search.values), &initial, &mut bytes)
        } else {
            system.encode(&initial, &mut bytes);
            fingerprint_of(system, 1, &initial)
        };
        search.table.shards[shard_of(fingerprint)].insert(fingerprint, 0, false);
        search.current.push(fingerprint, 0, &bytes);
        search.current.seal();
        search.states = 1;
        search
    }

    /// Searches until all is explored (then `None`) or something says stop.
    pub(crate) fn run(&mut self, observer: &mut dyn Observer) -> Option<Limit> {
        loop {
            let look_only = self.options.max_depth.is_some_and(|depth| self.level >= depth);
            if look_only && self.cursor == 0 {
                self.offer_checkpoint(observer, false);
            }
            while self.cursor < self.current.len() {
                let limit = self.bound(look_only).or_else(|| self.ask(observer, look_only));
                if limit.is_some() {
                    self.offer_checkpoint(observer, look_only);
                    return limit;
                }
                self.chunk(look_only);
            }
            if look_only {
                return (self.findings.cut > 0).then_some(Limit::Depth(self.level));
            }
            self.settle();
            if self.next.pushed() == 0 {
                return None;
            }
            self.current.clear();
            std::mem::swap(&mut self.current, &mut self.next);
            self.lead = open(&self.values).most_varied();
            self.order();
            self.cursor = 0;
            self.level += 1;
        }
    }

    /// Puts the states of the current level in the order in which they will be expanded.
    pub(crate) fn order(&mut self) {
        if self.parts > 1 {
            let values = open(&self.values);
            let (values, lead) = (&*values, self.lead);
            self.current.sort(self.workers.len(), |record| values.print_of(lead, record));
        }
        self.current.seal();
    }

    fn ask(&self, observer: &mut dyn Observer, look_only: bool) -> Option<Limit> {
        match observer.poll(&self.progress()) {
            Signal::Continue => None,
            Signal::Checkpoint => {
                self.offer_checkpoint(observer, look_only);
                None
            }
            Signal::Stop(limit) => Some(limit),
        }
    }

    /// While states are only looked at there is nothing to save: the checkpoint that a deeper
    /// search can go on from is the one offered before.
    fn offer_checkpoint(&self, observer: &mut dyn Observer, look_only: bool) {
        if look_only {
            return;
        }
        observer.save(&mut |writer| super::checkpoint::write(self, writer));
    }

    fn bound(&self, look_only: bool) -> Option<Limit> {
        let options = self.options;
        let violation = options.stop_at_violation && self.findings.any_violation();
        let full = |max: &u64| !look_only && self.states >= *max;
        let large = |max: &usize| self.peak.max(self.memory()) >= *max;
        let violation = violation.then_some(Limit::Violation);
        violation
            .or_else(|| options.max_states.filter(full).map(Limit::States))
            .or_else(|| options.max_memory.filter(large).map(Limit::Memory))
    }

    /// How far the search is.
    pub(crate) fn progress(&self) -> Progress {
        Progress {
            states: self.states,
            transitions: self.findings.transitions,
            depth: self.level,
            frontier: self.unexpanded(),
            memory: self.memory(),
        }
    }

    pub(crate) fn unexpanded(&self) -> u64 {
        (self.current.len() - self.cursor + self.next.pushed()) as u64
    }

    pub(crate) fn memory(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(Block::memory).sum();
        let remembered = open(&self.values).memory() + self.lore.memory();
        self.table.memory() + self.current.memory() + self.next.memory() + blocks + remembered
    }

    fn guarded(&self) -> bool {
        self.used.partial_order && !self.system.every_run_ends()
    }

    /// The states of the next chunk: fewer when the bound on states is near.
    fn chunk_end(&self) -> usize {
        let near =
            |max: u64| (max.saturating_sub(self.states) / 4).clamp(64, CHUNK as u64) as usize;
        let size = self.options.max_states.map_or(CHUNK, near);
        self.current.len().min(self.cursor + size)
    }

    fn chunk(&mut self, look_only: bool) {
        let (start, end) = (self.cursor, self.chunk_end());
        let count = (end - start).div_ceil(BLOCK);
        while self.blocks.len() < count {
            self.blocks.push(Block::new(self.findings.tallies.len()));
        }
        let threads = if end - start < WORTH_SHARING { 1 } else { self.workers.len() };
        self.expand(start, end, threads, look_only);
        if !look_only {
            self.enter(count, threads);
        }
        for block in &mut self.blocks[..count] {
            self.findings.absorb(&mut block.findings);
            block.clear();
        }
        let news = self.workers.iter_mut().map(|worker| &mut worker.memory.news);
        self.lore.absorb(news, threads);
        self.lore.tidy(self.states);
        self.cursor = end;
        self.current.forget_before(end);
    }

    /// First half: every block is expanded by whoever takes it.
    fn expand(&mut self, start: usize, end: usize, threads: usize, look_only: bool) {
        let expansion = Expansion {
            system: self.system,
            table: &self.table,
            used: self.used,
            guarded: self.guarded(),
            cover: self.options.coverage,
            parts: self.parts,
            view: self.system.view() & u128::MAX >> (128 - self.parts),
            values: &self.values,
            lore: &self.lore,
            level: self.level,
            look_only,
        };
        let current = &self.current;
        let work = (start..end).step_by(BLOCK).zip(&mut self.blocks);
        share(work, &mut self.workers[..threads], |(from, block), scratch| {
            block.worker = scratch.memory.worker;
            scratch.memory.begin();
            let states = current.walk(from..end.min(from + BLOCK));
            expansion.expand(scratch, block, states);
        });
    }

    /// Second half: every shard is filled by whoever takes it.
    fn enter(&mut self, count: usize, threads: usize) {
        let fresh = self.guarded();
        let before = self.table.len();
        let blocks = &self.blocks[..count];
        let (lore, workers) = (&self.lore, &self.workers);
        let (remembers, lead) = (self.parts > 1, self.lead);
        let values = open(&self.values);
        let parts = self.table.shards.iter_mut().zip(self.next.rows()).enumerate();
        let mut hands = vec![(Vec::new(), Vec::new(), Vec::new()); threads];
        share(parts, &mut hands, |(index, (shard, row)), (new, numbers, record)| {
            for block in blocks {
                let news = &workers[block.worker].memory.news;
                for batch in block.bins[index].chunks(BATCH) {
                    new.clear();
                    shard.touch(batch.iter().map(|reached| reached.fingerprint));
                    new.extend(batch.iter().filter(|reached| {
                        shard.insert(reached.fingerprint, block.parent(reached), fresh)
                    }));
                    if !remembers {
                        let keep = |new: &Reached| row[0].push(new.fingerprint, block.bytes(new));
                        new.iter().for_each(keep);
                        continue;
                    }
                    block.touch(new, lore, news);
                    for reached in &*new {
                        block.follow(reached, lore, news, numbers);
                        record.clear();
                        put_numbers(numbers, record);
                        row[values.column(lead, numbers)].push(reached.fingerprint, record);
                    }
                }
            }
        });
        drop(values);
        self.states += (self.table.len() - before) as u64;
        self.peak = self.peak.max(self.memory());
    }

    /// The level is made: its states are fresh no longer.
    fn settle(&mut self) {
        if self.guarded() {
            for (index, shard) in self.table.shards.iter_mut().enumerate() {
                for segment in self.next.row(index) {
                    let states = segment.walk(0..segment.len());
                    states.for_each(|(fingerprint, _)| shard.settle(fingerprint));
                }
            }
        }
    }
}
