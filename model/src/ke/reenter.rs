//! A thread that was inside a remove asks its port again: after a suspension, or woken without a
//! packet (`hand-off=wake-and-retry`).

use crate::call::{Access, Timeout};
use crate::effect::{Effect, Observer};
use crate::ids::{Handle, PortId, ThreadId};
use crate::ke::dispatcher::Waiter;
use crate::ke::thread::{Run, Wait, WaitEnd, WaitOn, Woken};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// `hand-off=wake-and-retry`: one waiter leaves the list without a packet, to ask again.
    pub(super) fn wake_to_retry(&mut self, port: PortId) {
        let shared = self.deviates(Deviation::DirectWaitFirstOnly);
        if shared && self.first_in_line_is_direct(port) {
            return self.wake_first_direct(port);
        }
        if self.has_free_slot(port)
            && let Some(thread) = self.next_remover(port)
        {
            self.unlink(thread);
            let t = &mut self.k.threads[thread];
            if let Run::Waiting(wait) = std::mem::replace(&mut t.run, Run::Running) {
                t.run = Run::Retrying(wait);
            }
            self.emit(Rule::HandOff, Effect::WokenToRetry { thread, port });
        }
        if !shared {
            self.wake_direct_waiters(Rule::PortHandleSignaled, port);
        }
    }

    /// A thread woken without a packet asks again: it takes one, or waits again.
    pub(crate) fn retry(&mut self, thread: ThreadId, wait: Wait) {
        let WaitOn::Port { port, by, .. } = wait.on else { return };
        if by != Handle::NULL
            && let Err(status) = self.port(thread, by, Access::MODIFY_STATE)
        {
            let rule = Rule::LastHandleRundown;
            self.emit(rule, Effect::WaitEnded { thread, status });
            self.k.threads[thread].run = Run::Running;
            self.count(rule, thread);
            let end = WaitEnd::Status(status);
            return self.k.woken.push(Woken { thread, wait, end });
        }
        if self.k.ports[port].packets.is_empty() && self.is_abandoned(port) {
            let status = NtStatus::ABANDONED_WAIT_0;
            let rule = Rule::CloseAbandonsWaiters;
            self.emit(rule, Effect::WaitEnded { thread, status });
            self.k.threads[thread].run = Run::Running;
            self.count(rule, thread);
            let end = WaitEnd::Status(status);
            return self.k.woken.push(Woken { thread, wait, end });
        }
        if self.k.ports[port].packets.is_empty() || !self.has_free_slot(port) {
            self.k.ports[port].waiters.push(Waiter::Remover(thread));
            let timeout = if wait.timer { Timeout::Finite(0) } else { Timeout::Infinite };
            self.k.threads[thread].run = Run::Waiting(wait);
            self.emit(Rule::HandOff, Effect::Parked { thread, port, timeout });
            return;
        }
        let packet = self.take_packet(port, thread);
        self.k.threads[thread].run = Run::Running;
        self.count(Rule::ReleaseCounts, thread);
        let end = WaitEnd::Packet(packet);
        self.k.woken.push(Woken { thread, wait, end });
    }

    /// A resumed thread asks its port again: a queued packet, or the top of the stack.
    pub(crate) fn reenter(&mut self, thread: ThreadId, wait: Wait) {
        let WaitOn::Port { port, .. } = wait.on else { return };
        if !self.k.ports[port].packets.is_empty() && self.has_free_slot(port) {
            let packet = self.take_packet(port, thread);
            self.k.threads[thread].run = Run::Running;
            self.count(Rule::ResumeReenters, thread);
            let end = WaitEnd::Packet(packet);
            self.k.woken.push(Woken { thread, wait, end });
            return;
        }
        self.k.ports[port].waiters.push(Waiter::Remover(thread));
        let timeout = if wait.timer { Timeout::Finite(0) } else { Timeout::Infinite };
        self.k.threads[thread].run = Run::Waiting(wait);
        self.emit(Rule::ResumeReenters, Effect::Parked { thread, port, timeout });
    }
}
