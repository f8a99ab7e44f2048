//! One file a command, of one shape: its arguments, and a function that runs it.

mod check;
mod completions;
mod conform;
mod convert;
mod diff;
mod explain;
mod explore;
mod fuzz;
mod learn;
mod list;
mod man;
mod merge;
mod replay;
mod rules;
mod run;
mod schema;
mod serve;
mod step;
mod view;

pub(crate) use learn::teach;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What the user asks for.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Learn(learn::Arguments),
    List(list::Arguments),
    Run(run::Arguments),
    Explore(explore::Arguments),
    Replay(replay::Arguments),
    Step(step::Arguments),
    View(view::Arguments),
    Serve(serve::Arguments),
    Diff(diff::Arguments),
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Check(check::Arguments),
    Convert(convert::Arguments),
    Conform(conform::Arguments),
    Fuzz(fuzz::Arguments),
    Merge(merge::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<Exit, Failure> {
        match self {
            Command::Learn(arguments) => learn::run(&arguments, terminal),
            Command::List(arguments) => list::run(&arguments, terminal),
            Command::Run(arguments) => run::run(&arguments, terminal),
            Command::Explore(arguments) => explore::run(&arguments, terminal),
            Command::Step(arguments) => step::run(&arguments, terminal),
            Command::View(arguments) => view::run(&arguments, terminal),
            Command::Serve(arguments) => serve::run(&arguments, terminal),
            Command::Diff(arguments) => diff::run(&arguments, terminal),
            Command::Check(arguments) => check::run(&arguments, terminal),
            Command::Convert(arguments) => convert::run(&arguments, terminal),
            Command::Replay(arguments) => replay::run(&arguments, terminal),
            Command::Explain(arguments) => explain::run(&arguments, terminal),
            Command::Rules(arguments) => rules::run(&arguments, terminal),
            Command::Conform(arguments) => conform::run(&arguments, terminal),
            Command::Fuzz(arguments) => fuzz::run(&arguments, terminal),
            Command::Merge(arguments) => merge::run(&arguments, terminal),
            Command::Schema(arguments) => schema::run(&arguments, terminal),
            Command::Completions(arguments) => completions::run(&arguments, terminal),
            Command::Man(arguments) => man::run(&arguments, terminal),
        }
    }
}
