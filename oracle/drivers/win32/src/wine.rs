//! What can be known about a thread under Wine, whose own thread information is made up.
//!
//! A Wine thread is a Linux thread, and Linux tells of each how often it went to sleep by itself.
//! A Windows program under Wine may make Linux system calls directly; that is all this file does.

use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};

/// The version of Wine, if this is Wine.
pub fn version() -> Option<String> {
    // SAFETY: ntdll is always loaded; the export exists only in Wine and has this signature.
    unsafe {
        let ntdll = GetModuleHandleA(c"ntdll.dll".as_ptr().cast());
        let export = GetProcAddress(ntdll, c"wine_get_version".as_ptr().cast())?;
        let get: unsafe extern "C" fn() -> *const std::ffi::c_char = std::mem::transmute(export);
        Some(std::ffi::CStr::from_ptr(get()).to_string_lossy().into_owned())
    }
}

const READ: usize = 0;
const OPEN: usize = 2;
const CLOSE: usize = 3;
const GETTID: usize = 186;

/// A Linux system call with three arguments.
///
/// # Safety
/// Only under Wine on x86-64 Linux, and the arguments must be right for the call.
unsafe fn system_call(number: usize, a: usize, b: usize, c: usize) -> isize {
    let result: isize;
    // SAFETY: the kernel changes rax, rcx and r11 only.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// The Linux id of the calling thread; 0 on Windows.
pub fn linux_thread_id() -> u32 {
    if !cfg!(target_arch = "x86_64") || version().is_none() {
        return 0;
    }
    // SAFETY: this is Wine, and `gettid` takes nothing.
    unsafe { system_call(GETTID, 0, 0, 0) as u32 }
}

/// Whether a thread waits, and how often it has gone to sleep: twice the same answer means that
/// it has slept all the while.
pub fn sleep_count(linux_thread_id: u32) -> Option<(bool, u64)> {
    let status = read_file(&format!("/proc/self/task/{linux_thread_id}/status\0"))?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let asleep = field("State:")?.starts_with('S');
    let switches = field("voluntary_ctxt_switches:")?.parse().ok()?;
    Some((asleep && !waits_for_lock(linux_thread_id), switches))
}

/// Whether a thread sleeps for a lock inside Wine. That is no wait of the program's; those are for
/// the server, and are reads of a pipe.
fn waits_for_lock(linux_thread_id: u32) -> bool {
    const FUTEX: &str = "202";
    // A kernel that does not tell leaves us without this second look.
    read_file(&format!("/proc/self/task/{linux_thread_id}/syscall\0"))
        .is_some_and(|call| call.split(' ').next() == Some(FUTEX))
}

/// The start of a file of Linux's; `path` ends with a zero.
fn read_file(path: &str) -> Option<String> {
    let mut text = [0u8; 4096];
    // SAFETY: this is Wine (there is a Linux id); the path is zero-terminated, the buffer is as
    // long as said, and the descriptor is closed.
    let length = unsafe {
        let file = system_call(OPEN, path.as_ptr() as usize, 0, 0);
        if file < 0 {
            return None;
        }
        let length = system_call(READ, file as usize, text.as_mut_ptr() as usize, text.len());
        system_call(CLOSE, file as usize, 0, 0);
        length
    };
    let text = text.get(..usize::try_from(length).ok()?)?;
    Some(String::from_utf8_lossy(text).into_owned())
}
