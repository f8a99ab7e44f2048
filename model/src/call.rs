//! The calls a thread can make: Win32 and native entry points under their own names, with the
//! arguments that matter to a port. What the caller's memory holds is named, not addressed.

mod arguments;
mod simple;

use crate::ids::{Handle, Overlapped};
use crate::status::NtStatus;

pub use arguments::{
    Access, Attributes, FileKind, IoCall, IoOp, Notify, OverlappedArg, PollCall, Reply, Ticks,
    Timeout,
};

/// A call by a thread. Win32 and native entry points stand under their own names, their arguments
/// under the names of the documented parameters.
///
/// * Units: `bytes` and `length` are bytes, `timeout` is microseconds ([`Timeout`]), `count`
///   entries of the caller's array, `concurrency` threads (0: as many as there are processors).
/// * Errors: Win32 calls set the last error, which is meant by the numbers here; native calls
///   return the status. Besides those named, each handle may be refused: 6 if it names nothing
///   (`STATUS_INVALID_HANDLE`) or something else (`STATUS_OBJECT_TYPE_MISMATCH`), 5 without the
///   access (`STATUS_ACCESS_DENIED`). A function that this Windows lacks is a refusal.
/// * Sources: `semantics` is a section of semantics.md, a letter and two digits a fact of facts.md.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "op", content = "args"))]
pub enum Call {
    // Ports, Win32.
    /// A new port (`file` -1), or a file associated with a port, given or new. NULL with 87 (a file
    /// not overlapped or taken already, -1 with an existing port), 1450, 1816 (semantics C2; C01,
    /// F01, F02).
    CreateIoCompletionPort {
        /// The file to associate, or -1: a new port only.
        file: Handle,
        /// The port to associate it with, with `IO_COMPLETION_MODIFY_STATE`; NULL: a new one.
        existing_port: Handle,
        /// The caller's number for the file, handed back with each of its packets.
        key: u64,
        /// How many threads may run at a time; 0: as many as there are processors. Ignored for an
        /// existing port.
        concurrency: u32,
    },
    /// Queues a packet with status 0, unseen. 1450 or 1816 for want of memory (semantics B8; C03).
    PostQueuedCompletionStatus {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// Bytes by convention, any number; a remove gives it back.
        bytes: u32,
        /// Any number; a remove gives it back.
        key: u64,
        /// Any pointer, never followed; a remove gives it back.
        overlapped: Overlapped,
    },
    /// Removes one packet. FALSE with 258, 735, or with a packet and its error (semantics B6;
    /// C02-C04).
    GetQueuedCompletionStatus {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
    },
    /// Since Vista: up to `count` packets. 258, 735, 192 after an APC, 87 for `count` 0 (semantics
    /// A9; B08-B10).
    GetQueuedCompletionStatusEx {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// Entries of the caller's array: at most so many packets.
        count: u32,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// `GetQueuedCompletionStatus` with NULL out-pointers: the caller's error, 87 (semantics D20).
    GetQueuedCompletionStatusNullOutputs {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
    },
    // Ports, native.
    /// A new port, or one of that name that exists (`STATUS_OBJECT_NAME_EXISTS`). Attributes it
    /// cannot use: A03-A05; without memory `STATUS_INSUFFICIENT_RESOURCES` or
    /// `STATUS_QUOTA_EXCEEDED`.
    NtCreateIoCompletion {
        /// The rights that the new handle grants.
        access: Access,
        /// The name, or what is wrong with the attributes.
        attributes: Attributes,
        /// How many threads may run at a time; 0: as many as there are processors.
        concurrency: u32,
    },
    /// The port of that name, or `STATUS_OBJECT_NAME_NOT_FOUND`; without a name: A02-A05.
    NtOpenIoCompletion {
        /// The rights that the new handle grants.
        access: Access,
        /// The name, or what is wrong with the attributes.
        attributes: Attributes,
    },
    /// The depth. `class` 0, else `STATUS_INVALID_INFO_CLASS`; 4 bytes, else
    /// `STATUS_INFO_LENGTH_MISMATCH` (semantics A13, C2; A06).
    NtQueryIoCompletion {
        /// A handle to the port, with `IO_COMPLETION_QUERY_STATE`.
        port: Handle,
        /// The information class; 0 is the depth, and there is no other.
        class: u32,
        /// Bytes of the caller's buffer.
        length: u32,
    },
    /// Queues a packet with any status and information (A06-A08). Memory as for a create.
    NtSetIoCompletion {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// Any number; a remove gives it back.
        key: u64,
        /// The APC context, which a remove gives back where Win32 has the OVERLAPPED.
        context: u64,
        /// `IoStatus.Status` of the packet: any number, unchecked.
        status: NtStatus,
        /// `IoStatus.Information` of the packet: bytes by convention, any number.
        information: u64,
    },
    /// Since Windows 7: the same in a reserve object's memory. `STATUS_INVALID_PARAMETER` while
    /// that is in use (A16-A18).
    NtSetIoCompletionEx {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// A handle to the reserve object whose memory the packet takes.
        reserve: Handle,
        /// Any number; a remove gives it back.
        key: u64,
        /// The APC context, which a remove gives back where Win32 has the OVERLAPPED.
        context: u64,
        /// `IoStatus.Status` of the packet: any number, unchecked.
        status: NtStatus,
        /// `IoStatus.Information` of the packet: bytes by convention, any number.
        information: u64,
    },
    /// Removes one packet, or `STATUS_TIMEOUT`, `STATUS_ABANDONED_WAIT_0` (A07, A09, E02).
    NtRemoveIoCompletion {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
    },
    /// Since Vista: up to `count` packets. Also `STATUS_USER_APC`, and `STATUS_INVALID_PARAMETER`
    /// for `count` 0 (A10-A15, B01-B06, E03).
    NtRemoveIoCompletionEx {
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// Entries of the caller's array: at most so many packets.
        count: u32,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// Since Windows 7: memory set aside for one packet, or (`for_packet` false) for one user APC.
    NtAllocateReserveObject {
        /// For a packet (`MemoryReserveIoCompletion`), or for a user APC.
        for_packet: bool,
    },
    /// Since Windows 8: a wait completion packet, tied to nothing yet (semantics B9).
    NtCreateWaitCompletionPacket {},
    /// Ties it to a target, whose signal will queue it. `STATUS_INVALID_PARAMETER_1` while it is in
    /// use, `STATUS_INVALID_PARAMETER_3` for a target that is none, a mutex among them (semantics
    /// B9; K09, K10).
    NtAssociateWaitCompletionPacket {
        /// A handle to the wait completion packet.
        packet: Handle,
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// A handle to what is waited for, with `SYNCHRONIZE`.
        target: Handle,
        /// Any number; a remove gives it back.
        key: u64,
        /// The APC context, which a remove gives back where Win32 has the OVERLAPPED.
        context: u64,
        /// `IoStatus.Status` of the packet: any number, unchecked.
        status: NtStatus,
        /// `IoStatus.Information` of the packet: bytes by convention, any number.
        information: u64,
    },
    /// SUCCESS: no packet will come; PENDING: it is on its way; CANCELLED: there is none (K10).
    NtCancelWaitCompletionPacket {
        /// A handle to the wait completion packet.
        packet: Handle,
        /// Whether a packet that is queued already is taken out again.
        remove_signaled: bool,
    },
    // Files.
    /// `CreateFile`, `socket`, ...: opens a file object of a kind. Never fails here.
    CreateFile {
        /// What is opened.
        kind: FileKind,
        /// Whether it is opened for overlapped use; if not, each operation waits.
        overlapped: bool,
        /// Whether child processes inherit the handle.
        inherit: bool,
    },
    /// `CreateNamedPipe`: the server end. `message` is message mode. Never fails here.
    CreateNamedPipe {
        /// Whether it is opened for overlapped use; if not, each operation waits.
        overlapped: bool,
        /// Message mode, for reads and writes; else a stream of bytes.
        message: bool,
    },
    /// `CreateFile` on the name of a pipe: the client end of `server`'s instance. -1 with 231 if
    /// that is taken or no server end.
    OpenNamedPipe {
        /// A handle to the server end, instead of a name.
        server: Handle,
        /// Whether it is opened for overlapped use; if not, each operation waits.
        overlapped: bool,
    },
    /// A connected pair of stream sockets: the first is returned, the second in `out`.
    SocketPair {
        /// Whether it is opened for overlapped use; if not, each operation waits.
        overlapped: bool,
    },
    /// Cuts the client off: what is pending ends with 233. 1 for anything but a server end.
    DisconnectNamedPipe {
        /// A handle to the server end.
        file: Handle,
    },
    /// Associates a file with a port. `STATUS_INVALID_PARAMETER` if it is not overlapped or taken
    /// already (semantics B5; F01, F02).
    NtSetInformationFileCompletion {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// A handle to the port, with `IO_COMPLETION_MODIFY_STATE`.
        port: Handle,
        /// The caller's number for the file, handed back with each of its packets.
        key: u64,
    },
    /// Since 8.1: another port, or none (NULL). `STATUS_INVALID_PARAMETER` while operations pend;
    /// before 8.1 `STATUS_INVALID_INFO_CLASS` (semantics B5, D9; K11).
    NtSetInformationFileReplaceCompletion {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The new port, with `IO_COMPLETION_MODIFY_STATE`; NULL: none.
        port: Handle,
        /// The caller's number for the file, from now on.
        key: u64,
    },
    /// `NtSetInformationFile(FileIoCompletionNotificationInformation)`: below 4 bytes
    /// `STATUS_INFO_LENGTH_MISMATCH`, not overlapped `STATUS_INVALID_PARAMETER` (semantics B4;
    /// H01-H03).
    NtSetInformationFileNotificationModes {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The modes to add: 1 no packet on success at once, 2 the file is not signaled, 4 the
        /// event is not.
        flags: u32,
        /// Bytes of the caller's buffer.
        length: u32,
    },
    /// The modes that are on; on XP `STATUS_INVALID_INFO_CLASS` (H01, H03).
    NtQueryInformationFileNotificationModes {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
    },
    /// Since Vista: adds modes. 87 if the file is not overlapped (semantics B4; H02).
    SetFileCompletionNotificationModes {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The modes to add: 1 no packet on success at once, 2 the file is not signaled, 4 the
        /// event is not.
        flags: u32,
    },
    /// Takes the file for the thread pool's own port. 87 as for an association; for NULL 87, on XP
    /// 6 (C09-C11).
    BindIoCompletionCallback {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
    },
    /// An operation on a file, pipe, socket or device; [`IoCall`] says how it may end.
    Io(IoCall),
    /// `NtDeviceIoControlFile` with `IOCTL_AFD_POLL`, for one socket: success at once, or
    /// `STATUS_PENDING`; `STATUS_INVALID_HANDLE` for no socket (J24-J26).
    AfdPoll(PollCall),
    /// `shutdown`, `WSASendDisconnect`, `WSARecvDisconnect`: no packet. -1 with 10038 for no socket
    /// (J14).
    Shutdown {
        /// The socket.
        file: Handle,
    },
    /// Asks to cancel what this thread issued on the file. TRUE even if that is nothing (semantics
    /// B7).
    CancelIo {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
    },
    /// Since Vista: what the process issued, with this OVERLAPPED or (NULL) any. 1168 for nothing
    /// (semantics B7).
    CancelIoEx {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The OVERLAPPED of the operation; NULL: every operation.
        overlapped: Overlapped,
    },
    /// Since Vista: the same by status block; `STATUS_NOT_FOUND` for nothing (semantics B7).
    NtCancelIoFileEx {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The status block of the operation; NULL: every operation.
        status_block: Overlapped,
    },
    /// Since Vista: what a thread waits for inside a call. 1168 for nothing (semantics C2).
    CancelSynchronousIo {
        /// A handle to the thread that waits.
        thread: Handle,
    },
    /// The operation's bytes or its error; 996 while it is pending and `wait` is false (semantics
    /// B3, C2; J15).
    GetOverlappedResult {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The OVERLAPPED of the operation, with the event to wait for.
        overlapped: OverlappedArg,
        /// Whether to wait, without a limit, while it is pending.
        wait: bool,
    },
    /// Since Windows 8: the same with a timeout; also 258, and 192 after an APC (semantics C2).
    GetOverlappedResultEx {
        /// A handle to the file, pipe, socket or device.
        file: Handle,
        /// The OVERLAPPED of the operation, with the event to wait for.
        overlapped: OverlappedArg,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    // Handles and processes.
    /// FALSE with 6 for no handle. The last handle of an object runs its close procedure (semantics
    /// A10, B7).
    CloseHandle {
        /// The handle, of whatever kind.
        handle: Handle,
    },
    /// The same with a status.
    NtClose {
        /// The handle, of whatever kind.
        handle: Handle,
    },
    /// A second handle to the same object, in any process. 5 without `PROCESS_DUP_HANDLE`, or for a
    /// process that has exited (semantics C2, D11).
    DuplicateHandle {
        /// The process whose handle it is, with `PROCESS_DUP_HANDLE`.
        source_process: Handle,
        /// The handle, in that process.
        handle: Handle,
        /// The process that gets the new one, with `PROCESS_DUP_HANDLE`.
        target_process: Handle,
        /// The rights of the new handle; `None`: the same (`DUPLICATE_SAME_ACCESS`).
        access: Option<Access>,
        /// Whether child processes inherit the new handle.
        inherit: bool,
        /// Whether the old one is closed (`DUPLICATE_CLOSE_SOURCE`).
        close_source: bool,
    },
    /// A new process that inherits the caller's inheritable handles; it has one thread.
    CreateProcess {
        /// Whether it gets the caller's inheritable handles, at the same values.
        inherit_handles: bool,
    },
    /// A new thread of the caller's process; it runs what the scenario says.
    CreateThread {},
    /// Every thread ends, every handle closes, no packet comes of it (semantics A10, B7). Does not
    /// return.
    ExitProcess {},
    /// The same to any process; 5 if it has exited.
    TerminateProcess {
        /// A handle to the process.
        process: Handle,
    },
    /// Leaves its port, cancels what it issued (semantics T9, B7; J13). Does not return.
    ExitThread {},
    /// The same to any thread; a waiter takes no packet with it (semantics T10, T12).
    TerminateThread {
        /// A handle to the thread.
        thread: Handle,
    },
    /// The previous count; -1 with 5 for a thread that has exited. Suspended is not active
    /// (semantics A6).
    SuspendThread {
        /// A handle to the thread.
        thread: Handle,
    },
    /// The previous count; -1 with 5 for a thread that has exited.
    ResumeThread {
        /// A handle to the thread.
        thread: Handle,
    },
    // Dispatcher objects and waits.
    /// An event, for waits and for an OVERLAPPED.
    CreateEvent {
        /// Stays signaled until it is reset; else one wait resets it.
        manual_reset: bool,
        /// Whether it starts signaled.
        initial: bool,
    },
    /// Signals it: every waiter of a manual-reset event is released, one of an auto-reset one.
    SetEvent {
        /// A handle to the event.
        event: Handle,
    },
    /// Takes the signal back.
    ResetEvent {
        /// A handle to the event.
        event: Handle,
    },
    /// NULL with 87 if `maximum` is 0 or below `initial`.
    CreateSemaphore {
        /// The count at first.
        initial: u32,
        /// The greatest count.
        maximum: u32,
    },
    /// The previous count is in `out`. 87 for `count` 0, 298 above the maximum.
    ReleaseSemaphore {
        /// A handle to the semaphore.
        semaphore: Handle,
        /// How much to add to its count.
        count: u32,
    },
    /// A mutex, which the kernel calls a mutant; the caller owns it at once if `initial_owner`.
    CreateMutex {
        /// Whether the caller owns it at once.
        initial_owner: bool,
    },
    /// FALSE with 288 if another thread owns it, or none.
    ReleaseMutex {
        /// A handle to the mutex, which the caller owns.
        mutex: Handle,
    },
    /// 0, 258, 0x80 for an abandoned mutex; -1 (`WAIT_FAILED`) with an error. A port may be waited
    /// on too (semantics A11; D01, D02).
    WaitForSingleObject {
        /// What to wait for, with `SYNCHRONIZE`.
        handle: Handle,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
    },
    /// The same; `alertable` adds 192 after an APC.
    WaitForSingleObjectEx {
        /// What to wait for, with `SYNCHRONIZE`.
        handle: Handle,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// `WaitForMultipleObjects(Ex)`: 0 or 0x80 plus the index. 87 for none, more than 64, or one
    /// named twice with `all`.
    WaitForMultipleObjects {
        /// What to wait for, with `SYNCHRONIZE`: 1 to 64 handles.
        handles: Vec<Handle>,
        /// For all of them at once; else for any.
        all: bool,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// `STATUS_SUCCESS`, `STATUS_TIMEOUT`, `STATUS_USER_APC` or 0x80, abandoned.
    NtWaitForSingleObject {
        /// What to wait for, with `SYNCHRONIZE`.
        handle: Handle,
        /// How long it may wait, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// Returns when the time is up. 0 only yields: the thread counts throughout (semantics A6).
    Sleep {
        /// How long, in microseconds.
        timeout: Timeout,
    },
    /// 0 when the time is up, 192 after an APC.
    SleepEx {
        /// How long, in microseconds.
        timeout: Timeout,
        /// Whether a user APC ends the wait.
        alertable: bool,
    },
    /// Yields: the thread counts throughout (semantics A6). Gives 0.
    SwitchToThread {},
    /// 1, or 0 with 31 for a thread that has exited. It runs in an alertable wait (semantics A8).
    QueueUserAPC {
        /// A handle to the thread.
        thread: Handle,
        /// The program's number for the routine.
        routine: u16,
    },
    /// The last error of this thread.
    GetLastError {},
    /// Sets it.
    SetLastError {
        /// The error number.
        error: u32,
    },
    // Jobs.
    /// A job without a port.
    CreateJobObject {},
    /// FALSE with 5 for a process that has exited, up to Windows 7 also for one that is in a job;
    /// after that jobs nest (semantics B9; K04, K12-K15).
    AssignProcessToJobObject {
        /// A handle to the job.
        job: Handle,
        /// A handle to the process.
        process: Handle,
    },
    /// `JobObjectAssociateCompletionPortInformation`: where the job's messages go. 87 while one is
    /// set; NULL clears it, before Windows 8 87 (semantics B9; K01-K03).
    SetInformationJobObjectPort {
        /// A handle to the job.
        job: Handle,
        /// Where its messages go, with `IO_COMPLETION_MODIFY_STATE`; NULL: nowhere.
        port: Handle,
        /// The caller's number for the job, handed back with each message.
        key: u64,
    },
}
