//! A thread: whether it runs or waits, which port counts it, and its APCs.

use std::collections::VecDeque;

use crate::call::{IoOp, Timeout};
use crate::code::{Code, Sink, code_enum, code_struct};
use crate::effect::Apc;
use crate::ids::{Handle, IrpId, Object, Overlapped, PortId, ProcessId};
use crate::ke::dispatcher::Waiter;
use crate::packet::Packet;
use crate::status::NtStatus;

/// A thread (semantics.md A2, A6).
#[derive(PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Thread {
    /// The process it belongs to.
    pub process: ProcessId,
    /// Running, waiting or gone.
    pub run: Run,
    /// How often it is suspended; it runs only at 0.
    pub suspended: u8,
    /// The port that counts it (`KTHREAD.Queue`): at most one.
    pub attached: Option<PortId>,
    /// What `GetLastError` returns.
    pub last_error: u32,
    /// User APCs not yet run, oldest first.
    pub apcs: VecDeque<Apc>,
    /// Who waits for this thread to exit.
    pub waiters: Vec<Waiter>,
}

impl Clone for Thread {
    /// A search clones threads all the time, and nearly none has an APC or is waited for.
    #[inline]
    fn clone(&self) -> Self {
        let Thread { process, ref run, suspended, attached, last_error, ref apcs, ref waiters } =
            *self;
        let run = run.clone();
        let apcs = if apcs.is_empty() { VecDeque::new() } else { apcs.clone() };
        let waiters = if waiters.is_empty() { Vec::new() } else { waiters.clone() };
        Thread { process, run, suspended, attached, last_error, apcs, waiters }
    }
    /// Keeps the buffers.
    #[inline]
    fn clone_from(&mut self, source: &Self) {
        let Thread { process, ref run, suspended, attached, last_error, ref apcs, ref waiters } =
            *source;
        (self.process, self.suspended) = (process, suspended);
        (self.attached, self.last_error) = (attached, last_error);
        self.run.clone_from(run);
        if !(self.apcs.is_empty() && apcs.is_empty()) {
            self.apcs.clone_from(apcs);
        }
        if !(self.waiters.is_empty() && waiters.is_empty()) {
            self.waiters.clone_from(waiters);
        }
    }
}

impl Thread {
    pub(crate) fn new(process: ProcessId) -> Thread {
        Thread {
            process,
            run: Run::Running,
            suspended: 0,
            attached: None,
            last_error: 0,
            apcs: VecDeque::new(),
            waiters: Vec::new(),
        }
    }

    /// Whether a port that the thread is attached to counts it: it runs, or is ready to.
    #[inline]
    pub fn is_active(&self) -> bool {
        matches!(self.run, Run::Running) && self.suspended == 0
    }
}

/// What a thread is doing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Run {
    /// It runs or is ready to run. The queue sees no difference.
    Running,
    /// It waits inside a call.
    Waiting(Wait),
    /// Woken from a port without a packet, about to ask again (`hand-off=wake-and-retry`).
    Retrying(Wait),
    /// It waits for something outside the model.
    Blocked,
    /// It has exited.
    Exited,
}

/// A wait in progress.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Wait {
    /// What ends it.
    pub on: WaitOn,
    /// Whether its timer is armed.
    pub timer: bool,
    /// Whether a user APC ends it.
    pub alertable: bool,
    /// Which call to return from.
    pub call: Waiting,
}

/// What a thread waits for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WaitOn {
    /// A packet of this port; at most `max` of them.
    Port {
        /// The port.
        port: PortId,
        /// The length of the caller's array.
        max: u32,
        /// The handle to ask by again, under `retry=by-handle`; NULL otherwise.
        by: Handle,
    },
    /// One object.
    One(Object),
    /// Any of several objects.
    Any(Vec<Object>),
    /// All of several objects at once.
    All(Vec<Object>),
    /// Nothing: a delay.
    Nothing,
}

/// Which call a waiting thread is inside, so that the end of the wait becomes its result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Waiting {
    /// `NtRemoveIoCompletion`
    NtRemove,
    /// `NtRemoveIoCompletionEx`
    NtRemoveEx,
    /// `GetQueuedCompletionStatus`
    Gqcs,
    /// `GetQueuedCompletionStatusEx`
    GqcsEx,
    /// `NtWaitForSingleObject`
    NtWait,
    /// `WaitForSingleObject(Ex)` and `WaitForMultipleObjects(Ex)`
    Win32Wait,
    /// `Sleep`, which has no value
    Sleep,
    /// `SleepEx`
    SleepEx,
    /// A synchronous operation.
    SyncIo {
        /// The request that will end it.
        irp: IrpId,
        /// Which function the caller is in.
        op: IoOp,
    },
    /// A synchronous operation that ended while its thread was suspended: the call returns when
    /// the thread is resumed.
    SyncIoDone {
        /// Which function the caller is in.
        op: IoOp,
        /// Final status.
        status: NtStatus,
        /// `IoStatus.Information`.
        information: u64,
    },
    /// `SuspendThread` on the calling thread itself.
    SuspendSelf,
    /// `GetOverlappedResult(Ex)`
    OverlappedResult {
        /// The operation's OVERLAPPED.
        overlapped: Overlapped,
        /// Which function, for the way it reports a timeout.
        ex: bool,
    },
}

/// How a wait ended.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WaitEnd {
    /// With a packet.
    Packet(Packet),
    /// With a status: timeout, user APC, abandonment, or success of a wait for all.
    Status(NtStatus),
    /// The object with this index was signaled (`abandoned`: a mutant whose owner exited).
    Object {
        /// Index in the list waited for.
        index: u32,
        /// A mutant whose owner exited.
        abandoned: bool,
    },
    /// A synchronous operation ended.
    Io {
        /// Final status.
        status: NtStatus,
        /// `IoStatus.Information`.
        information: u64,
    },
}

/// A thread whose wait has ended during this action, and that has not returned yet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Woken {
    pub(crate) thread: crate::ids::ThreadId,
    pub(crate) wait: Wait,
    pub(crate) end: WaitEnd,
}

/// The arguments of a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitFor {
    pub(crate) timeout: Timeout,
    pub(crate) alertable: bool,
    pub(crate) call: Waiting,
    /// See [`WaitOn::Port`].
    pub(crate) by: Handle,
}

/// One byte says what there is besides the kind of [`Run`]; most threads have little.
impl Code for Thread {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        let Thread { process, run, suspended, attached, last_error, apcs, waiters } = self;
        let kind = match run {
            Run::Running => 0,
            Run::Waiting(_) => 1,
            Run::Retrying(_) => 2,
            Run::Blocked => 3,
            Run::Exited => 4,
        };
        let rare = process.0 != 0 || *suspended != 0;
        let present = kind
            | u8::from(attached.is_some()) << 3
            | u8::from(*last_error != 0) << 4
            | u8::from(rare) << 5
            | u8::from(!apcs.is_empty()) << 6
            | u8::from(!waiters.is_empty()) << 7;
        // As a number, for the highest bit may be set.
        present.put(out);
        if let Some(port) = attached {
            port.put(out);
        }
        if *last_error != 0 {
            last_error.put(out);
        }
        if rare {
            process.put(out);
            suspended.put(out);
        }
        if !apcs.is_empty() {
            apcs.put(out);
        }
        if !waiters.is_empty() {
            waiters.put(out);
        }
        if let Run::Waiting(wait) | Run::Retrying(wait) = run {
            wait.put(out);
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let present = u8::take(bytes)?;
        let has = |bit: u32| present & 1 << bit != 0;
        let attached = if has(3) { Some(PortId::take(bytes)?) } else { None };
        let last_error = if has(4) { u32::take(bytes)? } else { 0 };
        let (process, suspended) = if has(5) { Code::take(bytes)? } else { (ProcessId(0), 0) };
        let apcs = if has(6) { Code::take(bytes)? } else { VecDeque::new() };
        let waiters = if has(7) { Code::take(bytes)? } else { Vec::new() };
        let run = match present & 7 {
            0 => Run::Running,
            1 => Run::Waiting(Wait::take(bytes)?),
            2 => Run::Retrying(Wait::take(bytes)?),
            3 => Run::Blocked,
            4 => Run::Exited,
            _ => return None,
        };
        Some(Thread { process, run, suspended, attached, last_error, apcs, waiters })
    }
}

impl Code for Wait {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        let Wait { on, timer, alertable, call } = self;
        out.push(u8::from(*timer) | u8::from(*alertable) << 1);
        on.put(out);
        call.put(out);
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let flags = u8::take(bytes)?;
        let (timer, alertable) = (flags & 1 != 0, flags & 2 != 0);
        let canonical = flags < 4;
        canonical.then_some(Wait {
            on: WaitOn::take(bytes)?,
            timer,
            alertable,
            call: Waiting::take(bytes)?,
        })
    }
}

impl Code for WaitOn {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        match self {
            WaitOn::Port { port, max, by: Handle::NULL } => {
                out.push(0);
                port.put(out);
                max.put(out);
            }
            WaitOn::One(object) => {
                out.push(1);
                object.put(out);
            }
            WaitOn::Any(objects) => {
                out.push(2);
                objects.put(out);
            }
            WaitOn::All(objects) => {
                out.push(3);
                objects.put(out);
            }
            WaitOn::Nothing => out.push(4),
            WaitOn::Port { port, max, by } => {
                out.push(5);
                port.put(out);
                max.put(out);
                by.put(out);
            }
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(match u8::take(bytes)? {
            tag @ (0 | 5) => {
                let (port, max) = (Code::take(bytes)?, Code::take(bytes)?);
                let by = if tag == 0 { Handle::NULL } else { Handle::take(bytes)? };
                if tag == 5 && by == Handle::NULL {
                    return None;
                }
                WaitOn::Port { port, max, by }
            }
            1 => WaitOn::One(Code::take(bytes)?),
            2 => WaitOn::Any(Code::take(bytes)?),
            3 => WaitOn::All(Code::take(bytes)?),
            4 => WaitOn::Nothing,
            _ => return None,
        })
    }
}
code_enum!(Waiting {
    0 => NtRemove,
    1 => NtRemoveEx,
    2 => Gqcs,
    3 => GqcsEx,
    4 => NtWait,
    5 => Win32Wait,
    6 => Sleep,
    7 => SyncIo { irp, op },
    8 => OverlappedResult { overlapped, ex },
    9 => SuspendSelf,
    10 => SyncIoDone { op, status, information },
    11 => SleepEx,
});
code_struct!(Woken { thread, wait, end });
code_enum!(WaitEnd {
    0 => Packet(packet),
    1 => Status(status),
    2 => Object { index, abandoned },
    3 => Io { status, information },
});
