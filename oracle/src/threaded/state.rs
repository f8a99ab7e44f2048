//! What a set of ports is, and every step it can take. All of it happens under one lock, as it
//! does under the dispatcher lock of the kernel.
//!
//! A port counts the attached threads that are *active*: that run, are neither parked at the port
//! nor blocked elsewhere. A packet is handed over only while that count is below the limit.

use super::file::FileState;
use super::locks::Locks;
use super::record::{Log, Note};
use super::seeded::Seeded;
use iocp_model::Packet;
use std::collections::VecDeque;
use std::sync::Arc;

/// Why a remove ended without a packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ended {
    /// The time was up.
    TimedOut,
    /// The port was closed during the wait.
    Abandoned,
    /// The port had been closed before the call.
    Closed,
    /// A batch of no packets was asked for.
    NothingAsked,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Ended::TimedOut => "the wait timed out",
            Ended::Abandoned => "the port was closed during the wait",
            Ended::Closed => "the port is closed",
            Ended::NothingAsked => "no packets were asked for",
        })
    }
}

impl std::error::Error for Ended {}

/// How a wait ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Woken {
    Packet(Packet),
    Ended(Ended),
}

pub(super) struct PortState {
    /// Oldest first.
    pub(super) packets: VecDeque<Packet>,
    /// The most recent last: that one is released first.
    pub(super) waiters: Vec<usize>,
    /// Attached threads that run.
    pub(super) active_count: u32,
    pub(super) concurrency: u32,
    pub(super) closed: bool,
}

pub(super) struct WorkerState<L: Locks> {
    /// The port that counts this thread.
    pub(super) attached: Option<usize>,
    /// Whether it is inside a remove and has not been told to go on.
    pub(super) parked: bool,
    /// Whether it has said that it blocks elsewhere.
    pub(super) blocked: bool,
    /// How its wait ended, until it takes note.
    pub(super) woken: Option<Woken>,
    pub(super) bell: Arc<L::Bell>,
}

pub(super) struct State<L: Locks> {
    pub(super) ports: Vec<PortState>,
    pub(super) workers: Vec<WorkerState<L>>,
    pub(super) files: Vec<FileState>,
    pub(super) log: Log,
    seeded: Option<Seeded>,
}

impl<L: Locks> State<L> {
    pub(super) fn new(seeded: Option<Seeded>, log: Log) -> Self {
        State { ports: Vec::new(), workers: Vec::new(), files: Vec::new(), log, seeded }
    }

    pub(super) fn has(&self, fault: Seeded) -> bool {
        self.seeded == Some(fault)
    }

    pub(super) fn add_port(&mut self, concurrency: u32) -> usize {
        self.ports.push(PortState {
            packets: VecDeque::new(),
            waiters: Vec::new(),
            active_count: 0,
            concurrency,
            closed: false,
        });
        self.ports.len() - 1
    }

    pub(super) fn add_worker(&mut self) -> usize {
        let bell = Arc::new(L::bell());
        self.workers.push(WorkerState {
            attached: None,
            parked: false,
            blocked: false,
            woken: None,
            bell,
        });
        self.workers.len() - 1
    }

    /// Whether one more thread may be active.
    pub(super) fn below_limit(&self, port: usize) -> bool {
        let port = &self.ports[port];
        let spare = u32::from(self.has(Seeded::LimitOneTooMany));
        port.active_count < port.concurrency + spare
    }

    /// A packet arrives: a waiter gets it, or it is queued.
    pub(super) fn insert(&mut self, port: usize, mut packet: Packet) {
        if self.has(Seeded::KeyOf32Bits) {
            packet.key &= 0xFFFF_FFFF;
        }
        if self.has(Seeded::NullMeansNothing) && packet.overlapped.0 == 0 {
            return;
        }
        let free = self.below_limit(port) || self.has(Seeded::HandOffAboveLimit);
        if free && !self.ports[port].waiters.is_empty() {
            if self.has(Seeded::DroppedAtHandOff) && self.ports[port].waiters.len() > 1 {
                return;
            }
            if self.has(Seeded::DoubleDelivery) {
                self.ports[port].packets.push_back(packet);
            }
            self.hand_over(port, packet);
        } else {
            self.ports[port].packets.push_back(packet);
        }
    }

    /// Releases a waiter with a packet.
    pub(super) fn hand_over(&mut self, port: usize, packet: Packet) {
        let waiters = &self.ports[port].waiters;
        let place = if self.has(Seeded::FifoRelease) { 0 } else { waiters.len() - 1 };
        let worker = waiters[place];
        self.wake(port, worker, Woken::Packet(packet));
    }

    /// Ends a wait, whatever the cause. The thread counts as active from now on, above the limit
    /// or not: nobody can stop a thread whose wait is over.
    fn wake(&mut self, port: usize, worker: usize, how: Woken) {
        let timed_out = how == Woken::Ended(Ended::TimedOut);
        if !(timed_out && self.has(Seeded::TimeoutKeepsPlace)) {
            self.ports[port].waiters.retain(|waiter| *waiter != worker);
        }
        if !(timed_out && self.has(Seeded::TimeoutNotCounted)) {
            self.ports[port].active_count += 1;
        }
        self.workers[worker].parked = false;
        self.workers[worker].woken = Some(how);
        L::ring(&self.workers[worker].bell);
    }

    /// The oldest packet, or the newest by a fault.
    fn pop(&mut self, port: usize) -> Option<Packet> {
        if self.has(Seeded::LifoPackets) {
            self.ports[port].packets.pop_back()
        } else {
            self.ports[port].packets.pop_front()
        }
    }

    /// An active thread stops counting: a waiter may have its place.
    fn release_slot(&mut self, port: usize) {
        self.ports[port].active_count = self.ports[port].active_count.saturating_sub(1);
        self.fill_slot(port);
    }

    fn fill_slot(&mut self, port: usize) {
        if self.below_limit(port)
            && !self.ports[port].waiters.is_empty()
            && let Some(packet) = self.pop(port)
        {
            self.hand_over(port, packet);
        }
    }

    /// The first half of a remove: the thread is this port's from now on, and gives its place back
    /// for the time of the call.
    pub(super) fn begin_remove(&mut self, worker: usize, port: usize) {
        match self.workers[worker].attached {
            // Its own place comes free, but nobody else gets it: if there is a packet, it is for
            // the thread itself, which need not be switched away from.
            Some(own) if own == port => {
                if self.has(Seeded::RecallReleasesWaiter) {
                    self.release_slot(port);
                } else if !self.has(Seeded::RecallKeepsSlot) {
                    let count = &mut self.ports[port].active_count;
                    *count = count.saturating_sub(1);
                }
            }
            other => {
                self.workers[worker].attached = Some(port);
                if let Some(other) = other {
                    self.leave(other, Seeded::SwitchKeepsSlot, Seeded::SwitchReleasesNobody);
                }
            }
        }
    }

    /// A counted thread leaves a port, unless a fault says otherwise.
    fn leave(&mut self, port: usize, keeps: Seeded, silent: Seeded) {
        if self.has(keeps) {
            return;
        }
        if self.has(silent) {
            self.ports[port].active_count = self.ports[port].active_count.saturating_sub(1);
        } else {
            self.release_slot(port);
        }
    }

    /// The packets that a remove finds; it counts as active again if there are any.
    pub(super) fn take(&mut self, port: usize, count: usize) -> Vec<Packet> {
        let free = self.below_limit(port) || self.has(Seeded::TakeAboveLimit);
        let there = self.ports[port].packets.len();
        let enough = !self.has(Seeded::BatchWaitsToFill) || there >= count;
        if !free || there == 0 || !enough {
            return Vec::new();
        }
        self.ports[port].active_count += 1;
        let wanted = match () {
            () if self.has(Seeded::BatchOfOne) => 1,
            () if self.has(Seeded::BatchOverCount) && count > 1 => count + 1,
            () => count,
        };
        let mut taken = Vec::new();
        while taken.len() < wanted {
            let Some(packet) = self.pop(port) else { break };
            taken.push(packet);
        }
        if self.has(Seeded::BatchReversed) {
            taken.reverse();
        }
        taken
    }

    /// A poll that found nothing: the thread stays attached, and counts again.
    pub(super) fn end_poll(&mut self, worker: usize, port: usize) {
        if self.has(Seeded::ZeroTimeoutNotCounted) {
            self.workers[worker].attached = None;
        } else {
            self.ports[port].active_count += 1;
        }
    }

    /// The thread goes on top of the waiters.
    pub(super) fn park(&mut self, worker: usize, port: usize) {
        self.ports[port].waiters.push(worker);
        self.workers[worker].parked = true;
        self.workers[worker].woken = None;
        self.log.note(worker, Note::Parked);
    }

    /// The time of a parked thread is up. Nothing happens if its wait is over already.
    pub(super) fn expire(&mut self, worker: usize) {
        let Some(port) = self.workers[worker].attached else { return };
        if self.workers[worker].parked {
            self.wake(port, worker, Woken::Ended(Ended::TimedOut));
        } else if self.has(Seeded::TimeoutBeatsPacket) && self.workers[worker].woken.is_some() {
            self.workers[worker].woken = Some(Woken::Ended(Ended::TimedOut));
        }
    }

    /// The last handle is gone: nobody can reach the port any more.
    pub(super) fn close(&mut self, port: usize) {
        self.ports[port].closed = true;
        self.ports[port].packets.clear();
        if self.has(Seeded::CloseKeepsWaiting) {
            return;
        }
        let mut waiters = std::mem::take(&mut self.ports[port].waiters);
        if self.has(Seeded::CloseForgetsOne) && !waiters.is_empty() {
            self.ports[port].waiters.push(waiters.remove(0));
        }
        let times_out = self.has(Seeded::CloseTimesOut);
        let how = if times_out { Ended::TimedOut } else { Ended::Abandoned };
        for worker in waiters.into_iter().rev() {
            self.wake(port, worker, Woken::Ended(how));
        }
    }

    /// A running thread begins to wait for something that is no port.
    pub(super) fn block(&mut self, worker: usize) {
        self.workers[worker].blocked = true;
        self.log.note(worker, Note::Block);
        let Some(port) = self.workers[worker].attached else { return };
        self.leave(port, Seeded::BlockKeepsSlot, Seeded::BlockReleasesNobody);
        if self.has(Seeded::BlockReleasesTwo)
            && !self.ports[port].waiters.is_empty()
            && let Some(packet) = self.pop(port)
        {
            self.hand_over(port, packet);
        }
    }

    /// That wait is over. The thread counts at once, above the limit or not.
    pub(super) fn unblock(&mut self, worker: usize) {
        self.workers[worker].blocked = false;
        self.log.note(worker, Note::Unblock);
        let Some(port) = self.workers[worker].attached else { return };
        self.ports[port].active_count += match () {
            () if self.has(Seeded::UnblockNotCounted) => 0,
            () if self.has(Seeded::UnblockCountsTwice) => 2,
            () => 1,
        };
    }

    /// The thread ends.
    pub(super) fn exit(&mut self, worker: usize) {
        let blocked = self.workers[worker].blocked;
        self.log.note(worker, Note::Exit);
        if let Some(port) = self.workers[worker].attached.take()
            && !blocked
            && !self.has(Seeded::ExitKeepsSlot)
        {
            self.release_slot(port);
        }
    }

    /// What a query shows.
    pub(super) fn depth(&self, port: usize) -> u32 {
        let port = &self.ports[port];
        let waiters = if self.has(Seeded::DepthCountsWaiters) { port.waiters.len() } else { 0 };
        (port.packets.len() + waiters) as u32
    }
}
