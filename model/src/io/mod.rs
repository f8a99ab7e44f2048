//! The I/O manager: files and what is associated with them, operations and how they complete, and
//! the other producers of packets.

pub mod arrive;
pub mod associate;
pub mod cancel;
pub mod complete;
pub mod driver;
pub mod file;
pub mod job;
pub mod poll;
pub mod request;
pub mod reserve;
pub mod wait_packet;
