//! A scenario explored by hand: branches of steps, any step looked at, any branch gone on with.
//!
//! ```text
//! branch   one line of steps, and the states along it
//! micro    the port between two effects of one step
//! changes  what a step changed
//! predict  a question about a step, and its answer
//! compare  where two branches part
//! copied   a branch as a Rust test
//! copied_c a branch as a C program
//! taught   lessons: their questions and exercises
//! object   a JSON object, field by field
//! listed   rows of the log, spans of the chart
//! show     all of that as JSON
//! wire     requests and answers as JSON text: what a page or a terminal talks
//! ```
//!
//! Every state comes from the model. This module keeps the order of things, and finds words.

mod branch;
mod changes;
mod compare;
mod copied;
mod copied_c;
mod link;
mod listed;
mod micro;
mod object;
mod predict;
mod show;
mod taught;
pub mod wire;

use std::sync::Arc;

use iocp_model::Semantics;
use iocp_scenarios::run::{Simulation, simulate};
use iocp_scenarios::{Invalid, Problems, Program, Scenario, Settings, library};
use iocp_scheduler::policy::{Policy, RandomWalk, RoundRobin};
use iocp_scheduler::{Choice, Schedule};

pub use branch::{Branch, Doing, Parted};
pub use changes::{Change, changes};
pub use compare::{Difference, first_difference};
pub use copied::rust_test;
pub use copied_c::c_program;
pub use link::{Restored, restored};
pub use micro::micro_ports;
pub use predict::{Question, question};

/// What a scenario without a name is called.
const UNNAMED: &str = "scenario";
/// Branches of one session.
pub const BRANCHES_MAX: usize = 24;
/// Steps of one branch.
pub const STEPS_MAX: usize = 60_000;

/// A scenario with its settings and the branches explored so far. The first branch is the run
/// that `iocp run` prints.
pub struct Session {
    /// The scenario.
    pub scenario: Scenario,
    /// What was asked for besides.
    pub settings: Settings,
    /// The branches; at least one.
    pub branches: Vec<Branch>,
}

/// Why something could not be done.
#[derive(Debug)]
pub enum SessionError {
    /// No scenario has this name.
    NoScenario(String),
    /// The text is no scenario.
    Problems(Problems),
    /// A setting does not fit, in a sentence.
    Setting(String),
    /// There is no such branch or step.
    NoPlace,
    /// The choice is not possible there.
    NotPossible,
    /// There are as many branches as are kept.
    TooManyBranches,
    /// The branch is as long as branches get.
    TooLong,
}

impl std::fmt::Display for SessionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SessionError::NoScenario(name) => write!(f, "there is no scenario `{name}`"),
            SessionError::Problems(problems) => problems.fmt(f),
            SessionError::Setting(sentence) => f.write_str(sentence),
            SessionError::NoPlace => f.write_str("there is no such branch or step"),
            SessionError::NotPossible => f.write_str("that is not possible at this step"),
            SessionError::TooManyBranches => {
                write!(f, "there are {BRANCHES_MAX} branches; close one first")
            }
            SessionError::TooLong => write!(f, "a branch has at most {STEPS_MAX} steps"),
        }
    }
}

impl std::error::Error for SessionError {}

impl From<Invalid> for SessionError {
    fn from(invalid: Invalid) -> SessionError {
        match invalid {
            Invalid::Setting(error) => SessionError::Setting(error.to_string()),
            Invalid::Scenario(problems) => SessionError::Problems(problems),
        }
    }
}

/// Where the text of a scenario comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The library, by name.
    Library(&'a str),
    /// Somebody wrote it; or it is of the library, and comes with its name there.
    Text(Option<&'a str>, &'a str),
}

impl Source<'_> {
    /// Reads the scenario.
    ///
    /// # Errors
    /// If there is none of that name, or the text is none.
    pub fn read(self) -> Result<Scenario, SessionError> {
        match self {
            Source::Library(name) => {
                library::find(name).ok_or_else(|| SessionError::NoScenario(name.to_owned()))
            }
            Source::Text(name, text) => {
                Scenario::parse(name.unwrap_or(UNNAMED), text).map_err(SessionError::Problems)
            }
        }
    }
}

impl Session {
    /// A session with one branch: everybody in turn, at most `steps` steps.
    ///
    /// # Errors
    /// If the scenario does not compile with these settings.
    pub fn new(
        scenario: Scenario,
        settings: Settings,
        steps: usize,
    ) -> Result<Session, SessionError> {
        let program = Arc::new(scenario.compile(&settings)?);
        let simulation = Simulation { max_steps: steps.min(STEPS_MAX), ..Simulation::default() };
        let mut branch = Branch::new("run", Arc::clone(&program));
        if steps > 0 {
            let run = simulate(&program, &mut RoundRobin::new(), simulation);
            branch.follow(run.schedule.choices());
        }
        Ok(Session { scenario, settings, branches: vec![branch] })
    }

    /// A branch by number.
    ///
    /// # Errors
    /// If there is none.
    pub fn branch(&mut self, branch: usize) -> Result<&mut Branch, SessionError> {
        self.branches.get_mut(branch).ok_or(SessionError::NoPlace)
    }

    /// Takes a choice after `at` steps of a branch. At its end the branch grows; before, the step
    /// that is there already is gone to, or a new branch begins and the old one stays.
    ///
    /// # Errors
    /// If there is no such place, the choice is not possible, or there is no room.
    pub fn step(
        &mut self,
        branch: usize,
        at: usize,
        choice: Choice,
    ) -> Result<(usize, usize), SessionError> {
        let old = self.branches.get_mut(branch).ok_or(SessionError::NoPlace)?;
        if at > old.len() {
            return Err(SessionError::NoPlace);
        }
        if old.step(at).is_some_and(|next| next.step.choice == choice) {
            return Ok((branch, at + 1));
        }
        if at == old.len() {
            if old.len() >= STEPS_MAX {
                return Err(SessionError::TooLong);
            }
            return old.push(choice).then_some((branch, at + 1)).ok_or(SessionError::NotPossible);
        }
        if !old.stepper(at).choices().contains(&choice) {
            return Err(SessionError::NotPossible);
        }
        let name = format!("{} at {at}", self.branches.len() + 1);
        let mut new = self.branches[branch].parted_at(&name, branch, at);
        new.push(choice);
        self.add(new).map(|number| (number, at + 1))
    }

    /// Goes on from the end of a branch, everybody in turn, or by chance with a seed.
    ///
    /// # Errors
    /// If there is no such branch.
    pub fn run_on(
        &mut self,
        branch: usize,
        steps: usize,
        seed: Option<u64>,
    ) -> Result<usize, SessionError> {
        let branch = self.branch(branch)?;
        let mut turns: Box<dyn Policy> = match seed {
            Some(seed) => Box::new(RandomWalk::new(seed)),
            None => Box::new(RoundRobin::new()),
        };
        let room = steps.min(STEPS_MAX.saturating_sub(branch.len()));
        for step in 0..room {
            let choices = branch.stepper(branch.len()).choices();
            if choices.is_empty() {
                break;
            }
            let Some(choice) = turns.choose(step as u64, &choices) else { break };
            branch.push(choice);
        }
        Ok(branch.len())
    }

    /// The same choices under other semantics, as far as they are possible there, then everybody
    /// in turn up to the length of the original. The new branch, and where it left the original.
    ///
    /// # Errors
    /// If the scenario does not compile so, or there is no room.
    pub fn under(
        &mut self,
        branch: usize,
        semantics: Semantics,
    ) -> Result<(usize, usize), SessionError> {
        let old = self.branches.get(branch).ok_or(SessionError::NoPlace)?;
        let settings = Settings { semantics: Some(semantics), ..self.settings.clone() };
        let program: Arc<Program> = Arc::new(self.scenario.compile(&settings)?);
        let mut new = Branch::new(&in_words(semantics), program);
        let fitting = new.follow(&old.choices());
        let wanted = old.len();
        let number = self.add(new)?;
        if fitting < wanted {
            self.run_on(number, wanted - fitting, None)?;
        }
        Ok((number, fitting))
    }

    /// Adds a branch.
    ///
    /// # Errors
    /// If there is no room.
    pub fn add(&mut self, branch: Branch) -> Result<usize, SessionError> {
        if self.branches.len() >= BRANCHES_MAX {
            return Err(SessionError::TooManyBranches);
        }
        self.branches.push(branch);
        Ok(self.branches.len() - 1)
    }

    /// The schedule of a branch.
    ///
    /// # Errors
    /// If there is none.
    pub fn schedule(&mut self, branch: usize) -> Result<Schedule, SessionError> {
        Ok(self.branch(branch)?.schedule())
    }
}

/// A semantics in words: `win11`, or `win11 with wake-order=fifo`.
pub fn in_words(semantics: Semantics) -> String {
    let departures: Vec<String> = semantics.deviations().map(|d| d.to_string()).collect();
    match departures.as_slice() {
        _ if semantics == Semantics::wine_8_0() => "wine-8.0".to_owned(),
        [] => semantics.profile.to_string(),
        some => format!("{} with {}", semantics.profile, some.join(" and ")),
    }
}
