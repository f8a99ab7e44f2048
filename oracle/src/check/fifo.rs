//! Histories of posts and polls on one port whose concurrency value limits nobody: a queue.
//!
//! When every packet is one of its kind, the queue's order can be recovered from the packets
//! themselves, and a history is linearizable exactly if none of four patterns is in it (Henzinger,
//! Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs", 2013): a packet that nobody
//! posted before, a packet removed twice, two packets removed against the order in which they were
//! posted, and a poll that found nothing although there was a packet at every moment of it. Each
//! is found by sorting, where a search over orders would not end.
//!
//! Owns the decision. It must never know of lines and texts: positions are all it sees.

/// A position among the events; calls and returns have positions of their own.
pub(super) type Position = u64;

/// Has not returned.
pub(super) const NEVER: Position = Position::MAX;

/// From the call of an operation to its return.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) call: Position,
    pub(super) ret: Position,
}

impl Span {
    fn before(self, other: Span) -> bool {
        self.ret < other.call
    }
}

/// Two packets, the second removed before the first, and when that is certain.
type Overtaking = (usize, usize, Position);

/// A history of one queue. Packets are numbers from 0.
#[derive(Clone, Default, Debug)]
pub(super) struct History {
    /// Who posted each packet.
    pub(super) posts: Vec<Span>,
    /// Who removed it, at the same index.
    pub(super) takes: Vec<Option<Span>>,
    /// Polls that found nothing.
    pub(super) empties: Vec<Span>,
    /// Polls that never returned, by call.
    pub(super) open: Vec<Position>,
}

/// Why a history is not one of a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Violation {
    /// The packet was removed before its post was called.
    TooEarly { packet: usize },
    /// `first` was in the queue before `second`, and `second` was removed first. The contradiction
    /// is complete at `at`, when nobody is left who could have `first`.
    Overtaken { first: usize, second: usize, at: Position },
    /// The poll at this index found nothing, though there was a packet at each moment of it.
    NeverEmpty { empty: usize },
    /// What was removed at this position is no packet of the queue. Found by who reads the values.
    Stray { at: Position },
}

impl History {
    /// The violation that is complete first, if there is one.
    pub(super) fn violation(&self) -> Option<Violation> {
        let early = self.too_early().map(|packet| {
            (self.takes[packet].map_or(NEVER, |t| t.ret), Violation::TooEarly { packet })
        });
        let overtaken = self
            .overtaken()
            .map(|(first, second, at)| (at, Violation::Overtaken { first, second, at }));
        let never_empty = self
            .never_empty()
            .map(|empty| (self.empties[empty].ret, Violation::NeverEmpty { empty }));
        let all = [early, overtaken, never_empty];
        all.into_iter().flatten().min_by_key(|(at, _)| *at).map(|(_, violation)| violation)
    }

    /// Whether a poll that never returned might have what a violation needs somebody to have.
    pub(super) fn excused(&self, violation: Violation) -> bool {
        match violation {
            Violation::TooEarly { .. } | Violation::Stray { .. } => false,
            Violation::Overtaken { first, .. } => {
                self.takes[first].is_none() && !self.open.is_empty()
            }
            Violation::NeverEmpty { .. } => !self.open.is_empty(),
        }
    }

    fn too_early(&self) -> Option<usize> {
        let early = |packet: &usize| {
            self.takes[*packet].is_some_and(|take| take.before(self.posts[*packet]))
        };
        let ret = |packet: &usize| self.takes[*packet].map_or(NEVER, |take| take.ret);
        (0..self.posts.len()).filter(early).min_by_key(ret)
    }

    /// When the removal of a packet is called at the earliest: never, if nobody has it.
    fn taken_from(&self, packet: usize) -> Position {
        self.takes[packet].map_or(NEVER, |take| take.call)
    }

    /// A pair removed against the order of posting. `first` is the packet that leaves last of all
    /// those that were certainly posted before `second`.
    fn overtaken(&self) -> Option<Overtaking> {
        let n = self.posts.len();
        let mut by_ret: Vec<usize> = (0..n).collect();
        by_ret.sort_unstable_by_key(|&p| self.posts[p].ret);
        let mut by_call: Vec<usize> = (0..n).filter(|&p| self.takes[p].is_some()).collect();
        by_call.sort_unstable_by_key(|&p| self.posts[p].call);
        let mut posted = by_ret.into_iter().peekable();
        let mut last: Option<usize> = None;
        let mut pairs = Vec::new();
        for second in by_call {
            while let Some(first) = posted.next_if(|&p| self.posts[p].ret < self.posts[second].call)
            {
                if last.is_none_or(|l| self.taken_from(first) > self.taken_from(l)) {
                    last = Some(first);
                }
            }
            let removed = self.takes[second].map_or(NEVER, |take| take.ret);
            if let Some(first) = last.filter(|&l| self.taken_from(l) > removed) {
                pairs.push((first, second, removed));
            }
        }
        pairs.sort_unstable_by_key(|&(_, second, removed)| (removed, second));
        self.completed_first(&pairs)
    }

    /// Of these pairs, the one whose contradiction is complete first: when every poll that was
    /// open while `second` was removed has come back with something else than `first`.
    fn completed_first(&self, pairs: &[Overtaking]) -> Option<Overtaking> {
        let &(_, _, earliest) = pairs.first()?;
        let returned = self.takes.iter().flatten().chain(&self.empties);
        let mut polls: Vec<Span> = returned.copied().collect();
        polls.extend(self.open.iter().map(|&call| Span { call, ret: NEVER }));
        polls.retain(|p| p.ret >= earliest);
        let mut best = None;
        for &(first, second, removed) in pairs.iter().take(64) {
            let open = polls.iter().filter(|p| p.call < removed && p.ret >= removed);
            let at = open.map(|p| p.ret).filter(|&ret| ret != NEVER).max().unwrap_or(removed);
            if best.is_none_or(|(_, _, known)| at < known) {
                best = Some((first, second, at));
            }
        }
        best
    }

    /// A poll that found nothing while the queue cannot have been empty: each moment of it lies
    /// between the return of a post and the call of the removal of that packet.
    fn never_empty(&self) -> Option<usize> {
        let mut there: Vec<(Position, Position)> = (0..self.posts.len())
            .map(|p| (self.posts[p].ret, self.taken_from(p)))
            .filter(|(from, to)| from < to)
            .collect();
        there.sort_unstable();
        let mut merged: Vec<(Position, Position)> = Vec::new();
        for (from, to) in there {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => merged.push((from, to)),
            }
        }
        let covered = |empty: &usize| {
            let span = self.empties[*empty];
            let at = merged.partition_point(|(from, _)| *from <= span.call);
            at > 0 && merged[at - 1].1 >= span.ret
        };
        (0..self.empties.len()).filter(covered).min_by_key(|&e| self.empties[e].ret)
    }

    /// The same history without a packet, to look for further violations.
    pub(super) fn without(&mut self, violation: Violation) {
        match violation {
            Violation::TooEarly { packet: gone } | Violation::Overtaken { second: gone, .. } => {
                self.posts[gone] = Span { call: NEVER, ret: NEVER };
                self.takes[gone] = None;
            }
            Violation::NeverEmpty { empty } => {
                self.empties.swap_remove(empty);
            }
            Violation::Stray { .. } => {}
        }
    }

    /// Packets that together were in the queue throughout a poll, in order.
    pub(super) fn cover(&self, empty: usize) -> Vec<usize> {
        let span = self.empties[empty];
        let mut at = span.call;
        let mut cover = Vec::new();
        loop {
            let there = (0..self.posts.len()).filter(|&p| self.posts[p].ret <= at);
            let Some(next) = there.max_by_key(|&p| self.taken_from(p)) else { return cover };
            if self.taken_from(next) <= at && !cover.is_empty() {
                return cover;
            }
            cover.push(next);
            at = self.taken_from(next);
            if at >= span.ret {
                return cover;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An operation on the queue and, in a history, its result.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Op {
        Put(usize),
        Take(Option<usize>),
    }

    type Timed = (Op, Span);

    fn history(ops: &[Timed]) -> History {
        let packets = ops.iter().filter(|(op, _)| matches!(op, Op::Put(_))).count();
        let nobody = Span { call: NEVER, ret: NEVER };
        let posts = vec![nobody; packets];
        let mut history = History { posts, takes: vec![None; packets], ..History::default() };
        for &(op, span) in ops {
            match op {
                Op::Put(p) => history.posts[p] = span,
                Op::Take(Some(p)) => history.takes[p] = Some(span),
                Op::Take(None) => history.empties.push(span),
            }
        }
        history
    }

    /// Tries every order.
    fn linearizable(ops: &[Timed]) -> bool {
        fn go(ops: &[Timed], done: u32, queue: &mut std::collections::VecDeque<usize>) -> bool {
            let open = |i: &usize| done & 1 << i == 0;
            let rest: Vec<usize> = (0..ops.len()).filter(open).collect();
            let Some(limit) = rest.iter().map(|&i| ops[i].1.ret).min() else { return true };
            rest.iter().filter(|&&i| ops[i].1.call < limit).any(|&i| {
                let before = queue.clone();
                let fits = match ops[i].0 {
                    Op::Put(p) => {
                        queue.push_back(p);
                        true
                    }
                    Op::Take(result) => queue.pop_front() == result,
                };
                let found = fits && go(ops, done | 1 << i, queue);
                *queue = before;
                found
            })
        }
        go(ops, 0, &mut Default::default())
    }

    /// Histories of a queue, with some of the results exchanged.
    fn histories() -> impl Strategy<Value = Vec<Timed>> {
        let op = (any::<bool>(), 0u64..40, 1u64..12, 1u64..12);
        let swaps = proptest::collection::vec((0usize..8, 0usize..8), 0..3);
        (proptest::collection::vec(op, 1..8), swaps).prop_map(|(raw, swaps)| {
            let mut queue = std::collections::VecDeque::new();
            let mut order: Vec<_> = raw.iter().enumerate().collect();
            order.sort_by_key(|(i, (_, at, ..))| (*at, *i));
            let mut packets = 0;
            let mut ops: Vec<Timed> = Vec::new();
            for (i, &(put, at, before, after)) in order {
                let op = if put {
                    queue.push_back(packets);
                    packets += 1;
                    Op::Put(packets - 1)
                } else {
                    Op::Take(queue.pop_front())
                };
                // Distinct times: calls are even, returns odd, then the index.
                let call = (40 + at - before) * 64 + i as u64;
                let ret = (40 + at + after) * 64 + 32 + i as u64;
                ops.push((op, Span { call, ret }));
            }
            for (a, b) in swaps {
                let takes: Vec<usize> =
                    (0..ops.len()).filter(|&i| matches!(ops[i].0, Op::Take(_))).collect();
                if takes.len() > 1 {
                    let (a, b) = (takes[a % takes.len()], takes[b % takes.len()]);
                    let result = ops[a].0;
                    ops[a].0 = ops[b].0;
                    ops[b].0 = result;
                }
            }
            ops
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]
        #[test]
        fn the_four_patterns_are_exactly_what_a_queue_forbids(ops in histories()) {
            let violation = history(&ops).violation();
            prop_assert_eq!(violation.is_none(), linearizable(&ops), "{:?}", violation);
        }
    }

    #[test]
    fn both_verdicts_occur_and_each_pattern_is_found() {
        let span = |call, ret| Span { call, ret };
        let good = [(Op::Put(0), span(0, 3)), (Op::Take(Some(0)), span(1, 2))];
        assert_eq!(history(&good).violation(), None);
        let early = [(Op::Take(Some(0)), span(0, 1)), (Op::Put(0), span(2, 3))];
        assert_eq!(history(&early).violation(), Some(Violation::TooEarly { packet: 0 }));
        let empty = [(Op::Put(0), span(0, 1)), (Op::Take(None), span(2, 3))];
        assert_eq!(history(&empty).violation(), Some(Violation::NeverEmpty { empty: 0 }));
        assert_eq!(history(&empty).cover(0), [0]);
        let overtaken = [
            (Op::Put(0), span(0, 1)),
            (Op::Put(1), span(2, 3)),
            (Op::Take(Some(1)), span(4, 5)),
            (Op::Take(Some(0)), span(6, 7)),
        ];
        let expected = Violation::Overtaken { first: 0, second: 1, at: 5 };
        assert_eq!(history(&overtaken).violation(), Some(expected));
    }
}
