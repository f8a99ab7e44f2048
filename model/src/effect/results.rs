//! What a call gives back: its value, the last error, and which out-parameters were written.

use crate::ids::{Handle, Overlapped};
use crate::packet::Packet;
use crate::status::NtStatus;

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
