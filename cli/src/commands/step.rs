//! `iocp step`: a scenario stepped through by hand, in the terminal.

use iocp_scheduler::Schedule;
use iocp_viz::session::{Session, restored};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario::{ScenarioArguments, find};
use crate::stepping::{self, App};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  iocp step lifo-limit-over-release     Right and Left step, 1-9 let something happen, ? lists keys
  iocp step kq --set workers=3 --at 12  begin after 12 steps
  iocp step kq --plain                  sentences, one line at a time; also when not at a terminal";

/// Step through a scenario by hand: forward, back, and another way
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Begin with the run of this token
    #[arg(long, value_name = "TOKEN")]
    replay: Option<String>,
    /// Begin after so many steps
    #[arg(long, value_name = "N", default_value_t = 0)]
    at: usize,
    /// The first branch, everybody in turn, has at most so many steps
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_steps: usize,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let ScenarioArguments { scenario: name, settings } = &arguments.scenario;
    let (scenario, file) = find(name, terminal)?;
    let settings = settings.resolved(&scenario, terminal)?;
    let session = Session::new(scenario, settings, arguments.max_steps)
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    let typed = format!("{name}{}", arguments.scenario.settings.as_arguments());
    let mut app = App::new(session, typed);
    app.draft = file.map(std::path::PathBuf::from);
    match &arguments.replay {
        Some(token) => resume(&mut app, token, arguments.at)?,
        None => app.go(arguments.at),
    }
    stepping::step(&mut app, terminal)
}

/// The run of a token; what does not fit is said.
fn resume(app: &mut App, token: &str, at: usize) -> Result<(), Failure> {
    let schedule: Schedule =
        token.parse().map_err(|error| Failure::bad_input(format!("`{token}`: {error}")))?;
    let found = restored(&mut app.session, &schedule, at, None)
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    app.branch = found.branch;
    app.go(found.at);
    app.message = found.mismatches.join(" ");
    Ok(())
}
