//! A call that faults ends its thread and not the driver: the harness hears that it is gone.

use windows_sys::Win32::Foundation::EXCEPTION_ACCESS_VIOLATION;
use windows_sys::Win32::System::Diagnostics::Debug::{
    AddVectoredExceptionHandler, EXCEPTION_POINTERS,
};
use windows_sys::Win32::System::Threading::ExitThread;

const CONTINUE_SEARCH: i32 = 0;

/// From here on threads that are inside a call of the program end when they fault.
pub fn end_the_thread() {
    // SAFETY: the handler has the right signature and lives for ever.
    unsafe { AddVectoredExceptionHandler(0, Some(on_exception)) };
}

unsafe extern "system" fn on_exception(pointers: *mut EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system passes pointers that are good for the time of the call.
    let code = unsafe { (*(*pointers).ExceptionRecord).ExceptionCode };
    if code == EXCEPTION_ACCESS_VIOLATION && crate::worker::inside_a_call() {
        // SAFETY: what the thread had borrowed is leaked, not freed.
        unsafe { ExitThread(code as u32) };
    }
    CONTINUE_SEARCH
}
