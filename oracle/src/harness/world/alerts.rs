//! Moves on threads that may be alerted, and on what waits in their place.

use super::super::moves::Move;
use super::{FileOf, World};
use iocp_model::{Call, Handle, Timeout};

impl World {
    /// An alertable wait: for packets, or for nothing but an APC.
    pub(super) fn wait_alertably(&mut self, m: Move) -> bool {
        let (timeout, alertable) = (Timeout::Infinite, true);
        let thread = self.worker(m);
        if m.how % 3 == 2 {
            return self.call(thread, Call::SleepEx { timeout, alertable });
        }
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        let call = match m.how % 3 {
            0 => Call::GetQueuedCompletionStatusEx { port, count: 2, timeout, alertable },
            _ => Call::NtRemoveIoCompletionEx { port, count: 1, timeout, alertable },
        };
        self.call(thread, call)
    }

    pub(super) fn queue_apc(&mut self, m: Move) -> bool {
        let Some(thread) = self.thread_handle(m) else { return false };
        self.call(self.master, Call::QueueUserAPC { thread, routine: 1 })
    }

    /// A handle of a worker, which it makes itself.
    pub(super) fn thread_handle(&mut self, m: Move) -> Option<Handle> {
        let (index, thread) = (self.worker_index(m), self.worker(m));
        if self.threads[index].is_none() {
            let name = format!("T{}", self.name(thread));
            let own = super::more::duplicate(Handle::CURRENT_THREAD);
            self.threads[index] = self.make(thread, own, &name);
        }
        self.threads[index]
    }

    pub(super) fn take_wait_packet_back(&mut self, m: Move) -> bool {
        let Some((packet, _)) = self.wait_packet else { return false };
        let remove_signaled = m.how.is_multiple_of(2);
        self.call(self.master, Call::NtCancelWaitCompletionPacket { packet, remove_signaled })
    }

    /// A file leaves its port, or goes to another one.
    pub(super) fn rebind(&mut self, m: Move) -> bool {
        let FileOf::Open(file) = self.files[World::file_index(m)] else { return false };
        let port = match usize::from(m.how).checked_rem(self.ports.len() + 1) {
            None | Some(0) => Handle::NULL,
            Some(n) => match self.port(n - 1) {
                Some(port) => port,
                None => return false,
            },
        };
        let key = 0x200 + u64::from(m.what);
        self.call(self.master, Call::NtSetInformationFileReplaceCompletion { file, port, key })
    }
}
