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

use super::book;
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
    /// What is asked of the lore about this state, and the keys of all questions. First that for
    /// its marks: the length of the key and its hash.
    questions: Vec<Question>,
    keys: Vec<u32>,
    viewed: (usize, u64),
    answer: Vec<u32>,
}

/// A question about a state: what an actor can do.
#[derive(Clone, Debug)]
struct Question {
    actor: Actor,
    scope: u128,
    key: Range<usize>,
    hash: u64,
}

impl Memory {
    pub(crate) fn new(worker: usize) -> Self {
        Self { worker, ..Self::default() }
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
        for index in 0..scratch.memory.questions.len() {
            let question = scratch.memory.questions[index].clone();
            self.moves(scratch, block, seen, &question);
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
    fn ask(&self, memory: &mut Memory) {
        let Memory { questions, keys, viewed, now, numbers, .. } = memory;
        questions.clear();
        keys.clear();
        keys.extend(members(self.view).map(|part| numbers[part]));
        *viewed = (keys.len(), book::hash(keys));
        for actor in 0..self.system.actors() {
            let scope = self.system.scope(now, actor) & self.all_parts();
            if scope == 0 {
                continue;
            }
            let start = keys.len();
            if scope != self.all_parts() {
                keys.push(u32::from(actor));
                keys.extend((0..self.parts.div_ceil(32)).map(|word| (scope >> (32 * word)) as u32));
                keys.extend(members(scope).map(|part| numbers[part]));
            }
            let hash = book::hash(&keys[start..]);
            questions.push(Question { actor, scope, key: start..keys.len(), hash });
        }
        self.lore.marks.open(std::iter::once(viewed.1));
        self.lore.moves.open(questions.iter().map(|question| question.hash));
    }

    /// Takes every step of an actor, from memory if it can.
    fn moves(
        &self,
        scratch: &mut Scratch<S>,
        block: &mut Block,
        seen: Sighting,
        question: &Question,
    ) {
        let Question { actor, scope, ref key, hash } = *question;
        if scope == self.all_parts() {
            // The state will not come again, so neither will the question.
            self.learn(scratch, actor, scope);
            let place = block.words.len();
            block.words.extend_from_slice(&scratch.memory.answer);
            return self.take_all(block, seen, Origin::Block, place, &scratch.memory.answer);
        }
        let asked = &scratch.memory.keys[key.clone()];
        if let Some(place) = self.lore.moves.find(asked, hash) {
            let words = self.lore.moves.answer(place, key.len());
            return self.take_all(block, seen, Origin::Lore, place as usize, words);
        }
        let place = match scratch.memory.news.moves.find(asked, hash) {
            Some(place) => place,
            None => {
                self.learn(scratch, actor, scope);
                let Memory { news, keys, answer, .. } = &mut scratch.memory;
                news.moves.write(&keys[key.clone()], hash, answer)
            }
        };
        let words = scratch.memory.news.moves.answer(place, key.len());
        self.take_all(block, seen, Origin::News, place as usize, words);
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
        let Memory { news, keys, viewed, .. } = &scratch.memory;
        let (key, hash) = (&keys[..viewed.0], viewed.1);
        for known in [&self.lore.marks, &news.marks] {
            if let Some(place) = known.find(key, hash) {
                return read_marks(known.answer(place, key.len()));
            }
        }
        self.decode(scratch);
        let marks = self.system.check(&scratch.state);
        let Memory { news, keys, viewed, answer, .. } = &mut scratch.memory;
        answer.clear();
        put_marks(marks, answer);
        news.marks.write(&keys[..viewed.0], viewed.1, answer);
        marks
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
