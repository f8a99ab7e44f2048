//! Which implementation: `--driver`, and a parser of it that several commands share.

use std::path::PathBuf;

use iocp_model::{Profile, Semantics};
use iocp_oracle::driver::{Fault, Hello, Implementation, Start};
use iocp_oracle::threaded::Seeded;

use crate::choose;
use crate::failure::Failure;

/// Lines shown of what a driver printed that is not protocol.
const NOISE_LINES: usize = 10;

/// What `--driver` names.
pub(crate) enum Driver {
    /// The port in this program, right or with a planted fault.
    Threaded(Option<Seeded>),
    /// The model, right or with a deviation as its fault.
    Model(Semantics),
    /// A program that speaks the driver protocol.
    Process(Start),
}

/// Which implementation is driven.
#[derive(clap::Args)]
pub(crate) struct DriverArguments {
    /// The driver: a command with its arguments; win32=FILE for the Windows driver (under Wine
    /// where there is no Windows); threaded for the port in this program, threaded=FAULT for the
    /// same with a planted fault; model or model=DEVIATION for the model itself
    #[arg(long, value_name = "COMMAND")]
    pub(crate) driver: String,
    /// Where Wine keeps its Windows for win32=FILE
    #[arg(long, value_name = "FOLDER")]
    wine_prefix: Option<PathBuf>,
}

impl DriverArguments {
    /// What they name.
    pub(crate) fn parse(&self) -> Result<Driver, Failure> {
        parse(&self.driver, self.wine_prefix.clone())
    }
}

/// Starts a driver. What it printed instead of a greeting is shown: it says what is wrong.
pub(crate) fn greet(driver: &mut impl Implementation) -> Result<Hello, Failure> {
    driver.reset().map_err(|fault| {
        let failure = Failure::bad_input(fault.to_string());
        let noise = driver.noise();
        match noise.len() {
            0 if matches!(fault, Fault::Start { .. }) => failure,
            0 => failure.help(
                "a driver answers lines of JSON with lines of JSON; README.md, \
                 \"Test a port of your own\", has examples",
            ),
            all => {
                let said = noise.iter().take(NOISE_LINES).map(|line| format!("\n  {line}"));
                let more = if all > NOISE_LINES { "\n  ..." } else { "" };
                failure.help(format!("the driver said{}{more}", said.collect::<String>()))
            }
        }
    })
}

/// Reads `--driver`.
fn parse(text: &str, wine_prefix: Option<PathBuf>) -> Result<Driver, Failure> {
    let named = |kind: &str| text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('='));
    if text == "threaded" {
        return Ok(Driver::Threaded(None));
    }
    if let Some(fault) = named("threaded") {
        return Ok(Driver::Threaded(Some(seeded(fault)?)));
    }
    if text == "model" {
        return Ok(Driver::Model(Profile::Win11.into()));
    }
    if let Some(deviation) = named("model") {
        let semantics = match Semantics::from_name(deviation) {
            Some(semantics) => semantics,
            None => Semantics::from(Profile::Win11).with(choose::deviation(deviation)?),
        };
        return Ok(Driver::Model(semantics));
    }
    if let Some(program) = named("win32") {
        return win32(program, wine_prefix).map(Driver::Process);
    }
    let mut words = text.split_whitespace();
    let program = words.next().ok_or_else(|| Failure::bad_input("the driver has no name"))?;
    let mut start = Start::program(program);
    start.arguments = words.map(str::to_owned).collect();
    Ok(Driver::Process(start))
}

fn seeded(name: &str) -> Result<Seeded, Failure> {
    let seeded = Seeded::ALL.iter().find(|seeded| seeded.name() == name);
    seeded.copied().ok_or_else(|| {
        let names = || Seeded::ALL.iter().map(|seeded| seeded.name());
        let all = names().collect::<Vec<_>>().join(", ");
        let failure = Failure::bad_input(format!("there is no planted fault `{name}`"));
        failure.help(format!("there is {all}")).did_you_mean(name, names())
    })
}

fn win32(program: &str, wine_prefix: Option<PathBuf>) -> Result<Start, Failure> {
    let prefix = wine_prefix.or_else(default_prefix).ok_or_else(|| {
        Failure::bad_input("Wine needs a folder of its own").help("name it with --wine-prefix")
    })?;
    let program = PathBuf::from(program);
    if !program.is_file() {
        let program = program.display();
        return Err(Failure::bad_input(format!("there is no file {program}")));
    }
    Start::win32(&program, &prefix)
        .ok_or_else(|| Failure::bad_input("this machine is not Windows and has no 64-bit Wine"))
}

/// Beside the other caches of the user.
fn default_prefix() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or_else(home).map(|cache| cache.join("iocp").join("wine"))
}
