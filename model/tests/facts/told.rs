//! Every change is told, and told under a rule: what the effects say, added to the state before,
//! is the state after. So a rule that keeps quiet is found, whichever it is: the last test plants
//! that fault in every rule and lets random programs of any calls look for it.

use std::collections::{BTreeMap, BTreeSet};

use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::ob::process::StatusBlock;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::io_any::calls::any_action;
use crate::io_any::stage::stage;
use crate::io_stage::*;
use crate::rules::situation;

/// What a program could know of a thread.
#[derive(Clone, PartialEq, Debug)]
struct ThreadTold {
    waits: bool,
    exited: bool,
    suspended: u8,
    attached: Option<PortId>,
    apcs: usize,
    last_error: u32,
}

#[derive(Clone, PartialEq, Debug, Default)]
struct PortTold {
    queue: Vec<Packet>,
    active: u32,
    closed: bool,
}

/// The part of a state that effects speak of.
#[derive(Clone, PartialEq, Debug, Default)]
struct Told {
    threads: BTreeMap<ThreadId, ThreadTold>,
    ports: BTreeMap<PortId, PortTold>,
    handles: BTreeMap<(ProcessId, Option<usize>), Object>,
    associations: BTreeMap<FileId, (PortId, u64)>,
    modes: BTreeMap<FileId, u8>,
    objects: BTreeSet<Object>,
    signaled: BTreeMap<Object, bool>,
    memory: BTreeMap<Overlapped, Vec<(NtStatus, u64)>>,
}

const NEW_THREAD: ThreadTold = ThreadTold {
    waits: false,
    exited: false,
    suspended: 0,
    attached: None,
    apcs: 0,
    last_error: 0,
};

impl Told {
    fn of(kernel: &Kernel) -> Told {
        let mut told = Told::default();
        for (id, t) in kernel.threads().iter() {
            let thread = ThreadTold {
                waits: !matches!(t.run, Run::Running | Run::Exited),
                exited: matches!(t.run, Run::Exited),
                suspended: t.suspended,
                attached: t.attached,
                apcs: t.apcs.len(),
                last_error: t.last_error,
            };
            told.threads.insert(id, thread);
            told.signaled.insert(Object::Thread(id), matches!(t.run, Run::Exited));
        }
        for (id, p) in kernel.ports().iter() {
            let queue = p.packets.iter().copied().collect();
            told.ports.insert(id, PortTold { queue, active: p.active, closed: p.closed });
            told.signaled.insert(Object::Port(id), p.depth() > 0);
        }
        for (id, process) in kernel.processes().iter() {
            for (index, entry) in process.handles.iter().enumerate() {
                if let Some(entry) = entry {
                    told.handles.insert((id, Some(index)), entry.object);
                }
            }
            for StatusBlock { at, status, information } in &process.status_blocks {
                told.memory.entry(*at).or_default().push((*status, *information));
            }
            told.signaled.insert(Object::Process(id), process.exited);
        }
        for (id, file) in kernel.files().iter() {
            if let Some(tie) = file.association {
                told.associations.insert(id, (tie.port, tie.key));
            }
            if file.modes != 0 {
                told.modes.insert(id, file.modes);
            }
            told.signaled.insert(Object::File(id), file.signaled);
        }
        for (id, event) in kernel.events().iter() {
            told.signaled.insert(Object::Event(id), event.signaled);
        }
        told.objects = (kernel.ports().ids().map(Object::Port))
            .chain(kernel.files().ids().map(Object::File))
            .chain(kernel.events().ids().map(Object::Event))
            .chain(kernel.semaphores().ids().map(Object::Semaphore))
            .chain(kernel.mutants().ids().map(Object::Mutant))
            .chain(kernel.jobs().ids().map(Object::Job))
            .chain(kernel.reserves().ids().map(Object::Reserve))
            .chain(kernel.wait_packets().ids().map(Object::WaitPacket))
            .collect();
        told
    }

    fn thread(&mut self, id: ThreadId) -> &mut ThreadTold {
        self.threads.entry(id).or_insert(NEW_THREAD)
    }

    /// Takes a packet out of a queue, if it stands there.
    fn take(&mut self, port: PortId, packet: &Packet) {
        let queue = &mut self.ports.entry(port).or_default().queue;
        if let Some(place) = queue.iter().position(|p| p == packet) {
            queue.remove(place);
        }
    }

    /// What an effect says has happened, added to what was known.
    fn hear(&mut self, caller: Option<ThreadId>, effect: &Effect) -> Result<(), String> {
        match *effect {
            Effect::Returned { thread, ref result } => {
                let t = self.thread(thread);
                t.waits = false;
                t.last_error = result.last_error.unwrap_or(t.last_error);
            }
            Effect::Attached { thread, port } => self.thread(thread).attached = port,
            Effect::ActiveCount { port, from, to } => {
                let active = &mut self.ports.entry(port).or_default().active;
                if *active != from {
                    return Err(format!("{port} counted {active}, not {from}"));
                }
                *active = to;
            }
            Effect::Queued { port, packet } => {
                self.ports.entry(port).or_default().queue.push(packet);
            }
            Effect::Removed { port, ref packet, .. }
            | Effect::Released { port, ref packet, .. }
            | Effect::Discarded { port, ref packet } => self.take(port, packet),
            Effect::Parked { thread, .. }
            | Effect::Waits { thread, .. }
            | Effect::Blocked { thread } => self.thread(thread).waits = true,
            Effect::Unblocked { thread } => self.thread(thread).waits = false,
            Effect::Suspended { thread } => {
                let t = self.thread(thread);
                t.suspended = t.suspended.wrapping_add(1);
                t.waits |= caller == Some(thread); // It waits inside its own call.
            }
            Effect::Resumed { thread } => {
                let t = self.thread(thread);
                t.suspended = t.suspended.wrapping_sub(1);
            }
            Effect::Exited { thread } => {
                let last_error = self.thread(thread).last_error;
                *self.thread(thread) = ThreadTold { exited: true, last_error, ..NEW_THREAD };
            }
            Effect::ThreadCreated { thread, process } => {
                self.threads.insert(thread, NEW_THREAD);
                self.signaled.insert(Object::Thread(thread), false);
                self.signaled.entry(Object::Process(process)).or_insert(false);
            }
            Effect::ApcQueued { thread, .. } => self.thread(thread).apcs += 1,
            Effect::ApcRan { thread, .. } => {
                let t = self.thread(thread);
                t.apcs = t.apcs.checked_sub(1).ok_or("an APC ran that nobody queued")?;
            }
            Effect::Signaled { object } => drop(self.signaled.insert(object, true)),
            Effect::Unsignaled { object } => drop(self.signaled.insert(object, false)),
            Effect::HandleOpened { process, handle, object } => {
                self.handles.insert((process, handle.index()), object);
                self.born(object);
            }
            Effect::HandleClosed { process, handle, .. } => {
                self.handles.remove(&(process, handle.index()));
            }
            Effect::Rundown { port } => self.ports.entry(port).or_default().closed = true,
            Effect::Freed { object } => self.gone(object),
            Effect::Associated { file, port, key } => {
                self.associations.insert(file, (port, key));
                self.born(Object::Port(port));
            }
            Effect::Dissociated { file, .. } => drop(self.associations.remove(&file)),
            Effect::ModesSet { file, modes: 0 } => drop(self.modes.remove(&file)),
            Effect::ModesSet { file, modes } => drop(self.modes.insert(file, modes)),
            Effect::StatusBlock { overlapped, status, information } => {
                self.memory.insert(overlapped, vec![(status, information)]);
            }
            Effect::NoPacket { .. }
            | Effect::StaysUnsignaled { .. }
            | Effect::WaitEnded { .. }
            | Effect::WokenToRetry { .. }
            | Effect::ProcessExited { .. }
            | Effect::Pended { .. }
            | Effect::Completed { .. }
            | Effect::CancelRequested { .. }
            | Effect::PollReports { .. } => {}
        }
        Ok(())
    }

    /// An object is heard of for the first time, or again.
    fn born(&mut self, object: Object) {
        if let Object::Port(port) = object {
            self.ports.entry(port).or_default();
        }
        if matches!(object, Object::Port(_) | Object::File(_)) {
            self.signaled.entry(object).or_insert(false);
        }
        if !matches!(object, Object::Thread(_) | Object::Process(_)) {
            self.objects.insert(object);
        }
    }

    fn gone(&mut self, object: Object) {
        self.signaled.remove(&object);
        self.objects.remove(&object);
        match object {
            Object::Port(port) => drop(self.ports.remove(&port)),
            Object::File(file) => {
                self.modes.remove(&file);
            }
            _ => {}
        }
    }
}

/// A state after an action that its effects do not account for.
fn untold(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    let caller = match action {
        Action::Call { thread, .. } | Action::Exhausted { thread, .. } => Some(*thread),
        Action::Pick { then, .. } => match &**then {
            Action::Call { thread, .. } | Action::Exhausted { thread, .. } => Some(*thread),
            _ => None,
        },
        _ => None,
    };
    let mut told = Told::of(before);
    for (_, effect) in effects {
        if let Err(contradiction) = told.hear(caller, effect) {
            return Some(contradiction);
        }
    }
    told.differs_from(&Told::of(after))
        .or_else(|| silent_calls(before, caller, effects, after))
        .or_else(|| silent_operations(before, effects, after))
        .or_else(|| silent_completions(before, effects))
        .or_else(|| silent_events(before, action, effects))
        .or_else(|| silent_hand_offs(before, effects))
        .or_else(|| silent_polls(before, action, effects))
}

impl Told {
    fn differs_from(&self, is: &Told) -> Option<String> {
        // A new event that starts signaled is told by the call that makes it.
        let signals = is.signaled.iter().filter(|(object, signaled)| {
            let heard = self.signaled.get(object);
            heard != Some(signaled) && !(matches!(object, Object::Event(_)) && heard.is_none())
        });
        let memory = is.memory.iter().filter(|(at, blocks)| {
            let heard = self.memory.get(at).map_or(&[][..], |heard| &heard[..]);
            !heard.iter().any(|block| blocks.contains(block))
        });
        let differences = [
            (self.threads != is.threads, "a thread"),
            (self.ports != is.ports, "a port"),
            (self.handles != is.handles, "a handle table"),
            (self.associations != is.associations, "an association"),
            (self.modes != is.modes, "the modes of a file"),
            (self.objects != is.objects, "what there is"),
            (signals.count() > 0, "a signal"),
            (memory.count() > 0, "an OVERLAPPED"),
        ];
        let found = differences.iter().find(|(differs, _)| *differs);
        found.map(|(_, what)| format!("{what} changed untold\nheard {self:?}\nis {is:?}"))
    }
}

/// A poll that ends without an error says what it found.
fn silent_polls(before: &Kernel, action: &Action, effects: &[(Rule, Effect)]) -> Option<String> {
    let issued = matches!(action, Action::Call { call: Call::AfdPoll(_), .. });
    let pending = |of: FileId, at: Overlapped| {
        before.irps().iter().any(|(_, irp)| {
            let request = irp.request;
            request.poll.is_some() && request.file == of && request.status_block == at
        })
    };
    let ended = effects.iter().filter(|(_, effect)| {
        matches!(effect, Effect::Completed { file, overlapped, status, .. }
            if !status.is_error() && (issued || pending(*file, *overlapped)))
    });
    let told = effects.iter().filter(|(_, e)| matches!(e, Effect::PollReports { .. }));
    (told.count() < ended.count()).then(|| "a poll ended, and what it found is untold".to_owned())
}

/// A call returns once, or its thread is inside it still or gone; a wait that ends returns.
fn silent_calls(
    before: &Kernel,
    caller: Option<ThreadId>,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    for (id, thread) in after.threads().iter() {
        let run = before.thread(id).map(|t| &t.run);
        let inside = matches!(run, Some(Run::Waiting(_) | Run::Retrying(_)));
        let called = inside || caller == Some(id);
        let ended = called && matches!(thread.run, Run::Running);
        let returned = |(_, effect): &&(Rule, Effect)| matches!(effect, Effect::Returned { thread, .. } if *thread == id);
        let times = effects.iter().filter(returned).count();
        if times != usize::from(ended) {
            return Some(format!("{id} returned {times} times, {ended:?}"));
        }
        let reenters = matches!(&thread.run, Run::Waiting(wait)
            if matches!(wait.on, WaitOn::Port { .. }))
            && before.thread(id).is_some_and(|t| t.suspended > 0)
            && thread.suspended == 0;
        let parked = |(_, effect): &(Rule, Effect)| matches!(effect, Effect::Parked { thread, .. } if *thread == id);
        if reenters && !effects.iter().any(parked) {
            return Some(format!("{id} waits again untold"));
        }
        let why = |(_, effect): &(Rule, Effect)| match effect {
            Effect::WaitEnded { thread, .. }
            | Effect::Released { thread, .. }
            | Effect::Removed { thread, .. }
            | Effect::Resumed { thread } => *thread == id,
            Effect::Completed { .. } => true,
            _ => false,
        };
        if inside && ended && !effects.iter().any(why) {
            return Some(format!("the wait of {id} ended for no reason"));
        }
    }
    None
}

/// Operations come with `Pended` and go with `Completed`, or with their process.
fn silent_operations(
    before: &Kernel,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    let said = |what: &Effect| effects.iter().any(|(_, effect)| effect == what);
    for (irp, pending) in after.irps().iter() {
        let r = &pending.request;
        let (file, overlapped) = (r.file, r.status_block);
        let new = before.irp(irp).is_none_or(|old| old.request != *r);
        if new && !said(&Effect::Pended { irp, file, overlapped }) {
            return Some(format!("{irp} pends untold"));
        }
        let asked = before.irp(irp).is_some_and(|old| old.canceled.is_some());
        if pending.canceled.is_some() && !asked && !said(&Effect::CancelRequested { irp }) {
            return Some(format!("{irp} is canceled untold"));
        }
    }
    for (irp, pending) in before.irps().iter().filter(|(id, _)| after.irp(*id).is_none()) {
        let r = &pending.request;
        let ended = effects.iter().any(|(_, effect)| {
            matches!(effect, Effect::Completed { file, overlapped, .. }
                if (*file, *overlapped) == (r.file, r.status_block))
        });
        if !ended && !said(&Effect::ProcessExited { process: r.process }) {
            return Some(format!("{irp} went untold"));
        }
        let object = Object::File(r.file);
        let closed = effects.iter().any(|(_, effect)| {
            matches!(effect, Effect::HandleClosed { object: of, .. } if *of == object)
        }) && after.handle_count(object) == 0;
        let taken = closed || said(&Effect::Exited { thread: r.thread });
        let asked = pending.canceled.is_some() || said(&Effect::CancelRequested { irp });
        if ended && taken && !asked {
            return Some(format!("{irp} ended with its file or its thread, and nobody asked"));
        }
    }
    None
}

/// What completes on an associated file queues a packet, or a rule says why not.
fn silent_completions(before: &Kernel, effects: &[(Rule, Effect)]) -> Option<String> {
    let mut open: BTreeMap<(PortId, u64), i32> = BTreeMap::new();
    for (_, effect) in effects {
        let (tie, change) = match *effect {
            Effect::Completed { file, overlapped, .. } if overlapped != Overlapped::NULL => {
                (before.file(file).and_then(|f| f.association).map(|a| (a.port, a.key)), 1)
            }
            Effect::NoPacket { file, overlapped } if overlapped != Overlapped::NULL => {
                (before.file(file).and_then(|f| f.association).map(|a| (a.port, a.key)), -1)
            }
            Effect::Queued { port, packet } | Effect::Released { port, packet, .. }
                if matches!(packet.origin, Origin::Completion | Origin::CompletionDeferred(_)) =>
            {
                (Some((port, packet.key)), -1)
            }
            _ => continue,
        };
        if let Some(tie) = tie {
            *open.entry(tie).or_default() += change;
        }
    }
    let queued = |(_, effect): &(Rule, Effect)| {
        matches!(effect, Effect::Queued { packet, .. }
            if matches!(packet.origin, Origin::Completion | Origin::CompletionDeferred(_)))
    };
    let completed = |(_, effect): &(Rule, Effect)| matches!(effect, Effect::Completed { .. });
    if effects.iter().any(queued) && !effects.iter().any(completed) {
        return Some("the packet of a completion that nobody told of".to_owned());
    }
    let left = open.iter().find(|(_, count)| **count > 0);
    left.map(|((port, key), _)| format!("{port} heard nothing of a completion with key {key}"))
}

/// An operation that ends inside its call sets its event and runs its routine, or a rule says why
/// not.
fn silent_events(before: &Kernel, action: &Action, effects: &[(Rule, Effect)]) -> Option<String> {
    let Action::Call { thread, call: Call::Io(io) } = action else { return None };
    let process = before.thread(*thread)?.process;
    let Some(Object::File(called)) = before.resolve(process, io.file) else { return None };
    let at_once = effects.iter().any(|(rule, effect)| {
        matches!(effect, Effect::Completed { file, status, .. }
            if *rule == Rule::CompletesAtOnce && *file == called && !status.is_error())
    });
    let (event, routine) = match io.notify {
        Notify::Overlapped(o) => (o.event.without_low_bit(), None),
        Notify::Native { event, routine, .. } => (event, routine),
        Notify::Nothing | Notify::Routine { .. } => (Handle::NULL, None),
    };
    if !at_once {
        return None;
    }
    if let Some(event @ Object::Event(_)) = before.resolve(process, event) {
        let decided = effects.iter().any(|(_, effect)| {
            matches!(effect, Effect::Signaled { object } | Effect::StaysUnsignaled { object }
                if *object == event)
        });
        if !decided {
            return Some(format!("{event} was not set, and no rule says why"));
        }
    }
    let decided = effects
        .iter()
        .any(|(_, effect)| matches!(effect, Effect::NoPacket { .. } | Effect::ApcQueued { .. }));
    let silent = routine.is_some() && !decided;
    silent.then(|| format!("a routine on {called} did not run, and no rule says why"))
}

/// Who waits on the handle of a port sees a hand-off, or a rule says why not.
fn silent_hand_offs(before: &Kernel, effects: &[(Rule, Effect)]) -> Option<String> {
    for (_, effect) in effects {
        let Effect::Released { port, packet, .. } = effect else { continue };
        let Some(was) = before.port(*port) else { continue };
        let object = Object::Port(*port);
        let watches = |waiter: &Waiter| {
            let Waiter::Thread(thread) = waiter else { return false };
            let run = before.thread(*thread).map(|t| &t.run);
            matches!(run, Some(Run::Waiting(wait)) if wait.on == WaitOn::One(object))
        };
        let decided = effects.iter().any(|(_, effect)| {
            matches!(effect, Effect::WaitEnded { .. })
                || *effect == Effect::StaysUnsignaled { object }
        });
        if was.waiters.iter().any(watches) && !was.packets.contains(packet) && !decided {
            return Some(format!("those who wait on {port} heard nothing of a hand-off"));
        }
    }
    None
}

/// Rules whose silence nobody has noticed yet.
struct Quiet(Vec<Rule>);

impl Quiet {
    /// Plants the fault in each of them: the action goes on as before, and the rule says nothing.
    fn listen(
        &mut self,
        before: &Kernel,
        action: &Action,
        effects: &[(Rule, Effect)],
        after: &Kernel,
    ) {
        let whole = untold(before, action, effects, after);
        assert_eq!(whole, None, "{action:?}\n{effects:?}");
        self.0.retain(|rule| {
            let kept = effects.iter().filter(|(r, _)| r != rule).cloned().collect::<Vec<_>>();
            kept.len() == effects.len() || untold(before, action, &kept, after).is_none()
        });
    }
}

/// A program of any actions, or of a few of them again and again, by any thread: those get further
/// into one thing.
fn any_program() -> impl Strategy<Value = Vec<Action>> {
    let few = prop::collection::vec(any_action(), 3..7);
    let turns = prop::collection::vec((any::<prop::sample::Index>(), 0..5u16), 25);
    let again = (few, turns).prop_map(|(few, turns)| {
        let take = |(which, thread): (prop::sample::Index, u16)| {
            let mut action = which.get(&few).clone();
            if let Action::Call { thread: by, .. } = &mut action {
                *by = ThreadId(thread);
            }
            action
        };
        turns.into_iter().map(take).collect()
    });
    prop_oneof![1 => prop::collection::vec(any_action(), 25), 3 => again]
}

/// Short ones, for most programs end in threads that have exited or wait for ever.
const PROGRAMS: usize = 1200;

/// Of the 132 rules this many are found silent by the programs below; the others need a situation
/// that chance seldom makes (two waiters and a packet, a mutex whose owner dies), and that
/// `rules.rs` has for each.
const FOUND_BY_CHANCE: usize = 75;

#[test]
fn whatever_random_programs_change_is_told_and_most_rules_are_missed_when_they_keep_quiet() {
    let mut runner = TestRunner::deterministic();
    let mut quiet = Quiet(Rule::ALL.to_vec());
    for number in 0..PROGRAMS {
        let mut kernel = stage(Profile::ALL[number % Profile::ALL.len()].into());
        let program = any_program().new_tree(&mut runner).expect("a program").current();
        for (place, action) in program.into_iter().enumerate() {
            let mut possible = Vec::new();
            kernel.enabled(&mut possible);
            let outside = possible.get(place % 8).cloned();
            for action in std::iter::once(action).chain(outside) {
                let before = kernel.clone();
                let mut effects = Vec::new();
                if kernel.apply(action.clone(), &mut effects).is_ok() {
                    quiet.listen(&before, &action, &effects, &kernel);
                }
            }
        }
    }
    let found = Rule::ALL.len() - quiet.0.len();
    assert!(found >= FOUND_BY_CHANCE, "{found} found; not {:?}", quiet.0);
}

#[test]
fn every_rule_is_missed_when_it_keeps_quiet() {
    let mut quiet = Quiet(Rule::ALL.to_vec());
    for rule in Rule::ALL {
        for profile in Profile::ALL.into_iter().filter(|p| rule.versions().contains(*p)) {
            let mut w = World::new(profile);
            let [main] = w.threads();
            let _ = situation(*rule)(&mut w, main); // Some versions lack a function of it.
            let last = w.kernel.clone();
            let after = w.history.iter().map(|(state, ..)| state).skip(1).chain([&last]);
            for ((before, action, effects), after) in w.history.iter().zip(after) {
                quiet.listen(before, action, effects, after);
            }
        }
    }
    assert!(quiet.0.is_empty(), "rules that could keep quiet unnoticed: {:?}", quiet.0);
}
