//! How the driver knows that every call that has not returned is waiting.

use crate::native::Native;
use crate::wine;
use crate::worker::Worker;
use std::ffi::c_void;
use windows_sys::Win32::System::Threading::{GetCurrentProcessId, GetExitCodeThread};

/// What was seen of one thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// It was waiting for something.
    pub waiting: bool,
    /// How often it has been switched away from. Twice the same: it has not run in between.
    pub switches: u64,
    /// `KWAIT_REASON`, on Windows.
    pub reason: Option<u32>,
}

/// Where the knowledge comes from; the harness passes it on with the trace.
pub enum Source {
    /// `NtQuerySystemInformation`
    Windows,
    /// Linux's own account of the threads under Wine.
    Wine,
}

impl Source {
    /// Finds out which system this is.
    pub fn find() -> Source {
        if wine::version().is_some() { Source::Wine } else { Source::Windows }
    }

    /// In words.
    pub fn how(&self) -> &'static str {
        match self {
            Source::Windows => {
                "NtQuerySystemInformation: thread state Waiting, context switches unchanged \
                 over two looks"
            }
            Source::Wine => {
                "Linux: thread asleep, voluntary context switches unchanged over two looks with \
                 three round trips to the Wine server between them"
            }
        }
    }

    /// Looks at some threads. `None` if the system does not tell.
    pub fn look(&self, native: &Native, workers: &[&Worker]) -> Option<Vec<Glance>> {
        match self {
            Source::Windows => look_windows(native, workers),
            Source::Wine => workers
                .iter()
                .map(|worker| {
                    let (waiting, switches) = wine::sleep_count(worker.ids()[1])?;
                    Some(Glance { waiting, switches, reason: None })
                })
                .collect(),
        }
    }

    /// Makes sure that what the threads asked of the system before now has been answered.
    ///
    /// Under Wine a call is a message to a server that takes messages in batches. A message of
    /// ours may be answered before an older one of the same batch, but a second one of ours goes
    /// into a later batch: when that is answered, everything older is. A thread that then still
    /// sleeps its old sleep is waiting for something else. The third is for good measure.
    pub fn fence(&self, workers: &[&Worker]) {
        let Some(worker) = workers.first() else { return };
        let mut code = 0;
        for _ in 0..3 {
            // SAFETY: the handle is open, the pointer good.
            unsafe { GetExitCodeThread(worker.handle() as *mut c_void, &mut code) };
        }
    }
}

/// `SystemProcessInformation`
const PROCESS_INFORMATION: u32 = 5;
const INFO_LENGTH_MISMATCH: i32 = 0xC000_0004_u32 as i32;
/// `ThreadState` of a thread that waits.
const STATE_WAITING: u32 = 5;
// Offsets in SYSTEM_PROCESS_INFORMATION and SYSTEM_THREAD_INFORMATION on 64-bit Windows.
const PROCESS_ID: usize = 0x50;
const FIRST_THREAD: usize = 0x100;
const THREAD_SIZE: usize = 0x50;
const THREAD_ID: usize = 0x30;
const THREAD_SWITCHES: usize = 0x40;
const THREAD_STATE: usize = 0x44;
const THREAD_REASON: usize = 0x48;

fn look_windows(native: &Native, workers: &[&Worker]) -> Option<Vec<Glance>> {
    let query = native.NtQuerySystemInformation?;
    if !cfg!(target_pointer_width = "64") {
        return None;
    }
    let mut buffer = vec![0u64; 1 << 16];
    loop {
        let mut needed = 0;
        let bytes = u32::try_from(buffer.len() * 8).ok()?;
        // SAFETY: the buffer has as many bytes as said.
        let status =
            unsafe { query(PROCESS_INFORMATION, buffer.as_mut_ptr().cast(), bytes, &mut needed) };
        match status {
            0 => break,
            INFO_LENGTH_MISMATCH if buffer.len() < 1 << 22 => {
                let grown = buffer.len() * 2;
                buffer.resize(grown, 0);
            }
            _ => return None,
        }
    }
    let bytes: Vec<u8> = buffer.iter().flat_map(|word| word.to_le_bytes()).collect();
    let process = own_process(&bytes)?;
    let count = number(process, 4)? as usize;
    workers
        .iter()
        .map(|worker| {
            let thread = (0..count)
                .filter_map(|index| process.get(FIRST_THREAD + index * THREAD_SIZE..))
                .find(|thread| number(thread, THREAD_ID) == Some(worker.ids()[0]))?;
            Some(Glance {
                waiting: number(thread, THREAD_STATE)? == STATE_WAITING,
                switches: u64::from(number(thread, THREAD_SWITCHES)?),
                reason: number(thread, THREAD_REASON),
            })
        })
        .collect()
}

fn own_process(mut bytes: &[u8]) -> Option<&[u8]> {
    // SAFETY: no preconditions.
    let own = unsafe { GetCurrentProcessId() };
    loop {
        if number(bytes, PROCESS_ID)? == own {
            return Some(bytes);
        }
        match number(bytes, 0)? {
            0 => return None,
            next => bytes = bytes.get(next as usize..)?,
        }
    }
}

fn number(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?))
}
