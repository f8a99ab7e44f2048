//! What can go wrong with an implementation under test, as opposed to what it gets wrong.

use std::fmt;

/// The driver did not play its part. The case is lost, the suite goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It could not be started.
    Start {
        /// What was to be run.
        program: String,
        /// What the system said.
        why: String,
    },
    /// It ended by itself.
    Died {
        /// How, as the system says it.
        how: String,
    },
    /// It did not answer in time.
    Hung {
        /// What it was to do.
        what: &'static str,
        /// For how long nothing came.
        milliseconds: u64,
    },
    /// It wrote a line that is longer than any answer.
    LineTooLong {
        /// The limit.
        bytes: usize,
    },
    /// It speaks another version of the protocol.
    Protocol {
        /// The version it speaks.
        version: u64,
    },
    /// It answered something that no command asked for.
    OutOfTurn {
        /// The answer, shortened.
        answer: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Start { program, why } => write!(f, "`{program}` could not be started: {why}"),
            Fault::Died { how } => write!(f, "the driver died ({how})"),
            Fault::Hung { what, milliseconds } => {
                write!(f, "the driver did not {what} within {milliseconds} ms")
            }
            Fault::LineTooLong { bytes } => {
                write!(f, "the driver wrote a line of more than {bytes} bytes")
            }
            Fault::Protocol { version } => {
                write!(f, "the driver speaks protocol version {version}, not {}", super::PROTOCOL)
            }
            Fault::OutOfTurn { answer } => write!(f, "nothing asked for this answer: {answer}"),
        }
    }
}

impl std::error::Error for Fault {}
