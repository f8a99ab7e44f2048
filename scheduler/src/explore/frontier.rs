//! The states of one level, encoded, in the order in which they will be expanded.
//!
//! One segment for each shard of the table, so that whoever fills a shard of the table fills a
//! segment of the frontier with nobody's leave. The order (by segment, then by arrival) is the
//! same for any number of threads.

use std::ops::Range;

use super::table::SHARDS;

/// Every so many states the place in the arena is noted, so that a walk can start there.
const STRIDE: usize = 64;

/// Encoded states, one after the other in one arena.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    fingerprints: Vec<u64>,
    lengths: Vec<u16>,
    places: Vec<usize>,
    bytes: Vec<u8>,
}

impl Segment {
    pub(crate) fn push(&mut self, fingerprint: u64, bytes: &[u8]) {
        if self.lengths.len().is_multiple_of(STRIDE) {
            self.places.push(self.bytes.len());
        }
        make_room(&mut self.fingerprints, 1);
        make_room(&mut self.lengths, 1);
        make_room(&mut self.bytes, bytes.len());
        self.fingerprints.push(fingerprint);
        self.lengths.push(bytes.len() as u16);
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn len(&self) -> usize {
        self.fingerprints.len()
    }

    pub(crate) fn fingerprints(&self) -> &[u64] {
        &self.fingerprints
    }

    /// The states numbered `range`, in order.
    pub(crate) fn walk(&self, range: Range<usize>) -> impl Iterator<Item = (u64, &[u8])> {
        let skipped = range.start / STRIDE * STRIDE;
        let length = |index: usize| usize::from(self.lengths[index]);
        let place = self.places.get(range.start / STRIDE).copied().unwrap_or(0);
        let mut start = place + (skipped..range.start).map(length).sum::<usize>();
        range.map(move |index| {
            let end = start + length(index);
            let bytes = &self.bytes[start..end];
            start = end;
            (self.fingerprints[index], bytes)
        })
    }

    fn memory(&self) -> usize {
        self.fingerprints.capacity() * 8
            + self.lengths.capacity() * 2
            + self.places.capacity() * size_of::<usize>()
            + self.bytes.capacity()
    }
}

/// Makes a list longer by a quarter if it is full: doubling would leave half of the largest
/// frontier unused.
fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(list.len() / 4).max(64));
    }
}

/// All the segments of a level.
#[derive(Clone, Debug)]
pub(crate) struct Frontier {
    pub(crate) segments: Vec<Segment>,
    /// How many states come before each segment; filled by [`seal`](Self::seal).
    before: Vec<usize>,
}

impl Frontier {
    pub(crate) fn new() -> Self {
        Self { segments: vec![Segment::default(); SHARDS], before: vec![0; SHARDS + 1] }
    }

    /// Counts what has been filled in; from here on the states can be walked by number.
    pub(crate) fn seal(&mut self) {
        let mut total = 0;
        for (before, segment) in self.before.iter_mut().zip(&self.segments) {
            *before = total;
            total += segment.len();
        }
        self.before[SHARDS] = total;
    }

    pub(crate) fn len(&self) -> usize {
        self.before[SHARDS]
    }

    pub(crate) fn pushed(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    /// The states numbered `range` of the whole level, in order.
    pub(crate) fn walk(&self, range: Range<usize>) -> impl Iterator<Item = (u64, &[u8])> {
        let first = self.before[..SHARDS].partition_point(|before| *before <= range.start);
        let parts = self.segments.iter().zip(&self.before).skip(first.saturating_sub(1));
        let end = range.end;
        parts.take_while(move |(_, before)| **before < end).flat_map(move |(segment, before)| {
            let from = range.start.saturating_sub(*before);
            let to = (range.end - *before).min(segment.len());
            segment.walk(from.min(to)..to)
        })
    }

    /// Frees the segments that lie wholly before the state numbered `cursor`.
    pub(crate) fn forget_before(&mut self, cursor: usize) {
        for index in 0..SHARDS {
            if self.before[index + 1] > cursor {
                break;
            }
            if self.segments[index].len() > 0 {
                self.segments[index] = Segment::default();
            }
        }
    }

    pub(crate) fn memory(&self) -> usize {
        self.segments.iter().map(Segment::memory).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_gives_any_range_in_order() {
        let mut frontier = Frontier::new();
        let mut all = Vec::new();
        for segment in [0, 3, 63] {
            for number in 0..150_u64 {
                let bytes = vec![segment as u8; (number % 7) as usize];
                frontier.segments[segment].push(number, &bytes);
                all.push((number, bytes));
            }
        }
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
}
