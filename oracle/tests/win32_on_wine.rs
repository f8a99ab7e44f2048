//! The win32 driver runs under Wine 8.0 and observes what is known of it.
//!
//! The measured result is committed (`suite/results/wine-8.0.json`) and made by this command:
//! `IOCP_BLESS=1 cargo test -p iocp-oracle --test win32_on_wine`

use iocp_model::{Profile, Semantics};
use iocp_oracle::driver::{Conductor, Limits, ProcessDriver, Start};
use iocp_oracle::suite::{
    Observation, Reference, Size, Standing, SuiteResult, compare, generate, matrix, programs, run,
    scenarios, tours,
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

/// What Wine 8.0 does in programs that are made from scenarios and the completion matrix, that its
/// preset does not say, each with what was seen.
const BESIDE_THE_PRESET: &[(&str, &str)] = &[
    ("matrix-at-once-error-read-from-closed", "a read that fails at once leaves the pipe signaled"),
    ("matrix-at-once-error-write-to-closed", "a write that fails at once leaves the pipe signaled"),
    (
        "matrix-pended-success-peek",
        "a peek says 0 and posts nothing (Windows 8: pended, and posts)",
    ),
    ("scenario-binding-a-null-handle", "BindIoCompletionCallback says 6 to NULL and not 87"),
    ("scenario-cancel-io-takes-all-of-one-thread", "CancelIo ends the newest operation first"),
    ("scenario-canceling-synchronous-io", "CancelIoEx finds a synchronous read and ends it"),
    ("scenario-closing-a-directory", "a closed directory ends its request with a failure (676)"),
    ("scenario-fast-success-can-leave-the-event", "the mode for fast I/O is ignored"),
    ("scenario-outputs-are-required", "a call with NULL out-parameters never returns"),
    ("scenario-replacing-an-association", "there is no FileReplaceCompletionInformation"),
];

/// Programs in which every call gives what it should, and the checker refuses the trace now and
/// then: a thread exits, or a call is under way, while a device works. Which side is wrong is not
/// known yet.
const REFUSED_NOW_AND_THEN: [&str; 3] = [
    "scenario-issuer-exits-and-data-comes",
    "scenario-issuing-thread-may-exit-only-with-a-port",
    "scenario-polling-notify",
];

/// The scenarios of the library and the completion matrix: what Wine does there its preset says,
/// but for what is listed.
#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_the_scenarios_and_the_matrix() {
    let Some(mut driver) = driver("made") else { return };
    let made = scenarios().into_iter().filter_map(|(_, made)| made.ok()).chain(matrix());
    let programs: Vec<_> = made.collect();
    let surprising = |o: &Observation| !o.surprises.is_empty() || o.fault.is_some();
    let mut found = BTreeSet::new();
    for program in &programs {
        // On a loaded machine a thread can be late; what is different is so every time.
        let always = (0..3).all(|_| {
            let one = std::slice::from_ref(program);
            let limits = Limits::default();
            let result = run(&mut driver, one, Reference::Wine80, limits, &mut |_, _| {});
            let mut surprising = result.observations.iter().any(surprising);
            if REFUSED_NOW_AND_THEN.contains(&program.name.as_str()) {
                let only_the_trace = |o: &Observation| {
                    o.fault.is_none() && o.surprises.iter().all(|s| s.starts_with("under wine-8.0"))
                };
                surprising &= !result.observations.iter().all(only_the_trace);
            }
            for line in result.observations.iter().flat_map(|o| o.surprises.iter().chain(&o.fault))
            {
                eprintln!("{}: {line}", program.name);
            }
            surprising
        });
        if always {
            found.insert(program.name.as_str());
        }
    }
    let known: BTreeSet<&str> = BESIDE_THE_PRESET.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, known);
    assert!(programs.len() >= 150, "the suite shrank");
}

/// How many of the walks through every transition of a small port are walked on Wine: of several
/// hundred, which the model and the threaded port walk, these are spread over all.
const WALKS: usize = 40;

#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_walks_through_a_small_port() {
    let Some(mut driver) = driver("walks") else { return };
    let all = tours();
    let step = (all.len() / WALKS).max(1);
    let programs: Vec<_> = all.into_iter().step_by(step).collect();
    let result = run(&mut driver, &programs, Reference::Wine80, Limits::default(), &mut |_, _| {});
    for observation in &result.observations {
        assert_eq!(observation.surprises, Vec::<String>::new(), "{}", observation.program);
        assert_eq!(observation.fault, None, "{}", observation.program);
    }
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

/// Which program sees an entry of the table, and the deviation that explains it.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("X01", "d03-last-in-first-out", "wake-order=fifo"),
    ("X02", "d05-limit-holds", "concurrency=ignored"),
    ("X04", "d01-port-handle-signaled", "direct-wait=first-only"),
    ("X05", "d02-hand-off-goes-first", "direct-wait=first-only"),
    ("X06", "e01-close-satisfies-direct-waits", "close=keeps-waiting"),
    ("X07", "e02-close-abandons-removers", "close=keeps-waiting"),
    ("X08", "e04-close-abandons-win32", "close=keeps-waiting"),
    ("X09", "b03-apc-before-foreign-packet", "apc=after-packet"),
    ("X10", "a10-batch-of-none", "remove-count-zero=succeeds"),
    ("X11", "f01-synchronous-file-refused", "failed-association=writes-status"),
    ("X12", "f08-association-signals", "association=leaves-signal"),
    ("X13", "i04-partial-message", "partial-read=warns-at-once"),
    ("X14", "j12-close-with-receive", "close-socket=handles-closed"),
    ("X15", "j18-disconnect-ex", "disconnect=skips-packet"),
    ("X16", "k01-job-null-port", "job-port=null-refused"),
    ("X18", "x18-synchronous-read-apc", "sync-read-apc=runs"),
    ("E07", "e07-last-handle-counts", "retry=by-handle"),
    ("J02", "j02-reset-before", "receive-after-reset=ends"),
];

fn committed() -> SuiteResult {
    let text = std::fs::read_to_string(RESULT).expect("the result is part of the crate");
    serde_json::from_str(&text).expect("it is a suite result")
}

/// X17, the calls that are missing, is what the programs that cannot run say.
#[test]
fn each_divergence_of_the_table_is_explained_by_its_own_deviation() {
    let result = committed();
    for (fact, program, deviation) in EXPLAINED {
        let found = result.observations.iter().find(|o| o.program == *program);
        let observation = found.unwrap_or_else(|| panic!("{program} is not in the result"));
        assert!(observation.facts.iter().any(|f| f == fact), "{program} is not about {fact}");
        let sets = observation.judgement.as_ref().map(|judgement| &judgement.deviations);
        let named = |set: &Vec<String>| set.iter().any(|name| name == deviation);
        assert!(sets.is_some_and(|sets| sets.iter().any(named)), "{program}: {sets:?}");
    }
}

#[test]
fn where_wine_does_what_windows_does_the_checker_is_silent() {
    for observation in committed().observations {
        let verdict = observation.judgement.map(|judgement| judgement.verdict);
        let expected = match observation.standing {
            Standing::Conforms => Some("conforms".to_owned()),
            Standing::Diverges => Some("diverges".to_owned()),
            Standing::NotSupported => None,
            Standing::NotObserved => panic!("{} was not observed", observation.program),
        };
        assert_eq!(verdict, expected, "{}", observation.program);
    }
}

/// The divergences of the table of facts: each is seen by at least one program that says so.
#[test]
fn the_committed_result_sees_every_known_divergence_of_wine_8_0() {
    let result = committed();
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
