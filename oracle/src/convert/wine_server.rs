//! Wine's server log, reduced or whole: `thread: request( args )`, then
//! `thread: request() = status { results }`.
//!
//! The server handles one request at a time, so the log is in total order and a call is told
//! where its reply stands. A remove that finds nothing is answered PENDING and the thread goes on
//! to wait; it asks again when the wait ends. From the log alone a thread that was woken cannot be
//! told from one whose wait timed out and that called again, so `waiting` with `seen: again` says
//! just that: one or the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use iocp_model::{Access, Attributes, Call, Handle, NtStatus, Overlapped};

use super::Summary;
use super::error::{ConvertError, Lines};
use crate::trace::{
    Blocking, Event, Level, Meta, Name, Object, Objects, Operations, Order, Res, Seen,
    UNKNOWN_TIMEOUT, Writer,
};

pub(super) fn convert(input: impl BufRead, output: impl Write) -> Result<Summary, ConvertError> {
    let meta = Meta {
        blocking: Blocking::Unknown,
        operations: Operations::Unlogged,
        objects: Objects::Implicit,
        implementation: Some("wine".into()),
        source: Some("wine-server".into()),
        ..Meta::new(Level::Nt, Order::Total)
    };
    let mut lines = Lines::new(input);
    let mut log = Log {
        writer: Writer::new(output, &meta)?,
        next_id: 1,
        asked: BTreeMap::new(),
        open: BTreeMap::new(),
        files: BTreeMap::new(),
        ports: BTreeSet::new(),
    };
    let mut summary = Summary::default();
    while let Some(line) = lines.next()? {
        let told = match parse(line) {
            Some(Line::Request(thread, request)) => {
                log.request(thread, request)?;
                true
            }
            Some(Line::Reply(thread, name, reply)) => log.reply(thread, name, &reply)?,
            Some(Line::Killed(thread)) => log.killed(thread)?,
            None => false,
        };
        match told {
            true => summary.told += 1,
            false => summary.skipped += 1,
        }
    }
    if summary.told == 0 {
        return Err(ConvertError::Nothing("a request of Wine's server about a completion port"));
    }
    log.finish()?;
    Ok(summary)
}

enum Line<'a> {
    Request(&'a str, Request),
    Reply(&'a str, &'a str, Reply<'a>),
    Killed(&'a str),
}

/// A request about ports.
#[derive(Clone, Debug)]
enum Request {
    /// A call that is over with its reply.
    Call(Call),
    Remove(Handle),
    Associate {
        file: Handle,
        port: Handle,
        key: u64,
    },
    /// Anything about a file that exists, whether or not the log showed its association.
    OnFile(Handle, Call),
    Close(Handle),
}

struct Reply<'a> {
    status: Option<u32>,
    fields: &'a str,
}

/// The value of `name=` in `text`, hexadecimal as the server prints it.
fn field(text: &str, name: &str) -> Option<u64> {
    text.split([',', ' ', '{', '}'])
        .find_map(|item| item.trim().strip_prefix(name)?.strip_prefix('='))
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
}

fn parse(line: &str) -> Option<Line<'_>> {
    let (thread, rest) = line.split_once(": ")?;
    // A log with `+timestamp` or `+pid` has more in front; the thread is the last of it.
    let thread = thread.rsplit(':').next()?;
    if thread.is_empty() || !thread.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    if rest.starts_with("*killed*") {
        return Some(Line::Killed(thread));
    }
    let (name, rest) = rest.split_once('(')?;
    if let Some(reply) = rest.strip_prefix(") = ") {
        let (status, fields) = reply.split_once(' ').unwrap_or((reply, ""));
        return Some(Line::Reply(thread, name, Reply { status: status_code(status), fields }));
    }
    Some(Line::Request(thread, request(name, rest)?))
}

fn request(name: &str, args: &str) -> Option<Request> {
    let get = |name| field(args, name);
    let handle = |name| get(name).map(Handle);
    Some(match name {
        "create_completion" => Request::Call(Call::NtCreateIoCompletion {
            access: Access(get("access")? as u32),
            attributes: Attributes::Unnamed,
            concurrency: get("concurrent")? as u32,
        }),
        "add_completion" => Request::Call(Call::NtSetIoCompletion {
            port: handle("handle")?,
            key: get("ckey")?,
            context: get("cvalue")?,
            status: NtStatus(get("status")? as u32),
            information: get("information")?,
        }),
        "query_completion" => Request::Call(Call::NtQueryIoCompletion {
            port: handle("handle")?,
            class: 0,
            length: 4,
        }),
        "remove_completion" => Request::Remove(handle("handle")?),
        "set_completion_info" => Request::Associate {
            file: handle("handle")?,
            port: handle("chandle")?,
            key: get("ckey")?,
        },
        "set_fd_completion_mode" => {
            let file = handle("handle")?;
            let flags = get("flags")? as u32;
            let call = Call::NtSetInformationFileNotificationModes { file, flags, length: 4 };
            Request::OnFile(file, call)
        }
        "cancel_async" => {
            let file = handle("handle")?;
            let call = match get("only_thread") {
                Some(1) => Call::CancelIo { file },
                _ => Call::NtCancelIoFileEx { file, status_block: Overlapped(get("iosb")?) },
            };
            Request::OnFile(file, call)
        }
        "close_handle" => Request::Close(handle("handle")?),
        _ => return None,
    })
}

/// The status of a reply: a number, or a name for those the server has a name for.
fn status_code(text: &str) -> Option<u32> {
    const NAMED: &[NtStatus] = &[
        NtStatus::PENDING,
        NtStatus::TIMEOUT,
        NtStatus::INVALID_HANDLE,
        NtStatus::INVALID_PARAMETER,
        NtStatus::OBJECT_TYPE_MISMATCH,
        NtStatus::OBJECT_NAME_EXISTS,
        NtStatus::OBJECT_NAME_NOT_FOUND,
        NtStatus::ACCESS_DENIED,
        NtStatus::NOT_FOUND,
        NtStatus::NO_MEMORY,
        NtStatus::CANCELLED,
        NtStatus::NOT_SUPPORTED,
    ];
    let named = NAMED.iter().find(|s| s.name() == Some(text)).map(|s| s.0);
    named.or_else(|| u32::from_str_radix(text, 16).ok())
}

/// What the converter keeps: open requests and waits, and which handles it has seen.
struct Log<W> {
    writer: Writer<W>,
    next_id: u64,
    /// Requests without their reply, by thread.
    asked: BTreeMap<String, Request>,
    /// Removes that found nothing: the open call of a thread and its port.
    open: BTreeMap<String, (u64, Handle)>,
    /// Files, and whether they have a port.
    files: BTreeMap<u64, bool>,
    ports: BTreeSet<u64>,
}

impl<W: Write> Log<W> {
    fn request(&mut self, thread: &str, request: Request) -> Result<(), ConvertError> {
        self.asked.insert(thread.to_owned(), request);
        Ok(())
    }

    fn reply(&mut self, thread: &str, name: &str, reply: &Reply<'_>) -> Result<bool, ConvertError> {
        let Some(request) = self.asked.remove(thread) else { return Ok(false) };
        if !matches(&request, name) {
            return Ok(false);
        }
        let res = Res { status: reply.status, ..Res::default() };
        match request {
            Request::Remove(port) => self.removed(thread, port, reply)?,
            Request::Call(call) => {
                self.leave(thread)?;
                let mut res = res;
                match &call {
                    Call::NtCreateIoCompletion { .. } => {
                        res.handle =
                            field(reply.fields, "handle").filter(|_| res.status == Some(0));
                        if let Some(handle) = res.handle {
                            self.ports.insert(handle);
                            self.files.remove(&handle);
                        }
                    }
                    Call::NtQueryIoCompletion { .. } => {
                        res.depth = field(reply.fields, "depth").map(|n| n as u32);
                    }
                    _ => {}
                }
                self.whole(thread, call, res)?;
            }
            Request::Associate { file, port, key } => {
                self.leave(thread)?;
                // Windows refuses to associate a file twice: one that was, and can be, is new.
                let done = reply.status == Some(0);
                if self.files.get(&file.0).is_none_or(|associated| *associated && done) {
                    self.object(file)?;
                }
                self.files.insert(file.0, done);
                self.whole(thread, Call::NtSetInformationFileCompletion { file, port, key }, res)?;
            }
            Request::OnFile(file, call) => {
                self.leave(thread)?;
                if !self.files.contains_key(&file.0) {
                    self.object(file)?;
                    self.files.insert(file.0, false);
                }
                // Whether a cancel finds something depends on operations that are not logged.
                let cancel = matches!(call, Call::CancelIo { .. } | Call::NtCancelIoFileEx { .. });
                self.whole(thread, call, if cancel { Res::default() } else { res })?;
            }
            Request::Close(handle) => {
                if !self.ports.remove(&handle.0) && self.files.remove(&handle.0).is_none() {
                    return Ok(false);
                }
                self.leave(thread)?;
                self.whole(thread, Call::NtClose { handle }, res)?;
            }
        }
        Ok(true)
    }

    fn removed(
        &mut self,
        thread: &str,
        port: Handle,
        reply: &Reply<'_>,
    ) -> Result<(), ConvertError> {
        let pending = reply.status == Some(NtStatus::PENDING.0);
        let tid = Name::from(thread);
        let id = match self.open.get(thread) {
            Some(&(id, at)) if at == port => {
                self.writer.event(&Event::Waiting { tid: tid.clone(), seen: Seen::Again })?;
                self.open.remove(thread);
                id
            }
            _ => {
                self.leave(thread)?;
                let call = Call::NtRemoveIoCompletion { port, timeout: UNKNOWN_TIMEOUT };
                self.call(thread, call)?
            }
        };
        if pending {
            self.open.insert(thread.to_owned(), (id, port));
            return Ok(self.writer.event(&Event::Waiting { tid, seen: Seen::Asked })?);
        }
        let mut res = Res { status: reply.status, ..Res::default() };
        if reply.status == Some(0) {
            res.key = field(reply.fields, "ckey");
            res.overlapped = field(reply.fields, "cvalue");
            res.bytes = field(reply.fields, "information");
            res.io_status = field(reply.fields, "status").map(|n| n as u32);
        }
        self.ret(thread, id, res)
    }

    /// The thread does something else, so that its wait has ended, and without a packet.
    fn leave(&mut self, thread: &str) -> Result<(), ConvertError> {
        match self.open.remove(thread) {
            None => Ok(()),
            Some((id, _)) => {
                self.ret(thread, id, Res { status: Some(NtStatus::TIMEOUT.0), ..Res::default() })
            }
        }
    }

    fn killed(&mut self, thread: &str) -> Result<bool, ConvertError> {
        self.asked.remove(thread);
        self.open.remove(thread);
        self.writer.event(&Event::Exit { tid: Name::from(thread) })?;
        Ok(true)
    }

    fn object(&mut self, handle: Handle) -> Result<(), ConvertError> {
        let kind = Object::File;
        Ok(self.writer.event(&Event::Object { handle, kind, concurrency: None })?)
    }

    fn call(&mut self, thread: &str, call: Call) -> Result<u64, ConvertError> {
        let id = self.next_id;
        self.next_id += 1;
        self.writer.event(&Event::Call { id, tid: Name::from(thread), call })?;
        Ok(id)
    }

    fn ret(&mut self, thread: &str, id: u64, res: Res) -> Result<(), ConvertError> {
        Ok(self.writer.event(&Event::Ret { id, tid: Some(Name::from(thread)), res })?)
    }

    fn whole(&mut self, thread: &str, call: Call, res: Res) -> Result<(), ConvertError> {
        let id = self.call(thread, call)?;
        self.ret(thread, id, res)
    }

    fn finish(mut self) -> Result<(), ConvertError> {
        self.writer.event(&Event::End { dropped: 0 })?;
        self.writer.finish()?;
        Ok(())
    }
}

fn matches(request: &Request, name: &str) -> bool {
    match request {
        Request::Remove(_) => name == "remove_completion",
        Request::Associate { .. } => name == "set_completion_info",
        Request::Close(_) => name == "close_handle",
        Request::Call(Call::NtCreateIoCompletion { .. }) => name == "create_completion",
        Request::Call(Call::NtSetIoCompletion { .. }) => name == "add_completion",
        Request::Call(_) => name == "query_completion",
        Request::OnFile(_, Call::NtSetInformationFileNotificationModes { .. }) => {
            name == "set_fd_completion_mode"
        }
        Request::OnFile(..) => name == "cancel_async",
    }
}
