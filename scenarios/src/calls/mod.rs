//! The functions a thread can call, one row each: name, arguments, and how to build the
//! [`Call`]. The checker, the JSON Schema, the reference page and the compiler all read this table.

mod files;
mod objects;
mod ports;

use iocp_model::{
    Access, Attributes, Call, FileKind, Handle, IoOp, NtStatus, Overlapped, OverlappedArg, Timeout,
};

use crate::shape::{Field, Record, Shape};

/// What an argument is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A handle: a declared object, a variable that holds one, `NULL`, a number.
    Handle,
    /// The address of an OVERLAPPED: a declared one, a variable, `NULL`, a number.
    Pointer,
    /// The `lpOverlapped` of a file operation: also its event, low bit included. Two values.
    Overlapped,
    /// A number.
    Number,
    /// A time: milliseconds, `infinite`, or microseconds as `{"us": n}`.
    Timeout,
    /// `true` or `false`.
    Flag,
    /// An access mask.
    Access,
    /// `OBJECT_ATTRIBUTES`.
    Attributes,
    /// What kind of file.
    File,
    /// A list of handles.
    Handles,
    /// A number that may be missing.
    Maybe,
    /// Events of a socket: `AFD_POLL_RECEIVE` and the like, added up.
    Events,
}

/// An argument. Without a default it must be given.
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Option<u64>,
}

/// The evaluated arguments, in the order of the table; [`Kind::Overlapped`] takes two places.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Values {
    pub(crate) plain: [u64; 9],
    pub(crate) handles: Vec<Handle>,
}

impl Values {
    pub(crate) fn handle(&self, index: usize) -> Handle {
        Handle(self.plain[index])
    }
    pub(crate) fn small(&self, index: usize) -> u32 {
        self.plain[index] as u32
    }
    pub(crate) fn flag(&self, index: usize) -> bool {
        self.plain[index] != 0
    }
    pub(crate) fn at(&self, index: usize) -> Overlapped {
        Overlapped(self.plain[index])
    }
    fn overlapped(&self, index: usize) -> OverlappedArg {
        OverlappedArg { at: self.at(index), event: self.handle(index + 1) }
    }
    fn status(&self, index: usize) -> NtStatus {
        NtStatus(self.small(index))
    }
    pub(crate) fn timeout(&self, index: usize) -> Timeout {
        match self.plain[index] {
            0 => Timeout::Zero,
            u64::MAX => Timeout::Infinite,
            ticks => Timeout::Finite(ticks),
        }
    }
    fn access(&self, index: usize) -> Access {
        Access(self.small(index))
    }
    fn attributes(&self, index: usize) -> Attributes {
        match self.plain[index] {
            0 => Attributes::Null,
            1 => Attributes::WrongLength,
            2 => Attributes::Unnamed,
            3 => Attributes::BadRoot,
            named => Attributes::Named((named - 4) as u16),
        }
    }
    fn kind(&self, index: usize) -> FileKind {
        FILE_KINDS[(self.plain[index] as usize).min(FILE_KINDS.len() - 1)].1
    }
}

/// How the arguments become a call.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    /// From the values alone.
    Plain(fn(&Values) -> Call),
    /// A file operation; see [`crate::operations`].
    Operation(IoOp),
    /// A poll of a socket: it pends like an operation, and nothing but the socket and its own
    /// timeout ends it.
    Poll(fn(&Values) -> Call),
}

/// A row of the table.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [Argument],
    pub(crate) build: Build,
}

/// The statuses of a call for which there is no memory, or no quota.
pub(crate) const EXHAUSTIONS: &[&str] = &["STATUS_INSUFFICIENT_RESOURCES", "STATUS_QUOTA_EXCEEDED"];

/// The functions that may fail with them.
pub(crate) const EXHAUSTIBLE: [&str; 5] = [
    "PostQueuedCompletionStatus",
    "NtSetIoCompletion",
    "CreateIoCompletionPort",
    "NtCreateIoCompletion",
    "NtSetInformationFileCompletion",
];

/// The words for kinds of files.
pub(crate) const FILE_KINDS: [(&str, FileKind); 8] = [
    ("disk", FileKind::Disk),
    ("directory", FileKind::Directory),
    ("pipe-server", FileKind::PipeServer),
    ("pipe-client", FileKind::PipeClient),
    ("stream", FileKind::Stream),
    ("listener", FileKind::Listener),
    ("datagram", FileKind::Datagram),
    ("device", FileKind::Device),
];

/// Their names alone.
pub(crate) const FILE_KIND_WORDS: &[&str] = &[
    "disk",
    "directory",
    "pipe-server",
    "pipe-client",
    "stream",
    "listener",
    "datagram",
    "device",
];

/// The words for access rights, with their bits.
pub(crate) const ACCESS: [(&str, Access); 4] = [
    ("query", Access::QUERY_STATE),
    ("modify", Access::MODIFY_STATE),
    ("synchronize", Access::SYNCHRONIZE),
    ("all", Access::ALL),
];

/// The words for cases of `OBJECT_ATTRIBUTES`, in the order of their numbers.
pub(crate) const ATTRIBUTES: &[&str] = &["null", "wrong-length", "unnamed", "bad-root"];

/// A time in microseconds.
pub(crate) static MICROSECONDS: Record = Record {
    name: "a time",
    fields: &[crate::shape::required("us", Shape::Expression, "microseconds")],
};

const TIMEOUT: Shape = Shape::Either(&[Shape::Expression, Shape::Record(&MICROSECONDS)]);

impl Kind {
    /// What may be written for it.
    pub(crate) const fn shape(self) -> Shape {
        match self {
            Kind::Handle
            | Kind::Pointer
            | Kind::Overlapped
            | Kind::Number
            | Kind::Maybe
            | Kind::Events => Shape::Expression,
            Kind::Timeout => TIMEOUT,
            Kind::Flag => Shape::Flag,
            Kind::Access => Shape::List(&Shape::Words(&["query", "modify", "synchronize", "all"])),
            Kind::Attributes => Shape::Either(&[Shape::Words(ATTRIBUTES), Shape::Integer(0, 1000)]),
            Kind::File => Shape::Words(FILE_KIND_WORDS),
            Kind::Handles => Shape::List(&Shape::Expression),
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Kind::Handle => "a handle: the name of an object or a variable, `NULL`, or a number",
            Kind::Pointer => "the address of an OVERLAPPED: its name, a variable, `NULL`, a number",
            Kind::Overlapped => "the OVERLAPPED of the operation, or `NULL`",
            Kind::Number => "a number",
            Kind::Timeout => "milliseconds, `infinite`, or {\"us\": microseconds}",
            Kind::Flag => "true or false",
            Kind::Access => "access rights",
            Kind::Attributes => "object attributes; a number names the object",
            Kind::File => "the kind of file",
            Kind::Handles => "handles",
            Kind::Maybe => "a number; left out, there is none",
            Kind::Events => "events: `AFD_POLL_RECEIVE` and the like, added up",
        }
    }

    /// How many places it takes in [`Values`].
    pub(crate) const fn places(self) -> usize {
        match self {
            Kind::Overlapped => 2,
            Kind::Handles => 0,
            _ => 1,
        }
    }
}

/// Every function with its fields, for checker, schema and reference.
pub(crate) fn call_fields() -> Vec<(&'static str, Vec<Field>)> {
    let field = |argument: &Argument| Field {
        key: argument.name,
        shape: argument.kind.shape(),
        required: argument.default.is_none(),
        about: argument.kind.about(),
    };
    functions()
        .map(|function| (function.name, function.arguments.iter().map(field).collect()))
        .collect()
}

/// All rows.
pub(crate) fn functions() -> impl Iterator<Item = &'static Function> {
    ports::PORTS
        .iter()
        .chain(files::FILES)
        .chain(objects::OBJECTS)
        .chain(crate::operations::OPERATIONS)
}

/// The row of a function.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    functions().find(|function| function.name == name)
}

pub(crate) const fn arg(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, default: None }
}

pub(crate) const fn or(name: &'static str, kind: Kind, default: u64) -> Argument {
    Argument { name, kind, default: Some(default) }
}

pub(crate) const fn row(
    name: &'static str,
    arguments: &'static [Argument],
    build: fn(&Values) -> Call,
) -> Function {
    Function { name, arguments, build: Build::Plain(build) }
}
