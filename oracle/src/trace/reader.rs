//! Reads a trace event by event, in memory that does not grow with its length.

use std::collections::HashMap;
use std::io::BufRead;

use super::error::{Problem, TraceError};
use super::event::{Event, Meta, Name, Traced};
use super::ids::IdSet;
use super::line::{Parsed, parse};

/// What the reader keeps at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a line.
    pub line_bytes: usize,
    /// Calls that have not returned.
    pub open_calls: usize,
    /// Gaps between the ids that were used.
    pub id_gaps: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { line_bytes: 1 << 20, open_calls: 100_000, id_gaps: 1_000_000 }
    }
}

/// Reads a trace. It checks what a trace must be (each return has its call, ids are used once, a
/// thread is in one call at a time), not what a port may do.
#[derive(Clone)]
pub struct Reader<R> {
    input: R,
    limits: Limits,
    line: u64,
    buffer: Vec<u8>,
    meta: Meta,
    used: IdSet,
    /// Open calls by id: who called, and on which line.
    open: HashMap<u64, (Name, u64)>,
    /// The open call of each thread.
    inside: HashMap<Name, u64>,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line, which must be `meta`.
    pub fn new(input: R) -> Result<Reader<R>, TraceError> {
        Reader::with_limits(input, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(input: R, limits: Limits) -> Result<Reader<R>, TraceError> {
        let mut reader = Reader {
            input,
            limits,
            line: 0,
            buffer: Vec::new(),
            meta: Meta::default(),
            used: IdSet::default(),
            open: HashMap::new(),
            inside: HashMap::new(),
            ended: false,
        };
        match reader.first_line() {
            Ok(meta) => Ok(Reader { meta, ..reader }),
            Err(error) => Err(error.placed(reader.text())),
        }
    }

    fn first_line(&mut self) -> Result<Meta, TraceError> {
        let missing = || TraceError::new(1, 0, Problem::MetaMissing);
        if !self.next_line()? {
            return Err(missing());
        }
        match self.parse()? {
            Parsed::Meta(meta) => Ok(meta),
            Parsed::Event(..) | Parsed::Skipped => Err(missing()),
        }
    }

    /// The first line.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The number of the line read last.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The text of the line read last.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.buffer).unwrap_or("")
    }

    /// Goes on with other input, which begins with line `number`.
    pub(crate) fn go_on(&mut self, number: u64, input: R) {
        self.line = number - 1;
        self.input = input;
    }

    /// The next event, or `None` at the end of the file. After an error there is nothing more to
    /// read.
    pub fn next_event(&mut self) -> Result<Option<Traced>, TraceError> {
        self.take_event().map_err(|error| error.placed(self.text()))
    }

    fn take_event(&mut self) -> Result<Option<Traced>, TraceError> {
        while self.next_line()? {
            let event = match self.parse()? {
                Parsed::Skipped => continue,
                Parsed::Meta(_) => return Err(self.error(Problem::MetaTwice)),
                Parsed::Event(event, ts) => Traced { line: self.line, ts, event },
            };
            if self.ended {
                return Err(self.error(Problem::AfterEnd));
            }
            self.follow(&event.event)?;
            return Ok(Some(event));
        }
        Ok(None)
    }

    fn error(&self, problem: Problem) -> TraceError {
        TraceError::new(self.line, 0, problem)
    }

    fn parse(&self) -> Result<Parsed, TraceError> {
        let text = std::str::from_utf8(&self.buffer).map_err(|e| {
            let problem = Problem::Json("the line is not UTF-8".into());
            TraceError::new(self.line, e.valid_up_to() + 1, problem)
        })?;
        parse(self.line, text)
    }

    /// Keeps account of open calls.
    fn follow(&mut self, event: &Event) -> Result<(), TraceError> {
        match event {
            Event::Call { id, tid, .. } => {
                if !self.used.insert(*id) {
                    return Err(self.error(Problem::DuplicateId(*id)));
                }
                if let Some(open) = self.inside.get(tid) {
                    let line = self.open.get(open).map_or(0, |(_, line)| *line);
                    let problem = Problem::CallInCall { tid: tid.to_string(), id: *open, line };
                    return Err(self.error(problem));
                }
                if self.open.len() >= self.limits.open_calls {
                    return Err(self.error(Problem::TooMany("open calls")));
                }
                if self.used.ranges() > self.limits.id_gaps {
                    return Err(self.error(Problem::TooMany("gaps between ids")));
                }
                self.open.insert(*id, (tid.clone(), self.line));
                self.inside.insert(tid.clone(), *id);
            }
            Event::Ret { id, tid, .. } => {
                let Some((called, _)) = self.open.remove(id) else {
                    return Err(self.error(Problem::RetWithoutCall(*id)));
                };
                if let Some(returned) = tid.as_ref().filter(|tid| **tid != called) {
                    let (called, returned) = (called.to_string(), returned.to_string());
                    return Err(self.error(Problem::ThreadMismatch { id: *id, called, returned }));
                }
                self.inside.remove(&called);
            }
            Event::Exit { tid } => {
                if let Some(id) = self.inside.remove(tid) {
                    self.open.remove(&id);
                }
            }
            Event::End { .. } => self.ended = true,
            Event::Waiting { .. }
            | Event::Block { .. }
            | Event::Unblock { .. }
            | Event::Settled
            | Event::Io(_)
            | Event::Object { .. }
            | Event::Thread { .. }
            | Event::Arrive { .. }
            | Event::Note { .. } => {}
        }
        Ok(())
    }

    /// Reads the next line that is not empty into the buffer; `false` at the end of the file.
    fn next_line(&mut self) -> Result<bool, TraceError> {
        loop {
            self.buffer.clear();
            self.line += 1;
            let complete = self.fill_line()?;
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                if complete {
                    continue;
                }
                return Ok(false);
            }
            if !complete
                && serde_json::from_slice::<serde::de::IgnoredAny>(&self.buffer)
                    .is_err_and(|e| e.is_eof())
            {
                let column = self.buffer.len() + 1;
                return Err(TraceError::new(self.line, column, Problem::Truncated));
            }
            return Ok(true);
        }
    }

    /// Appends bytes up to the end of the line; `false` if the file ended first.
    fn fill_line(&mut self) -> Result<bool, TraceError> {
        loop {
            let available = match self.input.fill_buf() {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(TraceError::new(self.line, 0, Problem::Io(e))),
            };
            if available.is_empty() {
                return Ok(false);
            }
            let newline = available.iter().position(|b| *b == b'\n');
            let taken = newline.unwrap_or(available.len());
            if self.buffer.len() + taken > self.limits.line_bytes {
                let limit = self.limits.line_bytes;
                return Err(TraceError::new(self.line, 0, Problem::LineTooLong { limit }));
            }
            self.buffer.extend_from_slice(&available[..taken]);
            self.input.consume(taken + usize::from(newline.is_some()));
            if newline.is_some() {
                return Ok(true);
            }
        }
    }
}
