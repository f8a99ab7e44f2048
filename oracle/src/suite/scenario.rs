//! A scenario of the library as a conformance program: the calls of one run, in the order in which
//! they were made, by threads that are real.
//!
//! In lockstep nothing happens between two calls, so that every step has one result. Whether what
//! the scenario shows survives that is tried on the model: a scenario whose calls give something
//! else there is none that an implementation could be asked.

use super::compare::{show_ending, show_expected};
use super::expect::{expect, rehearse};
use super::script::{Cast, Unsayable};
use crate::driver::{Ending, Expected, Program, Step};
use iocp_model::{Effect, Object, Profile, Semantics};
use iocp_scenarios::run::{Happening, Run};
use iocp_scenarios::{Program as Compiled, Scenario, Settings, Simulation, library, simulate};
use iocp_scheduler::policy::RoundRobin;
use std::fmt;

/// Steps of a run at most: longer ones say the same again.
const STEPS_MAX: usize = 300;

/// Why an implementation cannot be asked what a scenario shows.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NotObservable {
    /// It is about a version of Windows, or a departure, that the suite does not ask for.
    OtherSemantics {
        /// Which.
        semantics: String,
    },
    /// The protocol cannot say it.
    Unsayable {
        /// What.
        what: String,
    },
    /// Call by call, with nothing happening in between, it comes out otherwise.
    NotInLockstep {
        /// How.
        what: String,
        /// Whether a pipe stands in for a device of the scenario's own.
        device: bool,
    },
    /// No call is made.
    NoCalls,
}

impl fmt::Display for NotObservable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotObservable::OtherSemantics { semantics } => {
                write!(f, "it shows {semantics}, and the suite asks for Windows 10 and later")
            }
            NotObservable::Unsayable { what } => f.write_str(what),
            NotObservable::NotInLockstep { what, device: true } => {
                write!(f, "it needs a device of its own: with a pipe in its place {what}")
            }
            NotObservable::NotInLockstep { what, device: false } => {
                write!(f, "it needs things to happen at once: in lockstep {what}")
            }
            NotObservable::NoCalls => f.write_str("it makes no call"),
        }
    }
}

/// Every scenario of the library: a program, or why there is none.
pub fn scenarios() -> Vec<(&'static str, Result<Program, NotObservable>)> {
    let compile = |name| library::find(name).map(|scenario| (name, program_of(name, &scenario)));
    library::names().filter_map(compile).collect()
}

/// The program of a scenario.
///
/// # Errors
/// Why an implementation cannot be asked.
pub fn program_of(name: &str, scenario: &Scenario) -> Result<Program, NotObservable> {
    let Ok(compiled) = scenario.compile(&Settings::default()) else {
        return Err(NotObservable::NoCalls);
    };
    let semantics = compiled.semantics();
    let asked = [Profile::Win10, Profile::Win11].map(Semantics::from);
    if !asked.contains(&semantics) {
        let mut words = vec![semantics.profile.to_string()];
        words.extend(semantics.deviations().map(|deviation| deviation.to_string()));
        return Err(NotObservable::OtherSemantics { semantics: words.join(" with ") });
    }
    let options = Simulation { max_steps: STEPS_MAX, ..Simulation::default() };
    let run = simulate(&compiled, &mut RoundRobin::new(), options);
    let cast =
        cast(&compiled, &run).map_err(|Unsayable(what)| NotObservable::Unsayable { what })?;
    if cast.calls_of_run == 0 {
        return Err(NotObservable::NoCalls);
    }
    let (wanted, device) = (cast.wanted.clone(), cast.has_device());
    let program = cast.program(&format!("scenario-{name}"), compiled.title());
    in_lockstep(&program, &wanted, device)?;
    Ok(expect(program))
}

/// Puts the calls of the stage and of the run into the mouths of threads.
fn cast(compiled: &Compiled, run: &Run) -> Result<Cast, Unsayable> {
    let mut cast =
        Cast::new(compiled.thread_names().map(str::to_owned).collect(), compiled.processors());
    cast.set_stage(compiled)?;
    for (index, event) in run.events.iter().enumerate() {
        match &event.what {
            Happening::Call { id, thread, call } => {
                let result = run.events[index..].iter().find_map(|later| match &later.what {
                    Happening::Return { id: other, result, .. } if other == id => Some(result),
                    _ => None,
                });
                cast.call(*thread, *id, call, result)?;
            }
            Happening::Return { id, thread, result } => cast.returned(*thread, *id, result),
            Happening::Block { thread } => cast.block(*thread),
            Happening::Unblock { thread } => cast.unblock(*thread),
            Happening::Exit { thread } => cast.exit(*thread),
            Happening::Arrive { file, what } => {
                let handle = compiled.handle_of(Object::File(*file));
                cast.arrive(handle, *what)?;
            }
            Happening::Device { effect: Effect::Completed { file, status, information, .. } } => {
                let handle = compiled.handle_of(Object::File(*file));
                cast.completed(handle, *status, *information)?;
            }
            Happening::Waiting { .. } | Happening::Device { .. } => {}
        }
    }
    Ok(cast)
}

/// Whether the calls give in lockstep what they gave in the run.
fn in_lockstep(
    program: &Program,
    wanted: &[Option<Expected>],
    device: bool,
) -> Result<(), NotObservable> {
    let (conversation, _) = rehearse(program, Profile::Win11);
    let other = |what: String| Err(NotObservable::NotInLockstep { what, device });
    if let Some(fault) = &conversation.fault {
        return other(format!("the model says: {fault}"));
    }
    for talk in conversation.talks.values() {
        let Some(Step::Call(step)) = program.steps.get(talk.step) else { continue };
        let who = format!("{} {}", step.thread, step.op);
        let as_wanted = match (wanted.get(talk.step).and_then(Option::as_ref), &talk.ending) {
            (_, Ending::Unsupported(why)) => return other(format!("{who}: {why}")),
            (Some(wanted), Ending::Returned(res)) => wanted.matches(res),
            (Some(_), _) => false,
            (None, ending) => *ending != Ending::NotMade,
        };
        if !as_wanted {
            let number = talk.step + 1;
            let wanted = wanted.get(talk.step).and_then(Option::as_ref);
            return other(match wanted {
                Some(wanted) => {
                    let (wanted, found) = (show_expected(wanted), show_ending(&talk.ending));
                    format!("step {number}, {who}, gives {found} and not {wanted}")
                }
                None => format!("step {number}, {who}, cannot be made"),
            });
        }
    }
    Ok(())
}
