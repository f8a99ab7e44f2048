//! Where a program can go: rounds without a step, and what is dead when.
//!
//! A result or a local that no continuation reads is cleared, so that the search counts states
//! and not leftovers. That is part of what a state is, and always on.

use super::Compiler;
use super::lower::Builder;
use crate::diagnostic::Diagnostic;
use crate::json::{Node, Value};
use crate::program::{Code, Instruction, Operand, Wanted};
use crate::value::{Expr, Needs, Observation, ResultField};

/// Whether nothing comes after this step: a loop for ever that nothing leaves.
pub(super) fn never_ends(step: &Node) -> bool {
    let Some(body) = step.get("loop") else { return false };
    step.get("times").is_none() && step.get("while").is_none() && !leaves(body)
}

/// Whether a `break` of this loop stands somewhere in its body.
fn leaves(node: &Node) -> bool {
    match &node.value {
        Value::Text(word) => word == "break",
        Value::List(steps) => steps.iter().any(leaves),
        // A `break` in an inner loop leaves the inner loop.
        Value::Map(_) if node.get("loop").is_some() || node.get("each").is_some() => false,
        Value::Map(entries) => {
            let spoken = ["note", "call", "uses"];
            entries.iter().filter(|e| !spoken.contains(&e.key.as_str())).any(|e| leaves(&e.value))
        }
        _ => false,
    }
}

/// Where a thread can be after an instruction.
pub(super) fn successors(instructions: &[Instruction], at: usize, visit: &mut impl FnMut(usize)) {
    match &instructions[at] {
        Instruction::Exit | Instruction::End => {}
        Instruction::Jump(to) => visit(usize::from(*to)),
        Instruction::Unless(_, to) | Instruction::UnlessMatch(_, to) => {
            visit(at + 1);
            visit(usize::from(*to));
        }
        Instruction::Choose(ways) => ways.iter().for_each(|way| visit(usize::from(*way))),
        _ => visit(at + 1),
    }
}

impl Compiler<'_> {
    /// A thread that goes round without a step would never let go of the simulator.
    pub(super) fn check_rounds(&mut self, builder: &Builder) {
        let instructions = &builder.instructions;
        // 0 not seen, 1 on the path, 2 done.
        let mut color = vec![0u8; instructions.len()];
        for start in 0..instructions.len() {
            let mut path = vec![(start, false)];
            while let Some((at, leaving)) = path.pop() {
                if leaving {
                    color[at] = 2;
                    continue;
                }
                let silent = !instructions[at].is_step() && !builder.bounded.contains(&at);
                if color[at] != 0 || !silent {
                    continue;
                }
                color[at] = 1;
                path.push((at, true));
                let mut round = false;
                successors(instructions, at, &mut |next| {
                    round |= color[next] == 1;
                    path.push((next, false));
                });
                if round {
                    let message = "this loop can go round without a step";
                    let problem = Diagnostic::new("empty-loop", builder.spans[at], message);
                    self.complain(
                        problem.help(
                            "a call, `work`, a shared variable: something that takes its time",
                        ),
                    );
                    return;
                }
            }
        }
    }

    /// Everything that needs all programs and properties to be known.
    pub(super) fn finish_codes(&mut self, conditions: &[Option<Expr>], outcome: &[(String, Expr)]) {
        let mut first = 0;
        for index in 0..self.codes.len() {
            let locals = self.declared[index].locals.clone();
            let observed = locals
                .iter()
                .enumerate()
                .filter(|(_, local)| local.observed)
                .fold(0, |mask, (index, _)| mask | 1 << index);
            let code = &mut self.codes[index];
            code.needs = needs(&code.instructions, observed);
            code.exit_is_a_step = self.declared[index].outside.eq(&false)
                && (code.instructions.iter().any(holds_on)
                    || self.declared[index].process.index() != 0
                    || code.actors.clone().any(|a| self.thread_handles.contains_key(&a)));
            code.interchangeable = interchangeable(
                &self.declared[index],
                code,
                code.actors.clone().any(|a| self.thread_handles.contains_key(&a)),
                conditions.iter().flatten().chain(outcome.iter().map(|(_, expr)| expr)),
            );
            for actor in code.actors.clone() {
                let thread = &mut self.threads[usize::from(actor)];
                thread.locals = first..first + locals.len() as u16;
                first += locals.len() as u16;
            }
            code.locals = locals;
        }
        let awaits: Vec<Expr> = self
            .codes
            .iter()
            .flat_map(|code| &code.instructions)
            .filter_map(|instruction| match instruction {
                Instruction::Await(expr) => Some(expr.clone()),
                _ => None,
            })
            .collect();
        for code in &mut self.codes {
            if awaits.iter().any(|expr| singles_out(expr, code)) {
                code.interchangeable = Err("an `await` names one of them");
            }
        }
    }
}

/// Whether the thread may hold something in the kernel that its exit lets go of, or may choose to
/// end here, so that its exit is something that happens.
fn holds_on(instruction: &Instruction) -> bool {
    const LEAVES_NOTHING: [&str; 14] = [
        "PostQueuedCompletionStatus",
        "NtSetIoCompletion",
        "NtSetIoCompletionEx",
        "NtQueryIoCompletion",
        "SetEvent",
        "ResetEvent",
        "ReleaseSemaphore",
        "CloseHandle",
        "NtClose",
        "Sleep",
        "SwitchToThread",
        "GetLastError",
        "QueueUserAPC",
        "CancelIoEx",
    ];
    match instruction {
        Instruction::Choose(_) => true,
        Instruction::Call(site) => !LEAVES_NOTHING.contains(&site.function.name),
        _ => false,
    }
}

/// Whether renaming the instances changes nothing that anybody can tell: nobody names one of
/// them, and they do not know their numbers.
fn interchangeable<'e>(
    declared: &super::Declared,
    code: &Code,
    has_handles: bool,
    mut observers: impl Iterator<Item = &'e Expr>,
) -> Result<(), &'static str> {
    if code.actors.len() < 2 {
        return Err("there is only one of them");
    }
    if declared.uses_self {
        return Err("their program uses `self`");
    }
    if has_handles {
        return Err("a program holds handles to them");
    }
    match observers.any(|expr| singles_out(expr, code)) {
        true => Err("a property or the outcome names one of them"),
        false => Ok(()),
    }
}

/// Whether an observation looks at some of the instances and not at others.
fn singles_out(expr: &Expr, code: &Code) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| {
        let Expr::Observe(observation) = expr else { return };
        found |= match &**observation {
            Observation::LocalOf(actor, _) => code.actors.contains(actor),
            Observation::Threads(_, range)
            | Observation::Records(range)
            | Observation::Recorded(range, _) => {
                range.start < code.actors.end
                    && code.actors.start < range.end
                    && *range != code.actors
            }
            // The number of a structure does not say whose it is; be cautious.
            Observation::Owner(_) | Observation::Polled(..) => true,
            _ => false,
        };
    });
    found
}

/// What is needed before each instruction: backwards until nothing changes.
fn needs(instructions: &[Instruction], observed: u64) -> Vec<Needs> {
    let mut needs = vec![Needs::default(); instructions.len()];
    loop {
        let mut changed = false;
        for at in (0..instructions.len()).rev() {
            let mut after = Needs { locals: observed, ..Needs::default() };
            successors(instructions, at, &mut |next| after = after.union(needs[next]));
            let before = before(&instructions[at], after);
            let before = Needs { locals: before.locals | observed, ..before };
            changed |= before != needs[at];
            needs[at] = before;
        }
        if !changed {
            return needs;
        }
    }
}

fn before(instruction: &Instruction, after: Needs) -> Needs {
    let without = |local: u16| Needs { locals: after.locals & !(1 << local), ..after };
    match instruction {
        Instruction::Call(site) => {
            let batch = after.batch && !makes_batch(site.function.name);
            let operands = site.operands.iter().chain(&site.handles);
            let kept = Needs { fields: 0, batch, ..after };
            operands.fold(kept, |needs, operand| match operand {
                Operand::Constant(_) => needs,
                Operand::Value(e) | Operand::Milliseconds(e) | Operand::EventOf(e) => {
                    needs.union(e.needs())
                }
            })
        }
        Instruction::Work(ticks, uses) => after.union(*uses).union(ticks.needs()),
        Instruction::Block(expr)
        | Instruction::SpinUntil(expr)
        | Instruction::Await(expr)
        | Instruction::Allocate(expr)
        | Instruction::Free(expr)
        | Instruction::Record(expr)
        | Instruction::Publish { value: expr, .. }
        | Instruction::Store { value: expr, .. }
        | Instruction::Assert { condition: expr, .. }
        | Instruction::Unless(expr, _) => after.union(expr.needs()),
        Instruction::Arrive { arrival: crate::program::ArrivalOf::Data(expr), .. } => {
            after.union(expr.needs())
        }
        Instruction::Load { into, .. } => without(*into),
        Instruction::Exchange { value, into, .. } | Instruction::Add { value, into, .. } => {
            into.map_or(after, without).union(value.needs())
        }
        Instruction::CompareAndSwap { compare, value, into, .. } => {
            into.map_or(after, without).union(value.needs()).union(compare.needs())
        }
        Instruction::Let { local, value } => without(*local).union(value.needs()),
        Instruction::Expect(wanted) | Instruction::UnlessMatch(wanted, _) => {
            wanted.iter().fold(after, |needs, (field, wanted)| {
                let field = Needs { fields: field.bit(), ..Needs::default() };
                match wanted {
                    Wanted::Is(expr) => needs.union(field).union(expr.needs()),
                    Wanted::Untouched => needs.union(field),
                }
            })
        }
        Instruction::Exit
        | Instruction::Start(_)
        | Instruction::Arrive { .. }
        | Instruction::Jump(_)
        | Instruction::Choose(_)
        | Instruction::End => after,
    }
}

/// Whether a call removes several packets at once.
pub(crate) fn makes_batch(function: &str) -> bool {
    matches!(function, "GetQueuedCompletionStatusEx" | "NtRemoveIoCompletionEx")
}

const _: () = assert!(ResultField::ALL.len() <= 16, "the fields of a result fit a mask");
