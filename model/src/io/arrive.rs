//! What the world outside does to a file: data comes, a client connects, the peer goes away.

use crate::action::{Arrival, Refusal};
use crate::call::{FileKind, IoOp};
use crate::effect::Observer;
use crate::ids::{FileId, IrpId};
use crate::io::file::Link;
use crate::io::request::Request;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::status::NtStatus;

impl Kernel {
    pub(crate) fn can_arrive(&self, file: FileId, what: Arrival) -> Result<(), Refusal> {
        let no = Refusal::CannotArrive(file);
        let f = self.files.get(file).ok_or(no)?;
        let connected = f.link == Link::Connected;
        let possible = match (f.kind, what) {
            (FileKind::Listener, Arrival::Connect) => true,
            (FileKind::PipeServer, Arrival::Connect) => f.link == Link::Listening,
            (FileKind::Stream, Arrival::Data(_) | Arrival::Close | Arrival::Reset) => connected,
            (FileKind::PipeServer | FileKind::PipeClient, Arrival::Data(_) | Arrival::Close) => {
                connected
            }
            (FileKind::Datagram | FileKind::Directory, Arrival::Data(_)) => true,
            _ => false,
        };
        if possible { Ok(()) } else { Err(no) }
    }
}

impl<O: Observer> Machine<'_, O> {
    pub(crate) fn arrive(&mut self, file: FileId, what: Arrival) {
        match what {
            Arrival::Data(bytes) => match self.k.files[file].kind {
                FileKind::Directory => self.directory_changes(file, bytes),
                _ => self.data_arrives(file, bytes),
            },
            Arrival::Connect => self.client_connects(file),
            Arrival::Close => self.peer_closes(file, Link::PeerClosed),
            Arrival::Reset => self.peer_closes(file, Link::PeerReset),
        }
    }

    /// Changes with nobody asking are remembered by the file system, one entry for each.
    fn directory_changes(&mut self, file: FileId, bytes: u32) {
        match self.oldest_irp(file, |_| true) {
            Some(irp) => self.complete_irp(irp, NtStatus::SUCCESS, u64::from(bytes)),
            None => self.k.files[file].inbox.push_back(bytes),
        }
    }

    fn client_connects(&mut self, file: FileId) {
        if self.k.files[file].kind == FileKind::PipeServer {
            self.k.files[file].link = Link::Connected;
            if let Some(irp) = self.oldest_irp(file, |r| r.op == IoOp::ConnectNamedPipe) {
                self.complete_irp(irp, NtStatus::SUCCESS, 0);
            }
            return;
        }
        // An accept that asked for data waits for the first of it.
        let unconnected = |k: &Kernel, other: Option<FileId>| {
            other.is_none_or(|accept| k.files[accept].link == Link::Idle)
        };
        let accept =
            self.oldest_irp(file, |r| r.op == IoOp::AcceptEx && unconnected(self.k, r.other));
        let Some(irp) = accept else {
            self.k.files[file].inbox.push_back(0);
            return self.polls_see(file);
        };
        let request = self.k.irps[irp].request;
        if let Some(accepted) = request.other {
            self.k.files[accepted].link = Link::Connected;
            self.polls_see(accepted);
        }
        if !request.awaits_data() {
            self.complete_irp(irp, NtStatus::SUCCESS, 0);
        }
    }

    /// The accept that waits for the first data of this connection.
    pub(crate) fn accept_of(&self, accepted: FileId) -> Option<IrpId> {
        let accepts =
            |r: &Request| r.op == IoOp::AcceptEx && r.other == Some(accepted) && r.length > 0;
        self.k.irps.iter().find(|(_, irp)| accepts(&irp.request)).map(|(id, _)| id)
    }

    /// The other end goes: reads that wait get end of stream, a reset, or a broken pipe.
    pub(crate) fn peer_closes(&mut self, file: FileId, link: Link) {
        let f = &mut self.k.files[file];
        f.link = link;
        let status = match (f.kind, link) {
            (FileKind::PipeServer | FileKind::PipeClient, Link::Disconnected) => {
                NtStatus::PIPE_DISCONNECTED
            }
            (FileKind::PipeServer | FileKind::PipeClient, _) => NtStatus::PIPE_BROKEN,
            (_, Link::PeerReset) => NtStatus::CONNECTION_RESET,
            _ => NtStatus::SUCCESS,
        };
        if let Some(irp) = self.accept_of(file) {
            // The connector went without sending: the accept succeeds with 0 bytes (J09).
            self.complete_irp(irp, NtStatus::SUCCESS, 0);
        }
        while let Some(irp) = self.oldest_irp(file, |request| request.op.is_read()) {
            self.complete_irp(irp, status, 0);
        }
        self.polls_see(file);
    }
}
