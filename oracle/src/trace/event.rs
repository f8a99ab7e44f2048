//! What a line of a trace says.

use std::fmt;
use std::sync::Arc;

use iocp_model::{Arrival, Call, Handle};
use serde::{Deserialize, Serialize};

use super::result::Res;

/// The name of a thread: an identity, never compared by size.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Name {
    /// A number, as systems number their threads.
    Number(u64),
    /// Any other name.
    Text(Arc<str>),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Number(n) => n.fmt(f),
            Name::Text(text) => f.write_str(text),
        }
    }
}

impl From<u64> for Name {
    fn from(n: u64) -> Name {
        Name::Number(n)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::Text(text.into())
    }
}

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Name::Number(n) => serializer.serialize_u64(*n),
            Name::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// The name of the format, so that another JSON Lines file is not taken for a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Format {
    /// `iocp-trace`
    #[default]
    #[serde(rename = "iocp-trace")]
    IocpTrace,
}

/// Which entry points the trace shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Native calls.
    #[default]
    Nt,
    /// Win32 calls.
    Win32,
}

/// What the order of lines means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Line order is real order: a call takes effect at its line.
    #[default]
    Total,
    /// Only this is known: A was before B if A returned before B was called. A call takes effect
    /// somewhere between its line and the line of its return.
    Interval,
}

/// Whether the trace says when a thread waits for something that is not modelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocking {
    /// Outside calls a thread blocks only where the trace says so.
    #[default]
    Reported,
    /// It may have blocked unseen at any time, on a lock, on a page.
    Unknown,
}

/// Whether operations on files are in the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operations {
    /// Every operation whose completion can reach a port is a call of this trace.
    #[default]
    Logged,
    /// Files may have had operations that nobody logged: their packets appear unannounced.
    Unlogged,
}

/// Whether every object is made by a call of this trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objects {
    /// A handle that no line of the trace made is a handle that does not exist.
    #[default]
    Declared,
    /// Handles may be opened and closed unseen. A file exists when it is first used, and a handle
    /// value that comes up again has been closed in between.
    Implicit,
}

/// The first line.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Meta {
    /// Always `iocp-trace`.
    pub format: Format,
    /// Always 1.
    pub version: u64,
    /// Which entry points are shown.
    #[serde(default)]
    pub level: Level,
    /// What the order of lines means.
    #[serde(default)]
    pub order: Order,
    /// Whether blocking outside calls is shown.
    #[serde(default)]
    pub blocking: Blocking,
    /// Whether operations on files are shown.
    #[serde(default)]
    pub operations: Operations,
    /// Whether the making of objects is shown.
    #[serde(default)]
    pub objects: Objects,
    /// Processors of the machine: what concurrency 0 stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processors: Option<u32>,
    /// The semantics that the implementation claims, for information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Which implementation was traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<String>,
    /// What made the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The unit of `ts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
}

impl Meta {
    /// A version 1 trace in an order, everything else as by default.
    pub fn new(level: Level, order: Order) -> Meta {
        Meta { version: super::VERSION, level, order, ..Meta::default() }
    }
}

/// How a thread was seen to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Seen inside the port wait.
    #[default]
    Parked,
    /// Its request found nothing, so that it goes on to wait. On a port that looks and parks in
    /// one step that is the moment it parked. On one that wakes its waiters to look again
    /// (`hand-off=wake-and-retry`) it is still on its way, and its place among the waiters is not
    /// known.
    Asked,
    /// It asks again within the same call: its wait has ended, either because it was woken or
    /// because its timeout ran out and the program called once more. What it finds is on the
    /// next line of the thread.
    Again,
}

/// A device completed an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Io {
    /// The file, as a handle; unknown if absent.
    pub file: Option<Handle>,
    /// The OVERLAPPED or APC context of the operation.
    pub overlapped: Option<u64>,
    /// The final status; unknown if absent.
    pub status: Option<u32>,
    /// `IoStatus.Information`; unknown if absent.
    pub information: Option<u64>,
}

/// An object that exists although no call of this trace made it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A file object whose operations complete as its device likes.
    File,
    /// A completion port.
    Port,
}

/// Which thread a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadOf {
    /// The one that this handle of the first process names.
    Handle(Handle),
    /// Another one of the process that this handle of the first process names.
    Process(Handle),
}

/// What one line says. Lines whose `ev` begins with `x-` say nothing and are skipped.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A thread calls.
    Call {
        /// Joins the call with its return; unique in the file.
        id: u64,
        /// The thread.
        tid: Name,
        /// The call. A timeout that the trace leaves out is [`super::UNKNOWN_TIMEOUT`].
        call: Call,
    },
    /// A call returned.
    Ret {
        /// The call.
        id: u64,
        /// The thread, where the line names it.
        tid: Option<Name>,
        /// What it returned. Absent is unknown.
        res: Res,
    },
    /// A thread was seen to wait inside its call: at the port, if it is a remove.
    Waiting {
        /// The thread.
        tid: Name,
        /// In which way.
        seen: Seen,
    },
    /// A thread begins to wait for something that is not modelled.
    Block {
        /// The thread.
        tid: Name,
    },
    /// That wait ended.
    Unblock {
        /// The thread.
        tid: Name,
    },
    /// A thread ended.
    Exit {
        /// The thread.
        tid: Name,
    },
    /// Every call that has not returned is now waiting.
    Settled,
    /// A device completed an operation.
    Io(Io),
    /// An object exists from here on (at the latest).
    Object {
        /// Its handle.
        handle: Handle,
        /// What it is.
        kind: Object,
        /// The concurrency value of a port, where it is known.
        concurrency: Option<u32>,
    },
    /// Which thread a name stands for, where that is not a new thread of the first process.
    Thread {
        /// The name.
        tid: Name,
        /// The thread.
        of: ThreadOf,
    },
    /// Somebody outside does something to a file: data comes, a client connects, the peer goes.
    Arrive {
        /// The file that it happens to.
        file: Handle,
        /// What.
        what: Arrival,
    },
    /// Words for the reader.
    Note {
        /// The words.
        text: String,
    },
    /// The last line.
    End {
        /// How many events were lost on the way.
        dropped: u64,
    },
}

/// An event with its place in time, where the trace gives one.
#[derive(Clone, PartialEq, Debug)]
pub struct Traced {
    /// The number of the line, from 1.
    pub line: u64,
    /// When, in the unit of [`Meta::clock`]; for information only.
    pub ts: Option<u64>,
    /// What.
    pub event: Event,
}
