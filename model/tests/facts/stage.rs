//! What the fact tests share: calls as words, and scripts of one port with many threads.

pub use crate::support::*;
pub use iocp_model::status::*;

pub const INFINITE: Timeout = Timeout::Infinite;
pub const ZERO: Timeout = Timeout::Zero;
pub const TEN_MS: Timeout = Timeout::milliseconds(10);

/// The OVERLAPPED that the program calls number `n`, without an event.
pub fn overlapped(n: u16) -> OverlappedArg {
    OverlappedArg { at: Overlapped::numbered(n), event: Handle::NULL }
}

/// An operation that its driver keeps.
pub fn pending(op: IoOp, file: Handle, n: u16) -> Call {
    io(op, file, Notify::Overlapped(overlapped(n)), Reply::Pending)
}

/// An operation that ends inside the call.
pub fn at_once(op: IoOp, file: Handle, n: u16, status: NtStatus) -> Call {
    io(op, file, Notify::Overlapped(overlapped(n)), Reply::Done { status, information: 3 })
}

pub fn io(op: IoOp, file: Handle, notify: Notify, reply: Reply) -> Call {
    Call::Io(IoCall { op, file, length: 16, other: Handle::NULL, notify, reply })
}

pub fn native(context: u64) -> Notify {
    let status_block = Overlapped::numbered(9);
    Notify::Native { event: Handle::NULL, routine: None, context, status_block }
}

pub fn device(overlapped: bool) -> Call {
    Call::CreateFile { kind: FileKind::Device, overlapped, inherit: false }
}

pub fn associate(file: Handle, existing_port: Handle, key: u64) -> Call {
    Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 }
}

pub fn remove_ex(port: Handle, count: u32, timeout: Timeout, alertable: bool) -> Call {
    Call::NtRemoveIoCompletionEx { port, count, timeout, alertable }
}

pub fn gqcs_ex(port: Handle, count: u32, timeout: Timeout, alertable: bool) -> Call {
    Call::GetQueuedCompletionStatusEx { port, count, timeout, alertable }
}

pub fn duplicate(handle: Handle, access: Option<Access>) -> Call {
    Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle,
        target_process: Handle::CURRENT_PROCESS,
        access,
        inherit: false,
        close_source: false,
    }
}

/// A native post of a packet.
pub fn set(port: Handle, p: Packet) -> Call {
    let Packet { key, overlapped, status, information, .. } = p;
    Call::NtSetIoCompletion { port, key, context: overlapped.0, status, information }
}

/// A native packet, every field chosen.
pub fn native_packet(key: u64, value: u64, status: NtStatus, information: u64) -> Packet {
    Packet { key, overlapped: Overlapped(value), status, information, origin: Origin::Posted }
}

/// The entries of a batch remove that succeeded: native.
pub fn entries(packets: &[Packet]) -> Option<Return> {
    let out = Out::Entries { count: packets.len() as u32, entries: packets.to_vec() };
    Some(Return { value: Value::Status(NtStatus::SUCCESS), last_error: None, out })
}

/// A native batch remove that ended with a status and no packet.
pub fn no_entries(status: NtStatus) -> Option<Return> {
    let out = Out::Entries { count: 0, entries: Vec::new() };
    Some(Return { value: Value::Status(status), last_error: None, out })
}

/// FALSE and this last error, count 0.
pub fn ex_fails(error: u32) -> Option<Return> {
    let out = Out::Entries { count: 0, entries: Vec::new() };
    Some(Return { value: Value::Bool(false), last_error: Some(error), out })
}

/// A wait result, or another DWORD.
pub fn dword(value: u32) -> Option<Return> {
    Some(Return { value: Value::Dword(value), last_error: None, out: Out::Nothing })
}

/// WAIT_FAILED or (DWORD)-1, and a last error.
pub fn dword_fails(error: u32) -> Option<Return> {
    let last_error = Some(error);
    Some(Return { value: Value::Dword(u32::MAX), last_error, out: Out::Nothing })
}

/// NULL and a last error.
pub fn null(error: u32) -> Option<Return> {
    let last_error = Some(error);
    Some(Return { value: Value::Handle(Handle::NULL), last_error, out: Out::Nothing })
}

impl World {
    /// An action that may not be possible here.
    pub fn attempt(&mut self, action: Action) -> Result<(), Refusal> {
        let _ = self.kernel.step(action.clone())?;
        self.act(action);
        Ok(())
    }

    /// A call that this Windows may not have.
    pub fn try_call(&mut self, thread: ThreadId, call: Call) -> Result<Option<Return>, Refusal> {
        self.attempt(Action::Call { thread, call })?;
        Ok(self.returned(thread))
    }

    /// The handle that a call gives back, which this Windows may not have.
    pub fn try_handle(&mut self, thread: ThreadId, call: Call) -> Result<Handle, Refusal> {
        let _ = self.kernel.step(Action::Call { thread, call: call.clone() })?;
        Ok(self.handle(thread, call))
    }

    /// A new thread of the first process, by `CreateThread`: its id and a handle.
    pub fn spawn(&mut self, by: ThreadId) -> (ThreadId, Handle) {
        let handle = self.handle(by, Call::CreateThread {});
        match self.object(handle) {
            Object::Thread(thread) => (thread, handle),
            other => panic!("{other} is no thread"),
        }
    }

    /// How many user APCs have run.
    pub fn apcs_run(&self) -> usize {
        self.log.iter().filter(|(_, effect)| matches!(effect, Effect::ApcRan { .. })).count()
    }

    pub fn queue_apc(&mut self, thread: ThreadId) {
        let call = Call::QueueUserAPC { thread: Handle::CURRENT_THREAD, routine: 7 };
        assert_eq!(self.call(thread, call), dword(1));
    }

    /// The only pending operation.
    pub fn irp(&self) -> IrpId {
        let mut ids = self.kernel.irps().ids();
        let irp = ids.next().expect("an operation is pending");
        assert_eq!(ids.next(), None, "only one is");
        irp
    }

    pub fn complete(&mut self, status: NtStatus, information: u64) {
        let irp = self.irp();
        self.act(Action::Complete { irp, status, information });
    }

    /// An overlapped device, associated with the port.
    pub fn associated(&mut self, thread: ThreadId, port: Handle, key: u64) -> Handle {
        let file = self.handle(thread, device(true));
        self.handle(thread, associate(file, port, key));
        file
    }
}

/// One port, five threads besides the one that sets everything up, and what happens.
pub struct Script<'a> {
    /// The concurrency value.
    pub max: u32,
    /// Each step and what returns at it, by thread.
    pub steps: &'a [(Do, &'a [(usize, Got)])],
    /// Afterwards: the active count, the keys queued, and who waits in a remove, next to be
    /// released first.
    pub end: (u32, &'a [u64], &'a [usize]),
}

/// A step of a script: what a thread does, by its number.
#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// The setting-up thread, which is attached to nothing, posts this key.
    Post(u64),
    /// A worker posts.
    PostBy(usize, u64),
    /// Asks for a packet, for ever.
    Get(usize),
    /// Asks for a packet, for ten milliseconds.
    GetIn(usize),
    /// Asks for a packet with timeout 0.
    Poll(usize),
    /// Asks another, empty port with timeout 0.
    PollOther(usize),
    /// Waits for the handle of the port, for ever.
    Wait(usize),
    /// Waits for the handle of the port, for ten milliseconds.
    WaitIn(usize),
    /// Waits for the handle of the port, with timeout 0.
    WaitZero(usize),
    /// Waits for an auto-reset event, for ever.
    WaitEvent(usize),
    /// Sets that event.
    SetEvent(usize),
    /// Waits for something outside the model.
    Block(usize),
    /// That ends.
    Unblock(usize),
    /// Exits.
    Exit(usize),
    /// Is terminated by the setting-up thread.
    Kill(usize),
    /// Is suspended by the setting-up thread.
    Suspend(usize),
    /// Is resumed by it.
    Resume(usize),
    /// Its timer fires.
    Expire(usize),
    /// The only handle of the port is closed.
    Close,
}

/// What a call gave back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Got {
    /// GetQueuedCompletionStatus: TRUE, with this key.
    Key(u64),
    /// GetQueuedCompletionStatus: FALSE, no packet, this last error.
    Error(u32),
    /// A wait: WAIT_OBJECT_0.
    Signaled,
    /// A wait: WAIT_TIMEOUT.
    TimedOut,
    /// TRUE.
    Done,
}

impl Got {
    fn of(result: &Return) -> Got {
        match (result.value, &result.out) {
            (Value::Bool(true), Out::Packet { key: Some(key), .. }) => Got::Key(*key),
            (Value::Bool(false), Out::Packet { key: None, overlapped, .. }) => {
                assert_eq!(*overlapped, Overlapped::NULL);
                Got::Error(result.last_error.expect("FALSE sets the last error"))
            }
            (Value::Bool(true), Out::Nothing) => Got::Done,
            (Value::Dword(WAIT_OBJECT_0), Out::Nothing) => Got::Signaled,
            (Value::Dword(WAIT_TIMEOUT), Out::Nothing) => Got::TimedOut,
            _ => panic!("a script expects no {result:?}"),
        }
    }
}

impl Script<'_> {
    /// Plays it, step by step.
    pub fn play(&self, semantics: impl Into<Semantics>) -> World {
        let mut w = World::new(semantics);
        let [main] = w.threads();
        let (port, other) = (w.port(self.max), w.port(1));
        let event = w.handle(main, Call::CreateEvent { manual_reset: false, initial: false });
        let workers: [_; 5] = std::array::from_fn(|_| w.spawn(main));
        for (number, (step, expected)) in self.steps.iter().enumerate() {
            let from = w.log.len();
            w.act(step.action(main, &workers, [port, other, event]));
            let mut returned: Vec<(usize, Got)> = Vec::new();
            for (_, effect) in &w.log[from..] {
                if let Effect::Returned { thread, result } = effect
                    && let Some(worker) = workers.iter().position(|(id, _)| id == thread)
                {
                    returned.push((worker, Got::of(result)));
                }
            }
            returned.sort();
            assert_eq!(returned, *expected, "step {number}, {step:?}");
        }
        if let Some(Object::Port(id)) = w.kernel.resolve(ProcessId(0), port) {
            let p = w.kernel.port(id).expect("its handle is open");
            let queue: Vec<u64> = p.packets.iter().map(|packet| packet.key).collect();
            let number = |thread| workers.iter().position(|(id, _)| *id == thread).unwrap();
            let stack: Vec<usize> = p.stack().map(number).collect();
            assert_eq!((p.active, &queue[..], &stack[..]), self.end);
        } else {
            assert_eq!(self.end, (0, &[][..], &[][..]), "the port is gone");
        }
        w
    }
}

impl Do {
    fn action(
        self,
        main: ThreadId,
        workers: &[(ThreadId, Handle)],
        [port, other, event]: [Handle; 3],
    ) -> Action {
        let post = |key| Call::PostQueuedCompletionStatus {
            port,
            bytes: 0,
            key,
            overlapped: Overlapped::NULL,
        };
        let get = |port, timeout| Call::GetQueuedCompletionStatus { port, timeout };
        let wait = |handle, timeout| Call::WaitForSingleObject { handle, timeout };
        let (thread, call) = match self {
            Do::Post(key) => (main, post(key)),
            Do::PostBy(n, key) => (workers[n].0, post(key)),
            Do::Get(n) => (workers[n].0, get(port, INFINITE)),
            Do::GetIn(n) => (workers[n].0, get(port, TEN_MS)),
            Do::Poll(n) => (workers[n].0, get(port, ZERO)),
            Do::PollOther(n) => (workers[n].0, get(other, ZERO)),
            Do::Wait(n) => (workers[n].0, wait(port, INFINITE)),
            Do::WaitIn(n) => (workers[n].0, wait(port, TEN_MS)),
            Do::WaitZero(n) => (workers[n].0, wait(port, ZERO)),
            Do::WaitEvent(n) => (workers[n].0, wait(event, INFINITE)),
            Do::SetEvent(n) => (workers[n].0, Call::SetEvent { event }),
            Do::Exit(n) => (workers[n].0, Call::ExitThread {}),
            Do::Kill(n) => (main, Call::TerminateThread { thread: workers[n].1 }),
            Do::Suspend(n) => (main, Call::SuspendThread { thread: workers[n].1 }),
            Do::Resume(n) => (main, Call::ResumeThread { thread: workers[n].1 }),
            Do::Close => (main, Call::CloseHandle { handle: port }),
            Do::Block(n) => return Action::Block { thread: workers[n].0 },
            Do::Unblock(n) => return Action::Unblock { thread: workers[n].0 },
            Do::Expire(n) => return Action::Expire { thread: workers[n].0 },
        };
        Action::Call { thread, call }
    }
}
