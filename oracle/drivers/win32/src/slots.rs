//! The OVERLAPPEDs of a case, by name (`o0`, `o1`, ...), each with its own buffer.
//!
//! The system may write into one after the case is over (a cancel that comes late), so their memory
//! is never given back; a reset takes fresh memory.

use windows_sys::Win32::System::IO::OVERLAPPED;

/// How many there are.
pub const COUNT: usize = 64;
/// Bytes of each buffer.
pub const BUFFER: usize = 2048;

/// An OVERLAPPED (equally an IO_STATUS_BLOCK, which is its first half) and what goes with it.
#[repr(C, align(64))]
pub struct Slot {
    /// First, so that its address is the slot's.
    pub overlapped: OVERLAPPED,
    /// The program's number for the completion routine of the operation.
    pub routine: u16,
    /// What is read into or written from.
    pub buffer: [u8; BUFFER],
}

/// All of them.
pub struct Slots {
    base: *mut Slot,
}

impl Slots {
    /// Fresh memory.
    pub fn new() -> Slots {
        let mut slots = Vec::with_capacity(COUNT);
        for _ in 0..COUNT {
            slots.push(Slot {
                // SAFETY: an OVERLAPPED is plain data, and all zeroes is one.
                overlapped: unsafe { std::mem::zeroed() },
                routine: 0,
                buffer: [0x55; BUFFER],
            });
        }
        Slots { base: Box::leak(slots.into_boxed_slice()).as_mut_ptr() }
    }

    /// The address of number `n`.
    pub fn address(&self, n: usize) -> Option<usize> {
        // SAFETY: `n` is below the number of slots that `base` points to.
        (n < COUNT).then(|| unsafe { self.base.add(n) } as usize)
    }

    /// The address a name or number stands for: `o3`, `NULL`, `0x1234`.
    pub fn parse(&self, text: &str) -> Option<usize> {
        if text == "NULL" {
            return Some(0);
        }
        if let Some(hex) = text.strip_prefix("0x") {
            return usize::from_str_radix(hex, 16).ok();
        }
        self.address(text.strip_prefix('o')?.parse().ok()?)
    }

    /// The name of an address.
    pub fn name(&self, address: usize) -> String {
        let base = self.base as usize;
        let size = size_of::<Slot>();
        match address {
            0 => "NULL".to_owned(),
            _ if address >= base
                && address < base + COUNT * size
                && (address - base) % size == 0 =>
            {
                format!("o{}", (address - base) / size)
            }
            _ => format!("0x{address:x}"),
        }
    }
}

/// The slot at an address that [`Slots::address`] gave.
pub fn slot(address: usize) -> *mut Slot {
    address as *mut Slot
}
