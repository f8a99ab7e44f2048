//! Expanding a state from memory: what is known is looked up, the rest is learnt.
//!
//! A big model takes long to take a step, and takes the same step in many states: a worker that
//! asks a port for a packet does so whatever the other threads are doing. If the system cuts its
//! encoding into parts and names the parts an actor's next steps depend on
//! ([`System::scope`](crate::System::scope)), then the values of these parts decide the actor's
//! choices, what each reports, and what becomes of these parts. So an actor's moves are looked up
//! by those values, and made by the model only if they were not seen before; and so with what a
//! state says about the properties, by what these see of each part
//! ([`System::view`](crate::System::view), [`System::glance`](crate::System::glance)). Most states
//! are never decoded, most steps never taken by the model: it says what a step does, once.
//!
//! This changes no result: it is the same graph, and the steps come in the same order, by actor
//! and then by alternative. What a step changes is checked against its scope each time the model
//! takes one. What it depends on cannot be checked here; a test that explores with and without
//! memory can.
//!
//! What threads learn during a chunk of states is put together after it, so that what is known,
//! and the memory it takes, is the same for any number of threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::book::Book;
use super::expand::{Block, Expansion, Reached, Scratch};
use super::findings::Sighting;
use super::lore::{
    Lore, Origin, begin_move, end_move, put_change, put_marks, read_marks, split_move,
};
use super::questions::{Question, Questions};
use super::table::{shard_of, stored, tag_of};
use super::values::{self, About, Known, Values};
use crate::choice::{Actor, Choice};
use crate::property::{Marks, PropertySet};
use crate::system::System;

/// What one thread has learnt in this chunk, and the memory to work in.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Which of the threads it is.
    pub(crate) worker: usize,
    pub(crate) news: Lore,
    known: Known,
    asked: Questions,
    /// The bytes of the state being expanded, if it had to be decoded, and whether its choices are
    /// known.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    listed: bool,
    after: Vec<u8>,
    after_ends: Vec<u32>,
    answer: Vec<u32>,
}

impl Memory {
    pub(crate) fn new(worker: usize) -> Self {
        Self { worker, ..Self::default() }
    }

    /// Forgets the state before: where answers are may have changed.
    pub(crate) fn begin(&mut self) {
        self.asked.forget();
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
    let about = |part| About::of(system, state, part);
    let numbers: Vec<u32> =
        (0..ends.len()).map(|p| values.number(p, part(&bytes, &ends, p), || about(p)).0).collect();
    values::put_numbers(&numbers, record);
    stored(values::fingerprint(&bytes, &ends))
}

/// The bytes of one part.
pub(crate) fn part<'a>(bytes: &'a [u8], ends: &[u32], part: usize) -> &'a [u8] {
    let start = if part == 0 { 0 } else { ends[part - 1] as usize };
    &bytes[start..ends[part] as usize]
}

impl<S: System> Expansion<'_, S> {
    /// Looks at recorded states and puts all that follows from them into `block`.
    pub(super) fn recall(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        states: &[(u64, &[u8])],
    ) {
        let first = block.parents.len();
        let Memory { asked, known, .. } = &mut scratch.memory;
        asked.turn();
        for (fingerprint, record) in states {
            block.parents.push(tag_of(*fingerprint));
            self.ask(asked, known, record, &mut block.numbers);
        }
        asked.open(self.lore);
        for (index, (fingerprint, _)) in states.iter().enumerate() {
            let seen = Sighting { level: self.level, state: *fingerprint, in_step: false };
            self.answer(scratch, block, seen, index, first + index);
        }
    }

    pub(super) fn all_parts(&self) -> u128 {
        u128::MAX >> (128 - self.parts)
    }

    /// Answers all that is asked about one state, the one with this number in its block.
    fn answer(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        index: usize,
        number: usize,
    ) {
        let numbers = number * self.parts..(number + 1) * self.parts;
        scratch.memory.bytes.clear();
        scratch.memory.ends.clear();
        scratch.memory.listed = false;
        let questions = scratch.memory.asked.about[index].clone();
        let marks = self.marks(scratch, &block.numbers[numbers.clone()], questions.start);
        if !marks.is_empty() {
            block.findings.violated(marks.violated, seen);
            block.findings.witnessed(marks.witnessed, seen);
        }
        if self.look_only {
            self.list(scratch, &block.numbers[numbers]);
            match scratch.choices.is_empty() {
                true => self.end(&scratch.state, block, seen),
                false => block.findings.cut += 1,
            }
            return;
        }
        let before = block.findings.transitions;
        for question in questions.skip(1) {
            self.moves(scratch, block, seen, number, question);
        }
        if block.findings.transitions == before {
            self.decode(scratch, &block.numbers[numbers]);
            self.end(&scratch.state, block, seen);
        }
    }

    /// Takes every step of an actor, from memory if it can.
    fn moves(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        number: usize,
        question: usize,
    ) {
        let numbers = &block.numbers[number * self.parts..][..self.parts];
        let Question { actor, scope, .. } = scratch.memory.asked.all[question];
        if scope == self.all_parts() {
            // The state will not come again, so neither will the question.
            self.learn(scratch, numbers, actor, scope);
            let place = block.words.len();
            block.words.extend_from_slice(&scratch.memory.answer);
            return self.take_all(
                block,
                seen,
                number,
                Origin::Block,
                place,
                &scratch.memory.answer,
            );
        }
        let (origin, place) =
            self.find(&scratch.memory, |lore| &lore.moves, question).unwrap_or_else(|| {
                self.learn(scratch, numbers, actor, scope);
                let Memory { news, asked, answer, .. } = &mut scratch.memory;
                let hash = asked.all[question].hash;
                (Origin::News, news.moves.write(asked.key(question), hash, answer))
            });
        scratch.memory.asked.all[question].found = Some((origin, place));
        let book = match origin {
            Origin::Lore => &self.lore.moves,
            _ => &scratch.memory.news.moves,
        };
        self.take_all(block, seen, number, origin, place as usize, book.answer(place));
    }

    /// Where the answer to a question is, if it is known.
    fn find(
        &self,
        memory: &Memory,
        book: impl Fn(&Lore) -> &Book,
        question: usize,
    ) -> Option<(Origin, u32)> {
        let Question { same, hash, .. } = memory.asked.all[question];
        if let Some(same) = same {
            return memory.asked.all[same as usize].found;
        }
        let key = memory.asked.key(question);
        let old = book(self.lore).find(key, hash).map(|place| (Origin::Lore, place));
        old.or_else(|| book(&memory.news).find(key, hash).map(|place| (Origin::News, place)))
    }

    fn take_all(
        &self,
        block: &mut Block,
        seen: Sighting,
        number: usize,
        origin: Origin,
        place: usize,
        words: &[u32],
    ) {
        let place = u32::try_from(place).expect("a block has less than 2^32 words");
        let mut rest = words;
        while let Some((made, tail)) = split_move(rest) {
            if !made.reports.is_empty() {
                block.findings.violated(made.reports, Sighting { in_step: true, ..seen });
            }
            let fingerprint = stored(seen.state.wrapping_add(made.print));
            let place = place + (words.len() - rest.len()) as u32;
            let reached = Reached::remembered(fingerprint, origin, place, number as u16);
            block.bins[shard_of(fingerprint)].push(reached);
            block.findings.transitions += 1;
            rest = tail;
        }
    }

    /// What the state says about the properties.
    fn marks(&self, scratch: &mut Scratch<S>, numbers: &[u32], question: usize) -> Marks {
        if self.view == self.all_parts() {
            self.decode(scratch, numbers);
            return self.system.check(&scratch.state);
        }
        let (origin, place) =
            self.find(&scratch.memory, |lore| &lore.marks, question).unwrap_or_else(|| {
                self.decode(scratch, numbers);
                let marks = self.system.check(&scratch.state);
                let Memory { news, asked, answer, .. } = &mut scratch.memory;
                answer.clear();
                put_marks(marks, answer);
                let hash = asked.all[question].hash;
                (Origin::News, news.marks.write(asked.key(question), hash, answer))
            });
        scratch.memory.asked.all[question].found = Some((origin, place));
        let book = match origin {
            Origin::Lore => &self.lore.marks,
            _ => &scratch.memory.news.marks,
        };
        read_marks(book.answer(place))
    }

    /// Makes `scratch.state` the state being expanded, if it is not yet.
    fn decode(&self, scratch: &mut Scratch<S>, numbers: &[u32]) {
        let Memory { bytes, ends, .. } = &mut scratch.memory;
        if ends.is_empty() {
            open(self.values).put_together(numbers, bytes, ends);
            self.system.decode(bytes, &mut scratch.state);
        }
    }

    /// Makes `scratch.choices` the choices of the state being expanded.
    fn list(&self, scratch: &mut Scratch<S>, numbers: &[u32]) {
        if !scratch.memory.listed {
            self.decode(scratch, numbers);
            scratch.choices.clear();
            self.system.enabled(&scratch.state, &mut scratch.choices);
            scratch.memory.listed = true;
        }
    }

    /// Has the system take the steps of an actor; `scratch.memory.answer` is what they do.
    fn learn(&self, scratch: &mut Scratch<S>, numbers: &[u32], actor: Actor, scope: u128) {
        self.list(scratch, numbers);
        let Scratch { state, child, choices, memory, .. } = scratch;
        memory.answer.clear();
        for choice in choices.iter().filter(|choice| choice.actor() == actor) {
            self.system.restore(child, state);
            let reports = self.system.apply(child, *choice);
            memory.after.clear();
            memory.after_ends.clear();
            self.system.encode_parts(child, &mut memory.after, &mut memory.after_ends);
            self.write(child, memory, numbers, scope, *choice, reports);
        }
    }

    /// Adds what a step has changed to the answer.
    fn write(
        &self,
        child: &S::State,
        memory: &mut Memory,
        numbers: &[u32],
        scope: u128,
        choice: Choice,
        reports: PropertySet,
    ) {
        let Memory { bytes, ends, after, after_ends, answer, .. } = memory;
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
            let (number, print) =
                values.number(place, new, || About::of(self.system, child, place));
            difference = difference.wrapping_add(print).wrapping_sub(values::print(place, old));
            debug_assert_ne!(number, *old_number, "different bytes have different numbers");
            put_change(place, number, answer);
        }
        end_move(difference, head, answer);
    }
}
