//! What the arguments of a call say: how long it may wait, which rights it asks for, how it wants
//! to hear of a completion, and what the driver answers.

use crate::ids::{Handle, Overlapped};
use crate::status::NtStatus;

/// A span of model time in microseconds.
pub type Ticks = u64;

/// How long a call may wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Timeout {
    /// Never waits: a poll.
    Zero,
    /// Waits at most this long, in microseconds. The kernel only arms the timer; that it fires is
    /// an action of the environment.
    Finite(Ticks),
    /// Waits until something else ends the wait.
    Infinite,
}

impl Timeout {
    /// The timeout for a `dwMilliseconds` argument; `0xFFFFFFFF` is `INFINITE`.
    pub const fn milliseconds(milliseconds: u32) -> Timeout {
        match milliseconds {
            0 => Timeout::Zero,
            u32::MAX => Timeout::Infinite,
            n => Timeout::Finite(n as Ticks * 1000),
        }
    }
}

/// The access mask bits that the model distinguishes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Access(pub u32);

impl Access {
    /// `IO_COMPLETION_QUERY_STATE`
    pub const QUERY_STATE: Access = Access(0x1);
    /// `IO_COMPLETION_MODIFY_STATE`: set, remove and associate need it. The same bit is
    /// `EVENT_MODIFY_STATE` (set and reset) and `SEMAPHORE_MODIFY_STATE` (release).
    pub const MODIFY_STATE: Access = Access(0x2);
    /// `FILE_READ_DATA` of a file.
    pub const READ_DATA: Access = Access(0x1);
    /// `FILE_WRITE_DATA` of a file.
    pub const WRITE_DATA: Access = Access(0x2);
    /// `THREAD_TERMINATE` and `PROCESS_TERMINATE`; a synchronous operation of a thread is cancelled
    /// with it too.
    pub const TERMINATE: Access = Access(0x1);
    /// `THREAD_SUSPEND_RESUME`
    pub const SUSPEND_RESUME: Access = Access(0x2);
    /// `THREAD_SET_CONTEXT`: to queue an APC.
    pub const SET_CONTEXT: Access = Access(0x10);
    /// `PROCESS_SET_QUOTA`: to put the process into a job.
    pub const SET_QUOTA: Access = Access(0x100);
    /// `JOB_OBJECT_ASSIGN_PROCESS`
    pub const ASSIGN_PROCESS: Access = Access(0x1);
    /// `JOB_OBJECT_SET_ATTRIBUTES`: to set its port.
    pub const SET_ATTRIBUTES: Access = Access(0x2);
    /// `PROCESS_DUP_HANDLE`: to take handles out of a process, or to put some into it.
    pub const DUP_HANDLE: Access = Access(0x40);
    /// `SYNCHRONIZE`
    pub const SYNCHRONIZE: Access = Access(0x10_0000);
    /// `IO_COMPLETION_ALL_ACCESS`, and everything for any other object.
    pub const ALL: Access = Access(0x1F_0003);

    /// Whether every bit of `wanted` is granted.
    pub const fn has(self, wanted: Access) -> bool {
        self.0 == Access::ALL.0 || self.0 & wanted.0 == wanted.0
    }
}

/// The `OBJECT_ATTRIBUTES` argument of a native create or open, reduced to the cases that differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Attributes {
    /// No attributes at all (a NULL pointer).
    Null,
    /// `Length` is not `sizeof(OBJECT_ATTRIBUTES)`.
    WrongLength,
    /// Attributes without a name and without a root directory.
    Unnamed,
    /// No name, but a root directory handle that is bad.
    BadRoot,
    /// Name number `n` of the object name space.
    Named(u16),
}

/// What kind of thing a file object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum FileKind {
    /// A file on a disk.
    Disk,
    /// A directory, for `ReadDirectoryChangesW`.
    Directory,
    /// The server end of a named pipe.
    PipeServer,
    /// The client end of a named pipe.
    PipeClient,
    /// A connection-oriented socket.
    Stream,
    /// A socket in the listening state.
    Listener,
    /// A datagram socket.
    Datagram,
    /// Any other device: its driver does what [`Reply`] says.
    Device,
}

/// An operation on a file object that can end at a port.
///
/// Pending is 997 (`STATUS_PENDING`), whoever issued it; a refusal of the arguments is 6, 5 or 87
/// (10038, 10022 from Winsock), as in [`crate::Call`]. The rest is what its driver answers
/// ([`Reply`]), translated (semantics B1, C1, C2). Named here is what is particular to each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum IoOp {
    /// `ReadFile`: 38 at the end of a file, 234 and a packet for a longer message (B1, I04).
    ReadFile,
    /// `WriteFile`: 232 when a pipe's other end is gone, without a packet (G16, I01).
    WriteFile,
    /// `ReadFileEx`: completes by APC. 87 on an associated or not overlapped file (B5, F05).
    ReadFileEx,
    /// `WriteFileEx`: the same.
    WriteFileEx,
    /// `ConnectNamedPipe`: 535, at once and without a packet, if a client is there already (G15).
    ConnectNamedPipe,
    /// `TransactNamedPipe`: a write and a read; errors of both.
    TransactNamedPipe,
    /// `DeviceIoControl`: as its driver says (1G).
    DeviceIoControl,
    /// `LockFileEx`: disks; at once here (B1).
    LockFileEx,
    /// `ReadDirectoryChangesW`: TRUE once it is queued; the bytes are in the packet (B7).
    ReadDirectoryChangesW,
    /// `WaitCommEvent`: as its driver says.
    WaitCommEvent,
    /// `WSASend`: 10054 after a reset, 10057 before a connection, no packet for either (J02, J03).
    WSASend,
    /// `WSARecv`: the same; 0 bytes are the end of the stream (J01-J05).
    WSARecv,
    /// `WSASendTo`: at once.
    WSASendTo,
    /// `WSARecvFrom`: 10040 and a packet for a longer datagram (B1).
    WSARecvFrom,
    /// `WSAIoctl`: answered at once its packet says 0 bytes (J19-J23).
    WSAIoctl,
    /// `AcceptEx`: packets carry the listener's key; 10022 for an accept socket in use (J06-J11).
    AcceptEx,
    /// `ConnectEx`: 10022 on a socket that is connected already (J15-J17).
    ConnectEx,
    /// `DisconnectEx`: always says that it pends (J18).
    DisconnectEx,
    /// `TransmitFile`: errors of `WSASend`, but else it pends.
    TransmitFile,
    /// `NtReadFile`: a status; event, routine and context are arguments of their own (1G, F05).
    NtReadFile,
    /// `NtWriteFile`: the same.
    NtWriteFile,
    /// `NtDeviceIoControlFile`; with [`IoCall::other`] an AFD poll (1G, J24-J26).
    NtDeviceIoControlFile,
    /// `NtFsControlFile`: FSCTL_PIPE_PEEK on a pipe, whose answer is 16 bytes (I02, I03).
    NtFsControlFile,
}

/// What the driver under a file object answers. This is the environment's part of a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Reply {
    /// The modelled driver decides (pipes and sockets carry data, disks pend).
    Driver,
    /// Pends; [`crate::Action::Complete`] ends it later.
    Pending,
    /// Completes inside the call without being marked pending.
    Done {
        /// The final status.
        status: NtStatus,
        /// `IoStatus.Information`, usually the bytes transferred.
        information: u64,
    },
    /// Completes inside the call, every part chosen: the completion matrix (facts.md 1G).
    Exact {
        /// What the dispatch routine returns (R).
        returned: NtStatus,
        /// Whether it marked the request pending first (P).
        marked_pending: bool,
        /// The final status (S).
        status: NtStatus,
        /// `IoStatus.Information`.
        information: u64,
    },
}

/// The `OVERLAPPED` argument of a Win32 call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OverlappedArg {
    /// Where it is.
    pub at: Overlapped,
    /// `hEvent`, low bit included; NULL if there is none.
    pub event: Handle,
}

/// How the caller wants to hear of the completion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Notify {
    /// A Win32 call with `lpOverlapped` NULL.
    Nothing,
    /// A Win32 call with an OVERLAPPED.
    Overlapped(OverlappedArg),
    /// A Win32 call with an OVERLAPPED and a completion routine (`ReadFileEx`, Winsock).
    Routine {
        /// The OVERLAPPED; its event is ignored by the system.
        overlapped: OverlappedArg,
        /// The program's number for the routine.
        routine: u16,
    },
    /// A native call: event, APC routine, APC context and status block are separate arguments.
    Native {
        /// The event, or NULL.
        event: Handle,
        /// The program's number for the APC routine, if one is given.
        routine: Option<u16>,
        /// The APC context: what a packet carries; 0 asks for no packet.
        context: u64,
        /// The I/O status block.
        status_block: Overlapped,
    },
}

/// An operation on a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IoCall {
    /// Which one.
    pub op: IoOp,
    /// The file, pipe, socket or device.
    pub file: Handle,
    /// Bytes asked for or given.
    pub length: u32,
    /// The socket that `AcceptEx` accepts into, or the peer that a connect names; NULL otherwise.
    pub other: Handle,
    /// How completion is announced.
    pub notify: Notify,
    /// The driver's answer.
    pub reply: Reply,
}

/// A poll of a socket: the arguments of `NtDeviceIoControlFile` and what the `AFD_POLL_INFO` says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PollCall {
    /// What the poll is issued through: any socket, or a handle to `\\Device\\Afd`. Its port hears
    /// of the completion.
    pub file: Handle,
    /// The socket that is polled.
    pub socket: Handle,
    /// What to wait for: `AFD_POLL_RECEIVE` and the like.
    pub events: u32,
    /// Whether it takes the place of the socket's main poll.
    pub exclusive: bool,
    /// How long it may wait; zero looks and does not wait.
    pub timeout: Timeout,
    /// The event, or NULL.
    pub event: Handle,
    /// The APC context: what a packet carries; 0 asks for no packet.
    pub context: u64,
    /// The I/O status block; the `AFD_POLL_INFO` that is written is the one beside it.
    pub status_block: Overlapped,
}
