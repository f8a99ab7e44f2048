//! The conformance suite: programs that come with the crate, and what came of running them.
//!
//! Owns the programs, the comparison of a conversation with what Windows (or Wine 8.0) gives, and
//! the matrix of results. It must never know how a driver is spoken to: that is [`crate::driver`].

mod compare;
mod generate;
mod library;
mod result;

pub use compare::{Difference, Reference, compare};
pub use generate::{Size, Tour, generate, tour};
pub use library::programs;
pub use result::{Judgement, Observation, Standing, SuiteResult, Tally, observe, run};
