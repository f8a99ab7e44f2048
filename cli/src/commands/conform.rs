//! `iocp conform`: drives an implementation through the conformance suite.

mod matrix;

use std::collections::BTreeSet;

use iocp_oracle::driver::{Conductor, Implementation, Limits, ProcessDriver, Program};
use iocp_oracle::harness::ModelDriver;
use iocp_oracle::suite::{self, NotAsked, Observation, Reference, Standing, SuiteResult};
use iocp_oracle::threaded::ThreadedDriver;
use serde_json::json;

use crate::choose::{self, SemanticsArguments};
use crate::driver::{Driver, DriverArguments, greet};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use crate::report::{Case, Outcome, OutputArguments, Report, Suite};
use crate::shard::{self, PartArguments};
use crate::terminal::{BOLD, DIM, GOOD, Terminal, WRONG, wrap};

/// Drive an implementation through the conformance suite
///
/// A driver is a program that speaks the driver protocol: JSON lines on its standard streams.
/// It is started as it stands, without a shell.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp conform --driver threaded
  iocp conform --driver \"./my-driver --verbose\" --report junit=results.xml
  iocp conform --driver win32=iocp-driver-win32.exe --profile wine-8.0     under Wine")]
pub(crate) struct Arguments {
    #[command(flatten)]
    driver: DriverArguments,
    #[command(flatten)]
    part: PartArguments,
    /// Only programs with this in their name
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    #[command(flatten)]
    semantics: SemanticsArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let reference = reference(arguments)?;
    let (programs, not_observable) = programs(arguments)?;
    let all = programs.clone();
    let names = || programs.iter().map(|program| program.name.as_str());
    let job = shard::job(&[&arguments.driver.driver, reference_name(reference)], names());
    let programs: Vec<Program> = match arguments.part.shard {
        None => programs,
        Some(shard) => shard.part(programs, |program| &program.name),
    };
    interrupt::listen();
    let mut result = match arguments.driver.parse()? {
        Driver::Threaded(seeded) => {
            conduct(&mut ThreadedDriver::new(seeded), &programs, reference, terminal)?
        }
        Driver::Model(semantics) => {
            conduct(&mut ModelDriver::new(semantics), &programs, reference, terminal)?
        }
        Driver::Process(start) => {
            conduct(&mut ProcessDriver::new(start), &programs, reference, terminal)?
        }
    };
    result.not_observable = not_observable;
    let report = report(&result, reference);
    // A part of the suite says nothing of the rules that the other parts are about.
    let whole = arguments.only.is_none() && arguments.part.shard.is_none();
    let rules = if whole { suite::by_rule(&result, &all) } else { Vec::new() };
    if arguments.output.json {
        let mut object = serde_json::to_value(&result).expect("plain data is JSON");
        object["rules"] = serde_json::to_value(&rules).expect("plain data is JSON");
        object["exit"] = json!(exit(&report, interrupt::asked()) as u8);
        terminal.json(&object);
    } else {
        print(&result, reference, terminal);
        if whole {
            matrix::print(&rules, &result.not_observable, terminal);
        }
    }
    let tables = if whole { matrix::tables(&rules, &result.not_observable) } else { Vec::new() };
    report.write_with(&tables, &arguments.output.report, terminal)?;
    if let (Some(shard), Some(path)) = (arguments.part.shard, &arguments.part.shard_file) {
        let complete = !interrupt::asked();
        shard::save(path, shard, job, &report, complete, BTreeSet::new())?;
    }
    Ok(exit(&report, interrupt::asked()))
}

/// Runs the programs until somebody asks to stop.
fn conduct(
    driver: &mut impl Implementation,
    programs: &[Program],
    reference: Reference,
    terminal: &Terminal,
) -> Result<SuiteResult, Failure> {
    let hello = greet(driver)?;
    let mut result = SuiteResult::new(&hello);
    let mut progress = Progress::new(terminal);
    for (index, program) in programs.iter().enumerate() {
        if interrupt::asked() {
            break;
        }
        progress.show(|| format!("{} of {}  {}", index + 1, programs.len(), program.name));
        let conversation = Conductor::run(driver, program, Limits::default());
        result.observations.push(suite::observe(program, &conversation, &hello, reference));
    }
    Ok(result)
}

fn exit(report: &Report, interrupted: bool) -> Exit {
    if interrupted { Exit::Interrupted } else { report.exit() }
}

/// The programs say what Windows 10 and later gives, and where Wine 8.0 differs.
fn reference(arguments: &Arguments) -> Result<Reference, Failure> {
    let chosen = arguments.semantics.on(Default::default())?;
    match choose::in_words(chosen).as_str() {
        "win10" | "win11" => Ok(Reference::Windows),
        "wine-8.0" => Ok(Reference::Wine80),
        other => Err(Failure::bad_input(format!("the suite does not say what {other} gives"))
            .help("it knows win10, win11 and wine-8.0")),
    }
}

/// The programs that are asked for; with all of them, what cannot be asked.
fn programs(arguments: &Arguments) -> Result<(Vec<Program>, Vec<NotAsked>), Failure> {
    let (all, not_observable) = suite::everything();
    let Some(text) = &arguments.only else { return Ok((all, not_observable)) };
    let wanted: Vec<Program> =
        all.iter().filter(|program| program.name.contains(text.as_str())).cloned().collect();
    if wanted.is_empty() {
        let names = all.iter().map(|program| program.name.as_str());
        return Err(Failure::nothing_checked(format!("no program has `{text}` in its name"))
            .did_you_mean(text, names));
    }
    Ok((wanted, Vec::new()))
}

/// Where an observation departs from what is expected of the implementation.
fn departures(observation: &Observation, reference: Reference) -> &[String] {
    match reference {
        Reference::Windows => &observation.differences,
        Reference::Wine80 => &observation.surprises,
    }
}

/// `None` if the implementation lacks a call that the program makes: nothing was checked then.
fn outcome(observation: &Observation, reference: Reference) -> Option<Outcome> {
    match observation.standing {
        Standing::NotSupported => None,
        Standing::NotObserved => Some(Outcome::Inconclusive),
        _ if departures(observation, reference).is_empty() => Some(Outcome::Passed),
        _ => Some(Outcome::Failed),
    }
}

fn report(result: &SuiteResult, reference: Reference) -> Report {
    let case = |observation: &Observation| {
        let departures = departures(observation, reference);
        let outcome = outcome(observation, reference)?;
        let fault = observation.fault.clone();
        Some(Case {
            name: observation.program.clone(),
            outcome,
            message: fault.or_else(|| departures.first().cloned()).unwrap_or_default(),
            detail: departures.join("\n"),
            line: None,
            rule: None,
            replay: None,
            steps: Vec::new(),
            assumptions: Vec::new(),
        })
    };
    let cases = result.observations.iter().filter_map(case).collect();
    let suite = Suite { name: result.system.clone(), file: None, cases };
    let semantics = reference_name(reference).to_owned();
    Report { command: "conform", semantics, suites: vec![suite] }
}

fn reference_name(reference: Reference) -> &'static str {
    match reference {
        Reference::Windows => "win11",
        Reference::Wine80 => "wine-8.0",
    }
}

fn print(result: &SuiteResult, reference: Reference, terminal: &mut Terminal) {
    let mut counts = [0_usize; 4];
    for observation in &result.observations {
        let (index, style, word) = match outcome(observation, reference) {
            Some(Outcome::Passed) => (0, GOOD, "conforms"),
            Some(Outcome::Failed) => (1, WRONG, "diverges"),
            Some(Outcome::Inconclusive) => (2, WRONG, "not seen"),
            None => (3, DIM, "lacking"),
        };
        counts[index] += 1;
        let (name, title) = (&observation.program, &observation.title);
        terminal.line(&format!("{style}{word}{style:#}  {BOLD}{name}{BOLD:#}  {title}"));
        let why = observation.fault.iter().chain(departures(observation, reference));
        for line in why.filter(|_| index == 1 || index == 2) {
            for line in wrap(line, terminal.columns.saturating_sub(12)) {
                terminal.line(&format!("            {line}"));
            }
        }
    }
    let [conform, diverge, unseen, lacking] = counts;
    terminal.line(&format!(
        "{BOLD}{}{BOLD:#}: {conform} conform, {diverge} diverge, {unseen} could not be observed, \
         {lacking} need a call that it lacks",
        result.system
    ));
}
