//! What can happen next, in words, and why the rest cannot.

use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::{Deviation, Object};
use iocp_scheduler::Choice;

use crate::program::{Program, Turn};
use crate::run::told::actor_of;
use crate::world::enabled::{Way, move_of};
use crate::world::{LaneState, World};

/// Something that can happen next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// The choice that makes it happen.
    pub choice: Choice,
    /// Whose step it is; nobody's if a device goes.
    pub actor: Option<usize>,
    /// What it does, as a clause: `A calls GetQueuedCompletionStatus(port=P)`.
    pub sentence: String,
}

/// Somebody who can do nothing now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withheld {
    /// Who; nobody if it is the devices.
    pub actor: Option<usize>,
    /// Why, as a sentence.
    pub reason: String,
}

pub(super) fn offers(program: &Program, world: &World, choices: &[Choice]) -> Vec<Offer> {
    let plain: Vec<Offer> = choices.iter().map(|choice| offer(program, world, *choice)).collect();
    // Two ways of a `choose` may begin with the same step; what follows differs.
    let numbered = plain.iter().enumerate().map(|(index, offer)| {
        let alike = |other: &&Offer| other.sentence == offer.sentence;
        let sentence = match plain[..index].iter().filter(alike).count() {
            0 => offer.sentence.clone(),
            before => format!("{} (way {})", offer.sentence, before + 1),
        };
        Offer { sentence, ..*offer }
    });
    numbered.collect()
}

fn offer(program: &Program, world: &World, choice: Choice) -> Offer {
    let what = move_of(program, choice);
    let mut sentence = crate::action::action(program, world, what.way);
    if let Way::Complete { irp, way } = what.way
        && let Some(with) = completion(program, world, irp.index(), way)
    {
        sentence.push_str(&with);
    }
    if program.semantics.has(Deviation::WakeOrderAny) && most_waiters(world) > 1 {
        sentence.push_str(&format!("; a release would pick waiter {}", what.pick + 1));
    }
    Offer { choice, actor: actor_of(what.way), sentence }
}

/// How an operation that may complete in several ways completes.
fn completion(program: &Program, world: &World, irp: usize, way: usize) -> Option<String> {
    let list = world.irps.get(irp)?.checked_sub(1)?;
    let ways = program.completions.get(usize::from(list))?;
    let how = ways.get(way)?;
    let bytes = how.bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
    Some(format!(" with {}{bytes}", how.status))
}

fn most_waiters(world: &World) -> usize {
    world.kernel.ports().iter().map(|(_, port)| port.stack().count()).max().unwrap_or(0)
}

pub(super) fn withheld(program: &Program, world: &World, choices: &[Choice]) -> Vec<Withheld> {
    let mut out = vec![];
    for actor in 0..program.threads.len() {
        if !choices.iter().any(|choice| usize::from(choice.actor()) == actor) {
            let reason = reason(program, world, actor);
            out.push(Withheld { actor: Some(actor), reason });
        }
    }
    let devices = crate::world::enabled::devices(program);
    if !choices.iter().any(|choice| usize::from(choice.actor()) == devices)
        && !program.completions.is_empty()
    {
        let reason = match world.kernel.irps().is_empty() {
            true => "No device can complete anything: no operation is pending.",
            false => "No device can complete anything now.",
        };
        out.push(Withheld { actor: None, reason: reason.to_owned() });
    }
    out
}

fn reason(program: &Program, world: &World, actor: usize) -> String {
    let name = &program.threads[actor].name;
    if world.stuck {
        return format!("{name} cannot go on: the model does not know what happens next.");
    }
    if world.lanes[actor].state == LaneState::Ready
        && let Some(turn) = program.turn(world)
    {
        return format!(
            "{name} has to wait: by the order of the scenario it is the turn of {}.",
            whose(program, turn)
        );
    }
    let doing = crate::ending::doing(program, world, actor);
    let why = port_gives_nothing(program, world, actor).unwrap_or_default();
    format!("{name} cannot take a step: it {doing}{why}.")
}

fn whose(program: &Program, turn: Turn) -> String {
    match turn {
        Turn::Step(actor) | Turn::Expire(actor) | Turn::Unblock(actor) => {
            program.threads[usize::from(actor)].name.clone()
        }
        Turn::Complete(_) => "a device".to_owned(),
    }
}

/// What the port lacks to let a waiting thread go.
fn port_gives_nothing(program: &Program, world: &World, actor: usize) -> Option<String> {
    let thread = world.kernel.thread(program.threads[actor].kernel?)?;
    let (Run::Waiting(wait) | Run::Retrying(wait)) = &thread.run else { return None };
    let WaitOn::Port { port: id, .. } = wait.on else { return None };
    let port = world.kernel.port(id)?;
    let name = crate::ending::object_name(program, Object::Port(id));
    let limit = format!("{} of {} threads of {name} are active", port.active, port.concurrency);
    Some(match port.depth() {
        0 => format!(", and {name} has no packet"),
        _ if port.active >= port.concurrency => format!(", and {limit}"),
        _ => format!(", though {name} has a packet"),
    })
}
