//! `iocp replay`: the run that a token stands for.

use iocp_scenarios::{library, replay};
use iocp_scheduler::{Schedule, System};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::OutputArguments;
use crate::scenario::{Loaded, ScenarioArguments, SettingArguments};
use crate::telling::{self, Told};
use crate::terminal::Terminal;

/// Replay a schedule: a token that run, explore or a report printed
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp replay iocp1:... lifo-limit-over-release
  iocp replay iocp1:... mine.scenario.json --json")]
pub(crate) struct Arguments {
    /// The token: iocp1:...
    token: String,
    /// Its scenario; without it, the library scenario that the token was made for
    scenario: Option<String>,
    #[command(flatten)]
    settings: SettingArguments,
    /// Cut the run after so many steps
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_steps: usize,
    /// The bookkeeping of the kernel too
    #[arg(long)]
    detail: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let schedule: Schedule = arguments
        .token
        .parse()
        .map_err(|error| Failure::bad_input(format!("`{}`: {error}", arguments.token)))?;
    let scenario = match &arguments.scenario {
        Some(name) => name.clone(),
        None => made_for(&schedule, &arguments.settings, terminal)?,
    };
    let scenario = ScenarioArguments { scenario, settings: arguments.settings.clone() };
    let loaded: Loaded = scenario.load(terminal)?;
    let (run, stopped) = replay(&loaded.program, &schedule, arguments.max_steps);
    if !schedule.was_made_for(loaded.program.identity()) {
        terminal.warn("the token was made for another scenario, other settings or other rules");
    }
    if let Some(step) = stopped {
        terminal.warn(&format!(
            "the schedule stops fitting at step {}; from there on the run goes on by turns",
            step + 1
        ));
    }
    let told = Told { command: "replay", arguments: &scenario, loaded: &loaded, run: &run };
    if arguments.output.json {
        let mut object = telling::object(&told);
        object["stopped_fitting"] = stopped.map(|step| step + 1).into();
        terminal.json(&object);
    } else {
        telling::print(&told, arguments.detail, terminal);
    }
    telling::report(&told).write(&arguments.output.report, terminal)?;
    Ok(telling::exit(&run))
}

/// The library scenario, as it stands with these settings, that the token hints at.
fn made_for(
    schedule: &Schedule,
    settings: &SettingArguments,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let fits = |name: &&str| {
        let Some(scenario) = library::find(name) else { return false };
        let program = settings.compile(&scenario, terminal);
        program.is_ok_and(|program| schedule.was_made_for(program.identity()))
    };
    library::names().find(fits).map(str::to_owned).ok_or_else(|| {
        Failure::bad_input("no scenario of the library fits this token")
            .help("name its scenario and its settings: iocp replay TOKEN SCENARIO --set ...")
    })
}
