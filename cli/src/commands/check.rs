//! `iocp check`: would Windows have allowed these traces?

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use iocp_oracle::check::{self, Options, Report as Judgement, Unread, Verdict};
use serde_json::{Value, json};

use crate::choose::{self, SemanticsArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::interrupt;
use crate::quantity::{bytes, count, duration};
use crate::report::{Case, Outcome, OutputArguments, Report, RuleText, Suite};
use crate::shard::{self, PartArguments};
use crate::terminal::{BOLD, Terminal, complain};

/// Judge traces: would Windows have allowed them, and if not, which rule is broken?
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp check a.trace.jsonl b.trace.jsonl
  iocp check a.trace.jsonl --deviate wake-order=fifo     under a declared difference
  iocp check traces/*.jsonl --shard slice:1/4 --shard-file part-1.json")]
pub(crate) struct Arguments {
    /// Traces (*.trace.jsonl), or - for standard input
    #[arg(value_name = "TRACE")]
    traces: Vec<PathBuf>,
    #[command(flatten)]
    semantics: SemanticsArguments,
    /// Processors of the traced machine, where the trace does not say
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    processors: Option<u32>,
    /// Keep at most so many states of the model at once (suffixes K, M, G)
    #[arg(long, value_name = "N", value_parser = count)]
    max_states: Option<u64>,
    /// Take at most so many steps of the model for one trace (suffixes K, M, G)
    #[arg(long, value_name = "N", value_parser = count)]
    max_steps: Option<u64>,
    /// Hold at most about so much (suffixes K, M, G)
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<u64>,
    /// Stop after so long (30, 30s, 5m, 1h)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// The largest set of deviations that a divergence is explained by; 0 asks for none
    #[arg(long, value_name = "N")]
    max_deviations: Option<usize>,
    #[command(flatten)]
    part: PartArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if arguments.traces.is_empty() {
        return Err(Failure::nothing_checked("no trace was named, so nothing was checked"));
    }
    interrupt::listen();
    let started = Instant::now();
    let late = || arguments.timeout.is_some_and(|limit| started.elapsed() >= limit);
    let stop = || interrupt::asked() || late();
    let options = options(arguments, &stop)?;
    let names: Vec<String> = arguments.traces.iter().map(|path| input::name(path)).collect();
    let traces: Vec<PathBuf> = match arguments.part.shard {
        None => arguments.traces.clone(),
        Some(shard) => {
            let named = arguments.traces.iter().cloned().zip(&names).collect();
            let part = shard.part(named, |(_, name): &(PathBuf, &String)| name);
            part.into_iter().map(|(path, _)| path).collect()
        }
    };
    let mut judged: Vec<(String, Judgement)> = Vec::new();
    let mut unreadable = false;
    for (path, result) in traces.iter().zip(judge(&traces, &options)) {
        match result {
            Ok(judgement) => judged.push((input::name(path), judgement)),
            Err(failure) => {
                complain(&failure);
                unreadable = true;
            }
        }
    }
    let report = report(arguments, &options, &judged);
    let exit = exit(&report, &judged, unreadable);
    if arguments.output.json {
        terminal.json(&object(&judged, exit));
    } else if !judged.is_empty() {
        print(&judged, terminal);
    }
    report.write(&arguments.output.report, terminal)?;
    // A part that could not read its traces leaves nothing behind: it is missing.
    if let (Some(shard), Some(path), false) =
        (arguments.part.shard, &arguments.part.shard_file, unreadable)
    {
        let options = ["check", &report.semantics, &limits(&options)];
        let job = shard::job(&options, names.iter().map(String::as_str));
        let rules = judged.iter().flat_map(|(_, judgement)| judgement.exercised.iter().cloned());
        shard::save(path, shard, job, &report, !stop(), rules.collect())?;
    }
    Ok(exit)
}

/// What of the options may change a verdict.
fn limits(options: &Options<'_>) -> String {
    let Options { processors, states_max, steps_max, memory_max, deviations_max, .. } = options;
    format!("{processors} {states_max} {steps_max} {memory_max} {deviations_max}")
}

fn options<'a>(arguments: &Arguments, stop: &'a dyn Fn() -> bool) -> Result<Options<'a>, Failure> {
    let size = |wanted: Option<u64>, usual: usize| {
        wanted.map_or(usual, |wanted| usize::try_from(wanted).unwrap_or(usize::MAX))
    };
    let usual = Options::default();
    Ok(Options {
        semantics: arguments.semantics.on(usual.semantics)?,
        processors: arguments.processors.unwrap_or(usual.processors),
        states_max: size(arguments.max_states, usual.states_max),
        steps_max: arguments.max_steps.unwrap_or(usual.steps_max),
        memory_max: size(arguments.max_memory, usual.memory_max),
        deviations_max: arguments.max_deviations.unwrap_or(usual.deviations_max),
        stop: Some(stop),
        ..usual
    })
}

/// The traces, in their order. What several have in common is judged once.
fn judge(paths: &[PathBuf], options: &Options<'_>) -> Vec<Result<Judgement, Failure>> {
    let unread = |path: &Path, error| Failure::bad_input(format!("{}: {error}", input::name(path)));
    let open = |path: &Path| input::open(path).map(BufReader::new);
    // Standard input can be read only once.
    let once = |path: &&PathBuf| path.as_path() == Path::new("-");
    if paths.len() < 2 || paths.iter().any(|path| once(&path)) {
        let alone = |path: &PathBuf| {
            check::check(open(path)?, options).map_err(|error| unread(path, error))
        };
        return paths.iter().map(alone).collect();
    }
    let together = check::check_together(paths.len(), &mut |number| open(&paths[number]), options);
    let results = paths.iter().zip(together.reports);
    results
        .map(|(path, report)| {
            report.map_err(|why| match why {
                Unread::Open(failure) => failure,
                Unread::Trace(error) => unread(path, error),
            })
        })
        .collect()
}

fn exit(report: &Report, judged: &[(String, Judgement)], unreadable: bool) -> Exit {
    if interrupt::asked() {
        Exit::Interrupted
    } else if unreadable {
        Exit::BadInput
    } else if judged.iter().all(|(_, judgement)| judgement.events == 0) {
        Exit::NothingChecked
    } else {
        report.exit()
    }
}

fn object(judged: &[(String, Judgement)], exit: Exit) -> Value {
    let traces: Vec<Value> = judged
        .iter()
        .map(|(name, judgement)| {
            let mut object = serde_json::to_value(judgement).expect("plain data is JSON");
            object["trace"] = json!(name);
            object
        })
        .collect();
    json!({ "version": 1, "command": "check", "traces": traces, "exit": exit as u8 })
}

fn print(judged: &[(String, Judgement)], terminal: &mut Terminal) {
    for (name, judgement) in judged {
        // What a trace says may hold anything; on a terminal it is only text.
        for line in judgement.render(name).lines() {
            terminal.line(&iocp_viz::escape::terminal(line));
        }
    }
    let count = |verdict| judged.iter().filter(|(_, j)| j.verdict == verdict).count();
    let events: u64 = judged.iter().map(|(_, judgement)| judgement.events).sum();
    let noun = if judged.len() == 1 { "trace" } else { "traces" };
    terminal.line(&format!(
        "{BOLD}checked {} {noun}, {events} events{BOLD:#}: {} conform, {} diverge, {} inconclusive",
        judged.len(),
        count(Verdict::Conforms),
        count(Verdict::Diverges),
        count(Verdict::Inconclusive)
    ));
}

/// A suite a trace, with one case for each divergence, or one for the whole.
fn report(arguments: &Arguments, options: &Options<'_>, judged: &[(String, Judgement)]) -> Report {
    let suites = judged.iter().map(|(name, judgement)| Suite {
        name: name.clone(),
        file: (name != "<stdin>").then(|| name.clone()),
        cases: cases(arguments, name, judgement),
    });
    let semantics = choose::in_words(options.semantics);
    Report { command: "check", semantics, suites: suites.collect() }
}

fn cases(arguments: &Arguments, name: &str, judgement: &Judgement) -> Vec<Case> {
    let again = format!("iocp check {name}{}", arguments.semantics.as_arguments());
    let assumptions: Vec<String> =
        judgement.assumptions.iter().map(|assumption| assumption.name().to_owned()).collect();
    let case = |name: String, outcome, message: String| Case {
        name,
        outcome,
        message,
        detail: judgement.render(""),
        line: judgement.line,
        rule: None,
        replay: Some(again.clone()),
        steps: Vec::new(),
        assumptions: assumptions.clone(),
    };
    let explained = format!("{} of {} events explained", judgement.explained, judgement.events);
    match judgement.verdict {
        Verdict::NothingChecked => Vec::new(),
        Verdict::Conforms => vec![case("conforms".to_owned(), Outcome::Passed, explained)],
        Verdict::Inconclusive => {
            let message = format!("{}: {explained}", judgement.verdict);
            vec![case("conforms".to_owned(), Outcome::Inconclusive, message)]
        }
        Verdict::Diverges => judgement
            .divergences
            .iter()
            .map(|divergence| {
                let rule = divergence.rule.clone();
                let name = rule.clone().unwrap_or_else(|| "conforms".to_owned());
                let rule = rule.map(|id| RuleText {
                    id,
                    sentence: divergence.sentence.clone(),
                    source: divergence.source.clone(),
                });
                let line = Some(divergence.line);
                Case { rule, line, ..case(name, Outcome::Failed, divergence.found.clone()) }
            })
            .collect(),
    }
}
