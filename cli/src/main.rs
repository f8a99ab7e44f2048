//! The `iocp` command: arguments in, text and an exit code out. What it prints is computed in the
//! rooms before it; no rule of the port is known here.

mod arguments;
mod choose;
mod commands;
mod crash;
mod driver;
mod exit;
mod failure;
mod guide;
mod input;
mod interrupt;
mod learner;
mod markdown;
mod nearest;
mod picture;
mod progress;
mod quantity;
mod reference;
mod report;
mod save;
mod scenario;
mod server;
mod shard;
mod stepping;
mod telling;
mod terminal;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    crash::guard(command_line).into()
}

fn command_line() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; anything else is bad usage. A reader who went away
            // changes neither.
            let _ = error.print();
            return if error.use_stderr() { Exit::BadInput } else { Exit::Holds };
        }
    };
    let mut terminal = Terminal::new(&cli.common);
    let result = match cli.command {
        Some(command) => command.run(&mut terminal),
        None => {
            terminal.print(&guide::guide());
            Ok(Exit::Holds)
        }
    };
    let result: Result<Exit, Failure> = terminal.finish().and(result);
    result.unwrap_or_else(|failure| {
        terminal::complain(&failure);
        failure.exit
    })
}
