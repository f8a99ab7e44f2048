//! Small systems to try the scheduler on.

pub(crate) mod kq;
pub(crate) mod lifo;
pub(crate) mod programs;
