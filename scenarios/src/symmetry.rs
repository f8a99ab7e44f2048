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

use iocp_model::Overlapped;
use iocp_scheduler::ActorSet;

use crate::program::{Instruction, Program};
use crate::signature::Signed;
use crate::value::Expr;
use crate::world::World;
use crate::world::rename::Names;

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
        let mut order = std::mem::take(&mut signed.order);
        order.clear();
        order.extend(0..self.threads.len() as u16);
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
            self.rearrange(world, &order);
            world.signed.order = order;
            return;
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
        let mut places = std::mem::take(&mut world.signed.places);
        places.resize(order.len(), 0);
        for (place, actor) in order.iter().enumerate() {
            places[usize::from(*actor)] = place as u16;
        }
        world.rename(&Names::new(self, &places));
        world.signed.places = places;
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
