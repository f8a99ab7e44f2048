//! `iocp man`: the manual pages, from the definition of the command line.

use clap::CommandFactory;

use crate::arguments::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Print a manual page (roff)
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The page of one command; without it, the page of `iocp` itself
    command: Option<String>,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let page = match &arguments.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone().display_name(format!("iocp-{name}")),
            None => {
                let names = whole.get_subcommands().map(clap::Command::get_name);
                return Err(Failure::bad_input(format!("there is no command `{name}`"))
                    .did_you_mean(name, names));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).expect("writing to memory does not fail");
    terminal.bytes(&text);
    Ok(Exit::Holds)
}
