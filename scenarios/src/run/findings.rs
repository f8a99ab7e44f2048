//! What is worth saying at the end of a run, though it breaks no property.

use iocp_model::{Deviation, Effect, PortId};

use super::{Activity, Lane, LaneSpan, Step};
use crate::ending::port_name;
use crate::program::Program;
use crate::sentence::Teller;
use crate::world::{LaneState, World};

/// How many steps of others a ready thread may miss before it is said to be left out: far more
/// than a fair policy lets it miss.
const MISSED: usize = 20;

pub(super) fn findings(
    program: &Program,
    world: &World,
    (steps, lanes): (&[Step], &[Lane]),
    cut: bool,
) -> Vec<String> {
    let mut out = vec![];
    if cut {
        left_out(program, world, (steps, lanes), &mut out);
    } else {
        left_packets(program, world, &mut out);
        leaks(program, world, &mut out);
    }
    passed_over(program, world, steps, &mut out);
    out
}

/// Threads that could go on, and that the policy has not let go on: a run that goes on without
/// them for ever.
fn left_out(
    program: &Program,
    world: &World,
    (steps, lanes): (&[Step], &[Lane]),
    out: &mut Vec<String>,
) {
    for (actor, thread) in program.threads.iter().enumerate() {
        let ready = thread.kernel.is_some()
            && world.lanes[actor].state == LaneState::Ready
            && !world.suspended(program, actor)
            && !world.spins(program, actor);
        let since = steps.iter().rposition(|step| concerns(program, step, actor));
        let since = since.map_or(0, |index| index + 1);
        let missed = &steps[since..];
        let tick = since.checked_sub(1).map_or(thread.at, |index| steps[index].at);
        let ran = |span: &LaneSpan| span.activity == Activity::Running && span.to > tick;
        let enough = MISSED.max(8 * program.threads.len());
        if !ready || missed.len() < enough || lanes[actor].spans.iter().any(ran) {
            continue;
        }
        let mut counts = vec![0usize; program.threads.len()];
        missed.iter().filter_map(|step| step.actor).for_each(|other| counts[other] += 1);
        let most =
            (0..counts.len()).max_by_key(|other| (counts[*other], std::cmp::Reverse(*other)));
        let by = most.map_or(String::new(), |other| {
            format!(", {} of them by {}", counts[other], program.threads[other].name)
        });
        let from = if since == 0 { "the start".to_owned() } else { format!("step {since}") };
        out.push(format!(
            "{} was ready from {from} to the end and never got a processor, while others took {} \
             steps{by}: this policy is not fair.",
            thread.name,
            missed.len()
        ));
    }
}

/// Whether a thread took this step, or could go on because of it.
fn concerns(program: &Program, step: &Step, actor: usize) -> bool {
    step.actor == Some(actor)
        || step.effects.iter().any(|consequence| match &consequence.effect {
            Effect::Returned { thread, .. }
            | Effect::Unblocked { thread }
            | Effect::Resumed { thread } => program.actor(*thread) == Some(actor),
            _ => false,
        })
}

fn left_packets(program: &Program, world: &World, out: &mut Vec<String>) {
    let teller = Teller { program };
    for (id, port) in world.kernel.ports().iter() {
        let packets: Vec<String> = port.packets.iter().take(5).map(|p| teller.packet(p)).collect();
        let more = port.packets.len().saturating_sub(5);
        let name = port_name(program, id);
        let what = match packets.len() {
            0 => continue,
            1 => format!("The {} stays", packets[0]),
            _ => format!("{} packets stay", port.packets.len()),
        };
        let list =
            if packets.len() > 1 { format!(": {}", packets.join(", ")) } else { String::new() };
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.push(format!(
            "{what} in {name}, and nobody is left to take what is there{list}{rest}."
        ));
    }
}

fn leaks(program: &Program, world: &World, out: &mut Vec<String>) {
    for number in world.leaks() {
        let name = &program.overlapped[usize::from(number)].name;
        out.push(format!("{name} was allocated and is not freed at the end."));
    }
}

/// Threads that waited on a port to the end, in one wait, while packets went to others, and to one
/// of them again: what was there was not shared.
fn passed_over(program: &Program, world: &World, steps: &[Step], out: &mut Vec<String>) {
    for actor in 0..program.threads.len() {
        let Some(port) = world.parked_on(program, actor) else { continue };
        let wait = PassedOver::of(program, steps, actor, port);
        let Some((favourite, most)) = wait.favourite().filter(|(_, most)| *most > 1) else {
            continue;
        };
        let (name, port) = (&program.threads[actor].name, port_name(program, port));
        let favourite = &program.threads[favourite].name;
        let (since, total) = (wait.since, wait.served.iter().sum::<usize>());
        let whom = match wait.served.iter().filter(|count| **count > 0).count() {
            1 => format!("went to {favourite}"),
            _ => format!("went to others, {most} of them to {favourite}"),
        };
        let why = match program.semantics.has(Deviation::WakeOrderFifo) {
            true => "",
            false => ": the waiter that came last is served first",
        };
        out.push(format!(
            "{name} has waited on {port} from step {since} to the end while {total} packets \
             {whom}{why}."
        ));
    }
}

/// What happened on a port while a thread waited there.
struct PassedOver {
    /// The step (from 1) in which it began to wait.
    since: usize,
    /// The packets that others got since, by actor.
    served: Vec<usize>,
}

impl PassedOver {
    fn of(program: &Program, steps: &[Step], actor: usize, on: PortId) -> PassedOver {
        let mut wait = PassedOver { since: 0, served: vec![0; program.threads.len()] };
        for (number, step) in (1..).zip(steps) {
            for consequence in &step.effects {
                match &consequence.effect {
                    Effect::Parked { thread, port, .. }
                        if *port == on && program.actor(*thread) == Some(actor) =>
                    {
                        wait.since = number;
                        wait.served.fill(0);
                    }
                    Effect::Released { thread, port, .. }
                    | Effect::Removed { thread, port, .. }
                        if *port == on =>
                    {
                        let Some(other) = program.actor(*thread) else { continue };
                        wait.served[other] += 1;
                    }
                    _ => {}
                }
            }
        }
        wait
    }

    /// Who got most, and how much; the first of several.
    fn favourite(&self) -> Option<(usize, usize)> {
        let counts = self.served.iter().copied().enumerate();
        counts.max_by_key(|(actor, count)| (*count, std::cmp::Reverse(*actor)))
    }
}
