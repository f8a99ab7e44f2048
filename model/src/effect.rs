//! Everything an observer can see. Each effect is reported with the rule that it follows from.

use crate::call::Timeout;
use crate::ids::{FileId, Handle, IrpId, Object, Overlapped, PortId, ProcessId, ThreadId};
use crate::packet::Packet;
use crate::rules::Rule;
use crate::status::NtStatus;

/// Sees the effects of an action as they happen.
pub trait Observer {
    /// One effect and the rule it follows from.
    fn effect(&mut self, rule: Rule, effect: Effect);
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
#[allow(missing_docs, reason = "the fields are the nouns of each sentence")]
pub enum Effect {
    /// A call returned to its caller.
    Returned { thread: ThreadId, result: Return },
    /// A thread is counted by another port from now on (or by none).
    Attached { thread: ThreadId, port: Option<PortId> },
    /// The active count of a port changed.
    ActiveCount { port: PortId, from: u32, to: u32 },
    /// A packet joined the queue.
    Queued { port: PortId, packet: Packet },
    /// A packet left the queue for the thread that asked.
    Removed { port: PortId, packet: Packet, thread: ThreadId },
    /// A packet went straight to a waiter, which is released.
    Released { port: PortId, packet: Packet, thread: ThreadId },
    /// A packet that nobody will ever remove was freed.
    Discarded { port: PortId, packet: Packet },
    /// A completion queued no packet, because the rule says so.
    NoPacket { file: FileId, overlapped: Overlapped },
    /// A thread entered the stack of waiters (on top).
    Parked { thread: ThreadId, port: PortId, timeout: Timeout },
    /// A thread began to wait elsewhere.
    Waits { thread: ThreadId, timeout: Timeout },
    /// A wait ended with this status.
    WaitEnded { thread: ThreadId, status: NtStatus },
    /// A woken waiter will ask its port again (`hand-off=wake-and-retry`).
    WokenToRetry { thread: ThreadId, port: PortId },
    /// A thread began to wait for something outside the model.
    Blocked { thread: ThreadId },
    /// That wait ended.
    Unblocked { thread: ThreadId },
    /// A thread was suspended: it stops counting (semantics A6).
    Suspended { thread: ThreadId },
    /// A thread was resumed once; at the last time it goes on (semantics A6).
    Resumed { thread: ThreadId },
    /// A thread has ended and left its port (semantics A5 T9).
    Exited { thread: ThreadId },
    /// A process has ended, its handles closed (semantics A10).
    ProcessExited { process: ProcessId },
    /// A new thread, attached to no port.
    ThreadCreated { thread: ThreadId, process: ProcessId },
    /// A user APC joined the queue of a thread.
    ApcQueued { thread: ThreadId, routine: u16 },
    /// A user APC ran inside an alertable wait.
    ApcRan { thread: ThreadId, apc: Apc },
    /// An object became signaled; a port, that a packet is queued (I3).
    Signaled { object: Object },
    /// An object is signaled no more.
    Unsignaled { object: Object },
    /// The object was not signaled, and a rule says why.
    StaysUnsignaled { object: Object },
    /// A handle table got an entry.
    HandleOpened { process: ProcessId, handle: Handle, object: Object },
    /// A handle table lost an entry.
    HandleClosed { process: ProcessId, handle: Handle, object: Object },
    /// The last handle of a port was closed.
    Rundown { port: PortId },
    /// The last reference went, and with it the object.
    Freed { object: Object },
    /// A file was tied to a port: its completions queue packets with this key (semantics B5).
    Associated { file: FileId, port: PortId, key: u64 },
    /// A file lost its tie to a port.
    Dissociated { file: FileId, port: PortId },
    /// All notification modes of a file, after some were added (semantics B4).
    ModesSet { file: FileId, modes: u8 },
    /// A driver kept an operation.
    Pended { irp: IrpId, file: FileId, overlapped: Overlapped },
    /// An operation ended.
    Completed { file: FileId, overlapped: Overlapped, status: NtStatus, information: u64 },
    /// Somebody asked to cancel an operation; it is still pending (semantics B7).
    CancelRequested { irp: IrpId },
    /// A poll of a socket reports these events (none: it ended without any; J24-J26).
    PollReports { socket: FileId, overlapped: Overlapped, events: u32 },
    /// The OVERLAPPED (or status block) was written.
    StatusBlock { overlapped: Overlapped, status: NtStatus, information: u64 },
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

/// What a call gave back.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Return {
    /// The function's value.
    pub value: Value,
    /// What `GetLastError` says now, if the call changed it. Native calls never do.
    pub last_error: Option<u32>,
    /// The out-parameters.
    pub out: Out,
}

/// The value of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Value {
    /// No value.
    Void,
    /// A BOOL.
    Bool(bool),
    /// An NTSTATUS.
    Status(NtStatus),
    /// A HANDLE.
    Handle(Handle),
    /// A DWORD: a wait result, a suspend count, an error number.
    Dword(u32),
    /// A Winsock result: 0 or `SOCKET_ERROR` (-1).
    Int(i32),
}

/// The out-parameters of a call. A field that is `None` is left untouched.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Out {
    /// Nothing was written.
    Nothing,
    /// `GetQueuedCompletionStatus`: `*lpOverlapped` is always written.
    Packet {
        /// `*lpNumberOfBytesTransferred`
        bytes: Option<u32>,
        /// `*lpCompletionKey`
        key: Option<u64>,
        /// `*lpOverlapped`
        overlapped: Overlapped,
    },
    /// `NtRemoveIoCompletion`, all four fields as in the packet.
    Removed(Packet),
    /// `...StatusEx` and `NtRemoveIoCompletionEx`: the count written and the entries.
    Entries {
        /// `*ulNumEntriesRemoved`; after a failure Windows writes 0 or 1 (A11), the model 0.
        count: u32,
        /// The packets, oldest first.
        entries: Vec<Packet>,
    },
    /// The bytes transferred of a file operation or of `GetOverlappedResult`.
    Bytes(u32),
    /// A handle (native creates and opens, `DuplicateHandle`, the second of a pair).
    Handle(Handle),
    /// `NtQueryIoCompletion`: the depth.
    Depth(u32),
    /// A previous count or state.
    Previous(u32),
    /// The notification modes of a file.
    Modes(u8),
    /// `AlreadySignaled`.
    AlreadySignaled(bool),
    /// The status block of a synchronous call was written.
    StatusBlock {
        /// `IoStatus.Status`
        status: NtStatus,
        /// `IoStatus.Information`
        information: u64,
    },
    /// A new process or thread: handles of both where there are both.
    Created {
        /// Handle of the process, for `CreateProcess`.
        process: Option<Handle>,
        /// Handle of the thread.
        thread: Handle,
    },
}
