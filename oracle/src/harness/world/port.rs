//! Moves on ports.

use super::super::moves::Move;
use super::{PortOf, World};
use iocp_model::{Call, Handle, NtStatus, Overlapped, Timeout};

/// How long a wait is that is to time out.
const SHORT_MS: u64 = 10;

impl World {
    pub(super) fn port_index(&self, what: u8) -> usize {
        usize::from(what) % self.ports.len()
    }

    /// The handle of a port, which is made if it is not there yet; `None` once it is closed.
    pub(super) fn port(&mut self, index: usize) -> Option<Handle> {
        let PortOf { concurrency, ref handles, made, .. } = self.ports[index];
        if made {
            return handles.first().copied();
        }
        let call = Call::CreateIoCompletionPort {
            file: Handle::INVALID,
            existing_port: Handle::NULL,
            key: 0,
            concurrency,
        };
        let handle = self.make(self.master, call, &format!("P{index}"))?;
        let port = &mut self.ports[index];
        (port.handles, port.made) = (vec![handle], true);
        Some(handle)
    }

    /// Every packet has a key of its own, so that none can be taken for another.
    pub(super) fn key(&mut self) -> u64 {
        self.posts += 1;
        self.posts
    }

    pub(super) fn post(&mut self, m: Move) -> bool {
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        let (bytes, key, overlapped) = (5, self.key(), Overlapped::numbered(1));
        let call = match m.how % 4 {
            0 => Call::PostQueuedCompletionStatus { port, bytes, key, overlapped },
            // A key has 64 bits.
            1 => {
                let key = key | key << 33;
                Call::PostQueuedCompletionStatus { port, bytes, key, overlapped }
            }
            // An OVERLAPPED may be NULL.
            2 => {
                Call::PostQueuedCompletionStatus { port, bytes, key, overlapped: Overlapped::NULL }
            }
            // A packet may say that something failed, and has 64 bits of information.
            _ => Call::NtSetIoCompletion {
                port,
                key,
                context: overlapped.0,
                status: NtStatus::UNSUCCESSFUL,
                information: 0x1_0000_0005,
            },
        };
        self.call(self.poster(m), call)
    }

    pub(super) fn remove(&mut self, m: Move) -> bool {
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        let (thread, alertable) = (self.worker(m), false);
        let (infinite, zero) = (Timeout::Infinite, Timeout::Zero);
        let short = Timeout::Finite(SHORT_MS * 1000);
        let batch =
            |count, timeout| Call::GetQueuedCompletionStatusEx { port, count, timeout, alertable };
        let call = match m.how % 7 {
            0 => Call::GetQueuedCompletionStatus { port, timeout: infinite },
            1 => Call::NtRemoveIoCompletion { port, timeout: zero },
            2 => batch(2, infinite),
            3 => Call::GetQueuedCompletionStatus { port, timeout: short },
            4 => batch(3, zero),
            5 => Call::NtRemoveIoCompletion { port, timeout: infinite },
            _ => Call::NtRemoveIoCompletionEx { port, count: 2, timeout: infinite, alertable },
        };
        let waits_shortly = m.how % 7 == 3;
        if !self.call(thread, call) {
            return false;
        }
        if waits_shortly && self.open.contains_key(&thread) {
            self.expire(thread);
        }
        true
    }

    pub(super) fn block(&mut self, m: Move) -> bool {
        let (index, thread) = (self.worker_index(m), self.worker(m));
        if self.events[index].is_none() {
            let call = Call::CreateEvent { manual_reset: false, initial: false };
            self.events[index] = self.make(self.master, call, &format!("E{}", self.name(thread)));
        }
        let Some(handle) = self.events[index] else { return false };
        self.call(thread, Call::WaitForSingleObject { handle, timeout: Timeout::Infinite })
    }

    pub(super) fn unblock(&mut self, m: Move) -> bool {
        let Some(event) = self.events[self.worker_index(m)] else { return false };
        self.call(self.master, Call::SetEvent { event })
    }

    pub(super) fn ask_depth(&mut self, m: Move) -> bool {
        let Some(port) = self.port(self.port_index(m.what)) else { return false };
        self.call(self.master, Call::NtQueryIoCompletion { port, class: 0, length: 4 })
    }

    /// Closes the newest handle of a port.
    pub(super) fn close(&mut self, m: Move) -> bool {
        let index = self.port_index(m.what);
        let Some(handle) = self.ports[index].handles.pop() else { return false };
        self.call(self.master, Call::CloseHandle { handle })
    }
}
