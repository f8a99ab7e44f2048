//! What a thread does between two steps: tests, assignments, branches. It happens as part of the
//! step before, and nobody can tell when.

use super::{LaneState, World};
use crate::fault::{Fault, FaultKind, Undefined};
use crate::limits;
use crate::program::{Instruction, Program, Wanted};
use crate::value::{Expr, ResultField};

impl World {
    /// Runs a thread from its place to its next step (or choice, or end), and forgets what nothing
    /// behind that place can read.
    pub(super) fn advance(&mut self, program: &Program, actor: usize) {
        let code = program.code(actor);
        let mut pc = self.lanes[actor].pc;
        let mut fuel = limits::SILENT;
        loop {
            let instruction = &code.instructions[usize::from(pc)];
            if instruction.is_step() || matches!(instruction, Instruction::Choose(_)) {
                break;
            }
            if fuel == 0 {
                self.fault(actor, pc, FaultKind::NoStep);
                self.stuck = true;
                break;
            }
            fuel -= 1;
            if let Instruction::End = instruction {
                if !code.exit_is_a_step && self.lanes[actor].state != LaneState::Blocked {
                    self.lane(actor).state = LaneState::Done;
                }
                break;
            }
            pc = self.silent(program, actor, pc, instruction);
        }
        self.lane(actor).pc = pc;
        self.forget(program, actor);
    }

    /// One instruction that is no step; where the thread goes on.
    fn silent(
        &mut self,
        program: &Program,
        actor: usize,
        pc: u16,
        instruction: &Instruction,
    ) -> u16 {
        match instruction {
            Instruction::Let { local, value } => {
                let value = self.value(program, actor, pc, value);
                self.set_local(program, actor, *local, value);
            }
            Instruction::Publish { variable, value } => {
                self.shared[usize::from(*variable)] = self.value(program, actor, pc, value);
            }
            Instruction::Record(value) => {
                let value = self.value(program, actor, pc, value);
                if self.lanes[actor].records.len() < limits::RECORDS {
                    self.lane(actor).records.push(value);
                } else {
                    self.fault(actor, pc, FaultKind::TooManyRecords);
                }
            }
            Instruction::Assert { condition, message }
                if self.value(program, actor, pc, condition) == 0 =>
            {
                self.fault(actor, pc, FaultKind::Asserted(message.clone()));
            }
            Instruction::Expect(wanted) => self.expect(program, actor, pc, wanted),
            Instruction::Jump(to) => return *to,
            Instruction::Unless(condition, to)
                if self.value(program, actor, pc, condition) == 0 =>
            {
                return *to;
            }
            Instruction::UnlessMatch(wanted, to) => {
                let matches = wanted.iter().all(|(field, wanted)| {
                    let found = self.lanes[actor].answer.get(*field);
                    self.satisfies(program, actor, found, wanted)
                });
                if !matches {
                    return *to;
                }
            }
            _ => {}
        }
        pc + 1
    }

    fn satisfies(
        &self,
        program: &Program,
        actor: usize,
        found: Option<i64>,
        wanted: &Wanted,
    ) -> bool {
        match wanted {
            Wanted::Untouched => found.is_none(),
            Wanted::Is(expr) => {
                found.is_some() && self.evaluate(program, Some(actor), expr).ok() == found
            }
        }
    }

    fn expect(
        &mut self,
        program: &Program,
        actor: usize,
        pc: u16,
        wanted: &[(ResultField, Wanted)],
    ) {
        for (field, wanted) in wanted {
            let found = self.lanes[actor].answer.get(*field);
            if self.satisfies(program, actor, found, wanted) {
                continue;
            }
            let wanted = match wanted {
                Wanted::Untouched => None,
                Wanted::Is(expr) => match self.evaluate(program, Some(actor), expr) {
                    Ok(value) => Some(value),
                    Err(undefined) => {
                        self.fault(actor, pc, FaultKind::Undefined(undefined));
                        return;
                    }
                },
            };
            self.fault(actor, pc, FaultKind::Expected { field: *field, wanted, found });
        }
    }

    /// The value of an expression in a program; what has none is reported and counts as 0.
    pub(super) fn value(&mut self, program: &Program, actor: usize, pc: u16, expr: &Expr) -> i64 {
        match self.evaluate(program, Some(actor), expr) {
            Ok(value) => value,
            Err(undefined) => self.undefined(actor, pc, undefined),
        }
    }

    pub(super) fn undefined(&mut self, actor: usize, pc: u16, undefined: Undefined) -> i64 {
        self.fault(actor, pc, FaultKind::Undefined(undefined));
        0
    }

    pub(super) fn set_local(&mut self, program: &Program, actor: usize, local: u16, value: i64) {
        self.locals[usize::from(program.threads[actor].locals.start + local)] = value;
    }

    pub(super) fn fault(&mut self, actor: usize, pc: u16, kind: FaultKind) {
        self.faults.push(Fault { actor, pc, kind });
    }

    /// Clears everything that nothing behind the place of the thread reads.
    fn forget(&mut self, program: &Program, actor: usize) {
        let code = program.code(actor);
        let needs = code.needs[usize::from(self.lanes[actor].pc)];
        let start = usize::from(program.threads[actor].locals.start);
        for local in 0..code.locals.len() {
            if needs.locals >> local & 1 == 0 {
                self.locals[start + local] = 0;
            }
        }
        let lane = self.lane(actor);
        lane.answer.keep(needs.fields);
        if !needs.batch {
            lane.batch.clear();
        }
    }
}
