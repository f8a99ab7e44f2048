//! Named threads: they spin until there is an order, carry it out, and spin again.

use crate::out::{Apc, Out};
use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use windows_sys::Win32::Foundation::{
    CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, GetLastError, HANDLE, SetLastError,
    WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Threading::{
    CreateThread, GetCurrentProcess, GetCurrentThreadId, SwitchToThread, TerminateThread,
    WaitForSingleObject,
};

/// An order: the call to make, and where its results go. Made and taken apart by the talking
/// thread.
pub struct Order {
    /// The call.
    pub job: Box<dyn FnMut(&mut Out) + Send>,
    /// Its results.
    pub out: Out,
    /// The APCs that ran meanwhile. Apart from `out`, because the routines write to it while the
    /// call is still writing to `out`. They move there at the end.
    pub apcs: Vec<Apc>,
}

const IDLE: u32 = 0;
const ORDERED: u32 = 1;
const CALLING: u32 = 2;
const DONE: u32 = 3;
const DISMISSED: u32 = 4;

/// What the two threads share: one word and one pointer.
struct Desk {
    state: AtomicU32,
    order: AtomicPtr<Order>,
    /// The last error as the program would see it, kept apart from what spinning does to it.
    last_error: AtomicU32,
    /// The Windows thread id, and under Wine the Linux one.
    ids: [AtomicU32; 2],
}

/// A named thread.
pub struct Worker {
    desk: *const Desk,
    handle: HANDLE,
}

thread_local! {
    /// Where APC routines that run on this thread leave word.
    static CURRENT: Cell<*mut Vec<Apc>> = const { Cell::new(std::ptr::null_mut()) };
    /// This thread's desk.
    static DESK: Cell<*const Desk> = const { Cell::new(std::ptr::null()) };
}

/// A Win32 error no call gives: still there after a call means that the call left it alone.
const LEFT_ALONE: u32 = 0x2BAD_F00D;

impl Worker {
    /// Starts a thread.
    pub fn start() -> Worker {
        let desk = Box::leak(Box::new(Desk {
            state: AtomicU32::new(IDLE),
            order: AtomicPtr::new(std::ptr::null_mut()),
            last_error: AtomicU32::new(0),
            ids: [AtomicU32::new(0), AtomicU32::new(0)],
        }));
        let address = std::ptr::from_mut(desk).cast();
        // SAFETY: the desk is never freed, and `spin` has the signature of a thread.
        let handle = unsafe {
            CreateThread(std::ptr::null(), 0, Some(spin), address, 0, std::ptr::null_mut())
        };
        while desk.ids[0].load(Ordering::Acquire) == 0 {
            std::thread::yield_now();
        }
        Worker { desk, handle }
    }

    fn desk(&self) -> &Desk {
        // SAFETY: desks are never freed.
        unsafe { &*self.desk }
    }

    /// The handle of the thread.
    pub fn handle(&self) -> usize {
        self.handle as usize
    }

    /// Another handle of the thread, for the program to use and to close.
    pub fn handle_for_program(&self) -> usize {
        let mut made = std::ptr::null_mut();
        // SAFETY: the handle is ours, the pointer is good.
        unsafe {
            let own = GetCurrentProcess();
            DuplicateHandle(own, self.handle, own, &mut made, 0, 0, DUPLICATE_SAME_ACCESS);
        }
        made as usize
    }

    /// The Windows thread id, and under Wine the Linux one.
    pub fn ids(&self) -> [u32; 2] {
        [0, 1].map(|index| self.desk().ids[index].load(Ordering::Acquire))
    }

    /// Whether it can take an order.
    pub fn is_idle(&self) -> bool {
        self.desk().state.load(Ordering::Acquire) == IDLE
    }

    /// Hands it an order. It must be idle.
    pub fn order(&self, order: Order) {
        self.desk().order.store(Box::into_raw(Box::new(order)), Ordering::Release);
        self.desk().state.store(ORDERED, Ordering::Release);
    }

    /// Whether its order is carried out.
    pub fn has_done(&self) -> bool {
        self.desk().state.load(Ordering::Acquire) == DONE
    }

    /// The results of its order, once it has carried it out.
    pub fn take_done(&self) -> Option<Out> {
        if self.desk().state.load(Ordering::Acquire) != DONE {
            return None;
        }
        let order = self.desk().order.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: the pointer came from `Box::into_raw` in `order`, and in state DONE the worker
        // has let go of it.
        let order = unsafe { Box::from_raw(order) };
        self.desk().state.store(IDLE, Ordering::Release);
        Some(order.out)
    }

    /// Whether the thread is no more.
    pub fn is_gone(&self) -> bool {
        // SAFETY: the handle is ours.
        unsafe { WaitForSingleObject(self.handle, 0) == WAIT_OBJECT_0 }
    }

    /// Ends an idle thread; says whether it did (one that is inside a call is left alone).
    pub fn dismiss(&self) -> bool {
        let desk = self.desk();
        let idle = desk
            .state
            .compare_exchange(IDLE, DISMISSED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        // SAFETY: the handle is ours.
        let gone = self.is_gone()
            || (idle && unsafe { WaitForSingleObject(self.handle, 1000) } == WAIT_OBJECT_0);
        if idle && !gone {
            // A suspended thread cannot go by itself. It holds no lock: it was spinning.
            // SAFETY: the handle is ours.
            unsafe { TerminateThread(self.handle, 0) };
        }
        if idle || gone {
            // SAFETY: the handle is ours and is not used again.
            unsafe { CloseHandle(self.handle) };
        }
        idle || gone
    }
}

unsafe extern "system" fn spin(desk: *mut std::ffi::c_void) -> u32 {
    // SAFETY: `start` passed the address of a desk, which is never freed.
    let desk = unsafe { &*desk.cast::<Desk>() };
    DESK.set(desk);
    CURRENT.set(std::ptr::null_mut());
    desk.ids[1].store(crate::wine::linux_thread_id(), Ordering::Release);
    // SAFETY: no preconditions.
    desk.ids[0].store(unsafe { GetCurrentThreadId() }, Ordering::Release);
    loop {
        match desk.state.load(Ordering::Acquire) {
            ORDERED => {
                desk.state.store(CALLING, Ordering::Release);
                let order = desk.order.load(Ordering::Acquire);
                // SAFETY: in state CALLING the order is this thread's alone.
                let order = unsafe { &mut *order };
                carry_out(desk, order);
                desk.state.store(DONE, Ordering::Release);
            }
            DISMISSED => return 0,
            _ => {
                // Yielding leaves a thread ready, so it still counts as active.
                // SAFETY: no preconditions.
                unsafe { SwitchToThread() };
            }
        }
    }
}

fn carry_out(desk: &Desk, order: &mut Order) {
    CURRENT.set(&raw mut order.apcs);
    // SAFETY: no preconditions.
    unsafe { SetLastError(LEFT_ALONE) };
    (order.job)(&mut order.out);
    // SAFETY: no preconditions.
    let error = unsafe { GetLastError() };
    CURRENT.set(std::ptr::null_mut());
    order.out.apcs = std::mem::take(&mut order.apcs);
    if error != LEFT_ALONE {
        desk.last_error.store(error, Ordering::Relaxed);
        order.out.last_error = Some(error);
    }
}

/// The calling thread's last error, as its program would see it.
pub fn last_error() -> u32 {
    // SAFETY: set at the start of the thread; desks are never freed.
    unsafe { &*DESK.get() }.last_error.load(Ordering::Relaxed)
}

/// Whether this thread carries out an order.
pub fn inside_a_call() -> bool {
    !CURRENT.get().is_null()
}

/// Writes down an APC that ran inside the call in progress.
pub fn note_apc(apc: Apc) {
    let apcs = CURRENT.get();
    if !apcs.is_null() {
        // SAFETY: set for the time of the call, on this thread, to a list that nothing else uses
        // during the call.
        unsafe { (*apcs).push(apc) };
    }
}
