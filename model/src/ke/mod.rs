//! The kernel proper: the queue, threads, waits, events, APCs.
//!
//! Owns who waits for what and who is counted. Knows nothing of handles, files or calls: a wait
//! that ends is put on the list of woken threads, and the layers above turn it into a result.

pub mod apc;
pub mod dispatcher;
pub mod queue;
mod reenter;
mod rundown;
pub mod suspend;
pub mod thread;
pub mod wait;
