//! `iocp view`: a picture of a scenario's run or of a trace, in the format that the name of the
//! file asks for.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use iocp_model::Semantics;
use iocp_oracle::check::{self, Options};
use iocp_oracle::trace::{Reader, Traced};
use iocp_scenarios::run::{Simulation, simulate};
use iocp_scenarios::{Run, replay};
use iocp_scheduler::Schedule;
use iocp_scheduler::policy::RoundRobin;
use iocp_viz::explorer::{Start, explorer};
use iocp_viz::{from_graph, from_trace, graph};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::picture::{self, Picture, drawn, picture, plain};
use crate::quantity::count;
use crate::save::save;
use crate::scenario::{Loaded, ScenarioArguments};
use crate::telling::Told;
use crate::terminal::Terminal;

/// Draw a run of a scenario, or a trace: .html, .svg, .mmd, .perfetto.json, .dot or .txt
///
/// The .html of a scenario is the explorer: one file with the model in it, that steps, branches
/// and needs neither network nor server. A trace (a file whose first line says `iocp-trace`) is
/// drawn as it was seen, with what `iocp check` says of it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp view lifo-limit-over-release -o explorer.html     open it in a browser
  iocp view run.trace.jsonl -o run.svg")]
pub(crate) struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The file; its suffix says what to draw
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Draw the run of this token
    #[arg(long, value_name = "TOKEN")]
    replay: Option<String>,
    /// Cut the run after so many steps
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_steps: usize,
    /// For .dot, the graph of all states: at most so many
    #[arg(long, value_name = "N", value_parser = count, default_value = "500")]
    max_states: u64,
}

/// Events of a trace that are drawn; a page with more would be no pleasure.
const TRACE_EVENTS_MAX: usize = 60_000;

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let picture = picture(&arguments.output)?;
    let drawn = if is_trace(Path::new(&arguments.scenario.scenario)) {
        of_trace(arguments, picture, terminal)?
    } else {
        let loaded = arguments.scenario.load(terminal)?;
        match picture {
            Picture::Dot => graph::dot(&from_graph::graph(&loaded.program, arguments.max_states)),
            _ => of_scenario(arguments, &loaded, picture)?,
        }
    };
    save(&arguments.output, drawn.as_bytes())?;
    terminal.remark(&format!("wrote {}", arguments.output.display()));
    Ok(Exit::Holds)
}

fn of_scenario(
    arguments: &Arguments,
    loaded: &Loaded,
    picture: Picture,
) -> Result<String, Failure> {
    let run = one_run(arguments, loaded)?;
    let told = Told { command: "view", arguments: &arguments.scenario, loaded, run: &run };
    let story = told.story();
    Ok(match picture {
        Picture::Html => {
            let token = arguments.replay.as_ref().map(|_| run.schedule.to_string());
            let start = start(&arguments.scenario, loaded, token);
            explorer(&Start { story: plain(&story), ..start })
        }
        _ => drawn(&story, picture),
    })
}

/// What the explorer begins with.
pub(super) fn start(
    arguments: &ScenarioArguments,
    loaded: &Loaded,
    token: Option<String>,
) -> Start {
    let chosen = arguments.settings.chooses_semantics().then(|| loaded.program.semantics());
    let variant = arguments.settings.variant();
    Start { token, ..picture::start(&loaded.scenario, &loaded.program, variant, chosen) }
}

/// Whether a file says in its first line that it is a trace.
fn is_trace(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut line = Vec::new();
    let read = std::io::Read::take(file, 4096);
    // What cannot be read is refused where it is read in earnest.
    let _ = BufReader::new(read).read_until(b'\n', &mut line);
    String::from_utf8_lossy(&line).contains("\"iocp-trace\"")
}

fn of_trace(
    arguments: &Arguments,
    picture: Picture,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let path = Path::new(&arguments.scenario.scenario);
    if picture == Picture::Dot {
        return Err(Failure::bad_input("a trace has no state graph to draw")
            .help("`iocp view SCENARIO -o FILE.dot` draws that of a scenario"));
    }
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::bad_input(format!("{}: {error}", input::name(path)))
    };
    let semantics = arguments.scenario.settings.semantics_on(Semantics::default())?;
    let options = Options { semantics, ..Options::default() };
    let report = check::check(BufReader::new(input::open(path)?), &options);
    let report = report.map_err(|error| wrong(&error))?;
    let mut reader = Reader::new(BufReader::new(input::open(path)?)).map_err(|e| wrong(&e))?;
    let mut events: Vec<Traced> = Vec::new();
    while let Some(event) = reader.next_event().map_err(|error| wrong(&error))? {
        if events.len() >= TRACE_EVENTS_MAX {
            terminal.warn(&format!("only the first {TRACE_EVENTS_MAX} events are drawn"));
            break;
        }
        events.push(event);
    }
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let story = from_trace::story(&name, &events, &report);
    Ok(drawn(&story, picture))
}

fn one_run(arguments: &Arguments, loaded: &Loaded) -> Result<Run, Failure> {
    let Some(token) = &arguments.replay else {
        let simulation = Simulation { max_steps: arguments.max_steps, ..Simulation::default() };
        return Ok(simulate(&loaded.program, &mut RoundRobin::new(), simulation));
    };
    let schedule: Schedule =
        token.parse().map_err(|error| Failure::bad_input(format!("`{token}`: {error}")))?;
    Ok(replay(&loaded.program, &schedule, arguments.max_steps).0)
}
