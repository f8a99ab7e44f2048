//! A process: a handle table and the memory that the kernel writes into.

use crate::call::Access;
use crate::code::{Code, Sink, code_struct};
use crate::ids::{Handle, JobId, Object, Overlapped};
use crate::ke::dispatcher::Waiter;
use crate::status::NtStatus;

/// A process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Process {
    /// The handle table; a free entry is used again, lowest first.
    pub handles: Vec<Option<HandleEntry>>,
    /// Every OVERLAPPED or status block that the kernel has written, by address.
    pub status_blocks: Vec<StatusBlock>,
    /// The job it belongs to; of nested jobs the innermost.
    pub job: Option<JobId>,
    /// Whether it has exited.
    pub exited: bool,
    /// Who waits for it to exit.
    pub waiters: Vec<Waiter>,
}

/// One entry of a handle table (semantics.md A10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HandleEntry {
    /// The object it names.
    pub object: Object,
    /// The access granted.
    pub access: Access,
    /// Whether a child process inherits it.
    pub inherit: bool,
}

/// The contents of an OVERLAPPED or status block: `Internal` and `InternalHigh` (semantics.md B2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StatusBlock {
    /// Its address.
    pub at: Overlapped,
    /// `Internal`: the status, `STATUS_PENDING` while the operation is under way.
    pub status: NtStatus,
    /// `InternalHigh`: `IoStatus.Information`, usually bytes.
    pub information: u64,
}

impl Process {
    pub(crate) fn new() -> Process {
        Process {
            handles: Vec::new(),
            status_blocks: Vec::new(),
            job: None,
            exited: false,
            waiters: Vec::new(),
        }
    }

    /// What a handle value names in this process; pseudo handles are not looked up here.
    pub fn entry(&self, handle: Handle) -> Option<&HandleEntry> {
        self.handles.get(handle.index()?)?.as_ref()
    }

    /// What the OVERLAPPED at this address holds, if the kernel has written it.
    pub fn status_block(&self, at: Overlapped) -> Option<&StatusBlock> {
        self.status_blocks.iter().find(|block| block.at == at)
    }

    pub(crate) fn write_status_block(&mut self, block: StatusBlock) {
        match self.status_blocks.binary_search_by_key(&block.at, |b| b.at) {
            Ok(i) => self.status_blocks[i] = block,
            Err(i) => self.status_blocks.insert(i, block),
        }
    }
}

impl Code for Access {
    fn put<S: Sink>(&self, out: &mut S) {
        self.0.put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        u32::take(bytes).map(Access)
    }
}

code_struct!(Process { handles, status_blocks, job, exited, waiters });
code_struct!(HandleEntry { object, access, inherit });
code_struct!(StatusBlock { at, status, information });
