//! Moves that few programs make, and that a whole Windows has all the same.

use super::super::moves::Move;
use super::World;
use iocp_model::{Call, Handle, NtStatus, Overlapped, Timeout};

impl World {
    pub(super) fn wait_for_port(&mut self, m: Move) -> bool {
        let Some(handle) = self.port(self.port_index(m.what)) else { return false };
        let timeout = if m.how.is_multiple_of(2) { Timeout::Zero } else { Timeout::Infinite };
        self.call(self.worker(m), Call::WaitForSingleObject { handle, timeout })
    }

    /// A second handle: the port lives until both are closed.
    pub(super) fn duplicate(&mut self, m: Move) -> bool {
        let index = self.port_index(m.what);
        let Some(handle) = self.port(index) else { return false };
        let name = format!("P{index}.{}", self.ports[index].handles.len());
        let Some(copy) = self.make(self.master, duplicate(handle), &name) else { return false };
        self.ports[index].handles.push(copy);
        true
    }

    pub(super) fn suspend(&mut self, m: Move) -> bool {
        let Some(thread) = self.thread_handle(m) else { return false };
        self.call(self.master, Call::SuspendThread { thread })
    }

    pub(super) fn resume(&mut self, m: Move) -> bool {
        let Some(thread) = self.threads[self.worker_index(m)] else { return false };
        self.call(self.master, Call::ResumeThread { thread })
    }

    pub(super) fn reserve_post(&mut self, m: Move) -> bool {
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        if self.reserve.is_none() {
            let call = Call::NtAllocateReserveObject { for_packet: true };
            self.reserve = self.make(self.master, call, "R");
        }
        let Some(reserve) = self.reserve else { return false };
        let (key, context) = (self.key(), Overlapped::numbered(1).0);
        let (status, information) = (NtStatus::SUCCESS, 6);
        let call = Call::NtSetIoCompletionEx { port, reserve, key, context, status, information };
        self.call(self.master, call)
    }

    pub(super) fn associate_wait_packet(&mut self, m: Move) -> bool {
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        if self.wait_packet.is_none() {
            let call = Call::CreateEvent { manual_reset: true, initial: false };
            let Some(event) = self.make(self.master, call, "EW") else { return false };
            let call = Call::NtCreateWaitCompletionPacket {};
            let Some(packet) = self.make(self.master, call, "W") else { return false };
            self.wait_packet = Some((packet, event));
        }
        let Some((packet, event)) = self.wait_packet else { return false };
        let target = match m.how % 4 {
            0 => Some(event),
            1 => self.semaphore(),
            // A mutex is none that a packet can wait for.
            2 => self.mutex(),
            _ => self.threads[self.worker_index(m)],
        };
        let Some(target) = target else { return false };
        let call = Call::NtAssociateWaitCompletionPacket {
            packet,
            port,
            target,
            key: self.key(),
            context: Overlapped::numbered(1).0,
            status: NtStatus::SUCCESS,
            information: 7,
        };
        self.call(self.master, call)
    }

    pub(super) fn signal(&mut self) -> bool {
        let Some((_, event)) = self.wait_packet else { return false };
        self.call(self.master, Call::SetEvent { event })
    }
}

pub(super) fn duplicate(handle: Handle) -> Call {
    Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle,
        target_process: Handle::CURRENT_PROCESS,
        access: None,
        inherit: false,
        close_source: false,
    }
}
