//! `iocp list`: the scenario library.

use iocp_scenarios::library;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{BOLD, DIM, RULE, Terminal, wrap};

/// List the scenarios that come with the tool
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only scenarios that hold this text in their name, title, group, rules or facts
    text: Option<String>,
    /// Print an array of objects
    #[arg(long)]
    json: bool,
}

/// A scenario as `--json` prints it.
#[derive(Serialize)]
struct ScenarioObject {
    name: &'static str,
    title: String,
    group: &'static str,
    rules: Vec<String>,
    facts: Vec<String>,
    misconceptions: Vec<String>,
    variants: Vec<String>,
}

impl ScenarioObject {
    fn of(entry: &library::Entry) -> Option<ScenarioObject> {
        let scenario = library::find(entry.name)?;
        let owned = |text: &str| text.to_owned();
        Some(ScenarioObject {
            name: entry.name,
            title: scenario.title().to_owned(),
            group: entry.group,
            rules: scenario.rules().map(owned).collect(),
            facts: scenario.facts().map(owned).collect(),
            misconceptions: scenario.misconceptions().map(owned).collect(),
            variants: scenario.variants().into_iter().map(|variant| variant.name).collect(),
        })
    }

    fn holds(&self, text: &str) -> bool {
        let lists = [&self.rules, &self.facts, &self.misconceptions].into_iter().flatten();
        let texts = [self.name, &self.title, self.group].into_iter();
        texts.chain(lists.map(String::as_str)).any(|other| other.to_lowercase().contains(text))
    }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let text = arguments.text.as_deref().unwrap_or_default().to_lowercase();
    let mut scenarios: Vec<ScenarioObject> = library::entries()
        .iter()
        .filter_map(ScenarioObject::of)
        .filter(|scenario| scenario.holds(&text))
        .collect();
    scenarios.sort_by_key(|scenario| (scenario.group, scenario.name));
    if arguments.json {
        terminal.json(&scenarios);
        return Ok(Exit::Holds);
    }
    if scenarios.is_empty() {
        return Err(Failure::bad_input(format!("no scenario speaks of `{text}`"))
            .did_you_mean(&text, library::names()));
    }
    print(&scenarios, terminal);
    Ok(Exit::Holds)
}

fn print(scenarios: &[ScenarioObject], terminal: &mut Terminal) {
    let widest = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0).min(34);
    let room = terminal.columns.saturating_sub(widest + 4).max(24);
    let mut group = "";
    for scenario in scenarios {
        if scenario.group != group {
            group = scenario.group;
            terminal.line(&format!("{BOLD}{group}{BOLD:#}"));
        }
        for (row, line) in wrap(&scenario.title, room).iter().enumerate() {
            let name = if row == 0 { scenario.name } else { "" };
            terminal.line(&format!("  {RULE}{name:<widest$}{RULE:#}  {line}"));
        }
        if !scenario.variants.is_empty() {
            let variants = scenario.variants.join(", ");
            terminal.line(&format!("  {:<widest$}  {DIM}variants: {variants}{DIM:#}", ""));
        }
    }
    let noun = if scenarios.len() == 1 { "scenario" } else { "scenarios" };
    terminal.line(&format!("{DIM}{} {noun}{DIM:#}", scenarios.len()));
}
