//! The native calls: handles and arguments in, an NTSTATUS and out-parameters out.

pub(crate) mod dispatch;
pub(crate) mod io;
mod models;
pub(crate) mod object;
pub(crate) mod port;
pub(crate) mod returns;
pub(crate) mod sync;
pub(crate) mod wait_packet;
