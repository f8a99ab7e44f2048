//! Other logs to traces, and traces to other formats.
//!
//! A converter says what the log says and no more: what the log leaves out is absent from the
//! trace, or announced in its `meta` line (`operations: unlogged`, `objects: implicit`).

mod edn;
mod error;
mod history;
mod jepsen;
mod perfetto;
mod porcupine;
mod wine_relay;
mod wine_server;

use std::io::{BufRead, Write};

pub use error::ConvertError;

/// A log that can be told as a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Wine's server log (`WINEDEBUG=+server`).
    WineServer,
    /// Wine's relay log (`WINEDEBUG=+relay,+timestamp,+pid`).
    WineRelay,
    /// Operations one a line: `client e|d value call return`.
    Porcupine,
    /// A Jepsen queue history: one EDN map a line.
    Jepsen,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 4] =
        [Source::WineServer, Source::WineRelay, Source::Porcupine, Source::Jepsen];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Source::WineServer => "wine-server",
            Source::WineRelay => "wine-relay",
            Source::Porcupine => "porcupine",
            Source::Jepsen => "jepsen",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A format that a trace can be told in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Operations one a line: `client e|d value call return`.
    Porcupine,
    /// A Jepsen queue history: one EDN map a line.
    Jepsen,
    /// Chrome's trace JSON, which Perfetto opens.
    Perfetto,
}

impl Target {
    /// All of them.
    pub const ALL: [Target; 3] = [Target::Porcupine, Target::Jepsen, Target::Perfetto];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Target::Porcupine => "porcupine",
            Target::Jepsen => "jepsen",
            Target::Perfetto => "perfetto",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// What a conversion did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Lines (or operations) that were told.
    pub told: u64,
    /// Lines that say nothing about ports.
    pub skipped: u64,
}

/// Tells a log as a trace.
pub fn to_trace(
    source: Source,
    input: impl BufRead,
    output: impl Write,
) -> Result<Summary, ConvertError> {
    match source {
        Source::WineServer => wine_server::convert(input, output),
        Source::WineRelay => wine_relay::convert(input, output),
        Source::Porcupine => porcupine::to_trace(input, output),
        Source::Jepsen => jepsen::to_trace(input, output),
    }
}

/// Tells a trace in another format.
pub fn from_trace(
    target: Target,
    input: impl BufRead,
    output: impl Write,
) -> Result<Summary, ConvertError> {
    match target {
        Target::Porcupine => porcupine::from_trace(input, output),
        Target::Jepsen => jepsen::from_trace(input, output),
        Target::Perfetto => perfetto::from_trace(input, output),
    }
}
