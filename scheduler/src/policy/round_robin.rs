//! Everybody in turn: the next actor after the last one that can move takes its first choice.

use super::Policy;
use crate::choice::{Actor, Choice};

/// Everybody in turn.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    last: Option<Actor>,
}

impl RoundRobin {
    /// Begins with the first actor.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }
}

impl Policy for RoundRobin {
    fn choose(&mut self, _step: u64, choices: &[Choice]) -> Option<Choice> {
        let after = |choice: &&Choice| self.last.is_none_or(|last| choice.actor() > last);
        let choice = *choices.iter().find(after).or(choices.first())?;
        self.last = Some(choice.actor());
        Some(choice)
    }
}
