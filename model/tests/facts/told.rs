//! Every change is told, and told under a rule: what the effects say, added to the state before,
//! is the state after, and what they say of one thing agrees. So a rule that keeps quiet is found,
//! whichever it is, and so is one that does something else: the test plants both faults in every
//! rule, and random programs of any calls and the situation of each rule look for them.

mod deeds;
mod results;
mod silences;
mod state;
mod wrong;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::io_any::calls::any_action;
use crate::io_any::stage::stage;
use crate::io_stage::*;
use crate::rules::situation;
use deeds::contradicted;
use results::unfounded;
use silences::*;
use state::Told;
use wrong::{Wrong, wrong};

/// A state after an action that its effects do not account for.
fn untold(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    let caller = match action {
        Action::Call { thread, .. } | Action::Exhausted { thread, .. } => Some(*thread),
        Action::Pick { then, .. } => match &**then {
            Action::Call { thread, .. } | Action::Exhausted { thread, .. } => Some(*thread),
            _ => None,
        },
        _ => None,
    };
    let mut told = Told::of(before);
    for (_, effect) in effects {
        if let Err(contradiction) = told.hear(caller, effect) {
            return Some(contradiction);
        }
    }
    told.differs_from(&Told::of(after))
        .or_else(|| silent_calls(before, caller, effects, after))
        .or_else(|| silent_operations(before, effects, after))
        .or_else(|| silent_completions(before, effects))
        .or_else(|| silent_events(before, action, effects))
        .or_else(|| silent_hand_offs(before, effects))
        .or_else(|| silent_polls(before, action, effects))
        .or_else(|| contradicted(before, action, effects, after))
        .or_else(|| unfounded(before, action, effects, after))
}

/// Rules whose silence nobody has noticed yet.
struct Quiet(Vec<Rule>);

impl Quiet {
    /// Plants the fault in each of them: the action goes on as before, and the rule says nothing.
    fn listen(&mut self, seen: &Seen) {
        self.0.retain(|rule| {
            let kept = seen.effects.iter().filter(|(r, _)| r != rule).cloned().collect::<Vec<_>>();
            kept.len() == seen.effects.len() || seen.untold(&kept).is_none()
        });
    }
}

/// What rules could do wrong, each in each field of what it does.
#[derive(Default)]
struct Amiss {
    noticed: BTreeMap<Rule, BTreeSet<String>>,
    missed: BTreeSet<(Rule, String)>,
}

impl Amiss {
    /// Plants the fault in each effect: one thing in it is another, and everything else as before.
    fn listen(&mut self, seen: &Seen) {
        for (place, (rule, effect)) in seen.effects.iter().enumerate() {
            let known = self.noticed.get(rule);
            let new = |field: &str| known.is_none_or(|known| !known.contains(field));
            for Wrong { field, effect } in wrong(seen.before, effect, new) {
                let mut told = seen.effects.to_vec();
                told[place].1 = effect;
                if seen.untold(&told).is_some() {
                    self.missed.remove(&(*rule, field.clone()));
                    self.noticed.entry(*rule).or_default().insert(field);
                } else {
                    self.missed.insert((*rule, field));
                }
            }
        }
    }
}

/// An action, and what it did.
struct Seen<'a> {
    before: &'a Kernel,
    action: &'a Action,
    effects: &'a [(Rule, Effect)],
    after: &'a Kernel,
}

impl Seen<'_> {
    fn untold(&self, effects: &[(Rule, Effect)]) -> Option<String> {
        untold(self.before, self.action, effects, self.after)
    }

    fn is_told(&self) {
        let untold = self.untold(self.effects);
        assert_eq!(untold, None, "{:?}\n{:#?}", self.action, self.effects);
    }
}

/// A program of any actions, or of a few of them again and again, by any thread: those get further
/// into one thing.
fn any_program() -> impl Strategy<Value = Vec<Action>> {
    let few = prop::collection::vec(any_action(), 3..7);
    let turns = prop::collection::vec((any::<prop::sample::Index>(), 0..5u16), 25);
    let again = (few, turns).prop_map(|(few, turns)| {
        let take = |(which, thread): (prop::sample::Index, u16)| {
            let mut action = which.get(&few).clone();
            if let Action::Call { thread: by, .. } = &mut action {
                *by = ThreadId(thread);
            }
            action
        };
        turns.into_iter().map(take).collect()
    });
    prop_oneof![1 => prop::collection::vec(any_action(), 25), 3 => again]
}

/// Short ones, for most programs end in threads that have exited or wait for ever.
const PROGRAMS: usize = 1200;

/// Shows everything that random programs do.
fn by_chance(mut look: impl FnMut(&Seen)) {
    let mut runner = TestRunner::deterministic();
    for number in 0..PROGRAMS {
        let mut kernel = stage(Profile::ALL[number % Profile::ALL.len()].into());
        let program = any_program().new_tree(&mut runner).expect("a program").current();
        for (place, action) in program.into_iter().enumerate() {
            let mut possible = Vec::new();
            kernel.enabled(&mut possible);
            let outside = possible.get(place % 8).cloned();
            for action in std::iter::once(action).chain(outside) {
                let before = kernel.clone();
                let mut effects = Vec::new();
                if kernel.apply(action.clone(), &mut effects).is_ok() {
                    let (before, action, effects) = (&before, &action, &effects[..]);
                    look(&Seen { before, action, effects, after: &kernel });
                }
            }
        }
    }
}

/// Shows everything that happens in the situation of each rule, in the versions that have it.
fn in_its_situation(mut look: impl FnMut(&Seen)) {
    for rule in Rule::ALL {
        for profile in Profile::ALL.into_iter().filter(|p| rule.versions().contains(*p)) {
            let mut w = World::new(profile);
            let [main] = w.threads();
            let _ = situation(*rule)(&mut w, main); // Some versions lack a function of it.
            let last = w.kernel.clone();
            let after = w.history.iter().map(|(state, ..)| state).skip(1).chain([&last]);
            for ((before, action, effects), after) in w.history.iter().zip(after) {
                look(&Seen { before, action, effects, after });
            }
        }
    }
}

/// Of the 134 rules this many are found silent, and this many are found to do something wrong, by
/// random programs; the others need a situation that chance seldom makes (two waiters and a packet,
/// a mutex whose owner dies), and that `rules.rs` has for each.
const SILENT_BY_CHANCE: usize = 75;
const WRONG_BY_CHANCE: usize = 80;

/// Faults that nobody could notice: the rule, what is wrong, and why.
const SHOWS_NOWHERE: [(Rule, &str, &str); 1] = [(
    Rule::CloseAbandonsWaiters,
    "active_count.to",
    "the port goes with its last handle, and its count with it",
)];

#[test]
fn a_rule_that_keeps_quiet_or_does_something_wrong_is_noticed_whichever_it_is() {
    let mut quiet = Quiet(Rule::ALL.to_vec());
    let mut amiss = Amiss::default();
    let mut look = |seen: &Seen| {
        seen.is_told();
        quiet.listen(seen);
        amiss.listen(seen);
        (Rule::ALL.len() - quiet.0.len(), amiss.noticed.len())
    };
    let mut found = (0, 0);
    by_chance(|seen| found = look(seen));
    assert!(found.0 >= SILENT_BY_CHANCE && found.1 >= WRONG_BY_CHANCE, "{found:?} by chance");
    in_its_situation(|seen| found = look(seen));

    assert!(quiet.0.is_empty(), "rules that could keep quiet unnoticed: {:?}", quiet.0);
    for rule in Rule::ALL {
        assert!(amiss.noticed.contains_key(rule), "nothing that {rule} does wrong is noticed");
    }
    let excused: BTreeSet<(Rule, String)> =
        SHOWS_NOWHERE.iter().map(|(rule, what, _)| (*rule, (*what).to_owned())).collect();
    assert_eq!(amiss.missed, excused, "what rules do wrong that nobody notices");
}
