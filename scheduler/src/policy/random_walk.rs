//! Every possible choice with the same chance, decided by a seed.

use super::Policy;
use crate::choice::Choice;
use crate::random::Random;

/// Every possible choice with the same chance.
#[derive(Clone, Debug)]
pub struct RandomWalk {
    random: Random,
}

impl RandomWalk {
    /// The walk that `seed` decides.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }
}

impl Policy for RandomWalk {
    fn choose(&mut self, _step: u64, choices: &[Choice]) -> Option<Choice> {
        let index = self.random.below(choices.len() as u64) as usize;
        choices.get(index).copied()
    }
}
