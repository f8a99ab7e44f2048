//! A file object: what it is, which port hears of it, and the little of its driver that decides
//! whether an operation pends.

use std::collections::VecDeque;

use crate::call::FileKind;
use crate::code::{code_enum, code_struct};
use crate::effect::{Effect, Observer};
use crate::ids::{FileId, Object, PortId};
use crate::ke::dispatcher::Waiter;
use crate::machine::Machine;
use crate::rules::Rule;

/// `FILE_SKIP_COMPLETION_PORT_ON_SUCCESS`: no packet for what succeeds without pending (G09).
pub const SKIP_COMPLETION_PORT_ON_SUCCESS: u8 = 1;
/// `FILE_SKIP_SET_EVENT_ON_HANDLE`: nothing signals the file itself (H09).
pub const SKIP_SET_EVENT_ON_HANDLE: u8 = 2;
/// `FILE_SKIP_SET_USER_EVENT_ON_FAST_IO`: the caller's event is not set by what succeeds without
/// pending (semantics.md B3).
pub const SKIP_SET_USER_EVENT_ON_FAST_IO: u8 = 4;

/// A file object (semantics.md A2, B3-B5).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FileObject {
    /// What it is.
    pub kind: FileKind,
    /// Opened for overlapped (asynchronous) use.
    pub overlapped: bool,
    /// The port that hears of its completions, with the key.
    pub association: Option<Association>,
    /// The notification modes: flags can be added, never removed (H03).
    pub modes: u8,
    /// The file's own event: waiting on the handle waits on this.
    pub signaled: bool,
    /// Who waits on the handle.
    pub waiters: Vec<Waiter>,
    /// The other end, for pipes and socket pairs whose other end is in the model.
    pub peer: Option<FileId>,
    /// Message mode (pipes, datagrams): sizes are kept apart.
    pub message_mode: bool,
    /// How far the connection has come.
    pub link: Link,
    /// Sizes in bytes that have arrived and wait to be read; for a listener, one entry for each
    /// connection.
    pub inbox: VecDeque<u32>,
}

/// The tie between a file and a port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Association {
    /// The port.
    pub port: PortId,
    /// The key that its packets carry.
    pub key: u64,
}

/// How far the connection of a pipe end or stream socket has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Link {
    /// There is nothing to connect, or nothing is connected yet.
    Idle,
    /// A pipe server without a client.
    Listening,
    /// Connected.
    Connected,
    /// The other end has closed in good order.
    PeerClosed,
    /// The other end has reset the connection.
    PeerReset,
    /// Disconnected by this end.
    Disconnected,
}

code_struct!(FileObject {
    kind,
    overlapped,
    association,
    modes,
    signaled,
    waiters,
    peer,
    message_mode,
    link,
    inbox,
});
code_struct!(Association { port, key });
code_enum!(Link {
    0 => Idle,
    1 => Listening,
    2 => Connected,
    3 => PeerClosed,
    4 => PeerReset,
    5 => Disconnected,
});
code_enum!(FileKind {
    0 => Disk,
    1 => Directory,
    2 => PipeServer,
    3 => PipeClient,
    4 => Stream,
    5 => Listener,
    6 => Datagram,
    7 => Device,
});

impl FileObject {
    pub(crate) fn new(kind: FileKind, overlapped: bool) -> FileObject {
        FileObject {
            kind,
            overlapped,
            association: None,
            modes: 0,
            signaled: false,
            waiters: Vec::new(),
            peer: None,
            message_mode: kind == FileKind::Datagram,
            link: match kind {
                FileKind::PipeServer => Link::Listening,
                FileKind::PipeClient => Link::Connected,
                _ => Link::Idle,
            },
            inbox: VecDeque::new(),
        }
    }

    /// Whether a notification mode is on.
    pub fn has_mode(&self, mode: u8) -> bool {
        self.modes & mode != 0
    }
}

impl<O: Observer> Machine<'_, O> {
    /// Sets the file's own event.
    pub(crate) fn signal_file(&mut self, rule: Rule, file: FileId) {
        if !std::mem::replace(&mut self.k.files[file].signaled, true) {
            self.signal(rule, Object::File(file));
        }
    }

    /// Clears it.
    pub(crate) fn unsignal_file(&mut self, rule: Rule, file: FileId) {
        if std::mem::replace(&mut self.k.files[file].signaled, false) {
            self.emit(rule, Effect::Unsignaled { object: Object::File(file) });
        }
    }

    /// The delete procedure: the association goes with the file, and with it one reference to the
    /// port.
    pub(crate) fn delete_file(&mut self, file: FileId) {
        for other in self.k.files.ids().collect::<Vec<_>>() {
            if self.k.files[other].peer == Some(file) {
                self.k.files[other].peer = None;
            }
        }
        let association = self.k.files[file].association;
        self.k.files.remove(file);
        if let Some(Association { port, .. }) = association {
            self.emit(Rule::FileKeepsPort, Effect::Dissociated { file, port });
        }
        self.emit(Rule::FileKeepsPort, Effect::Freed { object: Object::File(file) });
    }
}
