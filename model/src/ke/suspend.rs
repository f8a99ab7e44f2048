//! Suspend, resume, exit.
//!
//! A suspended thread waits on a semaphore of its own, so it does not count (MS-IOCP names it). A
//! thread suspended while it waits leaves the wait lists, and on resume waits again: on its port,
//! on top of the stack (semantics.md A6, D34: inferred).

use crate::effect::{Effect, Observer};
use crate::ids::{Object, ThreadId};
use crate::ke::thread::{Run, Wait, WaitEnd, WaitOn, Waiting};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// Suspends a thread; returns the previous count.
    pub(crate) fn suspend(&mut self, thread: ThreadId) -> u8 {
        let t = &mut self.k.threads[thread];
        let previous = t.suspended;
        t.suspended = previous.saturating_add(1);
        self.emit(Rule::SuspendStopsCounting, Effect::Suspended { thread });
        if previous == 0 {
            if matches!(self.k.threads[thread].run, Run::Running) {
                self.stop_counting(thread);
            } else {
                self.unlink(thread);
            }
        }
        previous
    }

    /// A thread suspends itself: the call returns once somebody has resumed it.
    pub(crate) fn suspend_self(&mut self, thread: ThreadId) {
        self.suspend(thread);
        let (on, call) = (WaitOn::Nothing, Waiting::SuspendSelf);
        let wait = Wait { on, timer: false, alertable: false, call };
        self.k.threads[thread].run = Run::Waiting(wait);
    }

    /// Resumes a thread; returns the previous count.
    pub(crate) fn resume(&mut self, thread: ThreadId) -> u8 {
        let t = &mut self.k.threads[thread];
        let previous = t.suspended;
        t.suspended = previous.saturating_sub(1);
        if previous == 0 {
            return 0;
        }
        self.emit(Rule::SuspendStopsCounting, Effect::Resumed { thread });
        if previous > 1 {
            return previous;
        }
        match self.k.threads[thread].run.clone() {
            Run::Running => self.start_counting(Rule::UnblockCounts, thread),
            Run::Waiting(wait) => self.wait_again(thread, wait),
            Run::Retrying(_) | Run::Blocked | Run::Exited => {}
        }
        previous
    }

    /// A thread suspended in the middle of a wait starts that wait again.
    fn wait_again(&mut self, thread: ThreadId, wait: Wait) {
        if wait.alertable && !self.k.threads[thread].apcs.is_empty() {
            self.end_wait(Rule::ApcEndsAlertableWait, thread, WaitEnd::Status(NtStatus::USER_APC));
            return self.deliver_apcs(thread);
        }
        let end = match &wait.on {
            WaitOn::Port { port, .. } if self.is_abandoned(*port) => {
                let status = NtStatus::ABANDONED_WAIT_0;
                self.emit(Rule::CloseAbandonsWaiters, Effect::WaitEnded { thread, status });
                return self.end_wait(Rule::CloseAbandonsWaiters, thread, WaitEnd::Status(status));
            }
            WaitOn::Port { .. } => return self.reenter(thread, wait),
            // It suspended itself, and has been resumed: that call returns.
            WaitOn::Nothing if wait.call == Waiting::SuspendSelf => {
                WaitEnd::Status(NtStatus::SUCCESS)
            }
            WaitOn::Nothing if let Waiting::SyncIoDone { status, information, .. } = wait.call => {
                WaitEnd::Io { status, information }
            }
            on => match self.try_satisfy(thread, on) {
                Some(end) => end,
                None => return self.link(thread, &wait.on),
            },
        };
        self.end_wait(Rule::UnblockCounts, thread, end);
    }

    /// The kernel's part of the end of a thread: it leaves its wait, its port and its mutants, and
    /// becomes signaled.
    pub(crate) fn exit(&mut self, thread: ThreadId) {
        if matches!(self.k.threads[thread].run, Run::Exited) {
            return;
        }
        // A suspended thread is let go to die.
        let suspended = std::mem::take(&mut self.k.threads[thread].suspended) > 0;
        match self.k.threads[thread].run {
            Run::Waiting(_) | Run::Retrying(_) => {
                let end = WaitEnd::Status(NtStatus::THREAD_IS_TERMINATING);
                self.end_wait(Rule::TerminatedWaiterLeaves, thread, end);
                self.k.woken.retain(|woken| woken.thread != thread);
            }
            Run::Blocked => self.unblock(thread),
            Run::Running if suspended => {
                self.start_counting(Rule::TerminatedWaiterLeaves, thread);
            }
            Run::Running | Run::Exited => {}
        }
        self.detach(Rule::ExitReleasesSlot, thread);
        self.k.threads[thread].run = Run::Exited;
        self.k.threads[thread].apcs.clear();
        self.emit(Rule::ExitReleasesSlot, Effect::Exited { thread });
        self.abandon_mutants(thread);
        self.signal(Rule::ExitSignalsThread, Object::Thread(thread));
    }

    fn abandon_mutants(&mut self, thread: ThreadId) {
        let owned: Vec<_> = self
            .k
            .mutants
            .iter()
            .filter(|(_, mutant)| mutant.owner == Some(thread))
            .map(|(id, _)| id)
            .collect();
        for id in owned {
            let mutant = &mut self.k.mutants[id];
            (mutant.owner, mutant.recursion, mutant.abandoned) = (None, 0, true);
            self.signal(Rule::MutantAbandoned, Object::Mutant(id));
        }
    }
}
