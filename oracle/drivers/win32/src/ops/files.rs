//! Opening files and pipes, associating them, their notification modes.

use super::{Failure, Made, boolean, h, handle, job, status};
use crate::args::{Args, Problem};
use crate::native::{Native, StatusBlock};
use crate::out::{Field, Out};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use windows_sys::Win32::Foundation::{CloseHandle, GetLastError, SetLastError};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_ALWAYS, CreateFileW, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_DELETE_ON_CLOSE,
    FILE_FLAG_OVERLAPPED, FILE_LIST_DIRECTORY, FILE_SHARE_DELETE, FILE_SHARE_READ,
    FILE_SHARE_WRITE, OPEN_EXISTING, PIPE_ACCESS_DUPLEX, SetFileCompletionNotificationModes,
    WriteFile,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, DisconnectNamedPipe, PIPE_READMODE_MESSAGE, PIPE_TYPE_MESSAGE,
    SetNamedPipeHandleState,
};

const READ_WRITE: u32 = 0xC000_0000;
const MISSING: Failure = Failure::Unsupported("ntdll does not export it");
const PATTERN: usize = 0x5A5A_5A5A;
/// Classes of `NtSetInformationFile`.
const COMPLETION: u32 = 30;
const NOTIFICATION: u32 = 41;
const REPLACE_COMPLETION: u32 = 61;

/// The number of the pipe made last: a client opens a server's pipe by the server's name for it.
static PIPES: AtomicU32 = AtomicU32::new(0);

pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Option<Made> {
    Some(match op {
        "CreateFile" if matches!(args.text("kind"), "disk" | "directory") => create(args),
        "CreateNamedPipe" => create_pipe(args),
        "OpenNamedPipe" => open_pipe(args),
        "DisconnectNamedPipe" => disconnect(args),
        "NtSetInformationFileCompletion" => associate(args, native, COMPLETION),
        "NtSetInformationFileReplaceCompletion" => associate(args, native, REPLACE_COMPLETION),
        "NtSetInformationFileNotificationModes" => set_modes_native(args, native),
        "NtQueryInformationFileNotificationModes" => query_modes(args, native),
        "SetFileCompletionNotificationModes" => set_modes(args),
        "ReadStatusBlock" => read_status_block(args),
        _ => return None,
    })
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn inheritable(inherit: bool) -> SECURITY_ATTRIBUTES {
    SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: std::ptr::null_mut(),
        bInheritHandle: i32::from(inherit),
    }
}

/// The directory that was opened last.
static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The directory that was opened last, the temporary directory if none was.
pub fn directory() -> PathBuf {
    let last = DIRECTORY.lock().ok().and_then(|last| last.clone());
    last.unwrap_or_else(std::env::temp_dir)
}

/// A directory of its own, in which nothing happens but what is asked for.
fn make_directory(number: u32) -> PathBuf {
    let name = format!("iocp-driver-{}-{number}.dir", std::process::id());
    let path = std::env::temp_dir().join(name);
    // If it cannot be made, opening it fails, and that is told.
    let _ = std::fs::create_dir_all(&path);
    if let Ok(mut last) = DIRECTORY.lock() {
        *last = Some(path.clone());
    }
    path
}

/// Removes the directories that were made.
pub fn tidy() {
    let last = DIRECTORY.lock().ok().and_then(|mut last| last.take());
    if let Some(path) = last {
        // What is still in use stays.
        let _ = std::fs::remove_dir_all(path);
    }
}

/// A file of 4 KiB in the temporary directory, gone when it is closed; or a new directory.
fn create(args: &Args) -> Made {
    let directory = args.text("kind") == "directory";
    let overlapped = if args.flag("overlapped")? { FILE_FLAG_OVERLAPPED } else { 0 };
    let inherit = args.flag("inherit")?;
    let number = PIPES.fetch_add(1, Ordering::Relaxed);
    let path = if directory {
        make_directory(number)
    } else {
        std::env::temp_dir().join(format!("iocp-driver-{}-{number}.tmp", std::process::id()))
    };
    let path = wide(&path.display().to_string());
    job(move |out| {
        let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
        let security = inheritable(inherit);
        let (access, flags) = if directory {
            (FILE_LIST_DIRECTORY, FILE_FLAG_BACKUP_SEMANTICS)
        } else {
            fill(&path, share);
            (READ_WRITE, FILE_FLAG_DELETE_ON_CLOSE)
        };
        let (how, null) = (OPEN_EXISTING, std::ptr::null_mut());
        // SAFETY: the path ends with zero, the attributes are good for the time of the call.
        let made = unsafe {
            let flags = flags | overlapped;
            CreateFileW(path.as_ptr(), access, share, &raw const security, how, flags, null)
        };
        out.value = handle(made);
    })
}

fn fill(path: &[u16], share: u32) {
    let bytes = [0x55u8; 4096];
    // SAFETY: the path ends with zero; the buffer has as many bytes as said.
    unsafe {
        let (no_security, null) = (std::ptr::null(), std::ptr::null_mut());
        let file =
            CreateFileW(path.as_ptr(), READ_WRITE, share, no_security, CREATE_ALWAYS, 0, null);
        WriteFile(file, bytes.as_ptr(), 4096, &mut 0, std::ptr::null_mut());
        CloseHandle(file);
    }
}

fn pipe_path(name: &str) -> Result<Vec<u16>, Problem> {
    let plain = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if name.is_empty() || !plain {
        return Err(Problem(
            "the name of a pipe's server end must be letters, digits and -".to_owned(),
        ));
    }
    Ok(wide(&format!("\\\\.\\pipe\\iocp-driver-{}-{name}", std::process::id())))
}

fn create_pipe(args: &Args) -> Made {
    let overlapped = if args.flag("overlapped")? { FILE_FLAG_OVERLAPPED } else { 0 };
    let message = args.flag("message")?;
    // The pipe goes by the name that its first server end will have.
    let path = pipe_path(args.bind.first().map_or("", String::as_str))?;
    let mode = if message { PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE } else { 0 };
    job(move |out| {
        let (path, access) = (path.as_ptr(), PIPE_ACCESS_DUPLEX | overlapped);
        // SAFETY: the path ends with zero.
        out.value = handle(unsafe {
            CreateNamedPipeW(path, access, mode, 8, 4096, 4096, 0, std::ptr::null())
        });
    })
}

fn open_pipe(args: &Args) -> Made {
    let overlapped = if args.flag("overlapped")? { FILE_FLAG_OVERLAPPED } else { 0 };
    let path = pipe_path(args.text("server"))?;
    job(move |out| {
        let (path, null) = (path.as_ptr(), std::ptr::null_mut());
        // SAFETY: the path ends with zero.
        let made = unsafe {
            CreateFileW(path, READ_WRITE, 0, std::ptr::null(), OPEN_EXISTING, overlapped, null)
        };
        // So that a message pipe is read by messages; a byte pipe refuses, which changes nothing
        // but the last error.
        let mode = PIPE_READMODE_MESSAGE;
        // SAFETY: the pointers are good or NULL.
        unsafe {
            let error = GetLastError();
            SetNamedPipeHandleState(made, &mode, std::ptr::null(), std::ptr::null());
            SetLastError(error);
        }
        out.value = handle(made);
    })
}

fn disconnect(args: &Args) -> Made {
    let file = args.handle("file")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { DisconnectNamedPipe(h(file)) });
    })
}

fn show_block(out: &mut Out, block: StatusBlock) {
    let sentinel = PATTERN as u64;
    let code = Field::Status(block.status as u32);
    out.set_unless("status", block.status as u64, sentinel, code);
    let information = block.information as u64;
    out.set_unless("information", information, sentinel, Field::Hex(information));
}

fn associate(args: &Args, native: &Native, class: u32) -> Made {
    let call = native.NtSetInformationFile.ok_or(MISSING)?;
    let file = args.handle("file")?;
    let information = [args.handle("port")?, args.number("key")? as usize];
    job(move |out| {
        let mut block = StatusBlock { status: PATTERN, information: PATTERN };
        let length = size_of_val(&information) as u32;
        // SAFETY: the pointers are good for the time of the call.
        out.value =
            status(unsafe { call(file, &mut block, information.as_ptr().cast(), length, class) });
        show_block(out, block);
    })
}

fn set_modes_native(args: &Args, native: &Native) -> Made {
    let call = native.NtSetInformationFile.ok_or(MISSING)?;
    let file = args.handle("file")?;
    let flags = args.number32("flags")?;
    let length = args.number32_or("length", 4)?.min(4);
    job(move |out| {
        let mut block = StatusBlock { status: PATTERN, information: PATTERN };
        let information = (&raw const flags).cast();
        // SAFETY: the pointers are good for the time of the call.
        out.value = status(unsafe { call(file, &mut block, information, length, NOTIFICATION) });
    })
}

fn query_modes(args: &Args, native: &Native) -> Made {
    let call = native.NtQueryInformationFile.ok_or(MISSING)?;
    let file = args.handle("file")?;
    job(move |out| {
        let mut block = StatusBlock { status: PATTERN, information: PATTERN };
        let mut flags = PATTERN as u32;
        let buffer = (&raw mut flags).cast();
        // SAFETY: the pointers are good for the time of the call.
        out.value = status(unsafe { call(file, &mut block, buffer, 4, NOTIFICATION) });
        out.set_unless("modes", u64::from(flags), PATTERN as u64, Field::Int(i64::from(flags)));
    })
}

fn set_modes(args: &Args) -> Made {
    let file = args.handle("file")?;
    let flags = args.number32("flags")? as u8;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { SetFileCompletionNotificationModes(h(file), flags) });
    })
}

/// Looks at an OVERLAPPED, as any program may.
fn read_status_block(args: &Args) -> Made {
    let address = args.slot("overlapped")?;
    if address == 0 {
        return Err(Problem("`overlapped` must be a slot".to_owned()).into());
    }
    job(move |out| {
        // SAFETY: slots are never freed; the system may be writing, hence volatile.
        let block = unsafe { (address as *const StatusBlock).read_volatile() };
        out.set("status", Field::Status(block.status as u32));
        out.set("information", Field::Hex(block.information as u64));
    })
}
