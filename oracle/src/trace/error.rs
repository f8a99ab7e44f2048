//! What can be wrong with a trace file, and where.

use std::fmt;

/// A trace that cannot be read.
#[derive(Debug)]
pub struct TraceError {
    /// The line, from 1.
    pub line: u64,
    /// The column in bytes, from 1; 0 where the whole line is meant.
    pub column: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The file could not be read.
    Io(std::io::Error),
    /// Not JSON, or a value of the wrong type; the text is the parser's.
    Json(String),
    /// The line is longer than the limit.
    LineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The file ends in the middle of a line.
    Truncated,
    /// The first line is not `meta`.
    MetaMissing,
    /// A second `meta`.
    MetaTwice,
    /// `version` is not one that this program reads.
    Version(u64),
    /// There is no such event.
    UnknownEvent {
        /// What the line says.
        found: String,
        /// The nearest known name.
        nearest: Option<&'static str>,
    },
    /// A key that this event does not have.
    UnknownKey {
        /// What the line says.
        found: String,
        /// The nearest known name.
        nearest: Option<&'static str>,
    },
    /// A key that this event needs.
    MissingKey {
        /// The event.
        event: &'static str,
        /// The key.
        key: &'static str,
    },
    /// There is no such call.
    UnknownOp(String),
    /// The arguments are not those of the call; the text says how.
    Arguments {
        /// The call.
        op: String,
        /// What is wrong.
        why: String,
    },
    /// An `id` that an earlier call has.
    DuplicateId(u64),
    /// A return whose call is not in the trace, or has returned before.
    RetWithoutCall(u64),
    /// The line names another thread than the call.
    ThreadMismatch {
        /// The call.
        id: u64,
        /// The thread that called.
        called: String,
        /// The thread that the return names.
        returned: String,
    },
    /// A thread calls although its last call has not returned.
    CallInCall {
        /// The thread.
        tid: String,
        /// The call that has not returned.
        id: u64,
        /// Where that was called.
        line: u64,
    },
    /// A line after `end`.
    AfterEnd,
    /// More open calls, threads or gaps between ids than the reader keeps.
    TooMany(&'static str),
}

impl TraceError {
    pub(super) fn new(line: u64, column: usize, problem: Problem) -> TraceError {
        TraceError { line, column: column as u64, problem }
    }

    /// The same with a column, if it has none: of the key that is meant, or of the line's start.
    pub(super) fn placed(mut self, text: &str) -> TraceError {
        let key = match &self.problem {
            Problem::DuplicateId(_) | Problem::RetWithoutCall(_) => "\"id\"",
            Problem::ThreadMismatch { .. } | Problem::CallInCall { .. } => "\"tid\"",
            Problem::UnknownEvent { .. } => "\"ev\"",
            Problem::UnknownOp(_) => "\"op\"",
            Problem::Arguments { .. } => "\"args\"",
            Problem::Version(_) => "\"version\"",
            _ => "{",
        };
        if self.column == 0 {
            self.column = match self.problem {
                Problem::Io(_) => 0,
                Problem::LineTooLong { limit } => limit as u64 + 1,
                _ => text.find(key).unwrap_or(0) as u64 + 1,
            };
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = |f: &mut fmt::Formatter<'_>, nearest: &Option<&str>| match nearest {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        };
        match self {
            Problem::Io(error) => write!(f, "cannot read: {error}"),
            Problem::Json(text) => f.write_str(text),
            Problem::LineTooLong { limit } => write!(f, "the line is longer than {limit} bytes"),
            Problem::Truncated => f.write_str("the file ends in the middle of a line"),
            Problem::MetaMissing => f.write_str(
                "the first line must be {\"ev\":\"meta\",\"format\":\"iocp-trace\",\"version\":1,...}",
            ),
            Problem::MetaTwice => f.write_str("`meta` stands once, on the first line"),
            Problem::Version(v) => write!(f, "version {v} of the format; this program reads 1"),
            Problem::UnknownEvent { found, nearest: near } => {
                write!(f, "there is no event `{found}` (names that begin with `x-` are skipped)")?;
                nearest(f, near)
            }
            Problem::UnknownKey { found, nearest: near } => {
                write!(f, "this event has no key `{found}`")?;
                nearest(f, near)
            }
            Problem::MissingKey { event, key } => write!(f, "`{event}` needs the key `{key}`"),
            Problem::UnknownOp(op) => write!(f, "there is no call `{op}` in the model"),
            Problem::Arguments { op, why } => write!(f, "arguments of `{op}`: {why}"),
            Problem::DuplicateId(id) => write!(f, "id {id} has been used by an earlier call"),
            Problem::RetWithoutCall(id) => write!(f, "no open call has the id {id}"),
            Problem::ThreadMismatch { id, called, returned } => {
                write!(f, "call {id} was made by thread {called}, but {returned} returns from it")
            }
            Problem::CallInCall { tid, id, line } => write!(
                f,
                "thread {tid} cannot call: its call {id} of line {line} has not returned"
            ),
            Problem::AfterEnd => f.write_str("there is a line after `end`"),
            Problem::TooMany(what) => write!(f, "too many {what} to keep"),
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            0 => write!(f, "line {}: {}", self.line, self.problem),
            column => write!(f, "line {}, column {column}: {}", self.line, self.problem),
        }
    }
}

impl std::error::Error for TraceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) => Some(error),
            _ => None,
        }
    }
}
