//! Handles, dispatcher objects, waits, APCs, the last error.

use super::{Failure, Made, boolean, h, handle, job, status};
use crate::args::Args;
use crate::native::{Native, pointer, timeout};
use crate::out::{Apc, Field};
use crate::worker;
use windows_sys::Win32::Foundation::{CloseHandle, DuplicateHandle, SetLastError};
use windows_sys::Win32::Networking::WinSock::closesocket;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateMutexW, CreateSemaphoreW, QueueUserAPC, ReleaseMutex, ReleaseSemaphore,
    ResetEvent, SetEvent, Sleep, SleepEx, SwitchToThread, WaitForMultipleObjectsEx,
    WaitForSingleObject, WaitForSingleObjectEx,
};

pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Option<Made> {
    Some(match op {
        "CloseHandle" => close(args),
        "NtClose" => nt_close(args, native),
        "DuplicateHandle" => duplicate(args),
        "CreateEvent" => create_event(args),
        "SetEvent" | "ResetEvent" => change_event(args, op == "SetEvent"),
        "CreateSemaphore" => create_semaphore(args),
        "ReleaseSemaphore" => release_semaphore(args),
        "CreateMutex" => create_mutex(args),
        "ReleaseMutex" => release_mutex(args),
        "WaitForSingleObject" => wait(args),
        "WaitForSingleObjectEx" => wait_ex(args),
        "WaitForMultipleObjects" => wait_multiple(args),
        "NtWaitForSingleObject" => nt_wait(args, native),
        "Sleep" | "SleepEx" => sleep(args, op == "SleepEx"),
        "SwitchToThread" => job(|out| {
            // SAFETY: no preconditions.
            out.value = boolean(unsafe { SwitchToThread() });
        }),
        "QueueUserAPC" => queue_apc(args),
        "GetLastError" => job(|out| {
            let error = worker::last_error();
            out.value = Some(Field::Int(i64::from(error)));
        }),
        "SetLastError" => set_last_error(args),
        _ => return None,
    })
}

fn close(args: &Args) -> Made {
    let closed = args.handle("handle")?;
    let socket = args.names.is_socket(closed);
    job(move |out| {
        // A socket is closed by its own function; to the program that asked both are a BOOL.
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe {
            if socket { i32::from(closesocket(closed) == 0) } else { CloseHandle(h(closed)) }
        });
    })
}

fn nt_close(args: &Args, native: &Native) -> Made {
    let call = native.NtClose.ok_or(Failure::Unsupported("ntdll does not export it"))?;
    let closed = args.handle("handle")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = status(unsafe { call(closed) });
    })
}

fn duplicate(args: &Args) -> Made {
    const CLOSE_SOURCE: u32 = 1;
    const SAME_ACCESS: u32 = 2;
    let source_process = args.handle("source_process")?;
    let source = args.handle("handle")?;
    let target_process = args.handle("target_process")?;
    let access = args.number32_or("access", 0)?;
    let inherit = i32::from(args.flag("inherit")?);
    let mut options = if args.value.get("access").is_none() { SAME_ACCESS } else { 0 };
    options |= if args.flag("close_source")? { CLOSE_SOURCE } else { 0 };
    job(move |out| {
        let mut made = std::ptr::null_mut();
        // SAFETY: the pointer is good; bad handles make the call fail.
        let value = unsafe {
            let (from, to) = (h(source_process), h(target_process));
            DuplicateHandle(from, h(source), to, &mut made, access, inherit, options)
        };
        out.value = boolean(value);
        out.set("handle", Field::Handle(made as usize));
    })
}

fn create_event(args: &Args) -> Made {
    let manual = i32::from(args.flag("manual_reset")?);
    let initial = i32::from(args.flag("initial")?);
    job(move |out| {
        let null = std::ptr::null();
        // SAFETY: no attributes and no name.
        out.value = handle(unsafe { CreateEventW(null, manual, initial, null.cast()) });
    })
}

fn change_event(args: &Args, set: bool) -> Made {
    let event = args.handle("event")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { if set { SetEvent(h(event)) } else { ResetEvent(h(event)) } });
    })
}

fn create_semaphore(args: &Args) -> Made {
    let initial = args.number32("initial")?.cast_signed();
    let maximum = args.number32("maximum")?.cast_signed();
    job(move |out| {
        let null = std::ptr::null();
        // SAFETY: no attributes and no name.
        out.value = handle(unsafe { CreateSemaphoreW(null, initial, maximum, null.cast()) });
    })
}

fn release_semaphore(args: &Args) -> Made {
    let semaphore = args.handle("semaphore")?;
    let count = args.number32("count")?.cast_signed();
    job(move |out| {
        let mut previous = -1;
        // SAFETY: the pointer is good.
        out.value = boolean(unsafe { ReleaseSemaphore(h(semaphore), count, &mut previous) });
        out.set_unless("previous", previous as u64, u64::MAX, Field::Int(i64::from(previous)));
    })
}

fn create_mutex(args: &Args) -> Made {
    let owner = i32::from(args.flag("initial_owner")?);
    job(move |out| {
        let null = std::ptr::null();
        // SAFETY: no attributes and no name.
        out.value = handle(unsafe { CreateMutexW(null, owner, null.cast()) });
    })
}

fn release_mutex(args: &Args) -> Made {
    let mutex = args.handle("mutex")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { ReleaseMutex(h(mutex)) });
    })
}

fn dword(value: u32) -> Option<Field> {
    Some(Field::Int(i64::from(value)))
}

fn wait(args: &Args) -> Made {
    let waited = args.handle("handle")?;
    let milliseconds = args.timeout("timeout")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = dword(unsafe { WaitForSingleObject(h(waited), milliseconds) });
    })
}

fn wait_ex(args: &Args) -> Made {
    let waited = args.handle("handle")?;
    let milliseconds = args.timeout("timeout")?;
    let alertable = i32::from(args.flag("alertable")?);
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = dword(unsafe { WaitForSingleObjectEx(h(waited), milliseconds, alertable) });
    })
}

fn wait_multiple(args: &Args) -> Made {
    let handles = args.handles("handles")?;
    let all = i32::from(args.flag("all")?);
    let milliseconds = args.timeout("timeout")?;
    let alertable = i32::from(args.flag("alertable")?);
    job(move |out| {
        let (count, list) = (handles.len() as u32, handles.as_ptr().cast());
        // SAFETY: there are as many handles as said.
        out.value =
            dword(unsafe { WaitForMultipleObjectsEx(count, list, all, milliseconds, alertable) });
    })
}

fn nt_wait(args: &Args, native: &Native) -> Made {
    let call =
        native.NtWaitForSingleObject.ok_or(Failure::Unsupported("ntdll does not export it"))?;
    let waited = args.handle("handle")?;
    let time = timeout(args.timeout("timeout")?);
    let alertable = u8::from(args.flag("alertable")?);
    job(move |out| {
        // SAFETY: the pointer is good for the time of the call.
        out.value = status(unsafe { call(waited, alertable, pointer(&time)) });
    })
}

fn sleep(args: &Args, ex: bool) -> Made {
    let milliseconds = args.timeout("timeout")?;
    let alertable = i32::from(args.flag("alertable")?);
    job(move |out| {
        // SAFETY: no preconditions.
        unsafe {
            if ex {
                out.value = dword(SleepEx(milliseconds, alertable));
            } else {
                Sleep(milliseconds);
            }
        }
    })
}

unsafe extern "system" fn apc(routine: usize) {
    worker::note_apc(Apc { routine: routine as u16, completion: None });
}

fn queue_apc(args: &Args) -> Made {
    let thread = args.handle("thread")?;
    let routine = args.number32("routine")? as usize;
    job(move |out| {
        // SAFETY: the routine takes its number and lives for ever.
        let value = unsafe { QueueUserAPC(Some(apc), h(thread), routine) };
        out.value = boolean(i32::from(value != 0));
    })
}

fn set_last_error(args: &Args) -> Made {
    let error = args.number32("error")?;
    job(move |_| {
        // SAFETY: no preconditions.
        unsafe { SetLastError(error) };
    })
}
