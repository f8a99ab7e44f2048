//! Everything an observer can see. Each effect is reported with the rule that it follows from.

mod results;

use crate::call::Timeout;
use crate::ids::{FileId, Handle, IrpId, Object, Overlapped, PortId, ProcessId, ThreadId};
use crate::packet::Packet;
use crate::rules::Rule;
use crate::semantics::Deviations;
use crate::status::NtStatus;

pub use results::{Out, Return, Value};

/// Sees the effects of an action as they happen.
pub trait Observer {
    /// One effect and the rule it follows from.
    fn effect(&mut self, rule: Rule, effect: Effect);

    /// The deviations that the action asked about, whether or not they are on, before it ended:
    /// under semantics that differ in others only it would have done the same.
    #[inline]
    fn asked(&mut self, _: Deviations) {}
}

/// Sees nothing, and costs nothing.
impl Observer for () {
    #[inline]
    fn effect(&mut self, _: Rule, _: Effect) {}
}

/// Keeps everything.
impl Observer for Vec<(Rule, Effect)> {
    fn effect(&mut self, rule: Rule, effect: Effect) {
        self.push((rule, effect));
    }
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn effect(&mut self, rule: Rule, effect: Effect) {
        (**self).effect(rule, effect);
    }

    fn asked(&mut self, deviations: Deviations) {
        (**self).asked(deviations);
    }
}

/// Something that happened. What an object is called stands under its kind: `port`, `thread`,
/// `file`.
///
/// Units: `from` and `to` are threads, `information` is bytes (`IoStatus.Information`), `timeout`
/// microseconds. Which sentence it follows from, and where that is written, says the [`Rule`]
/// beside it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "effect", rename_all = "snake_case"))]
pub enum Effect {
    /// A call returned to its caller.
    Returned {
        /// The thread that called.
        thread: ThreadId,
        /// Value, last error and out-parameters.
        result: Return,
    },
    /// A thread is counted by another port from now on (or by none).
    Attached {
        /// The thread.
        thread: ThreadId,
        /// The port; `None`: no port counts it any more.
        port: Option<PortId>,
    },
    /// The active count of a port changed.
    ActiveCount {
        /// The port.
        port: PortId,
        /// Threads that it counted before.
        from: u32,
        /// Threads that it counts now.
        to: u32,
    },
    /// A packet joined the queue.
    Queued {
        /// The port.
        port: PortId,
        /// The packet, all four fields.
        packet: Packet,
    },
    /// A packet left the queue for the thread that asked.
    Removed {
        /// The port.
        port: PortId,
        /// The packet, all four fields.
        packet: Packet,
        /// The thread that asked.
        thread: ThreadId,
    },
    /// A packet went straight to a waiter, which is released.
    Released {
        /// The port.
        port: PortId,
        /// The packet, all four fields.
        packet: Packet,
        /// The waiter that is released with it.
        thread: ThreadId,
    },
    /// A packet that nobody will ever remove was freed.
    Discarded {
        /// The port.
        port: PortId,
        /// The packet, all four fields.
        packet: Packet,
    },
    /// A completion queued no packet, because the rule says so.
    NoPacket {
        /// The file that it was issued on.
        file: FileId,
        /// Its OVERLAPPED or status block.
        overlapped: Overlapped,
    },
    /// A thread entered the stack of waiters (on top).
    Parked {
        /// The thread.
        thread: ThreadId,
        /// The port whose packets it waits for.
        port: PortId,
        /// How long it may wait, in microseconds, as the call said.
        timeout: Timeout,
    },
    /// A thread began to wait elsewhere.
    Waits {
        /// The thread.
        thread: ThreadId,
        /// How long it may wait, in microseconds, as the call said.
        timeout: Timeout,
    },
    /// A wait ended with this status.
    WaitEnded {
        /// The thread.
        thread: ThreadId,
        /// Why: success, `STATUS_TIMEOUT`, `STATUS_USER_APC` or `STATUS_ABANDONED_WAIT_0`.
        status: NtStatus,
    },
    /// A woken waiter will ask its port again (`hand-off=wake-and-retry`).
    WokenToRetry {
        /// The thread.
        thread: ThreadId,
        /// The port.
        port: PortId,
    },
    /// A thread began to wait for something outside the model.
    Blocked {
        /// The thread.
        thread: ThreadId,
    },
    /// That wait ended.
    Unblocked {
        /// The thread.
        thread: ThreadId,
    },
    /// A thread was suspended: it stops counting (semantics A6).
    Suspended {
        /// The thread.
        thread: ThreadId,
    },
    /// A thread was resumed once; at the last time it goes on (semantics A6).
    Resumed {
        /// The thread.
        thread: ThreadId,
    },
    /// A thread has ended and left its port (semantics A5 T9).
    Exited {
        /// The thread.
        thread: ThreadId,
    },
    /// A process has ended, its handles closed (semantics A10).
    ProcessExited {
        /// The process.
        process: ProcessId,
    },
    /// A new thread, attached to no port.
    ThreadCreated {
        /// The thread.
        thread: ThreadId,
        /// The process that it belongs to.
        process: ProcessId,
    },
    /// A user APC joined the queue of a thread.
    ApcQueued {
        /// The thread.
        thread: ThreadId,
        /// The program's number for the routine.
        routine: u16,
    },
    /// A user APC ran inside an alertable wait.
    ApcRan {
        /// The thread.
        thread: ThreadId,
        /// Which one, with what it is called with.
        apc: Apc,
    },
    /// An object became signaled; a port, that a packet is queued (I3).
    Signaled {
        /// The object.
        object: Object,
    },
    /// An object is signaled no more.
    Unsignaled {
        /// The object.
        object: Object,
    },
    /// The object was not signaled, and a rule says why.
    StaysUnsignaled {
        /// The object.
        object: Object,
    },
    /// A handle table got an entry.
    HandleOpened {
        /// The process.
        process: ProcessId,
        /// The handle value, in the table of that process.
        handle: Handle,
        /// What it names.
        object: Object,
    },
    /// A handle table lost an entry.
    HandleClosed {
        /// The process.
        process: ProcessId,
        /// The handle value, which names nothing now.
        handle: Handle,
        /// What it named.
        object: Object,
    },
    /// The last handle of a port was closed.
    Rundown {
        /// The port.
        port: PortId,
    },
    /// The last reference went, and with it the object.
    Freed {
        /// The object.
        object: Object,
    },
    /// A file was tied to a port: its completions queue packets with this key (semantics B5).
    Associated {
        /// The file.
        file: FileId,
        /// The port.
        port: PortId,
        /// The program's number for the file, in each of its packets.
        key: u64,
    },
    /// A file lost its tie to a port.
    Dissociated {
        /// The file.
        file: FileId,
        /// The port.
        port: PortId,
    },
    /// All notification modes of a file, after some were added (semantics B4).
    ModesSet {
        /// The file.
        file: FileId,
        /// The `FILE_SKIP_*` bits that are on.
        modes: u8,
    },
    /// A driver kept an operation.
    Pended {
        /// The operation.
        irp: IrpId,
        /// The file that it was issued on.
        file: FileId,
        /// Its OVERLAPPED or status block.
        overlapped: Overlapped,
    },
    /// An operation ended.
    Completed {
        /// The file that it was issued on.
        file: FileId,
        /// Its OVERLAPPED or status block.
        overlapped: Overlapped,
        /// The final status, as the driver gave it.
        status: NtStatus,
        /// `IoStatus.Information`: usually bytes.
        information: u64,
    },
    /// Somebody asked to cancel an operation; it is still pending (semantics B7).
    CancelRequested {
        /// The operation.
        irp: IrpId,
    },
    /// A poll of a socket reports these events (none: it ended without any; J24-J26).
    PollReports {
        /// The socket that was polled.
        socket: FileId,
        /// The status block of the poll.
        overlapped: Overlapped,
        /// `AFD_POLL_*` bits.
        events: u32,
    },
    /// The OVERLAPPED (or status block) was written.
    StatusBlock {
        /// Where it is.
        overlapped: Overlapped,
        /// What `Internal` (`IoStatus.Status`) says now.
        status: NtStatus,
        /// What `InternalHigh` (`IoStatus.Information`) says now: usually bytes.
        information: u64,
    },
}

/// A user-mode asynchronous procedure call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Apc {
    /// From `QueueUserAPC`.
    Queued {
        /// The program's number for the routine.
        routine: u16,
    },
    /// The completion routine of an operation.
    Completion {
        /// The program's number for the routine.
        routine: u16,
        /// The operation's OVERLAPPED or status block.
        overlapped: Overlapped,
        /// The final status.
        status: NtStatus,
        /// `IoStatus.Information`.
        information: u64,
    },
}

crate::code::code_enum!(Apc {
    0 => Queued { routine },
    1 => Completion { routine, overlapped, status, information },
});
