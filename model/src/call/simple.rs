//! The three calls that every example begins with, in their plainest form.

use crate::call::{Call, Timeout};
use crate::ids::{Handle, Overlapped};

impl Call {
    /// `CreateIoCompletionPort` for a port and no file; `concurrency` in threads, 0 for as many as
    /// there are processors.
    pub const fn create_port(concurrency: u32) -> Call {
        let (file, existing_port) = (Handle::INVALID, Handle::NULL);
        Call::CreateIoCompletionPort { file, existing_port, key: 0, concurrency }
    }

    /// `GetQueuedCompletionStatus` for as long as it takes.
    pub const fn remove(port: Handle) -> Call {
        Call::GetQueuedCompletionStatus { port, timeout: Timeout::Infinite }
    }

    /// `PostQueuedCompletionStatus` of a key alone: no bytes, no OVERLAPPED.
    pub const fn post(port: Handle, key: u64) -> Call {
        Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped: Overlapped::NULL }
    }
}
