//! The trait that somebody implements who has written a completion port in Rust.

use crate::threaded::Ended;
use iocp_model::Packet;
use std::time::Duration;

/// A completion port of your own, as the harness sees it.
///
/// Four functions are needed, and each is called by ordinary threads that the harness owns; a
/// `remove` may block its thread. The others say more about the port, and more is tested then.
///
/// | function | what Windows calls it | tested if given |
/// |---|---|---|
/// | [`create`](Self::create) | `CreateIoCompletionPort` | |
/// | [`post`](Self::post) | `PostQueuedCompletionStatus` | first in, first out; 64-bit keys; NULL |
/// | [`remove`](Self::remove) | `GetQueuedCompletionStatus(Ex)` | last in, first out; batches; timeouts |
/// | [`close`](Self::close) | `CloseHandle` | waiters are let go |
/// | [`depth`](Self::depth) | `NtQueryIoCompletion` | only unclaimed packets count |
/// | [`thread_blocks`](Self::thread_blocks) | the scheduler | who blocks gives its place away |
/// | [`thread_leaves`](Self::thread_leaves) | the scheduler | so does one that exits, or asks another port |
///
/// How the harness knows that a thread waits: on Linux it looks at the state of its threads, so
/// there is nothing to do. Elsewhere [`waiting`](Self::waiting) must say it.
///
/// The shortest port that passes is the example of the [`harness`](super) module.
pub trait PortUnderTest: Send + Sync + Sized + 'static {
    /// How many ports a program may use; two or more need
    /// [`thread_leaves`](Self::thread_leaves).
    const PORTS: u8 = 1;

    /// How long all threads must have been asleep before it is believed that they stay so: more
    /// than zero only if the port has threads of its own.
    const QUIET: Duration = Duration::ZERO;

    /// A new port. At most `concurrency` threads that took packets from it may run at a time.
    fn create(concurrency: u32) -> Self;

    /// Queues a packet, or hands it to a waiter.
    ///
    /// # Errors
    /// [`Ended::Closed`] if the port is closed.
    fn post(&self, packet: Packet) -> Result<(), Ended>;

    /// Takes the oldest packets, at least one and at most `max`; the calling thread waits until
    /// there is one and fewer than the limit run. `None` waits for ever, zero does not wait.
    ///
    /// # Errors
    /// [`Ended::TimedOut`], [`Ended::Abandoned`] if the port was closed meanwhile,
    /// [`Ended::Closed`] if it was closed before, [`Ended::NothingAsked`] for `max` 0.
    fn remove(&self, max: usize, timeout: Option<Duration>) -> Result<Vec<Packet>, Ended>;

    /// Closes the port: whoever waits is let go, and what is queued is dropped.
    fn close(&self);

    /// How many packets nobody has claimed; `None` if the port cannot tell.
    fn depth(&self) -> Option<u32> {
        None
    }

    /// How many threads wait in [`remove`](Self::remove) now; `None` if the port cannot tell.
    fn waiting(&self) -> Option<usize> {
        None
    }

    /// The calling thread, which asked this port last, is about to wait for something else.
    fn thread_blocks(&self) -> Told {
        Told::CannotTell
    }

    /// The wait that [`thread_blocks`](Self::thread_blocks) announced is over.
    fn thread_resumes(&self) {}

    /// The calling thread, which asked this port last, is about to exit or to ask another port.
    fn thread_leaves(&self) -> Told {
        Told::CannotTell
    }
}

/// Whether a port took notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// It did.
    Heard,
    /// There is no way to tell it: programs that need it are not tried.
    CannotTell,
}
