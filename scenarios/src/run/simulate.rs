//! Virtual time: processors, work that takes ticks, waits that end at theirs.
//!
//! A thread that can go on waits for a processor, holds it for as long as its next step takes (a
//! call one tick, `work` as many as it says), and takes the step at the end of that time. What
//! falls on one tick happens in this order: steps by processor, devices, ends of outside waits,
//! timeouts (so a packet beats a timeout of the same tick, semantics A15). A thread that spins
//! takes no processor from others: how long a spinner holds one is up to a scheduler that the
//! model does not know.

use iocp_model::Ticks;
use iocp_scheduler::policy::Policy;
use iocp_scheduler::{Choice, System};

use super::Run;
use super::clock::Clock;
use super::recorder::Recorder;
use crate::program::{Instruction, Program};
use crate::world::World;
use crate::world::enabled::{Way, move_of};

/// How far to go, and how finely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Simulation {
    /// Steps at most.
    pub max_steps: usize,
    /// Ticks after which a thread that works makes room for one that is ready.
    pub quantum: Ticks,
}

impl Default for Simulation {
    fn default() -> Simulation {
        Simulation { max_steps: 1000, quantum: 100 }
    }
}

/// A thread on a processor, or taken off it in the middle of its step.
#[derive(Clone, Copy)]
struct Task {
    actor: usize,
    choice: Choice,
    /// Ticks until the step is taken.
    left: Ticks,
    /// Ticks until somebody else may have the processor.
    slice: Ticks,
}

struct Machine<'a> {
    program: &'a Program,
    options: Simulation,
    world: World,
    clock: Clock,
    recorder: Recorder<'a>,
    processors: Vec<Option<Task>>,
    paused: Vec<Option<Task>>,
    started: Vec<bool>,
}

/// Runs a scenario once. The policy decides which ready thread gets a processor, which way a
/// `choose` goes, and how an operation completes.
pub fn simulate(program: &Program, policy: &mut dyn Policy, options: Simulation) -> Run {
    let mut machine = Machine {
        program,
        options,
        world: program.initial(),
        clock: Clock::new(program),
        recorder: Recorder::new(program),
        processors: vec![None; program.processors as usize],
        paused: vec![None; program.threads.len()],
        started: program.threads.iter().map(|thread| thread.at == 0).collect(),
    };
    machine.recorder.look(&machine.world, 0);
    let cut = loop {
        if machine.recorder.steps() >= options.max_steps {
            break true;
        }
        let choices = machine.choices();
        if let Some(choice) = machine.due(&choices, policy) {
            machine.take(choice, policy);
        } else if !machine.dispatch(&choices, policy) && !machine.advance(&choices) {
            break false;
        }
    };
    machine.recorder.finish(&machine.world, machine.clock.now, cut)
}

impl Machine<'_> {
    /// What is possible, threads that have not started left out.
    fn choices(&self) -> Vec<Choice> {
        let mut choices = vec![];
        self.program.enabled(&self.world, &mut choices);
        choices.retain(|choice| match self.way(*choice) {
            Way::Step { actor, .. } => self.started[actor],
            _ => true,
        });
        choices
    }

    fn way(&self, choice: Choice) -> Way {
        move_of(self.program, choice).way
    }

    fn step_number(&self) -> u64 {
        self.recorder.steps() as u64
    }

    /// The next choice that is due now.
    fn due(&mut self, choices: &[Choice], policy: &mut dyn Policy) -> Option<Choice> {
        for processor in &mut self.processors {
            let Some(task) = *processor else { continue };
            // What a thread set out to do may have become impossible: it was stopped.
            if choices.binary_search(&task.choice).is_err() {
                *processor = None;
            } else if task.left == 0 {
                *processor = None;
                return Some(task.choice);
            }
        }
        let now = self.clock.now;
        let rank = |way: Way| match way {
            Way::Complete { .. } | Way::FinishCancel { .. } => 0,
            Way::Unblock { .. } | Way::Retry { .. } => 1,
            Way::Expire { .. } => 2,
            Way::Step { .. } => 3,
        };
        let due = choices
            .iter()
            .filter(|choice| self.clock.due(self.way(**choice)).is_some_and(|tick| tick <= now));
        if let Some(choice) = due.min_by_key(|choice| rank(self.way(**choice))) {
            return Some(*choice);
        }
        let free: Vec<Choice> =
            choices.iter().copied().filter(|choice| self.needs_no_processor(*choice)).collect();
        if free.is_empty() || self.processors.iter().flatten().any(|task| task.left == 0) {
            return None;
        }
        policy.choose(self.step_number(), &free)
    }

    /// Somebody outside has no processor, and a condition that has come true costs nothing.
    fn needs_no_processor(&self, choice: Choice) -> bool {
        let Way::Step { actor, .. } = self.way(choice) else { return false };
        let pc = usize::from(self.world.lanes[actor].pc);
        let instruction = &self.program.code(actor).instructions[pc];
        self.program.threads[actor].kernel.is_none()
            || matches!(instruction, Instruction::SpinUntil(_) | Instruction::Await(_))
    }

    fn take(&mut self, choice: Choice, policy: &mut dyn Policy) {
        let way = self.way(choice);
        if let Way::Step { actor, .. } = way {
            self.paused[actor] = None;
        }
        self.clock.before(self.program, &self.world, way);
        let effects = self.recorder.take(&mut self.world, choice, self.clock.now);
        let step = self.step_number();
        let mut pick = |ways: usize| {
            let ways: Vec<Choice> = (0..ways as u16).map(|way| Choice::new(0, way)).collect();
            policy.choose(step, &ways).map_or(0, |way| usize::from(way.alternative()))
        };
        self.clock.after(self.program, &self.world, &effects, &mut pick);
    }

    /// Gives a free processor to somebody who is ready; whether it did.
    fn dispatch(&mut self, choices: &[Choice], policy: &mut dyn Policy) -> bool {
        let Some(free) = self.processors.iter().position(Option::is_none) else { return false };
        let ready = self.ready(choices);
        if ready.is_empty() {
            return false;
        }
        let Some(choice) = policy.choose(self.step_number(), &ready) else { return false };
        let Way::Step { actor, leaf } = self.way(choice) else { return false };
        let left = match self.paused[actor].take() {
            Some(task) if task.choice == choice => task.left,
            _ => self.clock.cost(self.program, &self.world, actor, leaf),
        };
        let slice = self.options.quantum.max(1);
        self.processors[free] = Some(Task { actor, choice, left, slice });
        true
    }

    /// The steps of threads that are ready and have no processor; of one that was interrupted only
    /// the step it is in the middle of.
    fn ready(&self, choices: &[Choice]) -> Vec<Choice> {
        let ready = choices.iter().copied().filter(|choice| {
            let Way::Step { actor, .. } = self.way(*choice) else { return false };
            let interrupted = self.paused[actor].is_none_or(|task| task.choice == *choice);
            let on = self.processors.iter().flatten().any(|task| task.actor == actor);
            interrupted && !on && !self.needs_no_processor(*choice)
        });
        ready.collect()
    }

    /// Lets time pass until something is due; whether anything ever is.
    fn advance(&mut self, choices: &[Choice]) -> bool {
        let now = self.clock.now;
        let tasks = self.processors.iter().flatten().map(|task| now + task.left.min(task.slice));
        let due = choices.iter().filter_map(|choice| self.clock.due(self.way(*choice)));
        let starts = self.program.threads.iter().zip(&self.started);
        let starts = starts.filter(|(_, started)| !**started).map(|(thread, _)| thread.at);
        let Some(next) = tasks.chain(due).chain(starts).filter(|tick| *tick > now).min() else {
            return false;
        };
        let mut running = vec![false; self.program.threads.len()];
        self.processors.iter().flatten().for_each(|task| running[task.actor] = true);
        self.recorder.pass(&self.world, now, next, &running, &self.started);
        self.clock.now = next;
        for (actor, thread) in self.program.threads.iter().enumerate() {
            self.started[actor] |= thread.at <= next;
        }
        let others = !self.ready(choices).is_empty();
        for processor in &mut self.processors {
            let Some(task) = processor else { continue };
            task.left = task.left.saturating_sub(next - now);
            task.slice = task.slice.saturating_sub(next - now);
            if task.left > 0 && task.slice == 0 {
                task.slice = self.options.quantum.max(1);
                if others {
                    self.paused[task.actor] = Some(*task);
                    *processor = None;
                }
            }
        }
        true
    }
}
