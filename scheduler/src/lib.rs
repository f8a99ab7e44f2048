//! Who goes next: policies, schedules as data, exhaustive search, reductions, shrinking.
//!
//! The scheduler chooses, it never transitions: all it knows of the world it moves is the
//! [`System`] trait.

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
