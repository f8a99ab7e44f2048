//! Is this trace of a completion port allowed? Diagnosis, harness and drivers.
//!
//! * [`trace`]: the trace format, JSON Lines, version 1: types, reader, writer, schema.
//! * [`convert`]: other logs to traces, and traces to other formats.
//! * [`driver`]: drives an implementation through programs, one command at a time.
//! * [`harness`]: random programs for a port of your own; [`check()`] is the one line in a test.
//! * [`suite`]: the conformance programs, and what came of them.
//! * [`threaded`]: a completion port for any operating system, to be judged like any other.
//! * [`harness`]: random programs for a port of your own; [`check()`] is one line in a test.
//!   run of the model explains the trace, and if none does, which rule is broken.

pub mod check;
pub mod convert;
pub mod driver;
pub mod harness;
pub mod suite;
pub mod threaded;
pub mod trace;

pub use harness::{PortUnderTest, check};
