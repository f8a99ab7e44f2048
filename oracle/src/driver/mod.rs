//! Drives an implementation of the completion port through programs, one command at a time.
//!
//! ```text
//! program (data) -> Conductor -> Implementation -> ... -> Conversation -> trace -> checker
//!                                 |- ProcessDriver: any program that speaks the protocol
//!                                 `- threaded::Driver: the threaded port, in this process
//! ```
//!
//! # The driver protocol, version 1
//!
//! JSON lines: commands on the driver's standard input, answers on its standard output. Anything
//! else it prints is shown to the user and otherwise ignored.
//!
//! ```text
//! {"cmd":"hello"}              {"ans":"hello","protocol":1,"name":...,"system":...,"ops":[...]}
//! {"cmd":"call","id":7,"thread":"A","op":...,"args":{...},"bind":["P"]}
//!                              {"ans":"ret","id":7,"res":{...}}, at any time later
//! {"cmd":"settle","quiet_ms":0,"limit_ms":2000}
//!                              {"ans":"settled","waiting":[7],"sure":true,"how":...}
//! {"cmd":"reset"}              {"ans":"reset"}, or {"ans":"restart"}: start me anew
//! {"cmd":"quit"}               the end of the output
//! ```
//!
//! * A call may also end with `unsupported` or `refused` (with `why`), or with `exit`: its thread
//!   ended inside it.
//! * A thread exists from its first mention; its handle goes by `@NAME`. **Between two calls it
//!   must spin and yield, never sleep:** a thread that sleeps while waiting for orders does not
//!   count as active, and the concurrency limit could never be seen.
//! * `op` is the name of a function; `args` are the fields of [`iocp_model::Call`], flat. A handle
//!   is a name that an earlier `bind` gave (in the order: value, then out-parameters), or `NULL`,
//!   `-1`, `-2`. A file operation stands under its own name with `file`, `length`, `overlapped`,
//!   `event`, `low_bit`, `routine`, or `context` and `status_block` where it is native.
//! * An OVERLAPPED is one of the slots `o0`, `o1`, ..., or `NULL`, or for a post any `0x...`.
//!   Numbers are integers or `"0x..."`. A timeout is milliseconds or `"infinite"`.
//! * In `res`, `null` means that the call left it untouched; absent means unknown. `value` is the
//!   function's value: a BOOL, an NTSTATUS as eight hex digits, a DWORD, or the name of a handle.
//! * `settled` says that every call that has not returned is now waiting, and how it is known.
//!   `sure` false means that the driver only waited a while.
//!
//! A driver's output is untrusted: it is parsed within bounds and ends up in memory and in traces,
//! never in a path, a command or a file name.

mod conductor;
mod fault;
mod heard;
mod peers;
mod process;
mod program;
mod protocol;
mod trace;
mod wine;
mod words;

pub use conductor::{Conductor, Conversation, Ending, Limits, Said, Talk};
pub use fault::Fault;
pub use heard::{Heard, heard_in};
pub(crate) use peers::Peers;
pub use process::{ProcessDriver, Start};
pub use program::{AwaitStep, CallStep, Expected, Program, ProgramError, Step};
pub use protocol::{Answer, Command, Hello, PROTOCOL};
pub use trace::trace_of;
pub(crate) use trace::{HANDLES, Numbers};
pub use wine::wine_loader;
pub(crate) use words::address;

use std::time::Instant;

/// An implementation under test: takes commands, gives answers.
pub trait Implementation {
    /// A fresh start: no objects, no threads. Also the way back after a [`Fault`].
    fn reset(&mut self) -> Result<Hello, Fault>;

    /// Hands over a command.
    fn send(&mut self, command: &Command) -> Result<(), Fault>;

    /// The next answer; `None` if there is none by then.
    fn receive(&mut self, until: Instant) -> Result<Option<Answer>, Fault>;

    /// Who it said it is, when it last started.
    fn hello(&self) -> Hello;

    /// What it printed that is not protocol, since the last time.
    fn noise(&mut self) -> Vec<String>;
}
