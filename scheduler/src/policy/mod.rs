//! Who goes next, when one run is wanted and not all of them. One policy a file.

mod pct;
mod random_walk;
mod replay;
mod round_robin;

pub use pct::Pct;
pub use random_walk::RandomWalk;
pub use replay::Replay;
pub use round_robin::RoundRobin;

use crate::choice::Choice;

/// Decides which of the possible choices is taken.
pub trait Policy {
    /// One of `choices`, which are ascending and not empty; or `None` to end the run here.
    /// Called once for each step, with `step` counting from 0.
    fn choose(&mut self, step: u64, choices: &[Choice]) -> Option<Choice>;
}
