//! The values that the parts of states take, each kept once and numbered.
//!
//! A state of a big model is a long list of bytes, but the same few values come again and again
//! in each of its parts: a thread is at one of a dozen places, a handle table never changes. So a
//! state is kept as a list of numbers, one for each part (what Spin calls collapse compression).
//!
//! A value's print is its XXH64, seeded by the part. The fingerprint of a state is the sum of the
//! prints of its parts: two states that differ have different sums as surely as one hash of all
//! bytes would tell them apart (any two collide with a chance of 2^-64), and a step that changes
//! two parts changes two summands.
//!
//! The numbers depend on who came first. Nothing that anybody sees depends on the numbers.

use std::collections::HashMap;

use hashbrown::HashTable;

use super::frontier::COLUMNS;
use crate::hash::hash_with_seed;
use crate::system::System;

/// Sets the prints of equal bytes in different parts apart.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// The print of a value.
pub(crate) fn print(part: usize, bytes: &[u8]) -> u64 {
    hash_with_seed(bytes, SEED.wrapping_mul(part as u64 + 1))
}

/// The fingerprint of a state cut into parts that end at `ends`.
pub(crate) fn fingerprint(bytes: &[u8], ends: &[u32]) -> u64 {
    let mut start = 0;
    let mut sum = 0_u64;
    for (part, end) in ends.iter().enumerate() {
        sum = sum.wrapping_add(print(part, &bytes[start..*end as usize]));
        start = *end as usize;
    }
    sum
}

/// What a system says of a value once, for all the states that have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) digest: u128,
    pub(crate) glance: Option<u128>,
}

impl About {
    pub(crate) fn of<S: System>(system: &S, state: &S::State, part: usize) -> Self {
        Self { digest: system.digest(state, part), glance: system.glance(state, part) }
    }
}

/// All values of one part.
#[derive(Clone, Debug, Default)]
struct Part {
    numbers: HashTable<u32>,
    prints: Vec<u64>,
    ends: Vec<usize>,
    bytes: Vec<u8>,
    digests: Vec<u128>,
    /// Equal for values with equal glances; a value without a glance has one of its own.
    glances: Vec<u32>,
    glanced: HashMap<u128, u32>,
    /// How many different glances there are.
    sights: u32,
}

impl Part {
    fn bytes(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    fn number(&mut self, bytes: &[u8], print: u64, about: impl FnOnce() -> About) -> u32 {
        let same =
            |number: &u32| self.prints[*number as usize] == print && self.bytes(*number) == bytes;
        if let Some(known) = self.numbers.find(print, same) {
            return *known;
        }
        let number = u32::try_from(self.prints.len()).expect("memory ends before the numbers do");
        let prints = &self.prints;
        self.numbers.insert_unique(print, number, |other| prints[*other as usize]);
        self.prints.push(print);
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        let About { digest, glance } = about();
        self.digests.push(digest);
        let next = self.sights;
        let glance = glance.map_or(next, |glance| *self.glanced.entry(glance).or_insert(next));
        self.sights += u32::from(glance == next);
        self.glances.push(glance);
        number
    }

    /// About: what the lists hold, whatever they have room for.
    fn memory(&self) -> usize {
        let each = 2 * size_of::<u32>() + size_of::<u64>() + size_of::<usize>() + size_of::<u128>();
        self.bytes.len() + self.prints.len() * each * 3 / 2
    }
}

/// The values of all parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    parts: Vec<Part>,
}

impl Values {
    pub(crate) fn new(parts: usize) -> Self {
        Self { parts: vec![Part::default(); parts] }
    }

    /// The number of a value, and its print. `about` is asked of a value that is new.
    pub(crate) fn number(
        &mut self,
        part: usize,
        bytes: &[u8],
        about: impl FnOnce() -> About,
    ) -> (u32, u64) {
        let print = print(part, bytes);
        (self.parts[part].number(bytes, print, about), print)
    }

    /// Puts the bytes of a state together, and appends to `ends` where each part ends.
    pub(crate) fn put_together(&self, state: &[u32], bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        let start = bytes.len();
        for (part, number) in self.parts.iter().zip(state) {
            bytes.extend_from_slice(part.bytes(*number));
            ends.push((bytes.len() - start) as u32);
        }
    }

    /// The part that has the most values: what states have in common if it is equal in them, is
    /// the most.
    pub(crate) fn most_varied(&self) -> usize {
        let counts = self.parts.iter().map(|part| part.prints.len()).enumerate();
        counts.fold((0, 0), |most, here| if here.1 > most.1 { here } else { most }).0
    }

    /// The print of one part of a recorded state.
    pub(crate) fn print_of(&self, part: usize, mut record: &[u8]) -> u64 {
        let number = (0..=part).map_while(|_| take_number(&mut record)).last();
        number.map_or(0, |number| self.parts[part].prints[number as usize])
    }

    /// The column of the frontier a state goes into, by the print of one part.
    pub(crate) fn column(&self, part: usize, state: &[u32]) -> usize {
        self.parts[part].prints[state[part] as usize] as usize % COLUMNS
    }

    pub(crate) fn memory(&self) -> usize {
        self.parts.iter().map(Part::memory).sum()
    }
}

/// One thread's copy of what is said of the values: reading it takes no lock that way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    parts: Vec<(Vec<u128>, Vec<u32>)>,
}

impl Known {
    /// The digest of a value and the number of its glance, if they are here.
    #[inline]
    pub(crate) fn about(&self, part: usize, number: u32) -> Option<(u128, u32)> {
        let (digests, glances) = self.parts.get(part)?;
        Some((*digests.get(number as usize)?, *glances.get(number as usize)?))
    }

    /// Copies what is new.
    pub(crate) fn catch_up(&mut self, values: &Values) {
        self.parts.resize(values.parts.len(), Default::default());
        for ((digests, glances), part) in self.parts.iter_mut().zip(&values.parts) {
            digests.extend_from_slice(&part.digests[digests.len()..]);
            glances.extend_from_slice(&part.glances[glances.len()..]);
        }
    }
}

/// Appends numbers in LEB128: most are small.
pub(crate) fn put_numbers(numbers: &[u32], record: &mut Vec<u8>) {
    for number in numbers {
        let mut left = *number;
        while left >= 0x80 {
            record.push(left as u8 | 0x80);
            left >>= 7;
        }
        record.push(left as u8);
    }
}

/// Takes a number from the start of a record. `None` if there is none.
#[inline]
pub(crate) fn take_number(record: &mut &[u8]) -> Option<u32> {
    let (first, rest) = record.split_first()?;
    if *first < 0x80 {
        *record = rest;
        return Some(u32::from(*first));
    }
    take_long_number(record)
}

fn take_long_number(record: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0_u32, 0);
    loop {
        let (byte, rest) = record.split_first()?;
        *record = rest;
        number |= u32::from(byte & 0x7F).checked_shl(shift)?;
        shift += 7;
        if *byte < 0x80 {
            return Some(number);
        }
    }
}

/// Takes `count` numbers from the start of a record. `None` if they are not there.
pub(crate) fn take_numbers(record: &mut &[u8], count: usize, into: &mut Vec<u32>) -> Option<()> {
    into.clear();
    for _ in 0..count {
        into.push(take_number(record)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_have_one_number_and_different_bytes_have_two() {
        let mut values = Values::new(2);
        let about = || About { digest: 7, glance: None };
        let number = |values: &mut Values, part, bytes: &[u8]| values.number(part, bytes, about).0;
        let first = number(&mut values, 0, b"a");
        assert_eq!(first, number(&mut values, 0, b"a"));
        assert_ne!(first, number(&mut values, 0, b""));
        for other in 0..1000_u32 {
            number(&mut values, 1, &other.to_le_bytes());
        }
        let last = number(&mut values, 1, &999_u32.to_le_bytes());
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        values.put_together(&[first, last], &mut bytes, &mut ends);
        assert_eq!((bytes.as_slice(), ends.as_slice()), (&b"a\xE7\x03\0\0"[..], &[1, 5][..]));
    }

    #[test]
    fn equal_glances_have_one_number_and_no_glance_has_its_own() {
        let (mut values, mut known) = (Values::new(1), Known::default());
        let glances = [Some(5), None, Some(6), Some(5), None, Some(6)];
        for (byte, glance) in glances.into_iter().enumerate() {
            values.number(0, &[byte as u8], || About { digest: 1 << 100, glance });
        }
        assert_eq!(known.about(0, 0), None);
        known.catch_up(&values);
        let seen = [0, 1, 2, 0, 3, 2].map(|glance| Some((1 << 100, glance)));
        assert_eq!([0, 1, 2, 3, 4, 5].map(|number| known.about(0, number)), seen);
        assert_eq!(known.about(0, 6), None);
    }

    #[test]
    fn a_fingerprint_is_the_sum_of_the_prints() {
        let sum = print(0, b"ab").wrapping_add(print(1, b"")).wrapping_add(print(2, b"c"));
        assert_eq!(fingerprint(b"abc", &[2, 2, 3]), sum);
        assert_ne!(print(0, b"ab"), print(1, b"ab"), "equal parts exchanged are another state");
    }

    #[test]
    fn numbers_of_any_size_are_read_back() {
        let numbers = [0, 1, 127, 128, 16_383, 16_384, u32::MAX];
        let mut record = Vec::new();
        put_numbers(&numbers, &mut record);
        let mut again = Vec::new();
        assert!(take_numbers(&mut record.as_slice(), numbers.len(), &mut again).is_some());
        assert_eq!(again, numbers);
        assert!(take_numbers(&mut &record[..3], numbers.len(), &mut again).is_none());
        assert!(take_numbers(&mut &[0xFF; 9][..], 1, &mut again).is_none(), "and no overflow");
    }
}
