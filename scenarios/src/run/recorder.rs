//! Writes a run down while it happens.

use std::collections::VecDeque;

use iocp_model::{Arrival, Effect, Rule, Ticks};
use iocp_scheduler::{Choice, PropertySet, Schedule, System};

use super::findings::findings;
use super::told::{Told, told};
use super::{
    Activity, CallResult, End, Event, Gauge, GaugePoint, Happening, Lane, LaneSpan, Run, Step,
    Violation,
};
use crate::program::{ArrivalOf, Instruction, Program};
use crate::sentence::Teller;
use crate::world::enabled::{Way, move_of};
use crate::world::{LaneState, World};

pub(super) struct Recorder<'a> {
    program: &'a Program,
    steps: Vec<Step>,
    lanes: Vec<Lane>,
    gauges: Vec<Gauge>,
    events: Vec<Event>,
    choices: Vec<Choice>,
    violations: Vec<Violation>,
    known: PropertySet,
    witnessed: PropertySet,
    /// Per thread: the calls it has made and not returned from (one at most), with id and time.
    open: Vec<VecDeque<(u64, String, Ticks)>>,
    next_id: u64,
    /// Per thread: the packet it took last.
    in_hand: Vec<Option<u64>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(program: &'a Program) -> Recorder<'a> {
        let lane = |name: &str| Lane { name: name.to_owned(), spans: vec![], results: vec![] };
        let gauge = |(name, _): (&str, _)| Gauge { name: name.to_owned(), points: vec![] };
        Recorder {
            program,
            steps: vec![],
            lanes: program.thread_names().map(lane).collect(),
            gauges: program.ports().map(gauge).collect(),
            events: vec![],
            choices: vec![],
            violations: vec![],
            known: PropertySet::EMPTY,
            witnessed: PropertySet::EMPTY,
            open: vec![VecDeque::new(); program.threads.len()],
            next_id: 0,
            in_hand: vec![None; program.threads.len()],
        }
    }

    /// The state before the first step, and after each.
    pub(super) fn look(&mut self, world: &World, at: Ticks) {
        let marks = self.program.check(world);
        self.note(marks.violated);
        self.witnessed = self.witnessed.union(marks.witnessed);
        let ports = self.program.ports().map(|(_, id)| world.kernel.port(id));
        for (gauge, port) in self.gauges.iter_mut().zip(ports) {
            let point = GaugePoint {
                at,
                depth: port.map_or(0, |port| port.depth()),
                waiters: port.map_or(0, |port| port.stack().count() as u32),
                active: port.map_or(0, |port| port.active),
            };
            match gauge.points.last_mut() {
                Some(last) if GaugePoint { at, ..*last } == point => {}
                Some(last) if last.at == at => *last = point,
                _ => gauge.points.push(point),
            }
        }
    }

    fn note(&mut self, violated: PropertySet) {
        for index in violated.iter().filter(|index| !self.known.contains(*index)) {
            let property = self.program.properties[index].name.clone();
            let built_in = crate::builtin::BuiltIn::from_index(index);
            let sentence = match built_in {
                Some(built_in) => format!("Broken: {}", built_in.sentence()),
                None => {
                    let expectation = self.program.properties[index].expectation;
                    format!("Broken: {expectation} `{property}`.")
                }
            };
            let step = self.steps.len().checked_sub(1);
            self.violations.push(Violation { property, step, sentence });
        }
        self.known = self.known.union(violated);
    }

    /// Takes a choice and writes down what comes of it.
    pub(super) fn take(
        &mut self,
        world: &mut World,
        choice: Choice,
        at: Ticks,
    ) -> Vec<(Rule, Effect)> {
        let way = move_of(self.program, choice).way;
        self.call_begins(world, way, at);
        let Told { step, effects, broken } = told(self.program, world, choice, at);
        let actor = step.actor;
        self.choices.push(choice);
        self.steps.push(step);
        self.blame(broken, world);
        for (_, effect) in &effects {
            self.see(effect, actor, at);
        }
        self.look(world, at);
        effects
    }

    /// The properties of steps, each with the sentence of the fault that broke it.
    fn blame(&mut self, broken: PropertySet, world: &World) {
        let teller = Teller { program: self.program };
        for fault in &world.faults {
            let index = fault.kind.breaks() as usize;
            if !self.known.contains(index) {
                self.known.insert(index);
                self.violations.push(Violation {
                    property: self.program.properties[index].name.clone(),
                    step: self.steps.len().checked_sub(1),
                    sentence: teller.fault(fault),
                });
            }
        }
        self.note(broken);
    }

    fn call_begins(&mut self, world: &World, way: Way, at: Ticks) {
        let Way::Step { actor, leaf } = way else { return };
        let Some((there, pc)) = crate::action::place(self.program, world, actor, leaf) else {
            return;
        };
        let code = self.program.code(actor);
        if let Instruction::Arrive { file, arrival } = &code.instructions[usize::from(pc)] {
            let what = match arrival {
                ArrivalOf::Data(bytes) => {
                    let bytes = there.evaluate(self.program, Some(actor), bytes);
                    Arrival::Data(bytes.unwrap_or(0) as u32)
                }
                ArrivalOf::Other(what) => *what,
            };
            self.event(at, Happening::Arrive { file: *file, what });
        }
        if let Instruction::Call(site) = &code.instructions[usize::from(pc)] {
            let text = crate::action::call_text(self.program, &there, actor, site);
            if let Some(call) = there.call_of(self.program, actor, site) {
                let id = self.next_id;
                self.next_id += 1;
                self.open[actor].push_back((id, text, at));
                self.event(at, Happening::Call { id, thread: actor, call });
            }
        }
    }

    fn event(&mut self, at: Ticks, what: Happening) {
        self.events.push(Event { at, what });
    }

    fn see(&mut self, effect: &Effect, actor: Option<usize>, at: Ticks) {
        let of = |thread| self.program.actor(thread);
        match effect {
            Effect::Returned { thread, result } => {
                let Some(thread) = of(*thread) else { return };
                if let Some((id, call, called)) = self.open[thread].pop_front() {
                    let text = Teller { program: self.program }.result(result);
                    let result = result.clone();
                    self.event(at, Happening::Return { id, thread, result: result.clone() });
                    let done = CallResult { call, result, text, called, returned: at };
                    self.lanes[thread].results.push(done);
                }
            }
            Effect::Removed { packet, thread, .. } | Effect::Released { packet, thread, .. } => {
                if let Some(thread) = of(*thread) {
                    self.in_hand[thread] = Some(packet.key);
                }
            }
            Effect::Parked { thread, .. } | Effect::Waits { thread, .. } => {
                if let Some(thread) = of(*thread) {
                    self.in_hand[thread] = None;
                    self.event(at, Happening::Waiting { thread });
                }
            }
            Effect::Blocked { thread } => {
                if let Some(thread) = of(*thread) {
                    self.event(at, Happening::Block { thread });
                }
            }
            Effect::Unblocked { thread } => {
                if let Some(thread) = of(*thread) {
                    self.event(at, Happening::Unblock { thread });
                }
            }
            Effect::Exited { thread } => {
                if let Some(thread) = of(*thread) {
                    self.event(at, Happening::Exit { thread });
                }
            }
            Effect::Completed { .. } if actor.is_none() => {
                self.event(at, Happening::Device { effect: effect.clone() });
            }
            _ => {}
        }
    }

    /// What every thread does between two ticks.
    pub(super) fn pass(
        &mut self,
        world: &World,
        from: Ticks,
        to: Ticks,
        running: &[bool],
        started: &[bool],
    ) {
        if from == to {
            return;
        }
        for actor in 0..self.lanes.len() {
            let activity = self.activity(world, actor, running[actor], started[actor]);
            let packet = match activity {
                Activity::Running | Activity::Ready => self.in_hand[actor],
                _ => None,
            };
            let spans = &mut self.lanes[actor].spans;
            match spans.last_mut() {
                Some(last) if last.activity == activity && last.packet == packet => last.to = to,
                _ => spans.push(LaneSpan { from, to, activity, packet }),
            }
        }
    }

    fn activity(&self, world: &World, actor: usize, running: bool, started: bool) -> Activity {
        match world.lanes[actor].state {
            LaneState::Done => Activity::Done,
            LaneState::Created => Activity::NotStarted,
            _ if !started => Activity::NotStarted,
            LaneState::Blocked => Activity::Blocked,
            LaneState::InCall if world.parked_on(self.program, actor).is_some() => {
                Activity::WaitingOnPort
            }
            LaneState::InCall => Activity::Blocked,
            LaneState::Ready if world.suspended(self.program, actor) => Activity::Blocked,
            LaneState::Ready if running => Activity::Running,
            LaneState::Ready if world.spins(self.program, actor) => Activity::Spinning,
            LaneState::Ready => Activity::Ready,
        }
    }

    pub(super) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The run, once nothing more happens; `cut` if something could.
    pub(super) fn finish(mut self, world: &World, ticks: Ticks, cut: bool) -> Run {
        let outcome = crate::ending::outcome(self.program, world);
        let end = if cut {
            End { kind: None, reasons: vec![], outcome }
        } else {
            let ending = self.program.ending(world);
            let steps = self.steps.len();
            let before = self.violations.len();
            self.note(ending.marks.violated);
            for violation in &mut self.violations[before..] {
                // What the end breaks, no single step broke.
                violation.step = None;
                if violation.property == crate::builtin::BuiltIn::Deadlock.name() {
                    violation.sentence = ending.reasons.join(" ");
                }
            }
            debug_assert_eq!(steps, self.choices.len());
            End { kind: Some(ending.kind), reasons: ending.reasons, outcome }
        };
        let findings = findings(self.program, world, (&self.steps, &self.lanes), cut);
        let properties = &self.program.properties;
        let witnessed = self.witnessed.iter().map(|index| properties[index].name.clone()).collect();
        Run {
            steps: self.steps,
            lanes: self.lanes,
            gauges: self.gauges,
            violations: self.violations,
            witnessed,
            end,
            findings,
            events: self.events,
            schedule: Schedule::new(self.program.identity, self.choices),
            ticks,
        }
    }
}
