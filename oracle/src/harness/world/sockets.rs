//! Moves on a connection: two sockets that are connected with one another.

use super::super::deed::{Act, Deed};
use super::super::moves::{Kind, Move};
use super::{FileOf, World};
use iocp_model::{Call, Handle, IoCall, IoOp, Notify, OverlappedArg, Reply};

/// Bytes that are sent at once, and the buffer that they are received into.
const SENT: u32 = 4;
const BUFFER: u32 = 16;
/// Names of the ends.
const ENDS: [&str; 2] = ["X", "Y"];

impl World {
    pub(super) fn socket_index(m: Move) -> usize {
        usize::from(m.what) % ENDS.len()
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

    pub(super) fn shut_down(&mut self, m: Move) -> bool {
        let Some(file) = self.socket(World::socket_index(m)) else { return false };
        self.call(self.master, Call::Shutdown { file })
    }

    pub(super) fn close_socket(&mut self, m: Move) -> bool {
        let index = World::socket_index(m);
        let FileOf::Open(handle) = self.sockets[index] else { return false };
        self.sockets[index] = FileOf::Closed;
        self.call(self.master, Call::CloseHandle { handle })
    }
}
