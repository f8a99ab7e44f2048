//! One choice taken: the only place that changes a world.

use iocp_model::{Action, Arrival, Call, NtStatus, Observer, Overlapped};
use iocp_scheduler::{Choice, PropertySet};

use super::enabled::{Way, move_of, straight};
use super::{LaneState, World};
use crate::fault::FaultKind;
use crate::limits;
use crate::program::{ArrivalOf, Instruction, Program};

impl World {
    /// Takes a choice that [`enabled`](World::enabled) lists. The properties of steps that it
    /// breaks come back; what exactly is in [`World::faults`].
    pub(crate) fn take(
        &mut self,
        program: &Program,
        choice: Choice,
        observer: &mut impl Observer,
    ) -> PropertySet {
        self.changed();
        self.faults.clear();
        if usize::from(self.turn) < program.order.len() {
            self.turn += 1;
        }
        let what = move_of(program, choice);
        match what.way {
            Way::Step { actor, leaf } => self.step(program, actor, leaf, what.pick, observer),
            Way::Expire { actor } => {
                self.wake(program, actor, observer, |thread| Action::Expire { thread })
            }
            Way::Retry { actor } => {
                self.wake(program, actor, observer, |thread| Action::Retry { thread })
            }
            Way::Unblock { actor } => {
                self.wake(program, actor, observer, |thread| Action::Unblock { thread });
                if !self.stuck {
                    self.lane(actor).state = LaneState::Ready;
                    // The end of a program that is no step was waiting for this.
                    self.advance(program, actor);
                }
            }
            Way::Complete { irp, way } => self.complete(program, irp, way, what.pick, observer),
            Way::FinishCancel { irp } => {
                let action = picked(Action::FinishCancel { irp }, what.pick);
                self.act(program, devices_pc(), action, observer);
            }
        }
        let broken = self.faults.iter().map(|fault| fault.kind.breaks() as usize);
        broken.fold(PropertySet::EMPTY, PropertySet::with)
    }

    fn wake(
        &mut self,
        program: &Program,
        actor: usize,
        observer: &mut impl Observer,
        action: impl Fn(iocp_model::ThreadId) -> Action,
    ) {
        if let Some(thread) = program.threads[actor].kernel {
            let place = (actor, self.lanes[actor].pc);
            self.act(program, place, action(thread), observer);
        }
    }

    fn complete(
        &mut self,
        program: &Program,
        irp: iocp_model::IrpId,
        way: usize,
        pick: u8,
        observer: &mut impl Observer,
    ) {
        let list = self.irps.get(irp.index()).copied().unwrap_or(0);
        let ways = list.checked_sub(1).map(|list| &program.completions[usize::from(list)]);
        let completion = ways.and_then(|ways| ways.get(way)).copied();
        let (Some(completion), Some(pending)) = (completion, self.kernel.irp(irp)) else { return };
        let information =
            completion.bytes.unwrap_or(match (completion.status, pending.request.poll) {
                (NtStatus::TIMEOUT, Some(_)) => iocp_model::io::poll::HEAD,
                (status, _) if status.is_error() => 0,
                _ => u64::from(pending.request.length),
            });
        let status = completion.status;
        let action = picked(Action::Complete { irp, status, information }, pick);
        self.act(program, devices_pc(), action, observer);
    }

    fn step(
        &mut self,
        program: &Program,
        actor: usize,
        leaf: usize,
        pick: u8,
        observer: &mut impl Observer,
    ) {
        let code = program.code(actor);
        if matches!(code.instructions[usize::from(self.lanes[actor].pc)], Instruction::Choose(_)) {
            if leaf >= limits::ALTERNATIVES {
                self.fault(actor, self.lanes[actor].pc, FaultKind::TooManyWays);
                self.stuck = true;
                return;
            }
            self.choose(program, actor, leaf);
        }
        let pc = self.lanes[actor].pc;
        match &code.instructions[usize::from(pc)] {
            Instruction::Call(site) => self.call(program, actor, pc, site, pick, observer),
            Instruction::Block(_) => {
                let Some(thread) = program.threads[actor].kernel else { return };
                let action = picked(Action::Block { thread }, pick);
                self.act(program, (actor, pc), action, observer);
                if !self.stuck {
                    self.lane(actor).state = LaneState::Blocked;
                    self.next(program, actor, pc);
                }
            }
            Instruction::Exit | Instruction::End => self.exit(program, actor, pc, pick, observer),
            Instruction::Arrive { file, arrival } => {
                let what = match arrival {
                    ArrivalOf::Data(bytes) => {
                        Arrival::Data(self.value(program, actor, pc, bytes) as u32)
                    }
                    ArrivalOf::Other(what) => *what,
                };
                let action = picked(Action::Arrive { file: *file, what }, pick);
                self.act(program, (actor, pc), action, observer);
                self.next(program, actor, pc);
            }
            local => {
                self.local_step(program, actor, pc, local);
                self.next(program, actor, pc);
            }
        }
    }

    /// Goes to where the `leaf`-th way of choosing leads.
    fn choose(&mut self, program: &Program, actor: usize, leaf: usize) {
        let instructions = &program.code(actor).instructions;
        let pc = usize::from(self.lanes[actor].pc);
        if let Instruction::Choose(ways) = &instructions[pc]
            && ways.iter().all(|way| straight(instructions, *way).is_some())
        {
            if let Some(step) = ways.get(leaf).and_then(|way| straight(instructions, *way)) {
                self.lane(actor).pc = step;
            }
            return;
        }
        let mut index = 0;
        let mut found = None;
        self.leaves(program, actor, &mut |world, pc| {
            if index == leaf {
                let start = usize::from(program.threads[actor].locals.start);
                let locals = world.locals[start..][..program.code(actor).locals.len()].to_vec();
                let faults = world.faults.clone();
                found =
                    Some((pc, locals, world.shared.clone(), world.lanes[actor].clone(), faults));
            }
            index += 1;
        });
        let Some((pc, locals, shared, lane, faults)) = found else { return };
        let start = usize::from(program.threads[actor].locals.start);
        self.locals[start..][..locals.len()].copy_from_slice(&locals);
        self.shared = shared;
        self.faults = faults;
        *self.lane(actor) = lane;
        self.lane(actor).pc = pc;
    }

    fn next(&mut self, program: &Program, actor: usize, pc: u16) {
        if !self.stuck {
            self.lane(actor).pc = pc + 1;
            self.advance(program, actor);
        }
    }

    fn exit(
        &mut self,
        program: &Program,
        actor: usize,
        pc: u16,
        pick: u8,
        observer: &mut impl Observer,
    ) {
        match program.threads[actor].kernel {
            Some(thread) => {
                let action = Action::Call { thread, call: Call::ExitThread {} };
                self.act(program, (actor, pc), picked(action, pick), observer);
            }
            None => self.lane(actor).state = LaneState::Done,
        }
        if !self.stuck {
            self.finish(program, actor);
        }
    }

    pub(super) fn finish(&mut self, program: &Program, actor: usize) {
        let end = program.code(actor).instructions.len() - 1;
        let lane = self.lane(actor);
        lane.state = LaneState::Done;
        lane.pc = end as u16;
        lane.answer.keep(0);
        lane.batch.clear();
        let observed = program.code(actor).needs[end].locals;
        for local in 0..program.code(actor).locals.len() {
            if observed >> local & 1 == 0 {
                self.set_local(program, actor, local as u16, 0);
            }
        }
    }

    fn local_step(&mut self, program: &Program, actor: usize, pc: u16, instruction: &Instruction) {
        match instruction {
            Instruction::Load { variable, into } => {
                let value = self.shared[usize::from(*variable)];
                self.set_local(program, actor, *into, value);
            }
            Instruction::Store { variable, value } => {
                self.shared[usize::from(*variable)] = self.value(program, actor, pc, value);
            }
            Instruction::Exchange { variable, value, into } => {
                let value = self.value(program, actor, pc, value);
                self.replace(program, actor, *variable, value, *into);
            }
            Instruction::Add { variable, value, into } => {
                let more = self.value(program, actor, pc, value);
                let value = self.shared[usize::from(*variable)].wrapping_add(more);
                self.replace(program, actor, *variable, value, *into);
            }
            Instruction::CompareAndSwap { variable, compare, value, into } => {
                let compare = self.value(program, actor, pc, compare);
                let value = self.value(program, actor, pc, value);
                let old = self.shared[usize::from(*variable)];
                let value = if old == compare { value } else { old };
                self.replace(program, actor, *variable, value, *into);
            }
            Instruction::SpinUntil(condition) | Instruction::Await(condition) => {
                self.value(program, actor, pc, condition);
            }
            Instruction::Allocate(pointer) => {
                let at = Overlapped(self.value(program, actor, pc, pointer) as u64);
                let fault = self.allocate(at);
                self.report(actor, pc, fault);
            }
            Instruction::Free(pointer) => {
                let at = Overlapped(self.value(program, actor, pc, pointer) as u64);
                let fault = self.free(at);
                self.report(actor, pc, fault);
            }
            Instruction::Start(range) => {
                for other in range.clone().map(usize::from) {
                    if self.lanes[other].state == LaneState::Created {
                        self.lane(other).state = LaneState::Ready;
                        self.advance(program, other);
                    }
                }
            }
            // `work` changes nothing but the place.
            _ => {}
        }
    }

    pub(super) fn report(&mut self, actor: usize, pc: u16, fault: Option<FaultKind>) {
        if let Some(kind) = fault {
            self.fault(actor, pc, kind);
        }
    }

    fn replace(
        &mut self,
        program: &Program,
        actor: usize,
        variable: u16,
        value: i64,
        into: Option<u16>,
    ) {
        let old = std::mem::replace(&mut self.shared[usize::from(variable)], value);
        if let Some(into) = into {
            self.set_local(program, actor, into, old);
        }
    }
}

/// Where a fault of a device is put: nobody's program.
fn devices_pc() -> (usize, u16) {
    (0, u16::MAX)
}

pub(super) fn picked(action: Action, pick: u8) -> Action {
    match pick {
        0 => action,
        waiter => Action::Pick { waiter, then: Box::new(action) },
    }
}
