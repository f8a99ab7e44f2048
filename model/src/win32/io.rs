//! How Win32 and Winsock report the end of an operation to the caller, and
//! `GetOverlappedResult(Ex)`.

use crate::call::{IoOp, OverlappedArg, Timeout};
use crate::effect::{Observer, Out, Return, Value};
use crate::ids::{Handle, Overlapped, ThreadId};
use crate::ke::thread::{WaitEnd, WaitFor, Waiting};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::status::{
    ERROR_IO_INCOMPLETE, NtStatus, WAIT_IO_COMPLETION, WAIT_TIMEOUT, WSAECONNRESET, WSAEINVAL,
    WSAEMSGSIZE, WSAENOTCONN,
};

/// The Winsock error for a status: sockets have numbers of their own.
fn winsock_error(status: NtStatus) -> u32 {
    match status {
        NtStatus::BUFFER_OVERFLOW => WSAEMSGSIZE,
        NtStatus::CONNECTION_RESET => WSAECONNRESET,
        NtStatus::INVALID_CONNECTION => WSAENOTCONN,
        NtStatus::INVALID_PARAMETER => WSAEINVAL,
        NtStatus::INVALID_HANDLE | NtStatus::OBJECT_TYPE_MISMATCH => 10038, // WSAENOTSOCK
        NtStatus::ACCESS_VIOLATION => 10014,                                // WSAEFAULT
        NtStatus::CONNECTION_REFUSED => 10061,                              // WSAECONNREFUSED
        NtStatus::CONNECTION_ABORTED => 10053,                              // WSAECONNABORTED
        other => other.to_win32(),
    }
}

/// What the function returns for a status and a byte count.
pub(crate) fn io_return(op: IoOp, status: NtStatus, information: u64) -> Return {
    if op.is_native() {
        return Return::status(status);
    }
    let bytes = Out::Bytes(information as u32);
    let pending = status == NtStatus::PENDING;
    if op.is_winsock() {
        return if status.is_success() && !pending {
            Return { value: Value::Int(0), last_error: None, out: bytes }
        } else {
            let error = if pending { status.to_win32() } else { winsock_error(status) };
            Return { value: Value::Int(-1), last_error: Some(error), out: Out::Nothing }
        };
    }
    // Queued is as good as done for these: TRUE says no more.
    let queues = op.is_ex() || (op == IoOp::ReadDirectoryChangesW && pending);
    if queues && status.is_success() {
        return Return::ok();
    }
    if pending {
        return Return::fail(status.to_win32());
    }
    if op.is_ex() {
        return Return::fail(status.to_win32()); // There is no byte count to write.
    }
    if op.is_winsock_extension() && !status.is_success() {
        return Return::fail(winsock_error(status));
    }
    if status.is_error() { Return::bool(status) } else { Return::bool(status).with(bytes) }
}

/// What a function returns that has waited for the operation: `STATUS_PENDING`, should a driver
/// end with it, is then the success that its severity says it is.
pub(crate) fn waited_return(op: IoOp, status: NtStatus, information: u64) -> Return {
    match status {
        NtStatus::PENDING if !op.is_native() => io_return(op, NtStatus::SUCCESS, information),
        status => io_return(op, status, information),
    }
}

impl<O: Observer> Machine<'_, O> {
    /// `GetOverlappedResult(Ex)`: reads the OVERLAPPED, and waits for its event, or without one
    /// for the file, while it says pending.
    pub(crate) fn get_overlapped_result(
        &mut self,
        thread: ThreadId,
        file: Handle,
        overlapped: OverlappedArg,
        (timeout, alertable, ex): (Timeout, bool, bool),
    ) -> Option<Return> {
        let at = overlapped.at;
        if self.internal(thread, at) != NtStatus::PENDING {
            self.decide(Rule::OverlappedResult);
            return Some(self.overlapped_status(thread, at));
        }
        if timeout == Timeout::Zero {
            self.decide(Rule::OverlappedResult);
            return Some(Return::fail(ERROR_IO_INCOMPLETE));
        }
        let handle = match overlapped.event.without_low_bit() {
            Handle::NULL => file,
            event => event,
        };
        let object = match self.waitable(thread, handle) {
            Ok(object) => object,
            Err(status) => return Some(Return::bool(status)),
        };
        let call = Waiting::OverlappedResult { overlapped: at, ex };
        let end =
            self.wait_one(thread, object, WaitFor { timeout, alertable, call, by: Handle::NULL })?;
        Some(self.overlapped_result(thread, at, ex, &end))
    }

    /// `OVERLAPPED.Internal`; an OVERLAPPED that the kernel has not written is zeroed memory.
    fn internal(&self, thread: ThreadId, at: Overlapped) -> NtStatus {
        let process = self.k.threads[thread].process;
        self.k.status_block(process, at).map_or(NtStatus::SUCCESS, |block| block.status)
    }

    fn overlapped_status(&self, thread: ThreadId, at: Overlapped) -> Return {
        let process = self.k.threads[thread].process;
        let information = self.k.status_block(process, at).map_or(0, |block| block.information);
        Return::bool(self.internal(thread, at)).with(Out::Bytes(information as u32))
    }

    /// The end of its wait. It reports what the OVERLAPPED holds then, done or not: with several
    /// operations on one file the wait may have been for another of them (E33).
    pub(crate) fn overlapped_result(
        &self,
        thread: ThreadId,
        at: Overlapped,
        ex: bool,
        end: &WaitEnd,
    ) -> Return {
        match end {
            WaitEnd::Status(NtStatus::TIMEOUT) if ex => Return::fail(WAIT_TIMEOUT),
            WaitEnd::Status(NtStatus::USER_APC) if ex => Return::fail(WAIT_IO_COMPLETION),
            _ => self.overlapped_status(thread, at),
        }
    }
}
