//! The ports in the middle of a step: one action of the kernel has several effects, and a packet
//! that is handed over is in no queue for anybody to see. Put together from the effects alone.

use iocp_model::{Effect, Object, PortId};
use iocp_scenarios::stepper::{PortPicture, Stepper, Taken};

/// The ports after the first `effects` effects of a step that was taken in the state `before`.
pub fn micro_ports(before: &Stepper, taken: &Taken, effects: usize) -> Vec<PortPicture> {
    let mut ports = before.picture().ports;
    let program = before.program();
    for consequence in taken.step.effects.iter().take(effects) {
        match &consequence.effect {
            Effect::Queued { port, packet } => {
                let picture = before.packet_picture(packet);
                if let Some(port) = find(&mut ports, *port) {
                    port.packets.push(picture);
                }
            }
            Effect::Removed { port, packet, .. } | Effect::Discarded { port, packet } => {
                lose(&mut ports, *port, packet);
            }
            Effect::Released { port, packet, thread } => {
                lose(&mut ports, *port, packet);
                leave(&mut ports, &program.object_name(Object::Thread(*thread)));
            }
            Effect::Parked { port, thread, .. } => {
                let name = program.object_name(Object::Thread(*thread));
                if let Some(port) = find(&mut ports, *port) {
                    port.waiters.insert(0, name);
                }
            }
            Effect::WaitEnded { thread, .. }
            | Effect::WokenToRetry { thread, .. }
            | Effect::Suspended { thread }
            | Effect::Exited { thread }
            | Effect::Returned { thread, .. } => {
                leave(&mut ports, &program.object_name(Object::Thread(*thread)));
            }
            Effect::ActiveCount { port, to, .. } => {
                if let Some(port) = find(&mut ports, *port) {
                    port.active = *to;
                }
            }
            Effect::Attached { thread, port } => {
                let name = program.object_name(Object::Thread(*thread));
                ports.iter_mut().for_each(|port| port.attached.retain(|other| *other != name));
                if let Some(port) = port.and_then(|port| find(&mut ports, port)) {
                    port.attached.push(name);
                }
            }
            Effect::Rundown { port } => {
                if let Some(port) = find(&mut ports, *port) {
                    port.closed = true;
                }
            }
            Effect::Freed { object: Object::Port(id) } => ports.retain(|port| port.id != *id),
            _ => {}
        }
    }
    ports
}

fn find(ports: &mut [PortPicture], id: PortId) -> Option<&mut PortPicture> {
    ports.iter_mut().find(|port| port.id == id)
}

/// The oldest packet that looks so leaves the queue, if there is one.
fn lose(ports: &mut [PortPicture], id: PortId, packet: &iocp_model::Packet) {
    if let Some(port) = find(ports, id)
        && let Some(at) = port.packets.iter().position(|queued| queued.packet == *packet)
    {
        port.packets.remove(at);
    }
}

fn leave(ports: &mut [PortPicture], thread: &str) {
    ports.iter_mut().for_each(|port| port.waiters.retain(|waiter| waiter != thread));
}
