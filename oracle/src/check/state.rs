//! One state that the model could be in: the kernel, the calls that have not been seen to return,
//! and which names the trace has for what.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use iocp_model::ke::thread::{Run, Wait, WaitOn, Waiting};
use iocp_model::{
    Action, Call, Deviation, Deviations, Effect, Handle, IrpId, Kernel, NtStatus, Observer, PortId,
    ProcessId, Refusal, Rule, ThreadId,
};

use super::actors::Actor;
use super::handles::Handles;
use crate::trace::Res;

/// A thread of the trace, by the number the checker gave it.
pub(super) type Tid = u32;

/// A set of rules.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Rules([u64; 4]);

impl Rules {
    pub(super) fn add(&mut self, rule: Rule) {
        let n = rule as usize;
        self.0[n / 64 % 4] |= 1 << (n % 64);
    }
    pub(super) fn has(&self, rule: Rule) -> bool {
        let n = rule as usize;
        self.0[n / 64 % 4] & 1 << (n % 64) != 0
    }
    pub(super) fn unite(&mut self, other: &Rules) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a |= b);
    }
}

/// The deviations that the steps of a check have asked about. Under semantics that differ in others
/// only the check would have come to the same.
#[derive(Clone, Default, Debug)]
pub(super) struct Asked(Arc<AtomicU64>);

impl Asked {
    fn note(&self, deviations: Deviations) {
        let bits = deviations.bits();
        if bits & !self.0.load(Ordering::Relaxed) != 0 {
            self.0.fetch_or(bits, Ordering::Relaxed);
        }
    }

    /// What has been asked about, with what the checker itself looks at.
    pub(super) fn all(&self) -> Deviations {
        const LOOKED_AT: [Deviation; 5] = [
            Deviation::WakeOrderAny,
            Deviation::HandOffWakeAndRetry,
            Deviation::ConcurrencyIgnored,
            Deviation::CloseKeepsWaiting,
            Deviation::ExportsMissing,
        ];
        let asked = Deviations::from_bits(self.0.load(Ordering::Relaxed));
        LOOKED_AT.into_iter().fold(asked, Deviations::with)
    }
}

/// How far an open call has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// It has not taken effect.
    Ahead,
    /// It waits inside the model; the rule says why.
    Inside(Rule),
    /// It has its result, which nobody has seen yet, by this rule.
    Done(Rule, Res),
}

/// A call that has not been seen to return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Open {
    pub(super) id: u64,
    pub(super) tid: Tid,
    pub(super) line: u64,
    pub(super) call: Call,
    /// The trace will show that there was no memory for it: how it fails if it needs some.
    pub(super) exhausted: Option<NtStatus>,
    pub(super) phase: Phase,
}

/// One state that the model could be in.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) kernel: Kernel,
    /// The environment's thread: sets the stage, and posts what devices complete unseen.
    pub(super) stage: ThreadId,
    /// Open calls, oldest first.
    pub(super) open: Vec<Open>,
    /// The threads of the trace, by number.
    pub(super) actors: Vec<Option<Actor>>,
    /// By process: which handles of the trace are which of the model.
    pub(super) handles: Vec<Handles>,
    /// Identifiers of processes in the trace, and in the model.
    pub(super) pids: Vec<(u64, u64)>,
    /// Silent completions that have happened and whose packets have not been seen, by number.
    pub(super) appeared: Vec<u64>,
    /// Rules that led here. Not part of the state.
    pub(super) rules: Rules,
    /// What this state and all that came of the same first one have asked about.
    pub(super) asked: Asked,
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        self.kernel == other.kernel
            && self.open == other.open
            && self.actors == other.actors
            && self.handles == other.handles
            && self.pids == other.pids
            && self.appeared == other.appeared
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.kernel.fingerprint().hash(hasher);
        for open in &self.open {
            open.id.hash(hasher);
            std::mem::discriminant(&open.phase).hash(hasher);
        }
        self.appeared.hash(hasher);
    }
}

/// Why a step cannot be taken.
#[derive(Clone, Debug)]
pub(super) enum Dead {
    /// It is not possible in this state.
    Impossible,
    /// The model does not say what happens.
    NotModelled(String),
}

/// What the observer of a step keeps.
#[derive(Default)]
pub(super) struct Watch {
    rules: Rules,
    /// Why each thread's remove ended, or went to wait.
    reasons: Vec<(ThreadId, Rule)>,
    pub(super) returned: Vec<(ThreadId, Rule, Res)>,
    pub(super) created: Option<ThreadId>,
    asked: Deviations,
}

impl Observer for Watch {
    #[inline]
    fn effect(&mut self, rule: Rule, effect: Effect) {
        self.rules.add(rule);
        match effect {
            Effect::Released { thread, .. }
            | Effect::Removed { thread, .. }
            | Effect::WaitEnded { thread, .. }
            | Effect::Parked { thread, .. }
            | Effect::Waits { thread, .. } => self.reasons.push((thread, rule)),
            Effect::Returned { thread, result } => {
                self.returned.push((thread, rule, Res::from_return(&result)));
            }
            Effect::ThreadCreated { thread, .. } => self.created = Some(thread),
            _ => {}
        }
    }

    #[inline]
    fn asked(&mut self, deviations: Deviations) {
        self.asked = deviations;
    }
}

impl State {
    pub(super) fn new(mut kernel: Kernel) -> State {
        let stage = kernel.create_thread(ProcessId(0));
        State {
            kernel,
            stage,
            open: Vec::new(),
            actors: Vec::new(),
            handles: Vec::new(),
            pids: Vec::new(),
            appeared: Vec::new(),
            rules: Rules::default(),
            asked: Asked::default(),
        }
    }

    /// Performs an action and notes which open calls it ends.
    pub(super) fn act(&mut self, action: Action) -> Result<(), Dead> {
        self.watch(action).map(|_| ())
    }

    pub(super) fn watch(&mut self, action: Action) -> Result<Watch, Dead> {
        let mut watch = Watch::default();
        let applied = self.kernel.apply(action, &mut watch);
        self.asked.note(watch.asked);
        applied.map_err(|refusal| match refusal {
            Refusal::NotModelled(what) => Dead::NotModelled(what.to_owned()),
            _ => Dead::Impossible,
        })?;
        self.rules.unite(&watch.rules);
        for (thread, rule) in &watch.reasons {
            if let Some(open) = self.inside_of(*thread) {
                open.phase = Phase::Inside(*rule);
            }
        }
        for (thread, rule, res) in &watch.returned {
            let reason = watch.reasons.iter().rev().find(|(t, _)| t == thread);
            let rule = reason.map_or(*rule, |(_, rule)| *rule);
            if let Some(open) = self.inside_of(*thread) {
                open.phase = Phase::Done(rule, res.clone());
            }
        }
        Ok(watch)
    }

    /// The open call in which a thread of the model waits.
    fn inside_of(&mut self, thread: ThreadId) -> Option<&mut Open> {
        let actors = &self.actors;
        self.open.iter_mut().find(|open| {
            matches!(open.phase, Phase::Inside(_))
                && actors[open.tid as usize].is_some_and(|actor| actor.thread == thread)
        })
    }

    /// The environment's thread.
    pub(super) fn stage_thread(&self) -> ThreadId {
        self.stage
    }

    /// A call by the environment; its result.
    pub(super) fn stage(&mut self, call: Call) -> Result<Res, Dead> {
        let watch = self.watch(Action::Call { thread: self.stage, call })?;
        let mine = watch.returned.into_iter().find(|(thread, ..)| *thread == self.stage);
        mine.map(|(_, _, res)| res).ok_or(Dead::Impossible)
    }

    /// What the model's thread of `tid` is doing.
    pub(super) fn run(&self, tid: Tid) -> Option<&Run> {
        let actor = (*self.actors.get(tid as usize)?)?;
        Some(&self.kernel.thread(actor.thread)?.run)
    }

    /// The port that counts a thread.
    pub(super) fn attached(&self, tid: Tid) -> Option<PortId> {
        let actor = (*self.actors.get(tid as usize)?)?;
        self.kernel.thread(actor.thread)?.attached
    }

    /// Whether a thread waits inside a call.
    pub(super) fn waits(&self, tid: Tid) -> bool {
        matches!(self.run(tid), Some(Run::Waiting(_)))
    }

    /// The port in whose queue of waiters a thread stands.
    pub(super) fn parked_at(&self, tid: Tid) -> Option<PortId> {
        match self.run(tid)? {
            Run::Waiting(wait) => match wait.on {
                WaitOn::Port { port, .. } => Some(port),
                _ => None,
            },
            _ => None,
        }
    }

    /// The operation that an open call waits for inside itself.
    pub(super) fn waits_for(&self, at: usize) -> Option<IrpId> {
        match self.run(self.open[at].tid)? {
            Run::Waiting(Wait { call: Waiting::SyncIo { irp, .. }, .. }) => Some(*irp),
            _ => None,
        }
    }

    pub(super) fn open_of(&self, id: u64) -> Option<usize> {
        self.open.iter().position(|open| open.id == id)
    }

    /// Lets an open call take effect.
    pub(super) fn perform(&mut self, at: usize, pick: u8) -> Result<(), Dead> {
        let actor = self.actor(self.open[at].tid)?;
        if actor.hidden {
            self.unblock(self.open[at].tid)?;
        }
        let table = self.handles.get(actor.process.index());
        let call = match table {
            Some(table) => table.translate(&self.open[at].call),
            None => Handles::default().translate(&self.open[at].call),
        };
        let closed = closed_handle(&self.open[at].call);
        self.open[at].phase = Phase::Inside(Rule::ALL[0]);
        let thread = actor.thread;
        let action = match self.open[at].exhausted {
            None => Action::Call { thread, call },
            Some(status) => Action::Exhausted { thread, call: Box::new(call), status },
        };
        self.act(picked(pick, action))?;
        if let (Some(handle), Phase::Done(_, res)) = (closed, &self.open[at].phase)
            && (res.ok == Some(true) || res.status == Some(0))
            && let Some(table) = self.handles.get_mut(actor.process.index())
        {
            table.forget(handle);
        }
        Ok(())
    }

    /// A thread that had blocked unseen goes on.
    pub(super) fn unblock(&mut self, tid: Tid) -> Result<(), Dead> {
        let actor = self.actor(tid)?;
        self.act(Action::Unblock { thread: actor.thread })?;
        self.set_hidden(tid, false);
        Ok(())
    }

    pub(super) fn set_hidden(&mut self, tid: Tid, hidden: bool) {
        if let Some(Some(actor)) = self.actors.get_mut(tid as usize) {
            actor.hidden = hidden;
        }
    }

    /// Roughly how many bytes this state takes, with its places in lists and what is lost between.
    pub(super) fn bytes(&self) -> usize {
        let packets: usize = self.kernel.ports().iter().map(|(_, p)| p.packets.len()).sum();
        let tables = self.kernel.threads().len() * 160
            + self.kernel.ports().len() * 160
            + self.kernel.files().len() * 160;
        size_of::<State>()
            + 512
            + packets * 40
            + tables
            + self.open.len() * 400
            + self.handles.iter().map(Handles::len).sum::<usize>() * 40
    }

    /// Whether `wake-order=any` leaves a choice.
    pub(super) fn choices(&self) -> u8 {
        if !self.kernel.semantics().has(Deviation::WakeOrderAny) {
            return 1;
        }
        let most = self.kernel.ports().iter().map(|(_, p)| p.stack().count()).max();
        most.unwrap_or(0).clamp(1, usize::from(u8::MAX)) as u8
    }
}

fn closed_handle(call: &Call) -> Option<Handle> {
    super::handles::closes(call)
}

/// The same action, with the choice of a waiter.
pub(super) fn picked(pick: u8, action: Action) -> Action {
    match pick {
        0 => action,
        waiter => Action::Pick { waiter, then: Box::new(action) },
    }
}
