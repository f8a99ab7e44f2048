//! The shortest story: a schedule that breaks a property, with nothing in it that is not needed.
//!
//! Two passes, in turn until neither helps. *Delete*: leave out runs of choices, long ones first
//! (what is no longer possible without them is skipped). *Gather*: move a choice forward to the
//! last choice of the same actor, so that actors change less often. A candidate is kept if it
//! still breaks the same property in fewer choices, or in as many with fewer changes of actor: so
//! the passes end.

use crate::choice::Choice;
use crate::run::breaks;
use crate::system::System;

/// Candidates tried for one schedule, at most.
const PATIENCE: usize = 20_000;

/// Shrinks `choices`, which break the property numbered `property` of `system`.
///
/// The result breaks it too, is no longer, and every choice in it is possible when its turn comes.
/// If `choices` do not break the property they are returned as they are.
#[must_use]
pub fn shrink<S: System>(system: &S, property: usize, choices: &[Choice]) -> Vec<Choice> {
    let Some(best) = breaks(system, property, choices) else { return choices.to_vec() };
    let mut shrinker = Shrinker { system, property, best, patience: PATIENCE };
    while shrinker.delete() | shrinker.gather() {}
    shrinker.best
}

struct Shrinker<'a, S> {
    system: &'a S,
    property: usize,
    best: Vec<Choice>,
    patience: usize,
}

impl<S: System> Shrinker<'_, S> {
    fn better(&mut self, candidate: &[Choice]) -> bool {
        if self.patience == 0 {
            return false;
        }
        self.patience -= 1;
        let Some(taken) = breaks(self.system, self.property, candidate) else { return false };
        let better = cost(&taken) < cost(&self.best);
        if better {
            self.best = taken;
        }
        better
    }

    fn delete(&mut self) -> bool {
        let mut helped = false;
        let mut size = self.best.len() / 2;
        while size > 0 {
            let mut start = 0;
            while start < self.best.len() {
                let end = (start + size).min(self.best.len());
                let candidate = [&self.best[..start], &self.best[end..]].concat();
                if self.better(&candidate) {
                    helped = true;
                } else {
                    start += size;
                }
            }
            size /= 2;
        }
        helped
    }

    fn gather(&mut self) -> bool {
        let mut helped = false;
        let mut index = 1;
        while index < self.best.len() {
            let actor = self.best[index].actor();
            let before = self.best[..index].iter().rposition(|choice| choice.actor() == actor);
            let place = before.map_or(0, |before| before + 1);
            let mut candidate = self.best.clone();
            candidate[place..=index].rotate_right(1);
            helped |= place < index && self.better(&candidate);
            index += 1;
        }
        helped
    }
}

/// Fewer choices first, then fewer changes of actor.
fn cost(choices: &[Choice]) -> (usize, usize) {
    let changes = choices.windows(2).filter(|pair| pair[0].actor() != pair[1].actor()).count();
    (choices.len(), changes)
}
