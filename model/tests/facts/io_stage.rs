//! The stage for facts about operations: files tied to a port, and what the caller can see of an
//! operation, in one word each.

pub(crate) use crate::support::*;

/// The OVERLAPPED (equally the status block) of every operation that names no other.
pub(crate) const OV: Overlapped = Overlapped::numbered(1);

/// One thread, one port, and files that may be tied to it.
pub(crate) struct Io {
    pub(crate) w: World,
    pub(crate) t: ThreadId,
    pub(crate) port: Handle,
}

/// An operation with an OVERLAPPED and no event, its driver as modelled, 100 bytes.
pub(crate) fn op(op: IoOp, file: Handle) -> IoCall {
    let notify = Notify::Overlapped(OverlappedArg { at: OV, event: Handle::NULL });
    IoCall { op, file, length: 100, other: Handle::NULL, notify, reply: Reply::Driver }
}

pub(crate) fn pends(call: IoCall) -> IoCall {
    IoCall { reply: Reply::Pending, ..call }
}

pub(crate) fn ends(status: u32, information: u64, call: IoCall) -> IoCall {
    IoCall { reply: Reply::Done { status: NtStatus(status), information }, ..call }
}

pub(crate) fn length(length: u32, call: IoCall) -> IoCall {
    IoCall { length, ..call }
}

/// With `hEvent`.
pub(crate) fn event(event: Handle, call: IoCall) -> IoCall {
    IoCall { notify: Notify::Overlapped(OverlappedArg { at: OV, event }), ..call }
}

/// The same, where a variable is called `event`.
pub(crate) fn event_of(handle: Handle, call: IoCall) -> IoCall {
    event(handle, call)
}

/// With another OVERLAPPED.
pub(crate) fn at(number: u16, call: IoCall) -> IoCall {
    let at = Overlapped::numbered(number);
    IoCall { notify: Notify::Overlapped(OverlappedArg { at, event: Handle::NULL }), ..call }
}

/// With a completion routine.
pub(crate) fn routine(routine: u16, call: IoCall) -> IoCall {
    let overlapped = OverlappedArg { at: OV, event: Handle::NULL };
    IoCall { notify: Notify::Routine { overlapped, routine }, ..call }
}

/// Without an OVERLAPPED.
pub(crate) fn nothing_given(call: IoCall) -> IoCall {
    IoCall { notify: Notify::Nothing, ..call }
}

/// A native operation whose APC context is its status block, as most are.
pub(crate) fn native(op_: IoOp, file: Handle, event: Handle, routine: Option<u16>) -> IoCall {
    let notify = Notify::Native { event, routine, context: OV.0, status_block: OV };
    IoCall { notify, ..op(op_, file) }
}

/// TRUE and the bytes.
pub(crate) fn done(bytes: u32) -> Option<Return> {
    Some(Return { value: Value::Bool(true), last_error: None, out: Out::Bytes(bytes) })
}

/// FALSE, an error, and bytes all the same: a warning.
pub(crate) fn warns(error: u32, bytes: u32) -> Option<Return> {
    let (value, last_error) = (Value::Bool(false), Some(error));
    Some(Return { value, last_error, out: Out::Bytes(bytes) })
}

/// FALSE and ERROR_IO_PENDING.
pub(crate) fn pending() -> Option<Return> {
    fails(997)
}

/// 0 and the bytes.
pub(crate) fn wsa_done(bytes: u32) -> Option<Return> {
    Some(Return { value: Value::Int(0), last_error: None, out: Out::Bytes(bytes) })
}

/// SOCKET_ERROR and a Winsock error; the byte count is untouched.
pub(crate) fn wsa_fails(error: u32) -> Option<Return> {
    let (value, last_error) = (Value::Int(-1), Some(error));
    Some(Return { value, last_error, out: Out::Nothing })
}

fn packet_out(key: u64, bytes: u32, overlapped: Overlapped) -> Out {
    Out::Packet { bytes: Some(bytes), key: Some(key), overlapped }
}

/// GetQueuedCompletionStatus: TRUE, with the packet of an operation on `OV`.
pub(crate) fn completed(key: u64, bytes: u32) -> Option<Return> {
    let out = packet_out(key, bytes, OV);
    Some(Return { value: Value::Bool(true), last_error: None, out })
}

/// GetQueuedCompletionStatus: FALSE, with the packet of a failed operation on `OV`.
pub(crate) fn failed(key: u64, bytes: u32, error: u32) -> Option<Return> {
    let out = packet_out(key, bytes, OV);
    Some(Return { value: Value::Bool(false), last_error: Some(error), out })
}

/// GetQueuedCompletionStatus: FALSE, WAIT_TIMEOUT, no packet.
pub(crate) fn empty() -> Option<Return> {
    nothing(258)
}

impl Io {
    pub(crate) fn new(semantics: impl Into<Semantics>) -> Io {
        let mut w = World::new(semantics);
        let [t] = w.threads();
        let port = w.port(4);
        Io { w, t, port }
    }

    pub(crate) fn call(&mut self, call: Call) -> Option<Return> {
        self.w.call(self.t, call)
    }

    pub(crate) fn handle(&mut self, call: Call) -> Handle {
        self.w.handle(self.t, call)
    }

    /// An overlapped file of a kind.
    pub(crate) fn open(&mut self, kind: FileKind) -> Handle {
        self.handle(Call::CreateFile { kind, overlapped: true, inherit: false })
    }

    pub(crate) fn open_synchronous(&mut self, kind: FileKind) -> Handle {
        self.handle(Call::CreateFile { kind, overlapped: false, inherit: false })
    }

    /// An overlapped file of a kind, associated with the port.
    pub(crate) fn bound(&mut self, kind: FileKind, key: u64) -> Handle {
        let file = self.open(kind);
        self.bind(file, key);
        file
    }

    pub(crate) fn bind(&mut self, file: Handle, key: u64) {
        let existing_port = self.port;
        let call = Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 };
        assert_eq!(self.handle(call), existing_port, "the association is accepted");
    }

    /// A connected pipe: server, client.
    pub(crate) fn pipe(&mut self, message: bool) -> [Handle; 2] {
        let server = self.handle(Call::CreateNamedPipe { overlapped: true, message });
        [server, self.handle(Call::OpenNamedPipe { server, overlapped: true })]
    }

    /// Two connected stream sockets.
    pub(crate) fn sockets(&mut self) -> [Handle; 2] {
        match self.call(Call::SocketPair { overlapped: true }) {
            Some(Return { value: Value::Handle(a), out: Out::Handle(b), .. }) => [a, b],
            other => panic!("no sockets: {other:?}"),
        }
    }

    pub(crate) fn event(&mut self) -> Handle {
        self.handle(Call::CreateEvent { manual_reset: true, initial: false })
    }

    pub(crate) fn modes(&mut self, file: Handle, flags: u32) {
        let call = Call::NtSetInformationFileNotificationModes { file, flags, length: 4 };
        assert_eq!(self.call(call), status(NtStatus::SUCCESS));
    }

    pub(crate) fn io(&mut self, call: IoCall) -> Option<Return> {
        self.call(Call::Io(call))
    }

    /// The pending operation, of which there is one.
    pub(crate) fn irp(&self) -> IrpId {
        let mut irps = self.w.kernel.irps().ids();
        let irp = irps.next().expect("an operation is pending");
        assert_eq!(irps.next(), None, "only one operation is pending");
        irp
    }

    /// The driver completes the pending operation.
    pub(crate) fn complete(&mut self, status: u32, information: u64) {
        let irp = self.irp();
        self.w.act(Action::Complete { irp, status: NtStatus(status), information });
    }

    pub(crate) fn finish_cancel(&mut self) {
        let irp = self.irp();
        self.w.act(Action::FinishCancel { irp });
    }

    pub(crate) fn file(&self, file: Handle) -> FileId {
        match self.w.object(file) {
            Object::File(id) => id,
            other => panic!("{other} is no file"),
        }
    }

    pub(crate) fn arrive(&mut self, file: Handle, what: Arrival) {
        let file = self.file(file);
        self.w.act(Action::Arrive { file, what });
    }

    pub(crate) fn poll(&mut self) -> Option<Return> {
        self.w.poll(self.t, self.port)
    }

    /// NtRemoveIoCompletion with timeout 0: the packet, all four fields, or nothing.
    pub(crate) fn take(&mut self) -> Option<(u64, u64, u32, u64)> {
        let call = Call::NtRemoveIoCompletion { port: self.port, timeout: Timeout::Zero };
        match self.call(call)?.out {
            Out::Removed(p) => Some((p.key, p.overlapped.0, p.status.0, p.information)),
            _ => None,
        }
    }

    pub(crate) fn depth(&self) -> u32 {
        self.w.depth(self.port)
    }

    /// Whether a wait on the handle would end at once. Of files and manual-reset events only,
    /// which waiting does not change.
    pub(crate) fn signaled(&mut self, handle: Handle) -> bool {
        let call = Call::WaitForSingleObject { handle, timeout: Timeout::Zero };
        match self.call(call).map(|result| result.value) {
            Some(Value::Dword(0)) => true,
            Some(Value::Dword(258)) => false,
            other => panic!("{other:?}"),
        }
    }

    /// `OVERLAPPED.Internal` and `InternalHigh` of `OV`; nothing if the kernel never wrote them.
    pub(crate) fn block(&self) -> Option<(u32, u64)> {
        let block = self.w.kernel.status_block(ProcessId(0), OV)?;
        Some((block.status.0, block.information))
    }

    /// What APC routines have run so far, oldest first.
    pub(crate) fn routines_run(&self) -> Vec<u16> {
        let ran = |(_, effect): &(Rule, Effect)| match effect {
            Effect::ApcRan { apc: Apc::Completion { routine, .. }, .. } => Some(*routine),
            _ => None,
        };
        self.w.log.iter().filter_map(ran).collect()
    }

    /// Waits alertably without waiting: pending APCs run.
    pub(crate) fn alert(&mut self) {
        self.call(Call::SleepEx { timeout: Timeout::Zero, alertable: true });
    }

    /// A call that must change nothing but the last error. Its result.
    pub(crate) fn refused(&mut self, call: Call) -> Option<Return> {
        let thread = self.t;
        let same_error = |kernel: &Kernel| {
            let call = Call::SetLastError { error: 0 };
            kernel.step(Action::Call { thread, call }).expect("it runs").next
        };
        let before = same_error(&self.w.kernel);
        let result = self.w.call(thread, call.clone());
        assert_eq!(same_error(&self.w.kernel), before, "{call:?} changes nothing");
        result
    }
}

/// A second handle to the same object.
pub(crate) fn duplicate(handle: Handle) -> Call {
    Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle,
        target_process: Handle::CURRENT_PROCESS,
        access: None,
        inherit: false,
        close_source: false,
    }
}
