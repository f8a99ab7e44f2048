//! Wine's relay log: `1886.967:010c:0118:Call ntdll.NtRemoveIoCompletion(00000030,...) ret=...`,
//! later `...:Ret  ntdll.NtRemoveIoCompletion() retval=00000102 ret=...`.
//!
//! Lines are written before a call is entered and after it is left, by many threads: the order
//! between calls is that of intervals. Out-parameters are pointers, so that results other than
//! the function's value are unknown; so are timeouts of native calls, unless there is none.
//! Native calls are told where the log has any; else the Win32 calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, Write};

use iocp_model::{Call, Handle, NtStatus, Overlapped, Timeout};

use super::Summary;
use super::error::{ConvertError, Lines};
use crate::trace::{
    Blocking, Event, Level, Meta, Name, Object, Objects, Operations, Order, Res, UNKNOWN_TIMEOUT,
    Writer,
};

pub(super) fn convert(input: impl BufRead, output: impl Write) -> Result<Summary, ConvertError> {
    let meta = Meta {
        blocking: Blocking::Unknown,
        operations: Operations::Unlogged,
        objects: Objects::Implicit,
        implementation: Some("wine".into()),
        source: Some("wine-relay".into()),
        ..Meta::new(Level::Nt, Order::Interval)
    };
    let mut lines = Lines::new(input);
    let mut log = Log {
        writer: Writer::new(output, &meta)?,
        next_id: 1,
        inside: BTreeMap::new(),
        known: BTreeSet::new(),
        unnamed: VecDeque::new(),
    };
    let mut summary = Summary::default();
    while let Some(line) = lines.next()? {
        match parse(line) {
            Some(Line { thread, what: What::Call { function, args } }) => {
                log.call(thread, function, &args)?;
                summary.told += 1;
            }
            Some(Line { thread, what: What::Ret { function, value } }) => {
                log.ret(thread, function, value)?;
                summary.told += 1;
            }
            None => summary.skipped += 1,
        }
    }
    if summary.told == 0 {
        return Err(ConvertError::Nothing("a relayed call about a completion port"));
    }
    log.writer.event(&Event::End { dropped: 0 })?;
    log.writer.finish()?;
    Ok(summary)
}

struct Line<'a> {
    thread: &'a str,
    what: What<'a>,
}

enum What<'a> {
    Call { function: &'a str, args: Vec<u64> },
    Ret { function: &'a str, value: u64 },
}

const NATIVE: &[&str] = &[
    "NtCreateIoCompletion",
    "NtSetIoCompletion",
    "NtRemoveIoCompletion",
    "NtRemoveIoCompletionEx",
    "NtQueryIoCompletion",
];

const WIN32: &[&str] = &[
    "CreateIoCompletionPort",
    "PostQueuedCompletionStatus",
    "GetQueuedCompletionStatus",
    "GetQueuedCompletionStatusEx",
];

fn parse(line: &str) -> Option<Line<'_>> {
    let (front, rest, call) = match line.split_once(":Call ") {
        Some((front, rest)) => (front, rest, true),
        None => {
            let (front, rest) = line.split_once(":Ret ")?;
            (front, rest.trim_start(), false)
        }
    };
    let thread = front.rsplit(':').next()?;
    let (function, rest) = rest.split_once('(')?;
    let (module, name) = function.rsplit_once('.')?;
    let known = match module {
        "ntdll" => NATIVE.contains(&name),
        "kernel32" | "KERNEL32" => WIN32.contains(&name),
        _ => false,
    };
    if !known {
        return None;
    }
    let hex = |text: &str| u64::from_str_radix(text.trim(), 16).ok();
    let what = match call {
        true => {
            let (args, _) = rest.split_once(')')?;
            // Wine prints what a string argument points to after its address.
            let args = args.split(',').map(|a| a.split(' ').next().and_then(hex)).collect();
            What::Call { function: name, args: Option::<Vec<u64>>::unwrap_or_default(args) }
        }
        false => {
            let value = rest.split_once("retval=")?.1.split(' ').next().and_then(hex)?;
            What::Ret { function: name, value }
        }
    };
    Some(Line { thread, what })
}

struct Log<W> {
    writer: Writer<W>,
    next_id: u64,
    /// The outermost call of each thread: its id (none if it is not told), name, and how many
    /// further calls it has made inside.
    inside: BTreeMap<String, Frame>,
    /// Handles that a line has made known.
    known: BTreeSet<u64>,
    /// Concurrency values of ports that native calls made, whose handles are yet to be seen.
    unnamed: VecDeque<u32>,
}

struct Frame {
    id: Option<u64>,
    function: String,
    nested: u32,
    concurrency: Option<u32>,
    makes: bool,
}

impl<W: Write> Log<W> {
    fn call(&mut self, thread: &str, function: &str, args: &[u64]) -> Result<(), ConvertError> {
        if let Some(frame) = self.inside.get_mut(thread) {
            // A Win32 function enters its native one: told is the outer, which has the values.
            frame.nested += 1;
            return Ok(());
        }
        let call = to_call(function, args);
        let concurrency =
            (function == "NtCreateIoCompletion").then(|| args.get(3).map_or(0, |n| *n as u32));
        let mut id = None;
        if let Some(call) = call {
            if let Some(port) = port_of(&call) {
                self.make_known(port)?;
            }
            id = Some(self.next_id);
            self.next_id += 1;
            self.writer.event(&Event::Call {
                id: self.next_id - 1,
                tid: Name::from(thread),
                call,
            })?;
        }
        let frame = Frame {
            id,
            function: function.to_owned(),
            nested: 0,
            concurrency,
            makes: function == "CreateIoCompletionPort",
        };
        self.inside.insert(thread.to_owned(), frame);
        Ok(())
    }

    fn ret(&mut self, thread: &str, function: &str, value: u64) -> Result<(), ConvertError> {
        match self.inside.get_mut(thread) {
            Some(frame) if frame.nested > 0 => {
                frame.nested -= 1;
                return Ok(());
            }
            Some(frame) if frame.function == function => {}
            _ => return Ok(()),
        }
        let Some(frame) = self.inside.remove(thread) else { return Ok(()) };
        if let Some(concurrency) = frame.concurrency.filter(|_| value == 0) {
            self.unnamed.push_back(concurrency);
        }
        if frame.makes && value != 0 {
            self.known.insert(value);
        }
        let Some(id) = frame.id else { return Ok(()) };
        let res = match () {
            () if frame.makes => Res { handle: Some(value), ..Res::default() },
            () if function.starts_with("Nt") => {
                Res { status: Some(value as u32), ..Res::default() }
            }
            () => Res { ok: Some(value as u32 != 0), ..Res::default() },
        };
        Ok(self.writer.event(&Event::Ret { id, tid: Some(Name::from(thread)), res })?)
    }

    /// The first use of a handle names the oldest port that has no name yet: the address that a
    /// native create wrote its handle to is in the log, the handle is not.
    fn make_known(&mut self, port: Handle) -> Result<(), ConvertError> {
        if port.0 == 0 || port == Handle::INVALID || !self.known.insert(port.0) {
            return Ok(());
        }
        let concurrency = self.unnamed.pop_front();
        let object = Event::Object { handle: port, kind: Object::Port, concurrency };
        Ok(self.writer.event(&object)?)
    }
}

fn port_of(call: &Call) -> Option<Handle> {
    match call {
        Call::NtSetIoCompletion { port, .. }
        | Call::NtRemoveIoCompletion { port, .. }
        | Call::NtRemoveIoCompletionEx { port, .. }
        | Call::NtQueryIoCompletion { port, .. }
        | Call::PostQueuedCompletionStatus { port, .. }
        | Call::GetQueuedCompletionStatus { port, .. }
        | Call::GetQueuedCompletionStatusEx { port, .. } => Some(*port),
        _ => None,
    }
}

/// The call that a relayed line shows; `None` for those whose handle is in memory not shown.
fn to_call(function: &str, args: &[u64]) -> Option<Call> {
    let arg = |n: usize| args.get(n).copied();
    let handle = |n| arg(n).map(sign_extended);
    let native_timeout = |n| match arg(n) {
        Some(0) => Timeout::Infinite,
        _ => UNKNOWN_TIMEOUT,
    };
    let milliseconds = |n| arg(n).map(|value| Timeout::milliseconds(value as u32));
    Some(match function {
        "NtSetIoCompletion" => Call::NtSetIoCompletion {
            port: handle(0)?,
            key: arg(1)?,
            context: arg(2)?,
            status: NtStatus(arg(3)? as u32),
            information: arg(4)?,
        },
        "NtRemoveIoCompletion" => {
            Call::NtRemoveIoCompletion { port: handle(0)?, timeout: native_timeout(4) }
        }
        "NtRemoveIoCompletionEx" => Call::NtRemoveIoCompletionEx {
            port: handle(0)?,
            count: arg(2)? as u32,
            timeout: native_timeout(4),
            alertable: arg(5)? != 0,
        },
        "NtQueryIoCompletion" => Call::NtQueryIoCompletion {
            port: handle(0)?,
            class: arg(1)? as u32,
            length: arg(3)? as u32,
        },
        "CreateIoCompletionPort" => Call::CreateIoCompletionPort {
            file: handle(0)?,
            existing_port: handle(1)?,
            key: arg(2)?,
            concurrency: arg(3)? as u32,
        },
        "PostQueuedCompletionStatus" => Call::PostQueuedCompletionStatus {
            port: handle(0)?,
            bytes: arg(1)? as u32,
            key: arg(2)?,
            overlapped: Overlapped(arg(3)?),
        },
        "GetQueuedCompletionStatus" => {
            Call::GetQueuedCompletionStatus { port: handle(0)?, timeout: milliseconds(4)? }
        }
        "GetQueuedCompletionStatusEx" => Call::GetQueuedCompletionStatusEx {
            port: handle(0)?,
            count: arg(2)? as u32,
            timeout: milliseconds(4)?,
            alertable: arg(5)? != 0,
        },
        _ => return None,
    })
}

/// A 32-bit -1 is `INVALID_HANDLE_VALUE`.
fn sign_extended(value: u64) -> Handle {
    match value {
        0xFFFF_FFFF => Handle::INVALID,
        value => Handle(value),
    }
}
