//! The calls that the threaded port can make, read from the protocol and answered in it.

use super::event::Event;
use super::results::{Face, done, ended, many, object_of, one, status};
use crate::threaded::{Ended, Port, Worker};
use iocp_model::{NtStatus, Origin, Overlapped, Packet};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The calls that it can make.
pub(super) const OPS: &[&str] = &[
    "CloseHandle",
    "CreateEvent",
    "CreateIoCompletionPort",
    "ExitThread",
    "GetQueuedCompletionStatus",
    "GetQueuedCompletionStatusEx",
    "NtClose",
    "NtCreateIoCompletion",
    "NtQueryIoCompletion",
    "NtRemoveIoCompletion",
    "NtRemoveIoCompletionEx",
    "NtSetIoCompletion",
    "PostQueuedCompletionStatus",
    "SetEvent",
    "Sleep",
    "WaitForSingleObject",
];

/// A call, its arguments resolved.
pub(super) enum Call {
    CreatePort {
        concurrency: u32,
        face: Face,
    },
    CreateEvent {
        signaled: bool,
    },
    Post {
        port: Port,
        packet: Packet,
        face: Face,
    },
    Remove {
        port: Port,
        batch: Option<u32>,
        timeout: Option<Duration>,
        face: Face,
    },
    Depth {
        port: Port,
    },
    ClosePort {
        port: Port,
        name: String,
        face: Face,
    },
    CloseEvent {
        name: String,
        face: Face,
    },
    SetEvent {
        event: Arc<Event>,
    },
    Wait {
        event: Arc<Event>,
        timeout: Option<Duration>,
    },
    Sleep {
        timeout: Option<Duration>,
    },
    Exit,
    /// The handle names nothing any more.
    BadHandle {
        res: Map<String, Value>,
    },
}

/// Why a call cannot be made.
pub(super) enum Problem {
    Unsupported,
    Bad(String),
}

/// What a handle names.
#[derive(Clone)]
pub(super) enum Object {
    Port(Port),
    Event(Arc<Event>),
}

/// The handles of a case. A name that was closed stays known as one that names nothing.
#[derive(Default)]
pub(super) struct Table {
    objects: BTreeMap<String, Option<Object>>,
}

impl Table {
    pub(super) fn insert(&mut self, name: &str, object: Object) {
        self.objects.insert(name.to_owned(), Some(object));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.objects.insert(name.to_owned(), None);
    }

    /// Lets go whoever waits for something of this table.
    pub(super) fn close_all(&self) {
        for object in self.objects.values().flatten() {
            match object {
                Object::Port(port) => port.close(),
                Object::Event(event) => event.set(),
            }
        }
    }
}

/// The arguments of a call.
struct Args<'a> {
    args: &'a Map<String, Value>,
    table: &'a Table,
}

impl Args<'_> {
    fn number(&self, name: &str, default: Option<u64>) -> Result<u64, Problem> {
        let number = match self.args.get(name) {
            None => default,
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => hex(text),
            Some(_) => None,
        };
        number.ok_or_else(|| Problem::Bad(format!("argument `{name}`: expected a number")))
    }

    /// An OVERLAPPED or a context: a slot or any number.
    fn address(&self, name: &str) -> Result<u64, Problem> {
        match self.args.get(name) {
            Some(Value::String(text)) if text == "NULL" => Ok(0),
            Some(Value::String(text)) if text.starts_with('o') => text[1..]
                .parse()
                .map(|n| Overlapped::numbered(n).0)
                .map_err(|_| Problem::Bad(format!("argument `{name}`: no slot `{text}`"))),
            _ => self.number(name, None),
        }
    }

    fn timeout(&self) -> Result<Option<Duration>, Problem> {
        match self.args.get("timeout") {
            Some(Value::String(text)) if text == "infinite" => Ok(None),
            _ => self.number("timeout", None).map(|ms| Some(Duration::from_millis(ms))),
        }
    }

    /// What a name stands for; `None` if it was closed.
    fn object(&self, name: &str) -> Result<(&str, Option<Object>), Problem> {
        let text = self.args.get(name).and_then(Value::as_str).unwrap_or_default();
        match self.table.objects.get(text) {
            Some(object) => Ok((text, object.clone())),
            None => Err(Problem::Bad(format!("argument `{name}`: no handle `{text}`"))),
        }
    }
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Reads a call.
pub(super) fn read(op: &str, args: &Map<String, Value>, table: &Table) -> Result<Call, Problem> {
    let args = Args { args, table };
    match op {
        "CreateIoCompletionPort" => match args.args.get("file").and_then(Value::as_str) {
            Some("-1") => create(&args, Face::Win32),
            _ => Err(Problem::Unsupported),
        },
        "NtCreateIoCompletion" if args.args.get("attributes").is_none() => {
            create(&args, Face::Native)
        }
        "CreateEvent" => {
            let signaled = args.args.get("initial") == Some(&Value::Bool(true));
            Ok(Call::CreateEvent { signaled })
        }
        "ExitThread" => Ok(Call::Exit),
        "Sleep" => Ok(Call::Sleep { timeout: args.timeout()? }),
        "PostQueuedCompletionStatus"
        | "NtSetIoCompletion"
        | "NtQueryIoCompletion"
        | "GetQueuedCompletionStatus"
        | "GetQueuedCompletionStatusEx"
        | "NtRemoveIoCompletion"
        | "NtRemoveIoCompletionEx" => on_port(op, &args),
        "CloseHandle" | "NtClose" => on_object(op, &args, "handle"),
        "SetEvent" => on_object(op, &args, "event"),
        "WaitForSingleObject" => on_object(op, &args, "handle"),
        _ => Err(Problem::Unsupported),
    }
}

fn create(args: &Args, face: Face) -> Result<Call, Problem> {
    let concurrency = args.number("concurrency", Some(0))?;
    let concurrency = u32::try_from(concurrency).unwrap_or(u32::MAX);
    Ok(Call::CreatePort { concurrency, face })
}

fn on_port(op: &str, args: &Args) -> Result<Call, Problem> {
    let face = if op.starts_with("Nt") { Face::Native } else { Face::Win32 };
    let port = match args.object("port")? {
        (_, Some(Object::Port(port))) => port,
        (_, Some(Object::Event(_))) => return Err(Problem::Unsupported),
        (_, None) => return Ok(Call::BadHandle { res: ended(face, Ended::Closed, is_single(op)) }),
    };
    let alertable = args.args.get("alertable") == Some(&Value::Bool(true));
    let batch = |args: &Args| args.number("count", None).map(|n| Some(n.min(1 << 16) as u32));
    match op {
        "PostQueuedCompletionStatus" => {
            let overlapped = Overlapped(args.address("overlapped")?);
            let bytes = args.number("bytes", None)? as u32;
            let packet = Packet::posted(bytes, args.number("key", None)?, overlapped);
            Ok(Call::Post { port, packet, face })
        }
        "NtSetIoCompletion" => {
            let packet = Packet {
                key: args.number("key", None)?,
                overlapped: Overlapped(args.address("context")?),
                status: NtStatus(args.number("status", None)? as u32),
                information: args.number("information", None)?,
                origin: Origin::Posted,
            };
            Ok(Call::Post { port, packet, face })
        }
        "NtQueryIoCompletion" => Ok(Call::Depth { port }),
        _ if alertable => Err(Problem::Unsupported),
        _ => {
            let batch = if is_single(op) { None } else { batch(args)? };
            Ok(Call::Remove { port, batch, timeout: args.timeout()?, face })
        }
    }
}

fn is_single(op: &str) -> bool {
    !op.ends_with("Ex")
}

fn on_object(op: &str, args: &Args, argument: &str) -> Result<Call, Problem> {
    let face = if op == "NtClose" { Face::Native } else { Face::Win32 };
    let (name, object) = args.object(argument)?;
    let name = name.to_owned();
    match (op, object) {
        ("CloseHandle" | "NtClose", Some(Object::Port(port))) => {
            Ok(Call::ClosePort { port, name, face })
        }
        ("CloseHandle" | "NtClose", Some(Object::Event(_))) => Ok(Call::CloseEvent { name, face }),
        ("SetEvent", Some(Object::Event(event))) => Ok(Call::SetEvent { event }),
        ("WaitForSingleObject", Some(Object::Event(event))) => {
            Ok(Call::Wait { event, timeout: args.timeout()? })
        }
        ("WaitForSingleObject", None) => {
            Ok(Call::BadHandle { res: object_of(json!({ "value": u32::MAX, "last_error": 6 })) })
        }
        (_, None) => Ok(Call::BadHandle { res: done(face, Err(Ended::Closed)) }),
        (_, Some(_)) => Err(Problem::Unsupported),
    }
}

impl Call {
    /// Makes the call in the name of a worker. `asleep` is true while it waits outside the port.
    pub(super) fn make(self, worker: &mut Worker, asleep: &Arc<AtomicBool>) -> Map<String, Value> {
        match self {
            Call::Post { port, packet, face } => done(face, worker.post(&port, packet)),
            Call::Remove { port, batch: None, timeout, face } => {
                match worker.remove(&port, timeout) {
                    Ok(packet) => one(face, &packet),
                    Err(why) => ended(face, why, true),
                }
            }
            Call::Remove { port, batch: Some(count), timeout, face } => {
                match worker.remove_batch(&port, count, timeout) {
                    Ok(packets) => many(face, &packets),
                    Err(why) => ended(face, why, false),
                }
            }
            Call::Depth { port } => {
                object_of(json!({ "value": status(0), "depth": worker.depth(&port) }))
            }
            Call::ClosePort { port, face, .. } => {
                worker.close(&port);
                done(face, Ok(()))
            }
            Call::CloseEvent { face, .. } => done(face, Ok(())),
            Call::SetEvent { event } => {
                event.set();
                done(Face::Win32, Ok(()))
            }
            Call::Wait { event, timeout } => {
                let signaled = event.poll()
                    || (timeout != Some(Duration::ZERO)
                        && worker.blocking(|| event.wait(asleep, timeout)));
                let value = if signaled { 0 } else { 258 };
                object_of(json!({ "value": value, "last_error": null }))
            }
            Call::Sleep { timeout } => {
                worker.blocking(|| Event::default().wait(asleep, timeout));
                object_of(json!({ "last_error": null }))
            }
            Call::BadHandle { res } => res,
            Call::CreatePort { .. } | Call::CreateEvent { .. } | Call::Exit => Map::new(),
        }
    }
}
