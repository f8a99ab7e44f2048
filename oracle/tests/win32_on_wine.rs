//! The win32 driver runs under Wine 8.0 and observes what is known of it.
//!
//! The measured result is committed (`suite/results/wine-8.0.json`) and made by this command:
//! `IOCP_BLESS=1 cargo test -p iocp-oracle --test win32_on_wine`

use iocp_model::{Profile, Semantics};
use iocp_oracle::check::{Options, Verdict, check};
use iocp_oracle::driver::{Conductor, Implementation, Limits, ProcessDriver, Start, trace_of};
use iocp_oracle::suite::{
    Observation, Reference, Size, Standing, SuiteResult, compare, generate, programs, run,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const RESULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite/results/wine-8.0.json");

/// Where cargo puts things, so that neither the driver nor Wine's Windows is made twice.
fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Builds the driver; `None` with the reason on standard error where the tools are missing. In CI
/// they are not allowed to be missing. Tests that run at the same time have a Windows each, so that
/// neither's server waits for the other's.
fn driver(prefix: &str) -> Option<ProcessDriver> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/drivers/win32/build.sh");
    let built = Command::new("sh")
        .arg(script)
        .env("CARGO_TARGET_DIR", scratch().join("win32"))
        .env_remove("RUSTFLAGS")
        .output();
    let start = match &built {
        Ok(output) if output.status.success() => {
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Start::win32(Path::new(&path), &scratch().join(format!("wine-{prefix}")))
        }
        _ => None,
    };
    if start.is_none() {
        let why = built.map_or_else(
            |error| error.to_string(),
            |output| String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(std::env::var_os("CI").is_none(), "no win32 driver or no Wine: {why}");
        eprintln!("skipped: no win32 driver or no Wine: {why}");
    }
    start.map(ProcessDriver::new)
}

#[test]
fn wine_8_0_is_observed_as_it_was_measured() {
    let Some(mut driver) = driver("suite") else { return };
    let mut tell = |observation: &Observation, noise: &[String]| {
        for line in noise {
            eprintln!("{}: the driver said: {line}", observation.program);
        }
    };
    let limits = Limits::default();
    let result = run(&mut driver, &programs(), Reference::Wine80, limits, &mut tell);
    let surprises: Vec<String> = result
        .observations
        .iter()
        .flat_map(|observation| {
            let fault = observation.fault.iter().map(|fault| format!("broke off: {fault}"));
            let lines = observation.surprises.iter().cloned().chain(fault);
            lines.map(|line| format!("{}: {line}", observation.program))
        })
        .collect();
    assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), surprises.join("\n"));

    let mut text = serde_json::to_string_pretty(&result).expect("a result has string keys");
    text.push('\n');
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(RESULT, &text).expect("the result can be written");
    }
    let committed = std::fs::read_to_string(RESULT).expect("the result is part of the crate");
    assert_eq!(text, committed, "the measured result is not the committed one");
}

/// What a random program shows that the model does not do under some semantics.
fn differs(driver: &mut ProcessDriver, seed: u64, semantics: Semantics) -> Option<String> {
    let size = Size { workers: 3, ports: 2, steps: 25 };
    let program = generate(seed, size, semantics);
    let conversation = Conductor::run(driver, &program, Limits::default());
    if let Some(fault) = conversation.fault {
        return Some(fault.to_string());
    }
    compare(&program, &conversation, Reference::Windows).first().map(ToString::to_string)
}

/// The preset `wine-8.0` says what Wine 8.0 does, in random programs over ports and events; what
/// Windows does it does not do, so that the first is no accident.
#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_random_programs() {
    let Some(mut driver) = driver("generated") else { return };
    for seed in 0..25 {
        let difference = differs(&mut driver, seed, Semantics::wine_8_0());
        assert_eq!(difference, None, "seed {seed}");
    }
    let windows =
        (0..6).filter(|seed| differs(&mut driver, *seed, Profile::Win11.into()).is_some());
    assert!(windows.count() >= 3, "Wine 8.0 passes for Windows");
}

/// The checker agrees with the table: under `wine-8.0` the measured traces conform, and under
/// Windows the divergence is explained by its own deviation.
#[test]
fn the_checker_explains_what_wine_8_0_does() {
    let Some(mut driver) = driver("judged") else { return };
    let mut complaints = Vec::new();
    let mut explained = BTreeSet::new();
    let kept = scratch().join("wine-traces");
    std::fs::create_dir_all(&kept).expect("there is room for the traces");
    for program in &programs() {
        let conversation = Conductor::run(&mut driver, program, Limits::default());
        let trace = trace_of(&conversation, &driver.hello()).expect("it writes to memory");
        std::fs::write(kept.join(format!("{}.trace.jsonl", program.name)), &trace)
            .expect("the traces can be kept to look at");
        let judge = |semantics| {
            let options = Options { semantics, ..Options::default() };
            check(trace.as_slice(), &options).expect("a conversation makes a trace")
        };
        let wine = judge(Semantics::wine_8_0());
        if wine.verdict != Verdict::Conforms {
            complaints.push(wine.render(&program.name));
        }
        explained.extend(judge(Profile::Win11.into()).deviations.into_iter().flatten());
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let expected = [
        "wake-order=fifo",
        "concurrency=ignored",
        "direct-wait=first-only",
        "close=keeps-waiting",
        "remove-count-zero=succeeds",
        "failed-association=writes-status",
        "partial-read=warns-at-once",
        "job-port=null-refused",
    ];
    for deviation in expected {
        assert!(explained.contains(deviation), "{deviation} is not among {explained:?}");
    }
}

/// The divergences of the table of facts: each is seen by at least one program that says so.
#[test]
fn the_committed_result_sees_every_known_divergence_of_wine_8_0() {
    let text = std::fs::read_to_string(RESULT).expect("the result is part of the crate");
    let result: SuiteResult = serde_json::from_str(&text).expect("it is a suite result");
    let seen: BTreeSet<&str> = result
        .observations
        .iter()
        .filter(|o| matches!(o.standing, Standing::Diverges | Standing::NotSupported))
        .flat_map(|observation| observation.facts.iter().map(String::as_str))
        .collect();
    // X03 is that Wine agrees with Windows: the port handle can be waited on.
    for number in (1..=18).filter(|number| *number != 3) {
        let fact = format!("X{number:02}");
        assert!(seen.contains(fact.as_str()), "no program sees {fact}");
    }
}
