//! Reads, writes, pipe operations, cancels, results.

use super::{Failure, Made, boolean, h, job, status};
use crate::args::{Args, Problem};
use crate::native::{Native, StatusBlock};
use crate::out::{Apc, Field};
use crate::slots::{BUFFER, slot};
use crate::worker;
use windows_sys::Win32::Storage::FileSystem::{ReadFile, ReadFileEx, WriteFile, WriteFileEx};
use windows_sys::Win32::System::IO::{
    CancelIo, CancelIoEx, CancelSynchronousIo, GetOverlappedResult, GetOverlappedResultEx,
    OVERLAPPED,
};
use windows_sys::Win32::System::Pipes::ConnectNamedPipe;

/// An export that this ntdll lacks.
pub const MISSING: Failure = Failure::Unsupported("ntdll does not export it");
const SENTINEL32: u32 = 0xDEAD_BEEF;

pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Option<Made> {
    Some(match op {
        "ReadFile" | "WriteFile" => transfer(args, op == "ReadFile"),
        "ReadFileEx" | "WriteFileEx" => transfer_ex(args, op == "ReadFileEx"),
        "ConnectNamedPipe" => connect_pipe(args),
        "NtReadFile" | "NtWriteFile" => transfer_native(args, native, op == "NtReadFile"),
        "CancelIo" => cancel(args),
        "CancelIoEx" => cancel_ex(args),
        "NtCancelIoFileEx" => cancel_native(args, native),
        "CancelSynchronousIo" => cancel_synchronous(args),
        "GetOverlappedResult" => result(args),
        "GetOverlappedResultEx" => result_ex(args),
        _ => return None,
    })
}

/// How an operation is announced: the OVERLAPPED, made ready for it.
pub struct Announce {
    /// The slot, or NULL.
    pub overlapped: usize,
    /// `hEvent`, low bit included.
    event: usize,
    offset: u64,
    /// The program's number for the completion routine.
    pub routine: Option<u16>,
}

/// Reads `overlapped`, `event`, `low_bit`, `offset` and `routine`.
pub fn announce(args: &Args) -> Result<Announce, Problem> {
    let event = args.handle_or_null("event")?;
    let routine = match args.value.get("routine") {
        None => None,
        Some(_) => Some(args.number32("routine")? as u16),
    };
    Ok(Announce {
        overlapped: args.slot("overlapped")?,
        event: event | usize::from(args.flag("low_bit")?),
        offset: args.number_or("offset", 0)?,
        routine,
    })
}

impl Announce {
    /// Writes the OVERLAPPED as a program does before it starts an operation, and gives its
    /// address.
    pub fn ready(&self) -> *mut OVERLAPPED {
        if self.overlapped == 0 {
            return std::ptr::null_mut();
        }
        let slot = slot(self.overlapped);
        // SAFETY: slots are never freed, and the program that reuses one whose operation is
        // pending gets what it asked for.
        unsafe {
            let overlapped = &raw mut (*slot).overlapped;
            overlapped.write(std::mem::zeroed());
            (*overlapped).hEvent = h(self.event);
            (*overlapped).Anonymous.Anonymous.Offset = self.offset as u32;
            (*overlapped).Anonymous.Anonymous.OffsetHigh = (self.offset >> 32) as u32;
            (*slot).routine = self.routine.unwrap_or(0);
            overlapped
        }
    }

    /// Where the data goes: the slot's buffer, or one for calls without an OVERLAPPED.
    pub fn buffer(&self) -> *mut u8 {
        if self.overlapped == 0 {
            return Box::leak(Box::new([0x55u8; BUFFER])).as_mut_ptr();
        }
        // SAFETY: slots are never freed.
        unsafe { (&raw mut (*slot(self.overlapped)).buffer).cast() }
    }
}

/// The `length` argument, within the buffer.
pub fn length(args: &Args) -> Result<u32, Problem> {
    let length = args.number32("length")?;
    if length as usize > BUFFER {
        return Err(Problem(format!("`length` must be at most {BUFFER}")));
    }
    Ok(length)
}

fn transfer(args: &Args, read: bool) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let (mut bytes, buffer) = (SENTINEL32, buffer as *mut u8);
        // SAFETY: the buffer holds `length` bytes and is never freed.
        out.value = boolean(unsafe {
            if read {
                ReadFile(h(file), buffer, length, &mut bytes, overlapped)
            } else {
                WriteFile(h(file), buffer, length, &mut bytes, overlapped)
            }
        });
        let sentinel = u64::from(SENTINEL32);
        out.set_unless("bytes", u64::from(bytes), sentinel, Field::Int(i64::from(bytes)));
    })
}

/// The completion routine of every `Ex` operation: says which one it was by its slot.
pub unsafe extern "system" fn completed(error: u32, bytes: u32, overlapped: *mut OVERLAPPED) {
    // SAFETY: the system gives back the address of the slot.
    let routine = unsafe { (*slot(overlapped as usize)).routine };
    let completion = Some((error, u64::from(bytes), overlapped as usize));
    worker::note_apc(Apc { routine, completion });
}

fn transfer_ex(args: &Args, read: bool) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let buffer = buffer as *mut u8;
        // SAFETY: the buffer holds `length` bytes; it, the OVERLAPPED and the routine live for
        // ever.
        out.value = boolean(unsafe {
            if read {
                ReadFileEx(h(file), buffer, length, overlapped, Some(completed))
            } else {
                WriteFileEx(h(file), buffer, length, overlapped, Some(completed))
            }
        });
    })
}

fn connect_pipe(args: &Args) -> Made {
    let file = args.handle("file")?;
    let announce = announce(args)?;
    job(move |out| {
        let overlapped = announce.ready();
        // SAFETY: the OVERLAPPED is never freed.
        out.value = boolean(unsafe { ConnectNamedPipe(h(file), overlapped) });
    })
}

/// The APC routine of native operations. The context names the routine in its upper half.
unsafe extern "system" fn completed_native(context: usize, block: *mut StatusBlock, _: u32) {
    // SAFETY: the system gives back the address of the status block.
    let (status, information) = unsafe { ((*block).status as u32, (*block).information as u64) };
    let completion = Some((status, information, block as usize));
    worker::note_apc(Apc { routine: (context >> 48) as u16, completion });
}

/// The arguments that all native operations share.
pub struct NativeAnnounce {
    /// An event, or NULL.
    pub event: usize,
    /// The APC routine, or NULL.
    pub routine: usize,
    /// What the packet or the routine is given.
    pub context: usize,
    /// The slot of the status block.
    pub block: usize,
}

/// Reads `event`, `routine`, `context` and `status_block`.
pub fn native_announce(args: &Args) -> Result<NativeAnnounce, Problem> {
    let block = args.slot("status_block")?;
    if block == 0 {
        return Err(Problem("`status_block` must be a slot".to_owned()));
    }
    let context =
        args.number("context").map(|n| n as usize).or_else(|_| args.overlapped("context"))?;
    let (routine, context) = match args.value.get("routine") {
        None => (0, context),
        Some(_) => {
            let number = args.number32("routine")? as usize;
            (completed_native as *const () as usize, context | number << 48)
        }
    };
    Ok(NativeAnnounce { event: args.handle_or_null("event")?, routine, context, block })
}

fn transfer_native(args: &Args, native: &'static Native, read: bool) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let offset = args.number_or("offset", 0)?.cast_signed();
    let how = native_announce(args)?;
    if native.NtReadFile.is_none() || native.NtWriteFile.is_none() {
        return Err(MISSING);
    }
    job(move |out| {
        let block = how.block as *mut StatusBlock;
        let null = std::ptr::null();
        // SAFETY: slots are never freed, and their buffers hold `length` bytes.
        let value = unsafe {
            *block = StatusBlock { status: 0x5A5A_5A5A, information: 0x5A5A_5A5A };
            let buffer = (&raw mut (*slot(how.block)).buffer).cast();
            if let (Some(call), true) = (native.NtReadFile, read) {
                call(
                    file,
                    how.event,
                    how.routine,
                    how.context,
                    block,
                    buffer,
                    length,
                    &offset,
                    null,
                )
            } else if let Some(call) = native.NtWriteFile {
                let buffer = buffer.cast_const();
                call(
                    file,
                    how.event,
                    how.routine,
                    how.context,
                    block,
                    buffer,
                    length,
                    &offset,
                    null,
                )
            } else {
                0
            }
        };
        out.value = status(value);
    })
}

fn cancel(args: &Args) -> Made {
    let file = args.handle("file")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { CancelIo(h(file)) });
    })
}

fn cancel_ex(args: &Args) -> Made {
    let file = args.handle("file")?;
    let overlapped = args.overlapped("overlapped")?;
    job(move |out| {
        // SAFETY: the address is only compared.
        out.value = boolean(unsafe { CancelIoEx(h(file), overlapped as *const OVERLAPPED) });
    })
}

fn cancel_native(args: &Args, native: &Native) -> Made {
    let call = native.NtCancelIoFileEx.ok_or(MISSING)?;
    let file = args.handle("file")?;
    let which = args.overlapped("status_block")?;
    job(move |out| {
        let mut block = StatusBlock::default();
        // SAFETY: the address of the operation is only compared.
        out.value = status(unsafe { call(file, which as *mut StatusBlock, &mut block) });
    })
}

fn cancel_synchronous(args: &Args) -> Made {
    let thread = args.handle("thread")?;
    job(move |out| {
        // SAFETY: a bad handle makes the call fail.
        out.value = boolean(unsafe { CancelSynchronousIo(h(thread)) });
    })
}

fn result(args: &Args) -> Made {
    let file = args.handle("file")?;
    let overlapped = args.slot("overlapped")?;
    let wait = i32::from(args.flag("wait")?);
    job(move |out| {
        let mut bytes = SENTINEL32;
        // SAFETY: slots are never freed.
        out.value = boolean(unsafe {
            GetOverlappedResult(h(file), overlapped as *const OVERLAPPED, &mut bytes, wait)
        });
        let sentinel = u64::from(SENTINEL32);
        out.set_unless("bytes", u64::from(bytes), sentinel, Field::Int(i64::from(bytes)));
    })
}

fn result_ex(args: &Args) -> Made {
    let file = args.handle("file")?;
    let overlapped = args.slot("overlapped")?;
    let timeout = args.timeout("timeout")?;
    let alertable = i32::from(args.flag("alertable")?);
    job(move |out| {
        let mut bytes = SENTINEL32;
        let address = overlapped as *const OVERLAPPED;
        // SAFETY: slots are never freed.
        out.value = boolean(unsafe {
            GetOverlappedResultEx(h(file), address, &mut bytes, timeout, alertable)
        });
        let sentinel = u64::from(SENTINEL32);
        out.set_unless("bytes", u64::from(bytes), sentinel, Field::Int(i64::from(bytes)));
    })
}
