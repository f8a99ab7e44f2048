//! How a port ends: its last handle, its last reference, and the threads that leave it.

use std::collections::VecDeque;

use crate::effect::{Effect, Observer};
use crate::ids::{Object, PortId, ThreadId};
use crate::ke::thread::WaitEnd;
use crate::machine::Machine;
use crate::packet::Packet;
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// Whether a wait for the port ends because its last handle is gone.
    pub(crate) fn is_abandoned(&self, port: PortId) -> bool {
        self.k.ports[port].closed
            && self.k.semantics.profile >= Profile::Vista
            && !self.deviates(Deviation::CloseKeepsWaiting)
    }

    /// The last handle is gone: waiters are abandoned, direct waiters see the port signaled.
    pub(crate) fn rundown(&mut self, port: PortId) {
        self.k.ports[port].closed = true;
        let old = self.k.semantics.profile < Profile::Vista;
        let kept = old && !self.k.ports[port].waiters.is_empty();
        let rule = if kept { Rule::CloseKeepsWaiters } else { Rule::LastHandleRundown };
        self.emit(rule, Effect::Rundown { port });
        if !self.is_abandoned(port) {
            return;
        }
        let waiters: Vec<ThreadId> = self.k.ports[port].stack().collect();
        for thread in waiters {
            self.emit(
                Rule::CloseAbandonsWaiters,
                Effect::WaitEnded { thread, status: NtStatus::ABANDONED_WAIT_0 },
            );
            let end = WaitEnd::Status(NtStatus::ABANDONED_WAIT_0);
            self.end_wait(Rule::CloseAbandonsWaiters, thread, end);
        }
        self.wake_direct_waiters(Rule::CloseSignalsDirectWaiters, port);
    }

    /// The last reference is gone: the packets that nobody will remove.
    pub(crate) fn drain_port(&mut self, port: PortId) -> VecDeque<Packet> {
        let packets = std::mem::take(&mut self.k.ports[port].packets);
        for packet in &packets {
            let packet = *packet;
            self.emit(Rule::LastReferenceFreesPackets, Effect::Discarded { port, packet });
        }
        packets
    }

    /// Takes packets back out of the queue, wherever they stand.
    pub(crate) fn unqueue(&mut self, port: PortId, which: impl Fn(&Packet) -> bool) {
        let packets = &mut self.k.ports[port].packets;
        let gone: Vec<Packet> = packets.iter().copied().filter(|p| which(p)).collect();
        packets.retain(|p| !which(p));
        for packet in &gone {
            let packet = *packet;
            self.emit(Rule::WaitPacketCancel, Effect::Discarded { port, packet });
        }
        if !gone.is_empty() {
            self.signal_change(port);
        }
    }

    /// Attached threads are attached to nothing, and the port is gone.
    pub(crate) fn delete_port(&mut self, port: PortId) {
        for thread in self.k.threads.ids().collect::<Vec<_>>() {
            if self.k.threads[thread].attached == Some(port) {
                self.k.threads[thread].attached = None;
                self.emit(Rule::LastReferenceFreesPackets, Effect::Attached { thread, port: None });
            }
        }
        self.k.ports.remove(port);
        self.emit(Rule::LastReferenceFreesPackets, Effect::Freed { object: Object::Port(port) });
    }

    /// A thread that exits leaves its port.
    pub(crate) fn detach(&mut self, rule: Rule, thread: ThreadId) {
        let t = &mut self.k.threads[thread];
        if let Some(port) = t.attached.take() {
            self.emit(rule, Effect::Attached { thread, port: None });
            if !self.deviates(Deviation::ExitKeepsSlot) {
                self.release_slot(rule, port);
            }
        }
    }
}
