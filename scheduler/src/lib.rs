//! Who goes next: policies, schedules as data, exhaustive search, reductions, shrinking.
//!
//! ```text
//!              enabled, apply, encode, check ...
//!   a System  <--------------------------------  explore   every interleaving, breadth first
//!   (scenario +                                  sample    many runs, by seeds
//!    model)    -------------------------------->  run      one run, by a policy
//!              states, marks, endings                |
//!                                                    v
//!                                     Schedule: the choices, as a token `iocp1:...`
//! ```
//!
//! The scheduler chooses, it never transitions: all it knows of the world it moves is the
//! [`System`] trait. Two threads that each add 1 to a number, in a read and a write:
//!
//! ```
//! use iocp_scheduler::explore::Options;
//! use iocp_scheduler::{Choice, Ending, Marks, Property, PropertySet, System, explore};
//!
//! struct Race;
//!
//! impl System for Race {
//!     type State = [u8; 5]; // the number; for each thread its place and what it has read
//!     fn identity(&self) -> u64 { 1 }
//!     fn actors(&self) -> u16 { 2 }
//!     fn initial(&self) -> [u8; 5] { [0; 5] }
//!     fn enabled(&self, state: &[u8; 5], choices: &mut Vec<Choice>) {
//!         let running = (0..2).filter(|thread| state[1 + 2 * thread] < 2);
//!         choices.extend(running.map(|thread| Choice::new(thread as u16, 0)));
//!     }
//!     fn apply(&self, state: &mut [u8; 5], choice: Choice) -> PropertySet {
//!         let thread = 1 + 2 * usize::from(choice.actor());
//!         match state[thread] {
//!             0 => state[thread + 1] = state[0],
//!             _ => state[0] = state[thread + 1] + 1,
//!         }
//!         state[thread] += 1;
//!         PropertySet::EMPTY
//!     }
//!     fn encode(&self, state: &[u8; 5], bytes: &mut Vec<u8>) { bytes.extend(state) }
//!     fn decode(&self, bytes: &[u8], into: &mut [u8; 5]) { into.copy_from_slice(bytes) }
//!     fn properties(&self) -> &[Property] { &[] }
//!     fn check(&self, _: &[u8; 5]) -> Marks { Marks::NONE }
//!     fn ending(&self, _: &[u8; 5]) -> Ending { Ending::finished() }
//!     fn outcome(&self, state: &[u8; 5]) -> String { format!("the number is {}", state[0]) }
//! }
//!
//! let found = explore(&Race, &Options::default(), &mut ());
//! let names: Vec<_> = found.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
//! assert_eq!(names, ["the number is 1", "the number is 2"]);
//! assert!(found.complete);
//! ```
//!
//! - [`System`], [`Choice`], [`Property`], [`Marks`], [`Ending`], [`Footprint`]: the world to move;
//! - [`explore`](mod@explore): every interleaving, with [`Reductions`], bounds and checkpoints;
//! - [`starvation`]: who can be passed over for ever; [`Graph`]: states and edges, to look at;
//! - [`policy`], [`run`](fn@run), [`sample`](fn@sample): one run, many runs;
//! - [`Schedule`]: a run as data and as a token; [`shrink`](fn@shrink): the shortest
//!
//! Not here: files, clocks, terminals (an [`Observer`](explore::Observer) has them), and anything
//! about ports. Depth-first search is not here either: a shortest path is worth the memory.

mod choice;
mod coverage;
pub mod explore;
mod footprint;
mod graph;
mod hash;
mod naive;
pub mod policy;
mod property;
mod random;
mod reduce;
mod run;
mod sample;
mod schedule;
mod shrink;
pub mod starvation;
mod system;
pub mod token;
mod wire;

pub use choice::{Actor, ActorSet, Choice, NotAChoice};
pub use coverage::Coverage;
pub use explore::{explore, resume};
pub use footprint::Footprint;
pub use graph::Graph;
pub use hash::{hash, hash_with_seed};
pub use naive::{Naive, explore_naively};
pub use property::{Ending, EndingKind, Expectation, Marks, Property, PropertySet};
pub use reduce::{Reduced, Reductions};
pub use run::{Run, run};
pub use sample::{Sample, SampledViolation, Samples, Sampling, Series, sample};
pub use schedule::{Schedule, ScheduleError};
pub use shrink::shrink;
pub use system::System;
