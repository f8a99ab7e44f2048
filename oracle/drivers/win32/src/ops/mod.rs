//! The calls, by name. Each is read from its arguments by the talking thread and becomes a job for
//! the named thread that makes it.

mod devices;
mod files;
mod io;
mod network;
mod nt;
mod objects;
mod ports;
mod processes;
mod winsock;

use crate::args::{Args, Problem};
use crate::native::Native;
use crate::out::{Field, Out};
use std::ffi::c_void;

/// Why a call cannot be made.
pub enum Failure {
    /// The arguments are wrong.
    Bad(Problem),
    /// The call is not there.
    Unsupported(&'static str),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Bad(problem)
    }
}

/// What the handles that a call gives are.
#[derive(Clone, Copy)]
pub enum Opens {
    /// Sockets: `CloseHandle` on one is `closesocket`.
    Sockets,
    /// A process: ended at the reset.
    Process,
    /// Anything else, or nothing.
    Other,
}

/// A job, ready to be carried out.
pub type Job = Box<dyn FnMut(&mut Out) + Send>;

/// A call, ready to be made.
pub struct Prepared {
    /// The call.
    pub job: Job,
    /// What it opens.
    pub opens: Opens,
}

impl From<Job> for Prepared {
    fn from(job: Job) -> Self {
        Prepared { job, opens: Opens::Other }
    }
}

type Made = Result<Prepared, Failure>;

/// The operations this driver offers.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    "CreateIoCompletionPort", "PostQueuedCompletionStatus", "GetQueuedCompletionStatus",
    "GetQueuedCompletionStatusEx", "GetQueuedCompletionStatusNullOutputs",
    "BindIoCompletionCallback", "NtCreateIoCompletion", "NtOpenIoCompletion",
    "NtQueryIoCompletion", "NtSetIoCompletion", "NtSetIoCompletionEx", "NtRemoveIoCompletion",
    "NtRemoveIoCompletionEx", "NtAllocateReserveObject", "NtCreateWaitCompletionPacket",
    "NtAssociateWaitCompletionPacket", "NtCancelWaitCompletionPacket", "CreateFile",
    "CreateNamedPipe", "OpenNamedPipe", "SocketPair", "DisconnectNamedPipe",
    "NtSetInformationFileCompletion", "NtSetInformationFileReplaceCompletion",
    "NtSetInformationFileNotificationModes", "NtQueryInformationFileNotificationModes",
    "SetFileCompletionNotificationModes", "ReadFile", "WriteFile", "ReadFileEx", "WriteFileEx",
    "ConnectNamedPipe", "WSASend", "WSARecv", "AcceptEx", "ConnectEx", "DisconnectEx",
    "NtReadFile", "NtWriteFile", "NtFsControlFile", "Shutdown", "CancelIo", "CancelIoEx",
    "NtCancelIoFileEx", "CancelSynchronousIo", "GetOverlappedResult", "GetOverlappedResultEx",
    "CloseHandle", "NtClose", "DuplicateHandle", "CreateProcess", "TerminateProcess",
    "ExitThread", "TerminateThread", "SuspendThread", "ResumeThread", "CreateEvent", "SetEvent",
    "ResetEvent", "CreateSemaphore", "ReleaseSemaphore", "CreateMutex", "ReleaseMutex",
    "WaitForSingleObject", "WaitForSingleObjectEx", "WaitForMultipleObjects",
    "NtWaitForSingleObject", "Sleep", "SleepEx", "SwitchToThread", "QueueUserAPC",
    "GetLastError", "SetLastError", "CreateJobObject", "AssignProcessToJobObject",
    "SetInformationJobObjectPort", "CreateThread", "ExitProcess", "TransactNamedPipe",
    "DeviceIoControl", "NtDeviceIoControlFile", "LockFileEx", "ReadDirectoryChangesW", "WSAIoctl",
    "WSASendTo", "WSARecvFrom", "TransmitFile",
    // Not calls of the model: what a peer outside it does, and a look at memory.
    "connect", "send", "sendto", "abort", "touch", "ReadStatusBlock",
];

/// Called once, before anything else.
pub fn start() {
    network::start();
}

/// Called after each case, once everything is closed.
pub fn tidy() {
    files::tidy();
}

/// Reads a call.
pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Made {
    let families = [
        ports::prepare,
        nt::prepare,
        files::prepare,
        io::prepare,
        devices::prepare,
        winsock::prepare,
        network::prepare,
        objects::prepare,
        processes::prepare,
    ];
    for family in families {
        if let Some(made) = family(op, args, native) {
            return made;
        }
    }
    Err(Failure::Unsupported("this driver does not make that call"))
}

/// A handle as the Win32 functions take it.
fn h(handle: usize) -> *mut c_void {
    handle as *mut c_void
}

fn job(job: impl FnMut(&mut Out) + Send + 'static) -> Made {
    let job: Job = Box::new(job);
    Ok(job.into())
}

fn opening(opens: Opens, made: Made) -> Made {
    made.map(|prepared| Prepared { opens, ..prepared })
}

fn boolean(value: i32) -> Option<Field> {
    Some(Field::Bool(value != 0))
}

fn status(value: i32) -> Option<Field> {
    Some(Field::Status(value.cast_unsigned()))
}

fn handle(value: *mut c_void) -> Option<Field> {
    Some(Field::Handle(value as usize))
}
