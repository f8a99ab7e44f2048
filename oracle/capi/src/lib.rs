//! The oracle for programs in C: feed it the events of a trace, ask it for the verdict.
//!
//! `include/iocp_oracle.h` is written from this file (see `cbindgen.toml`). Every function takes
//! what C can get wrong: NULL, text that is no UTF-8, buffers that are too small. What it must be
//! promised stands under `Safety`. A panic never crosses into C; an oracle that met one says
//! [`IOCP_ORACLE_INTERNAL_ERROR`] from then on.
//!
//! Owns the border to C and nothing else: what a trace is and what it means is `iocp-oracle`'s.
#![allow(unsafe_code, reason = "functions that C calls take pointers from C")]

mod oracle;

pub use oracle::{Limits, Oracle};

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Some run of the model explains every event, up to the end of the trace.
pub const IOCP_ORACLE_CONFORMS: i32 = 0;
/// No run does.
pub const IOCP_ORACLE_DIVERGES: i32 = 1;
/// What was fed is no trace, or an argument makes no sense.
pub const IOCP_ORACLE_BAD_INPUT: i32 = 2;
/// A limit was hit, events were dropped, or the end has not come yet; nothing is wrong so far.
pub const IOCP_ORACLE_INCONCLUSIVE: i32 = 3;
/// There was no event to check.
pub const IOCP_ORACLE_NOTHING_CHECKED: i32 = 4;
/// A fault of the oracle itself.
pub const IOCP_ORACLE_INTERNAL_ERROR: i32 = 70;

/// The version of this interface; it changes when a function changes what it means.
pub const IOCP_ORACLE_VERSION: u32 = 1;

/// The version of the interface that the library has: `IOCP_ORACLE_VERSION` of its header.
#[unsafe(no_mangle)]
pub extern "C" fn iocp_oracle_version() -> u32 {
    IOCP_ORACLE_VERSION
}

/// An oracle that has seen nothing yet, or NULL if there is no such semantics.
///
/// `semantics` is a Windows version or a preset, and departures from it, with spaces between:
/// "win11", "wine-8.0", "win7 wake-order=fifo". NULL is the newest Windows. `limits` may be NULL.
///
/// # Safety
/// `semantics` is NULL or a C string; `limits` is NULL or points to a valid struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_new(
    semantics: *const c_char,
    limits: *const Limits,
) -> *mut Oracle {
    let semantics = match semantics.is_null() {
        true => "",
        // SAFETY: it is not NULL, and so a C string, as promised; it is not kept.
        false => match unsafe { CStr::from_ptr(semantics) }.to_str() {
            Ok(text) => text,
            Err(_) => return std::ptr::null_mut(),
        },
    };
    // SAFETY: NULL or valid, as promised; the fields are plain numbers, so that any bits will do.
    let limits = unsafe { limits.as_ref() }.copied().unwrap_or_default();
    let made = catch_unwind(|| Oracle::new(semantics, limits));
    match made {
        Ok(Some(oracle)) => Box::into_raw(Box::new(oracle)),
        Ok(None) | Err(_) => std::ptr::null_mut(),
    }
}

/// Takes a piece of a trace: lines, or parts of lines. 0, or `IOCP_ORACLE_BAD_INPUT` if it is no
/// trace (`iocp_oracle_report` says why, and nothing more is read). Without an oracle, or without
/// bytes where there should be some, it is `IOCP_ORACLE_BAD_INPUT` too, and nothing has changed.
///
/// # Safety
/// `oracle` is NULL or comes from `iocp_oracle_new` and has not been freed, and no other thread
/// uses it meanwhile. `bytes` points to `length` bytes; it may be NULL if `length` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_feed(
    oracle: *mut Oracle,
    bytes: *const c_char,
    length: usize,
) -> i32 {
    // SAFETY: NULL or an oracle of ours that nobody else uses, as promised.
    let Some(oracle) = (unsafe { oracle.as_mut() }) else { return IOCP_ORACLE_BAD_INPUT };
    if length == 0 {
        return guarded(oracle, |oracle| oracle.feed(&[]));
    }
    if bytes.is_null() || length > isize::MAX as usize {
        return IOCP_ORACLE_BAD_INPUT;
    }
    // SAFETY: `length` bytes are there, as promised, and no slice is longer than `isize::MAX`.
    // They are only read, and only during this call.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    guarded(oracle, |oracle| oracle.feed(bytes))
}

/// The verdict on the lines that were fed: `IOCP_ORACLE_CONFORMS`, `_DIVERGES`, `_INCONCLUSIVE`,
/// `_NOTHING_CHECKED` or `_BAD_INPUT`. Before the line `{"ev":"end"}` nothing conforms yet, but it
/// may diverge already; it is cheap to ask only now and then.
///
/// # Safety
/// As for `iocp_oracle_feed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_verdict(oracle: *mut Oracle) -> i32 {
    // SAFETY: NULL or an oracle of ours that nobody else uses, as promised.
    let Some(oracle) = (unsafe { oracle.as_mut() }) else { return IOCP_ORACLE_BAD_INPUT };
    guarded(oracle, Oracle::verdict)
}

/// The first line that no run of the model explains, from 1; 0 if there is none.
///
/// # Safety
/// As for `iocp_oracle_feed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_line(oracle: *mut Oracle) -> u64 {
    // SAFETY: NULL or an oracle of ours that nobody else uses, as promised.
    let Some(oracle) = (unsafe { oracle.as_mut() }) else { return 0 };
    guarded(oracle, Oracle::line)
}

/// The report, for people: what was wrong, what the model allows there, the rule and its source,
/// and the smallest departures that would allow it. Writes at most `size` bytes, a zero at the end
/// included, and gives the length of the whole report: as `snprintf` does.
///
/// # Safety
/// As for `iocp_oracle_feed`; and `buffer` points to `size` bytes that may be written, or is NULL
/// if `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_report(
    oracle: *mut Oracle,
    buffer: *mut c_char,
    size: usize,
) -> usize {
    // SAFETY: NULL or an oracle of ours that nobody else uses, as promised.
    let Some(oracle) = (unsafe { oracle.as_mut() }) else {
        // SAFETY: the buffer is as promised.
        return unsafe { put(b"there is no oracle\n", buffer, size) };
    };
    let text = guarded(oracle, Oracle::text);
    // SAFETY: the buffer is as promised.
    unsafe { put(text.as_bytes(), buffer, size) }
}

/// The report as a JSON object, with the keys of `iocp check --json`; otherwise like
/// `iocp_oracle_report`.
///
/// # Safety
/// As for `iocp_oracle_report`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_report_json(
    oracle: *mut Oracle,
    buffer: *mut c_char,
    size: usize,
) -> usize {
    // SAFETY: NULL or an oracle of ours that nobody else uses, as promised.
    let Some(oracle) = (unsafe { oracle.as_mut() }) else {
        // SAFETY: the buffer is as promised.
        return unsafe { put(b"{\"verdict\":\"bad_input\"}", buffer, size) };
    };
    let text = guarded(oracle, Oracle::json);
    // SAFETY: the buffer is as promised.
    unsafe { put(text.as_bytes(), buffer, size) }
}

/// Ends an oracle. NULL is nothing.
///
/// # Safety
/// `oracle` is NULL or comes from `iocp_oracle_new` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iocp_oracle_free(oracle: *mut Oracle) {
    if !oracle.is_null() {
        // SAFETY: it is a box that `iocp_oracle_new` gave away, and comes back once, as promised.
        drop(unsafe { Box::from_raw(oracle) });
    }
}

/// Asks an oracle something; a panic ends in the answer for a broken one, now and later.
fn guarded<T>(oracle: &mut Oracle, ask: impl Fn(&mut Oracle) -> T) -> T {
    // A broken oracle is never looked into again, so that it does not matter what it looks like.
    catch_unwind(AssertUnwindSafe(|| ask(oracle))).unwrap_or_else(|_| {
        oracle.breaks();
        ask(oracle)
    })
}

/// Copies a text into a buffer of C, cut to fit, with a zero at the end.
///
/// # Safety
/// `buffer` points to `size` bytes that may be written, or is NULL if `size` is 0.
unsafe fn put(text: &[u8], buffer: *mut c_char, size: usize) -> usize {
    if let Some(room) = size.checked_sub(1).filter(|_| !buffer.is_null()) {
        let count = room.min(text.len());
        // SAFETY: `count` is less than `size`, and so is the place of the zero; the text is ours
        // and does not overlap a buffer of C.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), count);
            buffer.add(count).write(0);
        }
    }
    text.len()
}
