//! `iocp serve`: the explorer in a browser, for this machine only.

use std::sync::Arc;

use iocp_viz::explorer::explorer;

use crate::commands::view;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::scenario::{Loaded, ScenarioArguments, SettingArguments};
use crate::server::Server;
use crate::terminal::Terminal;

/// Serve the explorer to a browser on this machine; nobody else can reach it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What it begins with: a name from `iocp list`, a file, or - for standard input
    #[arg(default_value = "lifo-limit-over-release")]
    scenario: String,
    #[command(flatten)]
    settings: SettingArguments,
    /// The port of this machine to listen at; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
}

const EXAMPLES: &str = "\
Examples:
  iocp serve                     prints the address; open it in a browser, end with Ctrl-C
  iocp serve kq --set workers=3  begin with this scenario
  iocp serve my.scenario.json --port 8484";

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let scenario = ScenarioArguments {
        scenario: arguments.scenario.clone(),
        settings: arguments.settings.clone(),
    };
    let loaded: Loaded = scenario.load(terminal)?;
    let page: Arc<[u8]> = explorer(&view::start(&scenario, &loaded, None)).into_bytes().into();
    let server = Server::listen(arguments.port).map_err(|error| {
        let port = arguments.port;
        Failure::bad_input(format!("cannot listen at port {port} of this machine: {error}"))
            .help("`--port 0` takes a free one")
    })?;
    terminal.line(&format!("http://{}/", server.address()));
    terminal.flush()?;
    terminal.remark("for browsers on this machine only; Ctrl-C ends it");
    interrupt::listen();
    server
        .serve(&page, &interrupt::asked)
        .map_err(|error| Failure::bad_input(format!("the server cannot go on: {error}")))?;
    Ok(Exit::Holds)
}
