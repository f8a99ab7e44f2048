//! One run of a system under a policy.

use crate::choice::Choice;
use crate::policy::Policy;
use crate::property::PropertySet;
use crate::schedule::Schedule;
use crate::system::System;

/// How a run went.
#[derive(Clone, Debug)]
pub struct Run<T> {
    /// What was chosen.
    pub schedule: Schedule,
    /// The state the run came to.
    pub state: T,
    /// Whether nobody can move in that state.
    pub terminal: bool,
    /// The properties that were broken, each with the number of steps it took, the first time.
    pub violations: Vec<(usize, u64)>,
    /// The `sometimes` properties that held somewhere.
    pub witnessed: PropertySet,
}

/// Runs `system` until nobody can move, the policy ends the run, or `max_steps` are taken.
pub fn run<S: System>(system: &S, policy: &mut dyn Policy, max_steps: u64) -> Run<S::State> {
    let mut state = system.initial();
    let mut taken = Vec::new();
    let mut choices = Vec::new();
    let mut noted = Noted::default();
    let mut terminal = false;
    loop {
        let steps = taken.len() as u64;
        let marks = system.check(&state);
        noted.note(marks.violated, steps);
        noted.witnessed = noted.witnessed.union(marks.witnessed);
        choices.clear();
        system.enabled(&state, &mut choices);
        if choices.is_empty() {
            terminal = true;
            let marks = system.ending(&state).marks;
            noted.note(marks.violated, steps);
            noted.witnessed = noted.witnessed.union(marks.witnessed);
            break;
        }
        let choice = if steps < max_steps { policy.choose(steps, &choices) } else { None };
        let Some(choice) = choice else { break };
        noted.note(system.apply(&mut state, choice), steps + 1);
        taken.push(choice);
    }
    let schedule = Schedule::new(system.identity(), taken);
    let Noted { violations, witnessed, .. } = noted;
    Run { schedule, state, terminal, violations, witnessed }
}

#[derive(Default)]
struct Noted {
    known: PropertySet,
    violations: Vec<(usize, u64)>,
    witnessed: PropertySet,
}

impl Noted {
    fn note(&mut self, violated: PropertySet, steps: u64) {
        for property in violated.iter().filter(|property| !self.known.contains(*property)) {
            self.violations.push((property, steps));
        }
        self.known = self.known.union(violated);
    }
}

/// Takes those of `choices` that are possible when their turn comes, until `property` is broken.
/// Returns what was taken up to there; `None` if the property was not broken.
pub(crate) fn breaks<S: System>(
    system: &S,
    property: usize,
    choices: &[Choice],
) -> Option<Vec<Choice>> {
    let mut state = system.initial();
    let mut taken = Vec::new();
    let mut possible = Vec::new();
    let mut wanted = choices.iter();
    loop {
        possible.clear();
        system.enabled(&state, &mut possible);
        let broken = system.check(&state).violated.contains(property)
            || possible.is_empty() && system.ending(&state).marks.violated.contains(property);
        if broken {
            return Some(taken);
        }
        let next = wanted.find(|choice| possible.binary_search(choice).is_ok())?;
        taken.push(*next);
        if system.apply(&mut state, *next).contains(property) {
            return Some(taken);
        }
    }
}
