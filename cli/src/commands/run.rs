//! `iocp run`: one run of a scenario in virtual time, step by step.

use std::path::PathBuf;

use iocp_oracle::trace::{Writer, of_run};
use iocp_scenarios::Program;
use iocp_scenarios::run::{Run, Simulation, simulate};
use iocp_scheduler::System;
use iocp_scheduler::policy::{Pct, Policy, RandomWalk, RoundRobin};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{OutputArguments, Report};
use crate::save::save;
use crate::scenario::ScenarioArguments;
use crate::telling::{self, Told};
use crate::terminal::Terminal;

/// Run a scenario: each step with its rule, and the threads over time
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp run lifo-limit-over-release
  iocp run mine.scenario.json --profile win7 --set workers=3
  iocp run lifo-limit-over-release --policy random --seed 7 --trace run.trace.jsonl")]
pub(crate) struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Who gets a processor next
    #[arg(long, value_name = "POLICY", default_value = "round-robin")]
    policy: PolicyName,
    /// The seed of random and pct [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// For pct: how many ordering constraints a bug may need [default: 3]
    #[arg(long, value_name = "D")]
    depth: Option<u32>,
    /// Cut the run after so many steps
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_steps: usize,
    /// The bookkeeping of the kernel too
    #[arg(long)]
    detail: bool,
    /// Also write what an observer outside could have logged, as a trace for `iocp check`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
}

/// Who gets a processor next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum PolicyName {
    /// Everybody in turn.
    RoundRobin,
    /// Every ready thread with the same chance.
    Random,
    /// Random priorities, changed at few random steps.
    Pct,
}

/// The policy that was asked for; a switch that it cannot heed is an error.
fn policy(arguments: &Arguments, actors: u16) -> Result<Box<dyn Policy>, Failure> {
    let Arguments { policy, seed, depth, .. } = *arguments;
    let refused = |switch, policies| {
        Err(Failure::bad_input(format!("{switch} is for {policies}: say which, or leave it out")))
    };
    if seed.is_some() && policy == PolicyName::RoundRobin {
        return refused("--seed", "--policy random and --policy pct");
    }
    if depth.is_some() && policy != PolicyName::Pct {
        return refused("--depth", "--policy pct");
    }
    let (seed, depth) = (seed.unwrap_or(0), depth.unwrap_or(3));
    Ok(match policy {
        PolicyName::RoundRobin => Box::new(RoundRobin::new()),
        PolicyName::Random => Box::new(RandomWalk::new(seed)),
        PolicyName::Pct => {
            let steps = arguments.max_steps.min(1000) as u64;
            Box::new(Pct::new(actors, depth, steps, seed))
        }
    })
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let loaded = arguments.scenario.load(terminal)?;
    let simulation = Simulation { max_steps: arguments.max_steps, ..Simulation::default() };
    let mut policy = policy(arguments, loaded.program.actors())?;
    let run: Run = simulate(&loaded.program, policy.as_mut(), simulation);
    if let Some(path) = &arguments.trace {
        save(path, &trace(&loaded.program, &run)?)?;
    }
    let told = Told { command: "run", arguments: &arguments.scenario, loaded: &loaded, run: &run };
    if arguments.output.json {
        terminal.json(&telling::object(&told));
    } else {
        telling::print(&told, arguments.detail, terminal);
    }
    let report: Report = telling::report(&told);
    report.write(&arguments.output.report, terminal)?;
    Ok(telling::exit(&run))
}

/// The run as a trace file.
fn trace(program: &Program, run: &Run) -> Result<Vec<u8>, Failure> {
    let (meta, events) = of_run(program, run);
    let written = Writer::new(Vec::new(), &meta).and_then(|mut writer| {
        for (tick, event) in &events {
            writer.event_at(event, Some(*tick))?;
        }
        writer.finish()
    });
    written.map_err(|error| Failure::bad_input(format!("the run cannot be written: {error}")))
}
