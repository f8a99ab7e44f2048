//! User APCs: queued to a thread, run when it waits alertably.

use crate::effect::{Apc, Effect, Observer};
use crate::ids::ThreadId;
use crate::ke::thread::{Run, WaitEnd};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// Queues a user APC; an alertable wait in progress ends with it.
    pub(crate) fn queue_apc(&mut self, thread: ThreadId, apc: Apc) {
        let t = &mut self.k.threads[thread];
        if matches!(t.run, Run::Exited) {
            return;
        }
        t.apcs.push_back(apc);
        let routine = match apc {
            Apc::Queued { routine } | Apc::Completion { routine, .. } => routine,
        };
        let alertable = t.suspended == 0 && matches!(&t.run, Run::Waiting(wait) if wait.alertable);
        self.emit(Rule::ApcsWaitForAlertable, Effect::ApcQueued { thread, routine });
        if alertable {
            self.emit(
                Rule::ApcEndsAlertableWait,
                Effect::WaitEnded { thread, status: NtStatus::USER_APC },
            );
            self.end_wait(Rule::ApcEndsAlertableWait, thread, WaitEnd::Status(NtStatus::USER_APC));
            self.deliver_apcs(thread);
        }
    }

    /// Runs every pending user APC of the thread.
    pub(crate) fn deliver_apcs(&mut self, thread: ThreadId) {
        while let Some(apc) = self.k.threads[thread].apcs.pop_front() {
            self.emit(Rule::ApcEndsAlertableWait, Effect::ApcRan { thread, apc });
        }
    }
}
