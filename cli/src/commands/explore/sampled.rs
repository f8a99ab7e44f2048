//! `iocp explore --policy`: many random runs of what is too big to explore.

use iocp_scheduler::{Samples, Sampling, Series, sample};
use serde_json::{Value, json};

use super::{Arguments, threads};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::quantity::count;
use crate::scenario::{Loaded, ScenarioArguments};
use crate::terminal::{BOLD, DIM, GOOD, Terminal, WRONG};
use crate::watch::{Watch, grouped};

/// Most bugs need at most so many ordering constraints (Burckhardt et al., ASPLOS 2010).
const PCT_DEPTH: u32 = 3;

/// Options of random runs.
#[derive(clap::Args)]
pub(crate) struct SamplingArguments {
    /// Many random runs instead of every interleaving
    #[arg(long, value_name = "POLICY")]
    policy: Option<Policy>,
    /// How many runs
    #[arg(long, value_name = "N", value_parser = count, default_value = "1000", requires = "policy")]
    runs: u64,
    /// The seed of the first run
    #[arg(long, value_name = "N", default_value_t = 0, requires = "policy")]
    seed: u64,
    /// For pct: how many ordering constraints a bug may need [default: 3]
    #[arg(long, value_name = "D", requires = "policy")]
    depth: Option<u32>,
    /// Runs are cut after so many steps
    #[arg(long, value_name = "N", value_parser = count, default_value = "100K", requires = "policy")]
    max_steps: u64,
}

/// How random runs choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Policy {
    /// Every possible step with the same chance.
    Random,
    /// Random priorities, changed at few random steps.
    Pct,
}

impl SamplingArguments {
    /// Whether random runs are wanted.
    pub(super) fn is_asked(&self) -> bool {
        self.policy.is_some()
    }

    fn series(&self, threads: usize) -> Series {
        let sampling = match self.policy {
            Some(Policy::Pct) => Sampling::Pct { depth: self.depth.unwrap_or(PCT_DEPTH) },
            Some(Policy::Random) | None => Sampling::Random,
        };
        Series { sampling, runs: self.runs, seed: self.seed, max_steps: self.max_steps, threads }
    }
}

pub(super) fn run(
    arguments: &Arguments,
    loaded: &Loaded,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let sampling = &arguments.sampling;
    if sampling.policy == Some(Policy::Random) && sampling.depth.is_some() {
        return Err(Failure::bad_input("--depth is for --policy pct: leave out one of them"));
    }
    let series = arguments.sampling.series(threads(arguments));
    let mut watch = Watch::start(terminal, arguments.timeout, None);
    let samples = sample(&loaded.program, &series, &mut |runs| {
        watch.show(|| format!("{} of {} runs", grouped(runs), grouped(series.runs)));
        watch.go_on().is_ok()
    });
    drop(watch);
    let exit = exit(&samples, &series);
    if arguments.json {
        terminal.json(&object(arguments, loaded, &samples, exit));
    } else {
        print(arguments, loaded, &samples, terminal);
    }
    Ok(exit)
}

fn exit(samples: &Samples, series: &Series) -> Exit {
    if interrupt::asked() {
        Exit::Interrupted
    } else if !samples.violations.is_empty() {
        Exit::Violated
    } else if samples.runs == 0 {
        Exit::NothingChecked
    } else if samples.runs < series.runs || samples.cut > 0 {
        Exit::Inconclusive
    } else {
        Exit::Holds
    }
}

fn replay(arguments: &Arguments, schedule: &iocp_scheduler::Schedule) -> String {
    let ScenarioArguments { scenario, settings } = &arguments.scenario;
    format!("iocp replay {schedule} {scenario}{}", settings.as_arguments())
}

fn name(loaded: &Loaded, property: usize) -> &str {
    use iocp_scheduler::System;
    &loaded.program.properties()[property].name
}

fn object(arguments: &Arguments, loaded: &Loaded, samples: &Samples, exit: Exit) -> Value {
    let outcomes = samples.outcomes.iter().map(|((kind, name), (count, first))| {
        json!({ "name": name, "kind": kind.word(), "count": count, "seed": first.seed,
                "witness": first.schedule.to_string() })
    });
    let violations = samples.violations.iter().map(|(property, violation)| {
        json!({ "property": name(loaded, *property), "count": violation.count,
                "seed": violation.first.seed, "schedule": violation.shrunk.to_string(),
                "steps": violation.shrunk.choices().len(),
                "replay": replay(arguments, &violation.shrunk) })
    });
    json!({
        "version": 1,
        "command": "explore",
        "scenario": loaded.program.name(),
        "semantics": crate::choose::in_words(loaded.program.semantics()),
        "complete": false,
        "runs": samples.runs,
        "steps": samples.steps,
        "cut": samples.cut,
        "outcomes": outcomes.collect::<Vec<_>>(),
        "violations": violations.collect::<Vec<_>>(),
        "exit": exit as u8,
    })
}

fn print(arguments: &Arguments, loaded: &Loaded, samples: &Samples, terminal: &mut Terminal) {
    let program = &loaded.program;
    terminal.line(&format!("{BOLD}{}{BOLD:#}  {}", program.name(), program.title()));
    let Samples { runs, steps, cut, .. } = samples;
    let cut = if *cut > 0 { format!(", {cut} of them cut") } else { String::new() };
    terminal.line(&format!("{} runs{cut}, {} steps", grouped(*runs), grouped(*steps)));
    terminal.line(&format!("{DIM}random runs: what was not seen may still happen{DIM:#}\n"));
    terminal.line(&format!("{BOLD}how it ended{BOLD:#}"));
    for ((kind, name), (count, first)) in &samples.outcomes {
        let kind = kind.word();
        terminal.line(&format!("  {kind}  {name}  {DIM}({} runs){DIM:#}", grouped(*count)));
        terminal.line(&format!("      {DIM}{}{DIM:#}", first.schedule));
    }
    terminal.line("");
    for (property, violation) in &samples.violations {
        let name = name(loaded, *property);
        let count = grouped(violation.count);
        terminal.line(&format!("{WRONG}BROKEN{WRONG:#}  {name}  {DIM}({count} runs){DIM:#}"));
        terminal.line(&format!(
            "        in {} steps: {}",
            violation.shrunk.choices().len(),
            replay(arguments, &violation.shrunk)
        ));
    }
    if samples.violations.is_empty() {
        terminal.line(&format!("{GOOD}no run broke a property{GOOD:#}"));
    }
}
