//! The states of one level, encoded, in the order in which they will be expanded.
//!
//! A row of segments for each shard of the table, so that whoever fills a shard of the table fills
//! a row of the frontier with nobody's leave; a column for states that have much in common. Once
//! the level is whole each column is sorted, so that states with an equal part come one after the
//! other: what is remembered about them is in the cache while they are expanded, and two threads
//! rarely learn the same. The order (by column, then as sorted, or else by row and by arrival) is
//! the same for any number of threads.

use std::ops::Range;

use super::share::share;
use super::table::{SHARDS, shard_of};

/// Every so many states the place in the arena is noted, so that a walk can start there.
const STRIDE: usize = 64;
/// Bytes by which an arena grows at least.
const LEAST_ROOM: usize = 512;
/// How many columns there are.
pub(crate) const COLUMNS: usize = 64;
const SEGMENTS: usize = SHARDS * COLUMNS;

/// Encoded states, one after the other in one arena: each is its fingerprint, the length of its
/// record, and the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    states: usize,
    places: Vec<usize>,
    arena: Vec<u8>,
}

/// The bytes before a record.
const HEAD: usize = size_of::<u64>() + size_of::<u16>();

/// The state at the start of an arena: its fingerprint, its record, and what comes after it.
#[inline]
fn split_state(arena: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let (fingerprint, rest) = arena.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (record, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((u64::from_le_bytes(*fingerprint), record, rest))
}

impl Segment {
    pub(crate) fn push(&mut self, fingerprint: u64, record: &[u8]) {
        if self.states.is_multiple_of(STRIDE) {
            self.places.push(self.arena.len());
        }
        self.states += 1;
        make_room(&mut self.arena, HEAD + record.len());
        self.arena.extend_from_slice(&fingerprint.to_le_bytes());
        self.arena.extend_from_slice(&(record.len() as u16).to_le_bytes());
        self.arena.extend_from_slice(record);
    }

    pub(crate) fn len(&self) -> usize {
        self.states
    }

    /// The states numbered `range`, in order.
    pub(crate) fn walk(&self, range: Range<usize>) -> impl Iterator<Item = (u64, &[u8])> {
        let place = self.places.get(range.start / STRIDE).copied().unwrap_or(self.arena.len());
        let mut rest = &self.arena[place..];
        let states = std::iter::from_fn(move || {
            let (fingerprint, record, after) = split_state(rest)?;
            rest = after;
            Some((fingerprint, record))
        });
        states.skip(range.start % STRIDE).take(range.len())
    }

    fn memory(&self) -> usize {
        self.places.capacity() * size_of::<usize>() + self.arena.capacity()
    }
}

/// All states of some segments in one, in the order of `key` and fingerprint.
fn merge(segments: &[Segment], key: impl Fn(&[u8]) -> u64) -> Segment {
    let states = segments.iter().flat_map(|segment| segment.walk(0..segment.len()));
    let mut order: Vec<(u64, u64, &[u8])> =
        states.map(|(fingerprint, record)| (key(record), fingerprint, record)).collect();
    order.sort_unstable_by_key(|(key, fingerprint, _)| (*key, *fingerprint));
    let mut sorted = Segment {
        states: 0,
        places: Vec::with_capacity(order.len().div_ceil(STRIDE)),
        arena: Vec::with_capacity(segments.iter().map(|segment| segment.arena.len()).sum()),
    };
    for (_, fingerprint, record) in order {
        sorted.push(fingerprint, record);
    }
    sorted
}

/// Makes an arena longer by a quarter if it is full: doubling would leave half of the largest
/// frontier unused.
fn make_room(arena: &mut Vec<u8>, more: usize) {
    if arena.capacity() - arena.len() < more {
        arena.reserve_exact(more.max(arena.len() / 4).max(LEAST_ROOM));
    }
}

/// All the segments of a level.
#[derive(Clone, Debug)]
pub(crate) struct Frontier {
    /// Row by row.
    segments: Vec<Segment>,
    /// How many states come before each segment, column by column; filled by
    /// [`seal`](Self::seal).
    before: Vec<usize>,
}

impl Frontier {
    pub(crate) fn new() -> Self {
        Self { segments: vec![Segment::default(); SEGMENTS], before: vec![0; SEGMENTS + 1] }
    }

    /// The row of each shard.
    pub(crate) fn rows(&mut self) -> impl Iterator<Item = &mut [Segment; COLUMNS]> {
        self.segments.as_chunks_mut::<COLUMNS>().0.iter_mut()
    }

    pub(crate) fn push(&mut self, fingerprint: u64, column: usize, bytes: &[u8]) {
        self.segments[shard_of(fingerprint) * COLUMNS + column].push(fingerprint, bytes);
    }

    /// The segments of a shard.
    pub(crate) fn row(&self, shard: usize) -> &[Segment] {
        &self.segments[shard * COLUMNS..][..COLUMNS]
    }

    /// The segments in the order in which they are walked.
    fn in_order(&self) -> impl Iterator<Item = &Segment> {
        (0..SEGMENTS).map(|place| &self.segments[index_of(place)])
    }

    /// Puts the states of each column in the order of `key`, and of fingerprints where it is equal.
    pub(crate) fn sort(&mut self, threads: usize, key: impl Fn(&[u8]) -> u64 + Sync) {
        let rows = |column| (0..SHARDS).map(move |row| row * COLUMNS + column);
        let columns: Vec<Vec<Segment>> = (0..COLUMNS)
            .map(|column| rows(column).map(|i| std::mem::take(&mut self.segments[i])).collect())
            .collect();
        let work = columns.into_iter().zip(&mut self.segments);
        share(work, &mut vec![(); threads], |(column, sorted), ()| *sorted = merge(&column, &key));
    }

    /// Counts what has been filled in; from here on the states can be walked by number.
    pub(crate) fn seal(&mut self) {
        let mut total = 0;
        for place in 0..SEGMENTS {
            self.before[place] = total;
            total += self.segments[index_of(place)].len();
        }
        self.before[SEGMENTS] = total;
    }

    pub(crate) fn len(&self) -> usize {
        self.before[SEGMENTS]
    }

    pub(crate) fn pushed(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    /// The states numbered `range` of the whole level, in order.
    pub(crate) fn walk(&self, range: Range<usize>) -> impl Iterator<Item = (u64, &[u8])> {
        let first = self.before[..SEGMENTS].partition_point(|before| *before <= range.start);
        let parts = self.in_order().zip(&self.before).skip(first.saturating_sub(1));
        let end = range.end;
        parts.take_while(move |(_, before)| **before < end).flat_map(move |(segment, before)| {
            let from = range.start.saturating_sub(*before);
            let to = (range.end - *before).min(segment.len());
            segment.walk(from.min(to)..to)
        })
    }

    /// All states, sealed or not.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.in_order().flat_map(|segment| segment.walk(0..segment.len()))
    }

    /// Empties it for another level.
    pub(crate) fn clear(&mut self) {
        self.forget_before(self.len());
        self.before.fill(0);
    }

    /// Frees the segments that lie wholly before the state numbered `cursor`.
    pub(crate) fn forget_before(&mut self, cursor: usize) {
        let done = self.before[1..].partition_point(|before| *before <= cursor);
        for place in 0..done.min(SEGMENTS) {
            let segment = &mut self.segments[index_of(place)];
            if segment.len() > 0 {
                *segment = Segment::default();
            }
        }
    }

    pub(crate) fn memory(&self) -> usize {
        self.segments.iter().map(Segment::memory).sum()
    }
}

/// Where the segment is that is walked as number `place`.
fn index_of(place: usize) -> usize {
    place % SHARDS * COLUMNS + place / SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_gives_any_range_in_order() {
        let mut frontier = Frontier::new();
        let mut all = Vec::new();
        for (shard, column) in [(3, 0), (0, 5), (63, 31)] {
            for number in 0..150_u64 {
                let fingerprint = shard << 58 | number;
                let bytes = vec![shard as u8; (number % 7) as usize];
                frontier.push(fingerprint, column, &bytes);
                all.push((fingerprint, bytes));
            }
        }
        assert_eq!(frontier.all().count(), 450);
        frontier.seal();
        assert_eq!((frontier.len(), frontier.pushed()), (450, 450));
        for range in [0..450, 0..0, 5..6, 149..151, 150..150, 70..330, 449..450] {
            let got: Vec<_> =
                frontier.walk(range.clone()).map(|(number, b)| (number, b.to_vec())).collect();
            assert_eq!(got, all[range]);
        }
        frontier.forget_before(300);
        assert_eq!(frontier.walk(300..450).count(), 150);
        assert_eq!(frontier.pushed(), 150);
    }

    #[test]
    fn sorted_columns_are_walked_by_key_and_then_by_fingerprint() {
        let states = [(9 << 58, 0), (1 << 58 | 7, 0), (1 << 58, 1), (2 << 58, 0), (63 << 58, 2)];
        for threads in [1, 2] {
            let mut frontier = Frontier::new();
            for (fingerprint, key) in states {
                frontier.push(fingerprint, 0, &[key]);
                frontier.push(fingerprint, 7, &[key, key]);
            }
            frontier.sort(threads, |bytes| u64::from(bytes[0]));
            frontier.seal();
            let got: Vec<_> = frontier.walk(0..10).map(|(f, bytes)| (f, bytes.to_vec())).collect();
            let wanted =
                [(1 << 58 | 7, 0), (2 << 58, 0), (9 << 58, 0), (1 << 58, 1), (63 << 58, 2)];
            let column = |times| wanted.map(|(f, key)| (f, vec![key; times]));
            assert_eq!(got, [column(1), column(2)].concat());
        }
    }
}
