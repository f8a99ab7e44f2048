//! What the properties see of a state: which parts of it, and what of each part.
//!
//! Most of what a part says is nothing to the properties: of a port with its queue and its waiters
//! they see whether a condition holds there and how many threads are active. That is the glance of
//! a part, and states with equal glances have equal marks.

use std::ops::Range;

use iocp_model::ThreadId;
use iocp_scheduler::Expectation;

use crate::program::Program;
use crate::system::has_spare_slot;
use crate::value::{Expr, Observation};
use crate::world::World;

impl Program {
    /// The parts that decide what is said of a state: those that the properties look at. The
    /// invariants of the ports look at the ports and the threads.
    pub(crate) fn view_of(&self) -> u128 {
        let threads = (2 << self.kernel_threads()) - 1;
        let invariants = if self.has_invariants() { threads } else { 0 };
        let seen = self.looks().try_fold(invariants, |view, (_, seen)| Some(view | seen?));
        let whole = self.number_of_parts() == 1;
        seen.filter(|_| !whole).unwrap_or_else(|| self.every_part())
    }

    /// What the properties see of a part: of a condition that looks at this part alone, whether it
    /// holds; of the ports and threads, besides, what the invariants of the ports count.
    pub(crate) fn glance_of(&self, world: &World, part: usize) -> Option<u128> {
        let mut glance = Glance::default();
        if self.has_invariants() {
            self.count(world, part, &mut glance)?;
        }
        for (property, seen) in self.looks() {
            let seen = seen?;
            if seen == 1 << part {
                glance.add(u128::from(self.holds(world, property)), 1)?;
            } else if seen >> part & 1 == 1 {
                return None;
            }
        }
        Some(glance.bits)
    }

    /// Adds what [`check_ports`](Self::check_ports) reads of a part.
    fn count(&self, world: &World, part: usize, glance: &mut Glance) -> Option<()> {
        if part == 0 {
            for (id, port) in world.kernel.ports().iter() {
                glance.add(id.index() as u128, 8)?;
                glance.add(u128::from(port.active), 8)?;
                glance.add(u128::from(has_spare_slot(port)), 1)?;
            }
        } else if part <= self.kernel_threads()
            && let Some(thread) = world.kernel.thread(ThreadId(part as u16 - 1))
        {
            let attached = thread.attached.map_or(0, |port| port.index() + 1);
            glance.add(attached as u128, 32)?;
            glance.add(u128::from(thread.is_active()), 1)?;
        }
        Some(())
    }

    /// The properties that are looked at in every state, and the parts they look at; `None` if
    /// that is hard to say.
    fn looks(&self) -> impl Iterator<Item = (usize, Option<u128>)> {
        let properties = self.properties.iter().zip(&self.conditions).enumerate();
        properties.filter_map(|(index, (property, condition))| {
            let everywhere = property.expectation != Expectation::Finally;
            let condition = condition.as_ref().filter(|_| everywhere)?;
            Some((index, self.seen_in(condition)))
        })
    }

    fn seen_in(&self, condition: &Expr) -> Option<u128> {
        let mut seen = Some(0);
        let mut see = |parts: Option<u128>| {
            seen = seen.zip(parts).map(|(seen, parts)| seen | parts);
        };
        condition.walk(&mut |expr| match expr {
            Expr::Constant(_) | Expr::Not(_) | Expr::Negate(_) | Expr::Binary(..) => {}
            Expr::Shared(_) => see(Some(1 << (self.all_parts() - 1))),
            Expr::Observe(observation) => see(self.seen_by(observation)),
            _ => see(None),
        });
        seen
    }

    /// The parts an observation looks at; `None` if that is hard to say.
    fn seen_by(&self, observation: &Observation) -> Option<u128> {
        let lane = |actor: u16| 1_u128 << (self.kernel_threads() + 2 + usize::from(actor));
        let lanes = |range: &Range<u16>| range.clone().fold(0, |parts, actor| parts | lane(actor));
        Some(match observation {
            Observation::Depth(_)
            | Observation::Waiters(_)
            | Observation::Active(_)
            | Observation::Concurrency(_)
            | Observation::Queued(..) => 1,
            Observation::Pending(_) => 1 << (self.kernel_threads() + 1),
            Observation::LocalOf(actor, _) => lane(*actor),
            Observation::Records(range)
            | Observation::Recorded(range, _)
            | Observation::Gather(_, range, _) => lanes(range),
            Observation::Threads(..) | Observation::Owner(_) | Observation::Polled(..) => {
                return None;
            }
        })
    }
}

/// A number put together from small ones.
#[derive(Default)]
struct Glance {
    bits: u128,
    used: u32,
}

impl Glance {
    /// `None` if the number or all of them are too large.
    fn add(&mut self, number: u128, bits: u32) -> Option<()> {
        if number >> bits != 0 || self.used + bits > 128 {
            return None;
        }
        self.bits |= number << self.used;
        self.used += bits;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use iocp_model::code::Code as _;
    use iocp_model::ke::queue::Port;
    use iocp_model::{Overlapped, Packet};
    use iocp_scheduler::{Actor, System as _};

    use super::*;
    use crate::builtin::BuiltIn;
    use crate::{Settings, library};

    fn kq() -> Program {
        let kq = library::find("kq").expect("it is in the list");
        kq.compile(&Settings::default()).expect("it is sound")
    }

    fn step(program: &Program, world: &World, actor: Actor) -> World {
        let (mut after, mut choices) = (world.clone(), Vec::new());
        program.enabled(world, &mut choices);
        let choice = choices.into_iter().find(|choice| choice.actor() == actor);
        let _ = program.apply(&mut after, choice.expect("it can move"));
        after
    }

    /// The world, but for its port: a state that no kernel should be in.
    fn broken(program: &Program, world: &World, damage: impl Fn(&mut Port)) -> World {
        let (_, port) = world.kernel.ports().iter().next().expect("kq has a port");
        let mut other = port.clone();
        damage(&mut other);
        let (mut bytes, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
        world.encode(program, &mut bytes);
        port.put(&mut old);
        other.put(&mut new);
        let place = bytes.windows(old.len()).position(|window| window == old);
        let place = place.expect("the bytes of the port are among those of the world");
        bytes.splice(place..place + old.len(), new);
        let mut broken = world.clone();
        broken.decode(program, &bytes);
        broken
    }

    #[test]
    fn a_glance_of_a_port_tells_a_broken_one_from_a_sound_one() {
        let program = kq();
        let parked = step(&program, &program.initial(), 0);
        let packet = Packet::posted(0, 0, Overlapped(0));
        let spare = broken(&program, &parked, |port| port.packets.push_back(packet));
        let counted = broken(&program, &parked, |port| port.active += 1);
        for (world, property) in [(&spare, BuiltIn::SpareSlot), (&counted, BuiltIn::ActiveCount)] {
            assert!(program.check(world).violated.contains(property as usize));
            assert_ne!(program.glance_of(world, 0), program.glance_of(&parked, 0));
        }
        assert!(program.check(&parked).violated.is_empty());
    }

    #[test]
    fn a_glance_of_a_thread_tells_whether_it_counts_and_where() {
        let program = kq();
        let fresh = program.initial();
        let parked = step(&program, &fresh, 0);
        let released = step(&program, &parked, 2);
        let glances = [fresh, parked, released].map(|world| program.glance_of(&world, 1));
        assert!(glances.iter().all(Option::is_some));
        assert!(glances[0] != glances[1] && glances[1] != glances[2] && glances[0] != glances[2]);
    }
}
