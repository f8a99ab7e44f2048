//! Traces as Chrome's trace JSON, which Perfetto opens: a track a thread, a slice a call, an
//! arrow from a post to the remove that got its packet. Time is the line number, or `ts` where
//! every line has one.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, Write};

use iocp_model::Call;
use serde_json::{Value, json};

use super::Summary;
use super::error::ConvertError;
use crate::trace::{Event, Name, Reader, Res, Traced, op_name};

/// Posts that wait for their remove; more than this are forgotten, oldest first.
const POSTS_KEPT: usize = 100_000;

pub(super) fn from_trace(
    input: impl BufRead,
    mut output: impl Write,
) -> Result<Summary, ConvertError> {
    let mut reader = Reader::new(input)?;
    let mut out = Perfetto {
        output: &mut output,
        first: true,
        tracks: HashMap::new(),
        open: HashMap::new(),
        posts: VecDeque::new(),
        flows: 0,
    };
    out.output.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
    let name = reader.meta().implementation.clone().unwrap_or_else(|| "iocp trace".into());
    out.put(&json!({ "ph": "M", "name": "process_name", "pid": 1, "args": { "name": name } }))?;
    let mut summary = Summary::default();
    while let Some(traced) = reader.next_event()? {
        summary.told += 1;
        out.event(&traced)?;
    }
    out.output.write_all(b"\n]}\n")?;
    out.output.flush()?;
    Ok(summary)
}

type Told = Result<(), ConvertError>;

/// What makes a packet this packet: key, OVERLAPPED, bytes.
type Identity = (u64, u64, u64);

struct Perfetto<'a, W> {
    output: &'a mut W,
    first: bool,
    tracks: HashMap<Name, u64>,
    /// Open calls: track and name.
    open: HashMap<u64, (u64, String)>,
    posts: VecDeque<(Identity, u64, u64)>,
    flows: u64,
}

impl<W: Write> Perfetto<'_, W> {
    /// An event of a phase on a track, with whatever else it has.
    fn phase(&mut self, ph: &str, name: &str, track: u64, ts: u64, rest: Value) -> Told {
        let mut event = json!({ "ph": ph, "name": name, "pid": 1, "tid": track, "ts": ts });
        if let (Some(event), Value::Object(rest)) = (event.as_object_mut(), rest) {
            event.extend(rest);
        }
        self.put(&event)
    }

    fn put(&mut self, value: &Value) -> Told {
        let gap: &[u8] = if std::mem::take(&mut self.first) { b"\n" } else { b",\n" };
        self.output.write_all(gap)?;
        serde_json::to_writer(&mut *self.output, value).map_err(std::io::Error::from)?;
        Ok(())
    }

    fn track(&mut self, tid: &Name) -> Result<u64, ConvertError> {
        if let Some(track) = self.tracks.get(tid) {
            return Ok(*track);
        }
        let track = self.tracks.len() as u64 + 1;
        self.tracks.insert(tid.clone(), track);
        let name = format!("thread {tid}");
        self.phase("M", "thread_name", track, 0, json!({ "args": { "name": name } }))?;
        Ok(track)
    }

    fn event(&mut self, traced: &Traced) -> Told {
        let ts = traced.ts.unwrap_or(traced.line);
        match &traced.event {
            Event::Call { id, tid, call } => {
                let track = self.track(tid)?;
                let op = op_name(call);
                let args = serde_json::to_value(call).map_err(std::io::Error::from)?;
                let rest = json!({ "cat": "call", "args": args["args"] });
                self.phase("B", &op, track, ts, rest)?;
                self.open.insert(*id, (track, op));
                if let Some(identity) = posted(call) {
                    if self.posts.len() == POSTS_KEPT {
                        self.posts.pop_front();
                    }
                    self.posts.push_back((identity, track, ts));
                }
                Ok(())
            }
            Event::Ret { id, res, .. } => {
                let Some((track, name)) = self.open.remove(id) else { return Ok(()) };
                for identity in taken(&name, res) {
                    self.flow(identity, track, ts)?;
                }
                let args = serde_json::to_value(res).map_err(std::io::Error::from)?;
                self.phase("E", &name, track, ts, json!({ "cat": "call", "args": args }))
            }
            Event::Waiting { tid, .. } => self.instant(tid, "waiting", ts),
            Event::Block { tid } => self.instant(tid, "block", ts),
            Event::Unblock { tid } => self.instant(tid, "unblock", ts),
            Event::Exit { tid } => self.instant(tid, "exit", ts),
            Event::Settled => self.phase("i", "settled", 0, ts, json!({ "s": "p" })),
            Event::Io(_) => self
                .put(&json!({ "ph": "i", "name": "io", "s": "p", "pid": 1, "tid": 0, "ts": ts })),
            Event::Object { .. }
            | Event::Thread { .. }
            | Event::Arrive { .. }
            | Event::Note { .. }
            | Event::End { .. } => Ok(()),
        }
    }

    fn instant(&mut self, tid: &Name, name: &str, ts: u64) -> Told {
        let track = self.track(tid)?;
        self.phase("i", name, track, ts, json!({ "s": "t" }))
    }

    /// An arrow from the oldest post of this packet.
    fn flow(&mut self, identity: Identity, track: u64, ts: u64) -> Told {
        let Some(at) = self.posts.iter().position(|(post, ..)| *post == identity) else {
            return Ok(());
        };
        let Some((_, from, posted)) = self.posts.remove(at) else { return Ok(()) };
        self.flows += 1;
        let id = self.flows;
        self.phase("s", "packet", from, posted, json!({ "cat": "packet", "id": id }))?;
        let rest = json!({ "bp": "e", "cat": "packet", "id": id });
        self.phase("f", "packet", track, ts, rest)
    }
}

fn posted(call: &Call) -> Option<Identity> {
    match call {
        Call::PostQueuedCompletionStatus { key, overlapped, bytes, .. } => {
            Some((*key, overlapped.0, u64::from(*bytes)))
        }
        Call::NtSetIoCompletion { key, context, information, .. }
        | Call::NtSetIoCompletionEx { key, context, information, .. } => {
            Some((*key, *context, *information))
        }
        _ => None,
    }
}

fn taken(op: &str, res: &Res) -> Vec<Identity> {
    let remove = op.starts_with("GetQueued") || op.starts_with("NtRemove");
    let one = res.key.map(|key| (key, res.overlapped.unwrap_or(0), res.bytes.unwrap_or(0)));
    let many = res
        .entries
        .iter()
        .flatten()
        .map(|e| (e.key.unwrap_or(0), e.overlapped.unwrap_or(0), e.bytes.unwrap_or(0)));
    one.into_iter().chain(many).filter(|_| remove).collect()
}
