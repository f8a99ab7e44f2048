//! Operations beside reading and writing: controls, locks, transactions, changes of a directory.

use super::io::{MISSING, announce, length, native_announce};
use super::{Made, boolean, h, job, status};
use crate::args::Args;
use crate::native::{Native, StatusBlock};
use crate::out::{Field, Out};
use crate::slots::slot;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_NOTIFY_CHANGE_FILE_NAME, LOCKFILE_EXCLUSIVE_LOCK, LockFileEx, ReadDirectoryChangesW,
};
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Pipes::TransactNamedPipe;

const SENTINEL32: u32 = 0xDEAD_BEEF;
/// Bytes of a notice about a name of two letters: no padding can be in question.
const NOTICE: u32 = 16;

pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Option<Made> {
    Some(match op {
        "TransactNamedPipe" => transact(args),
        "DeviceIoControl" => control(args),
        "NtDeviceIoControlFile" => control_native(args, native.NtDeviceIoControlFile),
        "NtFsControlFile" => control_native(args, native.NtFsControlFile),
        "LockFileEx" => lock(args),
        "ReadDirectoryChangesW" => changes(args),
        "touch" => touch(args),
        _ => return None,
    })
}

fn show_bytes(out: &mut Out, bytes: u32) {
    let sentinel = u64::from(SENTINEL32);
    out.set_unless("bytes", u64::from(bytes), sentinel, Field::Int(i64::from(bytes)));
}

/// Sends `length` bytes and reads at most as many.
fn transact(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let (mut bytes, buffer) = (SENTINEL32, buffer as *mut c_void);
        // SAFETY: the buffer holds `length` bytes and is never freed.
        out.value = boolean(unsafe {
            TransactNamedPipe(h(file), buffer, length, buffer, length, &mut bytes, overlapped)
        });
        show_bytes(out, bytes);
    })
}

/// Any control without input.
fn control(args: &Args) -> Made {
    let file = args.handle("file")?;
    let code = args.number32("code")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let (mut bytes, buffer) = (SENTINEL32, buffer as *mut c_void);
        let none = std::ptr::null();
        // SAFETY: the buffer holds `length` bytes and is never freed.
        out.value = boolean(unsafe {
            DeviceIoControl(h(file), code, none, 0, buffer, length, &mut bytes, overlapped)
        });
        show_bytes(out, bytes);
    })
}

/// What `NtDeviceIoControlFile` and `NtFsControlFile` have in common: handle, event, APC routine
/// and its context, status block, code, input, output.
type Control = unsafe extern "system" fn(
    usize,
    usize,
    usize,
    usize,
    *mut StatusBlock,
    u32,
    *const c_void,
    u32,
    *mut c_void,
    u32,
) -> i32;

fn control_native(args: &Args, call: Option<Control>) -> Made {
    let call = call.ok_or(MISSING)?;
    let file = args.handle("file")?;
    let code = args.number32("code")?;
    let length = length(args)?;
    let how = native_announce(args)?;
    job(move |out| {
        let block = how.block as *mut StatusBlock;
        // SAFETY: slots are never freed, and their buffers hold `length` bytes.
        let value = unsafe {
            *block = StatusBlock { status: 0x5A5A_5A5A, information: 0x5A5A_5A5A };
            let buffer = (&raw mut (*slot(how.block)).buffer).cast();
            let null = std::ptr::null();
            let (event, routine, context) = (how.event, how.routine, how.context);
            call(file, event, routine, context, block, code, null, 0, buffer, length)
        };
        out.value = status(value);
    })
}

/// Locks `length` bytes for this handle alone; waits for another's lock on an overlapped handle
/// by pending.
fn lock(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = args.number32("length")?;
    let announce = announce(args)?;
    job(move |out| {
        let overlapped = announce.ready();
        // SAFETY: the OVERLAPPED is never freed.
        out.value = boolean(unsafe {
            LockFileEx(h(file), LOCKFILE_EXCLUSIVE_LOCK, 0, length, 0, overlapped)
        });
    })
}

fn changes(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let (mut bytes, buffer) = (SENTINEL32, buffer as *mut c_void);
        let filter = FILE_NOTIFY_CHANGE_FILE_NAME;
        // SAFETY: the buffer holds `length` bytes and is never freed.
        out.value = boolean(unsafe {
            ReadDirectoryChangesW(h(file), buffer, length, 0, filter, &mut bytes, overlapped, None)
        });
        // What an overlapped call writes there means nothing.
        let _ = bytes;
    })
}

/// Somebody outside makes a file in the directory that was opened last.
fn touch(args: &Args) -> Made {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    args.handle("file")?;
    let directory = super::files::directory();
    job(move |out| {
        let number = NAMES.fetch_add(1, Ordering::Relaxed) % 90 + 10;
        let made = std::fs::write(directory.join(number.to_string()), []).is_ok();
        out.value = boolean(i32::from(made));
        out.set("bytes", Field::Int(i64::from(NOTICE)));
    })
}
