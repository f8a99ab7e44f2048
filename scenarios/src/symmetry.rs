//! Which threads are equal, and the one world that stands for all that differ by their names.
//!
//! # Why it is sound
//!
//! The instances of a declared thread run the same program. If nothing tells them apart (the
//! program does not use `self`, nobody holds a handle to one of them, no property, outcome, await
//! or scripted order names one: the compiler decides that), then exchanging two of them, with
//! their locals, their OVERLAPPEDs and their kernel threads, maps every step to a step: the
//! kernel treats threads and addresses alike (the model's property `under_other_names...`), and
//! programs compare addresses but never compute with them. So the exchange is an automorphism of
//! the transition graph that keeps every mark, and one world of each orbit is enough.
//!
//! A number that happens to equal the address of an instance's OVERLAPPED would be renamed with
//! it. Addresses start at 65536; a scenario with a constant or parameter in their range is refused
//! symmetry rather than trusted.
//!
//! # Which world stands for an orbit
//!
//! Every instance gets a *signature*: all that is to be seen of it, with names left out. It
//! contains the places where the instance stands in wait lists and queues, so that it does not
//! depend on names. Instances are sorted by signature. Instances with equal signatures stand in
//! no list; if none of them holds an address of another or is held by one, exchanging them
//! changes nothing. Where one does, all orders of the equal ones are tried, and the world with the
//! least bytes is taken.

use std::collections::BTreeSet;
use std::ops::Range;

use iocp_model::code::Code as _;
use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::{Overlapped, ThreadId};
use iocp_scheduler::ActorSet;

use crate::program::{Instruction, Program};
use crate::value::{Expr, ResultField};
use crate::world::World;
use crate::world::rename::Names;

/// The signatures of a group of equal threads, in order, in memory that is used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Entry {
    glance: u64,
    actor: u16,
    /// It and another instance hold each other's addresses.
    entangled: bool,
    /// Its signature; empty if a glance was enough.
    bytes: Range<usize>,
}

impl Signed {
    /// The places of equal signatures.
    fn ties(&self) -> impl Iterator<Item = Range<usize>> + '_ {
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

/// Orders that may have to be tried for one world, at most.
const ORDERS: u64 = 5040;

impl Program {
    /// The groups of equal threads.
    fn groups(&self) -> impl Iterator<Item = Range<u16>> + '_ {
        let equal = self.codes.iter().filter(|code| code.interchangeable.is_ok());
        equal.map(|code| code.actors.clone())
    }

    /// Whether there is anything to exchange; if not, why.
    pub(crate) fn symmetry_applies(&self) -> Result<(), String> {
        if !self.order.is_empty() {
            return Err("the scripted order names threads".to_owned());
        }
        let orders = self.groups().map(|group| (1..=group.len() as u64).product::<u64>());
        match orders.fold(1u64, u64::saturating_mul) {
            1 => return Err(self.why_not()),
            orders if orders > ORDERS => {
                return Err(format!("the equal threads have more than {ORDERS} orders"));
            }
            _ => {}
        }
        if self.has_number_like_an_address() {
            return Err("a number in the program could be taken for an address".to_owned());
        }
        Ok(())
    }

    fn why_not(&self) -> String {
        let reasons = self.codes.iter().filter_map(|code| {
            let name = &self.threads[usize::from(code.actors.start)].name;
            code.interchangeable.err().map(|reason| format!("{name}: {reason}"))
        });
        let reasons: Vec<String> = reasons.collect();
        match reasons.is_empty() {
            true => "there are no threads".to_owned(),
            false => reasons.join("; "),
        }
    }

    fn has_number_like_an_address(&self) -> bool {
        let like = |value: i64| self.owner_of(Overlapped(value as u64)).is_some();
        let mut found = self.parameters.iter().any(|(_, value)| like(*value));
        let mut look = |expr: &Expr| {
            expr.walk(&mut |e| found |= matches!(e, Expr::Constant(value) if like(*value)));
        };
        for instruction in self.codes.iter().flat_map(|code| &code.instructions) {
            match instruction {
                Instruction::Let { value, .. }
                | Instruction::Publish { value, .. }
                | Instruction::Record(value)
                | Instruction::Store { value, .. }
                | Instruction::Add { value, .. }
                | Instruction::Exchange { value, .. } => look(value),
                Instruction::CompareAndSwap { compare, value, .. } => {
                    look(compare);
                    look(value);
                }
                _ => {}
            }
        }
        found
    }

    /// Makes `world` the one that stands for its orbit.
    pub(crate) fn canonical(&self, world: &mut World) {
        let mut signed = std::mem::take(&mut world.signed);
        let mut order: Vec<u16> = (0..self.threads.len() as u16).collect();
        let mut ties: Vec<Range<usize>> = vec![];
        for group in self.groups() {
            self.sign(world, &group, &mut signed);
            let first = usize::from(group.start);
            for (place, entry) in signed.entries.iter().enumerate() {
                order[first + place] = entry.actor;
            }
            for tie in signed.ties() {
                if signed.entries[tie.clone()].iter().any(|entry| entry.entangled) {
                    ties.push(first + tie.start..first + tie.end);
                }
            }
        }
        world.signed = signed;
        if ties.is_empty() {
            return self.rearrange(world, &order);
        }
        let original = world.clone();
        let mut least: Option<Vec<u8>> = None;
        let mut bytes = vec![];
        permutations(&mut order, &ties, &mut |order| {
            let mut candidate = original.clone();
            self.rearrange(&mut candidate, order);
            bytes.clear();
            candidate.encode(self, &mut bytes);
            if least.as_ref().is_none_or(|least| bytes < *least) {
                least = Some(bytes.clone());
                *world = candidate;
            }
        });
    }

    /// The actors that differ from a lower one by their names alone, in a world that stands for
    /// its orbit: to exchange the two leaves the world as it is.
    pub(crate) fn twins_in(&self, world: &World) -> ActorSet {
        let (mut twins, mut signed) = (ActorSet::EMPTY, Signed::default());
        for group in self.groups() {
            self.sign(world, &group, &mut signed);
            for tie in signed.ties() {
                let tied = &signed.entries[tie];
                if tied.iter().all(|entry| !entry.entangled) {
                    let least = tied.iter().map(|entry| entry.actor).min();
                    let others = tied.iter().filter(|entry| Some(entry.actor) != least);
                    others.for_each(|entry| twins.insert(entry.actor));
                }
            }
        }
        twins
    }

    /// The signatures of a group, in order: by what is quickly seen of each instance, and the
    /// whole signature only where that is equal.
    fn sign(&self, world: &World, group: &Range<u16>, signed: &mut Signed) {
        signed.entries.clear();
        signed.bytes.clear();
        for actor in group.clone() {
            let glance = self.glance(world, usize::from(actor));
            let entry = Entry { glance, actor, entangled: false, bytes: 0..0 };
            // Nearly always in order already: worlds come from worlds in order.
            let place = signed.entries.iter().rposition(|other| other.glance <= glance);
            signed.entries.insert(place.map_or(0, |place| place + 1), entry);
        }
        let Signed { entries, bytes } = signed;
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

    /// Visits every distinct world of the orbit.
    pub(crate) fn orbit_of(&self, world: &World, visit: &mut dyn FnMut(&World)) {
        let mut order: Vec<u16> = (0..self.threads.len() as u16).collect();
        let groups = self.groups();
        let groups: Vec<Range<usize>> =
            groups.map(|g| usize::from(g.start)..usize::from(g.end)).collect();
        let mut seen = BTreeSet::new();
        permutations(&mut order, &groups, &mut |order| {
            let mut other = world.clone();
            self.rearrange(&mut other, order);
            let mut bytes = vec![];
            other.encode(self, &mut bytes);
            if seen.insert(bytes) {
                visit(&other);
            }
        });
    }

    /// Puts at each place the actor that `order` names there.
    fn rearrange(&self, world: &mut World, order: &[u16]) {
        if order.iter().enumerate().all(|(place, actor)| place == usize::from(*actor)) {
            return;
        }
        let mut to = vec![0; order.len()];
        for (place, actor) in order.iter().enumerate() {
            to[usize::from(*actor)] = place as u16;
        }
        world.rename(&Names::new(self, &to));
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

/// Visits every order in which the elements of each range may stand.
fn permutations(order: &mut [u16], ranges: &[Range<usize>], visit: &mut dyn FnMut(&[u16])) {
    let Some((range, rest)) = ranges.split_first() else { return visit(order) };
    permute_from(order, range.clone(), rest, visit);
}

fn permute_from(
    order: &mut [u16],
    range: Range<usize>,
    rest: &[Range<usize>],
    visit: &mut dyn FnMut(&[u16]),
) {
    if range.len() < 2 {
        return permutations(order, rest, visit);
    }
    for other in range.clone() {
        order.swap(range.start, other);
        permute_from(order, range.start + 1..range.end, rest, visit);
        order.swap(range.start, other);
    }
}
