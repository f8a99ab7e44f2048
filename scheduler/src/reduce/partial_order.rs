//! Partial order: of steps that commute, one order is enough.
//!
//! # What is chosen
//!
//! In each state a set `A` of actors is sought such that nothing an actor outside `A` may ever do
//! conflicts with what an actor of `A` may do next:
//! `future_footprint(b)` does not conflict with `next_footprint(a)` for `a` in `A`, `b` outside.
//! The next steps of a disabled actor count too, since somebody outside might enable it.
//! The enabled choices of `A` are then a *persistent set*: in any continuation in which
//! only actors outside `A` move, every step commutes with every choice of the set and neither
//! enables nor disables another step of `A`. (The exception in the contract of
//! [`System::future_footprint`] is harmless: while actors outside `A` move, no actor of `A` has,
//! so what only touches them after they have moved does not touch them here.)
//! Only the choices of `A` are explored, if
//!
//! 1. there is at least one, and fewer than all;
//! 2. all of them are invisible: none can change what `check` says;
//! 3. the search does not go round in circles with them: see below.
//!
//! `A` is grown from each actor in turn, and the set with the fewest choices wins, the lower actor
//! first: a rule that depends on the state alone.
//!
//! # Why nothing is lost
//!
//! Take any run `w` of the full system from a state `s`. If `w` has a step of `A`, let `t` be the
//! first: everything before it is by others, so `t` is in the set, and commutes to the front.
//! If not, any choice `t` of the set can be put in front, since it commutes with all of `w` and
//! disables none of it. Either way a run beginning with an explored step takes the same steps
//! (or one invisible step more), so it breaks what they break: a step report depends on nothing
//! outside the step's footprint, hence is the same in either order; the states passed are
//! marked alike, because the step moved is invisible. By induction the reduced search
//! reaches every terminal state, every report and every mark. The length may differ: a shortest
//! path of the reduced search need not be a shortest one of the system.
//!
//! # The guard against circles
//!
//! The induction must end. If the reduced search could go in a circle of states that all put off
//! a step, that step would never be seen. So when all choices of a set lead to states met on this
//! level or an earlier one, the state is expanded in full. Then from every reduced state a path
//! of ever later levels leads to a state that is expanded in full, because levels end.
//! For properties of states and steps and for terminal states that is enough; starvation, a
//! property of circles, is looked for in the unreduced graph. A system all of whose runs end
//! ([`System::every_run_ends`]) has no circles and needs no guard.

use crate::choice::{ActorSet, Choice};
use crate::footprint::Footprint;
use crate::system::System;

/// The footprints of one state, with the memory to hold them.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartialOrder {
    next: Vec<Footprint>,
    future: Vec<Footprint>,
}

impl PartialOrder {
    /// Asks the system about every actor; the questions below are about this state from now on.
    pub(crate) fn look_at<S: System>(&mut self, system: &S, state: &S::State) {
        self.next.clear();
        self.future.clear();
        for actor in 0..system.actors() {
            self.next.push(system.next_footprint(state, actor));
            self.future.push(system.future_footprint(state, actor));
        }
    }

    /// Whether nothing anybody else may ever do conflicts with the next steps of `actor`.
    pub(crate) fn is_alone(&self, actor: usize) -> bool {
        let next = self.next[actor];
        let mut others = self.future.iter().enumerate();
        others.all(|(other, future)| other == actor || !future.conflicts(next))
    }

    /// The actors to expand in the state looked at, or `None` for all of them.
    pub(crate) fn choose<S: System>(
        &self,
        system: &S,
        state: &S::State,
        choices: &[Choice],
    ) -> Option<ActorSet> {
        let mut best = None;
        let mut fewest = choices.len();
        let mut last = None;
        for choice in choices {
            let seed = choice.actor();
            if last == Some(seed) {
                continue;
            }
            last = Some(seed);
            let actors = self.closure(seed);
            let of_set = || choices.iter().filter(|choice| actors.contains(choice.actor()));
            let count = of_set().count();
            if count < fewest && of_set().all(|choice| !system.visible(state, *choice)) {
                (best, fewest) = (Some(actors), count);
                if fewest == 1 {
                    break;
                }
            }
        }
        best
    }

    /// The smallest set with `seed` in it that nobody outside interferes with.
    fn closure(&self, seed: u16) -> ActorSet {
        let mut inside = ActorSet::EMPTY.with(seed);
        let mut next = self.next[usize::from(seed)];
        loop {
            let before = inside;
            for (actor, future) in self.future.iter().enumerate() {
                if !inside.contains(actor as u16) && future.conflicts(next) {
                    inside.insert(actor as u16);
                    next = next.union(self.next[actor]);
                }
            }
            if inside == before {
                return inside;
            }
        }
    }
}
