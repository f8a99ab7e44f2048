//! Many traces at once: what they have in common at the beginning is judged once.
//!
//! Traces are read side by side, line by line. As long as several say the same, one judge follows
//! them all; where they part it is copied for each branch, as in a prefix tree. At such a place
//! it knows nothing of what comes, so that it may miss an explanation that rests on a later line,
//! but never finds one that is none. A trace that is not accepted in this way is therefore judged
//! again, alone: every verdict is that of [`check`].

use std::io::{BufRead, Cursor, Read};

use super::judge::{Judge, check};
use super::options::Options;
use super::report::{Report, Verdict};
use crate::trace::{Reader, TraceError};

/// Traces that are read side by side, and so open at the same time.
const SIDE_BY_SIDE: usize = 200;

/// A line that is longer is left to the reader that says so.
const LINE_BYTES: u64 = 1 << 20;

/// Why there is no report for a trace.
#[derive(Debug)]
pub enum Unread<E> {
    /// It cannot be opened.
    Open(E),
    /// It is no trace.
    Trace(TraceError),
}

/// What came of many traces.
pub struct Together<E> {
    /// In the order of the traces.
    pub reports: Vec<Result<Report, Unread<E>>>,
    /// The lines of all traces that were judged together, each counted for every trace.
    pub lines: u64,
    /// The lines that were judged for them.
    pub judged: u64,
}

/// Judges `count` traces, each with the verdict that [`check`] gives it. `open` opens a trace by
/// its number, a second time if need be.
pub fn check_together<R: BufRead, E>(
    count: usize,
    open: &mut dyn FnMut(usize) -> Result<R, E>,
    options: &Options<'_>,
) -> Together<E> {
    let mut reports: Vec<Option<Result<Report, Unread<E>>>> = Vec::new();
    reports.resize_with(count, || None);
    let mut work = Work { lines: 0, judged: 0 };
    for from in (0..count).step_by(SIDE_BY_SIDE) {
        let mut members = Vec::new();
        let group = reports.iter_mut().enumerate().skip(from).take(SIDE_BY_SIDE);
        for (number, report) in group {
            match open(number) {
                Ok(input) => members.push(Member { number, input, line: Vec::new() }),
                Err(error) => *report = Some(Err(Unread::Open(error))),
            }
        }
        for (number, report) in work.tree(members, options) {
            reports[number] = Some(Ok(report));
        }
    }
    let alone = |number: usize, report: Option<_>, open: &mut dyn FnMut(usize) -> Result<R, E>| {
        report.unwrap_or_else(|| {
            let input = open(number).map_err(Unread::Open)?;
            check(input, options).map_err(Unread::Trace)
        })
    };
    let reports = reports.into_iter().enumerate();
    let reports = reports.map(|(number, report)| alone(number, report, open)).collect();
    Together { reports, lines: work.lines, judged: work.judged }
}

/// A trace on its way.
struct Member<R> {
    number: usize,
    input: R,
    /// The line read last, with its end.
    line: Vec<u8>,
}

impl<R: BufRead> Member<R> {
    /// Reads a line; `None` if it is left to [`check`].
    fn advance(&mut self) -> Option<()> {
        self.line.clear();
        (&mut self.input).take(LINE_BYTES).read_until(b'\n', &mut self.line).ok()?;
        (self.line.is_empty() || self.line.last() == Some(&b'\n')).then_some(())
    }
}

/// What several traces have in common.
#[derive(Clone)]
struct Trunk<'b> {
    reader: Reader<Cursor<Vec<u8>>>,
    judge: Judge<'b>,
    lines: u64,
}

impl<'b> Trunk<'b> {
    fn new(line: Vec<u8>, options: &Options<'b>) -> Option<Trunk<'b>> {
        let reader = Reader::new(Cursor::new(line)).ok()?;
        let meta = reader.meta().clone();
        let judge = Judge::new(&meta, options, options.semantics, options.steps_max);
        Some(Trunk { reader, judge, lines: 1 })
    }

    /// Follows one line; `None` if it is no line of a trace.
    fn grow(&mut self, line: Vec<u8>) -> Option<()> {
        self.lines += 1;
        self.reader.go_on(self.lines, Cursor::new(line));
        if let Some(traced) = self.reader.next_event().ok()? {
            self.judge.push(traced, self.reader.text());
        }
        Some(())
    }

    fn report(mut self) -> Option<Report> {
        self.judge.finish();
        let report = self.judge.report();
        (report.verdict == Verdict::Conforms).then_some(report)
    }
}

/// Traces that have been the same so far.
struct Branch<'b, R> {
    members: Vec<Member<R>>,
    trunk: Option<Trunk<'b>>,
}

struct Work {
    lines: u64,
    judged: u64,
}

impl Work {
    /// The traces that are accepted, with their reports.
    fn tree<R: BufRead>(
        &mut self,
        members: Vec<Member<R>>,
        options: &Options<'_>,
    ) -> Vec<(usize, Report)> {
        let mut accepted = Vec::new();
        let mut branches = vec![Branch { members, trunk: None }];
        while let Some(branch) = branches.pop() {
            self.follow(branch, options, &mut branches, &mut accepted);
        }
        accepted
    }

    /// Follows a branch to its end, or to where it parts.
    fn follow<'b, R: BufRead>(
        &mut self,
        mut branch: Branch<'b, R>,
        options: &Options<'b>,
        branches: &mut Vec<Branch<'b, R>>,
        accepted: &mut Vec<(usize, Report)>,
    ) {
        loop {
            branch.members.retain_mut(|member| member.advance().is_some());
            let Some(first) = branch.members.first() else { return };
            if branch.members.iter().any(|member| member.line != first.line) {
                return self.part(branch, options, branches, accepted);
            }
            if first.line.is_empty() {
                return end(branch, accepted);
            }
            if self.take(&mut branch, options).is_none() {
                return;
            }
        }
    }

    /// Takes the line that all members of a branch have.
    fn take<'b, R>(&mut self, branch: &mut Branch<'b, R>, options: &Options<'b>) -> Option<()> {
        self.lines += branch.members.len() as u64;
        self.judged += 1;
        let line = branch.members.first()?.line.clone();
        match &mut branch.trunk {
            None => branch.trunk = Some(Trunk::new(line, options)?),
            Some(trunk) => trunk.grow(line)?,
        }
        Some(())
    }

    /// The members of a branch say different things from here on.
    fn part<'b, R: BufRead>(
        &mut self,
        branch: Branch<'b, R>,
        options: &Options<'b>,
        branches: &mut Vec<Branch<'b, R>>,
        accepted: &mut Vec<(usize, Report)>,
    ) {
        let Branch { mut members, mut trunk } = branch;
        if trunk.as_mut().is_some_and(|trunk| !trunk.judge.settle()) {
            return;
        }
        members.sort_by(|one, other| one.line.cmp(&other.line).then(one.number.cmp(&other.number)));
        while let Some(first) = members.first() {
            let same = members.iter().take_while(|member| member.line == first.line).count();
            let rest = members.split_off(same);
            let mut part = Branch { members: std::mem::replace(&mut members, rest), trunk: None };
            part.trunk = if members.is_empty() { trunk.take() } else { trunk.clone() };
            if part.members[0].line.is_empty() {
                end(part, accepted);
            } else if self.take(&mut part, options).is_some() {
                branches.push(part);
            }
        }
    }
}

/// All members of a branch have ended.
fn end<R>(branch: Branch<'_, R>, accepted: &mut Vec<(usize, Report)>) {
    let Some(report) = branch.trunk.and_then(Trunk::report) else { return };
    accepted.extend(branch.members.iter().map(|member| (member.number, report.clone())));
}
