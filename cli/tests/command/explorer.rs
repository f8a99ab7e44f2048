//! What `iocp explore` and `iocp replay` promise besides the counts: bounds are said, progress
//! stays on a terminal, a schedule survives an edit, samples can be replayed.

use std::process::Command;

use serde_json::Value;

use super::{code, err, out, run};

const LARGE: [&str; 9] = [
    "explore",
    "kq",
    "--no-reduction",
    "--json",
    "--set",
    "workers=4",
    "--set",
    "producers=2",
    "-q",
];

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn every_bound_is_said_and_is_never_a_pass() {
    for (bound, value, said) in [
        ("--max-states", "500", "500 states"),
        ("--max-depth", "5", "5 levels"),
        ("--max-memory", "64K", "memory"),
        ("--timeout", "0", "time"),
    ] {
        let output = run(&[&LARGE[..], &[bound, value]].concat());
        assert_eq!(code(&output), 3, "{bound}: {}", err(&output));
        let found = object(&out(&output));
        assert_eq!(found["complete"], false, "{bound}");
        let limit = found["limit"].as_str().expect("the bound that was hit");
        assert!(limit.contains(said), "{bound}: {limit}");
        let chance = found["collision_probability"].as_f64().expect("a number");
        assert!((0.0..1e-9).contains(&chance), "{bound}: {chance}");
        let properties = found["properties"].as_array().expect("a list");
        assert!(properties.iter().all(|p| p["verdict"] != "holds"), "{bound}: {found}");
    }
}

#[test]
fn a_reduction_that_cannot_apply_says_so() {
    // A thread that is never done keeps steps that nobody observes from being passed over.
    let found = object(&out(&run(&["explore", "kq", "--json"])));
    for (name, used) in found["reduction"].as_object().expect("one line for each") {
        let text = used.as_str().unwrap_or_else(|| panic!("{name}: {used}"));
        assert!(!text.is_empty(), "{name}");
    }
    let off = object(&out(&run(&["explore", "kq", "--json", "--no-symmetry"])));
    assert_ne!(off["reduction"]["symmetry"], found["reduction"]["symmetry"]);
}

#[test]
fn a_schedule_survives_an_edit_as_far_as_it_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("edited.scenario.json");
    let path = path.to_str().expect("plain names");
    let scenario = |posts: usize| {
        let post = r#"{"call": "PostQueuedCompletionStatus", "port": "P", "key": 1}"#;
        format!(
            r#"{{"version": 1, "title": "Posts", "ports": {{"P": {{"concurrency": 1}}}}, "threads": {{
                "worker": {{"program": [{{"call": "GetQueuedCompletionStatus", "port": "P"}}]}},
                "poster": {{"program": [{}]}}}}}}"#,
            vec![post; posts].join(", ")
        )
    };
    std::fs::write(path, scenario(3)).expect("a file");
    let ran = object(&out(&run(&["run", path, "--json", "--policy", "random", "--seed", "3"])));
    let token = ran["schedule"].as_str().expect("a token").to_owned();
    let same = object(&out(&run(&["replay", &token, path, "--json"])));
    assert!(same["stopped_fitting"].is_null(), "{same}");
    assert_eq!(same["outcome"], ran["outcome"]);
    std::fs::write(path, scenario(1)).expect("a file");
    let output = run(&["replay", &token, path, "--json"]);
    let edited = object(&out(&output));
    assert!(err(&output).contains("was made for another scenario"), "{}", err(&output));
    assert!(err(&output).contains("stops fitting at step"), "{}", err(&output));
    assert!(edited["stopped_fitting"].as_u64().is_some_and(|step| step > 1), "{edited}");
    assert_eq!(edited["end"], "finished", "the run goes on to its end: {edited}");
}

#[test]
fn a_bug_found_by_samples_is_shrunk_and_its_token_shows_it() {
    for policy in ["pct", "random"] {
        let scenario = ["lifo-limit-over-release", "--deviate", "wake-order=fifo"];
        let sampled = ["explore", "--policy", policy, "--runs", "50", "--seed", "7", "--json"];
        let found = [&sampled[..], &scenario[..]].concat();
        let (first, second) = (run(&found), run(&found));
        assert_eq!(code(&first), 1, "{}", err(&first));
        let (first, second) = (object(&out(&first)), object(&out(&second)));
        let token = |found: &Value| {
            found["violations"][0]["schedule"].as_str().expect("a token").to_owned()
        };
        assert_eq!(token(&first), token(&second), "the same seed, the same bug");
        let again = run(&[&["replay", &token(&first), "--json"], &scenario[..]].concat());
        assert_eq!(code(&again), 1, "{}", err(&again));
    }
}

#[test]
fn a_switch_that_random_runs_cannot_heed_is_refused() {
    for switch in [
        &["--no-reduction"] as &[&str],
        &["--no-symmetry"],
        &["--no-partial-order"],
        &["--no-fusing"],
        &["--max-states", "10"],
        &["--max-depth", "10"],
        &["--max-memory", "1G"],
        &["--starvation", "10"],
        &["--stop-at-violation"],
        &["--coverage"],
        &["--checkpoint", "x"],
        &["--resume", "x"],
        &["--report", "github"],
    ] {
        let output = run(&[&["explore", "kq", "--policy", "pct"], switch].concat());
        assert_eq!(code(&output), 2, "{switch:?}");
        assert!(err(&output).contains(switch[0]), "{switch:?}: {}", err(&output));
    }
    let output = run(&["explore", "kq", "--policy", "random", "--depth", "3"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("--depth is for --policy pct"), "{}", err(&output));
}

#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let arguments = [&LARGE[..8], &["--set", "packets=3", "--timeout", "3s"]].concat();
    assert_eq!(err(&run(&arguments)), "", "a pipe is no terminal");
    // util-linux' script gives a command a terminal.
    let command = format!("{} {} >/dev/null", env!("CARGO_BIN_EXE_iocp"), arguments.join(" "));
    let script = Command::new("script").args(["-qec", &command, "/dev/null"]).output();
    let Ok(script) = script else {
        assert!(std::env::var_os("CI").is_none(), "script is part of util-linux");
        println!("skipped: no `script` here to make a terminal");
        return;
    };
    let said = String::from_utf8_lossy(&script.stdout);
    for word in [" states", " a second", "level ", " to expand", " MiB"] {
        assert!(said.contains(word), "no {word} in {said:?}");
    }
}
