//! What is being done, in words: the call with its arguments, the work, the wait.

use std::borrow::Cow;

use iocp_model::Handle;
use iocp_model::Overlapped;

use crate::calls::Kind;
use crate::program::{ArrivalOf, CallSite, Instruction, Operand, Program};
use crate::sentence::{Teller, event_names};
use crate::value::Expr;
use crate::world::World;
use crate::world::enabled::Way;

/// The world in which the thread is at the step it is about to take, and that step.
pub(crate) fn place<'w>(
    program: &Program,
    world: &'w World,
    actor: usize,
    leaf: usize,
) -> Option<(Cow<'w, World>, u16)> {
    let pc = world.lanes[actor].pc;
    if !matches!(program.code(actor).instructions[usize::from(pc)], Instruction::Choose(_)) {
        return Some((Cow::Borrowed(world), pc));
    }
    let (mut index, mut found) = (0, None);
    world.leaves(program, actor, &mut |there, pc| {
        if index == leaf {
            found = Some((Cow::Owned(there.clone()), pc));
        }
        index += 1;
    });
    found
}

/// Whether the step is a call, and not work or an access to memory.
pub(crate) fn is_call(program: &Program, world: &World, actor: usize, leaf: usize) -> bool {
    place(program, world, actor, leaf).is_some_and(|(_, pc)| {
        matches!(program.code(actor).instructions[usize::from(pc)], Instruction::Call(_))
    })
}

/// What a choice does, as a clause: `A calls GetQueuedCompletionStatus(port=P)`.
pub(crate) fn action(program: &Program, world: &World, way: Way) -> String {
    let name = |actor: usize| program.threads[actor].name.as_str();
    match way {
        Way::Step { actor, leaf } => match place(program, world, actor, leaf) {
            Some((there, pc)) => {
                format!("{} {}", name(actor), step(program, &there, actor, pc))
            }
            None => format!("{} goes on", name(actor)),
        },
        Way::Expire { actor } => format!("the wait of {} times out", name(actor)),
        Way::Unblock { actor } => format!("{} resumes", name(actor)),
        Way::Retry { actor } => format!("{} asks its port again", name(actor)),
        Way::Complete { irp, .. } | Way::FinishCancel { irp } => {
            let teller = Teller { program };
            let what = match world.kernel.irp(irp) {
                Some(pending) => {
                    let file = teller.object(iocp_model::Object::File(pending.request.file));
                    format!(
                        "the operation of {} on {file}",
                        teller.overlapped(pending.request.status_block)
                    )
                }
                None => irp.to_string(),
            };
            let poll = world.kernel.irp(irp).is_some_and(|irp| irp.request.poll.is_some());
            match way {
                Way::FinishCancel { .. } => format!("the device gives up {what}"),
                _ if poll => format!("time is up for {what}"),
                _ => format!("the device completes {what}"),
            }
        }
    }
}

fn step(program: &Program, world: &World, actor: usize, pc: u16) -> String {
    let shared = |variable: &u16| program.shared[usize::from(*variable)].name.as_str();
    let value = |expr: &Expr| match world.evaluate(program, Some(actor), expr) {
        Ok(value) => value.to_string(),
        Err(_) => "?".to_owned(),
    };
    let structure = |expr: &Expr| match world.evaluate(program, Some(actor), expr) {
        Ok(at) => Teller { program }.overlapped(Overlapped(at as u64)),
        Err(_) => "?".to_owned(),
    };
    match &program.code(actor).instructions[usize::from(pc)] {
        Instruction::Call(site) => {
            let lack =
                if site.exhausted.is_some() { ", and there is no memory for it" } else { "" };
            format!("calls {}{lack}", call_text(program, world, actor, site))
        }
        Instruction::Work(ticks, _) => format!("works for {} ticks", value(ticks)),
        Instruction::Block(_) => "starts to wait outside the model".to_owned(),
        Instruction::Exit | Instruction::End => "exits".to_owned(),
        Instruction::Load { variable, .. } => {
            format!("reads {} = {}", shared(variable), world.shared[usize::from(*variable)])
        }
        Instruction::Store { variable, value: v } => {
            format!("writes {} := {}", shared(variable), value(v))
        }
        Instruction::Exchange { variable, value: v, .. } => format!(
            "exchanges {} := {} (was {})",
            shared(variable),
            value(v),
            world.shared[usize::from(*variable)]
        ),
        Instruction::CompareAndSwap { variable, compare, value: v, .. } => format!(
            "compares {} with {} to write {} (it is {})",
            shared(variable),
            value(compare),
            value(v),
            world.shared[usize::from(*variable)]
        ),
        Instruction::Add { variable, value: v, .. } => format!(
            "adds {} to {} (was {})",
            value(v),
            shared(variable),
            world.shared[usize::from(*variable)]
        ),
        Instruction::SpinUntil(_) => "stops spinning".to_owned(),
        Instruction::Await(_) => "has what it awaits".to_owned(),
        Instruction::Allocate(pointer) => format!("allocates {}", structure(pointer)),
        Instruction::Free(pointer) => format!("frees {}", structure(pointer)),
        Instruction::Start(range) => {
            let names = range.clone().map(|other| program.threads[usize::from(other)].name.clone());
            format!("starts {}", names.collect::<Vec<_>>().join(", "))
        }
        Instruction::Arrive { file, arrival } => {
            let file = Teller { program }.object(iocp_model::Object::File(*file));
            match arrival {
                ArrivalOf::Data(bytes) => format!("sends {} bytes to {file}", value(bytes)),
                ArrivalOf::Other(what) => format!("does {what:?} to {file}").to_lowercase(),
            }
        }
        _ => "goes on".to_owned(),
    }
}

/// The function and those of its arguments that are not the usual ones.
pub(crate) fn call_text(program: &Program, world: &World, actor: usize, site: &CallSite) -> String {
    let teller = Teller { program };
    let process = program.threads[actor].process;
    let mut parts = vec![];
    let mut operands = site.operands.iter();
    for argument in site.function.arguments {
        if argument.kind == Kind::Handles {
            let value = |operand| world.operand_now(program, actor, operand).unwrap_or(0);
            let handles =
                site.handles.iter().map(|o| teller.handle(world, process, Handle(value(o))));
            parts.push(format!("{}=[{}]", argument.name, handles.collect::<Vec<_>>().join(", ")));
            continue;
        }
        let Some(operand) = operands.next() else { break };
        if argument.kind == Kind::Overlapped {
            operands.next();
        }
        let value = world.operand_now(program, actor, operand);
        if value.is_some() && value == argument.default {
            continue;
        }
        let text = value
            .map_or("?".to_owned(), |v| argument_text((teller, world), process, argument.kind, v));
        parts.push(format!("{}={text}", argument.name));
    }
    format!("{}({})", site.function.name, parts.join(", "))
}

fn argument_text(
    (teller, world): (Teller<'_>, &World),
    process: iocp_model::ProcessId,
    kind: Kind,
    value: u64,
) -> String {
    match kind {
        Kind::Handle => match Handle(value) {
            Handle::NULL => "NULL".to_owned(),
            handle => teller.handle(world, process, handle),
        },
        Kind::Pointer | Kind::Overlapped => teller.overlapped(Overlapped(value)),
        Kind::Timeout => match value {
            u64::MAX => "infinite".to_owned(),
            ticks if ticks % 1000 == 0 => format!("{} ms", ticks / 1000),
            ticks => format!("{ticks} us"),
        },
        Kind::Flag => (value != 0).to_string(),
        Kind::Events => event_names(value),
        Kind::File => crate::calls::FILE_KIND_WORDS
            .get(value as usize)
            .map_or_else(|| value.to_string(), |word| (*word).to_owned()),
        Kind::Number if value >= 0x1_0000 => format!("0x{value:x}"),
        _ => value.to_string(),
    }
}

impl World {
    /// An argument's value as it would be now.
    fn operand_now(&self, program: &Program, actor: usize, operand: &Operand) -> Option<u64> {
        let value = |expr| self.evaluate(program, Some(actor), expr).ok();
        match operand {
            Operand::Constant(value) => Some(*value),
            Operand::Value(expr) => value(expr).map(|value| value as u64),
            Operand::Milliseconds(expr) => value(expr).map(crate::compile::milliseconds),
            Operand::EventOf(_) => None,
        }
    }
}
