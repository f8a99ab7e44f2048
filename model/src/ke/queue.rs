//! The KQUEUE: packets first in first out, waiters last in first out, and the count of active
//! threads (semantics.md A2-A13).
//!
//! Keeps the invariants I1 (never a packet, a waiter and a free slot at once), I2 (the active
//! count is the number of attached threads that run) and I3 (the handle is signaled exactly while
//! packets are queued) whenever no action is in progress.

use std::collections::VecDeque;

use crate::call::Timeout;
use crate::code::code_struct;
use crate::effect::{Effect, Observer};
use crate::ids::{Object, PortId, ThreadId};
use crate::ke::dispatcher::Waiter;
use crate::ke::thread::{Run, Wait, WaitEnd, WaitFor, WaitOn};
use crate::machine::Machine;
use crate::packet::Packet;
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

/// A completion port (semantics.md A2).
#[derive(PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Port {
    /// Packets that nobody has claimed, oldest first.
    pub packets: VecDeque<Packet>,
    /// Everybody who waits, oldest first: removers (the stack of waiters; its top is the last
    /// remover) and threads that wait for the handle to be signaled.
    pub waiters: Vec<Waiter>,
    /// How many attached threads are active (`CurrentCount`).
    pub active: u32,
    /// The concurrency value (`MaximumCount`), fixed at creation, at least 1.
    pub concurrency: u32,
    /// Whether the last handle is gone and the port was run down.
    pub closed: bool,
    /// Its name in the object name space, if it has one.
    pub name: Option<u16>,
}

code_struct!(Port { packets, waiters, active, concurrency, closed, name });

impl Clone for Port {
    fn clone(&self) -> Self {
        Port { packets: self.packets.clone(), waiters: self.waiters.clone(), ..*self }
    }
    /// Keeps the buffers: a search restores ports all the time.
    #[inline]
    fn clone_from(&mut self, source: &Self) {
        self.packets.clone_from(&source.packets);
        self.waiters.clone_from(&source.waiters);
        let Port { packets: _, waiters: _, active, concurrency, closed, name } = *source;
        (self.active, self.concurrency, self.closed, self.name) =
            (active, concurrency, closed, name);
    }
}

impl Port {
    /// A new port; concurrency 0 stands for the number of processors.
    pub(crate) fn new(concurrency: u32, processors: u32, name: Option<u16>) -> Port {
        Port {
            packets: VecDeque::new(),
            waiters: Vec::new(),
            active: 0,
            concurrency: if concurrency == 0 { processors.max(1) } else { concurrency },
            closed: false,
            name,
        }
    }

    /// The queried depth: packets that nobody has claimed.
    pub fn depth(&self) -> u32 {
        self.packets.len() as u32
    }

    /// The threads inside a remove, the most recent (the next to be released) first.
    pub fn stack(&self) -> impl Iterator<Item = ThreadId> + '_ {
        self.waiters.iter().rev().filter_map(|waiter| match waiter {
            Waiter::Remover(thread) => Some(*thread),
            _ => None,
        })
    }
}

/// What a remove came to.
pub(crate) enum Removed {
    /// Packets may be taken now: the thread is counted, and the caller takes them.
    Take,
    /// The call ends with this status.
    Status(NtStatus),
    /// The thread waits.
    Parked,
}

impl<O: Observer> Machine<'_, O> {
    pub(super) fn has_free_slot(&self, port: PortId) -> bool {
        let p = &self.k.ports[port];
        p.active < p.concurrency || self.deviates(Deviation::ConcurrencyIgnored)
    }

    fn set_active(&mut self, rule: Rule, port: PortId, to: u32) {
        let p = &mut self.k.ports[port];
        let from = std::mem::replace(&mut p.active, to);
        self.emit(rule, Effect::ActiveCount { port, from, to });
    }

    /// An attached thread starts to count.
    pub(crate) fn count(&mut self, rule: Rule, thread: ThreadId) {
        if let Some(port) = self.k.threads[thread].attached {
            self.set_active(rule, port, self.k.ports[port].active + 1);
        }
    }

    /// An attached thread stops counting, without looking for anybody to release.
    fn uncount(&mut self, rule: Rule, port: PortId) {
        let active = self.k.ports[port].active;
        debug_assert!(active > 0, "only a counted thread stops counting");
        self.set_active(rule, port, active.saturating_sub(1));
    }

    /// An active thread of the port stops counting; its slot may release one waiter.
    pub(crate) fn release_slot(&mut self, rule: Rule, port: PortId) {
        self.uncount(rule, port);
        self.release_one(rule, port);
    }

    /// Hands the oldest packet to a waiter if the limit allows it.
    fn release_one(&mut self, rule: Rule, port: PortId) {
        if self.k.ports[port].packets.is_empty() || !self.has_free_slot(port) {
            return;
        }
        if self.deviates(Deviation::HandOffWakeAndRetry) {
            self.wake_to_retry(port);
        } else if let Some(thread) = self.next_remover(port) {
            let packet = self.pop_packet(port);
            self.hand_over(rule, port, thread, packet);
            self.signal_change(port);
        }
    }

    fn pop_packet(&mut self, port: PortId) -> Packet {
        let newest_first = self.deviates(Deviation::PacketsLifo);
        let packets = &mut self.k.ports[port].packets;
        let packet = if newest_first { packets.pop_back() } else { packets.pop_front() };
        packet.expect("a packet was just seen there")
    }

    /// Which waiter is next: the most recent one, unless the semantics deviate.
    pub(super) fn next_remover(&self, port: PortId) -> Option<ThreadId> {
        let mut stack = self.k.ports[port].stack();
        if self.deviates(Deviation::WakeOrderAny) {
            let top = stack.next()?;
            return Some(match self.pick {
                0 => top,
                n => stack.nth(usize::from(n) - 1).unwrap_or(top),
            });
        }
        if self.deviates(Deviation::WakeOrderFifo) { stack.last() } else { stack.next() }
    }

    fn hand_over(&mut self, rule: Rule, port: PortId, thread: ThreadId, packet: Packet) {
        self.emit(rule, Effect::Released { port, packet, thread });
        self.end_wait(Rule::ReleaseCounts, thread, WaitEnd::Packet(packet));
    }

    /// A packet comes into being: it goes to a waiter, or into the queue.
    pub(crate) fn insert(&mut self, rule: Rule, port: PortId, packet: Packet) {
        let shared = self.deviates(Deviation::DirectWaitFirstOnly);
        if self.deviates(Deviation::HandOffWakeAndRetry) {
            self.enqueue(rule, port, packet);
            return self.wake_to_retry(port);
        }
        if shared && self.first_in_line_is_direct(port) {
            self.enqueue(rule, port, packet);
            return self.wake_first_direct(port);
        }
        if self.has_free_slot(port)
            && let Some(thread) = self.next_remover(port)
        {
            let order = match self.k.ports[port].stack().nth(1) {
                Some(_) => Rule::ReleaseLifo,
                None => Rule::HandOff,
            };
            self.hand_over(order, port, thread, packet);
            if self.k.semantics.profile < Profile::Win10
                || self.deviates(Deviation::DirectWaitWokenByHandOff)
            {
                // It passes through the queue, and is seen there.
                self.k.ports[port].packets.push_back(packet);
                self.wake_direct_waiters(Rule::HandOffSignals, port);
                self.k.ports[port].packets.pop_back();
            } else {
                self.note_direct_waiters(port);
            }
            return;
        }
        self.enqueue(rule, port, packet);
        if !shared {
            self.wake_direct_waiters(Rule::PortHandleSignaled, port);
        }
    }

    fn enqueue(&mut self, rule: Rule, port: PortId, packet: Packet) {
        let p = &mut self.k.ports[port];
        p.packets.push_back(packet);
        let rule = match rule {
            Rule::Post if p.stack().next().is_some() => Rule::ConcurrencyLimit,
            other => other,
        };
        self.emit(rule, Effect::Queued { port, packet });
        if self.k.ports[port].packets.len() == 1 {
            self.emit(Rule::PortHandleSignaled, Effect::Signaled { object: Object::Port(port) });
        }
    }

    /// After a packet left the queue: the handle is unsignaled once none is left.
    pub(super) fn signal_change(&mut self, port: PortId) {
        if self.k.ports[port].packets.is_empty() {
            self.emit(Rule::PortHandleSignaled, Effect::Unsignaled { object: Object::Port(port) });
        }
    }

    /// Everybody who waits for the handle of a port sees it signaled.
    pub(super) fn wake_direct_waiters(&mut self, rule: Rule, port: PortId) {
        let direct = self.k.ports[port].waiters.clone();
        for waiter in direct {
            if !matches!(waiter, Waiter::Remover(_)) {
                self.satisfy_waiter(rule, Object::Port(port), waiter);
            }
        }
    }

    /// Those who wait on the handle see nothing of a hand-off: said, because it was different once.
    fn note_direct_waiters(&mut self, port: PortId) {
        let direct = |waiter: &&Waiter| !matches!(waiter, Waiter::Remover(_));
        if self.k.ports[port].waiters.iter().find(direct).is_some() {
            let object = Object::Port(port);
            self.emit(Rule::HandOffNotSignaled, Effect::StaysUnsignaled { object });
        }
    }

    fn first_in_line(&self, port: PortId) -> Option<Waiter> {
        let waiters = &self.k.ports[port].waiters;
        if self.deviates(Deviation::WakeOrderFifo) { waiters.first() } else { waiters.last() }
            .copied()
    }

    pub(super) fn first_in_line_is_direct(&self, port: PortId) -> bool {
        self.first_in_line(port).is_some_and(|w| !matches!(w, Waiter::Remover(_)))
    }

    pub(super) fn wake_first_direct(&mut self, port: PortId) {
        if let Some(waiter) = self.first_in_line(port) {
            self.satisfy_waiter(Rule::PortHandleSignaled, Object::Port(port), waiter);
        }
    }

    /// Takes the oldest packet for a thread that is allowed to.
    pub(crate) fn take_packet(&mut self, port: PortId, thread: ThreadId) -> Packet {
        let packet = self.pop_packet(port);
        self.emit(Rule::PacketsFifo, Effect::Removed { port, packet, thread });
        self.signal_change(port);
        packet
    }

    /// The thread is counted by this port from now on, and by no other.
    fn attach(&mut self, thread: ThreadId, port: PortId) {
        let old = self.k.threads[thread].attached;
        if old == Some(port) {
            self.uncount(Rule::RemoveGivesSlotBack, port);
            return;
        }
        self.k.threads[thread].attached = Some(port);
        self.emit(Rule::RemoveAttaches, Effect::Attached { thread, port: Some(port) });
        if let Some(old) = old {
            self.release_slot(Rule::LeavingPortReleases, old);
        }
    }

    /// `KeRemoveQueue`: the calling thread asks for packets (semantics.md A4).
    pub(crate) fn remove(
        &mut self,
        thread: ThreadId,
        port: PortId,
        max: u32,
        wait: WaitFor,
    ) -> Removed {
        let t = &self.k.threads[thread];
        let apc = wait.alertable && !t.apcs.is_empty();
        let here = t.attached == Some(port) || self.deviates(Deviation::ApcAfterPacket);
        let packet = !self.k.ports[port].packets.is_empty();
        if apc && !(packet && here) && self.k.semantics.profile >= Profile::Vista {
            self.decide(if packet { Rule::ApcBeforePacket } else { Rule::ApcEndsAlertableWait });
            return self.alerted(thread);
        }
        if wait.timeout == Timeout::Zero
            && self.deviates(Deviation::PollDoesNotAttach)
            && !(packet && self.may_take(thread, port))
        {
            return Removed::Status(NtStatus::TIMEOUT);
        }
        self.attach(thread, port);
        let own_turn = self.has_free_slot(port) || self.deviates(Deviation::NewRemoveLimitIgnored);
        if packet && own_turn {
            let rule = if apc { Rule::PacketBeforeApc } else { Rule::RemoveTakesOldest };
            self.decide(rule);
            self.count(rule, thread);
            return Removed::Take;
        }
        if apc {
            self.decide(Rule::ApcEndsAlertableWait);
            self.count(Rule::ApcEndsAlertableWait, thread);
            return self.alerted(thread);
        }
        if wait.timeout == Timeout::Zero {
            self.decide(Rule::ZeroTimeoutAttaches);
            self.count(Rule::ZeroTimeoutAttaches, thread);
            return Removed::Status(NtStatus::TIMEOUT);
        }
        let rule = if packet { Rule::NewRemoveWaitsAtLimit } else { Rule::RemoveParks };
        self.park(rule, thread, port, max, wait);
        Removed::Parked
    }

    /// Whether a remove by this thread would take a packet now: it gives its own slot back first.
    fn may_take(&self, thread: ThreadId, port: PortId) -> bool {
        let Port { active, concurrency, .. } = self.k.ports[port];
        let own = u32::from(self.k.threads[thread].attached == Some(port));
        active - own < concurrency
            || self.deviates(Deviation::ConcurrencyIgnored)
            || self.deviates(Deviation::NewRemoveLimitIgnored)
    }

    fn alerted(&mut self, thread: ThreadId) -> Removed {
        self.deliver_apcs(thread);
        Removed::Status(NtStatus::USER_APC)
    }

    /// The thread enters the stack of waiters, on top.
    fn park(&mut self, rule: Rule, thread: ThreadId, port: PortId, max: u32, wait: WaitFor) {
        let WaitFor { timeout, alertable, call, by } = wait;
        self.k.ports[port].waiters.push(Waiter::Remover(thread));
        let timer = matches!(timeout, Timeout::Finite(_));
        self.k.threads[thread].run =
            Run::Waiting(Wait { on: WaitOn::Port { port, max, by }, timer, alertable, call });
        self.emit(rule, Effect::Parked { thread, port, timeout });
    }
}
