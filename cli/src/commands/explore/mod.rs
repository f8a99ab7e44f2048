//! `iocp explore`: every interleaving of a scenario, or many random ones.

mod human;
mod object;
mod sampled;

use std::path::PathBuf;
use std::time::Duration;

use iocp_scenarios::Run;
use iocp_scheduler::explore::{self, Exploration, Limit, Options, Verdict};
use iocp_scheduler::{Reductions, Schedule};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::quantity::{bytes, count, duration};
use crate::report::{Case, Outcome, Report, Suite, Target};
use crate::save;
use crate::scenario::{Loaded, ScenarioArguments};
use crate::terminal::Terminal;
use crate::watch::{Checkpoints, Watch};

/// Explore every interleaving of a scenario: outcomes, properties, shortest violations
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp explore lifo-limit-over-release
  iocp explore kq --set workers=3 --set packets=4 --timeout 5m
  iocp explore kq --set workers=6 --checkpoint kq.checkpoint
  iocp explore kq --set workers=6 --resume kq.checkpoint
  iocp explore kq --set workers=9 --policy pct --depth 3 --runs 1000")]
pub(crate) struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Worker threads; the result is the same for any number [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Without any reduction: every state and every transition
    #[arg(long, conflicts_with = "policy")]
    no_reduction: bool,
    /// Without taking equal threads for one another
    #[arg(long, conflicts_with = "policy")]
    no_symmetry: bool,
    /// Without leaving out orders of independent steps
    #[arg(long, conflicts_with = "policy")]
    no_partial_order: bool,
    /// Without passing over states after steps that nobody can observe
    #[arg(long, conflicts_with = "policy")]
    no_fusing: bool,
    /// Stop at about so many states (suffixes K, M, G)
    #[arg(long, value_name = "N", value_parser = count, conflicts_with = "policy")]
    max_states: Option<u64>,
    /// Stop at this level; the first state is level 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with = "policy")]
    max_depth: Option<u32>,
    /// Stop when the search holds about so much (suffixes K, M, G)
    #[arg(long, value_name = "BYTES", value_parser = bytes, default_value = "4G", conflicts_with = "policy")]
    max_memory: u64,
    /// Stop after so long (30, 30s, 5m, 1h)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// Stop at the first violation
    #[arg(long, conflicts_with = "policy")]
    stop_at_violation: bool,
    /// Say which rules the scenario reaches
    #[arg(long, conflicts_with = "policy")]
    coverage: bool,
    /// Look for threads that can be passed over for ever, in graphs of at most so many states
    #[arg(long, value_name = "STATES", value_parser = count, default_value = "20K", conflicts_with = "policy")]
    starvation: u64,
    /// Save the search to this file now and then, to go on from there later
    #[arg(long, value_name = "FILE", conflicts_with = "policy")]
    checkpoint: Option<PathBuf>,
    /// How often to save it
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s",
        requires = "checkpoint")]
    checkpoint_every: Duration,
    /// Go on from a saved search
    #[arg(long, value_name = "FILE", conflicts_with = "policy")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    sampling: sampled::SamplingArguments,
    /// Print an object
    #[arg(long)]
    json: bool,
    /// Also write a report: junit=FILE, sarif=FILE, json=FILE, html=FILE or github; may
    /// be repeated
    #[arg(long, value_name = "FORMAT", conflicts_with = "policy")]
    report: Vec<Target>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let loaded = arguments.scenario.load(terminal)?;
    if arguments.sampling.is_asked() {
        return sampled::run(arguments, &loaded, terminal);
    }
    if let Some(path) = &arguments.checkpoint {
        save::can_be_written(path)?;
    }
    let every = arguments.checkpoint_every;
    let checkpoints = arguments.checkpoint.clone().map(|path| Checkpoints { path, every });
    let mut watch = Watch::start(terminal, arguments.timeout, checkpoints);
    let options = options(arguments);
    let exploration = match &arguments.resume {
        None => explore::explore(&loaded.program, &options, &mut watch),
        Some(path) => {
            let mut file = input::open(path)?;
            explore::resume(&loaded.program, &options, &mut watch, &mut file).map_err(|error| {
                Failure::bad_input(format!("cannot go on from {}: {error}", path.display()))
            })?
        }
    };
    let elapsed = watch.elapsed();
    let failed = watch.failed.take();
    drop(watch);
    let found = Found { arguments, loaded: &loaded, exploration: &exploration };
    if arguments.json {
        terminal.json(&object::object(&found, elapsed));
    } else {
        human::print(&found, elapsed, terminal);
    }
    report(&found).write(&arguments.report, terminal)?;
    if let (Some(error), Some(path)) = (failed, &arguments.checkpoint) {
        let path = path.display();
        return Err(Failure::bad_input(format!("the checkpoint {path} was not written: {error}")));
    }
    Ok(exit(&exploration))
}

/// What was asked, of what, and what came of it.
struct Found<'a> {
    arguments: &'a Arguments,
    loaded: &'a Loaded,
    exploration: &'a Exploration,
}

impl Found<'_> {
    /// The run of a schedule.
    fn run(&self, schedule: &Schedule) -> Run {
        iocp_scenarios::replay(&self.loaded.program, schedule, schedule.choices().len()).0
    }

    /// The steps of a schedule, in sentences.
    fn steps(&self, schedule: &Schedule) -> Vec<String> {
        self.run(schedule).steps.into_iter().map(|step| step.action).collect()
    }

    /// The command line that replays a schedule.
    fn replay(&self, schedule: &Schedule) -> String {
        let ScenarioArguments { scenario, settings } = &self.arguments.scenario;
        format!("iocp replay {schedule} {scenario}{}", settings.as_arguments())
    }
}

fn options(arguments: &Arguments) -> Options {
    let wanted = !arguments.no_reduction;
    Options {
        reductions: Reductions {
            symmetry: wanted && !arguments.no_symmetry,
            partial_order: wanted && !arguments.no_partial_order,
            fusing: wanted && !arguments.no_fusing,
        },
        threads: threads(arguments),
        max_states: arguments.max_states,
        max_depth: arguments.max_depth,
        max_memory: Some(usize::try_from(arguments.max_memory).unwrap_or(usize::MAX)),
        stop_at_violation: arguments.stop_at_violation,
        coverage: arguments.coverage,
        starvation: (arguments.starvation > 0).then_some(arguments.starvation),
        ..Options::default()
    }
}

fn threads(arguments: &Arguments) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    arguments.threads.map_or_else(all, usize::from)
}

fn exit(exploration: &Exploration) -> Exit {
    match exploration.limit {
        Some(Limit::Interrupted) => Exit::Interrupted,
        _ if exploration.is_violated() => Exit::Violated,
        Some(_) => Exit::Inconclusive,
        None => Exit::Holds,
    }
}

/// A case a property.
fn report(found: &Found<'_>) -> Report {
    let exploration = found.exploration;
    let cases = exploration.properties.iter().map(|property| {
        let outcome = match property.verdict {
            Verdict::Broken => Outcome::Failed,
            Verdict::Holds if exploration.complete => Outcome::Passed,
            Verdict::Holds | Verdict::Unknown => Outcome::Inconclusive,
        };
        let replay = property.violation.as_ref().map(|violation| found.replay(&violation.shrunk));
        let message = match outcome {
            Outcome::Passed => String::new(),
            Outcome::Failed => format!("{} does not hold", property.name),
            Outcome::Inconclusive => human::why_incomplete(exploration),
        };
        Case {
            name: property.name.clone(),
            outcome,
            message,
            detail: replay.clone().unwrap_or_default(),
            line: None,
            rule: None,
            replay,
            steps: Vec::new(),
            assumptions: Vec::new(),
        }
    });
    let suite = Suite {
        name: found.loaded.program.name().to_owned(),
        file: found.loaded.file.clone(),
        cases: cases.collect(),
    };
    let semantics = crate::choose::in_words(found.loaded.program.semantics());
    Report { command: "explore", semantics, suites: vec![suite] }
}
