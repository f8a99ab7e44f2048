//! The Windows I/O completion port, and everything its behaviour depends on, as one pure,
//! deterministic state machine.
//!
//! # What a port is
//!
//! A completion port is a queue between operations that end and threads that have time. Packets
//! enter at one end and leave at the other, first in, first out. Threads that find nothing wait on
//! a stack: who came last is released first, for its stack and caches are still warm. And the port
//! counts. It knows which threads it has let go, and lets a waiter go only while fewer of them run
//! than its concurrency value allows. When one of them blocks elsewhere, another may take its
//! place; when that one comes back both run, and for a while there are more than allowed.
//!
//! ```text
//!   PostQueuedCompletionStatus          the port             GetQueuedCompletionStatus
//!   ReadFile ... completes        +--------------------+
//!                                 | packets            |
//!        key, OVERLAPPED,   ----> | [4] [3] [2] [1] ------>  oldest packet first,
//!        status, bytes            |                    |     to a thread that asks,
//!                                 | waiters     top    |     or to the top waiter,
//!                                 | (C) (B) (A) <----------  while active < concurrency
//!                                 |                    |
//!                                 | active 1 of 2  <-------  running threads that asked here
//!                                 +--------------------+     before; blocked ones do not count
//! ```
//!
//! # Ten lines
//!
//! A port that lets one thread run, two that wait, and one packet: who gets it? (Before these
//! stands `use iocp_model::*;`.)
//!
//! ```
//! # use iocp_model::*;
//! let mut kernel = Kernel::new(Profile::Win11, 4);
//! let [a, b, c] = [(); 3].map(|()| kernel.create_thread(ProcessId(0)));
//! let port = Handle::from_index(0); // the first handle of the process
//! let (create, remove) = (Call::create_port(1), Call::remove(port));
//! for (thread, call) in [(c, create), (a, remove.clone()), (b, remove)] {
//!     kernel.apply(Action::Call { thread, call }, &mut ())?; // a and b wait, b on top
//! }
//! let step = kernel.step(Action::Call { thread: c, call: Call::post(port, 7) })?; // pure
//! assert_eq!(step.effects[0].0, Rule::ReleaseLifo); // the one that began to wait last
//! assert!(matches!(step.effects[0].1, Effect::Released { thread, .. } if thread == b));
//! # Ok::<(), Refusal>(())
//! ```
//!
//! # The nouns
//!
//! * [`Kernel`]: every object there is. [`Kernel::apply`] is the one function that changes it,
//!   [`Kernel::step`] the same as a pure function.
//! * [`Action`]: what comes from outside: a [`Call`] by a thread under its Win32 or native name, a
//!   timer that fires, a driver that completes an operation. One state and one action have one
//!   result; all nondeterminism is which action comes next.
//! * [`Effect`]: what an [`Observer`] sees, in order, each with the [`Rule`] it follows from. What
//!   a call gave back is [`Effect::Returned`], maybe many actions later.
//! * [`Rule`]: a sentence, its source, how sure it is ([`Grade`]), and its Windows versions.
//! * [`Semantics`]: a [`Profile`] (a Windows version) and a set of [`Deviation`]s, single
//!   departures from a rule that an implementation makes. `wine-8.0` is such a set.
//! * [`Refusal`]: what cannot happen here. What Windows refuses is not one of these but data: a
//!   FALSE and a last error, an NTSTATUS.
//!
//! The layers are `ke` (queue, threads, waits, APCs), `ob` (processes, handles, references), `io`
//! (files, operations, completion), `nt` and `win32` (the calls); each calls only those before it,
//! except for the close and delete procedures of object types, as in NT.
//!
//! # What is not modelled
//!
//! * page faults, preemption, priorities and boosts: the queue sees only waits; a ready thread
//!   counts like a running one (semantics.md A6, A12)
//! * kernel APCs that interrupt a waiter: their visible effect, a change in the order of the
//!   stack, needs drivers that complete in the issuing thread; suspend and resume show the same
//!   effect and are modelled
//! * time: a timer is armed, and fires when the environment says; the `scheduler` and `scenarios`
//!   crates give it a clock
//! * contents of buffers: only sizes decide what a port sees
//! * memory and quota failures of other calls than a post, a new port and an association: which
//!   call fails is chance. For these three the environment may say so ([`Action::Exhausted`],
//!   E44); an operation that fails for want of memory is an answer of its driver ([`Reply`])
//! * thread pools and their worker factories, RIO, KTM, ALPC, ProcessSocketNotifications:
//!   producers of ordinary packets with rules of their own on top; what they need of the port is
//!   here. `BindIoCompletionCallback` ties a file to a hidden port, where its packets stay: the
//!   callbacks are threads of a pool
//! * QueueUserAPC2 (special user APCs) on a waiting thread: unknown (D26)
//! * limits of jobs and their notifications, and of nested jobs what no source says: a process of
//!   no job that joins a nested one (it fails, with an unknown error), and one that joins a job of
//!   its own hierarchy other than its job and those nested next in it
//! * what a fault in user memory does (bad pointers, a NULL OVERLAPPED for `ReadFileEx`): except
//!   for the NULL out-pointers of D20
//! * drivers that break their own contract: one that returns `STATUS_PENDING` without marking the
//!   request hangs a real kernel (1G), and `STATUS_PENDING` is nobody's final status
//! * names of anything but ports, security beyond the access a handle grants (whose bits are those
//!   that the functions here ask for), debuggers and the exceptions they get for bad handles: none
//!   of it reaches a queue
//! * more than 65000 objects of one kind: identifiers have 16 bits
//!
//! What is asked for and not modelled is a [`Refusal::NotModelled`] or [`Refusal::NotExported`],
//! never a guess.
//!
//! # Unknown
//!
//! No source settles these; the model takes the cautious reading, and where it can be a switch it
//! is one ([`Deviation`]): what happens to packets still queued when the port is abandoned with
//! waiters (D5: they are freed with the last reference); when exactly an OVERLAPPED without an
//! event is written (D7: `status-block=at-completion`); the status of a refused replacement of an
//! association (D9); how many packets a batch remove takes after it had to wait (D27:
//! `batch=drains-after-wake`); whether the skip mode also suppresses the packet of a warning (D14:
//! `skip-on-warning=skips`); whether a disk read without an OVERLAPPED through an overlapped handle
//! is refused (`null-overlapped=waits`); which handle value is used again first (the lowest free
//! one); with which status an exclusive poll of a socket ends another (`exclusive-poll=cancels`);
//! whether the port of a job hears that a process of it has joined a job nested in it, and that
//! such a job is empty (no: each job tells of itself); when a worker factory makes a thread, and
//! what its minimum and a release do, which is why there is none. Two results that the sources
//! leave to the driver are the environment's to give ([`Reply::Exact`]): a warning that Windows 10
//! may report as `STATUS_PENDING` (G04), and what an unbuffered read at the end of a file says
//! before Windows 8 (H08).

pub mod action;
pub mod call;
pub mod code;
pub mod effect;
pub mod fingerprint;
pub mod ids;
pub mod io;
pub mod ke;
pub mod kernel;
mod machine;
mod nt;
pub mod ob;
pub mod packet;
pub mod rename;
pub mod rules;
pub mod semantics;
pub mod shared;
pub mod status;
pub mod table;
mod win32;

pub use action::{Action, Arrival, Refusal};
pub use call::{
    Access, Attributes, Call, FileKind, IoCall, IoOp, Notify, OverlappedArg, PollCall, Reply,
    Ticks, Timeout,
};
pub use effect::{Apc, Effect, Observer, Out, Return, Value};
pub use ids::*;
pub use kernel::{Kernel, Step};
pub use packet::{Origin, Packet};
pub use rules::{Grade, Rule, Versions};
pub use semantics::{Deviation, Deviations, Profile, Semantics};
pub use status::{NtStatus, Severity};
