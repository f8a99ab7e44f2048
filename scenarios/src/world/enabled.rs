//! Who can go next, and how.
//!
//! Actors are the threads, by number, and one more for all devices. The alternatives of a thread
//! are the first steps its program could take (several at a `choose`), or what ends its wait; the
//! alternatives of the devices are operations and the ways each may complete.

use iocp_model::ke::thread::Run;
use iocp_model::{Deviation, FileId, IrpId};
use iocp_scheduler::Choice;

use super::{LaneState, World};
use crate::limits;
use crate::program::{Instruction, Program, Turn};

/// A choice, read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Move {
    pub(crate) way: Way,
    /// Which waiter is released where `wake-order=any` leaves it open.
    pub(crate) pick: u8,
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// A thread takes a step: the first it could take is 0.
    Step {
        actor: usize,
        leaf: usize,
    },
    Expire {
        actor: usize,
    },
    Unblock {
        actor: usize,
    },
    Retry {
        actor: usize,
    },
    Complete {
        irp: IrpId,
        way: usize,
    },
    FinishCancel {
        irp: IrpId,
    },
}

const EXPIRE: u16 = 0x4000;
const UNBLOCK: u16 = 0x4001;
const RETRY: u16 = 0x4002;
/// The way of an operation that stands for its cancellation.
const CANCELED: u16 = 15;

/// The number of the actor that stands for all devices.
pub(crate) fn devices(program: &Program) -> usize {
    program.threads.len()
}

/// Reads a choice.
pub(crate) fn move_of(program: &Program, choice: Choice) -> Move {
    let (actor, alternative) = (usize::from(choice.actor()), choice.alternative());
    if actor == devices(program) {
        let irp = IrpId(alternative >> 8);
        let way = match alternative >> 4 & 15 {
            CANCELED => Way::FinishCancel { irp },
            way => Way::Complete { irp, way: usize::from(way) },
        };
        return Move { way, pick: (alternative & 15) as u8 };
    }
    let way = match alternative {
        EXPIRE => Way::Expire { actor },
        UNBLOCK => Way::Unblock { actor },
        RETRY => Way::Retry { actor },
        _ => Way::Step { actor, leaf: usize::from(alternative & 0xff) },
    };
    Move { way, pick: if alternative < EXPIRE { (alternative >> 8) as u8 } else { 0 } }
}

/// Writes a choice.
pub(crate) fn choice_of(program: &Program, what: Move) -> Choice {
    let pick = u16::from(what.pick);
    let thread = |actor: usize, alternative| Choice::new(actor as u16, alternative);
    let device = |irp: IrpId, way: u16| {
        Choice::new(devices(program) as u16, irp.0 << 8 | way << 4 | pick.min(15))
    };
    match what.way {
        Way::Step { actor, leaf } => thread(actor, leaf as u16 | pick << 8),
        Way::Expire { actor } => thread(actor, EXPIRE),
        Way::Unblock { actor } => thread(actor, UNBLOCK),
        Way::Retry { actor } => thread(actor, RETRY),
        Way::Complete { irp, way } => device(irp, way as u16),
        Way::FinishCancel { irp } => device(irp, CANCELED),
    }
}

impl World {
    /// Every choice, in ascending order.
    pub(crate) fn enabled(&self, program: &Program, choices: &mut Vec<Choice>) {
        if self.stuck {
            return;
        }
        if let Some(turn) = program.order.get(usize::from(self.turn)) {
            self.enabled_in_turn(program, *turn, choices);
            return;
        }
        for actor in 0..self.lanes.len() {
            self.enabled_thread(program, actor, choices);
        }
        if !self.kernel.irps().is_empty() {
            self.enabled_devices(program, None, choices);
        }
    }

    fn enabled_in_turn(&self, program: &Program, turn: Turn, choices: &mut Vec<Choice>) {
        match turn {
            Turn::Step(actor) => self.enabled_steps(program, usize::from(actor), choices),
            Turn::Expire(actor) => {
                let actor = usize::from(actor);
                if self.has_timer(program, actor) {
                    choices.push(choice_of(program, Move { way: Way::Expire { actor }, pick: 0 }));
                }
            }
            Turn::Unblock(actor) => {
                let actor = usize::from(actor);
                if self.lanes[actor].state == LaneState::Blocked {
                    choices.push(choice_of(program, Move { way: Way::Unblock { actor }, pick: 0 }));
                }
            }
            Turn::Complete(file) => {
                self.enabled_devices(program, Some(file), choices);
                choices.truncate(1);
            }
        }
    }

    fn enabled_thread(&self, program: &Program, actor: usize, choices: &mut Vec<Choice>) {
        let one = |way| choice_of(program, Move { way, pick: 0 });
        match self.lanes[actor].state {
            LaneState::Ready => self.enabled_steps(program, actor, choices),
            LaneState::InCall => {
                if self.has_timer(program, actor) {
                    choices.push(one(Way::Expire { actor }));
                }
                if self.retries(program, actor) {
                    choices.push(one(Way::Retry { actor }));
                }
            }
            LaneState::Blocked => {
                if self.is_blocked(program, actor) {
                    choices.push(one(Way::Unblock { actor }));
                }
            }
            LaneState::Created | LaneState::Done => {}
        }
    }

    fn run<'w>(&'w self, program: &Program, actor: usize) -> Option<(&'w Run, u8)> {
        let thread = self.kernel.thread(program.threads[actor].kernel?)?;
        Some((&thread.run, thread.suspended))
    }

    fn has_timer(&self, program: &Program, actor: usize) -> bool {
        match self.run(program, actor) {
            Some((Run::Waiting(wait), 0)) => wait.timer,
            _ => false,
        }
    }

    fn retries(&self, program: &Program, actor: usize) -> bool {
        matches!(self.run(program, actor), Some((Run::Retrying(_), 0)))
    }

    fn is_blocked(&self, program: &Program, actor: usize) -> bool {
        matches!(self.run(program, actor), Some((Run::Blocked, _)))
    }

    /// Whether a thread is held by a `SuspendThread`.
    pub(crate) fn suspended(&self, program: &Program, actor: usize) -> bool {
        matches!(self.run(program, actor), Some((_, count)) if count > 0)
    }

    fn enabled_steps(&self, program: &Program, actor: usize, choices: &mut Vec<Choice>) {
        if self.lanes[actor].state != LaneState::Ready || self.suspended(program, actor) {
            return;
        }
        let code = program.code(actor);
        let pc = self.lanes[actor].pc;
        let open = program.semantics.has(Deviation::WakeOrderAny);
        if !open && !matches!(code.instructions[usize::from(pc)], Instruction::Choose(_)) {
            if self.step_enabled(program, actor, pc) {
                choices.push(Choice::new(actor as u16, 0));
            }
            return;
        }
        if !open && let Instruction::Choose(ways) = &code.instructions[usize::from(pc)] {
            let first = choices.len();
            if self.straight_choices(program, actor, ways, choices) {
                return;
            }
            choices.truncate(first);
        }
        let mut leaves = vec![];
        self.leaves(program, actor, &mut |world, pc| {
            leaves.push(world.step_enabled(program, actor, pc));
        });
        let picks = if open { self.picks() } else { 1 };
        for pick in 0..picks {
            for leaf in (0..leaves.len()).filter(|leaf| leaves[*leaf]) {
                let way = Way::Step { actor, leaf };
                choices.push(choice_of(program, Move { way, pick }));
            }
        }
    }

    /// The choices of a `choose` all of whose ways lead straight to a step: the usual case, and
    /// the fast one. Whether it is that case.
    fn straight_choices(
        &self,
        program: &Program,
        actor: usize,
        ways: &[u16],
        choices: &mut Vec<Choice>,
    ) -> bool {
        let instructions = &program.code(actor).instructions;
        for (leaf, way) in ways.iter().enumerate() {
            let Some(pc) = straight(instructions, *way) else { return false };
            if self.step_enabled(program, actor, pc) {
                choices.push(Choice::new(actor as u16, leaf as u16));
            }
        }
        true
    }

    /// How many waiters a release could pick from.
    fn picks(&self) -> u8 {
        let stacks = self.kernel.ports().iter().map(|(_, port)| port.stack().count());
        stacks.max().unwrap_or(0).clamp(1, 15) as u8
    }

    /// Visits every step that the thread could take next, in the order of the program: itself at
    /// its place, or, behind choices, the worlds that each way of choosing leads to. One more than
    /// the limit allows is visited: whoever takes that one is told of the limit.
    pub(crate) fn leaves(
        &self,
        program: &Program,
        actor: usize,
        visit: &mut dyn FnMut(&World, u16),
    ) {
        let mut count = 0;
        self.leaves_below(program, actor, &mut count, visit);
    }

    fn leaves_below(
        &self,
        program: &Program,
        actor: usize,
        count: &mut usize,
        visit: &mut dyn FnMut(&World, u16),
    ) {
        let pc = self.lanes[actor].pc;
        let instructions = &program.code(actor).instructions;
        let Instruction::Choose(ways) = &instructions[usize::from(pc)] else {
            *count += 1;
            if *count <= limits::ALTERNATIVES + 1 {
                visit(self, pc);
            }
            return;
        };
        for way in ways {
            match straight(instructions, *way) {
                // Nothing but jumps up to the step: no need to go there to see it.
                Some(step) => {
                    *count += 1;
                    if *count <= limits::ALTERNATIVES + 1 {
                        visit(self, step);
                    }
                }
                None => {
                    let mut there = self.clone();
                    there.lanes[actor].pc = *way;
                    there.advance(program, actor);
                    there.leaves_below(program, actor, count, visit);
                }
            }
        }
    }

    fn step_enabled(&self, program: &Program, actor: usize, pc: u16) -> bool {
        match &program.code(actor).instructions[usize::from(pc)] {
            Instruction::SpinUntil(condition) | Instruction::Await(condition) => {
                // What has no value is reported by the step that finds out.
                self.evaluate(program, Some(actor), condition) != Ok(0)
            }
            _ => true,
        }
    }

    fn enabled_devices(&self, program: &Program, only: Option<FileId>, choices: &mut Vec<Choice>) {
        for (irp, pending) in self.kernel.irps().iter() {
            if only.is_some_and(|file| pending.request.file != file)
                || irp.index() >= limits::PENDING
            {
                continue;
            }
            let list = self.irps.get(irp.index()).copied().unwrap_or(0);
            let ways = match list.checked_sub(1) {
                Some(list) => program.completions[usize::from(list)].len(),
                None => 0,
            };
            let picks =
                if program.semantics.has(Deviation::WakeOrderAny) { self.picks() } else { 1 };
            let completions = (0..ways).map(|way| Way::Complete { irp, way });
            let canceled = pending.canceled.map(|_| Way::FinishCancel { irp });
            for way in completions.chain(canceled) {
                choices.extend((0..picks).map(|pick| choice_of(program, Move { way, pick })));
            }
        }
    }
}

/// The step that nothing but jumps leads to.
pub(crate) fn straight(instructions: &[Instruction], mut pc: u16) -> Option<u16> {
    // A round of jumps is refused at compile time.
    loop {
        match &instructions[usize::from(pc)] {
            Instruction::Jump(to) => pc = *to,
            step if step.is_step() => return Some(pc),
            _ => return None,
        }
    }
}
