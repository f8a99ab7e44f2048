//! What the drivers under pipes, sockets and disks answer when the environment leaves it to them.
//! Only so much is here as decides whether an operation pends, with which status and how many
//! bytes; no data is carried.

use crate::call::{FileKind, IoOp, Reply};
use crate::effect::Observer;
use crate::ids::{FileId, IrpId};
use crate::io::file::Link;
use crate::io::request::Request;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

const fn done(status: NtStatus, information: u64) -> Reply {
    Reply::Done { status, information }
}

/// Marked pending, and complete before the call returns.
const fn pended(status: NtStatus, information: u64) -> Reply {
    Reply::Exact { returned: NtStatus::PENDING, marked_pending: true, status, information }
}

impl<O: Observer> Machine<'_, O> {
    /// The driver's answer to a request. Writes reach the other end here.
    pub(crate) fn driver_reply(&mut self, request: &Request) -> Reply {
        let kind = self.k.files[request.file].kind;
        match kind {
            FileKind::PipeServer | FileKind::PipeClient => self.pipe_reply(request),
            FileKind::Stream => self.stream_reply(request),
            FileKind::Listener => self.listener_reply(request),
            FileKind::Datagram => self.datagram_reply(request),
            FileKind::Disk => self.disk_reply(request),
            FileKind::Directory => match request.op {
                // Changes that nobody asked about in time are told at once, though as pended.
                IoOp::ReadDirectoryChangesW => match self.k.files[request.file].inbox.pop_front() {
                    Some(bytes) => pended(NtStatus::SUCCESS, u64::from(bytes)),
                    None => Reply::Pending,
                },
                _ => done(NtStatus::INVALID_DEVICE_REQUEST, 0),
            },
            FileKind::Device => Reply::Pending,
        }
    }

    /// Disk operations on an overlapped handle pend since Vista, cached or not (H07, H08); on a
    /// synchronous one the file system has them done by the time it returns.
    fn disk_reply(&self, request: &Request) -> Reply {
        match request.op {
            IoOp::LockFileEx => done(NtStatus::SUCCESS, 0),
            op if op.is_read() || op.is_write() => {
                let overlapped = self.k.files[request.file].overlapped;
                if overlapped && self.k.semantics.profile >= Profile::Vista {
                    self.decide(Rule::DiskPends);
                    return Reply::Pending;
                }
                if overlapped {
                    self.decide(Rule::DiskAtOnceOld);
                }
                done(NtStatus::SUCCESS, u64::from(request.length))
            }
            op if op.is_control() && self.deviates(Deviation::DiskControlSilent) => {
                done(NtStatus::SUCCESS, 0)
            }
            IoOp::DeviceIoControl | IoOp::NtDeviceIoControlFile => Reply::Pending,
            _ => done(NtStatus::INVALID_DEVICE_REQUEST, 0),
        }
    }

    fn pipe_reply(&mut self, request: &Request) -> Reply {
        let file = &self.k.files[request.file];
        let link = file.link;
        match request.op {
            IoOp::ConnectNamedPipe => match link {
                Link::Connected => done(NtStatus::PIPE_CONNECTED, 0),
                Link::PeerClosed | Link::PeerReset => done(NtStatus::PIPE_CLOSING, 0),
                _ => Reply::Pending,
            },
            // FSCTL_PIPE_PEEK reports at least the 16 bytes before its data (I02).
            IoOp::NtFsControlFile => {
                if self.deviates(Deviation::PeekAtOnce) {
                    self.decide(Rule::PeekPends);
                    done(NtStatus::SUCCESS, 16)
                } else if self.k.semantics.profile >= Profile::Win8 {
                    self.decide(Rule::PeekPends);
                    pended(NtStatus::SUCCESS, 16)
                } else {
                    self.decide(Rule::PeekAtOnceOld);
                    done(NtStatus::SUCCESS, 16)
                }
            }
            IoOp::TransactNamedPipe => match self.pipe_write(request, link) {
                Reply::Done { status: NtStatus::SUCCESS, .. } => self.pipe_read(request, link),
                failed => failed,
            },
            op if op.is_read() => self.pipe_read(request, link),
            op if op.is_write() => self.pipe_write(request, link),
            _ => done(NtStatus::INVALID_DEVICE_REQUEST, 0),
        }
    }

    fn pipe_read(&mut self, request: &Request, link: Link) -> Reply {
        if let Some((status, bytes)) = self.take_data(request.file, request.length) {
            let warns_at_once = self.k.semantics.profile < Profile::Win8
                || self.deviates(Deviation::PartialReadWarns);
            return match status {
                NtStatus::BUFFER_OVERFLOW if !warns_at_once => pended(status, bytes),
                _ => done(status, bytes),
            };
        }
        match link {
            Link::Connected => Reply::Pending,
            Link::PeerClosed | Link::PeerReset => done(NtStatus::PIPE_BROKEN, 0),
            Link::Disconnected => done(NtStatus::PIPE_DISCONNECTED, 0),
            Link::Listening | Link::Idle => done(NtStatus::PIPE_LISTENING, 0),
        }
    }

    fn pipe_write(&mut self, request: &Request, link: Link) -> Reply {
        match link {
            Link::Connected => {}
            Link::PeerClosed | Link::PeerReset => return done(NtStatus::PIPE_CLOSING, 0),
            Link::Disconnected => return done(NtStatus::PIPE_DISCONNECTED, 0),
            Link::Listening | Link::Idle => return done(NtStatus::PIPE_LISTENING, 0),
        }
        if let Some(peer) = self.k.files[request.file].peer {
            self.data_arrives(peer, request.length);
        }
        done(NtStatus::SUCCESS, u64::from(request.length))
    }

    fn stream_reply(&mut self, request: &Request) -> Reply {
        let link = self.k.files[request.file].link;
        match (request.op, link) {
            (IoOp::ConnectEx, Link::Idle) => Reply::Pending,
            (IoOp::ConnectEx, _) => done(NtStatus::INVALID_PARAMETER, 0),
            (IoOp::WSAIoctl | IoOp::NtDeviceIoControlFile | IoOp::DeviceIoControl, _) => {
                Reply::Pending
            }
            (_, Link::Idle | Link::Listening | Link::Disconnected) => {
                done(NtStatus::INVALID_CONNECTION, 0)
            }
            (op, Link::PeerReset)
                if op.is_read() && self.deviates(Deviation::ReceiveAfterResetEnds) =>
            {
                done(NtStatus::SUCCESS, 0)
            }
            (_, Link::PeerReset) => done(NtStatus::CONNECTION_RESET, 0),
            // Pends even though it is over at once: DisconnectEx with the skip mode still queues
            // a packet (J18).
            (IoOp::DisconnectEx, _) => pended(NtStatus::SUCCESS, 0),
            (op, _) if op.is_read() => match self.take_data(request.file, request.length) {
                Some((status, bytes)) => done(status, bytes),
                None if link == Link::PeerClosed => done(NtStatus::SUCCESS, 0),
                None => Reply::Pending,
            },
            (IoOp::TransmitFile, _) => Reply::Pending,
            (op, _) if op.is_write() => {
                if let Some(peer) = self.k.files[request.file].peer {
                    self.data_arrives(peer, request.length);
                }
                done(NtStatus::SUCCESS, u64::from(request.length))
            }
            _ => done(NtStatus::INVALID_DEVICE_REQUEST, 0),
        }
    }

    fn listener_reply(&mut self, request: &Request) -> Reply {
        match request.op {
            IoOp::AcceptEx => self.accept_reply(request),
            IoOp::WSAIoctl | IoOp::DeviceIoControl | IoOp::NtDeviceIoControlFile => Reply::Pending,
            _ => done(NtStatus::INVALID_CONNECTION, 0),
        }
    }

    /// An accept takes a connection that is waiting; one with a buffer then waits for data.
    fn accept_reply(&mut self, request: &Request) -> Reply {
        let idle = |k: &Kernel, socket: FileId| k.files[socket].link == Link::Idle;
        if request.other.is_some_and(|accepted| !idle(self.k, accepted)) {
            return done(NtStatus::INVALID_PARAMETER, 0);
        }
        if self.k.files[request.file].inbox.pop_front().is_none() {
            return Reply::Pending;
        }
        if let Some(accepted) = request.other {
            self.k.files[accepted].link = Link::Connected;
            self.polls_see(accepted);
        }
        if request.awaits_data() { Reply::Pending } else { pended(NtStatus::SUCCESS, 0) }
    }

    /// A datagram longer than the buffer is a warning at once (WSAEMSGSIZE).
    fn datagram_reply(&mut self, request: &Request) -> Reply {
        match request.op {
            op if op.is_read() => match self.take_data(request.file, request.length) {
                Some((status, bytes)) => done(status, bytes),
                None => Reply::Pending,
            },
            op if op.is_write() => {
                if let Some(peer) = self.k.files[request.file].peer {
                    self.data_arrives(peer, request.length);
                }
                done(NtStatus::SUCCESS, u64::from(request.length))
            }
            _ => Reply::Pending,
        }
    }

    /// Takes what a read of `length` bytes gets of the data that has arrived.
    fn take_data(&mut self, file: FileId, length: u32) -> Option<(NtStatus, u64)> {
        let f = &mut self.k.files[file];
        let head = f.inbox.front_mut()?;
        if f.message_mode && *head > length {
            let whole = *head;
            // A pipe keeps the rest of the message; a datagram's rest is lost.
            if f.kind == FileKind::Datagram {
                f.inbox.pop_front();
            } else {
                *head = whole - length;
            }
            return Some((NtStatus::BUFFER_OVERFLOW, u64::from(length)));
        }
        if f.message_mode {
            return f.inbox.pop_front().map(|bytes| (NtStatus::SUCCESS, u64::from(bytes)));
        }
        let mut wanted = length;
        while wanted > 0 {
            let Some(head) = f.inbox.front_mut() else { break };
            let part = wanted.min(*head);
            *head -= part;
            wanted -= part;
            if *head == 0 {
                f.inbox.pop_front();
            }
        }
        Some((NtStatus::SUCCESS, u64::from(length - wanted)))
    }

    /// Data reaches a file: the accept that waits for it takes it, or the oldest pending read, or
    /// it waits in the inbox. No bytes on a stream are nothing, for a receive of none means the end.
    pub(crate) fn data_arrives(&mut self, file: FileId, bytes: u32) {
        if bytes == 0 && self.k.files[file].kind == FileKind::Stream {
            return;
        }
        self.k.files[file].inbox.push_back(bytes);
        self.data_is_taken(file);
        self.polls_see(file);
    }

    fn data_is_taken(&mut self, file: FileId) {
        if let Some(irp) = self.accept_of(file) {
            let length = self.k.irps[irp].request.length;
            if let Some((status, information)) = self.take_data(file, length) {
                self.complete_irp(irp, status, information);
            }
        }
        while !self.k.files[file].inbox.is_empty() {
            let Some(irp) = self.oldest_irp(file, |request| request.op.is_read()) else { return };
            let length = self.k.irps[irp].request.length;
            let Some((status, information)) = self.take_data(file, length) else { return };
            self.complete_irp(irp, status, information);
        }
    }

    /// The pending operation of a file that was issued first, of those that `which` names.
    pub(crate) fn oldest_irp(
        &self,
        file: FileId,
        which: impl Fn(&Request) -> bool,
    ) -> Option<IrpId> {
        self.k
            .irps
            .iter()
            .filter(|(_, irp)| irp.request.file == file && which(&irp.request))
            .min_by_key(|(_, irp)| irp.order)
            .map(|(id, _)| id)
    }

    /// What completion changes about the connection itself.
    pub(crate) fn connection_changes(&mut self, request: &Request, status: NtStatus) {
        if !status.is_success() {
            return;
        }
        if request.op == IoOp::DisconnectEx {
            return self.disconnects(request.file);
        }
        let connected = match request.op {
            IoOp::ConnectEx | IoOp::ConnectNamedPipe => Some(request.file),
            IoOp::AcceptEx => request.other,
            _ => None,
        };
        if let Some(file) = connected
            && let Some(f) = self.k.files.get_mut(file)
            && matches!(f.link, Link::Idle | Link::Listening)
        {
            f.link = Link::Connected;
            self.polls_see(file);
        }
    }

    /// This end has left the connection; the other end sees an orderly close.
    fn disconnects(&mut self, file: FileId) {
        let f = &mut self.k.files[file];
        if f.link == Link::Connected {
            f.link = Link::Disconnected;
        }
        if let Some(peer) = f.peer
            && self.k.files[peer].link == Link::Connected
        {
            self.peer_closes(peer, Link::PeerClosed);
        }
    }
}
