//! What a state does not show, and effects must tell all the same: that a call returned, that an
//! operation came and went, that something was decided not to happen.

use std::collections::BTreeMap;

use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};

use crate::io_stage::*;

/// A poll that ends without an error says what it found.
pub(super) fn silent_polls(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
) -> Option<String> {
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
pub(super) fn silent_calls(
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
pub(super) fn silent_operations(
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
pub(super) fn silent_completions(before: &Kernel, effects: &[(Rule, Effect)]) -> Option<String> {
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
pub(super) fn silent_events(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
) -> Option<String> {
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
pub(super) fn silent_hand_offs(before: &Kernel, effects: &[(Rule, Effect)]) -> Option<String> {
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
