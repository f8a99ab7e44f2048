//! The specification, fact by fact. Each test claims the ids that it exercises with `facts(..)`;
//! `coverage.rs` holds those claims against the documents.

#![allow(unreachable_pub, reason = "modules of one test binary share their stage")]

#[path = "../support/mod.rs"]
mod support;

mod apcs;
mod asked;
mod blocking;
mod calls;
mod close;
mod corners;
mod deviations;
mod handles;
mod io_any;
mod io_cancel;
mod io_corners;
mod io_files;
mod io_matrix;
mod io_modes;
mod io_ops;
mod io_overlapped;
mod io_pipes;
mod io_poll;
mod io_sockets;
mod io_stage;
mod io_wine;
mod lifetime;
mod memory;
mod producers;
mod queue;
mod rights;
mod rules;
mod small_print;
mod stage;
mod status;
mod suspend;
mod told;
mod vectors;
mod versions;
