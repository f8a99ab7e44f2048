//! What one effect says agrees with what the others say, and with the action: how an operation
//! ended, which wait ended and what was asked for.

use std::collections::BTreeSet;

use iocp_model::ke::thread::{Run, WaitOn};

use crate::io_stage::*;

/// How a wait can end.
const ENDS: [NtStatus; 4] =
    [NtStatus::SUCCESS, NtStatus::TIMEOUT, NtStatus::USER_APC, NtStatus::ABANDONED_WAIT_0];

/// An effect that nothing bears out.
pub(super) fn contradicted(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    let doubt = effects.iter().enumerate().find(|(place, (_, effect))| match effect {
        Effect::Completed { .. } => !completed(before, action, effects, effect),
        Effect::PollReports { socket, overlapped, events } => {
            !reported(before, action, after, (*socket, *overlapped, *events))
        }
        Effect::WaitEnded { thread, status } => {
            !ENDS.contains(status)
                || !waited(before, action, *thread)
                || !is_over(&effects[*place..], after, *thread)
        }
        Effect::Parked { thread, port, timeout } => {
            !as_asked(action, *thread, *timeout) || !stands(after, *thread, *port)
        }
        Effect::Waits { thread, timeout } => !as_asked(action, *thread, *timeout),
        Effect::NoPacket { file, overlapped } => !effects.iter().any(|(_, effect)| {
            matches!(effect, Effect::Completed { file: f, overlapped: o, .. }
                if (f, o) == (file, overlapped))
        }),
        Effect::Queued { packet, .. } | Effect::Released { packet, .. } => {
            !posted_as_asked(before, action, packet)
        }
        Effect::StaysUnsignaled { object } => !about(before, action, effects, *object),
        _ => false,
    });
    doubt.map(|(_, (rule, effect))| format!("{rule}: nothing bears out {effect:?}"))
}

/// A packet that a post makes says what the caller gave.
fn posted_as_asked(before: &Kernel, action: &Action, packet: &Packet) -> bool {
    let asked = match caller(action) {
        Some((_, &Call::PostQueuedCompletionStatus { bytes, key, overlapped, .. })) => {
            Packet::posted(bytes, key, overlapped)
        }
        Some((_, &Call::NtSetIoCompletion { key, context, status, information, .. })) => {
            let overlapped = Overlapped(context);
            Packet { key, overlapped, status, information, origin: Origin::Posted }
        }
        _ => return true,
    };
    let old = before.ports().iter().any(|(_, port)| port.packets.contains(packet));
    old || *packet == asked
}

fn caller(action: &Action) -> Option<(ThreadId, &Call)> {
    match action {
        Action::Call { thread, call } => Some((*thread, call)),
        Action::Exhausted { thread, call, .. } => Some((*thread, call)),
        Action::Pick { then, .. } => caller(then),
        _ => None,
    }
}

/// The OVERLAPPED or status block of a call.
fn block_of(call: &Call) -> Option<Overlapped> {
    match call {
        Call::Io(io) => match io.notify {
            Notify::Overlapped(o) | Notify::Routine { overlapped: o, .. } => Some(o.at),
            Notify::Native { status_block, .. } => Some(status_block),
            Notify::Nothing => Some(Overlapped::NULL),
        },
        Call::AfdPoll(poll) => Some(poll.status_block),
        _ => None,
    }
}

/// The operation was pending or has just been issued, and everything else that is said of its end
/// is the same.
fn completed(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
    effect: &Effect,
) -> bool {
    let Effect::Completed { file, overlapped, status, information } = *effect else { return true };
    let pending = before
        .irps()
        .iter()
        .any(|(_, irp)| (irp.request.file, irp.request.status_block) == (file, overlapped));
    let issued = caller(action).is_some_and(|(thread, call)| {
        let process = before.thread(thread).map(|t| t.process);
        let on = match call {
            Call::Io(io) => io.file,
            Call::AfdPoll(poll) => poll.file,
            _ => return false,
        };
        process.and_then(|process| before.resolve(process, on)) == Some(Object::File(file))
            && block_of(call) == Some(overlapped)
    });
    let ends: BTreeSet<(u32, u64)> = effects
        .iter()
        .filter_map(|(_, other)| match *other {
            Effect::Completed { file: f, overlapped: o, status, information }
                if (f, o) == (file, overlapped) =>
            {
                Some((status.0, information))
            }
            _ => None,
        })
        .collect();
    let chosen = match action {
        Action::Complete { irp, status: s, information: n } => {
            let request = before.irp(*irp).map(|irp| irp.request);
            request.is_none_or(|r| (r.file, r.status_block) != (file, overlapped))
                || (status, information) == (*s, *n)
        }
        Action::Call { call: Call::Io(io), .. } if issued && !pending => match io.reply {
            Reply::Done { status: s, information: n }
            | Reply::Exact { status: s, information: n, .. } => {
                // A WSAIoctl answered at once says 0 bytes (J19).
                let zero = io.op == IoOp::WSAIoctl && information == 0;
                status == s && (information == n || zero)
            }
            _ => true,
        },
        _ => true,
    };
    let told = effects.iter().all(|(_, other)| match *other {
        Effect::StatusBlock { overlapped: at, status: s, information: n } if at == overlapped => {
            ends.contains(&(s.0, n)) || n == 0
        }
        _ => true,
    });
    (pending || issued) && chosen && told
}

/// A poll reports what its memory says, of the socket that it was about.
fn reported(
    before: &Kernel,
    action: &Action,
    after: &Kernel,
    (socket, at, events): (FileId, Overlapped, u32),
) -> bool {
    let written =
        after.processes().ids().any(|process| after.reported(process, at) == Some(events));
    let pending = before.irps().iter().any(|(_, irp)| {
        irp.request.poll.is_some()
            && (irp.request.other, irp.request.status_block) == (Some(socket), at)
    });
    let issued = caller(action).is_some_and(|(thread, call)| {
        let process = before.thread(thread).map(|t| t.process);
        matches!(call, Call::AfdPoll(poll) if poll.status_block == at
            && process.and_then(|p| before.resolve(p, poll.socket)) == Some(Object::File(socket)))
    });
    (written || at == Overlapped::NULL) && (pending || issued)
}

/// Only a wait can end: one that there was, or that of this very call.
fn waited(before: &Kernel, action: &Action, thread: ThreadId) -> bool {
    let run = before.thread(thread).map(|t| &t.run);
    let inside = matches!(run, Some(Run::Waiting(_) | Run::Retrying(_)));
    inside || caller(action).is_some_and(|(by, _)| by == thread)
}

/// And then its call returns, or its thread is gone or suspended.
fn is_over(later: &[(Rule, Effect)], after: &Kernel, thread: ThreadId) -> bool {
    let returned = later.iter().any(|(_, effect)| {
        matches!(effect, Effect::Returned { thread: t, .. } | Effect::Exited { thread: t }
            if *t == thread)
    });
    returned || after.thread(thread).is_some_and(|t| t.suspended > 0)
}

/// A wait that a call begins lasts as long as the call says.
fn as_asked(action: &Action, thread: ThreadId, timeout: Timeout) -> bool {
    let Some((by, call)) = caller(action) else { return true };
    let asked = match *call {
        Call::GetQueuedCompletionStatus { timeout, .. }
        | Call::GetQueuedCompletionStatusEx { timeout, .. }
        | Call::NtRemoveIoCompletion { timeout, .. }
        | Call::NtRemoveIoCompletionEx { timeout, .. }
        | Call::WaitForSingleObject { timeout, .. }
        | Call::WaitForSingleObjectEx { timeout, .. }
        | Call::WaitForMultipleObjects { timeout, .. }
        | Call::NtWaitForSingleObject { timeout, .. }
        | Call::GetOverlappedResultEx { timeout, .. }
        | Call::Sleep { timeout }
        | Call::SleepEx { timeout, .. } => timeout,
        Call::Io(_) | Call::GetOverlappedResult { .. } => Timeout::Infinite,
        _ => return true,
    };
    by != thread || asked == timeout
}

/// Who enters a stack stands there, unless something let it go at once.
fn stands(after: &Kernel, thread: ThreadId, port: PortId) -> bool {
    match after.thread(thread).map(|t| &t.run) {
        Some(Run::Waiting(wait)) => {
            matches!(wait.on, WaitOn::Port { port: on, .. } if on == port)
        }
        _ => true,
    }
}

/// An object that stays unsignaled is one that this action is about.
fn about(before: &Kernel, action: &Action, effects: &[(Rule, Effect)], object: Object) -> bool {
    let given = caller(action).and_then(|(thread, call)| {
        let event = match call {
            Call::Io(IoCall { notify: Notify::Overlapped(o), .. }) => o.event.without_low_bit(),
            Call::Io(IoCall { notify: Notify::Native { event, .. }, .. }) => *event,
            _ => return None,
        };
        before.resolve(before.thread(thread)?.process, event)
    });
    let own =
        before.irps().iter().any(|(_, irp)| irp.request.event.map(Object::Event) == Some(object));
    own || given == Some(object)
        || effects.iter().any(|(_, effect)| match effect {
            Effect::Completed { file, .. }
            | Effect::Associated { file, .. }
            | Effect::ModesSet { file, .. } => object == Object::File(*file),
            Effect::Released { port, .. } => object == Object::Port(*port),
            _ => false,
        })
}
