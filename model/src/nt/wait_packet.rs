//! `NtAllocateReserveObject` and `Nt*WaitCompletionPacket`.

use crate::call::Access;
use crate::effect::{Observer, Out, Return};
use crate::ids::{Handle, Object, ThreadId, WaitPacketId};
use crate::io::reserve::Reserve;
use crate::io::wait_packet::{Armed, WaitPacket, WaitPacketState};
use crate::machine::Machine;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    pub(crate) fn nt_allocate_reserve(&mut self, thread: ThreadId, for_packet: bool) -> Return {
        let id = self.k.reserves.insert(Reserve { for_packet, in_use: false });
        let handle = self.open_new(thread, Object::Reserve(id));
        Return::status(NtStatus::SUCCESS).with(Out::Handle(handle))
    }

    pub(crate) fn nt_create_wait_packet(&mut self, thread: ThreadId) -> Return {
        let id = self.k.wait_packets.insert(WaitPacket { state: WaitPacketState::Idle });
        let handle = self.open_new(thread, Object::WaitPacket(id));
        Return::status(NtStatus::SUCCESS).with(Out::Handle(handle))
    }

    fn wait_packet(&self, thread: ThreadId, handle: Handle) -> Result<WaitPacketId, NtStatus> {
        match self.lookup(thread, handle)?.object {
            Object::WaitPacket(id) => Ok(id),
            _ => Err(self.type_mismatch()),
        }
    }

    /// Associates a wait packet with a target: an event, a semaphore, a thread or a process, but
    /// no mutant.
    pub(crate) fn nt_associate_wait_packet(
        &mut self,
        thread: ThreadId,
        [packet, port, target]: [Handle; 3],
        (key, context, status, information): (u64, u64, NtStatus, u64),
    ) -> Return {
        let armed = (|| {
            let packet = self.wait_packet(thread, packet)?;
            let port = self.port(thread, port, Access::MODIFY_STATE)?;
            let target = match self.lookup(thread, target).map(|entry| entry.object) {
                Ok(
                    object @ (Object::Event(_)
                    | Object::Semaphore(_)
                    | Object::Thread(_)
                    | Object::Process(_)),
                ) => object,
                _ => return Err(NtStatus::INVALID_PARAMETER_3),
            };
            Ok((packet, Armed { target, port, key, context, status, information }))
        })();
        match armed.and_then(|(packet, armed)| self.arm_wait_packet(packet, armed)) {
            Ok(already) => Return::status(NtStatus::SUCCESS).with(Out::AlreadySignaled(already)),
            Err(status) => Return::status(status),
        }
    }

    pub(crate) fn nt_cancel_wait_packet(
        &mut self,
        thread: ThreadId,
        packet: Handle,
        remove_signaled: bool,
    ) -> Return {
        match self.wait_packet(thread, packet) {
            Ok(id) => Return::status(self.cancel_wait_packet(id, remove_signaled)),
            Err(status) => Return::status(status),
        }
    }
}
