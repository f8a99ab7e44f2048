//! What is known of the moves of actors and of the marks of states, in words.
//!
//! ```text
//! an actor's moves  move after move
//! a move            reported | words of changes << 1, what it adds to the fingerprint (low, high),
//!                   the properties it reports (4 words, if any), its changes
//! a change          the part (7 bits) | its new number << 7; a number too wide in a word more
//! marks             nothing, if there are none; or violated (4 words), witnessed (4 words)
//! ```

use std::hint::black_box;

use super::book::Book;
use super::expand::{Block, Reached};
use super::share::share;
use crate::property::{Marks, PropertySet};

/// Bytes of lore however few states there are, and however many.
const LEAST_BYTES: usize = 64 << 20;
const MOST_BYTES: usize = 512 << 20;
/// In between: so many bytes for each state known.
const BYTES_A_STATE: usize = 16;

/// What is known of the moves of actors and of the marks of states. What is forgotten is learnt
/// again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lore {
    pub(crate) moves: Book,
    pub(crate) marks: Book,
}

impl Lore {
    /// Takes over what the threads have learnt, and empties it.
    pub(crate) fn absorb<'a>(&mut self, news: impl Iterator<Item = &'a mut Lore>, threads: usize) {
        let (moves, marks): (Vec<_>, Vec<_>) =
            news.map(|lore| (&mut lore.moves, &mut lore.marks)).unzip();
        let work = [(&mut self.moves, moves), (&mut self.marks, marks)];
        share(work.into_iter(), &mut vec![(); threads], |(known, news), ()| {
            news.into_iter().for_each(|book| known.absorb(book));
        });
    }

    /// Forgets everything if it has become too much for a search that knows so many states.
    pub(crate) fn tidy(&mut self, states: u64) {
        let allowed = (states as usize).saturating_mul(BYTES_A_STATE);
        if self.memory() > allowed.clamp(LEAST_BYTES, MOST_BYTES) {
            *self = Lore::default();
        }
    }

    pub(crate) fn memory(&self) -> usize {
        self.moves.memory() + self.marks.memory()
    }
}

/// The members of a set of parts, in ascending order.
pub(crate) fn members(mut scope: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let part = scope.trailing_zeros();
        scope &= scope.wrapping_sub(1);
        (part < 128).then_some(part as usize)
    })
}

fn put_bits(bits: u128, words: &mut Vec<u32>) {
    words.extend((0..4).map(|word| (bits >> (32 * word)) as u32));
}

fn bits(words: &[u32]) -> u128 {
    words.iter().take(4).rev().fold(0, |bits, word| bits << 32 | u128::from(*word))
}

pub(crate) fn put_marks(marks: Marks, words: &mut Vec<u32>) {
    if !marks.is_empty() {
        put_bits(marks.violated.to_bits(), words);
        put_bits(marks.witnessed.to_bits(), words);
    }
}

pub(crate) fn read_marks(words: &[u32]) -> Marks {
    let set = |words| PropertySet::from_bits(bits(words));
    match words.split_at_checked(4) {
        Some((violated, witnessed)) => Marks { violated: set(violated), witnessed: set(witnessed) },
        None => Marks::NONE,
    }
}

/// A move, as its words tell it.
#[derive(Debug)]
pub(crate) struct Move<'a> {
    pub(crate) reports: PropertySet,
    /// What it adds to the fingerprint.
    pub(crate) print: u64,
    changes: &'a [u32],
}

/// The first move in `words`, and the rest. `None` if there is none.
pub(crate) fn split_move(words: &[u32]) -> Option<(Move<'_>, &[u32])> {
    let [head, low, high, rest @ ..] = words else { return None };
    let (reported, changed) = (head & 1 != 0, (head >> 1) as usize);
    let (reports, rest) = rest.split_at(if reported { 4 } else { 0 });
    let (changes, rest) = rest.split_at(changed);
    let print = u64::from(*low) | u64::from(*high) << 32;
    Some((Move { reports: PropertySet::from_bits(bits(reports)), print, changes }, rest))
}

/// Begins a move; its changes follow, and then [`end_move`].
pub(crate) fn begin_move(reports: PropertySet, words: &mut Vec<u32>) {
    words.extend_from_slice(&[u32::from(!reports.is_empty()), 0, 0]);
    if !reports.is_empty() {
        put_bits(reports.to_bits(), words);
    }
}

/// Ends the move that began at `head`.
pub(crate) fn end_move(print: u64, head: usize, words: &mut [u32]) {
    let before = if words[head] & 1 != 0 { 7 } else { 3 };
    words[head] |= ((words.len() - head - before) as u32) << 1;
    words[head + 1] = print as u32;
    words[head + 2] = (print >> 32) as u32;
}

/// Numbers from here on have a word of their own.
const WIDE: u32 = (1 << 25) - 1;

/// Adds a part and its new number to the move being written.
pub(crate) fn put_change(part: usize, number: u32, words: &mut Vec<u32>) {
    words.push(part as u32 | number.min(WIDE) << 7);
    if number >= WIDE {
        words.push(number);
    }
}

fn changes(words: &[u32]) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut words = words.iter().copied();
    std::iter::from_fn(move || {
        let word = words.next()?;
        let number = if word >> 7 == WIDE { words.next()? } else { word >> 7 };
        Some(((word & 127) as usize, number))
    })
}

/// Where the moves are that lead to a state. Keys that can never come again are not remembered:
/// their moves are in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Lore = 0,
    News = 1,
    Block = 2,
}

impl Block {
    /// The words of the move that leads to a state reached from memory, and all that follow.
    fn words_of<'a>(&'a self, reached: &Reached, lore: &'a Lore, news: &'a Lore) -> &'a [u32] {
        match reached.origin() {
            Origin::Lore => lore.moves.words(reached.place),
            Origin::News => news.moves.words(reached.place),
            Origin::Block => &self.words[reached.place as usize..],
        }
    }

    /// Reads what it takes to [`follow`](Self::follow), so that it is in the cache afterwards.
    pub(crate) fn touch(&self, reached: &[Reached], lore: &Lore, news: &Lore) {
        let seen = |reached: &Reached| {
            self.words_of(reached, lore, news)[0] ^ self.numbers_of_parent(reached)[0]
        };
        black_box(reached.iter().fold(0, |all, reached| all ^ seen(reached)));
    }

    /// The numbers of the parts of a state reached from memory, in `into`.
    pub(crate) fn follow(&self, reached: &Reached, lore: &Lore, news: &Lore, into: &mut Vec<u32>) {
        let words = self.words_of(reached, lore, news);
        let (made, _) = split_move(words).expect("moves are remembered whole");
        into.clear();
        into.extend_from_slice(self.numbers_of_parent(reached));
        for (part, number) in changes(made.changes) {
            into[part] = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_read_as_they_were_written() {
        let reports = [PropertySet::EMPTY, PropertySet::EMPTY.with(0).with(127)];
        let wanted: Vec<(usize, u32)> =
            vec![(0, 0), (127, WIDE - 1), (3, WIDE), (4, u32::MAX), (5, 6)];
        let mut words = Vec::new();
        for (print, reports) in [u64::MAX, 1 << 40].into_iter().zip(reports) {
            let head = words.len();
            begin_move(reports, &mut words);
            wanted.iter().for_each(|(part, number)| put_change(*part, *number, &mut words));
            end_move(print, head, &mut words);
        }
        let (first, rest) = split_move(&words).expect("two moves");
        let (second, rest) = split_move(rest).expect("two moves");
        assert!(split_move(rest).is_none());
        assert_eq!((first.print, second.print), (u64::MAX, 1 << 40));
        assert_eq!([first.reports, second.reports], reports);
        assert!([first, second].iter().all(|made| changes(made.changes).eq(wanted.clone())));
    }

    #[test]
    fn marks_are_read_as_they_were_written() {
        let some = PropertySet::EMPTY.with(5);
        for (violated, witnessed) in [(some, some), (PropertySet::EMPTY, some.with(100))] {
            let (marks, mut words) = (Marks { violated, witnessed }, Vec::new());
            put_marks(marks, &mut words);
            assert_eq!(read_marks(&words), marks);
        }
        assert_eq!(read_marks(&[]), Marks::NONE);
    }
}
