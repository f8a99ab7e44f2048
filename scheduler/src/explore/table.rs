//! The set of states met so far: eight bytes of fingerprint and four of ancestry each.
//!
//! The table is cut into [`SHARDS`] by the top bits of the fingerprint. A shard is an open
//! addressing table of its own (linear probing, the home of a fingerprint in proportion to its
//! value, so a shard is almost sorted and growing it is one sweep from old memory to new). A shard
//! grows by a quarter when it is nearly full, alone: peak memory is the table and one or two
//! shards.
//!
//! Beside the fingerprint a state keeps the top 31 bits of the fingerprint of the state it was
//! first reached from: as the table is ordered by the top bits, that finds the parent
//! (or, once in 2^31 / states, a few candidates; see `path`), and 31 bits do not depend on
//! where in memory the parent lives. The 32nd bit says that the state belongs to the level being
//! made just now, which the guard of partial order reduction asks for.

use std::hint::black_box;

/// How many independent tables there are: a constant, so that no order depends on the threads.
pub(crate) const SHARDS: usize = 64;
const SHARD_BITS: u32 = SHARDS.trailing_zeros();
/// How many fingerprints are looked at before any is searched for: their cache misses overlap.
pub(crate) const BATCH: usize = 16;
const SMALLEST: usize = 16;
const FRESH: u32 = 1 << 31;

/// The part of a fingerprint that a child remembers of its parent.
#[must_use]
pub(crate) fn tag_of(fingerprint: u64) -> u32 {
    (fingerprint >> 33) as u32
}

/// Fingerprint 0 marks a free slot; the one state in 2^64 that has it gets 1.
#[must_use]
pub(crate) fn stored(fingerprint: u64) -> u64 {
    fingerprint.max(1)
}

/// The shard a fingerprint belongs to.
#[must_use]
pub(crate) fn shard_of(fingerprint: u64) -> usize {
    (fingerprint >> (64 - SHARD_BITS)) as usize
}

/// One part of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    fingerprints: Vec<u64>,
    tags: Vec<u32>,
    used: usize,
}

impl Shard {
    fn home(&self, fingerprint: u64) -> usize {
        home(fingerprint, self.fingerprints.len())
    }

    /// Reads the home slots of all of `fingerprints`, so that they are in the cache afterwards.
    pub(crate) fn touch(&self, fingerprints: impl Iterator<Item = u64>) {
        if self.fingerprints.is_empty() {
            return;
        }
        let mut seen = 0;
        for fingerprint in fingerprints {
            seen ^= self.fingerprints[self.home(fingerprint)];
        }
        black_box(seen);
    }

    /// The slot of a fingerprint, or the free slot where it would go. The table is not empty.
    fn slot(&self, fingerprint: u64) -> (usize, bool) {
        let slots = self.fingerprints.as_slice();
        let mut slot = self.home(fingerprint);
        loop {
            let there = slots[slot];
            if there == fingerprint || there == 0 {
                return (slot, there != 0);
            }
            slot += 1;
            if slot == slots.len() {
                slot = 0;
            }
        }
    }

    /// Adds a state reached from a state with `tag`; false if it was known.
    pub(crate) fn insert(&mut self, fingerprint: u64, tag: u32, fresh: bool) -> bool {
        if self.used * 16 >= self.fingerprints.len() * 13 {
            self.grow();
        }
        let (slot, known) = self.slot(fingerprint);
        if !known {
            self.fingerprints[slot] = fingerprint;
            self.tags[slot] = if fresh { tag | FRESH } else { tag };
            self.used += 1;
        }
        !known
    }

    /// Whether the state is known and not of the level being made.
    pub(crate) fn is_old(&self, fingerprint: u64) -> bool {
        if self.fingerprints.is_empty() {
            return false;
        }
        let (slot, known) = self.slot(fingerprint);
        known && self.tags[slot] & FRESH == 0
    }

    /// The level being made is made: the state belongs to it no longer.
    pub(crate) fn settle(&mut self, fingerprint: u64) {
        let (slot, known) = self.slot(fingerprint);
        debug_assert!(known, "what is settled was inserted");
        self.tags[slot] &= !FRESH;
    }

    /// The tag of the parent of a state.
    pub(crate) fn parent(&self, fingerprint: u64) -> Option<u32> {
        if self.fingerprints.is_empty() {
            return None;
        }
        let (slot, known) = self.slot(fingerprint);
        known.then(|| self.tags[slot] & !FRESH)
    }

    /// Appends every state whose fingerprint begins with `tag`.
    pub(crate) fn with_tag(&self, tag: u32, found: &mut Vec<u64>) {
        if self.fingerprints.is_empty() {
            return;
        }
        let low = u64::from(tag) << 33;
        let (mut slot, last) = (self.home(low), self.home(low | ((1 << 33) - 1)));
        let mut past = false;
        for _ in 0..self.fingerprints.len() {
            let there = self.fingerprints[slot];
            past |= slot == last;
            if there != 0 && tag_of(there) == tag {
                found.push(there);
            }
            if past && there == 0 {
                break;
            }
            slot = (slot + 1) % self.fingerprints.len();
        }
    }

    /// Makes room for `states` in all; a table of a known size is built in one go.
    pub(crate) fn reserve(&mut self, states: usize) {
        let wanted = (states + states / 2).max(SMALLEST);
        if wanted > self.fingerprints.len() {
            self.rebuild(wanted);
        }
    }

    fn grow(&mut self) {
        let slots = self.fingerprints.len();
        let wanted = if slots < 2048 { (slots * 2).max(SMALLEST) } else { slots + slots / 4 };
        self.rebuild(wanted);
    }

    fn rebuild(&mut self, slots: usize) {
        let (mut fingerprints, mut tags) = (zeros(slots), zeros(slots));
        for (fingerprint, tag) in self.entries() {
            let mut slot = home(fingerprint, slots);
            while fingerprints[slot] != 0 {
                slot += 1;
                if slot == slots {
                    slot = 0;
                }
            }
            fingerprints[slot] = fingerprint;
            tags[slot] = tag;
        }
        self.fingerprints = fingerprints;
        self.tags = tags;
    }

    /// Every state with its raw tag, in the order of the slots.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let pairs = self.fingerprints.iter().copied().zip(self.tags.iter().copied());
        pairs.filter(|(fingerprint, _)| *fingerprint != 0)
    }

    /// Adds an entry as [`entries`](Self::entries) gave it.
    pub(crate) fn insert_raw(&mut self, fingerprint: u64, tag: u32) -> bool {
        self.insert(fingerprint, tag & !FRESH, tag & FRESH != 0)
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn memory(&self) -> usize {
        self.fingerprints.capacity() * 8 + self.tags.capacity() * 4
    }
}

/// Memory that has been written to. (What `vec![0; count]` gives has not: reading a slot of it and
/// then writing to it makes the system fetch the page twice, and the second time it has to tell
/// all other processors.)
fn zeros<T: Clone + Default>(count: usize) -> Vec<T> {
    let mut zeros = Vec::with_capacity(count);
    zeros.resize(black_box(count), T::default());
    zeros
}

/// Where in a table of so many slots the search for a fingerprint starts: the bits below those
/// that chose the shard, as a fraction of the table.
fn home(fingerprint: u64, slots: usize) -> usize {
    let fraction = (fingerprint << SHARD_BITS) >> 32;
    ((fraction * slots as u64) >> 32) as usize
}

/// All the shards.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) shards: Vec<Shard>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { shards: vec![Shard::default(); SHARDS] }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub(crate) fn memory(&self) -> usize {
        self.shards.iter().map(Shard::memory).sum()
    }

    pub(crate) fn is_old(&self, fingerprint: u64) -> bool {
        self.shards[shard_of(fingerprint)].is_old(fingerprint)
    }

    /// The states that may be the one this state was first reached from: one, nearly always.
    pub(crate) fn parents(&self, fingerprint: u64, found: &mut Vec<u64>) {
        if let Some(tag) = self.shards[shard_of(fingerprint)].parent(fingerprint) {
            self.shards[shard_of(u64::from(tag) << 33)].with_tag(tag, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash;

    fn numbers(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(|number| stored(hash(&number.to_le_bytes())))
    }

    #[test]
    fn every_state_is_new_once_and_its_parent_is_found() {
        let mut table = Table::new();
        let parent = stored(hash(b"parent"));
        assert!(table.shards[shard_of(parent)].insert(parent, 0, false));
        for fingerprint in numbers(100_000) {
            let shard = &mut table.shards[shard_of(fingerprint)];
            assert!(shard.insert(fingerprint, tag_of(parent), false));
            assert!(!shard.insert(fingerprint, 7, false));
        }
        assert_eq!(table.len(), 100_001);
        for fingerprint in numbers(100_000) {
            let mut found = Vec::new();
            table.parents(fingerprint, &mut found);
            assert!(found.contains(&parent));
        }
    }

    #[test]
    fn a_crowd_of_neighbours_at_the_very_end_wraps_around() {
        let mut shard = Shard::default();
        for low in 0..1000 {
            assert!(shard.insert(u64::MAX - low, 3, false));
        }
        assert!((0..1000).all(|low| shard.parent(u64::MAX - low) == Some(3)));
        let mut found = Vec::new();
        shard.with_tag(tag_of(u64::MAX), &mut found);
        assert_eq!(found.len(), 1000);
    }

    #[test]
    fn a_fresh_state_is_not_old_until_it_is_settled() {
        let mut shard = Shard::default();
        assert!(shard.insert(99, 5, true));
        assert!(!shard.is_old(99));
        shard.settle(99);
        assert!(shard.is_old(99));
        assert_eq!(shard.parent(99), Some(5));
    }

    #[test]
    fn a_state_costs_at_most_twenty_bytes_once_there_are_many() {
        let mut table = Table::new();
        for (count, fingerprint) in numbers(300_000).enumerate() {
            table.shards[shard_of(fingerprint)].insert(fingerprint, 0, false);
            assert!(count < 150_000 || table.memory() <= 21 * (count + 1));
        }
    }
}
