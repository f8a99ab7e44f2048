//! A trace that is judged while it comes: fed in pieces of any size, asked for the verdict at any
//! time. The end is the same as [`check`](super::check) comes to.

use std::io::Cursor;

use super::diagnose::Kept;
use super::judge::Judge;
use super::options::Options;
use super::report::{Report, Verdict};
use crate::trace::{Limits, Problem, Reader, TraceError};

/// Judges a trace that comes in pieces.
///
/// ```
/// use iocp_oracle::check::{Checker, Options, Verdict};
///
/// let mut checker = Checker::new(Options::default());
/// checker.feed(b"{\"ev\":\"meta\",\"format\":\"iocp-trace\",\"version\":1}\n{\"ev\":\"se").unwrap();
/// checker.feed(b"ttled\"}\n").unwrap();
/// // So far nothing is wrong, and more may come.
/// assert_eq!(checker.report().unwrap().verdict, Verdict::Inconclusive);
/// checker.feed(b"{\"ev\":\"end\"}\n").unwrap();
/// assert_eq!(checker.finish().unwrap().verdict, Verdict::Conforms);
/// ```
pub struct Checker<'b> {
    options: Options<'b>,
    /// What came after the last end of a line.
    rest: Vec<u8>,
    /// Lines that were read.
    lines: u64,
    work: Option<Work<'b>>,
    failed: Option<TraceError>,
}

/// What there is from the first line on.
struct Work<'b> {
    reader: Reader<Cursor<Vec<u8>>>,
    judge: Judge<'b>,
    diagnosis: Kept,
}

impl<'b> Checker<'b> {
    /// Nothing has come yet.
    pub fn new(options: Options<'b>) -> Checker<'b> {
        Checker { options, rest: Vec::new(), lines: 0, work: None, failed: None }
    }

    /// Takes a piece of the trace: lines, or parts of lines.
    ///
    /// # Errors
    /// If it is no trace. What comes after that is not read, and the error stays.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), &TraceError> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.failed.is_some() {
                break;
            }
            self.rest.extend_from_slice(piece);
            let too_long = self.rest.len() > Limits::default().line_bytes;
            if piece.last() == Some(&b'\n') || too_long {
                let line = std::mem::take(&mut self.rest);
                self.failed = self.line(line).err();
            }
        }
        self.failed.as_ref().map_or(Ok(()), Err)
    }

    fn line(&mut self, line: Vec<u8>) -> Result<(), TraceError> {
        self.lines += 1;
        let Some(work) = &mut self.work else {
            if line.iter().all(u8::is_ascii_whitespace) {
                return Ok(());
            }
            let at = self.lines;
            let reader = Reader::new(Cursor::new(line));
            let reader = reader.map_err(|error| TraceError { line: at, ..error })?;
            let judge = Judge::new(
                reader.meta(),
                &self.options,
                self.options.semantics,
                self.options.steps_max,
            );
            let diagnosis = Kept::new(&self.options);
            self.work = Some(Work { reader, judge, diagnosis });
            return Ok(());
        };
        work.reader.go_on(self.lines, Cursor::new(line));
        if let Some(traced) = work.reader.next_event()? {
            let text = work.reader.text();
            work.diagnosis.keep(&traced, text);
            work.judge.push(traced, text);
        }
        Ok(())
    }

    /// The verdict on the lines that have come so far, as if no more did: without its `end` a
    /// trace that is explained so far is inconclusive. `None` before the first line, and for what
    /// is no trace.
    pub fn report(&self) -> Option<Report> {
        let work = self.work.as_ref().filter(|_| self.failed.is_none())?;
        Some(self.judged(work.judge.clone(), work))
    }

    /// The verdict of [`report`](Self::report) alone, which costs less: nobody looks for deviations
    /// that would explain a divergence.
    pub fn verdict(&self) -> Option<Verdict> {
        let work = self.work.as_ref().filter(|_| self.failed.is_none())?;
        let mut judge = work.judge.clone();
        judge.finish();
        Some(judge.report().verdict)
    }

    fn judged(&self, mut judge: Judge<'b>, work: &Work<'b>) -> Report {
        judge.finish();
        let mut report = judge.report();
        work.diagnosis.explain(work.reader.meta(), &self.options, &mut report);
        report
    }

    /// The verdict on the whole trace.
    ///
    /// # Errors
    /// If it is no trace.
    pub fn finish(mut self) -> Result<Report, TraceError> {
        if self.failed.is_none() && !self.rest.is_empty() {
            let line = std::mem::take(&mut self.rest);
            self.failed = self.line(line).err();
        }
        if let Some(error) = self.failed {
            return Err(error);
        }
        match &self.work {
            Some(work) => Ok(self.judged(work.judge.clone(), work)),
            None => Err(TraceError { line: 1, column: 0, problem: Problem::MetaMissing }),
        }
    }
}
