//! `iocp fuzz`: random programs for an implementation, and the shortest one that goes wrong.

mod tell;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use iocp_oracle::driver::{Implementation, Limits, ProcessDriver};
use iocp_oracle::harness::{
    Case, Config, Findings, Level, ModelDriver, Outcome, judge, regressions, search,
};
use iocp_oracle::threaded::ThreadedDriver;

use crate::choose::{self, SemanticsArguments};
use crate::driver::{Driver, DriverArguments, greet};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use crate::quantity::{count, duration, some_time};
use crate::report::OutputArguments;
use crate::shard::{self, PartArguments};
use crate::terminal::Terminal;

/// Drive an implementation through random programs, and shrink what goes wrong
///
/// Programs that reach rules and transitions of the model that none has reached are tried first.
/// The same seed makes the same programs; every case has a token that runs it again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp fuzz --driver threaded=fifo-release        a planted fault, found and made small
  iocp fuzz --driver ./my-driver --time 5m        your own, for five minutes
  iocp fuzz --driver ./my-driver --replay iocpf1:TOKEN
  iocp fuzz --driver model=block=keeps-slot       the model with a deviation as its fault")]
pub(crate) struct Arguments {
    #[command(flatten)]
    driver: DriverArguments,
    /// The same seed makes the same cases
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many cases to try (suffixes K, M, G) [default: 256, or no limit with --time]
    #[arg(long, value_name = "N", value_parser = count)]
    cases: Option<u64>,
    /// Stop after so long (30, 30s, 5m, 1h)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// How much of the model programs use: port, files or everything
    #[arg(long, value_name = "LEVEL", value_parser = level, default_value = "port")]
    level: Level,
    /// Threads that remove packets, at most
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u8).range(1..=6))]
    workers: u8,
    /// Ports, at most
    #[arg(long, value_name = "N", default_value_t = 2,
          value_parser = clap::value_parser!(u8).range(1..=3))]
    ports: u8,
    /// Moves of a case
    #[arg(long, value_name = "N", default_value_t = 30,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    moves: u16,
    /// Run one case again and judge it
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["cases", "time", "shard"])]
    replay: Option<Case>,
    /// Cases that failed before, tried first; new ones are added
    #[arg(long, value_name = "FILE")]
    regressions: Option<PathBuf>,
    /// How long a driver may take to settle (1, 5s)
    #[arg(long, value_name = "TIME", value_parser = some_time, default_value = "3s")]
    settle: Duration,
    /// Believe a driver that cannot see who waits once it has waited a while
    #[arg(long)]
    assume_settled: bool,
    #[command(flatten)]
    part: PartArguments,
    #[command(flatten)]
    semantics: SemanticsArguments,
    #[command(flatten)]
    output: OutputArguments,
}

fn level(text: &str) -> Result<Level, String> {
    let found = Level::ALL.into_iter().find(|level| level.name() == text);
    found.ok_or_else(|| "expected port, files or everything".to_owned())
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = config(arguments)?;
    interrupt::listen();
    match arguments.driver.parse()? {
        Driver::Threaded(seeded) => {
            drive(&mut ThreadedDriver::new(seeded), arguments, &config, terminal)
        }
        Driver::Model(semantics) => {
            drive(&mut ModelDriver::new(semantics), arguments, &config, terminal)
        }
        Driver::Process(start) => {
            drive(&mut ProcessDriver::new(start), arguments, &config, terminal)
        }
    }
}

fn config(arguments: &Arguments) -> Result<Config, Failure> {
    let all = if arguments.time.is_some() { u64::MAX } else { 256 };
    Ok(Config {
        semantics: arguments.semantics.on(Default::default())?,
        level: arguments.level,
        workers: arguments.workers,
        ports: arguments.ports,
        moves: usize::from(arguments.moves),
        cases: arguments.cases.unwrap_or(all),
        time: arguments.time,
        seed: arguments.seed,
        limits: Limits { settle: arguments.settle, ..Limits::default() },
        assume_settled: arguments.assume_settled,
        regressions: arguments.regressions.clone(),
        shard: arguments.part.shard.map(|shard| (shard.index, shard.count)),
        ..Config::default()
    })
}

fn drive(
    driver: &mut impl Implementation,
    arguments: &Arguments,
    config: &Config,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let hello = greet(driver)?;
    if let Some(case) = &arguments.replay {
        return replay(driver, case, arguments, config, terminal);
    }
    let before = match &config.regressions {
        Some(path) => regressions::read(path)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))?,
        None => Vec::new(),
    };
    let mut progress = Progress::new(terminal);
    let mut findings = search(driver, config, &before, &mut |at| {
        let iocp_oracle::harness::Progress { cases, rules, transitions } = at;
        progress.show(|| format!("{cases} cases  {rules} rules  {transitions} transitions"));
        !interrupt::asked()
    });
    drop(progress);
    findings.stopped |= interrupt::asked();
    if let (Some(path), Some(failure)) = (&config.regressions, &findings.failure) {
        let what = &failure.shrunk.violation.what;
        regressions::add(path, &failure.shrunk.case, what)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))?;
    }
    conclude(&findings, &hello.system, arguments, config, terminal)
}

fn conclude(
    findings: &Findings,
    system: &str,
    arguments: &Arguments,
    config: &Config,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let semantics = choose::in_words(config.semantics);
    let report = tell::report(findings, system, &semantics, &|case| again(arguments, case));
    let exit = if findings.stopped { Exit::Interrupted } else { report.exit() };
    if arguments.output.json {
        terminal.json(&tell::object(findings, system, &semantics, exit));
    } else {
        tell::print(findings, system, &semantics, &|case| again(arguments, case), terminal);
    }
    report.write(&arguments.output.report, terminal)?;
    if let (Some(shard), Some(path)) = (arguments.part.shard, &arguments.part.shard_file) {
        let Config { seed, cases, level, workers, ports, moves, .. } = config;
        let sizes = format!("{seed} {cases} {level} {workers} {ports} {moves}");
        let job =
            shard::job(&["fuzz", &arguments.driver.driver, &semantics, &sizes], [].into_iter());
        let rules = &findings.coverage.reached.rules;
        let rules: BTreeSet<String> = rules.iter().map(|rule| rule.id().to_owned()).collect();
        shard::save(path, shard, job, &report, !findings.stopped, rules)?;
    }
    Ok(exit)
}

/// The line that runs a case again.
fn again(arguments: &Arguments, case: &Case) -> String {
    let driver = &arguments.driver.driver;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:".contains(c);
    let driver = match driver.chars().all(plain) {
        true => driver.clone(),
        false => format!("'{}'", driver.replace('\'', "'\\''")),
    };
    let assume = if arguments.assume_settled { " --assume-settled" } else { "" };
    let semantics = arguments.semantics.as_arguments();
    format!("iocp fuzz --driver {driver} --replay {case}{semantics}{assume}")
}

fn replay(
    driver: &mut impl Implementation,
    case: &Case,
    arguments: &Arguments,
    config: &Config,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let outcome = judge(driver, case, config);
    let exit = match &outcome {
        Outcome::Holds => Exit::Holds,
        Outcome::Violated(_) => Exit::Violated,
        Outcome::Unclear { .. } => Exit::Inconclusive,
        Outcome::Unsupported { .. } => Exit::NothingChecked,
    };
    let semantics = choose::in_words(config.semantics);
    let system = driver.hello().system;
    let again = again(arguments, case);
    if arguments.output.json {
        terminal.json(&tell::replayed(&outcome, case, &system, exit));
    } else {
        tell::print_replayed(&outcome, case, config, &system, terminal);
    }
    let report = tell::report_of_one(&outcome, &system, &semantics, &again);
    report.write(&arguments.output.report, terminal)?;
    Ok(exit)
}
