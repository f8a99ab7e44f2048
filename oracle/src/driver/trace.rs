//! A conversation as a trace, so that the checker can judge it.
//!
//! Handles have names in a conversation and numbers in a trace; a step that the model has no call
//! for (what a peer outside does, a look at memory) becomes a note.

use super::conductor::{Conversation, Said};
use super::peers::Peers;
use super::protocol::Hello;
use super::words::{address, defaults, hex, status, timeout, value_number};
use crate::trace::{Blocking, Entry, Event, Level, Meta, Order, Res, ThreadOf, Writer};
use iocp_model::{Call, Handle, IoCall, IoOp, Notify, NtStatus, Overlapped, OverlappedArg, Reply};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Arguments that are handles.
pub(crate) const HANDLES: &[&str] = &[
    "event",
    "existing_port",
    "file",
    "handle",
    "job",
    "mutex",
    "other",
    "packet",
    "port",
    "process",
    "reserve",
    "semaphore",
    "server",
    "socket",
    "source_process",
    "target",
    "target_process",
    "thread",
];

/// The file operations of the protocol, which are one call of the model.
const OPERATIONS: &[&str] = &[
    "AcceptEx",
    "ConnectEx",
    "ConnectNamedPipe",
    "DeviceIoControl",
    "DisconnectEx",
    "LockFileEx",
    "NtDeviceIoControlFile",
    "NtFsControlFile",
    "NtReadFile",
    "NtWriteFile",
    "ReadDirectoryChangesW",
    "ReadFile",
    "ReadFileEx",
    "TransactNamedPipe",
    "TransmitFile",
    "WSAIoctl",
    "WSARecv",
    "WSARecvFrom",
    "WSASend",
    "WSASendTo",
    "WriteFile",
    "WriteFileEx",
];

/// A control of sockets that is answered at once, with four bytes.
const FIONREAD: u64 = 0x4004_667f;

/// The trace of a case, as the lines of a trace file.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn trace_of(conversation: &Conversation, hello: &Hello) -> std::io::Result<Vec<u8>> {
    let mut meta = Meta::new(Level::Win32, Order::Total);
    meta.implementation = Some(hello.system.clone());
    meta.blocking = match hello.blocking.as_str() {
        "reported" => Blocking::Reported,
        _ => Blocking::Unknown,
    };
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &meta)?;
    for event in events(conversation) {
        writer.event(&event)?;
    }
    // A case that broke off ends in the middle.
    writer.event(&Event::End { dropped: u64::from(conversation.fault.is_some()) })?;
    Ok(bytes)
}

/// The calls so far: function, arguments, names for its handles.
type Calls<'a> = BTreeMap<u64, (&'a String, &'a Map<String, Value>, &'a Vec<String>)>;

/// What was said, as events.
fn events(conversation: &Conversation) -> Vec<Event> {
    let mut numbers = Numbers::default();
    let mut calls: Calls<'_> = BTreeMap::new();
    let lacks = |said: &Said| match said {
        Said::Unsupported { id, .. } => Some(*id),
        _ => None,
    };
    // Calls that the trace does not show: the model or the implementation has no such call.
    let unsupported: BTreeSet<u64> = conversation.said.iter().filter_map(lacks).collect();
    // What somebody outside does is no call.
    let mut peers = Peers::default();
    let (mut outside, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    let mut events = Vec::new();
    for said in &conversation.said {
        match said {
            Said::Call { id, thread, op, args, bind } => {
                calls.insert(*id, (op, args, bind));
                // A thread's own end is an event, not a call that never returns.
                if op == "ExitThread" {
                    continue;
                }
                if let Some(arrival) = peers.acts(&numbers, op, args) {
                    outside.insert(*id);
                    events.extend(arrival);
                    continue;
                }
                let shown = numbers.call(thread, op, args).filter(|_| !unsupported.contains(id));
                match shown {
                    Some(call) => {
                        events.push(Event::Call { id: *id, tid: thread.as_str().into(), call });
                    }
                    None => {
                        left_out.insert(*id);
                        let text = format!("{thread}: {op} {}", Value::Object(args.clone()));
                        events.push(Event::Note { text });
                    }
                }
            }
            Said::Ret { id, res } => {
                let Some((op, args, bind)) = calls.get(id) else { continue };
                peers.learn(op, args, bind);
                if outside.remove(id) {
                    continue;
                }
                let res = numbers.res(op, bind, res);
                answered(&mut events, *id, &res);
                let started = bind.first().filter(|_| *op == "CreateThread").zip(res.handle);
                if !left_out.remove(id) {
                    events.push(Event::Ret { id: *id, tid: None, res });
                }
                events.extend(started.map(|(name, handle)| announce(name, handle)));
            }
            Said::Exit { thread, .. } => {
                events.push(Event::Exit { tid: thread.as_str().into() });
            }
            Said::Unsupported { id, why } => {
                left_out.remove(id);
                events.push(Event::Note { text: format!("call {id} is not supported: {why}") });
            }
            // Only what was seen is evidence.
            Said::Settled { sure: true, waiting }
                if left_out.is_empty() && !starts_process(&calls, waiting) =>
            {
                events.push(Event::Settled);
            }
            Said::Settled { .. } => {}
        }
    }
    events
}

/// What a control does is in its code, which the model does not know: where the call says how it
/// ended, its device has answered so at once.
fn answered(events: &mut [Event], call: u64, res: &Res) {
    const PENDING: u32 = 997;
    let called = events.iter_mut().rev().find_map(|event| match event {
        Event::Call { id, call: Call::Io(io), .. } if *id == call => Some(io),
        _ => None,
    });
    let Some(io) = called.filter(|io| io.op.is_control()) else { return };
    // Of a pipe the model knows what a peek is, and nothing else is asked for.
    let known = io.op == IoOp::NtFsControlFile;
    if known || io.reply != Reply::Driver {
        return;
    }
    let failed = res.error.filter(|error| *error != PENDING).and_then(NtStatus::from_win32);
    let status = match (res.status, res.ok, res.int) {
        (Some(status), ..) => Some(NtStatus(status)).filter(|s| *s != NtStatus::PENDING),
        (None, Some(true), _) | (None, _, Some(0)) => Some(NtStatus::SUCCESS),
        _ => failed,
    };
    if let Some(status) = status {
        io.reply = Reply::Done { status, information: res.bytes.unwrap_or(0) };
    }
}

/// A thread that a call has started goes by the name of its handle.
fn announce(name: &str, handle: u64) -> Event {
    Event::Thread { tid: name.into(), of: ThreadOf::Handle(Handle(handle)) }
}

/// Whether a process is being started: that waits for much that the model knows nothing of.
fn starts_process(calls: &Calls<'_>, waiting: &[u64]) -> bool {
    waiting.iter().any(|id| calls.get(id).is_some_and(|(op, ..)| *op == "CreateProcess"))
}

/// Numbers for the names of handles.
#[derive(Default)]
pub(crate) struct Numbers {
    by_name: BTreeMap<String, u64>,
    given: u64,
}

impl Numbers {
    /// The handle of that name.
    pub(super) fn named(&self, name: &str) -> Option<Handle> {
        self.by_name.get(name).copied().map(Handle)
    }

    /// A number that somebody else gives.
    pub(crate) fn know(&mut self, name: &str, number: u64) {
        self.by_name.insert(name.to_owned(), number);
    }

    fn bind(&mut self, name: &str) -> u64 {
        self.given += 1;
        let number = 0x1000 + 4 * self.given;
        self.by_name.insert(name.to_owned(), number);
        number
    }

    /// The number of a name that a thread uses; `None` for another thread's handle, which no call
    /// of the trace has opened.
    fn number(&self, thread: &str, name: &str) -> Option<u64> {
        match name {
            "NULL" => Some(Handle::NULL.0),
            "-1" => Some(Handle::INVALID.0),
            "-2" => Some(Handle::CURRENT_THREAD.0),
            _ if name.strip_prefix('@') == Some(thread) => Some(Handle::CURRENT_THREAD.0),
            _ => self.by_name.get(name).copied(),
        }
    }

    /// A call of the protocol as a call of the model; `None` if the model has none.
    pub(crate) fn call(&self, thread: &str, op: &str, args: &Map<String, Value>) -> Option<Call> {
        if OPERATIONS.contains(&op) {
            return self.operation(thread, op, args).map(Call::Io);
        }
        let mut args = args.clone();
        if op.starts_with("GetOverlappedResult") {
            let at = args.get("overlapped").and_then(Value::as_str).and_then(address)?;
            args.insert("overlapped".into(), json!({ "at": at, "event": 0 }));
        }
        if let Some(number) = args.remove("name") {
            args.insert("attributes".into(), json!({ "named": number }));
        }
        let mut plain = defaults(op);
        for (name, value) in &args {
            let value = match (name.as_str(), value) {
                ("timeout", value) => timeout(value)?,
                ("handles", Value::Array(list)) => list
                    .iter()
                    .map(|name| self.number(thread, name.as_str()?).map(Value::from))
                    .collect::<Option<Vec<_>>>()?
                    .into(),
                (name, Value::String(text)) if HANDLES.contains(&name) => {
                    self.number(thread, text)?.into()
                }
                ("overlapped" | "status_block" | "context", Value::String(text)) => {
                    address(text)?.into()
                }
                (_, Value::String(text)) => hex(text).map_or_else(|| json!(text), Value::from),
                (_, other) => other.clone(),
            };
            plain.insert(name.clone(), value);
        }
        serde_json::from_value(json!({ "op": op, "args": plain })).ok()
    }

    fn operation(&self, thread: &str, op: &str, args: &Map<String, Value>) -> Option<IoCall> {
        let handle = |name: &str| match args.get(name) {
            None => Some(Handle::NULL),
            Some(value) => self.number(thread, value.as_str()?).map(Handle),
        };
        let text = |name: &str| args.get(name).and_then(Value::as_str);
        let low_bit = args.get("low_bit") == Some(&Value::Bool(true));
        let event = Handle(handle("event")?.0 | u64::from(low_bit));
        let routine = args.get("routine").and_then(Value::as_u64).map(|n| n as u16);
        let overlapped = |name: &str| text(name).map_or(Some(0), address).map(Overlapped);
        let notify = if text("status_block").is_some() {
            let context = match args.get("context") {
                Some(Value::Number(number)) => number.as_u64()?,
                Some(Value::String(text)) => address(text)?,
                _ => 0,
            };
            Notify::Native { event, routine, context, status_block: overlapped("status_block")? }
        } else {
            match (overlapped("overlapped")?, routine) {
                (Overlapped::NULL, _) => Notify::Nothing,
                (at, None) => Notify::Overlapped(OverlappedArg { at, event }),
                (at, Some(routine)) => {
                    Notify::Routine { overlapped: OverlappedArg { at, event }, routine }
                }
            }
        };
        Some(IoCall {
            op: serde_json::from_value::<IoOp>(json!(op)).ok()?,
            file: handle("file")?,
            length: args.get("length").and_then(Value::as_u64).unwrap_or(0) as u32,
            other: handle("other")?,
            notify,
            reply: match args.get("code").and_then(value_number) {
                Some(FIONREAD) => Reply::Done { status: NtStatus::SUCCESS, information: 4 },
                _ => Reply::Driver,
            },
        })
    }

    /// A result; the names that it gives to handles are known from here on.
    fn res(&mut self, op: &str, bind: &[String], res: &Map<String, Value>) -> Res {
        let mut out = Res::default();
        let mut fresh = bind.iter();
        let mut handle = |numbers: &mut Numbers, name: &str| match name {
            "NULL" => 0,
            "-1" => Handle::INVALID.0,
            _ if fresh.next().is_some_and(|bound| bound == name) => numbers.bind(name),
            _ => numbers.by_name.get(name).copied().unwrap_or(0),
        };
        match res.get("value") {
            Some(Value::Bool(ok)) => out.ok = Some(*ok),
            Some(Value::String(text)) => match status(text) {
                Some(status) => out.status = Some(status),
                None => out.handle = Some(handle(self, text)),
            },
            Some(Value::Number(number)) => match op {
                "WSARecv" | "WSARecvFrom" | "WSASend" | "WSASendTo" | "WSAIoctl" | "Shutdown" => {
                    out.int = number.as_i64().map(|n| n as i32);
                }
                _ => out.dword = number.as_u64().map(|n| n as u32),
            },
            _ => {}
        }
        let number = |name: &str| res.get(name).and_then(value_number);
        let number32 = |name: &str| number(name).map(|n| n as u32);
        for name in ["handle", "process", "thread"] {
            let Some(text) = res.get(name).and_then(Value::as_str) else { continue };
            if text == "NULL" {
                continue;
            }
            let made = Some(handle(self, text));
            if out.handle.is_none() { out.handle = made } else { out.other = made }
        }
        out.error = number32("last_error");
        out.key = number("key");
        out.overlapped = res.get("overlapped").and_then(Value::as_str).and_then(address);
        out.bytes = number("bytes").or_else(|| number("information"));
        out.io_status = res.get("status").and_then(Value::as_str).and_then(status);
        out.count = number32("count");
        out.depth = number32("depth");
        out.previous = number32("previous");
        out.modes = number32("modes");
        out.pid = number("process_id");
        if op == "QueueUserAPC" {
            // A DWORD of which only is known whether it is zero.
            out.dword = out.ok.take().map(u32::from);
        }
        if op == "SwitchToThread" {
            // Whether another thread was ready to run is for nobody to say.
            (out.ok, out.dword) = (None, None);
        }
        out.already_signaled = res.get("already_signaled").and_then(Value::as_bool);
        // The count that an overlapped operation writes when it does not end at once means nothing
        // (ReadFile: "use NULL").
        if OPERATIONS.contains(&op) && (out.ok == Some(false) || out.int == Some(-1)) {
            out.bytes = None;
        }
        // Of a batch that failed nothing is certain but that it failed.
        let failed = out.ok == Some(false) || out.status.is_some_and(|status| status != 0);
        if failed {
            out.count = None;
        } else if let Some(Value::Array(entries)) = res.get("entries") {
            out.entries = Some(entries.iter().map(entry).collect());
        }
        out
    }
}

fn entry(value: &Value) -> Entry {
    Entry {
        key: value_number(&value["key"]),
        overlapped: value["overlapped"].as_str().and_then(address),
        bytes: value_number(&value["information"]),
        status: value["status"].as_str().and_then(status),
    }
}
