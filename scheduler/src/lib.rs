//! Who goes next: policies, schedules as data, exhaustive search, reductions, shrinking.
//!
//! The scheduler chooses, it never transitions: all it knows of the world it moves is the
//! [`System`] trait.

mod choice;
mod coverage;
mod footprint;
mod hash;
mod naive;
mod property;
mod system;

pub use choice::{Actor, ActorSet, Choice, NotAChoice};
pub use coverage::Coverage;
pub use footprint::Footprint;
pub use hash::{hash, hash_with_seed};
pub use naive::{Naive, explore_naively};
pub use property::{Ending, EndingKind, Expectation, Marks, Property, PropertySet};
pub use system::System;
