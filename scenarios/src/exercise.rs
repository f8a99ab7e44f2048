//! What a search has exercised, read: rules, actions, and what differs between versions.

use iocp_model::{Profile, Rule};
use iocp_scheduler::{Choice, Coverage};

use crate::action::place;
use crate::calls::functions;
use crate::program::{Instruction, Program};
use crate::world::World;
use crate::world::enabled::{Way, move_of};

/// What may happen besides calls.
const OTHERS: [&str; 14] = [
    "work",
    "block",
    "resume",
    "exit",
    "read or write a shared variable",
    "spin or await",
    "allocate or free",
    "start a thread",
    "data arrives",
    "time out",
    "ask the port again",
    "the device completes",
    "the device cancels",
    "another step",
];

/// What was exercised, and what was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// The rules that decided something, in the order of the table.
    pub rules: Vec<Rule>,
    /// Those that decided nothing.
    pub idle: Vec<Rule>,
    /// The functions called and what else threads and devices did.
    pub actions: Vec<&'static str>,
    /// Of the rules, those that hold in some versions only: here other versions do otherwise.
    pub differences: Vec<Rule>,
}

/// Reads the coverage of an exploration of a [`Program`].
pub fn exercise(coverage: &Coverage) -> Exercise {
    let (rules, idle): (Vec<Rule>, Vec<Rule>) =
        Rule::ALL.iter().partition(|rule| coverage.contains(**rule as usize));
    let names = functions().map(|function| function.name).chain(OTHERS);
    let done = names.enumerate().filter(|(index, _)| coverage.contains(Rule::ALL.len() + index));
    let partial = |rule: &Rule| {
        let versions = rule.versions();
        versions.since != Profile::Xp || versions.until.is_some()
    };
    let differences = rules.iter().copied().filter(partial).collect();
    Exercise { rules, idle, actions: done.map(|(_, name)| name).collect(), differences }
}

/// Notes which action a choice is.
pub(crate) fn note(program: &Program, world: &World, choice: Choice, coverage: &mut Coverage) {
    let calls = functions().count();
    let index = match move_of(program, choice).way {
        Way::Step { actor, leaf } => {
            let Some((_, pc)) = place(program, world, actor, leaf) else { return };
            match &program.code(actor).instructions[usize::from(pc)] {
                Instruction::Call(site) => {
                    let found =
                        functions().position(|function| function.name == site.function.name);
                    found.unwrap_or(calls + OTHERS.len() - 1)
                }
                other => calls + other_than_call(other),
            }
        }
        Way::Unblock { .. } => calls + 2,
        Way::Expire { .. } => calls + 9,
        Way::Retry { .. } => calls + 10,
        Way::Complete { .. } => calls + 11,
        Way::FinishCancel { .. } => calls + 12,
    };
    coverage.insert(Rule::ALL.len() + index);
}

/// The place in [`OTHERS`] of a step that is no call.
fn other_than_call(instruction: &Instruction) -> usize {
    match instruction {
        Instruction::Work(..) => 0,
        Instruction::Block(_) => 1,
        Instruction::Exit | Instruction::End => 3,
        Instruction::Load { .. }
        | Instruction::Store { .. }
        | Instruction::Exchange { .. }
        | Instruction::CompareAndSwap { .. }
        | Instruction::Add { .. } => 4,
        Instruction::SpinUntil(_) | Instruction::Await(_) => 5,
        Instruction::Allocate(_) | Instruction::Free(_) => 6,
        Instruction::Start(_) => 7,
        Instruction::Arrive { .. } => 8,
        _ => OTHERS.len() - 1,
    }
}
