//! The part of a trace that the checker has read and not yet judged, and what it can foresee from
//! it: results that are coming, and packets that come from nowhere.

use std::collections::HashMap;

use iocp_model::{Arrival, Call, Handle, NtStatus};

use super::handles::removes_from;
use super::state::Tid;
use crate::trace::{Event, Io, Name, Object, Res, Seen, ThreadOf, Traced};

/// An event, its threads numbered.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Happening {
    Call { id: u64, tid: Tid, call: Call },
    Ret { id: u64, res: Res },
    Waiting { tid: Tid, seen: Seen },
    Block(Tid),
    Unblock(Tid),
    Exit(Tid),
    Settled,
    Io(Io),
    Object { handle: Handle, kind: Object, concurrency: Option<u32> },
    Thread { tid: Tid, of: ThreadOf },
    Arrive { file: Handle, what: Arrival },
}

impl Happening {
    /// The thread that does it, or that it is said of.
    fn actor(&self) -> Option<Tid> {
        match self {
            Happening::Call { tid, .. } | Happening::Waiting { tid, .. } => Some(*tid),
            Happening::Block(tid) | Happening::Unblock(tid) | Happening::Exit(tid) => Some(*tid),
            Happening::Thread { tid, .. } => Some(*tid),
            _ => None,
        }
    }
}

impl Silent {
    /// Whether two packets cannot be told apart.
    pub(super) fn equals(&self, other: &Silent) -> bool {
        let values = |s: &Silent| (s.port, s.key, s.overlapped, s.bytes, s.status);
        values(self) == values(other)
    }
}

/// A line of the trace and what it says.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) what: Happening,
}

/// A packet that is removed though nobody posted it: a completion that no line tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silent {
    pub(super) number: u64,
    /// The event that shows it, counted from the start of the trace.
    pub(super) shown: u64,
    pub(super) id: u64,
    /// The thread of that remove.
    pub(super) tid: Tid,
    /// The event at which that remove was called.
    pub(super) called: u64,
    pub(super) port: Handle,
    pub(super) key: u64,
    pub(super) overlapped: u64,
    pub(super) bytes: u64,
    pub(super) status: u32,
}

/// Key, OVERLAPPED, bytes, status.
type Identity = (u64, u64, u64, u32);

/// Events ahead, and what they foretell.
#[derive(Clone, Default)]
pub(super) struct Script {
    pub(super) lines: std::collections::VecDeque<Line>,
    /// How many events have been judged and dropped.
    pub(super) past: u64,
    tids: HashMap<Name, Tid>,
    pub(super) names: Vec<Name>,
    /// Results that are coming, by call: where the return is.
    results: HashMap<u64, u64>,
    pub(super) silent: std::collections::VecDeque<Silent>,
    silent_count: u64,
    /// Posted packets that have not been removed.
    posted: HashMap<Identity, u32>,
    /// Open removes: their port, and where they were called.
    removes: HashMap<u64, (Tid, Handle, u64)>,
    /// The last event of each thread.
    last: Vec<u64>,
    /// The open call of each thread.
    inside: Vec<Option<u64>>,
    /// Where a call was last made again (`seen: again`): a result before that is no news.
    again: HashMap<u64, u64>,
    /// An `io` line has been read: then operations complete where such a line says so.
    pub(super) completions_logged: bool,
    /// Some wait has a timeout that the trace leaves out.
    pub(super) unknown_timeouts: bool,
}

impl Script {
    /// How many threads have been named.
    pub(super) fn threads(&self) -> usize {
        self.names.len()
    }

    fn tid(&mut self, name: Name) -> Tid {
        let next = self.names.len() as Tid;
        let names = &mut self.names;
        *self.tids.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
    }

    /// Takes an event in; `false` if it says nothing to judge.
    pub(super) fn push(&mut self, traced: Traced, text: &str) -> bool {
        let what = match traced.event {
            Event::Call { id, tid, call } => {
                self.unknown_timeouts |= crate::trace::timeout_is_unknown(&call);
                let tid = self.tid(tid);
                Happening::Call { id, tid, call }
            }
            Event::Ret { id, res, .. } => Happening::Ret { id, res },
            Event::Waiting { tid, seen } => Happening::Waiting { tid: self.tid(tid), seen },
            Event::Block { tid } => Happening::Block(self.tid(tid)),
            Event::Unblock { tid } => Happening::Unblock(self.tid(tid)),
            Event::Exit { tid } => Happening::Exit(self.tid(tid)),
            Event::Settled => Happening::Settled,
            Event::Io(io) => {
                self.completions_logged = true;
                Happening::Io(io)
            }
            Event::Object { handle, kind, concurrency } => {
                Happening::Object { handle, kind, concurrency }
            }
            Event::Thread { tid, of } => Happening::Thread { tid: self.tid(tid), of },
            Event::Arrive { file, what } => Happening::Arrive { file, what },
            Event::Note { .. } | Event::End { .. } => return false,
        };
        let at = self.past + self.lines.len() as u64;
        if let Some(tid) = what.actor() {
            self.last.resize(self.names.len(), 0);
            self.last[tid as usize] = at;
        }
        self.foresee(at, &what);
        self.lines.push_back(Line { number: traced.line, text: short(text), what });
        true
    }

    fn foresee(&mut self, at: u64, what: &Happening) {
        match what {
            Happening::Call { id, tid, call } => {
                self.inside.resize(self.names.len(), None);
                self.inside[*tid as usize] = Some(*id);
                if let Some(identity) = posted(call) {
                    *self.posted.entry(identity).or_insert(0) += 1;
                } else if let Some(port) = removes_from(call) {
                    self.removes.insert(*id, (*tid, port, at));
                }
            }
            Happening::Ret { id, res } => {
                self.results.insert(*id, at);
                let Some(remove) = self.removes.remove(id) else { return };
                let one = res.key.zip(res.overlapped).map(|(key, overlapped)| {
                    (key, overlapped, res.bytes.unwrap_or(0), status_of(res))
                });
                let many = res.entries.iter().flatten().filter_map(|e| {
                    Some((e.key?, e.overlapped?, e.bytes.unwrap_or(0), e.status.unwrap_or(0)))
                });
                for identity in one.into_iter().chain(many).collect::<Vec<_>>() {
                    self.shown(at, *id, remove, identity);
                }
            }
            Happening::Waiting { tid, seen: Seen::Again } => {
                if let Some(Some(id)) = self.inside.get(*tid as usize) {
                    self.again.insert(*id, at);
                }
            }
            _ => {}
        }
    }

    /// A packet is seen: one that was posted, or one that came from a device.
    fn shown(&mut self, shown: u64, id: u64, remove: (Tid, Handle, u64), identity: Identity) {
        if let Some(count) = self.posted.get_mut(&identity) {
            *count -= 1;
            if *count == 0 {
                self.posted.remove(&identity);
            }
            return;
        }
        let (tid, port, called) = remove;
        let (key, overlapped, bytes, status) = identity;
        let number = self.silent_count;
        self.silent_count += 1;
        let silent =
            Silent { number, shown, id, tid, called, port, key, overlapped, bytes, status };
        self.silent.push_back(silent);
    }

    /// The result that a call will be seen to have, if that is among the events before `horizon`.
    pub(super) fn result(&self, id: u64, now: u64, horizon: u64) -> Option<&Res> {
        let at = *self.results.get(&id)?;
        if at >= horizon || self.again.get(&id).is_some_and(|again| *again >= now) {
            return None;
        }
        match &self.lines.get((at.checked_sub(self.past)?) as usize)?.what {
            Happening::Ret { res, .. } => Some(res),
            _ => None,
        }
    }

    /// The failure for want of memory that a call will be seen to end with, if it will.
    pub(super) fn exhausted(&self, id: u64, now: u64, horizon: u64) -> Option<NtStatus> {
        let res = self.result(id, now, horizon)?;
        let failed = res.status.map(NtStatus).or(res.error.and_then(NtStatus::from_win32));
        let wants = [NtStatus::INSUFFICIENT_RESOURCES, NtStatus::QUOTA_EXCEEDED];
        failed.filter(|status| wants.contains(status))
    }

    /// Whether no event of a thread is known from `now` on.
    pub(super) fn is_done(&self, tid: Tid, now: u64) -> bool {
        self.last.get(tid as usize).is_none_or(|last| *last < now)
    }

    /// Drops the first `n` events.
    pub(super) fn drop_judged(&mut self, n: usize) {
        for line in self.lines.drain(..n) {
            if let Happening::Ret { id, .. } = line.what {
                self.results.remove(&id);
                self.again.remove(&id);
            }
        }
        self.past += n as u64;
        while self.silent.front().is_some_and(|s| s.shown < self.past) {
            self.silent.pop_front();
        }
    }
}

fn posted(call: &Call) -> Option<Identity> {
    match call {
        Call::PostQueuedCompletionStatus { key, overlapped, bytes, .. } => {
            Some((*key, overlapped.0, u64::from(*bytes), 0))
        }
        Call::NtSetIoCompletion { key, context, information, status, .. }
        | Call::NtSetIoCompletionEx { key, context, information, status, .. } => {
            Some((*key, *context, *information, status.0))
        }
        _ => None,
    }
}

/// The status of the packet that a call took: what the result says, or what its error stands for.
fn status_of(res: &Res) -> u32 {
    let failed = res.error.filter(|_| res.ok == Some(false)).and_then(NtStatus::from_win32);
    res.io_status.or(failed.map(|status| status.0)).unwrap_or(0)
}

/// The beginning of a long line.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 240;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// Whether a call that is seen to return this may have ended by its timeout.
pub(super) fn may_expire(res: &Res) -> bool {
    let took = res.key.is_some() || res.entries.as_ref().is_some_and(|e| !e.is_empty());
    !took && res.ok != Some(true) && res.status != Some(0)
}
