//! Wait completion packets: one-shot, they queue a packet when an object is signaled (Windows 8
//! and later; semantics.md B9, facts.md K09, K10).

use crate::code::{code_enum, code_struct};
use crate::effect::Observer;
use crate::ids::{Object, Overlapped, PortId, WaitPacketId};
use crate::ke::dispatcher::Waiter;
use crate::machine::Machine;
use crate::packet::{Origin, Packet};
use crate::rules::Rule;
use crate::status::NtStatus;

/// A wait completion packet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WaitPacket {
    /// How far it is.
    pub state: WaitPacketState,
}

/// How far a wait completion packet is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WaitPacketState {
    /// Tied to nothing: may be associated.
    Idle,
    /// Waits for the target to be signaled.
    Armed(Armed),
    /// Fired; its packet is in the queue of this port.
    Queued(PortId),
}

/// What an armed wait packet will do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Armed {
    /// The object that it waits for.
    pub target: Object,
    /// The port that it fires into.
    pub port: PortId,
    /// The packet's key.
    pub key: u64,
    /// The packet's APC context.
    pub context: u64,
    /// The packet's status.
    pub status: NtStatus,
    /// The packet's information.
    pub information: u64,
}

code_struct!(WaitPacket { state });
code_enum!(WaitPacketState { 0 => Idle, 1 => Armed(armed), 2 => Queued(port) });
code_struct!(Armed { target, port, key, context, status, information });

impl WaitPacket {
    /// Whether it refers to an object.
    pub(crate) fn uses(&self, object: Object) -> bool {
        match self.state {
            // Its packet is among those of the port: they go with the port and do not keep it.
            WaitPacketState::Idle | WaitPacketState::Queued(_) => false,
            WaitPacketState::Armed(armed) => {
                armed.target == object || Object::Port(armed.port) == object
            }
        }
    }
}

impl<O: Observer> Machine<'_, O> {
    /// Arms a wait packet; gives back whether the target was signaled already.
    pub(crate) fn arm_wait_packet(
        &mut self,
        packet: WaitPacketId,
        armed: Armed,
    ) -> Result<bool, NtStatus> {
        if self.k.wait_packets[packet].state != WaitPacketState::Idle {
            return Err(NtStatus::INVALID_PARAMETER_1);
        }
        self.k.wait_packets[packet].state = WaitPacketState::Armed(armed);
        let already = self.is_signaled(armed.target, None);
        if already {
            self.satisfy_waiter(Rule::WaitPacketFires, armed.target, Waiter::Packet(packet));
        } else {
            self.link_waiter(armed.target, Waiter::Packet(packet));
        }
        Ok(already)
    }

    /// Its last handle is closed: nobody can ask for it again, so it no longer waits. What it has
    /// queued stays queued.
    pub(crate) fn disarm_wait_packet(&mut self, id: WaitPacketId) {
        if let WaitPacketState::Armed(armed) = self.k.wait_packets[id].state {
            self.unlink_waiter(armed.target, Waiter::Packet(id));
            self.k.wait_packets[id].state = WaitPacketState::Idle;
        }
    }

    /// The target is signaled: the packet goes into its port, once.
    pub(crate) fn fire_wait_packet(&mut self, id: WaitPacketId) {
        let WaitPacketState::Armed(armed) = self.k.wait_packets[id].state else { return };
        self.unlink_waiter(armed.target, Waiter::Packet(id));
        self.k.wait_packets[id].state = WaitPacketState::Queued(armed.port);
        let packet = Packet {
            key: armed.key,
            overlapped: Overlapped(armed.context),
            status: armed.status,
            information: armed.information,
            origin: Origin::Wait(id),
        };
        self.insert(Rule::WaitPacketFires, armed.port, packet);
    }

    /// `NtCancelWaitCompletionPacket`: SUCCESS if no packet will come, PENDING if one is on its
    /// way, CANCELLED if there is nothing to cancel.
    pub(crate) fn cancel_wait_packet(
        &mut self,
        id: WaitPacketId,
        remove_signaled: bool,
    ) -> NtStatus {
        match self.k.wait_packets[id].state {
            WaitPacketState::Idle => NtStatus::CANCELLED,
            WaitPacketState::Armed(armed) => {
                self.unlink_waiter(armed.target, Waiter::Packet(id));
                self.k.wait_packets[id].state = WaitPacketState::Idle;
                NtStatus::SUCCESS
            }
            WaitPacketState::Queued(_) if !remove_signaled => NtStatus::PENDING,
            WaitPacketState::Queued(port) => {
                self.unqueue(port, |packet| packet.origin == Origin::Wait(id));
                self.k.wait_packets[id].state = WaitPacketState::Idle;
                NtStatus::SUCCESS
            }
        }
    }

    /// A packet was removed or freed: what it was made of is free for use again.
    pub(crate) fn packet_gone(&mut self, packet: &Packet) {
        match packet.origin {
            Origin::Wait(id) => {
                if let Some(wait_packet) = self.k.wait_packets.get_mut(id) {
                    wait_packet.state = WaitPacketState::Idle;
                }
            }
            Origin::Reserve(id) => {
                if let Some(reserve) = self.k.reserves.get_mut(id) {
                    reserve.in_use = false;
                }
            }
            Origin::Posted | Origin::Completion | Origin::CompletionDeferred(_) | Origin::Job => {}
        }
    }
}
