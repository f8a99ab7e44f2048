//! The win32 driver runs under Wine 8.0 and observes what is known of it.
//!
//! The measured result is committed (`suite/results/wine-8.0.json`) and made by this command:
//! `IOCP_BLESS=1 cargo test -p iocp-oracle --test win32_on_wine`

use iocp_model::{Profile, Semantics};
use iocp_oracle::driver::{Conductor, Limits, ProcessDriver, Program, Start};
use iocp_oracle::harness::{Config, Level, Outcome, Search, judge};
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

/// Programs that are made, from a scenario or the completion matrix, in which Wine 8.0 departs from
/// Windows in a way that no program written by hand shows, and the deviation that explains it.
const EXPLAINED_MADE: &[(&str, &str)] = &[
    ("matrix-at-once-error-read-from-closed", "file-reset=on-transfer"),
    ("matrix-at-once-error-write-to-closed", "file-reset=on-transfer"),
    ("matrix-pended-success-peek", "peek=at-once"),
    ("scenario-binding-a-null-handle", "bind-null=invalid-handle"),
    ("scenario-canceling-synchronous-io", "cancel-nothing=succeeds"),
    ("scenario-closing-a-directory", "close-directory=handles-closed"),
    ("scenario-fast-success-can-leave-the-event", "fast-io-event=set"),
    ("scenario-replacing-an-association", "replace-association=missing"),
];

/// Whether a run of a program gives what the preset does not say. On a loaded machine a thread can
/// be late, so that a wait runs out first; what is different is so every time.
fn surprises(
    driver: &mut ProcessDriver,
    program: &Program,
    learn: &mut dyn FnMut(&Observation),
) -> bool {
    let one = std::slice::from_ref(program);
    let result = run(driver, one, Reference::Wine80, Limits::default(), &mut |_, _| {});
    for observation in &result.observations {
        for line in observation.surprises.iter().chain(&observation.fault) {
            eprintln!("{}: {line}", program.name);
        }
        learn(observation);
    }
    result.observations.iter().any(|o| !o.surprises.is_empty() || o.fault.is_some())
}

/// The scenarios of the library and the completion matrix: what Wine does there its preset says,
/// and the checker accepts every trace under it.
#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_the_scenarios_and_the_matrix() {
    let Some(mut driver) = driver("made") else { return };
    let made = scenarios().into_iter().filter_map(|(_, made)| made.ok()).chain(matrix());
    let programs: Vec<_> = made.collect();
    let (mut surprising, mut explained) = (Vec::new(), BTreeSet::new());
    for program in &programs {
        let mut learn = |o: &Observation| {
            let sets = o.judgement.iter().flat_map(|j| j.deviations.iter().flatten());
            explained.extend(sets.map(|d| (program.name.clone(), d.clone())));
        };
        if (0..3).all(|_| surprises(&mut driver, program, &mut learn)) {
            surprising.push(program.name.as_str());
        }
    }
    assert_eq!(surprising, Vec::<&str>::new());
    for (program, deviation) in EXPLAINED_MADE {
        let own = ((*program).to_owned(), (*deviation).to_owned());
        assert!(explained.contains(&own), "{program} is not explained by {deviation}");
    }
    assert!(programs.len() >= 150, "the suite shrank");
}

/// Cases at level `everything`.
const CASES: usize = 12;

/// How many of the walks through every transition of a small port are walked on Wine: of several
/// hundred, which the model and the threaded port walk, these are spread over all.
const WALKS: usize = 40;

#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_walks_through_a_small_port() {
    let Some(mut driver) = driver("walks") else { return };
    let all = tours();
    let step = (all.len() / WALKS).max(1);
    let programs: Vec<_> = all.into_iter().step_by(step).collect();
    let mut surprising = Vec::new();
    for program in &programs {
        if (0..3).all(|_| surprises(&mut driver, program, &mut |_| {})) {
            surprising.push(program.name.as_str());
        }
    }
    assert_eq!(surprising, Vec::<&str>::new());
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
        // On a loaded machine a thread can be late, or Wine not start; what is different is so
        // every time.
        let mut seen = Vec::new();
        for _ in 0..3 {
            let Some(difference) = differs(&mut driver, seed, Semantics::wine_8_0()) else { break };
            seen.push(difference);
        }
        assert!(seen.len() < 3, "seed {seed}: {seen:?}");
    }
    let windows =
        (0..6).filter(|seed| differs(&mut driver, *seed, Profile::Win11.into()).is_some());
    assert!(windows.count() >= 3, "Wine 8.0 passes for Windows");
}

/// What Wine 8.0 does in random programs at level `everything` that its preset does not say: the
/// function in whose result it shows.
const BESIDE_THE_PRESET_AT_RANDOM: &[(&str, &str)] = &[
    ("CancelIoEx", "an operation that is over is found all the same"),
    ("NtCancelIoFileEx", "the same"),
    ("NtSetInformationFileReplaceCompletion", "there is no such class"),
    ("TerminateProcess", "a process that has ended can be ended once more"),
];

/// The same at every level and with all that a driver can be asked for: what is different is on
/// the list.
#[test]
fn wine_8_0_does_what_the_model_of_it_does_in_random_programs_of_everything() {
    let Some(mut driver) = driver("everything") else { return };
    let config = Config {
        semantics: Semantics::wine_8_0(),
        level: Level::Everything,
        moves: 24,
        limits: Limits::default(),
        ..Config::default()
    };
    let mut maker = Search::new(&config);
    let known = |what: &str| {
        BESIDE_THE_PRESET_AT_RANDOM.iter().any(|(op, _)| what.contains(&format!(" {op}: ")))
    };
    let mut held = 0;
    for _ in 0..CASES {
        let case = maker.next_case();
        // On a loaded machine a thread can be late; what is different is so every time.
        let outcomes = (0..3).map(|_| judge(&mut driver, &case, &config));
        let mut wrong = Vec::new();
        for outcome in outcomes {
            match outcome {
                Outcome::Holds => held += 1,
                Outcome::Violated(violation) if !known(&violation.what) => {
                    wrong.push(violation.what.clone());
                    continue;
                }
                Outcome::Violated(_) | Outcome::Unclear { .. } => {}
                Outcome::Unsupported { ops } => panic!("{case}: the driver lacks {ops:?}"),
            }
            break;
        }
        assert!(wrong.len() < 3, "{case}: {wrong:?}");
    }
    assert!(2 * held > CASES, "{held} of {CASES} cases hold");
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

/// Departures that no table says, and that programs written by hand have shown.
const EXPLAINED_BESIDES: &[(&str, &str)] = &[
    ("association-replaced", "replace-association=missing"),
    ("disk-control", "disk-control=caller-only"),
    ("lock-at-once", "lock=event-only"),
];

fn committed() -> SuiteResult {
    let text = std::fs::read_to_string(RESULT).expect("the result is part of the crate");
    serde_json::from_str(&text).expect("it is a suite result")
}

/// X17, the calls that are missing, is what the programs that cannot run say.
#[test]
fn each_divergence_is_explained_by_its_own_deviation() {
    let result = committed();
    let besides = EXPLAINED_BESIDES.iter().map(|(program, deviation)| (None, program, deviation));
    let table = EXPLAINED.iter().map(|(fact, program, deviation)| (Some(fact), program, deviation));
    for (fact, program, deviation) in table.chain(besides) {
        let found = result.observations.iter().find(|o| o.program == *program);
        let observation = found.unwrap_or_else(|| panic!("{program} is not in the result"));
        let about = |fact| observation.facts.iter().any(|f| f == fact);
        assert!(fact.is_none_or(about), "{program} is not about {fact:?}");
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
