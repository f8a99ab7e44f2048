//! The kernel acts: calls are built and made, and threads whose call has returned go on.

use iocp_model::{Action, Call, Effect, Handle, Observer, Overlapped, Refusal, Return, Rule};

use super::answer::Answer;
use super::step::picked;
use super::{LaneState, Scratch, World};
use crate::calls::{Build, Values};
use crate::fault::FaultKind;
use crate::limits;
use crate::operations;
use crate::program::{CallSite, Instruction, Operand, Program};

/// Keeps what the world needs of the effects, and passes everything on.
struct Watch<'a, O: Observer> {
    scratch: &'a mut Scratch,
    inner: &'a mut O,
}

impl<O: Observer> Observer for Watch<'_, O> {
    #[inline]
    fn effect(&mut self, rule: Rule, effect: Effect) {
        match &effect {
            Effect::Returned { thread, result } => {
                self.scratch.returned.push((*thread, result.clone()));
            }
            Effect::Exited { thread } => self.scratch.exited.push(*thread),
            Effect::Pended { irp, .. } => self.scratch.pended.push(*irp),
            Effect::Completed { .. } => self.scratch.completed = true,
            Effect::StatusBlock { overlapped, .. } => self.scratch.written.push(*overlapped),
            _ => {}
        }
        self.inner.effect(rule, effect);
    }
}

impl World {
    pub(super) fn call(
        &mut self,
        program: &Program,
        actor: usize,
        pc: u16,
        site: &CallSite,
        pick: u8,
        observer: &mut impl Observer,
    ) {
        let Some(thread) = program.threads[actor].kernel else { return };
        let call = match &site.constant {
            Some(call) => call.clone(),
            None => {
                let values = self.values(program, actor, pc, site);
                site.build(&values)
            }
        };
        let fault = match &call {
            Call::Io(io) => self.check_use(io_pointer(io)),
            Call::AfdPoll(poll) => self.check_use(poll.status_block),
            Call::PostQueuedCompletionStatus { overlapped, .. } => self.check_post(*overlapped),
            _ => None,
        };
        self.report(actor, pc, fault);
        self.lane(actor).state = LaneState::InCall;
        let action = match site.exhausted {
            None => Action::Call { thread, call },
            Some(status) => Action::Exhausted { thread, call: Box::new(call), status },
        };
        let action = picked(action, pick);
        self.act(program, (actor, pc), action, observer);
    }

    /// The call that a thread would make now; `None` if an argument has no value.
    pub(crate) fn call_of(&self, program: &Program, actor: usize, site: &CallSite) -> Option<Call> {
        if let Some(call) = &site.constant {
            return Some(call.clone());
        }
        let mut there = self.clone();
        // What went wrong in the step before is no fault of this call.
        there.faults.clear();
        let values = there.values(program, actor, self.lanes[actor].pc, site);
        there.faults.is_empty().then(|| site.build(&values))
    }

    fn values(&mut self, program: &Program, actor: usize, pc: u16, site: &CallSite) -> Values {
        let mut values = Values::default();
        for (place, operand) in site.operands.iter().enumerate() {
            values.plain[place] = self.operand(program, actor, pc, operand);
        }
        for operand in &site.handles {
            values.handles.push(Handle(self.operand(program, actor, pc, operand)));
        }
        values
    }

    fn operand(&mut self, program: &Program, actor: usize, pc: u16, operand: &Operand) -> u64 {
        match operand {
            Operand::Constant(value) => *value,
            Operand::Value(expr) => self.value(program, actor, pc, expr) as u64,
            Operand::Milliseconds(expr) => {
                crate::compile::milliseconds(self.value(program, actor, pc, expr))
            }
            Operand::EventOf(expr) => {
                let at = Overlapped(self.value(program, actor, pc, expr) as u64);
                let structure = at.number().and_then(|n| program.overlapped.get(usize::from(n)));
                structure.map_or(0, |structure| structure.event.0)
            }
        }
    }

    /// Lets the kernel act, and every thread whose call has returned go on.
    pub(super) fn act(
        &mut self,
        program: &Program,
        (actor, pc): (usize, u16),
        action: Action,
        observer: &mut impl Observer,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let result = {
            let mut watch = Watch { scratch: &mut scratch, inner: observer };
            // The page's module has one kernel, not one for each kind of observer.
            #[cfg(target_arch = "wasm32")]
            let mut watch: &mut dyn Observer = &mut watch;
            self.kernel.apply(action, &mut watch)
        };
        match result {
            Ok(()) => self.settle(program, (actor, pc), &mut scratch),
            Err(refusal) => self.refused(actor, pc, refusal),
        }
        scratch.returned.clear();
        scratch.exited.clear();
        scratch.pended.clear();
        scratch.written.clear();
        scratch.completed = false;
        self.scratch = scratch;
    }

    fn refused(&mut self, actor: usize, pc: u16, refusal: Refusal) {
        self.fault(actor, pc, FaultKind::Refused(refusal));
        self.stuck = true;
    }

    fn settle(&mut self, program: &Program, (actor, pc): (usize, u16), scratch: &mut Scratch) {
        if !scratch.pended.is_empty() {
            self.pended(program, actor, pc, scratch);
        }
        for at in &scratch.written {
            let fault = self.check_write(*at);
            self.report(actor, pc, fault);
        }
        if scratch.completed {
            self.forget_completed();
        }
        for (thread, result) in scratch.returned.drain(..) {
            if let Some(actor) = program.actor(thread) {
                self.returned(program, actor, result);
            }
        }
        for thread in scratch.exited.drain(..) {
            if let Some(actor) = program.actor(thread) {
                self.finish(program, actor);
            }
        }
    }

    fn returned(&mut self, program: &Program, actor: usize, result: Return) {
        if self.lanes[actor].state != LaneState::InCall {
            return;
        }
        let lane = self.lane(actor);
        let mut batch = std::mem::take(&mut lane.batch);
        lane.answer = Answer::of(result, &mut batch);
        if batch.len() > limits::BATCH {
            let pc = lane.pc;
            self.fault(actor, pc, FaultKind::TooManyEntries);
            self.stuck = true;
            return;
        }
        lane.batch = batch;
        lane.state = LaneState::Ready;
        lane.pc += 1;
        self.advance(program, actor);
    }

    /// Remembers in which ways the operations of this call may complete.
    fn pended(&mut self, program: &Program, actor: usize, pc: u16, scratch: &Scratch) {
        let site = program.code(actor).instructions.get(usize::from(pc));
        let list = match site {
            Some(Instruction::Call(site)) => site.completes.map_or(0, |list| list + 1),
            _ => 0,
        };
        for irp in &scratch.pended {
            let index = irp.index();
            if index >= limits::PENDING {
                self.fault(actor, pc, FaultKind::TooManyPending);
                self.stuck = true;
                return;
            }
            if self.irps.len() <= index {
                self.irps.resize(index + 1, 0);
            }
            self.irps[index] = list;
        }
    }

    fn forget_completed(&mut self) {
        for index in 0..self.irps.len() {
            if self.kernel.irp(iocp_model::IrpId(index as u16)).is_none() {
                self.irps[index] = 0;
            }
        }
        while self.irps.last() == Some(&0) {
            self.irps.pop();
        }
    }
}

fn io_pointer(io: &iocp_model::IoCall) -> Overlapped {
    use iocp_model::Notify;
    match io.notify {
        Notify::Nothing => Overlapped::NULL,
        Notify::Overlapped(overlapped) | Notify::Routine { overlapped, .. } => overlapped.at,
        Notify::Native { status_block, .. } => status_block,
    }
}

impl CallSite {
    /// The call, if none of its arguments varies.
    pub(crate) fn fixed(&self) -> Option<Call> {
        let constant = |operand: &Operand| match operand {
            Operand::Constant(value) => Some(*value),
            _ => None,
        };
        let mut values = Values::default();
        for (place, operand) in self.operands.iter().enumerate() {
            values.plain[place] = constant(operand)?;
        }
        for operand in &self.handles {
            values.handles.push(Handle(constant(operand)?));
        }
        Some(self.build(&values))
    }

    pub(crate) fn build(&self, values: &Values) -> Call {
        match self.function.build {
            Build::Plain(build) | Build::Poll(build) => build(values),
            Build::Operation(op) => operations::build(op, values, self.reply),
        }
    }
}
