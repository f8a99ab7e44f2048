//! What must hold of every state between two actions.

use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};

use crate::programs::PORTS;
use crate::support::*;

/// Everything that must hold of a state between actions. Gives what does not, in a sentence.
pub(crate) fn broken_invariant(kernel: &Kernel) -> Option<String> {
    for (id, port) in kernel.ports().iter() {
        let waits = port.stack().next().is_some();
        if !port.packets.is_empty() && waits && port.active < port.concurrency {
            return Some(format!("I1: {id} has a packet, a waiter and a free slot"));
        }
        let running = kernel
            .threads()
            .iter()
            .filter(|(_, t)| t.attached == Some(id) && t.is_active())
            .count();
        if port.active as usize != running {
            return Some(format!("I2: {id} counts {}, {running} run", port.active));
        }
        for (place, waiter) in port.waiters.iter().enumerate() {
            if port.waiters[..place].contains(waiter) {
                return Some(format!("{waiter:?} waits twice at {id}"));
            }
            if let Waiter::Remover(thread) = waiter
                && kernel.thread(*thread).is_none_or(|t| t.is_active())
            {
                return Some(format!("{thread} runs and yet waits at {id}"));
            }
        }
    }
    unreferenced(kernel).or_else(|| dangling(kernel)).or_else(|| slept_through(kernel))
}

/// Reference counts: an object that is there has a handle or somebody else who keeps it.
fn unreferenced(kernel: &Kernel) -> Option<String> {
    let objects = (kernel.ports().ids().map(Object::Port))
        .chain(kernel.files().ids().map(Object::File))
        .chain(kernel.events().ids().map(Object::Event))
        .chain(kernel.semaphores().ids().map(Object::Semaphore))
        .chain(kernel.mutants().ids().map(Object::Mutant))
        .chain(kernel.jobs().ids().map(Object::Job))
        .chain(kernel.reserves().ids().map(Object::Reserve))
        .chain(kernel.wait_packets().ids().map(Object::WaitPacket));
    let mut lost = objects.filter(|object| kernel.references(*object).is_empty());
    lost.next().map(|object| format!("{object} lives without a reference"))
}

fn lives(kernel: &Kernel, object: Object) -> bool {
    match object {
        Object::Port(id) => kernel.port(id).is_some(),
        Object::File(id) => kernel.file(id).is_some(),
        Object::Event(id) => kernel.event(id).is_some(),
        Object::Semaphore(id) => kernel.semaphore(id).is_some(),
        Object::Mutant(id) => kernel.mutant(id).is_some(),
        Object::Job(id) => kernel.job(id).is_some(),
        Object::Reserve(id) => kernel.reserve(id).is_some(),
        Object::WaitPacket(id) => kernel.wait_packet(id).is_some(),
        Object::Thread(id) => kernel.thread(id).is_some(),
        Object::Process(id) => kernel.process(id).is_some(),
    }
}

/// And the other way round: whatever refers to an object finds it.
fn dangling(kernel: &Kernel) -> Option<String> {
    let handles = kernel.processes().iter().flat_map(|(_, process)| &process.handles);
    let named = handles.flatten().map(|entry| ("a handle", entry.object));
    let tied = kernel.files().iter().filter_map(|(_, file)| file.association);
    let tied = tied.map(|tie| ("an association", Object::Port(tie.port)));
    let used = kernel.irps().iter().map(|(_, irp)| Object::File(irp.request.file));
    let used = used.map(|file| ("an operation", file));
    let mut gone = named.chain(tied).chain(used).filter(|(_, object)| !lives(kernel, *object));
    if let Some((what, object)) = gone.next() {
        return Some(format!("{what} names {object}, which is gone"));
    }
    for (id, thread) in kernel.threads().iter() {
        if let Some(port) = thread.attached
            && kernel.port(port).is_none()
        {
            return Some(format!("{id} is attached to {port}, which is gone"));
        }
    }
    None
}

/// No lost wake-up: nobody waits for what is there. (Packets and removers are I1.)
fn slept_through(kernel: &Kernel) -> Option<String> {
    for (id, thread) in kernel.threads().iter() {
        let Run::Waiting(wait) = &thread.run else { continue };
        let there = |object: &Object| match *object {
            Object::Port(port) => kernel.port(port).is_some_and(|p| p.depth() > 0),
            Object::Event(event) => kernel.event(event).is_some_and(|e| e.signaled),
            Object::Semaphore(s) => kernel.semaphore(s).is_some_and(|s| s.count > 0),
            Object::Mutant(m) => kernel.mutant(m).is_some_and(|m| m.owner.is_none()),
            Object::File(file) => kernel.file(file).is_some_and(|f| f.signaled),
            Object::Thread(other) => {
                kernel.thread(other).is_some_and(|t| matches!(t.run, Run::Exited))
            }
            Object::Process(process) => kernel.process(process).is_some_and(|p| p.exited),
            Object::Job(_) | Object::Reserve(_) | Object::WaitPacket(_) => false,
        };
        let missed = match &wait.on {
            WaitOn::One(object) => there(object),
            WaitOn::Any(objects) => objects.iter().any(there),
            WaitOn::All(objects) => objects.iter().all(there),
            WaitOn::Port { .. } | WaitOn::Nothing => false,
        };
        if missed && thread.suspended == 0 {
            return Some(format!("{id} sleeps through what it waits for"));
        }
    }
    None
}

/// I3: what a program can ask about a port, its depth and whether its handle is signaled, is how
/// many packets are queued.
pub(crate) fn wrong_answer(kernel: &Kernel) -> Option<String> {
    let (thread, _) =
        kernel.threads().iter().find(|(_, t)| t.is_active() && t.process == ProcessId(0))?;
    for port in (1..=PORTS).map(|n| Handle(4 * n)) {
        let Some(Object::Port(id)) = kernel.resolve(ProcessId(0), port) else { continue };
        let depth = kernel.port(id)?.packets.len() as u32;
        let ask = |call| {
            let step = kernel.step(Action::Call { thread, call }).ok()?;
            step.effects.into_iter().rev().find_map(|(_, effect)| match effect {
                Effect::Returned { thread: who, result } if who == thread => Some(result),
                _ => None,
            })
        };
        let query = ask(Call::NtQueryIoCompletion { port, class: 0, length: 4 })?;
        let (timeout, alertable) = (Timeout::Zero, false);
        let wait = ask(Call::NtWaitForSingleObject { handle: port, timeout, alertable })?;
        if let Some(lie) = contradicts(depth, &query, &wait) {
            return Some(format!("I3: {id}: {lie}"));
        }
    }
    None
}

/// Answers to a query and to a poll of the handle that are not those of a port with so many
/// packets.
pub(crate) fn contradicts(depth: u32, query: &Return, wait: &Return) -> Option<String> {
    let signaled = wait.value == Value::Status(NtStatus::SUCCESS);
    let lies = query.out != Out::Depth(depth) || signaled != (depth > 0);
    lies.then(|| format!("{depth} packets, and it says {query:?}, {wait:?}"))
}
