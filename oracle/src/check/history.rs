//! Recognises traces that are histories of one queue, and judges them as such (see
//! [`super::fifo`]).

use std::collections::{HashMap, HashSet};

use iocp_model::{Call, Deviation, Handle, Rule, Semantics, Timeout};

use super::history_facts::Facts;
use super::report::Divergence;
use crate::trace::{Event, Meta, Name, Objects, Operations, Order, Res, Traced};

/// Key and OVERLAPPED: what tells packets apart.
pub(super) type Identity = (u64, u64);

/// Keeps the events of a trace as long as they are posts and polls of one port.
#[derive(Clone)]
pub(super) struct Collector {
    pub(super) events: Vec<Traced>,
    texts: usize,
    port: Option<(u64, Option<u64>, u32)>,
    open: HashMap<u64, Pending>,
    packets: HashSet<Identity>,
    removers: HashSet<Name>,
}

#[derive(Clone, Copy)]
enum Pending {
    Make,
    Post,
    Poll,
}

/// What a trace that is a history of one queue comes to.
#[derive(Clone)]
pub(super) struct Judged {
    pub(super) events: u64,
    pub(super) explained: u64,
    pub(super) divergences: Vec<Divergence>,
    pub(super) rules: Vec<Rule>,
}

impl Collector {
    /// A collector, if the trace may be such a history at all.
    pub(super) fn new(meta: &Meta, semantics: Semantics) -> Option<Collector> {
        let fits = meta.order == Order::Interval
            && meta.operations == Operations::Logged
            && meta.objects == Objects::Declared
            && !semantics.has(Deviation::PacketsLifo);
        fits.then(|| Collector {
            events: Vec::new(),
            texts: 0,
            port: None,
            open: HashMap::new(),
            packets: HashSet::new(),
            removers: HashSet::new(),
        })
    }

    /// Roughly how many bytes are kept.
    pub(super) fn bytes(&self) -> usize {
        self.events.len() * (std::mem::size_of::<Traced>() + 48) + self.texts
    }

    /// Takes an event; `false` if with it the trace is no such history. It is kept either way.
    pub(super) fn push(&mut self, traced: Traced) -> bool {
        let fits = match &traced.event {
            Event::Call { id, tid, call } => self.call(*id, tid, call),
            Event::Ret { id, res, .. } => self.ret(*id, res),
            Event::Note { .. } | Event::End { .. } => true,
            _ => false,
        };
        self.events.push(traced);
        fits
    }

    fn call(&mut self, id: u64, tid: &Name, call: &Call) -> bool {
        let here = |port: &Handle| matches!(self.port, Some((_, Some(h), _)) if h == port.0);
        let pending = match call {
            Call::CreateIoCompletionPort { file: Handle::INVALID, concurrency, .. }
            | Call::NtCreateIoCompletion { concurrency, .. }
                if self.port.is_none() && *concurrency > 0 =>
            {
                self.port = Some((id, None, *concurrency));
                Pending::Make
            }
            Call::PostQueuedCompletionStatus { port, key, overlapped, .. } if here(port) => {
                if !self.packets.insert((*key, overlapped.0)) {
                    return false;
                }
                Pending::Post
            }
            Call::NtSetIoCompletion { port, key, context, .. } if here(port) => {
                if !self.packets.insert((*key, *context)) {
                    return false;
                }
                Pending::Post
            }
            Call::GetQueuedCompletionStatus { port, timeout: Timeout::Zero }
            | Call::NtRemoveIoCompletion { port, timeout: Timeout::Zero }
                if here(port) =>
            {
                if !self.removers.contains(tid) {
                    self.removers.insert(tid.clone());
                }
                Pending::Poll
            }
            _ => return false,
        };
        let limit = self.port.map_or(0, |(_, _, limit)| limit as usize);
        self.open.insert(id, pending);
        // While no more threads poll than may be active, the limit holds nobody back.
        self.removers.len() <= limit
    }

    fn ret(&mut self, id: u64, res: &Res) -> bool {
        match self.open.remove(&id) {
            Some(Pending::Make) => {
                let made = res.handle.filter(|h| *h != 0 && res.status.unwrap_or(0) == 0);
                if let (Some(port), Some(_)) = (&mut self.port, made) {
                    port.1 = made;
                }
                made.is_some()
            }
            Some(Pending::Post) => {
                res.ok != Some(false) && res.status.unwrap_or(0) == 0 && res.error.is_none()
            }
            Some(Pending::Poll) => is_empty(res) || taken(res).is_some(),
            None => false,
        }
    }

    /// The verdict, unless a poll that never returned makes it doubtful.
    pub(super) fn judge(&self, most: usize) -> Option<Judged> {
        let mut facts = Facts::gather(&self.events)?;
        let mut divergences = Vec::new();
        let mut explained = facts.count;
        while let Some(violation) = facts.first_violation() {
            if facts.history.excused(violation) {
                return None;
            }
            let divergence = facts.describe(violation);
            explained = explained.min(divergence.explained);
            divergences.push(divergence);
            if divergences.len() >= most {
                break;
            }
            facts.drop_violation(violation);
        }
        let rules =
            [Rule::Post, Rule::PacketsFifo, Rule::RemoveTakesOldest, Rule::ZeroTimeoutAttaches];
        let used = [!facts.history.posts.is_empty(), facts.took, facts.took, facts.found_nothing];
        let rules = rules.into_iter().zip(used).filter(|(_, used)| *used).map(|(r, _)| r);
        Some(Judged { events: facts.count, explained, divergences, rules: rules.collect() })
    }
}

/// A poll that says it found nothing.
fn is_empty(res: &Res) -> bool {
    let no_packet = res.key.is_none() && res.overlapped.is_none_or(|o| o == 0);
    let failed = res.ok == Some(false) && res.error.is_none_or(|e| e == 258);
    no_packet && (failed && res.status.is_none() || res.status == Some(0x102) && res.ok.is_none())
}

/// The packet that a poll says it took.
pub(super) fn taken(res: &Res) -> Option<Identity> {
    let done =
        res.ok == Some(true) && res.status.is_none() || res.status == Some(0) && res.ok.is_none();
    let plain = res.error.is_none() && res.entries.is_none() && res.handle.is_none();
    res.key.zip(res.overlapped).filter(|_| done && plain)
}

/// Identity, bytes and status of a post.
pub(super) fn post(call: &Call) -> Option<(Identity, u64, u32)> {
    match call {
        Call::PostQueuedCompletionStatus { key, overlapped, bytes, .. } => {
            Some(((*key, overlapped.0), u64::from(*bytes), 0))
        }
        Call::NtSetIoCompletion { key, context, information, status, .. } => {
            Some(((*key, *context), *information, status.0))
        }
        _ => None,
    }
}
