//! What is asked of the lore, about several states at once.
//!
//! A large book is read at places that are in no cache. So all that is to be asked about a few
//! states is put together first, then all those places are read, and then the questions are
//! answered one after the other: the processor waits for memory once, not once for each.
//!
//! States that come one after the other have much in common. What was asked about the state
//! before is not asked again, and what is said of a part that has not changed is not read again.

use std::ops::Range;

use super::book;
use super::expand::Expansion;
use super::lore::{Lore, Origin, members};
use super::recall::open;
use super::values::{Known, take_number};
use crate::choice::Actor;
use crate::system::System;

/// About so many states questions are put together.
pub(super) const TOGETHER: usize = 16;

/// A question about a state: what an actor can do, or what its marks are.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    pub(super) actor: Actor,
    pub(super) scope: u128,
    /// The question about the state before that has the same answer: this one has no key then.
    pub(super) same: Option<u32>,
    key: Range<u32>,
    pub(super) hash: u64,
    /// Where the answer begins, once it is known.
    pub(super) found: Option<(Origin, u32)>,
}

/// All that is asked about some states, and about the state before them.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// State by state; first the one for the marks, then those for the moves by actor.
    pub(super) all: Vec<Question>,
    /// Those about each state.
    pub(super) about: Vec<Range<usize>>,
    /// Those about the state before the one that is asked about next; none if it is forgotten.
    before: Range<usize>,
    keys: Vec<u32>,
    /// What has to be looked up.
    marks: Vec<u64>,
    moves: Vec<u64>,
    /// Of the state before: the numbers of its parts, what is said of them, and the scopes of all
    /// actors.
    numbers: Vec<u32>,
    digests: Vec<u128>,
    glances: Vec<u32>,
    scopes: Vec<Scope>,
}

/// A set of parts, and a list of them.
#[derive(Clone, Debug, Default)]
struct Scope {
    set: u128,
    parts: Vec<u8>,
}

impl Scope {
    fn become_set(&mut self, set: u128) {
        if self.set != set {
            self.set = set;
            self.parts.clear();
            self.parts.extend(members(set).map(|part| part as u8));
        }
    }
}

impl Questions {
    /// Forgets everything: where the answers are may have changed.
    pub(super) fn forget(&mut self) {
        self.before = 0..0;
    }

    /// Forgets all but the state before.
    pub(super) fn turn(&mut self) {
        self.all.truncate(self.before.end);
        self.all.drain(..self.before.start);
        self.before = 0..self.all.len();
        self.about.clear();
        self.keys.clear();
        self.marks.clear();
        self.moves.clear();
    }

    pub(super) fn key(&self, question: usize) -> &[u32] {
        let Range { start, end } = self.all[question].key;
        &self.keys[start as usize..end as usize]
    }

    /// Reads what the answers will need, so that it is in the cache afterwards.
    pub(super) fn open(&self, lore: &Lore) {
        lore.marks.open(self.marks.iter().copied());
        lore.moves.open(self.moves.iter().copied());
    }

    /// The same question about the state before, if there was one. `from` is where to look: both
    /// states ask by actor.
    fn earlier(&self, from: &mut usize, actor: Actor, scope: u128) -> Option<u32> {
        let rest = &self.all[*from..self.before.end];
        *from += rest.iter().take_while(|question| question.actor < actor).count();
        let there = self.all[..self.before.end].get(*from);
        there.filter(|there| there.actor == actor && there.scope == scope).map(|_| *from as u32)
    }
}

/// How a state differs from the one before.
struct Change {
    /// The parts that differ.
    parts: u128,
    /// Whether a glance of the view differs.
    looks: bool,
    /// Whether a digest differs.
    reaches: bool,
}

impl<S: System> Expansion<'_, S> {
    /// Puts together what is to be asked about a state, and appends the numbers of its parts to
    /// `numbers`.
    pub(super) fn ask(
        &self,
        asked: &mut Questions,
        known: &mut Known,
        record: &[u8],
        numbers: &mut Vec<u32>,
    ) {
        let change = self.look(asked, known, record);
        numbers.extend_from_slice(&asked.numbers);
        if change.reaches {
            asked.scopes.resize(usize::from(self.system.actors()), Scope::default());
            for (actor, scope) in asked.scopes.iter_mut().enumerate() {
                let set = self.system.scope(&asked.digests, actor as Actor);
                scope.become_set(set & self.all_parts());
            }
        }
        let start = asked.all.len();
        self.ask_for_marks(asked, change.looks);
        if !self.look_only {
            self.ask_for_moves(asked, change.parts);
        }
        asked.before = start..asked.all.len();
        asked.about.push(asked.before.clone());
    }

    /// Reads a record, and what is said of the values that the state before did not have.
    fn look(&self, asked: &mut Questions, known: &mut Known, mut record: &[u8]) -> Change {
        let first = asked.before.is_empty();
        let mut change = Change { parts: 0, looks: first, reaches: first };
        asked.numbers.resize(self.parts, 0);
        asked.digests.resize(self.parts, 0);
        asked.glances.resize(self.parts, 0);
        for part in 0..self.parts {
            let number = take_number(&mut record).expect("records of the frontier are whole");
            if asked.numbers[part] == number && !first {
                continue;
            }
            asked.numbers[part] = number;
            change.parts |= 1 << part;
            let (digest, glance) = known.about(part, number).unwrap_or_else(|| {
                known.catch_up(&open(self.values));
                known.about(part, number).expect("what is in a record has a number")
            });
            change.reaches |= asked.digests[part] != digest;
            change.looks |= asked.glances[part] != glance && self.view >> part & 1 == 1;
            (asked.digests[part], asked.glances[part]) = (digest, glance);
        }
        change
    }

    fn ask_for_marks(&self, asked: &mut Questions, looks: bool) {
        let mut question = Question::default();
        if looks {
            let start = asked.keys.len();
            asked.keys.extend(members(self.view).map(|part| asked.glances[part]));
            question.key = start as u32..asked.keys.len() as u32;
            question.hash = book::hash(&asked.keys[start..]);
            asked.marks.push(question.hash);
        } else {
            question.same = Some(asked.before.start as u32);
        }
        asked.all.push(question);
    }

    fn ask_for_moves(&self, asked: &mut Questions, changed: u128) {
        // Behind the question for the marks.
        let mut from = asked.before.end.min(asked.before.start + 1);
        for actor in 0..self.system.actors() {
            let set = asked.scopes[usize::from(actor)].set;
            if set == 0 {
                continue;
            }
            let mut question = Question { actor, scope: set, ..Question::default() };
            if changed & set == 0 {
                question.same = asked.earlier(&mut from, actor, set);
            }
            if question.same.is_none() && set != self.all_parts() {
                let Questions { keys, scopes, numbers, .. } = asked;
                let start = keys.len();
                keys.push(u32::from(actor));
                keys.extend((0..self.parts.div_ceil(32)).map(|word| (set >> (32 * word)) as u32));
                let parts = &scopes[usize::from(actor)].parts;
                keys.extend(parts.iter().map(|part| numbers[usize::from(*part)]));
                question.key = start as u32..keys.len() as u32;
                question.hash = book::hash(&keys[start..]);
                asked.moves.push(question.hash);
            }
            asked.all.push(question);
        }
    }
}
