//! Fusing: no state of its own for a step nobody can observe.
//!
//! # What is fused
//!
//! After each explored step: while some actor has exactly one choice, that choice is invisible
//! (it cannot change what `check` says), and nothing anybody else may ever do conflicts with it,
//! that choice is taken at once, the lowest such actor first. Only the state at the end of the
//! chain is kept.
//!
//! # Why nothing is lost
//!
//! Such a choice alone is a persistent set in the sense of `partial_order`, and invisible: so
//! exploring nothing else in the state before it loses nothing, by the argument there. That state
//! then has one successor, and is marked as its successor is; not keeping it changes no verdict.
//! What the fused step itself reports is noted like any report. Terminal states are never skipped:
//! nothing can be fused there.
//!
//! No circle of fused steps can hide anything: a chain that does not end within [`LONGEST`] steps
//! is not fused at all, and the states on it are kept and expanded by the rules for kept states.
//!
//! The order does not matter either, which is why symmetry may be used as well: a choice
//! that can be fused stays so whatever else is fused, so all orders end in the same state, after
//! the same number of steps.

use crate::choice::Choice;
use crate::property::PropertySet;
use crate::reduce::partial_order::PartialOrder;
use crate::system::System;

/// Fused steps in a row, at most.
const LONGEST: usize = 256;

/// Fuses to `state` all that can be, tells `each` of every step before it is taken, and returns
/// what the steps reported. `None` if the chain does not end: then `state` is somewhere on it and
/// is to be made again. `choices` and `order` are memory to work in.
pub(crate) fn fuse<S: System>(
    system: &S,
    state: &mut S::State,
    choices: &mut Vec<Choice>,
    order: &mut PartialOrder,
    each: &mut dyn FnMut(&S::State, Choice),
) -> Option<PropertySet> {
    let mut reports = PropertySet::EMPTY;
    for _ in 0..LONGEST {
        let Some(next) = unobservable(system, state, choices, order) else { return Some(reports) };
        each(state, next);
        reports = reports.union(system.apply(state, next));
    }
    None
}

/// The step to fuse in `state`, if there is one.
fn unobservable<S: System>(
    system: &S,
    state: &S::State,
    choices: &mut Vec<Choice>,
    order: &mut PartialOrder,
) -> Option<Choice> {
    choices.clear();
    system.enabled(state, choices);
    let mut looked = false;
    for (index, choice) in choices.iter().enumerate() {
        let shared = |neighbour: Option<&Choice>| {
            neighbour.is_some_and(|neighbour| neighbour.actor() == choice.actor())
        };
        let alone = !shared(choices.get(index + 1))
            && !shared(index.checked_sub(1).and_then(|before| choices.get(before)));
        if !alone || system.visible(state, *choice) {
            continue;
        }
        if !looked {
            order.look_at(system, state);
            looked = true;
        }
        if order.is_alone(usize::from(choice.actor())) {
            return Some(*choice);
        }
    }
    None
}
