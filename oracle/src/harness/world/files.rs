//! Moves on files: two pipes, each with a server end and a client end.

use super::super::moves::{Kind, Move};
use super::native::Newest;
use super::{FILES, FileOf, World};
use iocp_model::{Call, Handle, IoCall, IoOp, Notify, OverlappedArg, Reply};

/// Sizes of a message and of the buffer that it is read into.
const MESSAGE: u32 = 3;
const BUFFER: u32 = 16;

impl World {
    pub(super) fn file_index(m: Move) -> usize {
        usize::from(m.what) % FILES
    }

    /// The handle of an end of a pipe, which is made if it is not there yet; `None` once it is
    /// closed.
    pub(super) fn file(&mut self, index: usize) -> Option<Handle> {
        if self.files[index] == FileOf::NotYet {
            let pipe = index / 2;
            let call = Call::CreateNamedPipe { overlapped: true, message: true };
            let server = self.make(self.master, call, &format!("S{pipe}"))?;
            let call = Call::OpenNamedPipe { server, overlapped: true };
            let client = self.make(self.master, call, &format!("C{pipe}"))?;
            self.files[2 * pipe] = FileOf::Open(server);
            self.files[2 * pipe + 1] = FileOf::Open(client);
        }
        match self.files[index] {
            FileOf::Open(handle) => Some(handle),
            FileOf::NotYet | FileOf::Closed => None,
        }
    }

    pub(super) fn bind(&mut self, m: Move) -> bool {
        let index = World::file_index(m);
        let Some(existing_port) = self.port(self.port_index(m.how)) else { return false };
        let Some(file) = self.file(index) else { return false };
        let key = 0x100 + index as u64;
        let call = Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 };
        self.call(self.master, call)
    }

    pub(super) fn transfer(&mut self, m: Move) -> bool {
        let Some(file) = self.file(World::file_index(m)) else { return false };
        let event = match m.how % 3 {
            0 => Handle::NULL,
            how => {
                let Some(event) = self.operation_event() else { return false };
                // The low bit asks for no packet.
                if how == 1 { event } else { Handle(event.0 | 1) }
            }
        };
        let at = self.slot();
        let (op, length) = match m.kind {
            Kind::Write => (IoOp::WriteFile, MESSAGE),
            _ => (IoOp::ReadFile, BUFFER),
        };
        let notify = Notify::Overlapped(OverlappedArg { at, event });
        let (other, reply) = (Handle::NULL, Reply::Driver);
        let call = Call::Io(IoCall { op, file, length, other, notify, reply });
        let newest = Newest { at, native: false };
        self.call(self.poster(m), call) && self.begun_on(World::file_index(m), newest)
    }

    /// The event that operations name.
    pub(super) fn operation_event(&mut self) -> Option<Handle> {
        if self.event.is_none() {
            let call = Call::CreateEvent { manual_reset: true, initial: false };
            self.event = self.make(self.master, call, "EV");
        }
        self.event
    }

    pub(super) fn set_modes(&mut self, m: Move) -> bool {
        let Some(file) = self.file(World::file_index(m)) else { return false };
        let flags = 1 + u32::from(m.how % 3);
        self.call(self.master, Call::SetFileCompletionNotificationModes { file, flags })
    }

    pub(super) fn cancel(&mut self, m: Move) -> bool {
        let Some(file) = self.file(World::file_index(m)) else { return false };
        let call = match m.how % 2 {
            0 => Call::CancelIoEx { file, overlapped: iocp_model::Overlapped::NULL },
            _ => Call::CancelIo { file },
        };
        self.call(self.poster(m), call)
    }

    pub(super) fn close_file(&mut self, m: Move) -> bool {
        let index = World::file_index(m);
        let FileOf::Open(handle) = self.files[index] else { return false };
        self.files[index] = FileOf::Closed;
        self.call(self.master, Call::CloseHandle { handle })
    }
}
