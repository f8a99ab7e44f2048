//! Moves on what a thread can wait for besides ports and events: semaphores, mutexes, threads,
//! processes.

use super::super::moves::Move;
use super::World;
use iocp_model::{Call, Handle, Timeout};

/// What a semaphore begins with, and what it counts up to.
const FREE: u32 = 1;
const MOST: u32 = 2;

/// Objects that a case makes when it first needs them, and anew once they are closed.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Objects {
    pub(super) semaphore: Option<Handle>,
    pub(super) mutex: Option<Handle>,
    /// How many were made: each has a name of its own.
    made: u32,
}

impl World {
    pub(super) fn semaphore(&mut self) -> Option<Handle> {
        if self.objects.semaphore.is_none() {
            self.objects.made += 1;
            let name = format!("SEM{}", self.objects.made);
            let call = Call::CreateSemaphore { initial: FREE, maximum: MOST };
            self.objects.semaphore = self.make(self.master, call, &name);
        }
        self.objects.semaphore
    }

    pub(super) fn mutex(&mut self) -> Option<Handle> {
        if self.objects.mutex.is_none() {
            self.objects.made += 1;
            let name = format!("MUT{}", self.objects.made);
            let call = Call::CreateMutex { initial_owner: false };
            self.objects.mutex = self.make(self.master, call, &name);
        }
        self.objects.mutex
    }

    /// What there is to wait for of what others have begun: a thread or a process.
    pub(super) fn begun(&self, m: Move) -> Option<Handle> {
        let what = usize::from(m.what);
        match m.how % 8 {
            6 => self.threads[what % self.threads.len()],
            _ => self.process(m),
        }
    }

    pub(super) fn wait_for_object(&mut self, m: Move) -> bool {
        let (infinite, zero, alertable) = (Timeout::Infinite, Timeout::Zero, false);
        let how = m.how % 8;
        let semaphore = if matches!(how, 0 | 3 | 4 | 5) { self.semaphore() } else { None };
        let mutex = if matches!(how, 1..=4) { self.mutex() } else { None };
        let port = if how == 4 { self.port(self.port_index(m.what)) } else { None };
        let one = |handle: Handle| Call::WaitForSingleObject { handle, timeout: infinite };
        let several = |handles: Vec<Handle>, all| Call::WaitForMultipleObjects {
            handles,
            all,
            timeout: infinite,
            alertable,
        };
        let call = match (how, semaphore, mutex, port) {
            (0, Some(semaphore), ..) => one(semaphore),
            (1, _, Some(handle), _) => {
                Call::WaitForSingleObjectEx { handle, timeout: infinite, alertable: true }
            }
            (2, _, Some(handle), _) => {
                Call::NtWaitForSingleObject { handle, timeout: infinite, alertable }
            }
            (3, Some(semaphore), Some(mutex), _) => several(vec![semaphore, mutex], true),
            (4, Some(semaphore), Some(mutex), Some(port)) => {
                several(vec![mutex, semaphore, port], false)
            }
            (5, Some(handle), ..) => {
                Call::NtWaitForSingleObject { handle, timeout: zero, alertable }
            }
            (6 | 7, ..) => match self.begun(m) {
                Some(handle) => one(handle),
                None => return false,
            },
            _ => return false,
        };
        self.call(self.worker(m), call)
    }

    pub(super) fn release(&mut self, m: Move) -> bool {
        let call = match (m.how % 3, self.objects.semaphore, self.objects.mutex) {
            (2, _, Some(mutex)) => Call::ReleaseMutex { mutex },
            // Two may be more than it can count.
            (how @ (0 | 1), Some(semaphore), _) => {
                Call::ReleaseSemaphore { semaphore, count: 1 + u32::from(how) }
            }
            _ => return false,
        };
        self.call(self.poster(m), call)
    }

    /// The handle that a move closes.
    pub(super) fn closing(&self, m: Move) -> Option<Handle> {
        match m.how % 4 {
            0 => self.objects.semaphore,
            1 => self.objects.mutex,
            2 => self.family.job,
            _ => self.reserve,
        }
    }

    pub(super) fn close_object(&mut self, m: Move) -> bool {
        let Some(handle) = self.closing(m) else { return false };
        match m.how % 4 {
            0 => self.objects.semaphore = None,
            1 => self.objects.mutex = None,
            2 => self.family.job = None,
            _ => self.reserve = None,
        }
        self.call(self.master, Call::NtClose { handle })
    }

    /// The event of a move that takes a signal back.
    pub(super) fn event_to_reset(&self, m: Move) -> Option<Handle> {
        if m.how.is_multiple_of(2) { self.event } else { self.wait_packet.map(|(_, event)| event) }
    }

    pub(super) fn reset_event(&mut self, m: Move) -> bool {
        let Some(event) = self.event_to_reset(m) else { return false };
        self.call(self.master, Call::ResetEvent { event })
    }
}
