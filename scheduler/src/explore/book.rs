//! A book of answers: lists of words, found by lists of words.
//!
//! An entry is the length of its key, the key, the length of its answer, and the answer, one
//! after the other in one list. Keys are compared whole: nothing rests on a hash.
//!
//! A large book is read at places that are in no cache. So whoever has several questions first
//! [opens](Book::open) it at all of them and asks then: the processor waits for memory once, not
//! once for each. (Library tables do not say where they will look; hence a plain table here.)

use std::hash::BuildHasher as _;
use std::hint::black_box;

use foldhash::fast::FixedState;

#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    /// In the upper half of each slot the upper half of a hash, in the lower one more than the
    /// place of the entry; 0 if free. Linear probing, at most three quarters full.
    slots: Vec<u64>,
    entries: usize,
    words: Vec<u32>,
}

/// Words in a line of the cache.
const LINE: usize = 16;
const SMALLEST: usize = 1 << 10;
/// Entries taken over at a time.
const TOGETHER: usize = 16;

/// What a key is looked up by.
pub(crate) fn hash(key: &[u32]) -> u64 {
    FixedState::default().hash_one(key)
}

/// A list of words behind its length, and what comes after it.
fn split_list(words: &[u32]) -> Option<(&[u32], &[u32])> {
    let (length, rest) = words.split_first()?;
    Some(rest.split_at(*length as usize))
}

/// Keys are short: comparing them here is faster than a call that compares any memory.
#[inline]
fn equal(one: &[u32], other: &[u32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

impl Book {
    fn home(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn key(&self, place: usize) -> &[u32] {
        &self.words[place + 1..][..self.words[place] as usize]
    }

    /// Reads what the questions with these hashes will need, so that it is in the cache afterwards.
    pub(crate) fn open(&self, hashes: impl Iterator<Item = u64> + Clone) {
        if self.slots.is_empty() {
            return;
        }
        let slots = hashes.map(|hash| self.slots[self.home(hash)]);
        black_box(slots.clone().fold(0, |seen, slot| seen ^ slot));
        // An entry is rarely longer than two lines of the cache.
        let words = slots.flat_map(|slot| {
            let place = slot as u32 as usize;
            [self.words.get(place), self.words.get(place + LINE)]
        });
        black_box(words.flatten().fold(0, |seen, word| seen ^ word));
    }

    /// Where the answer for `wanted` begins, if there is one.
    pub(crate) fn find(&self, wanted: &[u32], hash: u64) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mut slot = self.home(hash);
        loop {
            let there = self.slots[slot];
            if there == 0 {
                return None;
            }
            let place = (there as u32 - 1) as usize;
            if there >> 32 == hash >> 32 && equal(self.key(place), wanted) {
                return Some((place + 2 + wanted.len()) as u32);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// The words of the answer that begins at `place`.
    pub(crate) fn answer(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.words[place..][..self.words[place - 1] as usize]
    }

    /// All words from `place` on.
    pub(crate) fn words(&self, place: u32) -> &[u32] {
        &self.words[place as usize..]
    }

    /// Writes an entry whose key is not there yet. Returns where the answer begins.
    pub(crate) fn write(&mut self, wanted: &[u32], hash: u64, answer: &[u32]) -> u32 {
        if self.entries * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let place = u32::try_from(self.words.len()).expect("a book is emptied before it is full");
        self.words.push(wanted.len() as u32);
        self.words.extend_from_slice(wanted);
        self.words.push(answer.len() as u32);
        self.words.extend_from_slice(answer);
        self.enter(hash, place);
        self.entries += 1;
        place + 2 + wanted.len() as u32
    }

    fn enter(&mut self, hash: u64, place: u32) {
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = hash >> 32 << 32 | u64::from(place + 1);
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(SMALLEST)];
        let mut place = 0;
        while place < self.words.len() {
            let key = self.key(place);
            let answer = place + 1 + key.len();
            self.enter(hash(key), place as u32);
            place = answer + 1 + self.words[answer] as usize;
        }
    }

    /// Takes over every entry of `other` that is not here yet, and empties it.
    pub(crate) fn absorb(&mut self, other: &mut Book) {
        let mut rest = other.words.as_slice();
        let mut entries = std::iter::from_fn(|| {
            let (key, tail) = split_list(rest)?;
            let (answer, tail) = split_list(tail).expect("an entry is written whole");
            rest = tail;
            Some((hash(key), key, answer))
        });
        let mut some = Vec::with_capacity(TOGETHER);
        loop {
            some.clear();
            some.extend(entries.by_ref().take(TOGETHER));
            if some.is_empty() {
                break;
            }
            self.open(some.iter().map(|(hash, ..)| *hash));
            for (hash, key, answer) in &some {
                if self.find(key, *hash).is_none() {
                    self.write(key, *hash, answer);
                }
            }
        }
        if other.entries > 0 {
            other.slots.fill(0);
            other.entries = 0;
            other.words.clear();
        }
    }

    /// About: what the entries take, whatever there is room for.
    pub(crate) fn memory(&self) -> usize {
        self.words.len() * size_of::<u32>() + self.entries * size_of::<u64>() * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(book: &Book, key: &[u32]) -> Option<u32> {
        book.open([hash(key), 0].into_iter());
        book.find(key, hash(key))
    }

    #[test]
    fn every_answer_is_found_by_its_key_alone() {
        let (mut book, mut more) = (Book::default(), Book::default());
        for number in 0..5000_u32 {
            let key: Vec<u32> = (0..=number % 3).map(|word| number + word).collect();
            let into = if number % 2 == 0 { &mut book } else { &mut more };
            into.write(&key, hash(&key), &[number, 1]);
            let empty = [number, 0, 0, 0];
            more.write(&empty, hash(&empty), &[]);
        }
        book.absorb(&mut more);
        assert_eq!((ask(&more, &[1]), more.memory()), (None, 0));
        for number in 0..5000_u32 {
            let key: Vec<u32> = (0..=number % 3).map(|word| number + word).collect();
            let place = ask(&book, &key).expect("it was written");
            assert_eq!(book.answer(place), [number, 1]);
            assert_eq!(book.words(place)[0], number);
            let empty = ask(&book, &[number, 0, 0, 0]).expect("it was absorbed");
            assert!(book.answer(empty).is_empty());
        }
        assert_eq!(ask(&book, &[7, 7]), None);
        let memory = book.memory();
        book.absorb(&mut book.clone());
        assert_eq!(book.memory(), memory, "what is there already is not taken twice");
    }
}
