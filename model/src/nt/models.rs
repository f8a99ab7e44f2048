//! Which calls there are: what a Windows version exports, and what the model has an answer for.

use crate::action::Refusal;
use crate::call::{Call, IoCall, Notify, Reply};
use crate::ids::{Handle, Object, Overlapped, ThreadId};
use crate::io::job::Place;
use crate::kernel::Kernel;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

impl Kernel {
    /// Whether a call may fail for want of memory, with this status.
    pub(crate) fn models_exhausted(&self, call: &Call, status: NtStatus) -> Result<(), Refusal> {
        let allocates = matches!(
            call,
            Call::PostQueuedCompletionStatus { .. }
                | Call::NtSetIoCompletion { .. }
                | Call::CreateIoCompletionPort { .. }
                | Call::NtCreateIoCompletion { .. }
                | Call::NtSetInformationFileCompletion { .. }
        );
        if !allocates {
            return Err(Refusal::NotModelled("this call failing for want of memory"));
        }
        match status {
            NtStatus::INSUFFICIENT_RESOURCES | NtStatus::QUOTA_EXCEEDED => Ok(()),
            _ => Err(Refusal::NotModelled("want of memory with this status")),
        }
    }

    /// Whether the semantics have such a function, and the model says what it does.
    pub(crate) fn models(&self, thread: ThreadId, call: &Call) -> Result<(), Refusal> {
        let since = |profile: Profile, name: &'static str| {
            if self.semantics.profile >= profile { Ok(()) } else { Err(Refusal::NotExported(name)) }
        };
        let extra = |profile: Profile, name: &'static str| {
            if self.semantics.has(Deviation::ExportsMissing) {
                return Err(Refusal::NotExported(name));
            }
            since(profile, name)
        };
        if creates(call) {
            self.has_room()?;
        }
        match call {
            Call::NtRemoveIoCompletionEx { .. } => since(Profile::Vista, "NtRemoveIoCompletionEx"),
            Call::GetQueuedCompletionStatusEx { .. } => {
                since(Profile::Vista, "GetQueuedCompletionStatusEx")
            }
            Call::CancelIoEx { .. } => since(Profile::Vista, "CancelIoEx"),
            Call::NtCancelIoFileEx { .. } => since(Profile::Vista, "NtCancelIoFileEx"),
            Call::CancelSynchronousIo { .. } => since(Profile::Vista, "CancelSynchronousIo"),
            Call::SetFileCompletionNotificationModes { .. } => {
                since(Profile::Vista, "SetFileCompletionNotificationModes")
            }
            Call::GetOverlappedResultEx { .. } => since(Profile::Win8, "GetOverlappedResultEx"),
            Call::NtSetIoCompletionEx { .. } => extra(Profile::Win7, "NtSetIoCompletionEx"),
            Call::NtAllocateReserveObject { .. } => extra(Profile::Win7, "NtAllocateReserveObject"),
            Call::NtCreateWaitCompletionPacket {} => {
                extra(Profile::Win8, "NtCreateWaitCompletionPacket")
            }
            Call::NtAssociateWaitCompletionPacket { .. } => {
                extra(Profile::Win8, "NtAssociateWaitCompletionPacket")
            }
            Call::NtCancelWaitCompletionPacket { .. } => {
                extra(Profile::Win8, "NtCancelWaitCompletionPacket")
            }
            Call::AssignProcessToJobObject { job, process } => self.nests(thread, *job, *process),
            Call::Io(io) => match io.reply {
                // The one cell of the completion matrix that hangs a real kernel (1G).
                Reply::Exact { returned: NtStatus::PENDING, marked_pending: false, .. } => Err(
                    Refusal::NotModelled("a driver that returns STATUS_PENDING without marking it"),
                ),
                Reply::Done { status: NtStatus::PENDING, .. } => {
                    Err(Refusal::NotModelled("an operation that is done with STATUS_PENDING"))
                }
                _ => sensible(io),
            },
            _ => Ok(()),
        }
    }
}

impl Kernel {
    /// Whether there is a source for what happens when a process joins a job, where jobs nest.
    fn nests(&self, thread: ThreadId, job: Handle, process: Handle) -> Result<(), Refusal> {
        let own = self.threads[thread].process;
        let member = match process {
            Handle::CURRENT_PROCESS => Some(Object::Process(own)),
            _ => self.resolve(own, process),
        };
        let (Some(Object::Job(job)), Some(Object::Process(process))) =
            (self.resolve(own, job), member)
        else {
            return Ok(());
        };
        match (self.processes[process].job, self.jobs[job].place) {
            (None, Place::NestedIn(_)) => Err(Refusal::NotModelled(
                "nested jobs: a process of no job that joins a nested one",
            )),
            (None, _) | (_, Place::Unused) => Ok(()),
            (Some(inner), _) if self.semantics.profile < Profile::Win8 || inner == job => Ok(()),
            (Some(inner), place) => {
                let next = place == Place::NestedIn(inner);
                let root = |job| self.job_chain(Some(job)).last();
                if !next && root(inner) == root(job) {
                    return Err(Refusal::NotModelled(
                        "nested jobs: a process that joins another job of its hierarchy",
                    ));
                }
                Ok(())
            }
        }
    }

    fn has_room(&self) -> Result<(), Refusal> {
        let full = self.ports.is_full()
            || self.threads.is_full()
            || self.processes.is_full()
            || self.files.is_full()
            || self.irps.is_full()
            || self.events.is_full()
            || self.semaphores.is_full()
            || self.mutants.is_full()
            || self.jobs.is_full()
            || self.reserves.is_full()
            || self.wait_packets.is_full();
        if full { Err(Refusal::NotModelled("more than 65000 objects of one kind")) } else { Ok(()) }
    }
}

/// Whether a call may make an object.
fn creates(call: &Call) -> bool {
    matches!(
        call,
        Call::CreateIoCompletionPort { .. }
            | Call::NtCreateIoCompletion { .. }
            | Call::NtAllocateReserveObject { .. }
            | Call::NtCreateWaitCompletionPacket {}
            | Call::CreateFile { .. }
            | Call::CreateNamedPipe { .. }
            | Call::OpenNamedPipe { .. }
            | Call::SocketPair { .. }
            | Call::BindIoCompletionCallback { .. }
            | Call::Io(_)
            | Call::AfdPoll(_)
            | Call::CreateProcess { .. }
            | Call::CreateThread {}
            | Call::CreateEvent { .. }
            | Call::CreateSemaphore { .. }
            | Call::CreateMutex { .. }
            | Call::CreateJobObject {}
    )
}

/// What no program can write down, or what faults before it reaches the kernel.
fn sensible(io: &IoCall) -> Result<(), Refusal> {
    let IoCall { op, notify, .. } = *io;
    let takes_routine = op.is_ex() || op.is_winsock();
    match notify {
        Notify::Native { .. } if !op.is_native() => {
            Err(Refusal::NotModelled("a Win32 function with the arguments of a native one"))
        }
        Notify::Nothing | Notify::Overlapped(_) | Notify::Routine { .. } if op.is_native() => {
            Err(Refusal::NotModelled("a native function with the arguments of a Win32 one"))
        }
        Notify::Routine { .. } if !takes_routine => {
            Err(Refusal::NotModelled("a completion routine for a function that takes none"))
        }
        Notify::Routine { overlapped, .. } if op.is_ex() && overlapped.at == Overlapped::NULL => {
            Err(Refusal::NotModelled("ReadFileEx and WriteFileEx fault on a NULL OVERLAPPED"))
        }
        Notify::Nothing | Notify::Overlapped(_) if op.is_ex() => {
            Err(Refusal::NotModelled("ReadFileEx and WriteFileEx without a completion routine"))
        }
        _ => Ok(()),
    }
}
