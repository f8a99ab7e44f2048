//! Cancellation, and what closing the last handle or the end of a thread does to operations
//! (semantics.md B7).

use crate::call::{FileKind, IoOp};
use crate::effect::{Effect, Observer};
use crate::ids::{FileId, IrpId, Overlapped, ProcessId, ThreadId};
use crate::io::file::{FileObject, Link};
use crate::io::request::Request;
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    fn irps_where(&self, which: impl Fn(&Request) -> bool) -> Vec<IrpId> {
        let mut found: Vec<_> = self.k.irps.iter().filter(|(_, irp)| which(&irp.request)).collect();
        found.sort_by_key(|(_, irp)| irp.order);
        found.into_iter().map(|(id, _)| id).collect()
    }

    /// Asks the driver to give an operation up. It still completes once; when, and with which
    /// status, is the driver's affair.
    fn request_cancel(&mut self, rule: Rule, irp: IrpId, status: NtStatus) {
        let pending = &mut self.k.irps[irp];
        if pending.canceled.is_none() {
            pending.canceled = Some(status);
            self.emit(rule, Effect::CancelRequested { irp });
        }
    }

    /// `CancelIo`: what the calling thread issued on this file. Never fails for want of anything.
    pub(crate) fn cancel_own(&mut self, thread: ThreadId, file: FileId) {
        for irp in self.irps_where(|r| r.file == file && r.thread == thread && !r.synchronous) {
            self.request_cancel(Rule::CancelIoOwnThread, irp, NtStatus::CANCELLED);
        }
    }

    /// `CancelIoEx`: what the process issued on this file, all or with one OVERLAPPED. False if
    /// nothing was found.
    pub(crate) fn cancel_any(
        &mut self,
        process: ProcessId,
        file: FileId,
        overlapped: Overlapped,
    ) -> bool {
        let found = self.irps_where(|r| {
            r.file == file
                && r.process == process
                && (overlapped == Overlapped::NULL || r.status_block == overlapped)
        });
        for irp in &found {
            self.request_cancel(Rule::CancelIoExRequests, *irp, NtStatus::CANCELLED);
        }
        !found.is_empty()
    }

    /// `CancelSynchronousIo`: what a thread waits for inside a call.
    pub(crate) fn cancel_synchronous(&mut self, thread: ThreadId) -> bool {
        let found = self.irps_where(|r| r.thread == thread && r.synchronous);
        for irp in &found {
            self.request_cancel(Rule::CancelSynchronous, *irp, NtStatus::CANCELLED);
        }
        !found.is_empty()
    }

    /// The driver lets a canceled operation go.
    pub(crate) fn finish_cancel(&mut self, irp: IrpId) {
        let status = self.k.irps[irp].canceled.unwrap_or(NtStatus::CANCELLED);
        self.complete_irp(irp, status, 0);
    }

    /// The end of the issuing thread. Operations on a file that is associated with a port live on
    /// since Vista; all others are canceled.
    pub(crate) fn cancel_for_exit(&mut self, thread: ThreadId) {
        let agnostic = self.k.semantics.profile >= Profile::Vista;
        for irp in self.irps_where(|r| r.thread == thread) {
            let Request { file, routine, synchronous, .. } = self.k.irps[irp].request;
            // What needs the thread itself, to run a routine or to return, cannot outlive it.
            let needs_thread = routine.is_some() || synchronous;
            let associated = self.k.files[file].association.is_some();
            if agnostic && !needs_thread && associated {
                continue;
            }
            let rule = match associated && !agnostic {
                true => Rule::ThreadExitCancelsAll,
                false => Rule::ThreadExitCancels,
            };
            self.request_cancel(rule, irp, NtStatus::CANCELLED);
            self.finish_cancel(irp);
        }
    }

    /// The close procedure of a file: after the last handle its driver ends what is pending, each
    /// kind in its own way.
    pub(crate) fn cleanup(&mut self, file: FileId) {
        let FileObject { kind, peer, .. } = self.k.files[file];
        self.polls_see_close(file);
        // A disk finishes what it has begun; the environment says when.
        if kind != FileKind::Disk {
            for irp in self.irps_where(|r| r.file == file) {
                let (rule, status) = self.closed_with(kind, &self.k.irps[irp].request);
                self.request_cancel(rule, irp, status);
                let information = self.report_nothing(rule, irp);
                self.complete_irp(irp, status, information);
            }
        }
        for irp in self.irps_where(|r| r.op == IoOp::AcceptEx && r.other == Some(file)) {
            let status = match self.deviates(Deviation::CloseAcceptCancels) {
                true => NtStatus::CANCELLED,
                false => NtStatus::CONNECTION_ABORTED,
            };
            self.complete_irp(irp, status, 0);
        }
        if let Some(peer) = peer
            && self.k.files[peer].link == Link::Connected
        {
            self.peer_closes(peer, Link::PeerClosed);
        }
    }

    /// What an operation ends with when its file is closed.
    fn closed_with(&self, kind: FileKind, request: &Request) -> (Rule, NtStatus) {
        match kind {
            _ if request.poll.is_some() => (Rule::CloseEndsPoll, NtStatus::TIMEOUT),
            FileKind::PipeServer | FileKind::PipeClient => {
                (Rule::ClosePipeBroken, NtStatus::PIPE_BROKEN)
            }
            FileKind::Stream if request.op.is_read() => self.closed_receive(),
            FileKind::Directory if self.deviates(Deviation::CloseDirectoryHandlesClosed) => {
                (Rule::CloseDirectory, NtStatus::HANDLES_CLOSED)
            }
            FileKind::Directory => (Rule::CloseDirectory, NtStatus::NOTIFY_CLEANUP),
            _ => (Rule::CloseCancels, NtStatus::CANCELLED),
        }
    }

    /// What a receive on a connected socket ends with when the socket is closed (J12, X14).
    fn closed_receive(&self) -> (Rule, NtStatus) {
        let rule = if self.k.semantics.profile < Profile::Vista {
            Rule::CloseCompletesReceiveOld
        } else {
            Rule::CloseCompletesReceive
        };
        let status = if self.deviates(Deviation::CloseSocketHandlesClosed) {
            NtStatus::HANDLES_CLOSED
        } else if rule == Rule::CloseCompletesReceiveOld
            || self.deviates(Deviation::CloseSocketNetnameDeleted)
        {
            NtStatus::LOCAL_DISCONNECT
        } else {
            NtStatus::CONNECTION_ABORTED
        };
        (rule, status)
    }
}
