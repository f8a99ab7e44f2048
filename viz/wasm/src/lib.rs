//! Three exports around one [`Host`]: room for a request, the answer to it, where the answer is.
//! The page writes UTF-8 JSON into the room, asks, and reads UTF-8 JSON. A WebAssembly module has
//! one thread, so the lock is always free. Exported names make the compiler's `unsafe_code` lint
//! speak, so this package does without it; there is no unsafe block here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use iocp_viz::session::wire::Host;

struct Desk {
    host: Option<Host>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

static DESK: Mutex<Desk> = Mutex::new(Desk { host: None, request: Vec::new(), answer: Vec::new() });

/// The longest request: a scenario text at its limit, written with escapes.
const REQUEST_BYTES_MAX: usize = 8 << 20;

fn desk() -> MutexGuard<'static, Desk> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for a request of `length` bytes; null if it is longer than any request may be.
#[unsafe(no_mangle)]
pub extern "C" fn iocp_request(length: usize) -> *mut u8 {
    if length > REQUEST_BYTES_MAX {
        return std::ptr::null_mut();
    }
    let mut desk = desk();
    desk.request.clear();
    desk.request.resize(length, 0);
    desk.request.as_mut_ptr()
}

/// Answers the request that was written, and gives the length of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn iocp_answer() -> usize {
    let mut desk = desk();
    let Desk { host, request, answer } = &mut *desk;
    let request = String::from_utf8_lossy(request);
    *answer = host.get_or_insert_with(Host::new).answer(&request).into_bytes();
    answer.len()
}

/// Where the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn iocp_answer_at() -> *const u8 {
    desk().answer.as_ptr()
}
