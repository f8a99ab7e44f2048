//! Handles of a trace and handles of the model: two numberings of the same things.

use iocp_model::{Call, Handle, IoCall, Notify};

/// Calls `f` for each handle among the arguments of a call.
pub(super) fn for_each(call: &mut Call, f: &mut impl FnMut(&mut Handle)) {
    match call {
        Call::CreateIoCompletionPort { file, existing_port, .. } => {
            f(file);
            f(existing_port);
        }
        Call::PostQueuedCompletionStatus { port, .. }
        | Call::GetQueuedCompletionStatus { port, .. }
        | Call::GetQueuedCompletionStatusEx { port, .. }
        | Call::GetQueuedCompletionStatusNullOutputs { port }
        | Call::NtQueryIoCompletion { port, .. }
        | Call::NtSetIoCompletion { port, .. }
        | Call::NtRemoveIoCompletion { port, .. }
        | Call::NtRemoveIoCompletionEx { port, .. } => f(port),
        Call::NtSetIoCompletionEx { port, reserve, .. } => {
            f(port);
            f(reserve);
        }
        Call::NtAssociateWaitCompletionPacket { packet, port, target, .. } => {
            f(packet);
            f(port);
            f(target);
        }
        Call::NtCancelWaitCompletionPacket { packet, .. } => f(packet),
        other => for_each_elsewhere(other, f),
    }
}

/// The same for calls that are not about ports alone.
fn for_each_elsewhere(call: &mut Call, f: &mut impl FnMut(&mut Handle)) {
    match call {
        Call::OpenNamedPipe { server, .. } => f(server),
        Call::NtSetInformationFileCompletion { file, port, .. }
        | Call::NtSetInformationFileReplaceCompletion { file, port, .. } => {
            f(file);
            f(port);
        }
        Call::DisconnectNamedPipe { file }
        | Call::NtSetInformationFileNotificationModes { file, .. }
        | Call::NtQueryInformationFileNotificationModes { file }
        | Call::SetFileCompletionNotificationModes { file, .. }
        | Call::BindIoCompletionCallback { file }
        | Call::Shutdown { file }
        | Call::CancelIo { file }
        | Call::CancelIoEx { file, .. }
        | Call::NtCancelIoFileEx { file, .. } => f(file),
        Call::Io(io) => io_handles(io, f),
        Call::AfdPoll(poll) => {
            f(&mut poll.file);
            f(&mut poll.socket);
            f(&mut poll.event);
        }
        Call::CancelSynchronousIo { thread }
        | Call::TerminateThread { thread }
        | Call::SuspendThread { thread }
        | Call::ResumeThread { thread }
        | Call::QueueUserAPC { thread, .. } => f(thread),
        Call::GetOverlappedResult { file, overlapped, .. }
        | Call::GetOverlappedResultEx { file, overlapped, .. } => {
            f(file);
            f(&mut overlapped.event);
        }
        Call::CloseHandle { handle }
        | Call::NtClose { handle }
        | Call::WaitForSingleObject { handle, .. }
        | Call::WaitForSingleObjectEx { handle, .. }
        | Call::NtWaitForSingleObject { handle, .. } => f(handle),
        Call::DuplicateHandle { source_process, handle, target_process, .. } => {
            f(source_process);
            f(handle);
            f(target_process);
        }
        Call::TerminateProcess { process } => f(process),
        Call::SetEvent { event } | Call::ResetEvent { event } => f(event),
        Call::ReleaseSemaphore { semaphore, .. } => f(semaphore),
        Call::ReleaseMutex { mutex } => f(mutex),
        Call::WaitForMultipleObjects { handles, .. } => handles.iter_mut().for_each(f),
        Call::AssignProcessToJobObject { job, process } => {
            f(job);
            f(process);
        }
        Call::SetInformationJobObjectPort { job, port, .. } => {
            f(job);
            f(port);
        }
        _ => {}
    }
}

fn io_handles(io: &mut IoCall, f: &mut impl FnMut(&mut Handle)) {
    f(&mut io.file);
    f(&mut io.other);
    match &mut io.notify {
        Notify::Nothing => {}
        Notify::Overlapped(overlapped) | Notify::Routine { overlapped, .. } => {
            f(&mut overlapped.event);
        }
        Notify::Native { event, .. } => f(event),
    }
}

/// The port that a call takes packets from or puts them into.
pub(super) fn port_of(call: &Call) -> Option<Handle> {
    match call {
        Call::PostQueuedCompletionStatus { port, .. }
        | Call::NtSetIoCompletion { port, .. }
        | Call::NtSetIoCompletionEx { port, .. } => Some(*port),
        _ => removes_from(call),
    }
}

/// The port that a call takes packets from.
pub(super) fn removes_from(call: &Call) -> Option<Handle> {
    match call {
        Call::GetQueuedCompletionStatus { port, .. }
        | Call::GetQueuedCompletionStatusEx { port, .. }
        | Call::NtRemoveIoCompletion { port, .. }
        | Call::NtRemoveIoCompletionEx { port, .. } => Some(*port),
        _ => None,
    }
}

/// The handle that a call closes.
pub(super) fn closes(call: &Call) -> Option<Handle> {
    match call {
        Call::CloseHandle { handle } | Call::NtClose { handle } => Some(*handle),
        _ => None,
    }
}

/// Which handles of the trace are which of the model, sorted by the first.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Handles(Vec<(u64, Handle)>);

/// A handle that names nothing in any process of the model.
const NOTHING: Handle = Handle(0x3FFF_FFF0);

impl Handles {
    /// The model's handle; the low bits, which the kernel ignores, stay as they are.
    pub(super) fn get(&self, seen: Handle) -> Option<Handle> {
        let at = self.0.binary_search_by_key(&(seen.0 & !3), |(seen, _)| *seen).ok()?;
        Some(Handle(self.0[at].1.0 | seen.0 & 3))
    }

    /// The trace's name for a handle of the model.
    pub(super) fn name_of(&self, model: Handle) -> Option<u64> {
        self.0.iter().find(|(_, m)| *m == model).map(|(seen, _)| *seen)
    }

    pub(super) fn bind(&mut self, seen: u64, model: Handle) {
        match self.0.binary_search_by_key(&(seen & !3), |(seen, _)| *seen) {
            Ok(at) => self.0[at].1 = model,
            Err(at) => self.0.insert(at, (seen & !3, model)),
        }
    }

    pub(super) fn forget(&mut self, seen: Handle) {
        if let Ok(at) = self.0.binary_search_by_key(&(seen.0 & !3), |(seen, _)| *seen) {
            self.0.remove(at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The arguments of a call as the model numbers them.
    pub(super) fn translate(&self, call: &Call) -> Call {
        let mut call = call.clone();
        for_each(&mut call, &mut |handle| {
            let pseudo = handle.0 & !3 == 0 || handle.0 >= Handle::CURRENT_THREAD.0;
            if !pseudo {
                *handle = self.get(*handle).unwrap_or(NOTHING);
            }
        });
        call
    }
}
