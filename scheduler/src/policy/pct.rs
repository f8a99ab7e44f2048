//! Probabilistic concurrency testing: random priorities, changed at few random steps.
//!
//! After Burckhardt, Kothari, Musuvathi and Nagarakatte, *A Randomized Scheduler with Probabilistic
//! Guarantees of Finding Bugs* (ASPLOS 2010). The actor with the highest priority of those
//! that can move, moves. At `depth - 1` steps, drawn beforehand from the first `steps` steps,
//! the actor that is about to move gets a priority below all others. A bug that needs `depth`
//! ordering constraints among `n` actors in runs of `k` steps is found by one run with a chance
//! of at least 1 / (n k^(depth - 1)). Alternatives of one actor are no matter of priority: each has
//! the same chance.

use super::Policy;
use crate::choice::{Actor, Choice};
use crate::random::Random;

/// Random priorities, changed at few random steps.
#[derive(Clone, Debug)]
pub struct Pct {
    random: Random,
    /// Higher goes first. Initial priorities are at least `depth`, the later ones below.
    priorities: Vec<u64>,
    /// Steps at which a priority changes, and what it becomes.
    changes: Vec<(u64, u64)>,
}

impl Pct {
    /// For `actors` actors, bugs of `depth`, and runs of about `steps` steps.
    #[must_use]
    pub fn new(actors: u16, depth: u32, steps: u64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut priorities: Vec<u64> =
            (0..u64::from(actors)).map(|rank| u64::from(depth) + rank).collect();
        for last in (1..priorities.len()).rev() {
            let other = random.below(last as u64 + 1) as usize;
            priorities.swap(last, other);
        }
        let change = |rank| (random.below(steps.max(1)), u64::from(rank));
        let changes = (1..depth).map(change).collect();
        Self { random, priorities, changes }
    }

    fn first_of(&self, choices: &[Choice]) -> Option<Actor> {
        let priority = |actor: &Actor| self.priorities.get(usize::from(*actor)).copied();
        choices.iter().map(|choice| choice.actor()).max_by_key(priority)
    }
}

impl Policy for Pct {
    fn choose(&mut self, step: u64, choices: &[Choice]) -> Option<Choice> {
        let mut actor = self.first_of(choices)?;
        for (at, priority) in self.changes.clone() {
            if at == step {
                if let Some(own) = self.priorities.get_mut(usize::from(actor)) {
                    *own = priority;
                }
                actor = self.first_of(choices)?;
            }
        }
        let open: Vec<Choice> =
            choices.iter().filter(|choice| choice.actor() == actor).copied().collect();
        let index = self.random.below(open.len() as u64) as usize;
        open.get(index).copied()
    }
}
