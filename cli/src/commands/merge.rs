//! `iocp merge`: the parts of a divided job as one.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Outcome, OutputArguments, Report, Suite};
use crate::shard;
use crate::terminal::{BOLD, Terminal};

/// Put the parts of a divided job together: refuses missing parts and parts that do not match
///
/// Each part is what a command with --shard wrote to its --shard-file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp fuzz --driver ./my-driver --shard slice:1/2 --shard-file part-1.json
  iocp fuzz --driver ./my-driver --shard slice:2/2 --shard-file part-2.json
  iocp merge part-1.json part-2.json --report junit=all.xml")]
pub(crate) struct Arguments {
    /// The parts, all of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut parts = Vec::new();
    for path in &arguments.files {
        parts.push((path.as_path(), shard::read(path)?));
    }
    if let Some(why) = shard::misfit(&parts) {
        return Err(Failure { exit: Exit::ShardsMissing, ..Failure::bad_input(why) });
    }
    let mut parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
    parts.sort_by_key(|part| part.shard.index);
    let count = parts.len();
    let command = parts.first().map_or(String::new(), |part| part.command.clone());
    let semantics = parts.first().map_or(String::new(), |part| part.semantics.clone());
    let mut rules = BTreeSet::new();
    let mut suites: Vec<Suite> = Vec::new();
    for part in parts {
        rules.extend(part.rules);
        for suite in part.suites {
            match suites.iter_mut().find(|other| other.name == suite.name) {
                Some(same) => same.cases.extend(suite.cases),
                None => suites.push(suite),
            }
        }
    }
    let report = Report { command: "merge", semantics, suites };
    let [passed, failed, inconclusive] =
        [Outcome::Passed, Outcome::Failed, Outcome::Inconclusive].map(|o| report.count(o));
    let exit = report.exit();
    if arguments.output.json {
        terminal.json(&json!({
            "version": 1, "command": "merge", "of": command, "parts": count, "passed": passed,
            "failed": failed, "inconclusive": inconclusive, "rules": rules, "exit": exit as u8,
        }));
    } else {
        terminal.line(&format!(
            "{BOLD}{count} parts of iocp {command}{BOLD:#}: {passed} passed, {failed} failed, \
             {inconclusive} inconclusive"
        ));
        for suite in &report.suites {
            for case in suite.cases.iter().filter(|case| case.outcome != Outcome::Passed) {
                let line = format!("  {}: {}: {}", suite.name, case.name, case.message);
                terminal.line(&iocp_viz::escape::terminal(&line));
            }
        }
    }
    report.write(&arguments.output.report, terminal)?;
    Ok(exit)
}
