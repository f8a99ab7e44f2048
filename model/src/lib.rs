//! The Windows I/O completion port.

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
pub mod rules;
pub mod semantics;
pub mod shared;
pub mod status;
pub mod table;
mod win32;

pub use action::{Action, Arrival, Refusal};
pub use call::{
    Access, Attributes, Call, FileKind, IoCall, IoOp, Notify, OverlappedArg, Reply, Ticks, Timeout,
};
pub use effect::{Apc, Effect, Observer, Out, Return, Value};
pub use ids::*;
pub use kernel::{Kernel, Step};
pub use packet::{Origin, Packet};
pub use rules::{Grade, Rule, Versions};
pub use semantics::{Deviation, Profile, Semantics};
pub use status::{NtStatus, Severity};
