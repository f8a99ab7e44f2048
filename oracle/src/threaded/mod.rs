//! A completion port for any operating system: real threads, real waiting, no `unsafe`.
//!
//! It keeps what makes a completion port more than a queue: packets are first in, first out;
//! waiting threads are last in, first out, so that the thread whose caches are warm goes on; and
//! no more threads are let out than the port's concurrency value, unless those that are out block.
//! The system cannot know here that a thread blocks on something else, so the thread says so
//! ([`Worker::blocking`]).
//!
//! A server: workers take packets until the port is closed.
//!
//! ```
//! use iocp_oracle::model::{Overlapped, Packet};
//! use iocp_oracle::threaded::{Ended, Ports};
//!
//! let ports = Ports::new();
//! let port = ports.port(2); // at most two workers run at a time
//! let workers: Vec<_> = (0..4)
//!     .map(|_| {
//!         let (port, mut worker) = (port.clone(), ports.worker());
//!         std::thread::spawn(move || {
//!             let mut served = 0;
//!             loop {
//!                 match worker.remove(&port, None) {
//!                     Ok(packet) if packet.key == 7 => {
//!                         // A request that has to wait for something: its place goes to another
//!                         // worker meanwhile.
//!                         worker.blocking(std::thread::yield_now);
//!                         served += 1;
//!                     }
//!                     Ok(_) => served += 1,
//!                     Err(Ended::Abandoned | Ended::Closed) => return served,
//!                     Err(other) => unreachable!("this wait cannot end so: {other}"),
//!                 }
//!             }
//!         })
//!     })
//!     .collect();
//!
//! for request in 0..100 {
//!     port.post(Packet::posted(0, request % 10, Overlapped::NULL)).expect("it is open");
//! }
//! // Closing drops what is queued, so the server is drained first.
//! while port.depth() > 0 {
//!     std::thread::yield_now();
//! }
//! port.close();
//! let served: u32 = workers.into_iter().map(|worker| worker.join().expect("no panic")).sum();
//! assert_eq!(served, 100);
//! ```
//!
//! Whatever has operations is a [`File`]: associated with a port and a key, its completions arrive
//! there.
//!
//! ```
//! use iocp_oracle::model::{Handle, NtStatus, Overlapped};
//! use iocp_oracle::threaded::{NotAssociated, Ports};
//!
//! let ports = Ports::new();
//! let (port, mut worker) = (ports.port(1), ports.worker());
//! let timer = ports.file(true);
//! port.associate(&timer, 9).expect("it is overlapped, and associated with nothing");
//! assert_eq!(port.associate(&timer, 10), Err(NotAssociated::Already));
//! timer.complete(Overlapped::numbered(1), Handle::NULL, NtStatus::SUCCESS, 0).expect("open");
//! assert_eq!(worker.remove(&port, None).expect("a packet").key, 9);
//! ```
//!
//! Owns the port and its record. It must never know the model's kernel: it is an implementation of
//! its own, there to be judged like any other.

pub(crate) mod driver;
mod file;
mod locks;
mod port;
mod record;
mod seeded;
mod state;
mod trace;

pub use driver::ThreadedDriver;
pub use file::{File, NotAssociated};
pub use locks::{Locks, StdLocks};
pub use port::{Port, Ports, Worker};
pub use record::{Asked, Got, Line, Note};
pub use seeded::Seeded;
pub use state::Ended;
pub use trace::trace_of;
