//! A trace of posts and polls as a history of one queue: which packet each operation is about.

use std::collections::{HashMap, HashSet};

use super::fifo::{History, NEVER, Position, Span, Violation};
use super::handles::removes_from;
use super::history::{Identity, post, taken};
use crate::trace::{Event, Res, Traced};

/// A removal of something that was never in the queue, or no longer.
#[derive(Clone, Copy)]
pub(super) enum Stray {
    NeverPosted,
    Twice(usize),
    Altered(usize),
}

/// The history of a trace, and where each of its operations stands.
pub(super) struct Facts<'a> {
    pub(super) history: History,
    pub(super) events: &'a [Traced],
    /// Calls and returns.
    pub(super) count: u64,
    calls: HashMap<u64, usize>,
    pub(super) strays: Vec<(Position, Stray)>,
    pub(super) took: bool,
    pub(super) found_nothing: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(events: &'a [Traced]) -> Option<Facts<'a>> {
        let mut facts = Facts {
            history: History::default(),
            events,
            count: 0,
            calls: HashMap::new(),
            strays: Vec::new(),
            took: false,
            found_nothing: false,
        };
        let mut packets: HashMap<Identity, usize> = HashMap::new();
        for (at, traced) in events.iter().enumerate() {
            if let Event::Call { id, call, .. } = &traced.event {
                facts.calls.insert(*id, at);
                if let Some((identity, ..)) = post(call) {
                    packets.insert(identity, facts.history.posts.len());
                    facts.history.posts.push(Span { call: at as Position, ret: NEVER });
                    facts.history.takes.push(None);
                }
            }
        }
        let mut polls: HashSet<u64> = HashSet::new();
        for (at, traced) in events.iter().enumerate() {
            let at = at as Position;
            facts.count +=
                u64::from(matches!(traced.event, Event::Call { .. } | Event::Ret { .. }));
            match &traced.event {
                Event::Call { id, call, .. } if removes_from(call).is_some() => {
                    polls.insert(*id);
                }
                Event::Ret { id, res, .. } => {
                    let call_at = *facts.calls.get(id)?;
                    let Event::Call { call, .. } = &events[call_at].event else { return None };
                    let span = Span { call: call_at as Position, ret: at };
                    if let Some((identity, ..)) = post(call) {
                        facts.history.posts[packets[&identity]].ret = at;
                    } else if polls.remove(id) {
                        facts.polled(&packets, span, res);
                    }
                }
                _ => {}
            }
        }
        facts.history.open = polls.iter().map(|id| facts.calls[id] as Position).collect();
        facts.history.open.sort_unstable();
        Some(facts)
    }

    fn polled(&mut self, packets: &HashMap<Identity, usize>, span: Span, res: &Res) {
        let Some(identity) = taken(res) else {
            self.found_nothing = true;
            return self.history.empties.push(span);
        };
        self.took = true;
        let Some(&packet) = packets.get(&identity) else {
            return self.strays.push((span.ret, Stray::NeverPosted));
        };
        if self.history.takes[packet].is_some() {
            return self.strays.push((span.ret, Stray::Twice(packet)));
        }
        self.history.takes[packet] = Some(span);
        let Event::Call { call, .. } = &self.events[self.history.posts[packet].call as usize].event
        else {
            return;
        };
        let (_, bytes, status) = post(call).unwrap_or_default();
        let altered =
            res.bytes.is_some_and(|b| b != bytes) || res.io_status.is_some_and(|s| s != status);
        if altered {
            self.strays.push((span.ret, Stray::Altered(packet)));
        }
    }

    pub(super) fn first_violation(&self) -> Option<Violation> {
        let queue = self.history.violation();
        let end = |v: Violation| match v {
            Violation::TooEarly { packet } => {
                self.history.takes[packet].map_or(NEVER, |take| take.ret)
            }
            Violation::Overtaken { at, .. } | Violation::Stray { at } => at,
            Violation::NeverEmpty { empty } => self.history.empties[empty].ret,
        };
        let stray = self.strays.iter().map(|(at, _)| Violation::Stray { at: *at });
        queue.into_iter().chain(stray).min_by_key(|v| end(*v))
    }

    pub(super) fn drop_violation(&mut self, violation: Violation) {
        match violation {
            Violation::Stray { at } => self.strays.retain(|(stray, _)| *stray != at),
            Violation::TooEarly { packet: gone } | Violation::Overtaken { second: gone, .. } => {
                // What else was wrong with that packet went with it.
                let concerns = |stray: &Stray| match stray {
                    Stray::Twice(packet) | Stray::Altered(packet) => *packet == gone,
                    Stray::NeverPosted => false,
                };
                self.strays.retain(|(_, stray)| !concerns(stray));
                self.history.without(violation);
            }
            Violation::NeverEmpty { .. } => self.history.without(violation),
        }
    }
}
