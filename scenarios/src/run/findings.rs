//! What is worth saying at the end of a run, though it breaks no property.

use iocp_model::Effect;

use super::Step;
use crate::ending::port_name;
use crate::program::Program;
use crate::sentence::Teller;
use crate::world::World;

/// So many packets to others while one thread waits are worth a word.
const PASSED_OVER: usize = 3;

pub(super) fn findings(program: &Program, world: &World, steps: &[Step], cut: bool) -> Vec<String> {
    let mut out = vec![];
    if !cut {
        left_packets(program, world, &mut out);
        leaks(program, world, &mut out);
    }
    passed_over(program, world, steps, &mut out);
    out
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

/// Threads that waited on a port to the end while others of it were served again and again.
fn passed_over(program: &Program, world: &World, steps: &[Step], out: &mut Vec<String>) {
    for actor in 0..program.threads.len() {
        let Some(port) = world.parked_on(program, actor) else { continue };
        let mut since = 0;
        for step in steps {
            for consequence in &step.effects {
                match &consequence.effect {
                    Effect::Parked { thread, port: at, .. }
                        if *at == port && program.actor(*thread) == Some(actor) =>
                    {
                        since = 0;
                    }
                    Effect::Released { port: at, .. } if *at == port => since += 1,
                    _ => {}
                }
            }
        }
        if since >= PASSED_OVER {
            let name = &program.threads[actor].name;
            let port = port_name(program, port);
            out.push(format!(
                "{name} has waited on {port} to the end while {since} packets were handed to \
                 others: the waiter that came last is served first."
            ));
        }
    }
}
