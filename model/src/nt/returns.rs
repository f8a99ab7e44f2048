//! What a call gives back, and how the end of a wait becomes it.

use crate::effect::{Effect, Observer, Out, Return, Value};
use crate::ids::{Handle, Overlapped, ThreadId};
use crate::ke::thread::{WaitEnd, WaitOn, Waiting, Woken};
use crate::machine::Machine;
use crate::packet::{Origin, Packet};
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::{
    ERROR_ABANDONED_WAIT_0, NtStatus, WAIT_ABANDONED_0, WAIT_IO_COMPLETION, WAIT_OBJECT_0,
    WAIT_TIMEOUT,
};

impl Return {
    /// A native result.
    pub(crate) fn status(status: NtStatus) -> Return {
        Return { value: Value::Status(status), last_error: None, out: Out::Nothing }
    }

    /// TRUE; the last error is left alone.
    pub(crate) fn ok() -> Return {
        Return { value: Value::Bool(true), last_error: None, out: Out::Nothing }
    }

    /// FALSE, with this last error.
    pub(crate) fn fail(error: u32) -> Return {
        Return { value: Value::Bool(false), last_error: Some(error), out: Out::Nothing }
    }

    /// TRUE, or FALSE with the translated status.
    pub(crate) fn bool(status: NtStatus) -> Return {
        if status.is_success() { Return::ok() } else { Return::fail(status.to_win32()) }
    }

    pub(crate) fn handle(handle: Handle) -> Return {
        Return { value: Value::Handle(handle), last_error: None, out: Out::Nothing }
    }

    /// NULL, with this last error.
    pub(crate) fn null(error: u32) -> Return {
        Return { value: Value::Handle(Handle::NULL), last_error: Some(error), out: Out::Nothing }
    }

    pub(crate) fn dword(value: u32) -> Return {
        Return { value: Value::Dword(value), last_error: None, out: Out::Nothing }
    }

    /// A function without a value.
    pub(crate) fn void() -> Return {
        Return { value: Value::Void, last_error: None, out: Out::Nothing }
    }

    pub(crate) fn with(mut self, out: Out) -> Return {
        self.out = out;
        self
    }
}

/// The last error for a status that ends a Win32 remove: three are set by hand, the rest is
/// translated (C1).
pub(crate) fn remove_error(status: NtStatus) -> u32 {
    match status {
        NtStatus::TIMEOUT => WAIT_TIMEOUT,
        NtStatus::USER_APC => WAIT_IO_COMPLETION,
        NtStatus::ABANDONED_WAIT_0 => ERROR_ABANDONED_WAIT_0,
        other => other.to_win32(),
    }
}

/// `GetQueuedCompletionStatus` with a packet: FALSE for a failed operation, but all outputs filled.
pub(crate) fn gqcs_packet(packet: &Packet) -> Return {
    let out = Out::Packet {
        bytes: Some(packet.information as u32),
        key: Some(packet.key),
        overlapped: packet.overlapped,
    };
    Return::bool(packet.status).with(out)
}

/// `GetQueuedCompletionStatus` without a packet: `*lpOverlapped` is NULL, the rest untouched.
pub(crate) fn gqcs_status(status: NtStatus) -> Return {
    let out = Out::Packet { bytes: None, key: None, overlapped: Overlapped::NULL };
    Return::fail(remove_error(status)).with(out)
}

impl<O: Observer> Machine<'_, O> {
    /// The call of a thread is over.
    pub(crate) fn returned(&mut self, rule: Rule, thread: ThreadId, result: Return) {
        if let Some(error) = result.last_error {
            self.k.threads[thread].last_error = error;
        }
        self.emit(rule, Effect::Returned { thread, result });
    }

    /// What a batch remove that failed writes: nothing is to be relied on (A11).
    pub(crate) fn failed_entries(&self) -> Out {
        let count = u32::from(self.deviates(Deviation::FailedCountOne));
        Out::Entries { count, entries: Vec::new() }
    }

    /// A packet has left the port for good: a deferred OVERLAPPED is written now, and what the
    /// packet was made of is free again.
    pub(crate) fn packet_removed(&mut self, packet: &Packet) {
        match packet.origin {
            Origin::Posted | Origin::Completion | Origin::Job => {}
            Origin::CompletionDeferred(process) => {
                let Packet { overlapped, status, information, .. } = *packet;
                let rule = Rule::StatusBlockDeferred;
                self.write_status(rule, process, overlapped, status, information);
            }
            Origin::Wait(_) | Origin::Reserve(_) => self.packet_gone(packet),
        }
    }

    /// A thread that dies after it was woken never returns; a packet that it was handed is lost.
    pub(crate) fn lose_returns(&mut self, thread: ThreadId) {
        while let Some(place) = self.k.woken.iter().position(|woken| woken.thread == thread) {
            let Woken { wait, end, .. } = self.k.woken.remove(place);
            if let (WaitEnd::Packet(packet), WaitOn::Port { port, .. }) = (end, wait.on) {
                self.emit(Rule::TerminatedWaiterLeaves, Effect::Discarded { port, packet });
                self.packet_gone(&packet);
            }
        }
    }

    /// Every thread woken by this action returns, in the order of waking.
    pub(crate) fn return_woken(&mut self) {
        while !self.k.woken.is_empty() {
            let Woken { thread, wait, end } = self.k.woken.remove(0);
            let max = match wait.on {
                WaitOn::Port { max, .. } => max,
                _ => 1,
            };
            let port = match wait.on {
                WaitOn::Port { port, .. } => Some(port),
                _ => None,
            };
            if let WaitEnd::Packet(packet) = end {
                self.packet_removed(&packet);
                let batch = max > 1;
                let rule = if batch { Rule::HandOffOnePacket } else { Rule::RemoveReturns };
                let result = match wait.call {
                    Waiting::Gqcs => gqcs_packet(&packet),
                    Waiting::NtRemove => {
                        Return::status(NtStatus::SUCCESS).with(Out::Removed(packet))
                    }
                    _ => {
                        let mut batch = vec![packet];
                        if let Some(port) = port
                            && self.deviates(Deviation::BatchDrainsAfterWake)
                        {
                            self.drain_more(thread, port, max, &mut batch);
                        }
                        self.entries_return(wait.call, batch)
                    }
                };
                self.returned(rule, thread, result);
                continue;
            }
            let (rule, result) = self.end_of_wait(thread, wait.call, end);
            self.returned(rule, thread, result);
        }
    }

    fn drain_more(
        &mut self,
        thread: ThreadId,
        port: crate::ids::PortId,
        max: u32,
        batch: &mut Vec<Packet>,
    ) {
        while (batch.len() as u32) < max && self.k.ports[port].depth() > 0 {
            let packet = self.take_packet(port, thread);
            self.packet_removed(&packet);
            batch.push(packet);
        }
    }

    pub(crate) fn entries_return(&self, call: Waiting, entries: Vec<Packet>) -> Return {
        let out = Out::Entries { count: entries.len() as u32, entries };
        match call {
            Waiting::GqcsEx => Return::ok().with(out),
            _ => Return::status(NtStatus::SUCCESS).with(out),
        }
    }

    /// The result of a wait that ended without a packet.
    fn end_of_wait(&mut self, thread: ThreadId, call: Waiting, end: WaitEnd) -> (Rule, Return) {
        let status = match end {
            WaitEnd::Status(status) => status,
            _ => NtStatus::SUCCESS,
        };
        match call {
            Waiting::Gqcs => (Rule::RemoveReturns, gqcs_status(status)),
            Waiting::NtRemove => (Rule::RemoveReturns, Return::status(status)),
            Waiting::NtRemoveEx | Waiting::GqcsEx => {
                let result = self.batch_failed(call, status);
                (self.decided.take().unwrap_or(Rule::FailedBatchCount), result)
            }
            Waiting::NtWait => (Rule::WaitReturns, Return::status(wait_status(&end))),
            Waiting::Win32Wait => (Rule::WaitReturns, win32_wait(&end)),
            Waiting::Sleep => (Rule::WaitReturns, Return::void()),
            Waiting::SleepEx => {
                let apc = status == NtStatus::USER_APC;
                (Rule::WaitReturns, Return::dword(if apc { WAIT_IO_COMPLETION } else { 0 }))
            }
            Waiting::SyncIo { op, .. } | Waiting::SyncIoDone { op, .. } => {
                let WaitEnd::Io { status, information } = end else {
                    return (Rule::SynchronousWaits, Return::status(status));
                };
                (Rule::SynchronousWaits, crate::win32::io::io_return(op, status, information))
            }
            Waiting::SuspendSelf => (Rule::WaitReturns, Return::dword(0)),
            Waiting::OverlappedResult { overlapped, ex } => {
                (Rule::OverlappedResult, self.overlapped_result(thread, overlapped, ex, &end))
            }
        }
    }

    pub(crate) fn batch_failed(&self, call: Waiting, status: NtStatus) -> Return {
        let vista = self.k.semantics.profile == Profile::Vista;
        let result = match call {
            Waiting::GqcsEx if vista && status == NtStatus::USER_APC => {
                self.decide(Rule::ApcReturnsTrue);
                Return::ok()
            }
            Waiting::GqcsEx => Return::fail(remove_error(status)),
            _ => Return::status(status),
        };
        result.with(self.failed_entries())
    }
}

/// The status of a native wait: `STATUS_WAIT_0` plus the index, or what ended it.
pub(crate) fn wait_status(end: &WaitEnd) -> NtStatus {
    match *end {
        WaitEnd::Object { index, abandoned } => {
            NtStatus(index + if abandoned { NtStatus::ABANDONED_WAIT_0.0 } else { 0 })
        }
        WaitEnd::Status(status) => status,
        WaitEnd::Packet(_) | WaitEnd::Io { .. } => NtStatus::SUCCESS,
    }
}

/// The value of a Win32 wait.
pub(crate) fn win32_wait(end: &WaitEnd) -> Return {
    Return::dword(match *end {
        WaitEnd::Object { index, abandoned: true } => WAIT_ABANDONED_0 + index,
        WaitEnd::Object { index, .. } => WAIT_OBJECT_0 + index,
        WaitEnd::Status(NtStatus::TIMEOUT) => WAIT_TIMEOUT,
        WaitEnd::Status(NtStatus::USER_APC) => WAIT_IO_COMPLETION,
        WaitEnd::Status(status) => status.0,
        WaitEnd::Packet(_) | WaitEnd::Io { .. } => WAIT_OBJECT_0,
    })
}
