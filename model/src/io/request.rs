//! A request on its way through a driver (an IRP; semantics.md B1, B2).

use crate::call::{Access, IoOp};
use crate::code::{code_enum, code_struct};
use crate::ids::{EventId, FileId, Overlapped, ProcessId, ThreadId};
use crate::io::poll::Poll;
use crate::status::NtStatus;

/// What an operation carries until it completes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    /// The operation.
    pub op: IoOp,
    /// The file object, whatever handle was used.
    pub file: FileId,
    /// The issuing thread: `CancelIo`, APCs and thread exit look at it.
    pub thread: ThreadId,
    /// The process whose memory holds the status block.
    pub process: ProcessId,
    /// The event to set, low bit stripped.
    pub event: Option<EventId>,
    /// The APC routine.
    pub routine: Option<u16>,
    /// The APC context: what a packet carries; 0 for no packet.
    pub context: u64,
    /// The status block.
    pub status_block: Overlapped,
    /// The issuer waits inside the call.
    pub synchronous: bool,
    /// Bytes asked for.
    pub length: u32,
    /// The accept socket, or the socket that is polled.
    pub other: Option<FileId>,
    /// What a poll waits for.
    pub poll: Option<Poll>,
}

/// A pending operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Irp {
    /// What was asked.
    pub request: Request,
    /// Its place among the pending operations of the file: the lowest was issued first.
    pub order: u32,
    /// Set once somebody has asked to cancel: the status its driver will complete it with.
    pub canceled: Option<NtStatus>,
}

code_struct!(Request {
    op,
    file,
    thread,
    process,
    event,
    routine,
    context,
    status_block,
    synchronous,
    length,
    other,
    poll,
});
code_struct!(Irp { request, order, canceled });
code_enum!(IoOp {
    0 => ReadFile,
    1 => WriteFile,
    2 => ReadFileEx,
    3 => WriteFileEx,
    4 => ConnectNamedPipe,
    5 => TransactNamedPipe,
    6 => DeviceIoControl,
    7 => LockFileEx,
    8 => ReadDirectoryChangesW,
    9 => WaitCommEvent,
    10 => WSASend,
    11 => WSARecv,
    12 => WSASendTo,
    13 => WSARecvFrom,
    14 => WSAIoctl,
    15 => AcceptEx,
    16 => ConnectEx,
    17 => DisconnectEx,
    18 => TransmitFile,
    19 => NtReadFile,
    20 => NtWriteFile,
    21 => NtDeviceIoControlFile,
    22 => NtFsControlFile,
});

impl Request {
    /// Whether it is an accept that also waits for the first data.
    pub(crate) fn awaits_data(&self) -> bool {
        self.op == IoOp::AcceptEx && self.length > 0 && self.other.is_some()
    }

    /// The socket that it polls, if it is a poll, and what it waits for.
    pub(crate) fn polled(&self) -> Option<(FileId, Poll)> {
        self.other.zip(self.poll)
    }
}

impl IoOp {
    /// The name of the function.
    pub fn name(self) -> &'static str {
        match self {
            IoOp::ReadFile => "ReadFile",
            IoOp::WriteFile => "WriteFile",
            IoOp::ReadFileEx => "ReadFileEx",
            IoOp::WriteFileEx => "WriteFileEx",
            IoOp::ConnectNamedPipe => "ConnectNamedPipe",
            IoOp::TransactNamedPipe => "TransactNamedPipe",
            IoOp::DeviceIoControl => "DeviceIoControl",
            IoOp::LockFileEx => "LockFileEx",
            IoOp::ReadDirectoryChangesW => "ReadDirectoryChangesW",
            IoOp::WaitCommEvent => "WaitCommEvent",
            IoOp::WSASend => "WSASend",
            IoOp::WSARecv => "WSARecv",
            IoOp::WSASendTo => "WSASendTo",
            IoOp::WSARecvFrom => "WSARecvFrom",
            IoOp::WSAIoctl => "WSAIoctl",
            IoOp::AcceptEx => "AcceptEx",
            IoOp::ConnectEx => "ConnectEx",
            IoOp::DisconnectEx => "DisconnectEx",
            IoOp::TransmitFile => "TransmitFile",
            IoOp::NtReadFile => "NtReadFile",
            IoOp::NtWriteFile => "NtWriteFile",
            IoOp::NtDeviceIoControlFile => "NtDeviceIoControlFile",
            IoOp::NtFsControlFile => "NtFsControlFile",
        }
    }

    /// Whether it is a Winsock function: 0 or `SOCKET_ERROR`, Winsock error numbers.
    pub fn is_winsock(self) -> bool {
        matches!(
            self,
            IoOp::WSASend | IoOp::WSARecv | IoOp::WSASendTo | IoOp::WSARecvFrom | IoOp::WSAIoctl
        )
    }

    /// Whether it is a native function: an NTSTATUS, and no last error.
    pub fn is_native(self) -> bool {
        matches!(
            self,
            IoOp::NtReadFile
                | IoOp::NtWriteFile
                | IoOp::NtDeviceIoControlFile
                | IoOp::NtFsControlFile
        )
    }

    /// Whether it is one of the Winsock extensions: a BOOL, but Winsock error numbers.
    pub fn is_winsock_extension(self) -> bool {
        matches!(self, IoOp::AcceptEx | IoOp::ConnectEx | IoOp::DisconnectEx | IoOp::TransmitFile)
    }

    /// Whether it always completes by APC routine.
    pub fn is_ex(self) -> bool {
        matches!(self, IoOp::ReadFileEx | IoOp::WriteFileEx)
    }

    /// Whether it brings data in.
    pub fn is_read(self) -> bool {
        matches!(
            self,
            IoOp::ReadFile
                | IoOp::ReadFileEx
                | IoOp::NtReadFile
                | IoOp::WSARecv
                | IoOp::WSARecvFrom
                | IoOp::TransactNamedPipe
        )
    }

    /// Whether it is a control, whose meaning is in its code.
    pub fn is_control(self) -> bool {
        matches!(
            self,
            IoOp::DeviceIoControl
                | IoOp::NtDeviceIoControlFile
                | IoOp::NtFsControlFile
                | IoOp::WSAIoctl
        )
    }

    /// The access to the file that the handle must grant.
    pub(crate) fn access(self) -> Access {
        match self {
            IoOp::ReadFile | IoOp::ReadFileEx | IoOp::NtReadFile | IoOp::ReadDirectoryChangesW => {
                Access::READ_DATA
            }
            IoOp::WriteFile | IoOp::WriteFileEx | IoOp::NtWriteFile => Access::WRITE_DATA,
            // Control codes name the access they need, and sockets look at none.
            _ => Access(0),
        }
    }

    /// Whether it sends data out.
    pub fn is_write(self) -> bool {
        matches!(
            self,
            IoOp::WriteFile
                | IoOp::WriteFileEx
                | IoOp::NtWriteFile
                | IoOp::WSASend
                | IoOp::WSASendTo
                | IoOp::TransmitFile
        )
    }
}
