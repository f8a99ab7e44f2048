//! Completion ports by their Win32 names.

use super::{Made, boolean, h, handle, job};
use crate::args::Args;
use crate::native::Native;
use crate::out::{Entry, Field, Out};
use windows_sys::Win32::System::IO::{
    BindIoCompletionCallback, CreateIoCompletionPort, GetQueuedCompletionStatus,
    GetQueuedCompletionStatusEx, OVERLAPPED, OVERLAPPED_ENTRY, PostQueuedCompletionStatus,
};

/// Stands in an out-parameter before the call; still there after it means "untouched".
pub const SENTINEL: u64 = 0xDEAD_BEEF_DEAD_BEEF;
const SENTINEL32: u32 = 0xDEAD_BEEF;
/// The largest batch.
pub const BATCH_MAX: u32 = 256;

pub fn prepare(op: &str, args: &Args, _: &'static Native) -> Option<Made> {
    Some(match op {
        "CreateIoCompletionPort" => create(args),
        "PostQueuedCompletionStatus" => post(args),
        "GetQueuedCompletionStatus" => get(args),
        "GetQueuedCompletionStatusEx" => get_ex(args),
        "GetQueuedCompletionStatusNullOutputs" => get_null(args),
        "BindIoCompletionCallback" => bind(args),
        _ => return None,
    })
}

fn create(args: &Args) -> Made {
    let file = args.handle("file")?;
    let existing = args.handle("existing_port")?;
    let key = args.number("key")? as usize;
    let concurrency = args.number32("concurrency")?;
    job(move |out| {
        // SAFETY: handles may be bad, then the call fails.
        out.value =
            handle(unsafe { CreateIoCompletionPort(h(file), h(existing), key, concurrency) });
    })
}

fn post(args: &Args) -> Made {
    let port = args.handle("port")?;
    let bytes = args.number32("bytes")?;
    let key = args.number("key")? as usize;
    let overlapped = args.overlapped("overlapped")?;
    job(move |out| {
        // SAFETY: a post does not look at what the pointer points to.
        out.value = boolean(unsafe {
            PostQueuedCompletionStatus(h(port), bytes, key, overlapped as *const OVERLAPPED)
        });
    })
}

fn get(args: &Args) -> Made {
    let port = args.handle("port")?;
    let timeout = args.timeout("timeout")?;
    job(move |out| {
        let mut bytes = SENTINEL32;
        let mut key = SENTINEL as usize;
        let mut overlapped = SENTINEL as *mut OVERLAPPED;
        // SAFETY: the three pointers are good.
        out.value = boolean(unsafe {
            GetQueuedCompletionStatus(h(port), &mut bytes, &mut key, &mut overlapped, timeout)
        });
        show_packet(out, bytes, key, overlapped);
    })
}

fn show_packet(out: &mut Out, bytes: u32, key: usize, overlapped: *mut OVERLAPPED) {
    let wide = u64::from(bytes);
    out.set_unless("bytes", wide, u64::from(SENTINEL32), Field::Int(i64::from(bytes)));
    out.set_unless("key", key as u64, SENTINEL, Field::Hex(key as u64));
    let address = overlapped as usize;
    out.set_unless("overlapped", address as u64, SENTINEL, Field::Overlapped(address));
}

fn get_ex(args: &Args) -> Made {
    let port = args.handle("port")?;
    let count = args.number32("count")?.min(BATCH_MAX);
    let timeout = args.timeout("timeout")?;
    let alertable = i32::from(args.flag("alertable")?);
    // One more than asked for, so that even a batch of none has an address.
    // SAFETY: the entries are plain data, and all zeroes is one.
    let mut entries: Vec<OVERLAPPED_ENTRY> =
        (0..=count).map(|_| unsafe { std::mem::zeroed() }).collect();
    let mut shown = Some(Vec::with_capacity(count as usize));
    // A raw pointer in an entry keeps it from being sent; the memory is this job's own.
    let entries_address = entries.as_mut_ptr() as usize;
    std::mem::forget(entries);
    job(move |out| {
        let entries = entries_address as *mut OVERLAPPED_ENTRY;
        let mut removed = SENTINEL32;
        // SAFETY: there are at least `count` entries.
        let value = unsafe {
            GetQueuedCompletionStatusEx(h(port), entries, count, &mut removed, timeout, alertable)
        };
        out.value = boolean(value);
        let wide = u64::from(removed);
        out.set_unless("count", wide, u64::from(SENTINEL32), Field::Int(i64::from(removed)));
        let mut shown = shown.take().unwrap_or_default();
        if value != 0 {
            for index in 0..removed.min(count) as usize {
                // SAFETY: below `count`.
                let entry = unsafe { &*entries.add(index) };
                shown.push(Entry {
                    key: entry.lpCompletionKey as u64,
                    overlapped: entry.lpOverlapped as usize,
                    status: entry.Internal as u32,
                    information: u64::from(entry.dwNumberOfBytesTransferred),
                });
            }
        }
        out.set("entries", Field::Entries(shown));
    })
}

fn get_null(args: &Args) -> Made {
    let port = args.handle("port")?;
    job(move |out| {
        let null = std::ptr::null_mut();
        // SAFETY: the call is known to refuse NULL pointers; if it does not, it faults, and that
        // ends the thread (`faults.rs`).
        out.value = boolean(unsafe {
            GetQueuedCompletionStatus(h(port), null, null.cast(), null.cast(), 0)
        });
    })
}

unsafe extern "system" fn ignore(_: u32, _: u32, _: *mut OVERLAPPED) {}

fn bind(args: &Args) -> Made {
    let file = args.handle("file")?;
    job(move |out| {
        // SAFETY: the callback does nothing.
        out.value = boolean(unsafe { BindIoCompletionCallback(h(file), Some(ignore), 0) });
    })
}
