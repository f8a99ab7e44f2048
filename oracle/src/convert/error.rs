//! Why a log could not be converted.

use std::fmt;
use std::io::{self, BufRead};

use crate::trace::TraceError;

/// A log that cannot be converted.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConvertError {
    /// Reading or writing failed.
    Io(io::Error),
    /// The trace cannot be read.
    Trace(TraceError),
    /// A line of the log is not what the format says.
    Syntax {
        /// The line, from 1.
        line: u64,
        /// The column, from 1; 0 for the whole line.
        column: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// The log has no line of this format.
    Nothing(&'static str),
    /// The trace is more than a history of one queue, so that this format cannot hold it.
    NotAQueue {
        /// The first line that does not fit.
        line: u64,
        /// Why.
        why: &'static str,
    },
    /// A line is longer than this many bytes.
    LineTooLong {
        /// The line, from 1.
        line: u64,
    },
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConvertError::Io(error) => error.fmt(f),
            ConvertError::Trace(error) => error.fmt(f),
            ConvertError::Syntax { line, column: 0, expected } => {
                write!(f, "line {line}: expected {expected}")
            }
            ConvertError::Syntax { line, column, expected } => {
                write!(f, "line {line}, column {column}: expected {expected}")
            }
            ConvertError::Nothing(format) => write!(f, "no line of this file is {format}"),
            ConvertError::NotAQueue { line, why } => {
                write!(f, "line {line}: {why}; the format holds posts and polls of one port")
            }
            ConvertError::LineTooLong { line } => {
                write!(f, "line {line} is longer than {LINE_BYTES} bytes")
            }
        }
    }
}

impl std::error::Error for ConvertError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConvertError::Io(error) => Some(error),
            ConvertError::Trace(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ConvertError {
    fn from(error: io::Error) -> ConvertError {
        ConvertError::Io(error)
    }
}

impl From<TraceError> for ConvertError {
    fn from(error: TraceError) -> ConvertError {
        ConvertError::Trace(error)
    }
}

/// The longest line of a log that is read.
const LINE_BYTES: usize = 1 << 20;

/// The lines of a log: bounded, and whatever is not UTF-8 replaced, for logs are not our format.
pub(super) struct Lines<R> {
    input: R,
    /// The number of the line read last.
    pub(super) number: u64,
    bytes: Vec<u8>,
    text: String,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Lines<R> {
        Lines { input, number: 0, bytes: Vec::new(), text: String::new() }
    }

    /// The next line without its end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, ConvertError> {
        self.bytes.clear();
        self.number += 1;
        let limit = LINE_BYTES as u64 + 1;
        let n = io::Read::take(&mut self.input, limit).read_until(b'\n', &mut self.bytes)?;
        if n == 0 {
            return Ok(None);
        }
        if n as u64 == limit && self.bytes.last() != Some(&b'\n') {
            return Err(ConvertError::LineTooLong { line: self.number });
        }
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(&self.bytes));
        Ok(Some(self.text.trim_end_matches(['\n', '\r'])))
    }
}
