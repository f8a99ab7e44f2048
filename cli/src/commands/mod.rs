//! One file a command, of one shape: its arguments, and a function that runs it.

mod completions;
mod conform;
mod explain;
mod man;
mod rules;
mod schema;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What the user asks for.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Conform(conform::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<Exit, Failure> {
        match self {
            Command::Explain(arguments) => explain::run(&arguments, terminal),
            Command::Rules(arguments) => rules::run(&arguments, terminal),
            Command::Conform(arguments) => conform::run(&arguments, terminal),
            Command::Schema(arguments) => schema::run(&arguments, terminal),
            Command::Completions(arguments) => completions::run(&arguments, terminal),
            Command::Man(arguments) => man::run(&arguments, terminal),
        }
    }
}
