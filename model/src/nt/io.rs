//! Issuing an operation on a file: the checks, the event, the driver, and what the caller is told
//! at once.

use crate::call::{Access, FileKind, IoCall, IoOp, Notify, Reply};
use crate::effect::{Effect, Observer, Return};
use crate::ids::{EventId, FileId, Handle, IrpId, Object, Overlapped, ThreadId};
use crate::io::complete::Outcome;
use crate::io::file::Link;
use crate::io::request::{Irp, Request};
use crate::ke::thread::{Run, Wait, WaitOn, Waiting};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;
use crate::win32::io::{io_return, waited_return};

/// No pending operation: for requests that never become one.
const NO_IRP: IrpId = IrpId(u16::MAX);

impl<O: Observer> Machine<'_, O> {
    /// The file a handle names.
    pub(crate) fn file(&self, thread: ThreadId, handle: Handle) -> Result<FileId, NtStatus> {
        match self.lookup(thread, handle)?.object {
            Object::File(file) => Ok(file),
            _ => Err(self.type_mismatch()),
        }
    }

    fn event_argument(
        &self,
        thread: ThreadId,
        handle: Handle,
    ) -> Result<Option<EventId>, NtStatus> {
        if handle == Handle::NULL {
            return Ok(None);
        }
        let entry = self.lookup(thread, handle)?;
        let Object::Event(event) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, Access::MODIFY_STATE)?;
        Ok(Some(event))
    }

    /// Checks the arguments and makes the request.
    pub(crate) fn request(&self, thread: ThreadId, call: &IoCall) -> Result<Request, NtStatus> {
        let file = self.file(thread, call.file)?;
        self.granted(self.lookup(thread, call.file)?, call.op.access())?;
        let f = &self.k.files[file];
        let (event, routine, context, status_block) = match call.notify {
            Notify::Nothing => (Handle::NULL, None, 0, Overlapped::NULL),
            Notify::Overlapped(o) => {
                let quiet = o.event.low_bit() && !self.deviates(Deviation::LowBitIgnored);
                let context = if quiet { 0 } else { o.at.0 };
                (o.event.without_low_bit(), None, context, o.at)
            }
            // With a completion routine the system ignores hEvent.
            Notify::Routine { overlapped, routine } => {
                (Handle::NULL, Some(routine), 0, overlapped.at)
            }
            Notify::Native { event, routine, context, status_block } => {
                (event, routine, context, status_block)
            }
        };
        let event = self.event_argument(thread, event)?;
        let other = match call.other {
            Handle::NULL => None,
            handle => Some(self.file(thread, handle)?),
        };
        if routine.is_some() && f.association.is_some() {
            let rule = Rule::ApcRefusedWhenAssociated;
            return Err(self.refuse(rule, NtStatus::INVALID_PARAMETER));
        }
        if call.op.is_ex() && !f.overlapped {
            return Err(self.invalid_parameter());
        }
        let native = matches!(call.notify, Notify::Native { .. });
        let waits_inside = !native && status_block == Overlapped::NULL;
        let needs_offset = f.kind == FileKind::Disk && call.op.access() != Access(0);
        if waits_inside
            && f.overlapped
            && needs_offset
            && !self.deviates(Deviation::NullOverlappedWaits)
        {
            return Err(self.refuse(Rule::NullOverlappedRefused, NtStatus::INVALID_PARAMETER));
        }
        Ok(Request {
            op: call.op,
            file,
            thread,
            process: self.k.threads[thread].process,
            event,
            routine,
            context,
            status_block,
            synchronous: !f.overlapped || waits_inside,
            length: call.length,
            other,
            poll: None,
        })
    }

    /// An operation is issued; `None` means that the issuer waits for it inside the call.
    pub(crate) fn io(&mut self, thread: ThreadId, call: &IoCall) -> Option<Return> {
        let request = match self.request(thread, call) {
            Ok(request) => request,
            Err(status) => return Some(io_return(call.op, status, 0)),
        };
        self.clear_event(&request);
        let late = self.resets_late(&request);
        if !late {
            self.unsignal_file(Rule::EventResetAtStart, request.file);
        }
        let reply = match call.reply {
            Reply::Driver => self.driver_reply(&request),
            given => given,
        };
        let fails = matches!(reply, Reply::Done { status, .. } if status.is_error());
        if late && !fails && request.op != IoOp::NtFsControlFile {
            self.unsignal_file(Rule::EventResetAtStart, request.file);
        }
        match reply {
            Reply::Pending | Reply::Driver => self.pend(&request),
            Reply::Done { status, information } => {
                let outcome = Outcome { status, information, pended: false, later: false };
                self.end_at_once(&request, outcome, status)
            }
            Reply::Exact { returned, marked_pending: pended, status, information } => {
                let outcome = Outcome { status, information, pended, later: false };
                // A synchronous handle waits for what says it is pending, and returns how it ended.
                let waited = request.synchronous && returned == NtStatus::PENDING;
                self.end_at_once(&request, outcome, if waited { status } else { returned })
            }
        }
    }

    /// Whether the file is reset only once it is known that the operation does something.
    fn resets_late(&self, request: &Request) -> bool {
        let kind = self.k.files[request.file].kind;
        let pipe = matches!(kind, FileKind::PipeServer | FileKind::PipeClient);
        pipe && self.deviates(Deviation::FileResetOnTransfer)
    }

    /// An operation that starts resets the event it will set, and the file's own (G06).
    pub(crate) fn clear_events(&mut self, request: &Request) {
        self.clear_event(request);
        self.unsignal_file(Rule::EventResetAtStart, request.file);
    }

    fn clear_event(&mut self, request: &Request) {
        if let Some(event) = request.event
            && std::mem::replace(&mut self.k.events[event].signaled, false)
        {
            let object = Object::Event(event);
            self.emit(Rule::EventResetAtStart, Effect::Unsignaled { object });
        }
    }

    pub(crate) fn pend(&mut self, request: &Request) -> Option<Return> {
        let Request { file, status_block, op, thread, .. } = *request;
        let before = self.k.irps.iter().filter(|(_, irp)| irp.request.file == file);
        let order = before.count() as u32;
        if op == IoOp::ConnectNamedPipe && self.k.files[file].link == Link::Disconnected {
            self.k.files[file].link = Link::Listening;
        }
        let irp = self.k.irps.insert(Irp { request: *request, order, canceled: None });
        self.emit(Rule::OperationPends, Effect::Pended { irp, file, overlapped: status_block });
        if !request.synchronous {
            if !op.is_native() {
                let rule = Rule::OperationPends;
                self.write_status(rule, request.process, status_block, NtStatus::PENDING, 0);
            }
            return Some(io_return(op, NtStatus::PENDING, 0));
        }
        let call = Waiting::SyncIo { irp, op };
        let wait = Wait { on: WaitOn::Nothing, timer: false, alertable: false, call };
        self.k.threads[thread].run = Run::Waiting(wait);
        let timeout = crate::call::Timeout::Infinite;
        self.emit(Rule::SynchronousWaits, Effect::Waits { thread, timeout });
        self.stop_counting(thread);
        None
    }

    pub(crate) fn end_at_once(
        &mut self,
        request: &Request,
        mut outcome: Outcome,
        returned: NtStatus,
    ) -> Option<Return> {
        let transferred = outcome.information;
        if request.op == IoOp::WSAIoctl && !outcome.pended && outcome.status.is_success() {
            // Answered inside Winsock: the caller gets the size, the packet says 0 bytes (J19).
            outcome.information = 0;
            self.decide(Rule::WsaIoctlInlineZero);
        }
        self.connection_changes(request, outcome.status);
        self.finish(NO_IRP, request, outcome);
        Some(if request.synchronous {
            waited_return(request.op, returned, transferred)
        } else {
            io_return(request.op, returned, transferred)
        })
    }
}
