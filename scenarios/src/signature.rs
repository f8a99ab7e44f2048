//! What is to be seen of a thread with names left out, by which equal threads are put in order.
//! (`symmetry` says what that is for.)

use std::ops::Range;

use iocp_model::code::Code as _;
use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::{Overlapped, ThreadId};

use crate::program::Program;
use crate::value::ResultField;
use crate::world::World;

/// The signatures of a group of equal threads, in order, in memory that is used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    pub(crate) entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// Which actor comes to each place.
    pub(crate) order: Vec<u16>,
    /// To which place each actor comes.
    pub(crate) places: Vec<u16>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    glance: u64,
    pub(crate) actor: u16,
    /// It and another instance hold each other's addresses.
    pub(crate) entangled: bool,
    /// Its signature; empty if a glance was enough.
    bytes: Range<usize>,
}

impl Signed {
    /// The places of equal signatures.
    pub(crate) fn ties(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let key = |entry: &Entry| (entry.glance, &self.bytes[entry.bytes.clone()]);
        let mut start = 0;
        let runs = self.entries.chunk_by(move |a, b| key(a) == key(b));
        runs.filter_map(move |run| {
            let places = start..start + run.len();
            start = places.end;
            (run.len() > 1).then_some(places)
        })
    }
}

impl Program {
    /// The signatures of a group, in order: by what is quickly seen of each instance, and the
    /// whole signature only where that is equal.
    pub(crate) fn sign(&self, world: &World, group: &Range<u16>, signed: &mut Signed) {
        signed.entries.clear();
        signed.bytes.clear();
        for actor in group.clone() {
            let glance = self.glance(world, usize::from(actor));
            let entry = Entry { glance, actor, entangled: false, bytes: 0..0 };
            // Nearly always in order already: worlds come from worlds in order.
            let place = signed.entries.iter().rposition(|other| other.glance <= glance);
            signed.entries.insert(place.map_or(0, |place| place + 1), entry);
        }
        let Signed { entries, bytes, .. } = signed;
        for alike in entries.chunk_by_mut(|a, b| a.glance == b.glance) {
            if alike.len() == 1 {
                continue;
            }
            for entry in alike.iter_mut() {
                let start = bytes.len();
                entry.entangled = self.signature(world, usize::from(entry.actor), bytes);
                entry.bytes = start..bytes.len();
            }
            alike.sort_by_key(|entry| (&bytes[entry.bytes.clone()], entry.entangled));
        }
    }

    /// A number made of what is quickly seen of an instance without names. Equal for instances
    /// that are equal; most others differ.
    fn glance(&self, world: &World, actor: usize) -> u64 {
        let (thread, lane) = (&self.threads[actor], &world.lanes[actor]);
        let mut glance = u64::from(lane.pc) << 3 | lane.state as u64;
        if let Some(id) = thread.kernel {
            for (_, port) in world.kernel.ports().iter() {
                let here = |waiter: &Waiter| matches!(waiter, Waiter::Remover(t) if *t == id);
                let place = port.waiters.iter().position(here).map_or(0, |place| place + 1);
                glance = glance << 6 | place as u64;
            }
        }
        let locals = usize::from(thread.locals.start)..usize::from(thread.locals.end);
        for value in &world.locals[locals] {
            let named = self.owner_of(Overlapped(*value as u64)).is_some();
            let value = if named { 0 } else { *value as u64 };
            glance = glance.wrapping_mul(31).wrapping_add(value);
        }
        glance
    }

    /// Appends all that is to be seen of an instance without names. Returns whether it and an
    /// instance of its kind or another hold each other's addresses.
    fn signature(&self, world: &World, actor: usize, out: &mut Vec<u8>) -> bool {
        let mut entangled = false;
        let thread = &self.threads[actor];
        let lane = &world.lanes[actor];
        let mut put = |value: i64, out: &mut Vec<u8>| match self.owner_of(Overlapped(value as u64))
        {
            Some((owner, offset)) => {
                entangled |= owner != actor;
                out.push(1 + u8::from(owner == actor));
                (self.threads[owner].code as u16).put(out);
                offset.put(out);
            }
            None => {
                out.push(0);
                (value as u64).put(out);
            }
        };
        (lane.pc, lane.state as u16).put(out);
        lane.answer.present.put(out);
        if lane.answer.present != 0 {
            for field in ResultField::ALL {
                if let Some(value) = lane.answer.get(field) {
                    put(value, out);
                }
            }
        }
        for packet in &lane.batch {
            put(packet.overlapped.0 as i64, out);
            (packet.key, packet.information).put(out);
            packet.status.put(out);
        }
        (lane.records.len() as u16).put(out);
        lane.records.iter().for_each(|value| put(*value, out));
        let locals = usize::from(thread.locals.start)..usize::from(thread.locals.end);
        world.locals[locals].iter().for_each(|value| put(*value, out));
        let own = usize::from(thread.overlapped.start)..usize::from(thread.overlapped.end);
        world.ledger[own].iter().for_each(|memory| out.push(memory.number()));
        if let Some(id) = thread.kernel {
            sign_kernel_thread(world, id, out);
        }
        if !thread.overlapped.is_empty() {
            entangled |= self.sign_own_memory(world, actor, out);
        }
        entangled
    }

    /// Where the OVERLAPPEDs of an instance are named; whether another thread names one.
    fn sign_own_memory(&self, world: &World, actor: usize, out: &mut Vec<u8>) -> bool {
        let own = |at: Overlapped| self.owner_of(at).filter(|(owner, _)| *owner == actor);
        for (port, p) in world.kernel.ports().iter() {
            for (place, packet) in p.packets.iter().enumerate() {
                if let Some((_, offset)) = own(packet.overlapped) {
                    (port.0, place as u16).put(out);
                    offset.put(out);
                }
            }
        }
        for (irp, pending) in world.kernel.irps().iter() {
            if let Some((_, offset)) = own(pending.request.status_block) {
                (irp.0, offset).put(out);
            }
        }
        for (process, p) in world.kernel.processes().iter() {
            for block in &p.status_blocks {
                if let Some((_, offset)) = own(block.at) {
                    (process.0, offset).put(out);
                    block.status.put(out);
                    block.information.put(out);
                }
            }
        }
        for (variable, value) in world.shared.iter().enumerate() {
            if let Some((_, offset)) = own(Overlapped(*value as u64)) {
                (variable as u16, offset).put(out);
            }
        }
        let mut holders: Vec<(usize, u16, u16)> = vec![];
        for (holder, lane) in world.lanes.iter().enumerate().filter(|(h, _)| *h != actor) {
            let locals = self.threads[holder].locals.clone();
            let values = world.locals[usize::from(locals.start)..usize::from(locals.end)].iter();
            let answered = lane.answer.get(ResultField::Overlapped);
            let batch = lane.batch.iter().map(|packet| packet.overlapped.0 as i64);
            let all = values.chain(&lane.records).copied().chain(answered).chain(batch);
            for (place, value) in all.enumerate() {
                if own(Overlapped(value as u64)).is_some() {
                    holders.push((self.threads[holder].code, lane.pc, place as u16));
                }
            }
        }
        holders.sort_unstable();
        for (code, pc, place) in &holders {
            (*code as u16, *pc).put(out);
            place.put(out);
        }
        !holders.is_empty()
    }
}

/// What the kernel knows of a thread, and where it stands in wait lists.
fn sign_kernel_thread(world: &World, id: ThreadId, out: &mut Vec<u8>) {
    let Some(thread) = world.kernel.thread(id) else { return };
    let run = match &thread.run {
        Run::Running => 0,
        Run::Waiting(_) => 1,
        Run::Retrying(_) => 2,
        Run::Blocked => 3,
        Run::Exited => 4,
    };
    out.push(run);
    out.push(thread.suspended);
    thread.attached.put(out);
    thread.last_error.put(out);
    (thread.apcs.len() as u16).put(out);
    if let Run::Waiting(wait) | Run::Retrying(wait) = &thread.run {
        out.push(u8::from(wait.timer) << 1 | u8::from(wait.alertable));
        let objects = match &wait.on {
            WaitOn::Port { max, .. } => u64::from(*max),
            WaitOn::One(_) => 1,
            WaitOn::Any(objects) | WaitOn::All(objects) => objects.len() as u64,
            WaitOn::Nothing => 0,
        };
        objects.put(out);
    }
    let mut list = |kind: u8, index: u16, waiters: &[Waiter]| {
        for (place, waiter) in waiters.iter().enumerate() {
            if matches!(waiter, Waiter::Thread(t) | Waiter::Remover(t) if *t == id) {
                out.push(kind);
                (index, place as u16).put(out);
            }
        }
    };
    let kernel = &world.kernel;
    // Only who waits stands in a list.
    if run == 1 || run == 2 {
        kernel.ports().iter().for_each(|(i, p)| list(1, i.0, &p.waiters));
        kernel.events().iter().for_each(|(i, e)| list(2, i.0, &e.waiters));
        kernel.semaphores().iter().for_each(|(i, s)| list(3, i.0, &s.waiters));
        kernel.mutants().iter().for_each(|(i, m)| list(4, i.0, &m.waiters));
        kernel.files().iter().for_each(|(i, f)| list(5, i.0, &f.waiters));
        kernel.threads().iter().for_each(|(i, t)| list(6, i.0, &t.waiters));
    }
    for (mutant, m) in kernel.mutants().iter() {
        if m.owner == Some(id) {
            out.push(7);
            mutant.0.put(out);
        }
    }
    for (irp, pending) in kernel.irps().iter() {
        if pending.request.thread == id {
            out.push(8);
            irp.0.put(out);
        }
    }
}
