//! The same program under other names: threads and OVERLAPPEDs renamed.

use iocp_model::rename::Renaming;

use crate::programs::THREADS;
use crate::support::*;

/// Threads and OVERLAPPEDs under the next name but so many.
pub(crate) struct Rotated {
    pub(crate) threads: u16,
    pub(crate) numbers: u16,
}

impl Renaming for Rotated {
    fn thread(&self, thread: ThreadId) -> ThreadId {
        ThreadId((thread.0 + self.threads) % THREADS)
    }
    fn overlapped(&self, at: Overlapped) -> Overlapped {
        match at.number() {
            Some(n) if n < 3 => Overlapped::numbered((n + self.numbers) % 3),
            _ => at,
        }
    }
}

impl Rotated {
    pub(crate) fn action(&self, action: &Action) -> Action {
        let mut action = action.clone();
        match &mut action {
            Action::Call { thread, call } => {
                *thread = self.thread(*thread);
                if let Call::Io(io) = call {
                    match &mut io.notify {
                        Notify::Overlapped(o) | Notify::Routine { overlapped: o, .. } => {
                            o.at = self.overlapped(o.at);
                        }
                        Notify::Native { context, status_block, .. } => {
                            *context = self.overlapped(Overlapped(*context)).0;
                            *status_block = self.overlapped(*status_block);
                        }
                        Notify::Nothing => {}
                    }
                }
            }
            Action::Exhausted { thread, .. }
            | Action::Expire { thread }
            | Action::Block { thread }
            | Action::Unblock { thread }
            | Action::Retry { thread } => *thread = self.thread(*thread),
            _ => {}
        }
        action
    }
}
