//! What an event of the trace does to a state, or demands of it.

use iocp_model::ke::thread::Run;
use iocp_model::{Action, Call, Handle, NtStatus, ProcessId, Rule, Timeout};

use super::handles::{port_of, removes_from};
use super::moves::{Aim, Goal, Kind, Stage, port_id};
use super::script::{Happening, Line, may_expire};
use super::state::{Dead, Open, Phase, State, Tid};
use crate::trace::{Io, Object, Objects, Order, Res, Seen, timeout_of};

impl Stage<'_> {
    /// What has to be reached in a state before this event can happen, and at which port.
    pub(super) fn aim(&self, state: &State, what: &Happening) -> Aim {
        match what {
            Happening::Ret { id, .. } => {
                let call = state.open_of(*id).map(|at| &state.open[at].call);
                let tid = state.open_of(*id).map_or(0, |at| state.open[at].tid);
                let port = call.and_then(port_of).and_then(|port| port_id(state, tid, port));
                Aim { goal: Goal::Return(*id), port }
            }
            Happening::Waiting { tid, .. } => Aim { goal: Goal::Still(Some(*tid)), port: None },
            Happening::Settled => Aim { goal: Goal::Still(None), port: None },
            Happening::Call { tid, call, .. } => {
                let kind = match removes_from(call) {
                    // One that does not wait gets only what is there.
                    Some(_) if timeout_of(call) == Some(Timeout::Zero) => Kind::Ordered,
                    Some(_) => Kind::Remove,
                    None if is_apart(call) => Kind::Apart,
                    None => Kind::Ordered,
                };
                let port = port_of(call).and_then(|port| port_id(state, *tid, port));
                // A thread that changes ports concerns both.
                let attached = state.attached(*tid);
                let port = port.filter(|port| attached.is_none_or(|own| own == *port));
                Aim { goal: Goal::Instant(kind), port }
            }
            Happening::Object { .. } | Happening::Thread { .. } => {
                Aim { goal: Goal::Instant(Kind::Apart), port: None }
            }
            _ => Aim { goal: Goal::Instant(Kind::Ordered), port: None },
        }
    }

    /// Whether an event is only noted, so that nothing needs to happen before it.
    pub(super) fn only_noted(&self, what: &Happening) -> bool {
        self.meta.order == Order::Interval && matches!(what, Happening::Call { .. })
    }

    /// The states after the event; none if it cannot happen in this one.
    pub(super) fn happen(&self, mut state: State, line: &Line) -> Result<Vec<State>, Dead> {
        match &line.what {
            Happening::Call { id, tid, call } => self.called(state, line.number, *id, *tid, call),
            Happening::Ret { id, res } => {
                let possible = self.returned(&mut state, *id, res)?;
                Ok(if possible { vec![state] } else { Vec::new() })
            }
            Happening::Waiting { tid, seen } => self.waiting(state, *tid, *seen),
            Happening::Settled => {
                let still =
                    |open: &Open| matches!(open.phase, Phase::Inside(_)) && state.waits(open.tid);
                let all = state.open.iter().all(still);
                Ok(if all { vec![state] } else { Vec::new() })
            }
            Happening::Block(tid) => {
                let thread = state.actor(*tid)?.thread;
                self.instant(&state, Action::Block { thread })
            }
            Happening::Unblock(tid) => {
                let thread = state.actor(*tid)?.thread;
                state.set_hidden(*tid, false);
                self.instant(&state, Action::Unblock { thread })
            }
            Happening::Exit(tid) => {
                state.end_thread(*tid)?;
                Ok(vec![state])
            }
            Happening::Io(io) => self.io(&state, io),
            Happening::Thread { tid, of } => {
                state.name_thread(*tid, *of)?;
                Ok(vec![state])
            }
            Happening::Arrive { file, what } => {
                let file = state.file(*file).ok_or(Dead::Impossible)?;
                self.instant(&state, Action::Arrive { file, what: *what })
            }
            Happening::Object { handle, kind, concurrency } => {
                match kind {
                    Object::File => state.make_file(*handle)?,
                    Object::Port => state.make_port(*handle, concurrency.unwrap_or(0))?,
                }
                Ok(vec![state])
            }
        }
    }

    /// An action at its line, in every way that the semantics leave open.
    fn instant(&self, state: &State, action: Action) -> Result<Vec<State>, Dead> {
        let mut results = Vec::new();
        for pick in 0..state.choices() {
            let mut next = state.clone();
            match next.act(super::state::picked(pick, action.clone())) {
                Ok(()) if self.still_possible(&next) => results.push(next),
                Ok(()) | Err(Dead::Impossible) => {}
                Err(dead) => return Err(dead),
            }
        }
        Ok(results)
    }

    fn called(
        &self,
        mut state: State,
        line: u64,
        id: u64,
        tid: Tid,
        call: &Call,
    ) -> Result<Vec<State>, Dead> {
        if self.meta.objects == Objects::Implicit {
            make_implied(&mut state, call)?;
        }
        state.actor(tid)?;
        let exhausted = self.script.exhausted(id, self.now, self.horizon);
        let phase = Phase::Ahead;
        state.open.push(Open { id, tid, line, call: call.clone(), exhausted, phase });
        if self.meta.order == Order::Interval {
            return Ok(vec![state]);
        }
        let at = state.open.len() - 1;
        let late = Stage::parks_late(&state) && removes_from(call).is_some();
        let choices = state.choices();
        if !late && choices == 1 {
            state.perform(at, 0)?;
            return Ok(if self.still_possible(&state) { vec![state] } else { Vec::new() });
        }
        let mut results = Vec::new();
        for pick in 0..choices {
            let mut next = state.clone();
            match next.perform(at, pick) {
                Ok(()) if late && next.parked_at(tid).is_some() => {
                    if !Stage::lateness_is_free(&next) && self.still_possible(&next) {
                        results.push(next);
                    }
                    if pick == 0 {
                        results.push(state.clone());
                    }
                }
                Ok(()) if self.still_possible(&next) => results.push(next),
                Ok(()) | Err(Dead::Impossible) => {}
                Err(dead) => return Err(dead),
            }
        }
        Ok(results)
    }

    /// A return is possible once the call has its result, and the trace does not say otherwise.
    pub(super) fn returned(&self, state: &mut State, id: u64, res: &Res) -> Result<bool, Dead> {
        // A call whose thread has ended in the meantime returns to nobody.
        let Some(at) = state.open_of(id) else { return Ok(true) };
        let Phase::Done(_, model) = &state.open[at].phase else { return Ok(false) };
        let process = opens_in(state, at);
        let implicit = self.meta.objects == Objects::Implicit;
        let same = |seen: u64, model: Handle| {
            let unnamed = model.0 == 0 || model == Handle::INVALID;
            match state.handle_of(process, Handle(seen)) {
                _ if unnamed => seen == model.0,
                Some(known) => known == model || implicit,
                None => implicit || state.name_of(process, model).is_none(),
            }
        };
        if state.in_model(res).agrees(model, same).is_err() {
            return Ok(false);
        }
        let pairs = [(res.handle, model.handle), (res.other, model.other)];
        state.open.remove(at);
        for (seen, model) in pairs {
            if let (Some(seen), Some(model)) = (seen, model)
                && model != 0
                && Handle(model) != Handle::INVALID
            {
                state.rebind(process, seen, Handle(model))?;
            }
        }
        if let (Some(pid), Some(handle)) = (res.pid, pairs[0].1) {
            state.name_process(pid, Handle(handle));
        }
        let shown = self.script.silent.iter().filter(|s| s.id == id);
        for silent in shown {
            // Which of several equal packets it was is all the same.
            let same = |number: &u64| {
                let other = self.script.silent.iter().find(|s| s.number == *number);
                *number == silent.number || other.is_some_and(|other| other.equals(silent))
            };
            let exact = state.appeared.iter().position(|number| *number == silent.number);
            if let Some(at) = exact.or_else(|| state.appeared.iter().position(same)) {
                state.appeared.remove(at);
            }
        }
        Ok(true)
    }

    fn waiting(&self, state: State, tid: Tid, seen: Seen) -> Result<Vec<State>, Dead> {
        let Some(at) = state.open.iter().position(|open| open.tid == tid) else {
            return Ok(Vec::new());
        };
        let late = self.meta.order == Order::Total && Stage::parks_late(&state);
        let ahead = state.open[at].phase == Phase::Ahead;
        let port = removes_from(&state.open[at].call).is_some();
        let inside = match port {
            true => {
                state.parked_at(tid).is_some() || matches!(state.run(tid), Some(Run::Retrying(_)))
            }
            false => state.waits(tid),
        };
        let possible = match seen {
            Seen::Parked => inside,
            Seen::Asked if late && ahead => self.finds_nothing(&state, at),
            Seen::Asked => inside,
            Seen::Again if late => true,
            Seen::Again => {
                let mut results = Vec::new();
                if let Some(again) = asked_anew(&state, at)? {
                    results.push(again);
                }
                let timed_out = |phase: &Phase| matches!(phase, Phase::Done(_, r) if may_expire(r));
                if !timed_out(&state.open[at].phase) {
                    results.push(state);
                }
                // From here on it is known again what the call comes to.
                let after = Stage { now: self.now + 1, ..*self };
                results.retain(|state| after.still_possible(state));
                return Ok(results);
            }
        };
        Ok(if possible { vec![state] } else { Vec::new() })
    }

    /// Whether a remove that looks now finds nothing that it may take.
    fn finds_nothing(&self, state: &State, at: usize) -> bool {
        let mut look = state.clone();
        let tid = look.open[at].tid;
        look.perform(at, 0).is_ok() && look.parked_at(tid).is_some()
    }

    fn io(&self, state: &State, io: &Io) -> Result<Vec<State>, Dead> {
        let file = io.file.and_then(|h| state.file(h)).map(iocp_model::Object::File);
        let mut irps = state.kernel.irps().iter().filter(|(_, irp)| {
            io.overlapped
                .is_none_or(|at| irp.request.status_block.0 == at || irp.request.context == at)
                && (io.file.is_none() || file == Some(iocp_model::Object::File(irp.request.file)))
        });
        let Some((irp, pending)) = irps.next() else { return Ok(Vec::new()) };
        // What the line leaves out may be known from the packet.
        let foreseen = self.script.silent.iter().find(|s| {
            s.overlapped == pending.request.context && (self.now..self.horizon).contains(&s.shown)
        });
        let status = io.status.or(foreseen.map(|s| s.status)).unwrap_or(0);
        let information = io.information.or(foreseen.map(|s| s.bytes)).unwrap_or(0);
        let mut results =
            self.instant(state, Action::Complete { irp, status: NtStatus(status), information })?;
        if let Some(silent) = foreseen {
            results.iter_mut().for_each(|next| next.appeared.push(silent.number));
        }
        Ok(results)
    }
}

/// The process in whose table the handles go that a call gives.
fn opens_in(state: &State, at: usize) -> ProcessId {
    let own = state.process_of(state.open[at].tid);
    let Call::DuplicateHandle { target_process, .. } = state.open[at].call else { return own };
    let target = state.handle_of(own, target_process);
    match target.and_then(|target| state.kernel.resolve(own, target)) {
        Some(iocp_model::Object::Process(process)) => process,
        _ => own,
    }
}

/// Calls that touch no packet, no waiter and nothing that ends a wait.
fn is_apart(call: &Call) -> bool {
    matches!(
        call,
        Call::NtCreateIoCompletion { .. }
            | Call::CreateIoCompletionPort { .. }
            | Call::NtSetInformationFileCompletion { .. }
            | Call::NtSetInformationFileNotificationModes { .. }
            | Call::SetFileCompletionNotificationModes { .. }
            | Call::CreateFile { .. }
            | Call::CreateEvent { .. }
            | Call::GetLastError {}
            | Call::SetLastError { .. }
            | Call::SwitchToThread {}
    )
}

/// The wait of a call has timed out, now or before, and the program has called once more.
fn asked_anew(state: &State, at: usize) -> Result<Option<State>, Dead> {
    let mut next = state.clone();
    let tid = next.open[at].tid;
    let thread = next.actor(tid)?.thread;
    match &next.open[at].phase {
        Phase::Done(_, res) if !may_expire(res) => return Ok(None),
        Phase::Done(..) => {}
        _ => {
            if next.act(Action::Expire { thread }).is_err() {
                return Ok(None);
            }
        }
    }
    next.open[at].phase = Phase::Ahead;
    match next.perform(at, 0) {
        Ok(()) => Ok(Some(next)),
        Err(Dead::Impossible) => Ok(None),
        Err(dead) => Err(dead),
    }
}

/// Handles that a call uses and that nobody made: files and ports that were there before.
fn make_implied(state: &mut State, call: &Call) -> Result<(), Dead> {
    let (file, port) = match call {
        Call::NtSetInformationFileCompletion { file, port, .. } => (Some(*file), Some(*port)),
        Call::CreateIoCompletionPort { file, existing_port, .. } => {
            (Some(*file), Some(*existing_port))
        }
        Call::NtSetInformationFileNotificationModes { file, .. }
        | Call::SetFileCompletionNotificationModes { file, .. }
        | Call::CancelIo { file }
        | Call::CancelIoEx { file, .. }
        | Call::NtCancelIoFileEx { file, .. } => (Some(*file), None),
        Call::NtQueryIoCompletion { port, .. } => (None, Some(*port)),
        other => (None, port_of(other)),
    };
    let unknown = |state: &State, handle: &Handle| {
        handle.0 & !3 != 0
            && handle.0 < Handle::CURRENT_THREAD.0
            && state.handle_of(ProcessId(0), *handle).is_none()
    };
    if let Some(file) = file.filter(|h| unknown(state, h)) {
        state.make_file(file)?;
    }
    if let Some(port) = port.filter(|h| unknown(state, h)) {
        state.make_port(port, 0)?;
    }
    Ok(())
}

impl State {
    /// The rule by which an open call is where it is.
    pub(super) fn reason(&self, at: usize) -> Option<Rule> {
        match &self.open[at].phase {
            Phase::Ahead => None,
            Phase::Inside(rule) | Phase::Done(rule, _) => Some(*rule),
        }
    }
}
