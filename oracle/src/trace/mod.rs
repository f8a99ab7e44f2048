//! The trace format, version 1: one JSON object a line, `meta` first, `end` last.
//!
//! ```text
//! {"ev":"meta","format":"iocp-trace","version":1,"level":"nt","order":"total"}
//! {"ev":"call","id":1,"tid":7,"op":"NtSetIoCompletion","args":{"port":"0x30","key":"0x65",...}}
//! {"ev":"ret","id":1,"tid":7,"res":{"status":"0x0"}}
//! {"ev":"end","dropped":0}
//! ```
//!
//! Owns the types, the streaming [`Reader`], the [`Writer`] and the JSON Schema. It must never
//! know what a port does: whether a trace is allowed is not its business.

mod call;
mod error;
mod event;
mod ids;
mod line;
mod reader;
mod result;
mod run;
mod schema;
mod writer;

pub use error::{Problem, TraceError};
pub use event::{
    Blocking, Event, Format, Io, Level, Meta, Name, Object, Objects, Operations, Order, Seen,
    ThreadOf, Traced,
};
pub use reader::{Limits, Reader};
pub use result::{Entry, Mismatch, Res};
pub use run::of_run;
pub use schema::schema;
pub use writer::Writer;

pub(crate) use call::timeout_of;
pub use call::{UNKNOWN_TIMEOUT, op_name, timeout_is_unknown};

/// The version of the format that this crate reads and writes.
pub const VERSION: u64 = 1;
