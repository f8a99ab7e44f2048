//! Files: things whose operations complete to the port that they are associated with.

use super::locks::Locks;
use super::port::{Port, Ports};
use super::seeded::Seeded;
use super::state::{Ended, State};
use iocp_model::{Handle, NtStatus, Origin, Overlapped, Packet};
use std::sync::Arc;

/// What a set of ports knows of a file.
pub(super) struct FileState {
    overlapped: bool,
    /// The port and the key that completions arrive with.
    association: Option<(usize, u64)>,
}

/// Why a file was not associated with a port. What it was associated with before stays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NotAssociated {
    /// A file is associated once, and for ever.
    Already,
    /// It was not opened for overlapped operations.
    NotOverlapped,
    /// The port is closed.
    PortClosed,
}

impl std::fmt::Display for NotAssociated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NotAssociated::Already => "the file is associated with a port already",
            NotAssociated::NotOverlapped => "the file is not overlapped",
            NotAssociated::PortClosed => "the port is closed",
        })
    }
}

impl std::error::Error for NotAssociated {}

/// Something with operations: a socket, a file, a timer of one's own. Clones are the same file.
pub struct File<L: Locks> {
    state: Arc<L::Mutex<State<L>>>,
    index: usize,
}

impl<L: Locks> Clone for File<L> {
    fn clone(&self) -> Self {
        File { state: Arc::clone(&self.state), index: self.index }
    }
}

impl<L: Locks> Ports<L> {
    /// A new file. Only one that is `overlapped` can be associated with a port.
    pub fn file(&self, overlapped: bool) -> File<L> {
        let mut state = L::lock(&self.state);
        let index = state.files.len();
        state.files.push(FileState { overlapped, association: None });
        drop(state);
        File { state: Arc::clone(&self.state), index }
    }
}

impl<L: Locks> Port<L> {
    /// Lets the operations of a file complete to this port, with this key.
    ///
    /// # Errors
    /// Why not; the file stays as it was.
    pub fn associate(&self, file: &File<L>, key: u64) -> Result<(), NotAssociated> {
        assert!(Arc::ptr_eq(&self.state, &file.state), "a file goes to ports of its own set");
        let mut state = L::lock(&self.state);
        let closed = state.ports[self.index].closed;
        let anyway = state.has(Seeded::AssociatesAnyway);
        let file = &mut state.files[file.index];
        let refusal = match () {
            () if closed => Some(NotAssociated::PortClosed),
            () if !file.overlapped => Some(NotAssociated::NotOverlapped),
            () if file.association.is_some() => Some(NotAssociated::Already),
            () => None,
        };
        if refusal.is_none() || anyway {
            file.association = Some((self.index, key));
        }
        refusal.map_or(Ok(()), Err)
    }
}

impl<L: Locks> File<L> {
    /// An operation ended: its packet goes to the port that the file is associated with now, unless
    /// the low bit of its event handle asks for none. Gives whether there is a packet.
    ///
    /// # Errors
    /// [`Ended::Closed`] if the port is closed.
    pub fn complete(
        &self,
        overlapped: Overlapped,
        event: Handle,
        status: NtStatus,
        information: u64,
    ) -> Result<bool, Ended> {
        let state = L::lock(&self.state);
        let ignored = state.has(Seeded::LowBitIgnored);
        let association = state.files[self.index].association;
        drop(state);
        let Some((index, key)) = association else { return Ok(false) };
        if event.low_bit() && !ignored {
            return Ok(false);
        }
        let origin = Origin::Completion;
        let packet = Packet { key, overlapped, status, information, origin };
        let port: Port<L> = Port { state: Arc::clone(&self.state), index };
        port.post(packet).map(|()| true)
    }
}
