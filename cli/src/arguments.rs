//! The command line: one definition for parsing, help, completions and the manual page.

use clap::{Args, Parser, ValueEnum};

use crate::commands::Command;

const ABOUT: &str = "The Windows I/O completion port, one rule at a time";

const LONG_ABOUT: &str = "\
The Windows I/O completion port, one rule at a time.

An executable specification: run scenarios and see which rule moved what, explore every \
interleaving, and judge whether another implementation behaves as Windows does. \
Every rule names its source and how sure we are.";

const EXIT_CODES: &str = "\
Exit codes:
    0  everything asked for was checked and holds
    1  a divergence, or a violated property
    2  bad input or bad usage
    3  inconclusive: a bound was hit, events were dropped, or too little was observed
    4  nothing was checked
    5  shards of a divided job are missing
   70  a fault of this program
  130  interrupted; what was found so far has been reported";

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "iocp",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = crate::guide::EXAMPLES,
    after_long_help = EXIT_CODES,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    /// What to do; nothing prints a short guide.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Args)]
pub(crate) struct Common {
    /// Colour on standard output (NO_COLOR is honoured)
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        hide_default_value = true
    )]
    pub(crate) color: Color,
    /// Sentences and ASCII only: no charts, no boxes
    #[arg(long, global = true)]
    pub(crate) plain: bool,
    /// Results only: no remarks, no progress
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that wants it.
    Auto,
    /// Even into a file.
    Always,
    /// Never.
    Never,
}
