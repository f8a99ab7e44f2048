//! When an object goes away: after its last handle and its last reference.

use crate::effect::{Effect, Observer};
use crate::ids::Object;
use crate::io::job::Place;
use crate::ke::thread::{Run, WaitOn};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::packet::Origin;
use crate::rules::Rule;

/// Who keeps an object alive besides its handles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Reference {
    /// An open handle.
    Handle,
    /// A file object that is associated with the port.
    File(crate::ids::FileId),
    /// A job whose messages go to the port.
    Job(crate::ids::JobId),
    /// A job that is nested in the job.
    NestedJob(crate::ids::JobId),
    /// An armed wait completion packet: it waits for the object, or will fire into the port.
    WaitPacket(crate::ids::WaitPacketId),
    /// A process that has not exited, for the job it belongs to.
    Process(crate::ids::ProcessId),
    /// A thread inside a call that uses the object.
    Thread(crate::ids::ThreadId),
    /// A pending operation.
    Irp(crate::ids::IrpId),
    /// A queued packet made of the object's memory.
    Packet(crate::ids::PortId),
}

impl Kernel {
    /// How many handles name an object, over all processes.
    pub fn handle_count(&self, object: Object) -> usize {
        self.processes
            .iter()
            .flat_map(|(_, process)| &process.handles)
            .filter(|entry| entry.is_some_and(|entry| entry.object == object))
            .count()
    }

    /// Everybody who keeps an object alive, one entry for each reference.
    pub fn references(&self, object: Object) -> Vec<Reference> {
        let mut found = vec![Reference::Handle; self.handle_count(object)];
        if let Object::Port(port) = object {
            found.extend(
                self.files
                    .iter()
                    .filter(|(_, file)| file.association.is_some_and(|a| a.port == port))
                    .map(|(id, _)| Reference::File(id)),
            );
            found.extend(
                self.jobs
                    .iter()
                    .filter(|(_, job)| job.association.is_some_and(|a| a.port == port))
                    .map(|(id, _)| Reference::Job(id)),
            );
        }
        if let Object::Job(job) = object {
            let members = self.processes.iter().filter(|(_, p)| p.job == Some(job) && !p.exited);
            found.extend(members.map(|(id, _)| Reference::Process(id)));
            let nested = self.jobs.iter().filter(|(_, j)| j.place == Place::NestedIn(job));
            found.extend(nested.map(|(id, _)| Reference::NestedJob(id)));
        }
        for (id, packet) in self.wait_packets.iter() {
            if packet.uses(object) {
                found.push(Reference::WaitPacket(id));
            }
        }
        for (id, thread) in self.threads.iter() {
            if let Run::Waiting(wait) | Run::Retrying(wait) = &thread.run
                && waits_for(&wait.on, object)
            {
                found.push(Reference::Thread(id));
            }
        }
        for (id, irp) in self.irps.iter() {
            let r = &irp.request;
            let uses = [Some(Object::File(r.file)), r.other.map(Object::File)];
            if uses.contains(&Some(object)) || r.event.map(Object::Event) == Some(object) {
                found.push(Reference::Irp(id));
            }
        }
        for (port, p) in self.ports.iter() {
            let made_of = |origin: &Origin| match *origin {
                Origin::Wait(id) => Object::WaitPacket(id) == object,
                Origin::Reserve(id) => Object::Reserve(id) == object,
                _ => false,
            };
            let packets = p.packets.iter().filter(|packet| made_of(&packet.origin));
            found.extend(packets.map(|_| Reference::Packet(port)));
        }
        found
    }
}

fn waits_for(on: &WaitOn, object: Object) -> bool {
    match on {
        WaitOn::Port { port, .. } => Object::Port(*port) == object,
        WaitOn::One(one) => *one == object,
        WaitOn::Any(many) | WaitOn::All(many) => many.contains(&object),
        WaitOn::Nothing => false,
    }
}

impl<O: Observer> Machine<'_, O> {
    /// The close procedure of the type, after the last handle.
    pub(crate) fn last_handle_closed(&mut self, object: Object) {
        match object {
            Object::Port(port) => self.rundown(port),
            Object::File(file) => self.cleanup(file),
            Object::WaitPacket(packet) => self.disarm_wait_packet(packet),
            Object::Thread(_) | Object::Process(_) => return,
            _ => {}
        }
        if let Err(place) = self.k.orphans.binary_search(&object) {
            self.k.orphans.insert(place, object);
        }
    }

    /// A port that never had a handle lives by its references alone.
    pub(crate) fn last_handle_closed_quietly(&mut self, port: crate::ids::PortId) {
        let object = Object::Port(port);
        if let Err(place) = self.k.orphans.binary_search(&object) {
            self.k.orphans.insert(place, object);
        }
    }

    /// Frees what has neither handle nor reference. Freeing one object can free another (a file
    /// its port), so this looks again until nothing goes.
    pub(crate) fn free_unreferenced(&mut self) {
        while let Some(place) =
            self.k.orphans.iter().position(|object| self.k.references(*object).is_empty())
        {
            let object = self.k.orphans.remove(place);
            self.delete(object);
        }
    }

    /// The delete procedure of the type, after the last reference.
    fn delete(&mut self, object: Object) {
        match object {
            Object::Port(port) => {
                for packet in self.drain_port(port) {
                    self.packet_gone(&packet);
                }
                return self.delete_port(port);
            }
            Object::File(file) => return self.delete_file(file),
            Object::Event(id) => drop(self.k.events.remove(id)),
            Object::Semaphore(id) => drop(self.k.semaphores.remove(id)),
            Object::Mutant(id) => drop(self.k.mutants.remove(id)),
            Object::Reserve(id) => drop(self.k.reserves.remove(id)),
            Object::Job(id) => drop(self.k.jobs.remove(id)),
            Object::WaitPacket(id) => drop(self.k.wait_packets.remove(id)),
            Object::Thread(_) | Object::Process(_) => return,
        }
        self.emit(Rule::ReferencesKeepObject, Effect::Freed { object });
    }
}
