//! Moves on files and ports by their native calls, and by the less common ones of Win32.

use super::super::deed::{Act, Deed, Fate};
use super::super::moves::Move;
use super::{FileOf, PortOf, World};
use iocp_model::{
    Access, Attributes, Call, Handle, IoCall, IoOp, Notify, Overlapped, OverlappedArg, Reply,
    Timeout, Value,
};

/// How long a sleep is.
const SHORT_MS: u64 = 10;
/// Bytes of a message, and of the buffer that it is read into.
const MESSAGE: u32 = 3;
const BUFFER: u32 = 16;
/// The last error of what goes on.
const ERROR_IO_PENDING: u32 = 997;
/// The routine that APCs of operations run.
const ROUTINE: u16 = 2;
/// A last error that no call of a case leaves behind.
const ERROR: u32 = 7;

/// An operation that was begun.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Newest {
    /// Its OVERLAPPED or status block.
    pub(super) at: Overlapped,
    /// Whether a native call began it: then nobody has written into the block that it pends, and
    /// who asks for its result reads what was there before.
    pub(super) native: bool,
}

impl World {
    /// Makes a port with a name, or opens one by its name. A port that was made without a name has
    /// none, and what is opened then is not there.
    pub(super) fn name_port(&mut self, m: Move) -> bool {
        let index = self.port_index(m.what);
        let PortOf { concurrency, ref handles, made, named } = self.ports[index];
        let (access, attributes) = (Access::ALL, Attributes::Named(index as u16));
        if made && !named {
            return self.call(self.master, Call::NtOpenIoCompletion { access, attributes });
        }
        let name = match handles.len() {
            0 => format!("P{index}"),
            count => format!("P{index}.{count}"),
        };
        let call = match m.how % 2 {
            0 => Call::NtCreateIoCompletion { access, attributes, concurrency },
            _ => Call::NtOpenIoCompletion { access, attributes },
        };
        if !self.call(self.master, call) {
            return false;
        }
        // Nobody may have made it yet.
        if let Some(handle) = self.bound(&name) {
            let port = &mut self.ports[index];
            port.handles.push(handle);
            (port.made, port.named) = (true, true);
        }
        true
    }

    /// The native call that associates a file, or the one for callbacks.
    pub(super) fn bind_natively(&mut self, m: Move) -> bool {
        let index = World::file_index(m);
        if !m.how.is_multiple_of(2) {
            let Some(file) = self.file(index) else { return false };
            return self.call(self.master, Call::BindIoCompletionCallback { file });
        }
        let Some(port) = self.port(self.port_index(m.how / 2)) else { return false };
        let Some(file) = self.file(index) else { return false };
        let key = 0x500 + index as u64;
        self.call(self.master, Call::NtSetInformationFileCompletion { file, port, key })
    }

    pub(super) fn transfer_natively(&mut self, m: Move) -> bool {
        let index = World::file_index(m);
        let Some(file) = self.file(index) else { return false };
        let event = if m.how % 6 == 2 { self.operation_event() } else { Some(Handle::NULL) };
        let Some(event) = event else { return false };
        let at = self.slot();
        let native =
            |context: u64, routine| Notify::Native { event, routine, context, status_block: at };
        let overlapped = OverlappedArg { at, event: Handle::NULL };
        let (op, notify) = match m.how % 6 {
            0 => (IoOp::NtReadFile, native(at.0, None)),
            1 => (IoOp::NtWriteFile, native(at.0, None)),
            // Without a context there is no packet.
            2 => (IoOp::NtReadFile, native(0, None)),
            3 => (IoOp::NtWriteFile, native(at.0, Some(ROUTINE))),
            4 => (IoOp::ReadFileEx, Notify::Routine { overlapped, routine: ROUTINE }),
            _ => (IoOp::WriteFileEx, Notify::Routine { overlapped, routine: ROUTINE }),
        };
        let length = if op.is_read() { BUFFER } else { MESSAGE };
        let native = matches!(notify, Notify::Native { .. });
        let (other, reply) = (Handle::NULL, Reply::Driver);
        let call = Call::Io(IoCall { op, file, length, other, notify, reply });
        self.call(self.poster(m), call) && self.begun_on(index, Newest { at, native })
    }

    /// A server end waits for a client, or cuts it off.
    pub(super) fn serve(&mut self, m: Move) -> bool {
        let index = World::file_index(m);
        let FileOf::Open(file) = self.files[index] else { return false };
        if !m.how.is_multiple_of(2) {
            self.cut[index] = true;
            return self.call(self.master, Call::DisconnectNamedPipe { file });
        }
        let at = self.slot();
        let notify = Notify::Overlapped(OverlappedArg { at, event: Handle::NULL });
        let (op, other, reply) = (IoOp::ConnectNamedPipe, Handle::NULL, Reply::Driver);
        let call = Call::Io(IoCall { op, file, length: 0, other, notify, reply });
        self.call(self.master, call) && self.begun_on(index, Newest { at, native: false })
    }

    /// Notes the operation of the last call, if it was begun: what is refused leaves anything
    /// behind where its result would be.
    pub(super) fn begun_on(&mut self, index: usize, newest: Newest) -> bool {
        let Some(Deed { act: Act::Call(made), .. }) = self.deeds.last() else { return true };
        let Fate::Returns(result) = &made.fate else { return true };
        let begun = match result.value {
            Value::Bool(ok) => ok || result.last_error == Some(ERROR_IO_PENDING),
            Value::Status(status) => status.is_success(),
            _ => false,
        };
        self.newest[index] = if begun { Some(newest) } else { None };
        true
    }

    /// The newest operation of a file, and the handle of the file.
    pub(super) fn newest(&self, m: Move) -> Option<(Handle, Newest)> {
        let index = World::file_index(m);
        match self.files[index] {
            FileOf::Open(file) => Some((file, self.newest[index]?)),
            FileOf::NotYet | FileOf::Closed => None,
        }
    }

    pub(super) fn ask_result(&mut self, m: Move) -> bool {
        let Some((file, Newest { at, native: false })) = self.newest(m) else { return false };
        let overlapped = OverlappedArg { at, event: Handle::NULL };
        let (timeout, alertable) = (Timeout::Zero, false);
        let call = match m.how % 2 {
            0 => Call::GetOverlappedResult { file, overlapped, wait: false },
            _ => Call::GetOverlappedResultEx { file, overlapped, timeout, alertable },
        };
        self.call(self.poster(m), call)
    }

    pub(super) fn cancel_one(&mut self, m: Move) -> bool {
        if m.how % 3 == 2 {
            let Some(thread) = self.threads[self.worker_index(m)] else { return false };
            return self.call(self.master, Call::CancelSynchronousIo { thread });
        }
        let Some((file, Newest { at, .. })) = self.newest(m) else { return false };
        let call = match m.how % 3 {
            0 => Call::CancelIoEx { file, overlapped: at },
            _ => Call::NtCancelIoFileEx { file, status_block: at },
        };
        self.call(self.poster(m), call)
    }

    pub(super) fn modes_natively(&mut self, m: Move) -> bool {
        let Some(file) = self.file(World::file_index(m)) else { return false };
        let call = match m.how % 4 {
            0 => Call::NtQueryInformationFileNotificationModes { file },
            flags => {
                let flags = u32::from(flags);
                Call::NtSetInformationFileNotificationModes { file, flags, length: 4 }
            }
        };
        self.call(self.master, call)
    }

    /// What a worker does that is no wait, or a short one.
    pub(super) fn rest(&mut self, m: Move) -> bool {
        let thread = self.worker(m);
        match m.how % 4 {
            0 => {
                let timeout = Timeout::Finite(SHORT_MS * 1000);
                let slept = self.call(thread, Call::Sleep { timeout });
                if slept && self.open.contains_key(&thread) {
                    self.expire(thread);
                }
                slept
            }
            1 => self.call(thread, Call::Sleep { timeout: Timeout::Zero }),
            2 => self.call(thread, Call::SwitchToThread {}),
            _ => {
                self.call(thread, Call::SetLastError { error: ERROR })
                    && self.call(thread, Call::GetLastError {})
            }
        }
    }
}
