//! What may happen between two events without a line that says so: timers fire, operations
//! complete, calls that were made take effect, threads block and go on.

use iocp_model::{
    Action, Call, Deviation, Handle, IoOp, NtStatus, Object, PortId, ProcessId, ThreadId,
};

use super::handles::port_of;
use super::script::{Script, Silent, may_expire};
use super::state::{Dead, Phase, State, Tid, picked};
use crate::trace::{Blocking, Meta, Operations, Order};

/// A step without a line.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// An open call takes effect.
    Perform(usize),
    /// Something that the model itself offers.
    Kernel(Action),
    /// An operation completes.
    Complete(Silent),
    /// The operation that an open call waits for completes as the call will show.
    Ends(usize),
    /// A thread blocks unseen.
    Hide(Tid),
    /// A thread that blocked unseen goes on.
    Show(Tid),
}

/// What the moves are wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// A call returns: moves until it can.
    Return(u64),
    /// Everybody, or this thread, waits: moves until it does.
    Still(Option<Tid>),
    /// Something happens at its line: whatever may come before it.
    Instant(Kind),
}

/// What kind of thing happens at its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A packet is queued, or anything else that completions may not be exchanged with.
    Ordered,
    /// A thread asks for packets: it may get those that complete later as well as those that are
    /// there, unless somebody else waits for them too.
    Remove,
    /// Something that has nothing to do with packets.
    Apart,
}

/// A goal, and the one port that it concerns; `None` if it may concern any.
///
/// What happens at other ports can wait until it matters: it commutes with this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Aim {
    pub(super) goal: Goal,
    pub(super) port: Option<PortId>,
}

/// What does not change while a trace is judged.
pub(super) struct Stage<'a> {
    pub(super) meta: &'a Meta,
    pub(super) script: &'a Script,
    /// The number of the event that is next.
    pub(super) now: u64,
    /// Events from here on are not known yet.
    pub(super) horizon: u64,
}

impl Stage<'_> {
    /// Whether removes look first and park later (`hand-off=wake-and-retry`): a call that finds
    /// nothing may park at any later time.
    pub(super) fn parks_late(state: &State) -> bool {
        state.kernel.semantics().has(Deviation::HandOffWakeAndRetry)
    }

    /// Whether a thread that has not parked yet can do all that a parked one can, so that only
    /// the first needs to be followed.
    pub(super) fn lateness_is_free(state: &State) -> bool {
        let semantics = state.kernel.semantics();
        Stage::parks_late(state)
            && semantics.has(Deviation::ConcurrencyIgnored)
            && semantics.has(Deviation::CloseKeepsWaiting)
    }

    /// Everything that may happen unseen in a state and that the aim may depend on, in a fixed
    /// order.
    pub(super) fn moves(&self, state: &State, aim: Aim, out: &mut Vec<Move>) {
        for (at, open) in state.open.iter().enumerate() {
            if open.phase == Phase::Ahead && concerns(state, aim, open.tid, &open.call) {
                out.push(Move::Perform(at));
            }
        }
        let mut enabled = Vec::new();
        state.kernel.enabled(&mut enabled);
        let mut shown: Vec<PortId> = Vec::new();
        for action in enabled {
            match action {
                Action::Expire { thread } if !self.may_expire(state, aim, thread) => {}
                Action::Unblock { thread } => {
                    let Some(tid) = hidden(state, thread) else { continue };
                    let Some(port) = crowded(state, aim, thread) else { continue };
                    // Those that do nothing more are all alike.
                    let done = self.script.is_done(tid, self.now);
                    if !(done && shown.contains(&port)) {
                        out.push(Move::Show(tid));
                    }
                    if done {
                        shown.push(port);
                    }
                }
                Action::FinishCancel { .. } if matches!(aim.goal, Goal::Still(_)) => {}
                action => out.push(Move::Kernel(action)),
            }
        }
        if matches!(aim.goal, Goal::Still(_)) {
            return;
        }
        self.completions(state, aim, out);
        self.synchronous(state, aim, out);
        if self.meta.blocking == Blocking::Unknown && aim.goal != Goal::Instant(Kind::Apart) {
            self.hidden_blocks(state, aim, out);
        }
    }

    fn may_expire(&self, state: &State, aim: Aim, thread: ThreadId) -> bool {
        let mine = |tid: Tid| {
            state.actors.get(tid as usize).copied().flatten().is_some_and(|a| a.thread == thread)
        };
        let Some(open) = state.open.iter().find(|open| mine(open.tid)) else { return false };
        let parked = state.parked_at(open.tid);
        let elsewhere = aim.port.is_some() && parked.is_some() && parked != aim.port;
        if elsewhere || matches!(aim.goal, Goal::Still(_) | Goal::Instant(Kind::Apart)) {
            return false;
        }
        self.script.result(open.id, self.now, self.horizon).is_none_or(may_expire)
    }

    fn completions(&self, state: &State, aim: Aim, out: &mut Vec<Move>) {
        let wanted = match aim.goal {
            Goal::Return(_) | Goal::Instant(Kind::Ordered) => true,
            Goal::Instant(Kind::Remove) => somebody_waits(state, aim),
            Goal::Instant(Kind::Apart) | Goal::Still(_) => false,
        };
        if !wanted || self.script.silent.is_empty() {
            return;
        }
        if self.meta.operations == Operations::Logged && state.kernel.irps().is_empty() {
            return;
        }
        // Packets come out in the order in which they went in, but for those that are on their
        // way out at the same time; and which of two equal packets comes first is all the same.
        let mut offered: Vec<&Silent> = Vec::new();
        let mut first_shown = None;
        let lazy = Stage::lateness_is_free(state);
        for silent in &self.script.silent {
            let ahead = (self.now..self.horizon).contains(&silent.shown);
            if !ahead || state.appeared.contains(&silent.number) {
                continue;
            }
            if aim.port.is_some() && port_id(state, silent.tid, silent.port) != aim.port {
                continue;
            }
            if first_shown.is_some_and(|shown| silent.called > shown) {
                break;
            }
            first_shown = first_shown.or(Some(silent.shown));
            if lazy && matches!(aim.goal, Goal::Return(id) if id != silent.id) {
                continue;
            }
            if !offered.iter().any(|other| other.equals(silent)) {
                offered.push(silent);
            }
        }
        out.extend(offered.into_iter().copied().map(Move::Complete));
    }

    /// Operations on synchronous handles that the call itself waits for.
    fn synchronous(&self, state: &State, aim: Aim, out: &mut Vec<Move>) {
        if self.meta.operations == Operations::Logged && self.script.completions_logged {
            return;
        }
        let Goal::Return(wanted) = aim.goal else { return };
        let Some(at) = state.open_of(wanted) else { return };
        if state.waits_for(at).is_some() {
            out.push(Move::Ends(at));
        }
    }

    /// How the operation that an open call waits for ends, as far as the trace shows it.
    fn ends(&self, state: &mut State, at: usize, pick: u8) -> Result<(), Dead> {
        let irp = state.waits_for(at).ok_or(Dead::Impossible)?;
        let open = &state.open[at];
        let seen = self.script.result(open.id, self.now, self.horizon);
        let Call::Io(io) = &open.call else { return Err(Dead::Impossible) };
        let length = u64::from(io.length);
        let failed = seen.and_then(|res| res.error.filter(|_| res.ok == Some(false)));
        let status = seen
            .and_then(|res| res.status.map(NtStatus))
            .or(failed.and_then(NtStatus::from_win32))
            .unwrap_or(NtStatus::SUCCESS);
        let usual = if status.is_error() { 0 } else { length };
        let information = seen.and_then(|res| res.bytes).unwrap_or(usual);
        state.act(picked(pick, Action::Complete { irp, status, information }))
    }

    /// Threads whose blocking would matter: those that a port at its limit counts. One that does
    /// nothing more stands for all others.
    fn hidden_blocks(&self, state: &State, aim: Aim, out: &mut Vec<Move>) {
        if state.kernel.semantics().has(Deviation::ConcurrencyIgnored) {
            return;
        }
        let mut found: Vec<(PortId, Tid, bool)> = Vec::new();
        for (tid, actor) in state.actors.iter().enumerate() {
            let Some(thread) = actor.and_then(|a| state.kernel.thread(a.thread)) else { continue };
            let Some(port) = thread.attached.filter(|p| aim.port.is_none_or(|port| port == *p))
            else {
                continue;
            };
            let full = state.kernel.port(port).is_some_and(|p| p.active >= p.concurrency);
            if full && thread.is_active() {
                let tid = tid as Tid;
                found.push((port, tid, self.script.is_done(tid, self.now)));
            }
        }
        for (at, &(port, tid, done)) in found.iter().enumerate() {
            let stands = found.iter().position(|(p, _, done)| *p == port && *done);
            if stands.is_none() || (done && stands == Some(at)) {
                out.push(Move::Hide(tid));
            }
        }
    }

    /// Takes a move; with `wake-order=any` there may be several results.
    pub(super) fn take(&self, state: &State, step: &Move, aim: Aim) -> Result<Vec<State>, Dead> {
        let mut results = Vec::new();
        let mut failure = None;
        for pick in 0..state.choices() {
            let mut next = state.clone();
            match self.take_one(&mut next, step, aim.goal, pick) {
                Ok(true) if self.still_possible(&next) => results.push(next),
                Ok(_) | Err(Dead::Impossible) => {}
                Err(dead) => failure = Some(dead),
            }
        }
        match failure {
            Some(dead) if results.is_empty() => Err(dead),
            _ => Ok(results),
        }
    }

    fn take_one(&self, state: &mut State, step: &Move, goal: Goal, pick: u8) -> Result<bool, Dead> {
        match step {
            Move::Perform(at) => {
                let (id, tid) = (state.open[*at].id, state.open[*at].tid);
                state.perform(*at, pick)?;
                let wanted = match goal {
                    Goal::Return(wanted) => wanted == id,
                    Goal::Still(_) => true,
                    Goal::Instant { .. } => false,
                };
                let parked = state.parked_at(tid).is_some();
                let late = self.meta.order == Order::Total && Stage::lateness_is_free(state);
                Ok(wanted || !late || !parked)
            }
            Move::Kernel(action) => state.act(picked(pick, action.clone())).map(|()| true),
            Move::Complete(silent) => self.complete(state, silent, pick).map(|()| true),
            Move::Ends(at) => self.ends(state, *at, pick).map(|()| true),
            Move::Hide(tid) => {
                let thread = state.actor(*tid)?.thread;
                state.act(picked(pick, Action::Block { thread }))?;
                state.set_hidden(*tid, true);
                Ok(true)
            }
            Move::Show(tid) => state.unblock(*tid).map(|()| true),
        }
    }

    /// Whether every result that is in is one that the trace will show, as far as it is known.
    pub(super) fn still_possible(&self, state: &State) -> bool {
        state.open.iter().all(|open| match &open.phase {
            Phase::Done(_, res) => self
                .script
                .result(open.id, self.now, self.horizon)
                .is_none_or(|seen| state.in_model(seen).agrees(res, |_, _| true).is_ok()),
            _ => true,
        })
    }

    /// A completion that no line tells.
    pub(super) fn complete(&self, state: &mut State, s: &Silent, pick: u8) -> Result<(), Dead> {
        let irp = state.kernel.irps().iter().find(|(_, irp)| irp.request.context == s.overlapped);
        if let Some((irp, pending)) = irp {
            let (status, information) = (NtStatus(s.status), s.bytes);
            // So ends only what somebody cancels or closes, but for an accept (J11).
            let not_by_itself = [NtStatus::CANCELLED, NtStatus::HANDLES_CLOSED];
            if not_by_itself.contains(&status) && pending.request.op != IoOp::AcceptEx {
                return Err(Dead::Impossible);
            }
            state.act(picked(pick, Action::Complete { irp, status, information }))?;
            state.appeared.push(s.number);
            return Ok(());
        }
        if self.meta.operations == Operations::Logged {
            return Err(Dead::Impossible);
        }
        let port = state.handle_of(ProcessId(0), s.port).ok_or(Dead::Impossible)?;
        let Some(Object::Port(id)) = state.kernel.resolve(ProcessId(0), port) else {
            return Err(Dead::Impossible);
        };
        let associated = state
            .kernel
            .files()
            .iter()
            .any(|(_, file)| file.association.is_some_and(|a| a.port == id && a.key == s.key));
        if !associated {
            return Err(Dead::Impossible);
        }
        state.device(port, s, pick)?;
        state.appeared.push(s.number);
        Ok(())
    }
}

impl State {
    /// A device queues its packet.
    fn device(&mut self, port: Handle, s: &Silent, pick: u8) -> Result<(), Dead> {
        let call = Call::NtSetIoCompletion {
            port,
            key: s.key,
            context: s.overlapped,
            status: NtStatus(s.status),
            information: s.bytes,
        };
        let thread = self.stage_thread();
        self.act(picked(pick, Action::Call { thread, call }))
    }
}

fn hidden(state: &State, thread: ThreadId) -> Option<Tid> {
    let found =
        |a: &Option<super::actors::Actor>| a.is_some_and(|a| a.thread == thread && a.hidden);
    state.actors.iter().position(found).map(|at| at as Tid)
}

/// What the trace calls a port, in a state.
pub(super) fn port_id(state: &State, tid: Tid, seen: Handle) -> Option<PortId> {
    let process = state.process_of(tid);
    match state.kernel.resolve(process, state.handle_of(process, seen)?) {
        Some(Object::Port(id)) => Some(id),
        _ => None,
    }
}

/// Whether a call may matter to an aim: it does not if it is about another port.
fn concerns(state: &State, aim: Aim, tid: Tid, call: &Call) -> bool {
    match (aim.port, port_of(call)) {
        (Some(port), Some(other)) => port_id(state, tid, other).is_none_or(|other| other == port),
        _ => true,
    }
}

/// Whether a thread waits at a port of the aim.
fn somebody_waits(state: &State, aim: Aim) -> bool {
    let ports = state.kernel.ports().iter();
    let mut ports = ports.filter(|(id, _)| aim.port.is_none_or(|port| port == *id));
    ports.any(|(_, port)| port.stack().next().is_some())
}

/// The port at which it can matter that a thread counts again: somebody waits there.
fn crowded(state: &State, aim: Aim, thread: ThreadId) -> Option<PortId> {
    let port = state.kernel.thread(thread).and_then(|t| t.attached)?;
    let here = aim.port.is_none_or(|aim| aim == port);
    let aim = Aim { port: Some(port), ..aim };
    (here && somebody_waits(state, aim)).then_some(port)
}
