//! `iocp schema`: the JSON Schema of a file format, for editors and checks.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::learner;
use crate::report;
use crate::terminal::Terminal;

/// Print the JSON Schema of a file format
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which format
    kind: Kind,
}

/// The formats.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// A scenario: *.scenario.json
    Scenario,
    /// The data of a lesson
    Lesson,
    /// What is handed in for an exercise, where it is no scenario
    Solution,
    /// What `iocp learn` remembers
    Progress,
    /// A line of a trace: *.trace.jsonl
    Trace,
    /// What `--report json=FILE` writes
    Report,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match arguments.kind {
        Kind::Scenario => terminal.json(&iocp_scenarios::scenario_schema()),
        Kind::Lesson => terminal.json(&iocp_scenarios::lesson_schema()),
        Kind::Solution => terminal.json(&iocp_scenarios::solution_schema()),
        Kind::Progress => terminal.json(&learner::schema()),
        Kind::Trace => terminal.json(&iocp_oracle::trace::schema()),
        Kind::Report => terminal.json(&report::schema()),
    }
    Ok(Exit::Holds)
}
