//! What an actor can do, remembered.
//!
//! A big model takes long to take a step, and takes the same step in many states: a worker that
//! asks a port for a packet does so whatever the other threads are doing. If the system cuts its
//! encoding into parts and names the parts an actor's next steps depend on
//! ([`System::scope`](crate::System::scope)), then the bytes of these parts decide the actor's
//! choices, what each reports, and what becomes of these parts. So the moves of an actor are
//! looked up by those bytes, and only made by the model if they were not seen before; the states
//! after them are put together from parts, without the model.
//!
//! This changes no result: it is the same graph, faster. What a step changes is checked against
//! its scope each time the model makes one. What it depends on cannot be checked here; a test
//! that explores with and without the memory can.
//!
//! Keys are compared by 128 bits of hash: with a thousand million keys the chance that two are
//! taken for one is below 10^-20. Each thread remembers for itself. When the memory is full
//! it is emptied: what is needed comes back.

use std::hint::black_box;

use crate::choice::Choice;
use crate::hash::hash_with_seed;
use crate::property::PropertySet;

const SECOND_SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const SMALLEST: usize = 1 << 10;
/// Bytes all threads together may remember, however few states there are, and however many.
const LEAST_BYTES: usize = 4 << 20;
const MOST_BYTES: usize = 256 << 20;
/// In between: so many bytes for each state known.
const BYTES_A_STATE: usize = 6;

/// How many bytes all threads together may remember in a search that knows so many states.
pub(crate) fn allowance(states: u64) -> usize {
    (states as usize).saturating_mul(BYTES_A_STATE).clamp(LEAST_BYTES, MOST_BYTES)
}

/// A state cut into parts: where they end, their lengths as recorded, and all bytes in one piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    ends: &'a [u32],
    lengths: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The parts of a state that the system has just encoded.
    pub(crate) fn new(ends: &'a [u32], bytes: &'a [u8]) -> Self {
        Self { ends, lengths: &[], bytes }
    }

    /// Reads a record of so many parts: the length of each in LEB128, then the parts.
    pub(crate) fn read(record: &'a [u8], count: usize, ends: &'a mut Vec<u32>) -> Self {
        ends.clear();
        let (mut place, mut end) = (0, 0);
        for _ in 0..count {
            let (mut length, mut shift) = (0, 0);
            loop {
                let byte = record[place];
                place += 1;
                length |= u32::from(byte & 0x7F) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            end += length;
            ends.push(end);
        }
        let (lengths, bytes) = record.split_at(place);
        Self { ends, lengths, bytes }
    }

    fn start(&self, part: usize) -> usize {
        if part == 0 { 0 } else { self.ends[part - 1] as usize }
    }

    fn part(&self, part: usize) -> &'a [u8] {
        &self.bytes[self.start(part)..self.ends[part] as usize]
    }

    /// Whether `after` differs only in parts of `scope`.
    pub(crate) fn differs_only_in(&self, scope: u128, after: &Self) -> bool {
        let same = |part: usize| scope >> part & 1 == 1 || self.part(part) == after.part(part);
        self.ends.len() == after.ends.len() && (0..self.ends.len()).all(same)
    }
}

/// The bytes of a record of so many parts, after the lengths.
pub(crate) fn content(record: &[u8], count: usize) -> &[u8] {
    let last = record.iter().enumerate().filter(|(_, byte)| **byte < 0x80).nth(count - 1);
    &record[last.map_or(record.len(), |(place, _)| place + 1)..]
}

/// Appends the length of each part.
pub(crate) fn put_lengths(ends: &[u32], record: &mut Vec<u8>) {
    let mut start = 0;
    for end in ends {
        put_length(end - start, record);
        start = *end;
    }
}

fn put_length(mut length: u32, record: &mut Vec<u8>) {
    while length >= 0x80 {
        record.push(length as u8 | 0x80);
        length >>= 7;
    }
    record.push(length as u8);
}

/// The bits of a set of parts, in ascending order.
pub(crate) fn members(mut scope: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let part = scope.trailing_zeros();
        scope &= scope.wrapping_sub(1);
        (part < 128).then_some(part as usize)
    })
}

/// What decides the moves of an actor, as a number.
pub(crate) type Key = [u64; 2];

/// The key of an actor in a state. `text` is memory to work in.
pub(crate) fn key(actor: u16, scope: u128, state: &Parts<'_>, text: &mut Vec<u8>) -> Key {
    text.clear();
    text.extend_from_slice(&scope.to_le_bytes());
    text.extend_from_slice(&actor.to_le_bytes());
    for part in members(scope) {
        let bytes = state.part(part);
        text.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
        text.extend_from_slice(bytes);
    }
    [hash_with_seed(text, 0), hash_with_seed(text, SECOND_SEED)]
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: Key,
    /// One more than the place of the moves; 0 if the slot is free.
    place: u32,
}

/// The moves remembered by one thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    slots: Vec<Slot>,
    used: usize,
    /// For each key: the number of moves, then the moves (see [`Entry`]).
    bytes: Vec<u8>,
}

impl Memo {
    fn slot(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = key[0] as usize & mask;
        while self.slots[slot].place != 0 && self.slots[slot].key != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Where the moves for a key are, if they are remembered.
    pub(crate) fn find(&self, key: Key) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        self.slots[self.slot(key)].place.checked_sub(1).map(|place| place as usize)
    }

    /// Begins to remember the moves for a key that is not remembered; [`add`](Self::add) them.
    pub(crate) fn begin(&mut self, key: Key) -> usize {
        if self.used * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let place = self.bytes.len();
        let slot = self.slot(key);
        self.slots[slot] = Slot { key, place: place as u32 + 1 };
        self.used += 1;
        self.bytes.extend_from_slice(&[0; 2]);
        place
    }

    /// Adds a move to the moves that [`begin`](Self::begin) has begun at `place`.
    pub(crate) fn add(
        &mut self,
        place: usize,
        scope: u128,
        made: Move,
        before: &Parts<'_>,
        after: &Parts<'_>,
    ) {
        let [low, high] = [self.bytes[place], self.bytes[place + 1]];
        let count = u16::from_le_bytes([low, high]).checked_add(1);
        let count = count.expect("an actor has at most 65,535 alternatives");
        self.bytes[place..place + 2].copy_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&made.choice.to_bits().to_le_bytes());
        self.bytes.push(u8::from(!made.reports.is_empty()));
        if !made.reports.is_empty() {
            self.bytes.extend_from_slice(&made.reports.to_bits().to_le_bytes());
        }
        let changed = members(scope).filter(|part| before.part(*part) != after.part(*part));
        let changed: Vec<usize> = changed.collect();
        self.bytes.push(changed.len() as u8);
        for part in changed {
            let bytes = after.part(part);
            self.bytes.push(part as u8);
            self.bytes.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The moves remembered at `place`.
    pub(crate) fn moves(&self, place: usize) -> Moves<'_> {
        let mut moves = Moves { left: 0, rest: &self.bytes[place..] };
        moves.left = u16::from_le_bytes(moves.take());
        moves
    }

    /// Reads the slots of all of `keys`, so that they are in the cache afterwards.
    pub(crate) fn touch(&self, keys: impl Iterator<Item = Key>) {
        if !self.slots.is_empty() {
            let mask = self.slots.len() - 1;
            let places = keys.map(|key| self.slots[key[0] as usize & mask].place);
            black_box(places.fold(0, |seen, place| seen ^ place));
        }
    }

    /// Forgets everything if it has become more than `allowed` bytes.
    pub(crate) fn tidy(&mut self, allowed: usize) {
        if self.slots.len() * size_of::<Slot>() + self.bytes.len() > allowed {
            *self = Self::default();
        }
    }

    fn grow(&mut self) {
        let larger = vec![Slot::default(); (self.slots.len() * 2).max(SMALLEST)];
        let before = std::mem::replace(&mut self.slots, larger);
        for slot in before.into_iter().filter(|slot| slot.place != 0) {
            let place = self.slot(slot.key);
            self.slots[place] = slot;
        }
    }
}

/// One move: what was chosen and what the step reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub(crate) choice: Choice,
    pub(crate) reports: PropertySet,
}

/// The moves of an actor, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moves<'a> {
    left: u16,
    rest: &'a [u8],
}

impl<'a> Moves<'a> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, rest) = self.rest.split_first_chunk::<N>().expect("moves are remembered whole");
        self.rest = rest;
        *head
    }

    /// Takes the next move, and appends to `record` the state it leads to from `before`.
    /// Returns the move and where in the record the parts begin, after their lengths.
    pub(crate) fn next(
        &mut self,
        before: &Parts<'_>,
        record: &mut Vec<u8>,
    ) -> Option<(Move, usize)> {
        self.left = self.left.checked_sub(1)?;
        let choice = Choice::from_bits(u32::from_le_bytes(self.take()));
        let [reported] = self.take();
        let reports = if reported == 0 {
            PropertySet::EMPTY
        } else {
            PropertySet::from_bits(u128::from_le_bytes(self.take()))
        };
        self.lengths(before, record);
        let start = record.len();
        let [changed] = self.take();
        let mut copied = 0;
        for _ in 0..changed {
            let (part, bytes) = self.change();
            record.extend_from_slice(&before.bytes[copied..before.start(part)]);
            record.extend_from_slice(bytes);
            copied = before.ends[part] as usize;
        }
        record.extend_from_slice(&before.bytes[copied..]);
        Some((Move { choice, reports }, start))
    }

    /// The number of the next changed part, and what it becomes.
    fn change(&mut self) -> (usize, &'a [u8]) {
        let [part] = self.take();
        let length = u16::from_le_bytes(self.take());
        let (bytes, rest) = self.rest.split_at(usize::from(length));
        self.rest = rest;
        (usize::from(part), bytes)
    }

    /// Appends the lengths of the parts of the state the next move leads to.
    fn lengths(mut self, before: &Parts<'_>, record: &mut Vec<u8>) {
        let [changed] = self.take();
        let place = record.len();
        record.extend_from_slice(before.lengths);
        // One byte for each length, nearly always: then it is at the place of its part.
        let short = before.lengths.len() == before.ends.len();
        let mut ahead = self;
        if short && (0..changed).all(|_| ahead.change().1.len() < 0x80) {
            for _ in 0..changed {
                let (part, bytes) = self.change();
                record[place + part] = bytes.len() as u8;
            }
            return;
        }
        record.truncate(place);
        let mut next = (0..changed).map(|_| self.change()).peekable();
        for part in 0..before.ends.len() {
            let now = next.next_if(|(changed, _)| *changed == part);
            let length = now.map_or(before.part(part).len(), |(_, bytes)| bytes.len());
            put_length(length as u32, record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of parts of these lengths when some become as long as said.
    fn check(before: &[usize], changes: &[(usize, usize)]) {
        let content = |lengths: &[usize], fill: u8| -> (Vec<u32>, Vec<u8>) {
            let (mut ends, mut bytes) = (Vec::new(), Vec::new());
            for (part, length) in lengths.iter().enumerate() {
                let changed = changes.iter().any(|(it, _)| *it == part);
                bytes.resize(bytes.len() + length, part as u8 + if changed { fill } else { 0 });
                ends.push(bytes.len() as u32);
            }
            (ends, bytes)
        };
        let mut after = before.to_vec();
        changes.iter().for_each(|(part, length)| after[*part] = *length);
        let ((ends, bytes), (later_ends, later_bytes)) = (content(before, 0), content(&after, 100));
        let mut record = Vec::new();
        put_lengths(&ends, &mut record);
        record.extend_from_slice(&bytes);
        let mut memory = Vec::new();
        let from = Parts::read(&record, before.len(), &mut memory);
        let to = Parts::new(&later_ends, &later_bytes);
        let scope = changes.iter().fold(0, |scope, (part, _)| scope | 1 << part);
        assert!(from.differs_only_in(scope, &to));
        let mut memo = Memo::default();
        let key = key(3, scope, &from, &mut Vec::new());
        let made = Move { choice: Choice::new(3, 4), reports: PropertySet::EMPTY.with(9) };
        let place = memo.begin(key);
        memo.add(place, scope, made, &from, &to);
        memo.add(place, scope, made, &from, &to);
        let mut moves = memo.moves(memo.find(key).expect("remembered"));
        for _ in 0..2 {
            let mut next = vec![1, 2, 3];
            let (found, start) = moves.next(&from, &mut next).expect("two moves");
            assert_eq!((found.choice, found.reports), (made.choice, made.reports));
            assert_eq!(next[start..], later_bytes);
            let mut memory = Vec::new();
            let again = Parts::read(&next[3..], before.len(), &mut memory);
            assert_eq!((again.ends, again.bytes), (later_ends.as_slice(), later_bytes.as_slice()));
        }
        assert!(moves.next(&from, &mut Vec::new()).is_none());
    }

    #[test]
    fn a_state_is_put_together_from_parts_of_any_length() {
        check(&[3, 0, 7], &[(1, 5)]);
        check(&[3, 0, 7], &[(0, 0), (2, 127)]);
        check(&[3, 0, 7], &[(0, 128)]);
        check(&[300, 2, 128, 1], &[(1, 3), (2, 4)]);
        check(&[300, 2], &[(0, 3)]);
        check(&[4, 4], &[]);
    }

    #[test]
    fn what_is_remembered_is_found_until_it_is_forgotten() {
        let mut memo = Memo::default();
        let key_of = |n: u64| [hash_with_seed(&n.to_le_bytes(), 0), n];
        let keys: Vec<Key> = (0..50_000).map(key_of).collect();
        let places: Vec<usize> = keys.iter().map(|key| memo.begin(*key)).collect();
        for (key, place) in keys.iter().zip(places) {
            assert_eq!(memo.find(*key), Some(place));
        }
        assert_eq!(memo.find([1, 1]), None);
        memo.tidy(usize::MAX);
        assert!(memo.find(keys[7]).is_some());
        for n in 50_000..300_000 {
            memo.begin(key_of(n));
        }
        memo.tidy(allowance(10));
        assert_eq!(memo.find(keys[7]), None);
    }
}
