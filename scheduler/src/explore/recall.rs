//! Expanding a state from memory: what is known is looked up, the rest is learnt.
//!
//! A big model takes long to take a step, and takes the same step in many states: a worker that
//! asks a port for a packet does so whatever the other threads are doing. If the system cuts its
//! encoding into parts and names the parts an actor's next steps depend on
//! ([`System::scope`](crate::System::scope)), then the values of these parts decide the actor's
//! choices, what each reports, and what becomes of these parts. So an actor's moves are looked up
//! by those values, and made by the model only if they were not seen before; and so with what a
//! state says about the properties ([`System::view`](crate::System::view)). Most states are
//! never decoded, most steps never taken by the model: it says what a step does, once.
//!
//! This changes no result: it is the same graph, and the steps come in the same order, by actor
//! and then by alternative. What a step changes is checked against its scope each time the model
//! takes one. What it depends on cannot be checked here; a test that explores with and without
//! memory can.
//!
//! What threads learn during a chunk of states is put together after it, so that what is known,
//! and the memory it takes, is the same for any number of threads.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::book::{self, Book};
use super::expand::{Block, Expansion, Reached, Scratch};
use super::findings::Sighting;
use super::lore::{
    Lore, Origin, begin_move, end_move, members, put_change, put_marks, read_marks, split_move,
};
use super::table::{shard_of, stored, tag_of};
use super::values::{self, Digests, Values};
use crate::choice::{Actor, Choice};
use crate::property::{Marks, PropertySet};
use crate::system::System;

/// What one thread has learnt in this chunk, and the memory to work in.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Which of the threads it is.
    pub(crate) worker: usize,
    pub(crate) news: Lore,
    digests: Digests,
    /// The state being expanded: the numbers of its parts, and their digests.
    numbers: Vec<u32>,
    now: Vec<u128>,
    /// Its bytes, if it had to be decoded, and whether its choices are known.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    listed: bool,
    after: Vec<u8>,
    after_ends: Vec<u32>,
    /// What is asked about this state, and what was asked about the one before.
    asked: Questions,
    before: Questions,
    answer: Vec<u32>,
}

/// All that is asked of the lore about a state.
#[derive(Debug, Default)]
struct Questions {
    /// The keys of all questions; first that for the marks.
    keys: Vec<u32>,
    marks: Question,
    moves: Vec<Question>,
}

/// A question about a state: what an actor can do, or what its marks are.
#[derive(Clone, Debug, Default)]
struct Question {
    actor: Actor,
    scope: u128,
    key: Range<usize>,
    /// 0 if the answer was at hand.
    hash: u64,
    /// Where the answer begins, once it is known.
    found: Option<(Origin, u32)>,
}

impl Questions {
    fn clear(&mut self) {
        self.keys.clear();
        self.moves.clear();
        self.marks = Question::default();
    }

    fn key(&self, question: &Question) -> &[u32] {
        &self.keys[question.key.clone()]
    }
}

impl Memory {
    pub(crate) fn new(worker: usize) -> Self {
        Self { worker, ..Self::default() }
    }

    /// Forgets the state before: where answers are may have changed.
    pub(crate) fn begin(&mut self) {
        self.asked.clear();
    }
}

/// The values can be read whatever happened to another thread: they are only ever added to.
pub(crate) fn open(values: &Mutex<Values>) -> MutexGuard<'_, Values> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cuts a state into parts and appends their numbers to `record`. Returns its fingerprint.
pub(crate) fn collapse<S: System>(
    system: &S,
    values: &mut Values,
    state: &S::State,
    record: &mut Vec<u8>,
) -> u64 {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    system.encode_parts(state, &mut bytes, &mut ends);
    assert_eq!(ends.len(), system.parts(), "a state has always the same number of parts");
    let digest = |part| system.digest(state, part);
    let numbers: Vec<u32> =
        (0..ends.len()).map(|p| values.number(p, part(&bytes, &ends, p), || digest(p)).0).collect();
    values::put_numbers(&numbers, record);
    stored(values::fingerprint(&bytes, &ends))
}

/// The bytes of one part.
pub(crate) fn part<'a>(bytes: &'a [u8], ends: &[u32], part: usize) -> &'a [u8] {
    let start = if part == 0 { 0 } else { ends[part - 1] as usize };
    &bytes[start..ends[part] as usize]
}

impl<S: System> Expansion<'_, S> {
    /// Looks at a recorded state and puts all that follows from it into `block`.
    pub(super) fn recall(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        mut record: &[u8],
    ) {
        let memory = &mut scratch.memory;
        values::take_numbers(&mut record, self.parts, &mut memory.numbers)
            .expect("records of the frontier are whole");
        if !memory.digests.know(&memory.numbers) {
            memory.digests.catch_up(&open(self.values));
        }
        memory.digests.of(&memory.numbers, &mut memory.now);
        memory.bytes.clear();
        memory.ends.clear();
        memory.listed = false;
        self.ask(&mut scratch.memory);
        let marks = self.marks(scratch);
        if !marks.is_empty() {
            block.findings.violated(marks.violated, seen);
            block.findings.witnessed(marks.witnessed, seen);
        }
        if self.look_only {
            self.list(scratch);
            match scratch.choices.is_empty() {
                true => self.end(&scratch.state, block, seen),
                false => block.findings.cut += 1,
            }
            return;
        }
        block.parents.push(tag_of(seen.state));
        block.numbers.extend_from_slice(&scratch.memory.numbers);
        let first = block.findings.transitions;
        for index in 0..scratch.memory.asked.moves.len() {
            self.moves(scratch, block, seen, index);
        }
        if block.findings.transitions == first {
            self.decode(scratch);
            self.end(&scratch.state, block, seen);
        }
    }

    pub(super) fn all_parts(&self) -> u128 {
        u128::MAX >> (128 - self.parts)
    }

    /// Lists what is to be asked about a state, and has it read from memory all at once.
    ///
    /// States that come one after the other have much in common: often the same was asked about
    /// the state before.
    fn ask(&self, memory: &mut Memory) {
        let Memory { asked, before, now, numbers, .. } = memory;
        std::mem::swap(asked, before);
        asked.clear();
        asked.keys.extend(members(self.view).map(|part| numbers[part]));
        asked.marks.key = 0..asked.keys.len();
        if before.marks.found.is_some() && before.key(&before.marks) == asked.keys {
            asked.marks.found = before.marks.found;
        } else {
            asked.marks.hash = book::hash(&asked.keys);
        }
        let mut earlier = before.moves.iter().peekable();
        for actor in 0..self.system.actors() {
            let scope = self.system.scope(now, actor) & self.all_parts();
            if scope == 0 {
                continue;
            }
            let start = asked.keys.len();
            let mut question = Question { actor, scope, ..Question::default() };
            if scope != self.all_parts() {
                asked.keys.push(u32::from(actor));
                let words = (0..self.parts.div_ceil(32)).map(|word| (scope >> (32 * word)) as u32);
                asked.keys.extend(words);
                asked.keys.extend(members(scope).map(|part| numbers[part]));
                while earlier.next_if(|question| question.actor < actor).is_some() {}
                let key = &asked.keys[start..];
                match earlier.peek() {
                    Some(same) if same.found.is_some() && before.key(same) == key => {
                        question.found = same.found;
                    }
                    _ => question.hash = book::hash(key),
                }
            }
            question.key = start..asked.keys.len();
            asked.moves.push(question);
        }
        let unknown = |question: &&Question| question.found.is_none();
        self.lore.marks.open(Some(&asked.marks).filter(unknown).map(|q| q.hash).into_iter());
        self.lore.moves.open(asked.moves.iter().filter(unknown).map(|question| question.hash));
    }

    /// Takes every step of an actor, from memory if it can.
    fn moves(&self, scratch: &mut Scratch<S>, block: &mut Block, seen: Sighting, index: usize) {
        let Question { actor, scope, ref key, hash, found } = scratch.memory.asked.moves[index];
        if scope == self.all_parts() {
            // The state will not come again, so neither will the question.
            self.learn(scratch, actor, scope);
            let place = block.words.len();
            block.words.extend_from_slice(&scratch.memory.answer);
            return self.take_all(block, seen, Origin::Block, place, &scratch.memory.answer);
        }
        let key = key.clone();
        let (origin, place) = found.unwrap_or_else(|| {
            let known = self.find(&scratch.memory, |lore| &lore.moves, key.clone(), hash);
            let found = known.unwrap_or_else(|| {
                self.learn(scratch, actor, scope);
                let Memory { news, asked, answer, .. } = &mut scratch.memory;
                (Origin::News, news.moves.write(&asked.keys[key.clone()], hash, answer))
            });
            scratch.memory.asked.moves[index].found = Some(found);
            found
        });
        let book = match origin {
            Origin::Lore => &self.lore.moves,
            _ => &scratch.memory.news.moves,
        };
        self.take_all(block, seen, origin, place as usize, book.answer(place, key.len()));
    }

    /// Where the answer to a question is, if it is known.
    fn find(
        &self,
        memory: &Memory,
        book: impl Fn(&Lore) -> &Book,
        key: Range<usize>,
        hash: u64,
    ) -> Option<(Origin, u32)> {
        let key = &memory.asked.keys[key];
        let old = book(self.lore).find(key, hash).map(|place| (Origin::Lore, place));
        old.or_else(|| book(&memory.news).find(key, hash).map(|place| (Origin::News, place)))
    }

    fn take_all(
        &self,
        block: &mut Block,
        seen: Sighting,
        origin: Origin,
        place: usize,
        words: &[u32],
    ) {
        let place = u32::try_from(place).expect("a block has less than 2^32 words");
        let parent = block.parents.len() as u16 - 1;
        let mut rest = words;
        while let Some((made, tail)) = split_move(rest) {
            if !made.reports.is_empty() {
                block.findings.violated(made.reports, Sighting { in_step: true, ..seen });
            }
            let fingerprint = stored(seen.state.wrapping_add(made.print));
            let place = place + (words.len() - rest.len()) as u32;
            let reached = Reached::remembered(fingerprint, origin, place, parent);
            block.bins[shard_of(fingerprint)].push(reached);
            block.findings.transitions += 1;
            rest = tail;
        }
    }

    /// What the state says about the properties.
    fn marks(&self, scratch: &mut Scratch<S>) -> Marks {
        let view = self.view;
        if view == self.all_parts() {
            self.decode(scratch);
            return self.system.check(&scratch.state);
        }
        let Question { ref key, hash, found, .. } = scratch.memory.asked.marks;
        let key = key.clone();
        let known = || self.find(&scratch.memory, |lore| &lore.marks, key.clone(), hash);
        let (origin, place) = match found.or_else(known) {
            Some(found) => found,
            None => {
                self.decode(scratch);
                let marks = self.system.check(&scratch.state);
                let Memory { news, asked, answer, .. } = &mut scratch.memory;
                answer.clear();
                put_marks(marks, answer);
                (Origin::News, news.marks.write(&asked.keys[key.clone()], hash, answer))
            }
        };
        scratch.memory.asked.marks.found = Some((origin, place));
        let book = match origin {
            Origin::Lore => &self.lore.marks,
            _ => &scratch.memory.news.marks,
        };
        read_marks(book.answer(place, key.len()))
    }

    /// Makes `scratch.state` the state being expanded, if it is not yet.
    fn decode(&self, scratch: &mut Scratch<S>) {
        let Memory { numbers, bytes, ends, .. } = &mut scratch.memory;
        if ends.is_empty() {
            open(self.values).put_together(numbers, bytes, ends);
            self.system.decode(bytes, &mut scratch.state);
        }
    }

    /// Makes `scratch.choices` the choices of the state being expanded.
    fn list(&self, scratch: &mut Scratch<S>) {
        if !scratch.memory.listed {
            self.decode(scratch);
            scratch.choices.clear();
            self.system.enabled(&scratch.state, &mut scratch.choices);
            scratch.memory.listed = true;
        }
    }

    /// Has the system take the steps of an actor; `scratch.memory.answer` is what they do.
    fn learn(&self, scratch: &mut Scratch<S>, actor: Actor, scope: u128) {
        self.list(scratch);
        let Scratch { state, child, choices, memory, .. } = scratch;
        memory.answer.clear();
        for choice in choices.iter().filter(|choice| choice.actor() == actor) {
            self.system.restore(child, state);
            let reports = self.system.apply(child, *choice);
            memory.after.clear();
            memory.after_ends.clear();
            self.system.encode_parts(child, &mut memory.after, &mut memory.after_ends);
            self.write(child, memory, scope, *choice, reports);
        }
    }

    /// Adds what a step has changed to the answer.
    fn write(
        &self,
        child: &S::State,
        memory: &mut Memory,
        scope: u128,
        choice: Choice,
        reports: PropertySet,
    ) {
        let Memory { numbers, bytes, ends, after, after_ends, answer, .. } = memory;
        let head = answer.len();
        begin_move(reports, answer);
        let mut difference = 0_u64;
        let mut values = open(self.values);
        for (place, old_number) in numbers.iter().enumerate() {
            let (old, new) = (part(bytes, ends, place), part(after, after_ends, place));
            if old == new {
                continue;
            }
            assert!(
                scope >> place & 1 == 1,
                "the step {choice} changes a part outside the scope of its actor"
            );
            let (number, print) = values.number(place, new, || self.system.digest(child, place));
            difference = difference.wrapping_add(print).wrapping_sub(values::print(place, old));
            debug_assert_ne!(number, *old_number, "different bytes have different numbers");
            put_change(place, number, answer);
        }
        end_move(difference, head, answer);
    }
}
