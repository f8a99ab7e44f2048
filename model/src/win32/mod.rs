//! The Win32 calls over the native ones: BOOL, last error, and which out-parameters are written.

pub(crate) mod io;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod sync;
