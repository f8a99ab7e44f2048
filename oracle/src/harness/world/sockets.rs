//! Moves on a connection: two sockets that are connected with one another.

use super::super::deed::{Act, Deed};
use super::super::moves::{Kind, Move};
use super::{FileOf, World};
use iocp_model::{
    Call, FileId, Handle, IoCall, IoOp, Notify, NtStatus, Object, OverlappedArg, Reply,
};

/// Bytes that are sent at once, and the buffer that they are received into.
const SENT: u32 = 4;
const BUFFER: u32 = 16;
/// Bytes of a number.
const NUMBER: u32 = 4;
/// Names of the ends.
const ENDS: [&str; 2] = ["X", "Y"];

impl World {
    pub(super) fn socket_index(m: Move) -> usize {
        usize::from(m.what) % ENDS.len()
    }

    /// Whether an end may talk: what somebody is told who talks on after a shutdown, the model does
    /// not say.
    pub(super) fn socket_talks(&self, m: Move) -> bool {
        self.socket_is_open(m) && !self.shut[World::socket_index(m)]
    }

    /// Whether an end may send: to one that is closed it sometimes may and sometimes may not.
    pub(super) fn socket_sends(&self, m: Move) -> bool {
        let other = 1 - World::socket_index(m);
        self.socket_talks(m) && self.sockets[other] != FileOf::Closed
    }

    /// Whether a connection may be shut down: what the other end hears of it, and who waits there,
    /// the model does not say.
    pub(super) fn socket_is_quiet(&self, m: Move) -> bool {
        let ends = [0, 1].map(|index| self.socket_file(index));
        let waits = |file: FileId| {
            self.kernel.irps().iter().any(|(_, pending)| pending.request.file == file)
        };
        self.socket_talks(m) && !ends.into_iter().flatten().any(waits)
    }

    /// Whether an end may be closed: what nobody has received is taken for an accident then, of
    /// which the model does not know.
    pub(super) fn socket_closes(&self, m: Move) -> bool {
        let file = self.socket_file(World::socket_index(m));
        let unread = |id: FileId| {
            self.kernel.files().iter().any(|(other, file)| other == id && !file.inbox.is_empty())
        };
        file.is_some_and(|id| !unread(id))
    }

    fn socket_file(&self, index: usize) -> Option<FileId> {
        let FileOf::Open(handle) = self.sockets[index] else { return None };
        match self.object(handle)? {
            Object::File(file) => Some(file),
            _ => None,
        }
    }

    /// Whether an end is there, or can be made.
    pub(super) fn socket_is_open(&self, m: Move) -> bool {
        self.sockets[World::socket_index(m)] != FileOf::Closed
    }

    /// The handle of an end, which is made with the other if it is not there yet.
    fn socket(&mut self, index: usize) -> Option<Handle> {
        if self.sockets[index] == FileOf::NotYet {
            if !self.call(self.master, Call::SocketPair { overlapped: true }) {
                return None;
            }
            let Some(Deed { act: Act::Call(made), .. }) = self.deeds.last_mut() else {
                return None;
            };
            let [(one, first), (other, second)] = made.bind.as_mut_slice() else { return None };
            ENDS[0].clone_into(first);
            ENDS[1].clone_into(second);
            self.sockets = [FileOf::Open(*one), FileOf::Open(*other)];
        }
        match self.sockets[index] {
            FileOf::Open(handle) => Some(handle),
            FileOf::NotYet | FileOf::Closed => None,
        }
    }

    pub(super) fn bind_socket(&mut self, m: Move) -> bool {
        let index = World::socket_index(m);
        let Some(existing_port) = self.port(self.port_index(m.how)) else { return false };
        let Some(file) = self.socket(index) else { return false };
        let key = 0x300 + index as u64;
        let call = Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 };
        self.call(self.master, call)
    }

    pub(super) fn talk(&mut self, m: Move) -> bool {
        let Some(file) = self.socket(World::socket_index(m)) else { return false };
        let at = self.slot();
        let (op, length) = match m.kind {
            Kind::Send => (IoOp::WSASend, SENT),
            _ => (IoOp::WSARecv, BUFFER),
        };
        let notify = Notify::Overlapped(OverlappedArg { at, event: Handle::NULL });
        let (other, reply) = (Handle::NULL, Reply::Driver);
        self.call(self.poster(m), Call::Io(IoCall { op, file, length, other, notify, reply }))
    }

    /// Says that it pends, and is over at once.
    pub(super) fn disconnect(&mut self, m: Move) -> bool {
        let (length, reply) = (0, Reply::Driver);
        self.shut[World::socket_index(m)] = true;
        self.control(m, IoOp::DisconnectEx, length, reply)
    }

    /// Asks how much there is to receive: answered at once, with a number of four bytes.
    pub(super) fn ask_socket(&mut self, m: Move) -> bool {
        let reply = Reply::Done { status: NtStatus::SUCCESS, information: u64::from(NUMBER) };
        self.control(m, IoOp::WSAIoctl, NUMBER, reply)
    }

    fn control(&mut self, m: Move, op: IoOp, length: u32, reply: Reply) -> bool {
        let Some(file) = self.socket(World::socket_index(m)) else { return false };
        let at = self.slot();
        let notify = Notify::Overlapped(OverlappedArg { at, event: Handle::NULL });
        let other = Handle::NULL;
        self.call(self.poster(m), Call::Io(IoCall { op, file, length, other, notify, reply }))
    }

    pub(super) fn shut_down(&mut self, m: Move) -> bool {
        let index = World::socket_index(m);
        let Some(file) = self.socket(index) else { return false };
        self.shut = [true; 2];
        self.call(self.master, Call::Shutdown { file })
    }

    pub(super) fn close_socket(&mut self, m: Move) -> bool {
        let index = World::socket_index(m);
        let FileOf::Open(handle) = self.sockets[index] else { return false };
        self.sockets[index] = FileOf::Closed;
        self.call(self.master, Call::CloseHandle { handle })
    }
}
