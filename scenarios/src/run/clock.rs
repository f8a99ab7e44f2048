//! When things are due: deadlines of waits, ends of outside waits, completions of operations.

use iocp_model::{Effect, IrpId, Rule, Ticks, Timeout};

use crate::program::{Instruction, Program};
use crate::world::World;
use crate::world::enabled::Way;

/// Ticks of a call or an access to memory.
const STEP_COST: Ticks = 1;
/// Ticks until the driver of a cancelled operation lets go of it.
const CANCEL_DELAY: Ticks = 10;

pub(super) struct Clock {
    pub(super) now: Ticks,
    /// Per actor: when its timed wait ends.
    deadline: Vec<Option<Ticks>>,
    /// Per actor: when its wait outside the model ends.
    resume: Vec<Option<Ticks>>,
    /// Per operation: when it completes, and in which way.
    completion: Vec<Option<(Ticks, usize)>>,
    /// Per operation: when its driver lets go of it.
    canceled: Vec<Option<Ticks>>,
    /// How long the wait outside the model that begins now will be.
    block: Ticks,
}

impl Clock {
    pub(super) fn new(program: &Program) -> Clock {
        let nobody = vec![None; program.threads.len()];
        Clock {
            now: 0,
            deadline: nobody.clone(),
            resume: nobody,
            completion: vec![],
            canceled: vec![],
            block: 0,
        }
    }

    /// How long the next step of a thread takes.
    pub(super) fn cost(
        &self,
        program: &Program,
        world: &World,
        actor: usize,
        leaf: usize,
    ) -> Ticks {
        let Some((there, pc)) = crate::action::place(program, world, actor, leaf) else { return 0 };
        match &program.code(actor).instructions[usize::from(pc)] {
            Instruction::Work(ticks, _) => {
                let ticks = there.evaluate(program, Some(actor), ticks).unwrap_or(0);
                Ticks::try_from(ticks).unwrap_or(0).min(Ticks::from(u32::MAX))
            }
            Instruction::SpinUntil(_) | Instruction::Await(_) => 0,
            _ if program.threads[actor].kernel.is_none() => 0,
            _ => STEP_COST,
        }
    }

    /// When something the environment does is due; `None` if that is not known.
    pub(super) fn due(&self, way: Way) -> Option<Ticks> {
        match way {
            Way::Step { .. } => None,
            Way::Expire { actor } => self.deadline[actor],
            Way::Unblock { actor } => self.resume[actor],
            Way::Retry { .. } => Some(self.now),
            Way::Complete { irp, way } => {
                let planned = self.completion.get(irp.index()).copied().flatten()?;
                (planned.1 == way).then_some(planned.0)
            }
            Way::FinishCancel { irp } => self.canceled.get(irp.index()).copied().flatten(),
        }
    }

    /// Looks at a step that is about to be taken.
    pub(super) fn before(&mut self, program: &Program, world: &World, way: Way) {
        self.block = 0;
        if let Way::Step { actor, leaf } = way
            && let Some((there, pc)) = crate::action::place(program, world, actor, leaf)
            && let Instruction::Block(ticks) = &program.code(actor).instructions[usize::from(pc)]
        {
            let ticks = there.evaluate(program, Some(actor), ticks).unwrap_or(0);
            self.block = Ticks::try_from(ticks).unwrap_or(0);
        }
    }

    /// Winds the timers that its effects started. `pick` chooses among so many ways to complete.
    pub(super) fn after(
        &mut self,
        program: &Program,
        world: &World,
        effects: &[(Rule, Effect)],
        pick: &mut dyn FnMut(usize) -> usize,
    ) {
        for (_, effect) in effects {
            match effect {
                Effect::Parked { thread, timeout, .. } | Effect::Waits { thread, timeout } => {
                    if let Some(actor) = program.actor(*thread) {
                        self.deadline[actor] = match timeout {
                            Timeout::Finite(ticks) => Some(self.now.saturating_add(*ticks)),
                            Timeout::Zero | Timeout::Infinite => None,
                        };
                    }
                }
                Effect::Blocked { thread } => {
                    if let Some(actor) = program.actor(*thread) {
                        self.resume[actor] = Some(self.now.saturating_add(self.block));
                    }
                }
                Effect::Pended { irp, .. } => self.pended(program, world, *irp, pick),
                Effect::CancelRequested { irp } => {
                    *slot(&mut self.canceled, *irp) = Some(self.now + CANCEL_DELAY);
                }
                _ => {}
            }
        }
    }

    fn pended(
        &mut self,
        program: &Program,
        world: &World,
        irp: IrpId,
        pick: &mut dyn FnMut(usize) -> usize,
    ) {
        *slot(&mut self.canceled, irp) = None;
        let list = world.irps.get(irp.index()).copied().unwrap_or(0);
        let ways = list.checked_sub(1).map(|list| &program.completions[usize::from(list)]);
        let planned = ways.filter(|ways| !ways.is_empty()).map(|ways| {
            let way = pick(ways.len()).min(ways.len() - 1);
            (self.now.saturating_add(ways[way].after), way)
        });
        *slot(&mut self.completion, irp) = planned;
    }
}

fn slot<T: Clone + Default>(slots: &mut Vec<T>, irp: IrpId) -> &mut T {
    if slots.len() <= irp.index() {
        slots.resize(irp.index() + 1, T::default());
    }
    &mut slots[irp.index()]
}
