//! One choice taken and told: what was done, what came of it, what was wrong with it.

use iocp_model::{Effect, Rule, Ticks};
use iocp_scheduler::{Choice, PropertySet};

use super::{Consequence, Step};
use crate::program::Program;
use crate::sentence::Teller;
use crate::world::World;
use crate::world::enabled::{Way, move_of};

/// A step in words, and what the words were made of.
pub(crate) struct Told {
    pub(crate) step: Step,
    pub(crate) effects: Vec<(Rule, Effect)>,
    /// The properties of steps that it broke.
    pub(crate) broken: PropertySet,
}

/// Takes a choice that is possible and says what came of it.
pub(crate) fn told(program: &Program, world: &mut World, choice: Choice, at: Ticks) -> Told {
    let teller = Teller { program };
    let way = move_of(program, choice).way;
    let action = crate::action::action(program, world, way);
    let actor = actor_of(way);
    let span = match way {
        Way::Step { actor, leaf } => crate::action::place(program, world, actor, leaf)
            .map(|(_, pc)| program.code(actor).spans[usize::from(pc)]),
        _ => None,
    };
    let mut effects: Vec<(Rule, Effect)> = vec![];
    let broken = world.take(program, choice, &mut effects);
    let faults: Vec<String> = world.faults.iter().map(|fault| teller.fault(fault)).collect();
    let consequence = |(rule, effect): &(Rule, Effect)| Consequence {
        rule: *rule,
        effect: effect.clone(),
        sentence: teller.effect(effect),
    };
    let consequences = effects.iter().map(consequence).collect();
    let step = Step { at, actor, choice, span, action, effects: consequences, faults };
    Told { step, effects, broken }
}

/// Whose step a choice is; nobody's if a device goes.
pub(crate) fn actor_of(way: Way) -> Option<usize> {
    match way {
        Way::Step { actor, .. }
        | Way::Expire { actor }
        | Way::Unblock { actor }
        | Way::Retry { actor } => Some(actor),
        Way::Complete { .. } | Way::FinishCancel { .. } => None,
    }
}
