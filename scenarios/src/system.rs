//! A compiled scenario as a system that the scheduler can set in motion.

use iocp_scheduler::{
    Actor, ActorSet, Choice, Coverage, Ending, EndingKind, Expectation, Footprint, Marks, Property,
    PropertySet, System,
};

use iocp_model::ke::queue::Port;
use iocp_model::{Effect, Observer, Rule};

use crate::builtin::BuiltIn;
use crate::ending;
use crate::exercise;
use crate::program::{Program, Turn};
use crate::value::Condition;
use crate::world::{LaneState, World};

impl System for Program {
    type State = World;

    fn identity(&self) -> u64 {
        self.identity
    }

    fn actors(&self) -> u16 {
        self.threads.len() as u16 + 1
    }

    fn initial(&self) -> World {
        let mut world = self.start.clone();
        world.restore(&self.start);
        world
    }

    fn enabled(&self, state: &World, choices: &mut Vec<Choice>) {
        state.enabled(self, choices);
    }

    fn apply(&self, state: &mut World, choice: Choice) -> PropertySet {
        state.take(self, choice, &mut ())
    }

    fn restore(&self, into: &mut World, from: &World) {
        into.restore(from);
    }

    fn encode(&self, state: &World, bytes: &mut Vec<u8>) {
        state.encode(self, bytes);
    }

    fn decode(&self, bytes: &[u8], into: &mut World) {
        into.decode(self, bytes);
    }

    fn parts(&self) -> usize {
        self.number_of_parts()
    }

    fn encode_parts(&self, state: &World, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        self.encode_in_parts(state, bytes, ends);
    }

    fn digest(&self, state: &World, part: usize) -> u128 {
        self.digest_of(state, part)
    }

    fn scope(&self, digests: &[u128], actor: Actor) -> u128 {
        self.scope_of(digests, usize::from(actor))
    }

    fn view(&self) -> u128 {
        self.view_of()
    }

    fn glance(&self, state: &World, part: usize) -> Option<u128> {
        self.glance_of(state, part)
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn check(&self, state: &World) -> Marks {
        let mut marks = Marks::NONE;
        if self.has_invariants() {
            self.check_ports(state, &mut marks);
        }
        for (index, property) in self.properties.iter().enumerate().skip(BuiltIn::ALL.len()) {
            match property.expectation {
                Expectation::Always if !self.holds(state, index) => marks.violated.insert(index),
                Expectation::Never if self.holds(state, index) => marks.violated.insert(index),
                Expectation::Sometimes if self.holds(state, index) => marks.witnessed.insert(index),
                _ => {}
            }
        }
        marks
    }

    fn ending(&self, state: &World) -> Ending {
        let (kind, reasons) = ending::ending(self, state);
        let mut marks = Marks::NONE;
        if kind == EndingKind::Deadlock {
            marks.violated.insert(BuiltIn::Deadlock as usize);
        }
        if kind != EndingKind::Stuck && state.leaks().next().is_some() {
            marks.violated.insert(BuiltIn::Leak as usize);
        }
        for (index, property) in self.properties.iter().enumerate().skip(BuiltIn::ALL.len()) {
            if property.expectation == Expectation::Finally && !self.holds(state, index) {
                marks.violated.insert(index);
            }
        }
        Ending { kind, reasons, marks }
    }

    fn outcome(&self, state: &World) -> String {
        ending::outcome(self, state)
    }

    fn waiting(&self, state: &World) -> ActorSet {
        let parked = |actor: &usize| state.is(self, *actor, Condition::Parked);
        (0..self.threads.len()).filter(parked).fold(ActorSet::EMPTY, |s, a| s.with(a as Actor))
    }

    fn served(&self, state: &World) -> ActorSet {
        let serves = |actor: &usize| {
            let thread = self.threads[*actor].kernel.and_then(|id| state.kernel.thread(id));
            let attached = thread.is_some_and(|thread| thread.attached.is_some());
            attached && state.lanes[*actor].state == LaneState::Ready
        };
        (0..self.threads.len()).filter(serves).fold(ActorSet::EMPTY, |s, a| s.with(a as Actor))
    }

    fn symmetry(&self) -> Result<(), String> {
        self.symmetry_applies()
    }

    fn canonicalize(&self, state: &mut World) {
        self.canonical(state);
    }

    fn twins(&self, state: &World) -> ActorSet {
        self.twins_in(state)
    }

    fn orbit(&self, state: &World, visit: &mut dyn FnMut(&World)) {
        self.orbit_of(state, visit);
    }

    fn independence(&self) -> Result<(), String> {
        self.independence_applies()
    }

    fn next_footprint(&self, state: &World, actor: Actor) -> Footprint {
        self.next_touched(state, actor)
    }

    fn future_footprint(&self, state: &World, actor: Actor) -> Footprint {
        self.future_touched(state, actor)
    }

    fn visible(&self, state: &World, choice: Choice) -> bool {
        self.may_be_seen(state, choice)
    }

    fn cover(&self, state: &World, choice: Choice, coverage: &mut Coverage) {
        exercise::note(self, state, choice, coverage);
        let mut world = state.clone();
        world.take(self, choice, &mut Rules(coverage));
    }
}

/// Notes the rules that effects name, by their place in [`Rule::ALL`].
struct Rules<'a>(&'a mut Coverage);

impl Observer for Rules<'_> {
    fn effect(&mut self, rule: Rule, _: Effect) {
        self.0.insert(rule as usize);
    }
}

/// Whether a port breaks I1: a packet waits, and so does a thread that could have it.
pub(crate) fn has_spare_slot(port: &Port) -> bool {
    let spare = port.active < port.concurrency;
    spare && port.depth() > 0 && port.stack().next().is_some() && !port.closed
}

impl Program {
    /// What deviates from the port may break its invariants.
    pub(crate) fn has_invariants(&self) -> bool {
        self.semantics.deviations().next().is_none()
    }

    /// I1 and I2 of semantics A3. (I3, that the handle is signaled exactly while packets are
    /// queued, holds by construction: the kernel model keeps no signal of its own.)
    pub(crate) fn check_ports(&self, state: &World, marks: &mut Marks) {
        for (id, port) in state.kernel.ports().iter() {
            if has_spare_slot(port) {
                marks.violated.insert(BuiltIn::SpareSlot as usize);
            }
            let threads = state.kernel.threads().iter();
            let active = threads.filter(|(_, t)| t.attached == Some(id) && t.is_active()).count();
            if active as u32 != port.active {
                marks.violated.insert(BuiltIn::ActiveCount as usize);
            }
        }
    }

    /// Whether the condition of a property holds. One that has no value holds not.
    pub(crate) fn holds(&self, state: &World, property: usize) -> bool {
        match &self.conditions[property] {
            Some(condition) => state.evaluate(self, None, condition).is_ok_and(|value| value != 0),
            None => true,
        }
    }

    /// Whose turn it is by the scripted order, if it is not done.
    pub(crate) fn turn(&self, state: &World) -> Option<Turn> {
        self.order.get(usize::from(state.turn)).copied()
    }
}
