//! `iocp completions`: completions for a shell, from the definition of the command line.

use clap::CommandFactory;

use crate::arguments::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Print completions for a shell
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "iocp", &mut text);
    terminal.bytes(&text);
    Ok(Exit::Holds)
}
