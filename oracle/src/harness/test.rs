//! One line in a test.

use super::adapter::PortDriver;
use super::config::Config;
use super::moves::Case;
use super::port::PortUnderTest;
use super::regressions;
use super::search::{Findings, search};
use crate::driver::Implementation;
use iocp_model::Semantics;
use std::path::PathBuf;

/// Tests a port against the model with the default [`Config`]: one line in a test. It panics with
/// the program, the trace, the diagnosis and the line that replays it.
///
/// The environment may say more: `IOCP_CASES`, `IOCP_SEED`, and `IOCP_REPLAY` for a single case.
/// A case that failed is added to `iocp-regressions/TYPE.txt` beside the `Cargo.toml` of the test.
///
/// # Panics
/// If the port does what Windows does not, or if nothing could be checked.
#[track_caller]
pub fn check<P: PortUnderTest>() {
    check_with::<P>(Config::default());
}

/// The same with a configuration.
///
/// # Panics
/// As [`check`].
#[track_caller]
pub fn check_with<P: PortUnderTest>(config: Config) {
    let who = std::any::type_name::<P>();
    let short = who.rsplit("::").next().unwrap_or(who);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let file: String = short.chars().map(plain).collect();
    let mut config = Config { ports: config.ports.min(P::PORTS), ..config };
    if config.regressions.is_none() {
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        config.regressions =
            folder.map(|folder| folder.join("iocp-regressions").join(format!("{file}.txt")));
    }
    check_implementation(&mut PortDriver::<P>::new(), short, config);
}

/// The same for anything that takes commands: a driver in another process, say.
///
/// # Panics
/// As [`check`].
#[track_caller]
pub fn check_implementation(implementation: &mut impl Implementation, who: &str, config: Config) {
    let mut config = config;
    let variable = |name: &str| std::env::var(name).ok();
    let set = |name: &str| {
        variable(name).map(|text| match text.parse() {
            Ok(number) => number,
            Err(_) => panic!("{name} is {text}, which is no number"),
        })
    };
    config.cases = set("IOCP_CASES").unwrap_or(config.cases);
    config.seed = set("IOCP_SEED").unwrap_or(config.seed);
    let mut before: Vec<Case> = match &config.regressions {
        Some(path) => match regressions::read(path) {
            Ok(cases) => cases,
            Err(error) => panic!("{}: {error}", path.display()),
        },
        None => Vec::new(),
    };
    if let Some(token) = variable("IOCP_REPLAY") {
        match token.parse() {
            Ok(case) => (before, config.cases) = (vec![case], 0),
            Err(error) => panic!("IOCP_REPLAY: {error}"),
        }
    }
    let findings = search(implementation, &config, &before, &mut |_| true);
    conclude(&findings, who, &config);
}

#[track_caller]
fn conclude(findings: &Findings, who: &str, config: &Config) {
    if let Some(failure) = &findings.failure {
        let test = std::thread::current().name().map(str::to_owned).filter(|name| name != "main");
        let test = test.map_or(String::new(), |name| format!(" {name}"));
        let replay = format!("IOCP_REPLAY={} cargo test{test}", failure.shrunk.case);
        let mut text = failure.text(who, &in_words(config.semantics), &replay);
        if let Some(path) = &config.regressions {
            let what = &failure.shrunk.violation.what;
            match regressions::add(path, &failure.shrunk.case, what) {
                Ok(()) => text.push_str(&format!("It is kept in {}\n", path.display())),
                Err(error) => text.push_str(&format!("{}: {error}\n", path.display())),
            }
        }
        panic!("{text}");
    }
    if findings.judged() == 0 {
        let Findings { cases, unclear, unsupported, .. } = findings;
        let why = findings.unclear_examples.first().map_or("", |(_, why)| why.as_str());
        panic!(
            "nothing was checked: of {cases} cases {unclear} could not be judged and \
             {unsupported} need a call that is lacking. {why}"
        );
    }
}

/// A semantics in words: `win11`, or `win11 with wake-order=fifo`.
pub(crate) fn in_words(semantics: Semantics) -> String {
    let deviations: Vec<String> = semantics.deviations().map(|d| d.to_string()).collect();
    match deviations.is_empty() {
        true => semantics.profile.to_string(),
        false => format!("{} with {}", semantics.profile, deviations.join(", ")),
    }
}
