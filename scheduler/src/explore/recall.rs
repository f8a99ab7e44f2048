//! Expanding a state from memory: what is remembered is put together, the rest is learnt.
//!
//! The steps come in the same order as without memory, by actor and then by alternative, so the
//! search is the same to the byte.

use super::expand::{Block, Expansion, Scratch};
use super::findings::Sighting;
use super::memo::{self, Key, Memo, Move, Parts};
use super::table::tag_of;
use crate::choice::{Actor, Choice};
use crate::system::System;

/// What one thread remembers, and the memory to work in.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) memo: Memo,
    ends: Vec<u32>,
    keys: Vec<(Actor, u128, Key)>,
    text: Vec<u8>,
    after: Vec<u8>,
    after_ends: Vec<u32>,
}

/// Appends a record of `state`: with the lengths of its parts before it, if it is cut into parts.
/// Returns where the content begins.
pub(crate) fn put_record<S: System>(
    system: &S,
    parts: usize,
    state: &S::State,
    record: &mut Vec<u8>,
) -> usize {
    if parts > 1 {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        system.encode_parts(state, &mut bytes, &mut ends);
        assert_eq!(ends.len(), parts, "a state has always the same number of parts");
        memo::put_lengths(&ends, record);
        record.extend_from_slice(&bytes);
        return record.len() - bytes.len();
    }
    let start = record.len();
    system.encode(state, record);
    start
}

impl<S: System> Expansion<'_, S> {
    /// Puts all that follows from a state into `block`; `scratch.state` is decoded and checked.
    pub(super) fn recall(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        record: &[u8],
    ) {
        let mut ends = std::mem::take(&mut scratch.memory.ends);
        let mut keys = std::mem::take(&mut scratch.memory.keys);
        let before = Parts::read(record, self.parts, &mut ends);
        self.keys(scratch, &before, &mut keys);
        scratch.memory.memo.touch(keys.iter().map(|(_, _, key)| *key));
        block.parents.push(tag_of(seen.state));
        scratch.choices.clear();
        let first = block.findings.transitions;
        for (actor, scope, key) in &keys {
            let known = scratch.memory.memo.find(*key);
            let place = known.unwrap_or_else(|| self.learn(scratch, *actor, *scope, *key, &before));
            let mut moves = scratch.memory.memo.moves(place);
            loop {
                let start = block.bytes.len();
                let Some((made, content)) = moves.next(&before, &mut block.bytes) else { break };
                if !made.reports.is_empty() {
                    block.findings.violated(made.reports, Sighting { in_step: true, ..seen });
                }
                self.reached(block, start, content);
            }
        }
        if block.findings.transitions == first {
            self.end(&scratch.state, block, seen);
        }
        scratch.memory.ends = ends;
        scratch.memory.keys = keys;
    }

    fn keys(
        &self,
        scratch: &mut Scratch<S>,
        before: &Parts<'_>,
        keys: &mut Vec<(Actor, u128, Key)>,
    ) {
        let all = u128::MAX >> (128 - self.parts);
        keys.clear();
        for actor in 0..self.system.actors() {
            let scope = self.system.scope(&scratch.state, actor) & all;
            if scope != 0 {
                let key = memo::key(actor, scope, before, &mut scratch.memory.text);
                keys.push((actor, scope, key));
            }
        }
    }

    /// Has the system take the steps of an actor, and remembers them. Returns where.
    fn learn(
        &self,
        scratch: &mut Scratch<S>,
        actor: Actor,
        scope: u128,
        key: Key,
        before: &Parts<'_>,
    ) -> usize {
        let Scratch { state, child, choices, memory, .. } = scratch;
        if choices.is_empty() {
            self.system.enabled(state, choices);
        }
        let place = memory.memo.begin(key);
        let own = |choice: &&Choice| choice.actor() == actor;
        for choice in choices.iter().filter(own) {
            self.system.restore(child, state);
            let reports = self.system.apply(child, *choice);
            memory.after.clear();
            memory.after_ends.clear();
            self.system.encode_parts(child, &mut memory.after, &mut memory.after_ends);
            let after = Parts::new(&memory.after_ends, &memory.after);
            assert!(
                before.differs_only_in(scope, &after),
                "the step {choice} changes a part outside the scope of its actor"
            );
            memory.memo.add(place, scope, Move { choice: *choice, reports }, before, &after);
        }
        place
    }
}
