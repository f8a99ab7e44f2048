//! The record of a set of ports as a trace, so that the checker can judge it.

use super::record::{Asked, Got, Line, Note};
use super::state::Ended;
use crate::trace::{Entry, Event, Level, Meta, Name, Order, Res, Seen, Writer};
use iocp_model::{Access, Attributes, Call, Handle, NtStatus, Timeout};

/// The name of every thread that is no worker.
const OUTSIDE: &str = "outside";

/// The lines of a trace file. Everything that happened is in it, in the order in which it took
/// effect; `settled` says that at the end every call that has not returned waits.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn trace_of(lines: &[Line], settled: bool) -> std::io::Result<Vec<u8>> {
    let mut meta = Meta::new(Level::Nt, Order::Total);
    meta.implementation = Some("the threaded port".to_owned());
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &meta)?;
    for line in lines {
        writer.event(&event(line))?;
    }
    if settled {
        writer.event(&Event::Settled)?;
    }
    writer.event(&Event::End { dropped: 0 })?;
    Ok(bytes)
}

fn name(worker: usize) -> Name {
    format!("worker {worker}").as_str().into()
}

fn handle(port: usize) -> Handle {
    Handle::from_index(port)
}

fn event(line: &Line) -> Event {
    match line {
        Line::Call { id, worker, asked } => {
            let tid = worker.map_or_else(|| OUTSIDE.into(), name);
            Event::Call { id: *id, tid, call: call(asked) }
        }
        Line::Ret { id, got } => Event::Ret { id: *id, tid: None, res: res(got) },
        Line::Note { worker, note } => {
            let tid = name(*worker);
            match note {
                Note::Parked => Event::Waiting { tid, seen: Seen::Parked },
                Note::Block => Event::Block { tid },
                Note::Unblock => Event::Unblock { tid },
                Note::Exit => Event::Exit { tid },
            }
        }
    }
}

fn call(asked: &Asked) -> Call {
    match *asked {
        Asked::Create { concurrency } => Call::NtCreateIoCompletion {
            access: Access::ALL,
            attributes: Attributes::Null,
            concurrency,
        },
        Asked::Post { port, packet } => Call::NtSetIoCompletion {
            port: handle(port),
            key: packet.key,
            context: packet.overlapped.0,
            status: packet.status,
            information: packet.information,
        },
        Asked::Remove { port, batch, timeout } => {
            let timeout = match timeout {
                None => Timeout::Infinite,
                Some(0) => Timeout::Zero,
                Some(micros) => Timeout::Finite(micros),
            };
            let port = handle(port);
            match batch {
                None => Call::NtRemoveIoCompletion { port, timeout },
                Some(count) => {
                    Call::NtRemoveIoCompletionEx { port, count, timeout, alertable: false }
                }
            }
        }
        Asked::Depth { port } => {
            Call::NtQueryIoCompletion { port: handle(port), class: 0, length: 4 }
        }
        Asked::Close { port } => Call::NtClose { handle: handle(port) },
    }
}

fn res(got: &Got) -> Res {
    let success = Some(NtStatus::SUCCESS.0);
    match got {
        Got::Port(port) => Res { status: success, handle: Some(handle(*port).0), ..Res::default() },
        Got::Done => Res { status: success, ..Res::default() },
        Got::Depth(depth) => Res { status: success, depth: Some(*depth), ..Res::default() },
        Got::Packet(packet) => Res {
            status: success,
            key: Some(packet.key),
            overlapped: Some(packet.overlapped.0),
            bytes: Some(packet.information),
            io_status: Some(packet.status.0),
            ..Res::default()
        },
        Got::Batch(packets) => Res {
            status: success,
            count: u32::try_from(packets.len()).ok(),
            entries: Some(packets.iter().map(Entry::from).collect()),
            ..Res::default()
        },
        Got::Nothing(ended) => {
            let status = match ended {
                Ended::TimedOut => NtStatus::TIMEOUT,
                Ended::Abandoned => NtStatus::ABANDONED_WAIT_0,
                Ended::Closed => NtStatus::INVALID_HANDLE,
                Ended::NothingAsked => NtStatus::INVALID_PARAMETER,
            };
            Res { status: Some(status.0), ..Res::default() }
        }
    }
}
