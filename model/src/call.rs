//! The calls a thread can make: Win32 and native entry points under their own names, with the
//! arguments that matter to a port. What the caller's memory holds is named, not addressed.

mod arguments;

use crate::ids::{Handle, Overlapped};
use crate::status::NtStatus;

pub use arguments::{
    Access, Attributes, FileKind, IoCall, IoOp, Notify, OverlappedArg, Reply, Ticks, Timeout,
};

/// A call by a thread. Win32 and native entry points stand under their own names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "op", content = "args"))]
#[allow(missing_docs, reason = "fields carry the parameter names of the documented functions")]
pub enum Call {
    // Ports, Win32.
    CreateIoCompletionPort {
        file: Handle,
        existing_port: Handle,
        key: u64,
        concurrency: u32,
    },
    PostQueuedCompletionStatus {
        port: Handle,
        bytes: u32,
        key: u64,
        overlapped: Overlapped,
    },
    GetQueuedCompletionStatus {
        port: Handle,
        timeout: Timeout,
    },
    GetQueuedCompletionStatusEx {
        port: Handle,
        count: u32,
        timeout: Timeout,
        alertable: bool,
    },
    /// `GetQueuedCompletionStatus` with NULL out-pointers: the caller's error (D20).
    GetQueuedCompletionStatusNullOutputs {
        port: Handle,
    },
    // Ports, native.
    NtCreateIoCompletion {
        access: Access,
        attributes: Attributes,
        concurrency: u32,
    },
    NtOpenIoCompletion {
        access: Access,
        attributes: Attributes,
    },
    NtQueryIoCompletion {
        port: Handle,
        class: u32,
        length: u32,
    },
    NtSetIoCompletion {
        port: Handle,
        key: u64,
        context: u64,
        status: NtStatus,
        information: u64,
    },
    NtSetIoCompletionEx {
        port: Handle,
        reserve: Handle,
        key: u64,
        context: u64,
        status: NtStatus,
        information: u64,
    },
    NtRemoveIoCompletion {
        port: Handle,
        timeout: Timeout,
    },
    NtRemoveIoCompletionEx {
        port: Handle,
        count: u32,
        timeout: Timeout,
        alertable: bool,
    },
    /// `NtAllocateReserveObject`; `for_packet` false asks for a user APC reserve.
    NtAllocateReserveObject {
        for_packet: bool,
    },
    NtCreateWaitCompletionPacket {},
    NtAssociateWaitCompletionPacket {
        packet: Handle,
        port: Handle,
        target: Handle,
        key: u64,
        context: u64,
        status: NtStatus,
        information: u64,
    },
    NtCancelWaitCompletionPacket {
        packet: Handle,
        remove_signaled: bool,
    },
    // Files.
    /// `CreateFile`, `socket`, ...: opens a file object of a kind.
    CreateFile {
        kind: FileKind,
        overlapped: bool,
        inherit: bool,
    },
    /// `CreateNamedPipe`: the server end. `message` is message mode.
    CreateNamedPipe {
        overlapped: bool,
        message: bool,
    },
    /// `CreateFile` on the name of a pipe: the client end of `server`'s instance.
    OpenNamedPipe {
        server: Handle,
        overlapped: bool,
    },
    /// A connected pair of stream sockets: the first is returned, the second in `out`.
    SocketPair {
        overlapped: bool,
    },
    DisconnectNamedPipe {
        file: Handle,
    },
    NtSetInformationFileCompletion {
        file: Handle,
        port: Handle,
        key: u64,
    },
    NtSetInformationFileReplaceCompletion {
        file: Handle,
        port: Handle,
        key: u64,
    },
    /// `NtSetInformationFile(FileIoCompletionNotificationInformation)`.
    NtSetInformationFileNotificationModes {
        file: Handle,
        flags: u32,
        length: u32,
    },
    NtQueryInformationFileNotificationModes {
        file: Handle,
    },
    SetFileCompletionNotificationModes {
        file: Handle,
        flags: u32,
    },
    BindIoCompletionCallback {
        file: Handle,
    },
    Io(IoCall),
    /// `shutdown`, `WSASendDisconnect`, `WSARecvDisconnect`.
    Shutdown {
        file: Handle,
    },
    CancelIo {
        file: Handle,
    },
    CancelIoEx {
        file: Handle,
        overlapped: Overlapped,
    },
    NtCancelIoFileEx {
        file: Handle,
        status_block: Overlapped,
    },
    CancelSynchronousIo {
        thread: Handle,
    },
    GetOverlappedResult {
        file: Handle,
        overlapped: OverlappedArg,
        wait: bool,
    },
    GetOverlappedResultEx {
        file: Handle,
        overlapped: OverlappedArg,
        timeout: Timeout,
        alertable: bool,
    },
    // Handles and processes.
    CloseHandle {
        handle: Handle,
    },
    NtClose {
        handle: Handle,
    },
    DuplicateHandle {
        source_process: Handle,
        handle: Handle,
        target_process: Handle,
        /// `None`: same access.
        access: Option<Access>,
        inherit: bool,
        close_source: bool,
    },
    /// A new process that inherits the caller's inheritable handles; it has one thread.
    CreateProcess {
        inherit_handles: bool,
    },
    /// A new thread of the caller's process; it runs what the scenario says.
    CreateThread {},
    ExitProcess {},
    TerminateProcess {
        process: Handle,
    },
    ExitThread {},
    TerminateThread {
        thread: Handle,
    },
    SuspendThread {
        thread: Handle,
    },
    ResumeThread {
        thread: Handle,
    },
    // Dispatcher objects and waits.
    CreateEvent {
        manual_reset: bool,
        initial: bool,
    },
    SetEvent {
        event: Handle,
    },
    ResetEvent {
        event: Handle,
    },
    CreateSemaphore {
        initial: u32,
        maximum: u32,
    },
    ReleaseSemaphore {
        semaphore: Handle,
        count: u32,
    },
    CreateMutex {
        initial_owner: bool,
    },
    ReleaseMutex {
        mutex: Handle,
    },
    WaitForSingleObject {
        handle: Handle,
        timeout: Timeout,
    },
    WaitForSingleObjectEx {
        handle: Handle,
        timeout: Timeout,
        alertable: bool,
    },
    WaitForMultipleObjects {
        handles: Vec<Handle>,
        all: bool,
        timeout: Timeout,
        alertable: bool,
    },
    NtWaitForSingleObject {
        handle: Handle,
        timeout: Timeout,
        alertable: bool,
    },
    Sleep {
        timeout: Timeout,
    },
    SleepEx {
        timeout: Timeout,
        alertable: bool,
    },
    SwitchToThread {},
    QueueUserAPC {
        thread: Handle,
        routine: u16,
    },
    GetLastError {},
    SetLastError {
        error: u32,
    },
    // Jobs.
    CreateJobObject {},
    AssignProcessToJobObject {
        job: Handle,
        process: Handle,
    },
    SetInformationJobObjectPort {
        job: Handle,
        port: Handle,
        key: u64,
    },
}
