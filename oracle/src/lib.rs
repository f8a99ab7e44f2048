//! Is this trace of a completion port allowed? Diagnosis, harness and drivers.
//!
//! * [`trace`]: the trace format, JSON Lines, version 1: types, reader, writer, schema.
//! * [`convert`]: other logs to traces, and traces to other formats.
//! * [`mod@check`]: whether some run of the model explains a trace, and if none does, which rule is
//!   broken.
//! * [`driver`]: drives an implementation through programs, one command at a time.
//! * [`harness`]: random programs for a port of your own; [`check()`] is the one line in a test.
//! * [`suite`]: the conformance programs, and what came of them.
//! * [`threaded`]: a completion port for any operating system, to be judged like any other.
//! * [`model`]: packets, Windows versions, deviations: all that the others speak of.

pub mod check;
pub mod convert;
pub mod driver;
pub mod harness;
pub mod suite;
pub mod threaded;
pub mod trace;

pub use harness::{PortUnderTest, check};
pub use iocp_model as model;
