//! Threads, processes, jobs.

use super::{Made, Opens, boolean, h, handle, job, opening};
use crate::args::Args;
use crate::native::Native;
use crate::out::Field;
use crate::session::BYSTANDER;
use crate::worker::Worker;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOBOBJECT_ASSOCIATE_COMPLETION_PORT,
    JobObjectAssociateCompletionPortInformation, SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::{
    CreateProcessW, ExitProcess, ExitThread, PROCESS_INFORMATION, ResumeThread, STARTUPINFOW,
    SuspendThread, TerminateProcess, TerminateThread,
};

pub fn prepare(op: &str, args: &Args, _: &'static Native) -> Option<Made> {
    Some(match op {
        "CreateProcess" => opening(Opens::Process, create_process(args)),
        "TerminateProcess" => terminate_process(args),
        "CreateThread" => job(|out| {
            let worker = Worker::start();
            out.value = Some(Field::Handle(worker.handle_for_program()));
            out.worker = Some(worker);
        }),
        // The driver is the process: it is gone then, and the harness starts another.
        "ExitProcess" => job(|_| {
            // SAFETY: nothing that is left behind matters to anybody.
            unsafe { ExitProcess(0) }
        }),
        "ExitThread" => job(|_| {
            // SAFETY: what the thread leaves behind (its order) is leaked on purpose.
            unsafe { ExitThread(0) }
        }),
        "TerminateThread" => terminate_thread(args),
        "SuspendThread" => suspend(args),
        "ResumeThread" => resume(args),
        "CreateJobObject" => job(|out| {
            // SAFETY: no attributes and no name.
            out.value = handle(unsafe { CreateJobObjectW(std::ptr::null(), std::ptr::null()) });
        }),
        "AssignProcessToJobObject" => assign(args),
        "SetInformationJobObjectPort" => set_port(args),
        _ => return None,
    })
}

/// Starts this very program as a bystander: a process that only lives.
fn create_process(args: &Args) -> Made {
    let inherit = i32::from(args.flag("inherit_handles")?);
    let program = std::env::current_exe().unwrap_or_default();
    let line = format!("\"{}\" {BYSTANDER} {}", program.display(), std::process::id());
    let mut line: Vec<u16> = line.encode_utf16().chain([0]).collect();
    job(move |out| {
        // SAFETY: both are plain data, and all zeroes is valid for both.
        let (mut startup, mut made): (STARTUPINFOW, PROCESS_INFORMATION) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        startup.cb = size_of::<STARTUPINFOW>() as u32;
        let null = std::ptr::null();
        let (text, start) = (line.as_mut_ptr(), &raw const startup);
        // SAFETY: the pointers are good for the time of the call, the text ends with zero.
        let value = unsafe {
            let no = std::ptr::null();
            CreateProcessW(null, text, no, no, inherit, 0, no.cast(), null, start, &mut made)
        };
        out.value = boolean(value);
        out.set("process", Field::Handle(made.hProcess as usize));
        out.set("thread", Field::Handle(made.hThread as usize));
        out.set("process_id", Field::Hex(u64::from(made.dwProcessId)));
    })
}

fn terminate_process(args: &Args) -> Made {
    let process = args.handle("process")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { TerminateProcess(h(process), 0) });
    })
}

fn terminate_thread(args: &Args) -> Made {
    let thread = args.handle("thread")?;
    job(move |out| {
        // SAFETY: what the thread leaves behind is leaked on purpose.
        out.value = boolean(unsafe { TerminateThread(h(thread), 0) });
    })
}

fn count(value: u32) -> Option<Field> {
    Some(Field::Int(i64::from(value)))
}

fn suspend(args: &Args) -> Made {
    let thread = args.handle("thread")?;
    job(move |out| {
        // SAFETY: the named threads hold no locks between calls.
        out.value = count(unsafe { SuspendThread(h(thread)) });
    })
}

fn resume(args: &Args) -> Made {
    let thread = args.handle("thread")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = count(unsafe { ResumeThread(h(thread)) });
    })
}

fn assign(args: &Args) -> Made {
    let job_handle = args.handle("job")?;
    let process = args.handle("process")?;
    job(move |out| {
        // SAFETY: bad handles make the call fail.
        out.value = boolean(unsafe { AssignProcessToJobObject(h(job_handle), h(process)) });
    })
}

fn set_port(args: &Args) -> Made {
    let job_handle = args.handle("job")?;
    let port = args.handle("port")?;
    let key = args.number("key")? as usize;
    job(move |out| {
        let information = JOBOBJECT_ASSOCIATE_COMPLETION_PORT {
            CompletionKey: key as *mut _,
            CompletionPort: h(port),
        };
        let class = JobObjectAssociateCompletionPortInformation;
        let length = size_of::<JOBOBJECT_ASSOCIATE_COMPLETION_PORT>() as u32;
        // SAFETY: the structure is as long as said.
        out.value = boolean(unsafe {
            SetInformationJobObject(h(job_handle), class, (&raw const information).cast(), length)
        });
    })
}
