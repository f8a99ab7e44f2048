//! How a run ended: who is done, who waits for what, and what tells one end from another.

use std::fmt::Write as _;

use iocp_model::ke::thread::{Run, WaitOn};
use iocp_scheduler::EndingKind;

use crate::program::{Program, Turn};
use crate::value::Condition;
use crate::world::{LaneState, World};

/// The kind of an end, and a sentence for everybody who is not done and should be.
pub(crate) fn ending(program: &Program, world: &World) -> (EndingKind, Vec<String>) {
    if world.stuck {
        return (EndingKind::Stuck, vec!["The model does not know what happens next.".to_owned()]);
    }
    if let Some(turn) = program.turn(world) {
        return (EndingKind::Stuck, vec![out_of_turn(program, world, turn)]);
    }
    let reasons = waits(program, world);
    let kind = if reasons.is_empty() { EndingKind::Finished } else { EndingKind::Deadlock };
    (kind, reasons)
}

/// A sentence for everybody who is not done and should be. Equals of one kind are counted and not
/// named: which of them it is says nothing.
fn waits(program: &Program, world: &World) -> Vec<String> {
    let mut reasons = vec![];
    for code in &program.codes {
        let actors = code.actors.clone().map(usize::from);
        let late = actors.filter(|actor| {
            let over = matches!(world.lanes[*actor].state, LaneState::Done | LaneState::Created);
            !over && !program.threads[*actor].daemon
        });
        let mut phrases: Vec<(String, usize)> = vec![];
        for phrase in late.map(|actor| doing(program, world, actor)) {
            match phrases.iter_mut().find(|(known, _)| *known == phrase) {
                Some((_, count)) => *count += 1,
                None => phrases.push((phrase, 1)),
            }
        }
        phrases.sort();
        let Some(first) = program.threads.get(usize::from(code.actors.start)) else { continue };
        let name = first.name.split('-').next().unwrap_or_default();
        reasons.extend(phrases.into_iter().map(|(phrase, count)| match code.actors.len() {
            1 => format!("{name} {phrase} for ever."),
            total => format!("{name} ({count} of {total}) {phrase} for ever."),
        }));
    }
    reasons
}

fn out_of_turn(program: &Program, world: &World, turn: Turn) -> String {
    let (actor, wanted) = match turn {
        Turn::Step(actor) => (actor, "take a step"),
        Turn::Expire(actor) => (actor, "time out"),
        Turn::Unblock(actor) => (actor, "resume"),
        Turn::Complete(file) => {
            return format!(
                "By the order, {file} should complete something, but nothing is pending."
            );
        }
    };
    let name = &program.threads[usize::from(actor)].name;
    let doing = doing(program, world, usize::from(actor));
    format!("By the order, {name} should {wanted}, but it {doing}.")
}

/// What a thread is doing, as a verb phrase.
pub(crate) fn doing(program: &Program, world: &World, actor: usize) -> String {
    let thread = &program.threads[actor];
    let kernel = thread.kernel.and_then(|id| world.kernel.thread(id));
    match world.lanes[actor].state {
        LaneState::Done => return "is done".to_owned(),
        LaneState::Created => return "has not been started".to_owned(),
        _ if kernel.is_some_and(|thread| thread.suspended > 0) => return "is suspended".to_owned(),
        LaneState::Blocked => return "waits outside the model".to_owned(),
        LaneState::Ready if world.is(program, actor, Condition::Spinning) => {
            return "spins".to_owned();
        }
        LaneState::Ready => return "can go on".to_owned(),
        LaneState::InCall => {}
    }
    match kernel.map(|thread| &thread.run) {
        Some(Run::Waiting(wait) | Run::Retrying(wait)) => match &wait.on {
            WaitOn::Port { port, .. } => {
                format!("waits for a packet of {}", port_name(program, *port))
            }
            WaitOn::One(object) => format!("waits for {}", object_name(program, *object)),
            WaitOn::Any(objects) | WaitOn::All(objects) => {
                let names: Vec<String> = objects.iter().map(|o| object_name(program, *o)).collect();
                format!("waits for {}", names.join(", "))
            }
            WaitOn::Nothing => "sleeps".to_owned(),
        },
        _ => "waits".to_owned(),
    }
}

pub(crate) fn port_name(program: &Program, port: iocp_model::PortId) -> String {
    object_name(program, iocp_model::Object::Port(port))
}

/// What the scenario calls an object, or what the kernel calls it.
pub(crate) fn object_name(program: &Program, object: iocp_model::Object) -> String {
    if let iocp_model::Object::Thread(id) = object
        && let Some(actor) = program.actor(id)
    {
        return program.threads[actor].name.clone();
    }
    let named = program.objects.iter().find(|named| named.object == object);
    named.map_or_else(|| object.to_string(), |named| named.name.clone())
}

/// What an observer of the end can tell: the values the scenario names, or what every thread has
/// recorded and how it ended.
pub(crate) fn outcome(program: &Program, world: &World) -> String {
    let mut out = String::new();
    if !program.outcome.is_empty() {
        for (label, expr) in &program.outcome {
            let separator = if out.is_empty() { "" } else { ", " };
            let _ = match world.evaluate(program, None, expr) {
                Ok(value) => write!(out, "{separator}{label} = {value}"),
                Err(_) => write!(out, "{separator}{label} has no value"),
            };
        }
        return out;
    }
    for (actor, thread) in program.threads.iter().enumerate() {
        let separator = if out.is_empty() { "" } else { "; " };
        let _ = write!(out, "{separator}{}", thread.name);
        let records = &world.lanes[actor].records;
        if !records.is_empty() {
            let _ = write!(out, " {records:?}");
        }
        let _ = write!(out, " {}", doing(program, world, actor));
    }
    out
}
