//! Handles, processes, threads, dispatcher objects, waits, jobs.

use iocp_model::{Call, Handle};

use super::Kind::{Flag as Bool, Handle as H, Handles, Number as N};
use super::{Function, Kind, arg, or, row};

const PROCESS: u64 = Handle::CURRENT_PROCESS.0;
const FOREVER: u64 = u64::MAX;
const NONE: u64 = u64::MAX;

/// Handles, processes, threads, dispatcher objects, waits, jobs.
pub(super) static OBJECTS: &[Function] = &[
    row("CloseHandle", &[arg("handle", H)], |v| Call::CloseHandle { handle: v.handle(0) }),
    row("NtClose", &[arg("handle", H)], |v| Call::NtClose { handle: v.handle(0) }),
    row(
        "DuplicateHandle",
        &[
            or("source_process", H, PROCESS),
            arg("handle", H),
            or("target_process", H, PROCESS),
            or("access", Kind::Access, NONE),
            or("inherit", Bool, 0),
            or("close_source", Bool, 0),
        ],
        |v| Call::DuplicateHandle {
            source_process: v.handle(0),
            handle: v.handle(1),
            target_process: v.handle(2),
            access: (v.plain[3] != NONE).then(|| v.access(3)),
            inherit: v.flag(4),
            close_source: v.flag(5),
        },
    ),
    row("CreateProcess", &[or("inherit_handles", Bool, 0)], |v| Call::CreateProcess {
        inherit_handles: v.flag(0),
    }),
    row("ExitProcess", &[], |_| Call::ExitProcess {}),
    row("TerminateProcess", &[arg("process", H)], |v| Call::TerminateProcess {
        process: v.handle(0),
    }),
    row("ExitThread", &[], |_| Call::ExitThread {}),
    row("TerminateThread", &[arg("thread", H)], |v| Call::TerminateThread { thread: v.handle(0) }),
    row("SuspendThread", &[arg("thread", H)], |v| Call::SuspendThread { thread: v.handle(0) }),
    row("ResumeThread", &[arg("thread", H)], |v| Call::ResumeThread { thread: v.handle(0) }),
    row("CreateEvent", &[or("manual_reset", Bool, 1), or("initial", Bool, 0)], |v| {
        Call::CreateEvent { manual_reset: v.flag(0), initial: v.flag(1) }
    }),
    row("SetEvent", &[arg("event", H)], |v| Call::SetEvent { event: v.handle(0) }),
    row("ResetEvent", &[arg("event", H)], |v| Call::ResetEvent { event: v.handle(0) }),
    row("CreateSemaphore", &[or("initial", N, 0), or("maximum", N, 0x7fff_ffff)], |v| {
        Call::CreateSemaphore { initial: v.small(0), maximum: v.small(1) }
    }),
    row("ReleaseSemaphore", &[arg("semaphore", H), or("count", N, 1)], |v| {
        Call::ReleaseSemaphore { semaphore: v.handle(0), count: v.small(1) }
    }),
    row("CreateMutex", &[or("initial_owner", Bool, 0)], |v| Call::CreateMutex {
        initial_owner: v.flag(0),
    }),
    row("ReleaseMutex", &[arg("mutex", H)], |v| Call::ReleaseMutex { mutex: v.handle(0) }),
    row("WaitForSingleObject", &[arg("handle", H), or("timeout", Kind::Timeout, FOREVER)], |v| {
        Call::WaitForSingleObject { handle: v.handle(0), timeout: v.timeout(1) }
    }),
    row(
        "WaitForSingleObjectEx",
        &[arg("handle", H), or("timeout", Kind::Timeout, FOREVER), or("alertable", Bool, 0)],
        |v| Call::WaitForSingleObjectEx {
            handle: v.handle(0),
            timeout: v.timeout(1),
            alertable: v.flag(2),
        },
    ),
    row(
        "WaitForMultipleObjects",
        &[
            arg("handles", Handles),
            or("all", Bool, 0),
            or("timeout", Kind::Timeout, FOREVER),
            or("alertable", Bool, 0),
        ],
        |v| Call::WaitForMultipleObjects {
            handles: v.handles.clone(),
            all: v.flag(0),
            timeout: v.timeout(1),
            alertable: v.flag(2),
        },
    ),
    row(
        "NtWaitForSingleObject",
        &[arg("handle", H), or("timeout", Kind::Timeout, FOREVER), or("alertable", Bool, 0)],
        |v| Call::NtWaitForSingleObject {
            handle: v.handle(0),
            timeout: v.timeout(1),
            alertable: v.flag(2),
        },
    ),
    row("Sleep", &[arg("timeout", Kind::Timeout)], |v| Call::Sleep { timeout: v.timeout(0) }),
    row("SleepEx", &[arg("timeout", Kind::Timeout), or("alertable", Bool, 0)], |v| Call::SleepEx {
        timeout: v.timeout(0),
        alertable: v.flag(1),
    }),
    row("SwitchToThread", &[], |_| Call::SwitchToThread {}),
    row("QueueUserAPC", &[arg("thread", H), or("routine", N, 0)], |v| Call::QueueUserAPC {
        thread: v.handle(0),
        routine: v.plain[1] as u16,
    }),
    row("GetLastError", &[], |_| Call::GetLastError {}),
    row("SetLastError", &[arg("error", N)], |v| Call::SetLastError { error: v.small(0) }),
    row("CreateJobObject", &[], |_| Call::CreateJobObject {}),
    row("AssignProcessToJobObject", &[arg("job", H), or("process", H, PROCESS)], |v| {
        Call::AssignProcessToJobObject { job: v.handle(0), process: v.handle(1) }
    }),
    row("SetInformationJobObjectPort", &[arg("job", H), or("port", H, 0), or("key", N, 0)], |v| {
        Call::SetInformationJobObjectPort { job: v.handle(0), port: v.handle(1), key: v.plain[2] }
    }),
];
