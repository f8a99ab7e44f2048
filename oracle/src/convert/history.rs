//! Histories of one queue: posts, and polls that take the oldest packet or find none. The common
//! ground of the Porcupine and Jepsen formats; a trace of the same is a port whose concurrency
//! value limits nobody.

use std::collections::HashMap;
use std::io::{BufRead, Write};

use iocp_model::{Call, Handle, Overlapped, Timeout};

use super::error::ConvertError;
use crate::trace::{Event, Level, Meta, Name, Objects, Order, Reader, Res, Writer};

/// An operation of a client on the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    /// Puts a value.
    Put(i64),
    /// Takes the oldest value.
    Take,
}

/// What an operation gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// A put is done.
    Done,
    /// A take got a value.
    Value(i64),
    /// A take found nothing.
    Empty,
}

/// Half of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Half {
    Call { operation: usize, client: u64, what: Operation },
    Ret { operation: usize, answer: Answer },
}

/// Any non-null address: a packet taken is told from none by its OVERLAPPED.
const OVERLAPPED: Overlapped = Overlapped::numbered(1);
const PORT: Handle = Handle(4);
/// More than any number of threads.
const UNLIMITED: u32 = i32::MAX as u32;

/// Writes the trace of a history whose halves are in order.
pub(super) fn write_trace(
    halves: impl IntoIterator<Item = Half>,
    source: &str,
    output: impl Write,
) -> Result<(), ConvertError> {
    let meta = Meta { source: Some(source.into()), ..Meta::new(Level::Win32, Order::Interval) };
    let mut writer = Writer::new(output, &meta)?;
    let setup = Name::from("setup");
    let create = Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 0,
        concurrency: UNLIMITED,
    };
    writer.event(&Event::Call { id: 0, tid: setup.clone(), call: create })?;
    let made = Res { handle: Some(PORT.0), ..Res::default() };
    writer.event(&Event::Ret { id: 0, tid: Some(setup), res: made })?;
    for half in halves {
        match half {
            Half::Call { operation, client, what } => {
                let call = match what {
                    Operation::Put(value) => Call::PostQueuedCompletionStatus {
                        port: PORT,
                        bytes: 0,
                        key: value as u64,
                        overlapped: OVERLAPPED,
                    },
                    Operation::Take => {
                        Call::GetQueuedCompletionStatus { port: PORT, timeout: Timeout::Zero }
                    }
                };
                let tid = Name::Number(client);
                writer.event(&Event::Call { id: operation as u64 + 1, tid, call })?;
            }
            Half::Ret { operation, answer } => {
                let res = match answer {
                    Answer::Done => Res { ok: Some(true), ..Res::default() },
                    Answer::Value(value) => Res {
                        ok: Some(true),
                        key: Some(value as u64),
                        overlapped: Some(OVERLAPPED.0),
                        ..Res::default()
                    },
                    Answer::Empty => Res {
                        ok: Some(false),
                        error: Some(iocp_model::status::WAIT_TIMEOUT),
                        overlapped: Some(0),
                        ..Res::default()
                    },
                };
                writer.event(&Event::Ret { id: operation as u64 + 1, tid: None, res })?;
            }
        }
    }
    writer.event(&Event::End { dropped: 0 })?;
    writer.finish()?;
    Ok(())
}

/// Reads a trace that is a history of one queue. The value of a packet is its key.
pub(super) fn read_trace(input: impl BufRead) -> Result<Vec<Half>, ConvertError> {
    let mut reader = Reader::new(input)?;
    if reader.meta().objects == Objects::Implicit {
        return Err(ConvertError::NotAQueue { line: 1, why: "objects may be made unseen" });
    }
    let mut halves = Vec::new();
    // Trace id of an open call to the operation, `None` for the making of the port.
    let mut open: HashMap<u64, Option<(usize, Operation)>> = HashMap::new();
    let mut clients: HashMap<Name, u64> = HashMap::new();
    let mut operations = 0;
    while let Some(traced) = reader.next_event()? {
        let refuse = |why| Err(ConvertError::NotAQueue { line: traced.line, why });
        match traced.event {
            Event::Call { id, tid, call } => {
                let what = match call {
                    Call::CreateIoCompletionPort { .. } | Call::NtCreateIoCompletion { .. } => {
                        open.insert(id, None);
                        continue;
                    }
                    Call::PostQueuedCompletionStatus { key, .. }
                    | Call::NtSetIoCompletion { key, .. } => Operation::Put(key as i64),
                    Call::GetQueuedCompletionStatus { timeout: Timeout::Zero, .. }
                    | Call::NtRemoveIoCompletion { timeout: Timeout::Zero, .. } => Operation::Take,
                    _ => return refuse("this call is neither a post nor a poll"),
                };
                let next = clients.len() as u64;
                let client = match tid {
                    Name::Number(n) => n,
                    tid => *clients.entry(tid).or_insert(next),
                };
                open.insert(id, Some((operations, what)));
                halves.push(Half::Call { operation: operations, client, what });
                operations += 1;
            }
            Event::Ret { id, res, .. } => {
                let Some(Some((operation, what))) = open.remove(&id) else { continue };
                let answer = match (what, res.key) {
                    (Operation::Put(_), _) => Answer::Done,
                    (Operation::Take, _) if res.took_nothing() => Answer::Empty,
                    (Operation::Take, Some(key)) => Answer::Value(key as i64),
                    (Operation::Take, None) => return refuse("the result of this poll is unknown"),
                };
                halves.push(Half::Ret { operation, answer });
            }
            Event::Note { .. } | Event::End { .. } => {}
            _ => return refuse("this line is neither a call nor a return"),
        }
    }
    Ok(halves)
}
