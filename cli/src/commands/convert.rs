//! `iocp convert`: other logs to traces, and traces to other formats.

use std::io::{BufReader, Write};
use std::path::PathBuf;

use iocp_oracle::convert::{ConvertError, Source, Summary, Target, from_trace, to_trace};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::save;
use crate::terminal::Terminal;

/// Convert logs to traces, and traces to other formats
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp convert --from wine-server server.log -o run.trace.jsonl
  iocp convert --to perfetto run.trace.jsonl -o run.perfetto.json")]
pub(crate) struct Arguments {
    /// The file, or - for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// What it is: wine-server, wine-relay, porcupine, jepsen [default: a trace]
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// What it shall be: porcupine, jepsen, perfetto [default: a trace]
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    /// Where to [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let from = arguments.from.as_deref().map(source).transpose()?;
    let to = arguments.to.as_deref().map(target).transpose()?;
    let job = match (from, to) {
        (Some(from), None) => Job::ToTrace(from),
        (None, Some(to)) => Job::FromTrace(to),
        (Some(from), Some(to)) => Job::Both(from, to),
        (None, None) => {
            return Err(Failure::bad_input("a trace that stays a trace is no conversion")
                .help("say what it is with --from, or what it shall be with --to"));
        }
    };
    let output = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
    if let Some(output) = output
        && is_same(&arguments.input, output)
    {
        return Err(Failure::bad_input("the output would replace the input"));
    }
    let mut failed = None;
    let mut summary = Summary::default();
    let mut convert = |out: &mut dyn Write| match job.run(arguments, out) {
        Ok(done) => {
            summary = done;
            Ok(())
        }
        Err(error) => {
            failed = Some(error);
            Err(std::io::Error::other("not converted"))
        }
    };
    let written = match output {
        Some(path) => save::save_with(path, &mut convert),
        None => {
            let mut bytes = Vec::new();
            let done = convert(&mut bytes);
            terminal.bytes(&bytes);
            done
        }
    };
    match (written, failed) {
        (_, Some(failure)) => Err(failure),
        (Err(error), None) => {
            let path = output.map_or_else(String::new, |path| path.display().to_string());
            Err(Failure::bad_input(format!("cannot write {path}: {error}")))
        }
        (Ok(()), None) => {
            let Summary { told, skipped } = summary;
            terminal.remark(&format!("{told} lines told, {skipped} skipped"));
            Ok(Exit::Holds)
        }
    }
}

/// From where to where.
enum Job {
    ToTrace(Source),
    FromTrace(Target),
    Both(Source, Target),
}

impl Job {
    fn run(&self, arguments: &Arguments, out: &mut dyn Write) -> Result<Summary, Failure> {
        let name = input::name(&arguments.input);
        let wrong = |error: ConvertError| Failure::bad_input(format!("{name}: {error}"));
        let read = BufReader::new(input::open(&arguments.input)?);
        match self {
            Job::ToTrace(from) => to_trace(*from, read, out).map_err(wrong),
            Job::FromTrace(to) => from_trace(*to, read, out).map_err(wrong),
            Job::Both(from, to) => {
                let mut trace = Vec::new();
                to_trace(*from, read, &mut trace).map_err(wrong)?;
                from_trace(*to, trace.as_slice(), out).map_err(wrong)
            }
        }
    }
}

fn source(name: &str) -> Result<Source, Failure> {
    let names = Source::ALL.map(Source::name);
    Source::from_name(name).ok_or_else(|| unknown(name, &names))
}

fn target(name: &str) -> Result<Target, Failure> {
    let names = Target::ALL.map(Target::name);
    Target::from_name(name).ok_or_else(|| unknown(name, &names))
}

fn unknown(name: &str, names: &[&str]) -> Failure {
    let failure = Failure::bad_input(format!("there is no format `{name}` here"))
        .help(format!("there is {}", names.join(", ")));
    failure.did_you_mean(name, names.iter().copied())
}

fn is_same(a: &std::path::Path, b: &std::path::Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b && a.is_file())
}
