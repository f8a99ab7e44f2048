//! How an operation ends: who is told, and whether a packet is queued (semantics.md B1-B3, the
//! completion matrix of facts.md 1G).
//!
//! The decision falls at completion time: the port is looked up then, not when the operation was
//! issued.

use crate::call::{FileKind, IoOp};
use crate::effect::{Apc, Effect, Observer};
use crate::ids::{IrpId, Object, Overlapped, ProcessId};
use crate::io::file::{
    Association, SKIP_COMPLETION_PORT_ON_SUCCESS, SKIP_SET_EVENT_ON_HANDLE,
    SKIP_SET_USER_EVENT_ON_FAST_IO,
};
use crate::io::request::{Irp, Request};
use crate::ke::thread::{Run, WaitEnd, Waiting};
use crate::machine::Machine;
use crate::ob::process::StatusBlock;
use crate::packet::{Origin, Packet};
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::{NtStatus, Severity};

/// How an operation ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: NtStatus,
    pub(crate) information: u64,
    /// Whether the driver had marked the request pending (P): what the caller was told, not how
    /// long it took.
    pub(crate) pended: bool,
    /// Whether it ends in a later action than the call that issued it.
    pub(crate) later: bool,
}

impl<O: Observer> Machine<'_, O> {
    /// A pending operation ends.
    pub(crate) fn complete_irp(&mut self, irp: IrpId, status: NtStatus, information: u64) {
        let request = self.remove_irp(irp);
        self.connection_changes(&request, status);
        let outcome = Outcome { status, information, pended: true, later: true };
        self.finish(irp, &request, outcome);
    }

    /// Takes an operation off the list of its file; those issued after it move up.
    pub(crate) fn remove_irp(&mut self, irp: IrpId) -> Request {
        let gone = self.k.irps.remove(irp).expect("checked to be pending");
        let behind = |(_, other): &(IrpId, &Irp)| {
            other.request.file == gone.request.file && other.order > gone.order
        };
        let behind: Vec<_> = self.k.irps.iter().filter(behind).map(|(id, _)| id).collect();
        for other in behind {
            self.k.irps[other].order -= 1;
        }
        gone.request
    }

    /// Everything that completion does, in the order of semantics.md B2.
    pub(crate) fn finish(&mut self, irp: IrpId, request: &Request, outcome: Outcome) {
        let Request { file, status_block, .. } = *request;
        let Outcome { status, information, pended, .. } = outcome;
        let at_once = !pended;
        let rule = if at_once { Rule::CompletesAtOnce } else { Rule::CompletesLater };
        let overlapped = status_block;
        self.emit(rule, Effect::Completed { file, overlapped, status, information });
        if request.synchronous {
            return self.finish_synchronous(irp, request, outcome);
        }
        if at_once && status.is_error() {
            return self.fail_at_once(request, outcome);
        }
        if at_once && self.tells_nobody(request, outcome) {
            return;
        }
        let packet = self.packet_for(request, outcome);
        let deferred =
            |(_, p): (Association, Packet)| matches!(p.origin, Origin::CompletionDeferred(_));
        let deferred = packet.is_some_and(deferred);
        if !deferred {
            self.write_status(
                Rule::StatusBlockWritten,
                request.process,
                status_block,
                status,
                information,
            );
        }
        self.signal_completion(request, outcome);
        if let Some(routine) = request.routine {
            let apc = Apc::Completion { routine, overlapped, status, information };
            return self.queue_apc(request.thread, apc);
        }
        if let Some((association, packet)) = packet {
            let rule = self.packet_rule(request, outcome);
            self.insert(rule, association.port, packet);
        }
    }

    /// What of a disk ends at once without anybody being told but the caller, under a deviation.
    fn tells_nobody(&mut self, request: &Request, outcome: Outcome) -> bool {
        let Request { file, op, process, status_block: overlapped, .. } = *request;
        let lock = op == IoOp::LockFileEx && self.deviates(Deviation::LockTellsEventOnly);
        let control = op.is_control()
            && self.k.files[file].kind == FileKind::Disk
            && self.deviates(Deviation::DiskControlSilent);
        if lock {
            self.set_user_event(request);
        }
        if control {
            let Outcome { status, information, .. } = outcome;
            self.write_status(Rule::StatusBlockWritten, process, overlapped, status, information);
        }
        if lock || control {
            self.emit(Rule::CompletesAtOnce, Effect::NoPacket { file, overlapped });
        }
        lock || control
    }

    /// A failure at once is told to the caller alone.
    fn fail_at_once(&mut self, request: &Request, outcome: Outcome) {
        let Request { file, status_block: overlapped, .. } = *request;
        if !self.deviates(Deviation::SyncErrorPosts) {
            let effect = Effect::NoPacket { file, overlapped };
            return self.emit(Rule::ErrorAtOnceNoPacket, effect);
        }
        if let Some((association, packet)) = self.packet_for(request, outcome) {
            self.insert(self.packet_rule(request, outcome), association.port, packet);
        }
    }

    /// Writes an OVERLAPPED, if there is one.
    pub(crate) fn write_status(
        &mut self,
        rule: Rule,
        process: ProcessId,
        at: Overlapped,
        status: NtStatus,
        information: u64,
    ) {
        if at == Overlapped::NULL {
            return;
        }
        let block = StatusBlock { at, status, information };
        self.k.processes[process].write_status_block(block);
        self.emit(rule, Effect::StatusBlock { overlapped: at, status, information });
    }

    /// The packet for a completion, or nothing, with the reason.
    fn packet_for(&mut self, request: &Request, outcome: Outcome) -> Option<(Association, Packet)> {
        let Request { file, status_block: overlapped, context, .. } = *request;
        let association = self.k.files[file].association?;
        let refusal = if request.routine.is_some() {
            Some(Rule::ApcInsteadOfPacket)
        } else if context == 0 {
            let quiet = !request.op.is_native() && overlapped != Overlapped::NULL;
            Some(if quiet { Rule::LowBitNoPacket } else { Rule::NullContextNoPacket })
        } else {
            self.skip_rule(request, outcome)
        };
        if let Some(rule) = refusal {
            self.emit(rule, Effect::NoPacket { file, overlapped });
            return None;
        }
        let peek = request.op == IoOp::NtFsControlFile && self.deviates(Deviation::PeekAtOnce);
        let deferred = outcome.later && self.defers_status_block(request);
        let packet = Packet {
            key: association.key,
            overlapped: Overlapped(context),
            status: outcome.status,
            information: if peek { 0 } else { outcome.information },
            origin: if deferred {
                Origin::CompletionDeferred(request.process)
            } else {
                Origin::Completion
            },
        };
        Some((association, packet))
    }

    /// Whether the OVERLAPPED waits for the packet to be removed (D7). The packet must lead back to
    /// it: a native call may give any APC context.
    fn defers_status_block(&self, request: &Request) -> bool {
        request.event.is_none()
            && request.context == request.status_block.0
            && self.k.semantics.profile >= Profile::Vista
            && !self.deviates(Deviation::StatusBlockEarly)
    }

    /// The rule by which the skip mode suppresses the packet, if it does: of what succeeded
    /// without having pended. A warning counts as success up to Windows 7 only (G10).
    fn skip_rule(&self, request: &Request, outcome: Outcome) -> Option<Rule> {
        let skips = self.k.files[request.file].has_mode(SKIP_COMPLETION_PORT_ON_SUCCESS)
            && !self.deviates(Deviation::SkipIgnored);
        if skips
            && request.op == IoOp::DisconnectEx
            && outcome.status.is_success()
            && self.deviates(Deviation::DisconnectSkips)
        {
            return Some(Rule::SkipOnSuccess);
        }
        if !skips || outcome.pended {
            return None;
        }
        match outcome.status.severity() {
            Severity::Success | Severity::Informational => Some(Rule::SkipOnSuccess),
            Severity::Warning if self.k.semantics.profile < Profile::Win8 => {
                Some(Rule::WarningSkipsOld)
            }
            Severity::Warning if self.deviates(Deviation::WarningSkipped) => {
                Some(Rule::SkipOnSuccess)
            }
            Severity::Warning | Severity::Error => None,
        }
    }

    /// Why there is a packet: the most telling rule that applies.
    fn packet_rule(&self, request: &Request, outcome: Outcome) -> Rule {
        let file = &self.k.files[request.file];
        let skips = file.has_mode(SKIP_COMPLETION_PORT_ON_SUCCESS);
        let modern = self.k.semantics.profile >= Profile::Win8;
        let several_handles = self.handle_count(Object::File(request.file)) > 1;
        if skips && outcome.pended && request.op == IoOp::DisconnectEx {
            Rule::DisconnectPends
        } else if skips && outcome.pended {
            Rule::PendedIgnoresSkip
        } else if modern && !outcome.pended && outcome.status.severity() == Severity::Warning {
            Rule::WarningPosts
        } else if several_handles || request.op == IoOp::AcceptEx {
            Rule::AssociationOfFileObject
        } else {
            Rule::CompletionPacket
        }
    }

    /// Sets the caller's event, or without one the file's own.
    fn signal_completion(&mut self, request: &Request, outcome: Outcome) {
        let file = &self.k.files[request.file];
        if let Some(event) = request.event {
            let fast = !outcome.pended && outcome.status.is_success();
            let skips = file.has_mode(SKIP_SET_USER_EVENT_ON_FAST_IO)
                && !self.deviates(Deviation::FastIoSetsEvent);
            if fast && skips {
                let object = Object::Event(event);
                return self.emit(Rule::FastIoSkipsUserEvent, Effect::StaysUnsignaled { object });
            }
            self.set_user_event(request);
        } else if file.has_mode(SKIP_SET_EVENT_ON_HANDLE) {
            let object = Object::File(request.file);
            self.emit(Rule::SkipSetEvent, Effect::StaysUnsignaled { object });
        } else {
            self.signal_file(Rule::CompletionSignalsFile, request.file);
        }
    }

    fn set_user_event(&mut self, request: &Request) {
        if let Some(event) = request.event
            && !std::mem::replace(&mut self.k.events[event].signaled, true)
        {
            self.signal(Rule::EventInsteadOfFile, Object::Event(event));
        }
    }

    /// A synchronous operation: no packet, no APC; the status block only if it did not fail; the
    /// issuer returns.
    fn finish_synchronous(&mut self, irp: IrpId, request: &Request, outcome: Outcome) {
        let Outcome { status, information, pended, .. } = outcome;
        if !status.is_error() {
            self.write_status(
                Rule::StatusBlockWritten,
                request.process,
                request.status_block,
                status,
                information,
            );
            self.set_user_event(request);
        }
        if let Some(routine) = request.routine
            && !status.is_error()
        {
            let Request { file, status_block: overlapped, .. } = *request;
            // Windows does not run the routine of a synchronous handle that completes at once.
            if pended || self.deviates(Deviation::SyncReadRunsApc) {
                let apc = Apc::Completion { routine, overlapped, status, information };
                self.queue_apc(request.thread, apc);
            } else {
                self.emit(Rule::SyncApcNotRun, Effect::NoPacket { file, overlapped });
            }
        }
        let failed_at_once = !pended && status.is_error();
        let file = &self.k.files[request.file];
        let silent = file.overlapped && file.has_mode(SKIP_SET_EVENT_ON_HANDLE);
        if !failed_at_once && !silent {
            self.signal_file(Rule::CompletionSignalsFile, request.file);
        }
        let thread = request.thread;
        let waits = matches!(&self.k.threads[thread].run,
            Run::Waiting(wait) if matches!(wait.call, Waiting::SyncIo { irp: own, .. } if own == irp));
        let issuer = &mut self.k.threads[thread];
        if issuer.suspended > 0
            && waits
            && let Run::Waiting(wait) = &mut issuer.run
        {
            // It finds out when it is resumed.
            wait.call = Waiting::SyncIoDone { op: request.op, status, information };
        } else if waits {
            self.end_wait(Rule::UnblockCounts, thread, WaitEnd::Io { status, information });
        }
    }
}
