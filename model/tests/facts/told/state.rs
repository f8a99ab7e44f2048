//! The part of a state that effects speak of, and what each effect says of it.

use std::collections::{BTreeMap, BTreeSet};

use iocp_model::ke::thread::Run;
use iocp_model::ob::process::StatusBlock;

use crate::io_stage::*;

/// What a program could know of a thread.
#[derive(Clone, PartialEq, Debug, Default)]
struct ThreadTold {
    waits: bool,
    exited: bool,
    suspended: u8,
    attached: Option<PortId>,
    /// Routines, oldest first.
    apcs: Vec<u16>,
    /// Whether a timer will end its wait.
    timer: bool,
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
pub(super) struct Told {
    threads: BTreeMap<ThreadId, ThreadTold>,
    ports: BTreeMap<PortId, PortTold>,
    handles: BTreeMap<(ProcessId, Option<usize>), Object>,
    associations: BTreeMap<FileId, (PortId, u64)>,
    modes: BTreeMap<FileId, u8>,
    objects: BTreeSet<Object>,
    exited: BTreeSet<ProcessId>,
    /// Packets that left their queues during the action; no part of a state.
    handed_out: Vec<Packet>,
    signaled: BTreeMap<Object, bool>,
    memory: BTreeMap<Overlapped, Vec<(NtStatus, u64)>>,
}

/// The routine of an APC, which is what a program can tell it by.
fn routine_of(apc: &Apc) -> u16 {
    match *apc {
        Apc::Queued { routine } | Apc::Completion { routine, .. } => routine,
    }
}

impl Told {
    pub(super) fn of(kernel: &Kernel) -> Told {
        let mut told = Told::default();
        for (id, t) in kernel.threads().iter() {
            let thread = ThreadTold {
                waits: !matches!(t.run, Run::Running | Run::Exited),
                exited: matches!(t.run, Run::Exited),
                suspended: t.suspended,
                attached: t.attached,
                apcs: t.apcs.iter().map(routine_of).collect(),
                timer: matches!(&t.run, Run::Waiting(wait) | Run::Retrying(wait) if wait.timer),
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
            told.exited.extend(process.exited.then_some(id));
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
        self.threads.entry(id).or_default()
    }

    /// Takes a packet out of a queue, if it stands there.
    fn take(&mut self, port: PortId, packet: &Packet) -> bool {
        let queue = &mut self.ports.entry(port).or_default().queue;
        let place = queue.iter().position(|p| p == packet);
        place.map(|place| queue.remove(place)).is_some()
    }

    /// What an effect says has happened, added to what was known.
    pub(super) fn hear(&mut self, caller: Option<ThreadId>, effect: &Effect) -> Result<(), String> {
        match *effect {
            Effect::Returned { thread, ref result } => {
                let t = self.thread(thread);
                (t.waits, t.timer) = (false, false);
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
            Effect::Removed { port, packet, .. } | Effect::Released { port, packet, .. } => {
                self.take(port, &packet);
                self.handed_out.push(packet);
            }
            Effect::Discarded { port, packet } => {
                if !self.take(port, &packet) && !self.handed_out.contains(&packet) {
                    return Err(format!("{packet:?} was nowhere"));
                }
            }
            Effect::Parked { thread, timeout, .. } | Effect::Waits { thread, timeout } => {
                if timeout == Timeout::Zero {
                    return Err(format!("{thread} polls, and yet waits"));
                }
                let t = self.thread(thread);
                (t.waits, t.timer) = (true, matches!(timeout, Timeout::Finite(_)));
            }
            Effect::Blocked { thread } => self.thread(thread).waits = true,
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
                let ThreadTold { last_error, attached, .. } = *self.thread(thread);
                if let Some(port) = attached {
                    return Err(format!("{thread} exited while {port} counted it"));
                }
                *self.thread(thread) =
                    ThreadTold { exited: true, last_error, ..ThreadTold::default() };
            }
            Effect::ThreadCreated { thread, process } => {
                self.threads.insert(thread, ThreadTold::default());
                self.signaled.insert(Object::Thread(thread), false);
                self.signaled.entry(Object::Process(process)).or_insert(false);
            }
            Effect::ApcQueued { thread, routine } => self.thread(thread).apcs.push(routine),
            Effect::ApcRan { thread, ref apc } => {
                let t = self.thread(thread);
                if t.apcs.first() != Some(&routine_of(apc)) {
                    return Err(format!("{apc:?} ran, which is not the oldest"));
                }
                t.apcs.remove(0);
            }
            Effect::Signaled { object } => drop(self.signaled.insert(object, true)),
            Effect::Unsignaled { object } => drop(self.signaled.insert(object, false)),
            Effect::HandleOpened { process, handle, object } => {
                if self.handles.insert((process, handle.index()), object).is_some() {
                    return Err(format!("{handle} was taken"));
                }
                self.born(object);
            }
            Effect::HandleClosed { process, handle, object } => {
                if self.handles.remove(&(process, handle.index())) != Some(object) {
                    return Err(format!("{handle} was not {object}"));
                }
            }
            Effect::Rundown { port } => self.ports.entry(port).or_default().closed = true,
            Effect::Freed { object } => self.gone(object),
            Effect::Associated { file, port, key } => {
                self.associations.insert(file, (port, key));
                self.born(Object::Port(port));
            }
            Effect::Dissociated { file, port } => {
                if self.associations.remove(&file).is_none_or(|(was, _)| was != port) {
                    return Err(format!("{file} was not tied to {port}"));
                }
            }
            Effect::ModesSet { file, modes: 0 } => drop(self.modes.remove(&file)),
            Effect::ModesSet { file, modes } => drop(self.modes.insert(file, modes)),
            Effect::StatusBlock { overlapped, status, information } => {
                self.memory.insert(overlapped, vec![(status, information)]);
            }
            Effect::ProcessExited { process } => drop(self.exited.insert(process)),
            Effect::NoPacket { .. }
            | Effect::StaysUnsignaled { .. }
            | Effect::WaitEnded { .. }
            | Effect::WokenToRetry { .. }
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

impl Told {
    pub(super) fn differs_from(&self, is: &Told) -> Option<String> {
        // A new event that starts signaled is told by the call that makes it.
        let signals = is.signaled.iter().filter(|(object, signaled)| {
            let heard = self.signaled.get(object);
            heard != Some(signaled) && !(matches!(object, Object::Event(_)) && heard.is_none())
        });
        let nowhere = self
            .signaled
            .keys()
            .filter(|object| !is.signaled.contains_key(object) && !is.objects.contains(object));
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
            (self.exited != is.exited, "a process"),
            (signals.count() > 0, "a signal"),
            (nowhere.count() > 0, "the signal of what is not there"),
            (memory.count() > 0, "an OVERLAPPED"),
        ];
        let found = differences.iter().find(|(differs, _)| *differs);
        found.map(|(_, what)| format!("{what} changed untold\nheard {self:?}\nis {is:?}"))
    }
}
