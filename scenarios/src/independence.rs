//! What the steps of a program touch: the facts that partial order reduction needs.
//!
//! # Why it is sound
//!
//! A world is cut into objects: the private state of each actor (its place, locals, result,
//! records), the shared variables, and the kernel with the OVERLAPPEDs as one object. A step is
//! sorted by what its instruction can do:
//!
//! * `work` touches the thread's own state and nothing else. (The tests and assignments that
//!   follow it belong to it and read only locals, parameters and the last result; one that asks
//!   what a poll reported reads everything.)
//! * A step on shared variables touches those and the thread's own state.
//! * A call, `block`, `alloc`, `free`, `arrive`, the end of a wait and a completion touch the
//!   kernel, and every thread that is inside a call in this state: it may be released. A thread
//!   that is not inside a call cannot be touched by others before it has moved itself.
//! * `await` reads everything.
//!
//! So two `work` steps commute, a `work` step commutes with anything that does not await, and
//! two kernel steps are taken to conflict. Programs that suspend or end other threads are left
//! alone.

use std::sync::OnceLock;

use iocp_scheduler::{Actor, Choice, Expectation, Footprint};

use crate::program::{ArrivalOf, Code, Instruction, Operand, Program};
use crate::value::{Expr, Observation};
use crate::world::enabled::{Way, devices, move_of};
use crate::world::{LaneState, World};

/// The object that stands for the kernel. Actors have the bits below.
const KERNEL: u32 = 101;
/// Shared variables share the bits from here on.
const VARIABLES: u32 = 102;

/// What an instruction, or all that may follow it, can touch besides the thread itself.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Touch {
    /// The kernel, and with it whoever is inside a call.
    kernel: bool,
    /// Reads the whole world.
    everything: bool,
    reads: u128,
    writes: u128,
}

/// For every place in a program: the next steps, and all that may follow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touches {
    next: Vec<Touch>,
    future: Vec<Touch>,
}

/// Computed once, when a search first asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Independence(OnceLock<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    /// By code.
    touches: Vec<Touches>,
    /// A property of states looks at threads, locals or records.
    lanes_observed: bool,
    /// A property of states looks at shared variables.
    shared_observed: bool,
}

impl Touch {
    fn union(self, other: Touch) -> Touch {
        Touch {
            kernel: self.kernel || other.kernel,
            everything: self.everything || other.everything,
            reads: self.reads | other.reads,
            writes: self.writes | other.writes,
        }
    }

    fn reading(mut self, expr: &Expr) -> Touch {
        expr.walk(&mut |e| match e {
            Expr::Shared(variable) => self.reads |= variable_bit(*variable),
            Expr::Observe(_) => self.everything = true,
            _ => {}
        });
        self
    }

    fn writing(mut self, variable: u16) -> Touch {
        self.writes |= variable_bit(variable);
        self
    }
}

fn variable_bit(variable: u16) -> u128 {
    1 << (VARIABLES + u32::from(variable) % (128 - VARIABLES))
}

fn actor_bit(actor: usize) -> u128 {
    1 << actor.min(KERNEL as usize - 1)
}

const OF_KERNEL: Touch = Touch { kernel: true, everything: false, reads: 0, writes: 0 };

/// What one instruction touches, if it is a step.
fn touch(instruction: &Instruction) -> Touch {
    let none = Touch::default();
    match instruction {
        Instruction::Work(ticks, _) => none.reading(ticks),
        Instruction::SpinUntil(condition) => none.reading(condition),
        Instruction::Await(condition) => Touch { everything: true, ..none.reading(condition) },
        Instruction::Load { variable, .. } => none.reading(&Expr::Shared(*variable)),
        Instruction::Store { variable, value } => none.reading(value).writing(*variable),
        Instruction::Exchange { variable, value, .. }
        | Instruction::Add { variable, value, .. } => none.reading(value).writing(*variable),
        Instruction::CompareAndSwap { variable, compare, value, .. } => {
            none.reading(compare).reading(value).writing(*variable)
        }
        Instruction::Publish { variable, value } => none.reading(value).writing(*variable),
        Instruction::Start(actors) => {
            let writes = actors.clone().fold(0, |bits, a| bits | actor_bit(usize::from(a)));
            Touch { writes, ..none }
        }
        Instruction::Call(site) => {
            let operands = site.operands.iter().chain(&site.handles);
            operands.fold(OF_KERNEL, |touch, operand| match operand {
                Operand::Constant(_) => touch,
                Operand::Value(e) | Operand::Milliseconds(e) | Operand::EventOf(e) => {
                    touch.reading(e)
                }
            })
        }
        Instruction::Arrive { arrival: ArrivalOf::Data(bytes), .. } => OF_KERNEL.reading(bytes),
        Instruction::Block(_)
        | Instruction::Exit
        | Instruction::Allocate(_)
        | Instruction::Free(_)
        | Instruction::Arrive { .. } => OF_KERNEL,
        // The end of a program may be the end of its thread.
        Instruction::End => OF_KERNEL,
        silent => {
            let mut touch = none;
            silent.tested(&mut |expr| touch = touch.reading(expr));
            touch
        }
    }
}

fn successors(instructions: &[Instruction], at: usize) -> Vec<usize> {
    match &instructions[at] {
        Instruction::Jump(to) => vec![usize::from(*to)],
        Instruction::Unless(_, to) | Instruction::UnlessMatch(_, to) => {
            vec![at + 1, usize::from(*to)]
        }
        Instruction::Choose(ways) => ways.iter().map(|way| usize::from(*way)).collect(),
        Instruction::Exit | Instruction::End => vec![],
        _ => vec![at + 1],
    }
}

impl Touches {
    fn of(code: &Code) -> Touches {
        let instructions = &code.instructions;
        let count = instructions.len();
        let own: Vec<Touch> = instructions.iter().map(touch).collect();
        let mut future = own.clone();
        let mut silent = own.clone();
        // Backwards until nothing changes: what follows, and what is done up to the next step.
        loop {
            let before = (future.clone(), silent.clone());
            for at in (0..count).rev() {
                for next in successors(instructions, at).into_iter().filter(|n| *n < count) {
                    future[at] = future[at].union(future[next]);
                    if !instructions[at].is_step() {
                        silent[at] = silent[at].union(silent[next]);
                    }
                }
            }
            if before == (future.clone(), silent.clone()) {
                break;
            }
        }
        // A step also does the silent instructions behind it, up to the next step, but not that.
        let mut behind = vec![Touch::default(); count];
        loop {
            let before = behind.clone();
            for at in (0..count).rev() {
                for next in successors(instructions, at).into_iter().filter(|n| *n < count) {
                    let quiet = !instructions[next].is_step();
                    let more = if quiet { own[next].union(behind[next]) } else { Touch::default() };
                    behind[at] = behind[at].union(more);
                }
            }
            if before == behind {
                break;
            }
        }
        let mut next = vec![Touch::default(); count];
        for (at, place) in next.iter_mut().enumerate() {
            *place = first_steps(instructions, at)
                .into_iter()
                .fold(silent[at], |touch, step| touch.union(own[step]).union(behind[step]));
        }
        Touches { next, future }
    }
}

/// The steps that may be taken first from a place.
fn first_steps(instructions: &[Instruction], from: usize) -> Vec<usize> {
    let (mut seen, mut open, mut steps) = (vec![false; instructions.len()], vec![from], vec![]);
    while let Some(at) = open.pop() {
        if at >= instructions.len() || std::mem::replace(&mut seen[at], true) {
            continue;
        }
        match instructions[at].is_step() {
            true => steps.push(at),
            false => open.extend(successors(instructions, at)),
        }
    }
    steps
}

impl Program {
    fn facts(&self) -> &Facts {
        self.independence.0.get_or_init(|| {
            let mut facts = Facts {
                touches: self.codes.iter().map(Touches::of).collect(),
                lanes_observed: false,
                shared_observed: false,
            };
            for (property, condition) in self.properties.iter().zip(&self.conditions) {
                let Some(condition) = condition else { continue };
                if property.expectation == Expectation::Finally {
                    continue;
                }
                condition.walk(&mut |expr| match expr {
                    Expr::Shared(_) => facts.shared_observed = true,
                    Expr::Observe(observation) => {
                        facts.lanes_observed |= looks_at_threads(observation);
                    }
                    _ => {}
                });
            }
            facts
        })
    }

    /// Whether the facts below say anything; if not, why.
    pub(crate) fn independence_applies(&self) -> Result<(), String> {
        const REACHES_OTHERS: [&str; 6] = [
            "SuspendThread",
            "ResumeThread",
            "TerminateThread",
            "TerminateProcess",
            "ExitProcess",
            "QueueUserAPC",
        ];
        if !self.order.is_empty() {
            return Err("the order of the first steps is scripted".to_owned());
        }
        if self.threads.len() >= KERNEL as usize - 1 {
            return Err("there are too many threads".to_owned());
        }
        let mut instructions = self.codes.iter().flat_map(|code| &code.instructions);
        let reaches = instructions.find_map(|instruction| match instruction {
            Instruction::Call(site) => {
                REACHES_OTHERS.iter().find(|name| **name == site.function.name)
            }
            _ => None,
        });
        match reaches {
            Some(name) => Err(format!("a program calls {name}, which reaches other threads")),
            None => Ok(()),
        }
    }

    /// Everybody who may be released by somebody else's step.
    fn in_call(state: &World) -> u128 {
        let waits = |lane: &crate::world::Lane| lane.state == LaneState::InCall;
        let lanes = state.lanes.iter().enumerate().filter(|(_, lane)| waits(lane));
        lanes.fold(0, |bits, (actor, _)| bits | actor_bit(actor))
    }

    fn footprint(&self, state: &World, actor: usize, touch: Touch) -> Footprint {
        let mut found = Footprint { reads: touch.reads, writes: touch.writes | actor_bit(actor) };
        if touch.kernel {
            found.writes |= 1 << KERNEL | Self::in_call(state);
        }
        if touch.everything {
            found.reads = u128::MAX;
        }
        found
    }

    pub(crate) fn next_touched(&self, state: &World, actor: Actor) -> Footprint {
        let actor = usize::from(actor);
        if state.stuck {
            return Footprint::ALL;
        }
        if actor == devices(self) {
            return self.footprint(state, actor, OF_KERNEL);
        }
        let lane = &state.lanes[actor];
        match lane.state {
            LaneState::Done => Footprint::NONE,
            LaneState::Created => Footprint::NONE.reading(actor as u32),
            LaneState::InCall | LaneState::Blocked => {
                // The wait ends, and the program goes on to its next step.
                self.footprint(state, actor, OF_KERNEL.union(self.touches(actor).next_of(lane.pc)))
            }
            LaneState::Ready => {
                self.footprint(state, actor, self.touches(actor).next[usize::from(lane.pc)])
            }
        }
    }

    pub(crate) fn future_touched(&self, state: &World, actor: Actor) -> Footprint {
        let actor = usize::from(actor);
        if state.stuck {
            return Footprint::ALL;
        }
        if actor == devices(self) {
            // Without files there never is an operation.
            let idle = state.kernel.files().is_empty() && state.kernel.irps().is_empty();
            let idle = idle && !self.opens_files();
            return if idle { Footprint::NONE } else { self.footprint(state, actor, OF_KERNEL) };
        }
        let lane = &state.lanes[actor];
        match lane.state {
            LaneState::Done => Footprint::NONE,
            LaneState::InCall | LaneState::Blocked => {
                let future = self.touches(actor).future[usize::from(lane.pc)];
                self.footprint(state, actor, OF_KERNEL.union(future))
            }
            LaneState::Ready | LaneState::Created => {
                self.footprint(state, actor, self.touches(actor).future[usize::from(lane.pc)])
            }
        }
    }

    fn opens_files(&self) -> bool {
        const OPENERS: [&str; 4] = ["CreateFile", "CreateNamedPipe", "OpenNamedPipe", "SocketPair"];
        let mut instructions = self.codes.iter().flat_map(|code| &code.instructions);
        instructions.any(|instruction| match instruction {
            Instruction::Call(site) => OPENERS.contains(&site.function.name),
            _ => false,
        })
    }

    fn touches(&self, actor: usize) -> &Touches {
        &self.facts().touches[self.threads[actor].code]
    }

    /// Whether a choice may change what a property of states says.
    pub(crate) fn may_be_seen(&self, state: &World, choice: Choice) -> bool {
        let facts = self.facts();
        if facts.lanes_observed {
            return true;
        }
        let Way::Step { actor, .. } = move_of(self, choice).way else { return true };
        let touch = self.touches(actor).next[usize::from(state.lanes[actor].pc)];
        touch.kernel || (touch.writes != 0 && facts.shared_observed)
    }
}

impl Touches {
    /// The next steps behind a call that is under way at `pc`.
    fn next_of(&self, pc: u16) -> Touch {
        self.future[usize::from(pc)]
    }
}

fn looks_at_threads(observation: &Observation) -> bool {
    match observation {
        Observation::Depth(_)
        | Observation::Waiters(_)
        | Observation::Active(_)
        | Observation::Concurrency(_)
        | Observation::Queued(..)
        | Observation::Pending(_) => false,
        Observation::Threads(..)
        | Observation::LocalOf(..)
        | Observation::Gather(..)
        | Observation::Records(_)
        | Observation::Recorded(..)
        | Observation::Owner(_)
        | Observation::Polled(..) => true,
    }
}
