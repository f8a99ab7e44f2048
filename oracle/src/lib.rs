//! Is this trace of a completion port allowed? Diagnosis, harness and drivers.
//!
//! * [`trace`]: the trace format, JSON Lines, version 1: types, reader, writer, schema.
//! * [`convert`]: other logs to traces, and traces to other formats.

pub mod convert;
pub mod driver;
pub mod suite;
pub mod trace;
