//! `iocp view`: a picture of a scenario's run, in the format that the name of the file asks for.

use std::path::{Path, PathBuf};

use iocp_scenarios::run::{Simulation, simulate};
use iocp_scenarios::{Run, replay};
use iocp_scheduler::Schedule;
use iocp_scheduler::policy::RoundRobin;
use iocp_viz::text::{TextOptions, text};
use iocp_viz::{from_graph, graph, html, mermaid, perfetto, svg};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::quantity::count;
use crate::save::save;
use crate::scenario::{Loaded, ScenarioArguments};
use crate::telling::Told;
use crate::terminal::Terminal;

/// Draw a run of a scenario: .html, .svg, .mmd, .perfetto.json, .dot or .txt
#[derive(clap::Args)]
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

/// What can be drawn, by suffix; a longer suffix first.
const SUFFIXES: [(&str, Picture); 6] = [
    (".perfetto.json", Picture::Perfetto),
    (".html", Picture::Html),
    (".svg", Picture::Svg),
    (".mmd", Picture::Mermaid),
    (".dot", Picture::Dot),
    (".txt", Picture::Text),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Picture {
    Html,
    Svg,
    Mermaid,
    Perfetto,
    Dot,
    Text,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let picture = picture(&arguments.output)?;
    let loaded = arguments.scenario.load(terminal)?;
    let drawn = if picture == Picture::Dot {
        graph::dot(&from_graph::graph(&loaded.program, arguments.max_states))
    } else {
        drawn(arguments, &loaded, picture)?
    };
    save(&arguments.output, drawn.as_bytes())?;
    terminal.remark(&format!("wrote {}", arguments.output.display()));
    Ok(Exit::Holds)
}

fn picture(output: &Path) -> Result<Picture, Failure> {
    let name = output.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let found = SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix));
    found.map(|(_, picture)| *picture).ok_or_else(|| {
        let suffixes: Vec<&str> = SUFFIXES.iter().map(|(suffix, _)| *suffix).collect();
        Failure::bad_input(format!("`{}` does not say what to draw", output.display()))
            .help(format!("end its name with one of {}", suffixes.join(", ")))
    })
}

fn drawn(arguments: &Arguments, loaded: &Loaded, picture: Picture) -> Result<String, Failure> {
    let run = one_run(arguments, loaded)?;
    let told = Told { command: "view", arguments: &arguments.scenario, loaded, run: &run };
    let story = told.story();
    Ok(match picture {
        Picture::Html => html::html(&story),
        Picture::Svg => svg::svg(&story),
        Picture::Mermaid => mermaid::mermaid(&story),
        Picture::Perfetto => perfetto::perfetto(&story),
        Picture::Text | Picture::Dot => {
            let options = TextOptions { columns: 100, plain: false, detail: true };
            anstream::adapter::strip_str(&text(&story, options)).to_string()
        }
    })
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
