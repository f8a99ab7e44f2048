//! What other tools build on: exit codes for every kind of bad input, the same bytes twice, the
//! reference counts of the explorer, every picture, searches that are cut and go on.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{code, err, iocp, out, run};

/// A folder with files that are no scenarios, each wrong in its own way.
fn bad_files() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    // Not random, but nothing that anybody wrote: a multiplicative sequence.
    let noise: Vec<u8> =
        (0..9999_u64).map(|n| (n.wrapping_mul(6_364_136_223_846_793_005) >> 33) as u8).collect();
    let files: [(&str, Vec<u8>); 10] = [
        ("brace.json", b"{".to_vec()),
        ("empty.json", Vec::new()),
        ("noise.json", noise),
        ("version.json", b"{\"version\":99}".to_vec()),
        ("deep.json", vec![b'['; 100_000]),
        ("null.json", b"null".to_vec()),
        ("array.json", b"[]".to_vec()),
        ("nul.json", vec![0; 100]),
        ("long.json", vec![b' '; 2 << 20]),
        ("utf8.json", b"{\"version\": \"\xff\"}".to_vec()),
    ];
    let paths = files
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("a file");
            path
        })
        .collect();
    (folder, paths)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain names")
}

#[test]
fn whatever_the_bytes_the_answer_is_2_and_a_sentence() {
    let (folder, mut paths) = bad_files();
    paths.push(folder.path().join("there-is-no-such-file.json"));
    paths.push(folder.path().to_path_buf());
    let picture = folder.path().join("out.svg");
    for path in &paths {
        let path = text(path);
        for arguments in [
            &["run", path] as &[&str],
            &["explore", path],
            &["check", path],
            &["view", path, "-o", text(&picture)],
            &["diff", "win7", "win11", path],
            &["convert", path, "--to", "perfetto"],
            &["convert", path, "--from", "wine-server"],
            &["convert", path, "--from", "wine-relay"],
        ] {
            let output = run(arguments);
            let said = err(&output);
            assert_eq!(code(&output), 2, "{arguments:?}: {said}");
            assert!(!said.contains("panicked") && !said.contains("fault of its own"), "{said}");
            assert!(said.contains("error"), "{arguments:?} said nothing: {said}");
        }
    }
    assert!(!picture.exists());
}

#[test]
fn standard_input_is_read_for_a_dash() {
    use std::io::Write;
    let mut child = iocp(&["run", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let written = child.stdin.take().expect("piped").write_all(b"{\"version\": 1, \"ports\": 7}");
    written.expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("<stdin>:1:"), "{}", err(&output));
}

fn names() -> Vec<String> {
    let list: Value = serde_json::from_str(&out(&run(&["list", "--json"]))).expect("JSON");
    let scenarios = list.as_array().expect("an array");
    for scenario in scenarios {
        for key in ["name", "title", "group", "rules"] {
            assert!(scenario.get(key).is_some(), "{scenario} has no {key}");
        }
    }
    scenarios.iter().map(|s| s["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn every_scenario_runs_and_runs_the_same_twice() {
    let names = names();
    assert!(names.len() >= 80, "{} scenarios", names.len());
    for name in &names {
        let (first, second) = (run(&["run", name]), run(&["run", name]));
        assert!(code(&first) <= 1, "{name}: {}", err(&first));
        assert_eq!(first.stdout, second.stdout, "{name}");
    }
}

fn object(arguments: &[&str]) -> Value {
    let output = run(arguments);
    serde_json::from_str(&out(&output)).unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
}

#[test]
fn the_explorer_counts_what_the_reference_counts() {
    // bench: states and transitions that two other model checkers agree on.
    for (workers, producers, packets, concurrency, states, transitions) in
        [(1, 1, 1, 1, 8, 9), (2, 1, 2, 1, 73, 148), (3, 2, 2, 1, 3614, 11269)]
    {
        let settings = [
            format!("workers={workers}"),
            format!("producers={producers}"),
            format!("packets={packets}"),
            format!("concurrency={concurrency}"),
        ];
        let mut arguments = vec!["explore", "kq", "--no-reduction", "--json", "--starvation", "0"];
        for setting in &settings {
            arguments.extend(["--set", setting]);
        }
        let found = object(&arguments);
        assert_eq!(found["complete"], true);
        assert_eq!(found["states"], states, "{settings:?}");
        assert_eq!(found["transitions"], transitions, "{settings:?}");
        for key in ["terminals", "depth", "reduction", "elapsed_s", "violations"] {
            assert!(found.get(key).is_some(), "no {key}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads| run(&["explore", "kq", "--set", "workers=3", "--threads", threads]).stdout;
    assert_eq!(with("1"), with("2"));
}

/// The same search without what depends on the clock.
fn lasting(mut found: Value) -> Value {
    let object = found.as_object_mut().expect("an object");
    for key in ["elapsed_s", "peak_memory"] {
        object.remove(key).expect("it is there");
    }
    found
}

#[test]
fn a_bounded_search_is_3_and_goes_on_to_the_same_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("search.checkpoint");
    let mut whole = vec!["explore", "kq", "--json", "--no-reduction"];
    for setting in ["workers=3", "producers=2", "packets=2"] {
        whole.extend(["--set", setting]);
    }
    let mut cut = whole.clone();
    cut.extend(["--max-states", "500", "--checkpoint", text(&saved)]);
    let output = run(&cut);
    assert_eq!(code(&output), 3, "{}", err(&output));
    let found: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(found["complete"], false);
    assert!(found["limit"].as_str().is_some_and(|limit| limit.contains("500")), "{found}");
    let mut rest = whole.clone();
    rest.extend(["--resume", text(&saved)]);
    assert_eq!(lasting(object(&rest)), lasting(object(&whole)));
    std::fs::write(&saved, b"not a checkpoint").expect("a file");
    assert_eq!(code(&run(&rest)), 2);
}

#[test]
fn a_violation_is_1_and_its_token_shows_it_again() {
    let scenario = ["lifo-limit-over-release", "--deviate", "wake-order=fifo"];
    let found = object(&[&["explore", "--json"], &scenario[..]].concat());
    assert_eq!(found["exit"], 1);
    let violation = &found["violations"][0];
    let token = violation["schedule"].as_str().expect("a token");
    let again = run(&[&["replay", token, "--json"], &scenario[..]].concat());
    assert_eq!(code(&again), 1, "{}", err(&again));
    let again: Value = serde_json::from_str(&out(&again)).expect("JSON");
    assert_eq!(again["violations"][0]["property"], violation["property"]);
}

#[test]
fn a_run_and_its_replay_end_alike() {
    for name in names().iter().step_by(7) {
        let ran = object(&["run", name, "--json"]);
        if ran["end"].is_null() {
            continue;
        }
        let token = ran["schedule"].as_str().expect("a token");
        let again = object(&["replay", token, name, "--json"]);
        assert_eq!(ran["outcome"], again["outcome"], "{name}");
        assert!(again["stopped_fitting"].is_null(), "{name}");
    }
}

#[test]
fn the_trace_of_a_run_conforms_and_that_of_a_deviating_run_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("run.trace.jsonl");
    let scenario = "lifo-limit-over-release";
    assert_eq!(code(&run(&["run", scenario, "--trace", text(&trace)])), 0);
    let good = run(&["check", text(&trace)]);
    assert_eq!(code(&good), 0, "{}", out(&good));
    let deviating = ["run", scenario, "--deviate", "wake-order=fifo", "--trace", text(&trace)];
    assert_eq!(code(&run(&deviating)), 1);
    let bad = run(&["check", text(&trace)]);
    assert_eq!(code(&bad), 1, "{}", out(&bad));
    assert!(out(&bad).contains("wake-order=fifo"), "{}", out(&bad));
}

#[test]
fn every_object_of_a_stage_is_announced_so_that_its_trace_can_be_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("run.trace.jsonl");
    for scenario in ["two-wait-on-the-handle", "kq"] {
        let written = run(&["run", scenario, "--trace", text(&trace)]);
        assert_eq!((code(&written), err(&written)), (0, String::new()), "{scenario}");
        let judged = run(&["check", text(&trace)]);
        assert_eq!(code(&judged), 0, "{scenario}: {}", out(&judged));
    }
}

#[test]
fn a_token_finds_its_scenario_and_garbage_is_2() {
    let ran = object(&["run", "lifo-limit-over-release", "--json"]);
    let token = ran["schedule"].as_str().expect("a token");
    let again = object(&["replay", token, "--json"]);
    assert_eq!(again["scenario"], "lifo-limit-over-release");
    for token in ["iocp1:garbage", "iocp1:", "", "x", "iocp1:AAAAAAAA"] {
        assert_eq!(code(&run(&["replay", token])), 2, "{token}");
    }
}

#[test]
fn every_picture_is_drawn_and_an_unknown_one_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for suffix in ["html", "svg", "mmd", "dot", "txt", "perfetto.json"] {
        let path = folder.path().join(format!("kq.{suffix}"));
        let output = run(&["view", "kq", "-o", text(&path)]);
        assert_eq!(code(&output), 0, "{suffix}: {}", err(&output));
        let first = std::fs::read(&path).expect("it is there");
        assert!(first.len() > 100, "{suffix}");
        run(&["view", "kq", "-o", text(&path)]);
        assert_eq!(first, std::fs::read(&path).expect("it is there"), "{suffix}");
    }
    let output = run(&["view", "kq", "-o", text(&folder.path().join("kq.png"))]);
    assert_eq!(code(&output), 2);
    let output = run(&["view", "kq", "-o", text(&folder.path().join("no/such/folder.svg"))]);
    assert_eq!(code(&output), 2);
}

#[test]
fn reports_are_written_beside_the_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = |kind: &str| format!("{kind}={}", text(&folder.path().join(kind)));
    let (junit, sarif, json) = (report("junit"), report("sarif"), report("json"));
    let output = run(&[
        "run",
        "lifo-limit-over-release",
        "--deviate",
        "wake-order=fifo",
        "--report",
        &junit,
        "--report",
        &sarif,
        "--report",
        &json,
        "--report",
        "github",
    ]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("::error title="), "{}", out(&output));
    let read = |kind: &str| std::fs::read_to_string(folder.path().join(kind)).expect("a report");
    assert!(read("junit").contains("failures=\"1\""), "{}", read("junit"));
    let sarif: Value = serde_json::from_str(&read("sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let json: Value = serde_json::from_str(&read("json")).expect("JSON");
    let schema = object(&["schema", "report"]);
    jsonschema::validate(&schema, &json).expect("the report obeys its schema");
}

#[test]
fn the_threaded_port_conforms_and_a_planted_fault_in_it_does_not() {
    let output = run(&["conform", "--driver", "threaded", "--only", "d0", "--json"]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    let output = run(&["conform", "--driver", "threaded=fifo-release", "--only", "d0"]);
    assert_eq!(code(&output), 1, "{}{}", out(&output), err(&output));
    let output = run(&["conform", "--driver", "threaded=fifo-relase"]);
    assert!(err(&output).contains("did you mean `fifo-release`?"), "{}", err(&output));
}

/// A port of concurrency 1, made and asked for its depth.
fn trace(depth: u32) -> String {
    format!(
        r#"{{"ev":"meta","format":"iocp-trace","version":1}}
{{"ev":"call","id":1,"tid":1,"op":"NtCreateIoCompletion","args":{{"access":2031619,"attributes":"null","concurrency":1}}}}
{{"ev":"ret","id":1,"res":{{"status":0,"handle":"0x30"}}}}
{{"ev":"call","id":2,"tid":1,"op":"NtQueryIoCompletion","args":{{"port":"0x30","class":0,"length":4}}}}
{{"ev":"ret","id":2,"res":{{"status":0,"depth":{depth}}}}}
{{"ev":"end"}}
"#
    )
}

#[test]
fn a_trace_is_judged_and_the_exit_code_says_how() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let good = write("good.trace.jsonl", &trace(0));
    let bad = write("bad.trace.jsonl", &trace(1));
    let cut = trace(0).replace("{\"ev\":\"end\"}\n", "");
    let cut = write("cut.trace.jsonl", &cut);
    let none = write("none.trace.jsonl", trace(0).lines().next().expect("meta"));
    for (path, expected, verdict) in [
        (&good, 0, "conforms"),
        (&bad, 1, "diverges"),
        (&cut, 3, "inconclusive"),
        (&none, 4, "nothing_checked"),
    ] {
        let output = run(&["check", text(path), "--json"]);
        assert_eq!(code(&output), expected, "{path:?}: {}{}", out(&output), err(&output));
        let found: Value = serde_json::from_str(&out(&output)).expect("JSON");
        let judged = &found["traces"][0];
        assert_eq!(judged["verdict"], verdict, "{judged}");
        for key in ["events", "explained", "line", "rule", "deviations", "assumptions"] {
            assert!(judged.get(key).is_some(), "no {key}");
        }
    }
    let both = run(&["check", text(&good), text(&bad)]);
    assert_eq!(code(&both), 1);
    assert!(out(&both).contains("1 conform, 1 diverge"), "{}", out(&both));
    assert_eq!(code(&run(&["check"])), 4);
}

#[test]
fn every_schema_is_a_schema() {
    for kind in ["scenario", "lesson", "solution", "progress", "trace", "report"] {
        let schema = object(&["schema", kind]);
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

/// Whether a process has a handler for SIGINT, as Linux tells it.
#[cfg(target_os = "linux")]
pub(crate) fn listens(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 2 != 0))
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_search_reports_what_it_found() {
    use std::process::{Command, Stdio};
    let child = iocp(&["explore", "kq", "--set", "workers=4", "--set", "producers=3"])
        .args(["--set", "packets=8", "--no-reduction", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while !listens(child.id()) {
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", err(&output));
    let found: Value = serde_json::from_str(&out(&output)).expect("a partial report");
    assert_eq!(found["complete"], false);
}

/// A search that is killed again and again, at any moment, goes on from its last checkpoint and
/// comes to the same result.
#[test]
fn a_search_killed_at_any_moment_goes_on_to_the_same_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("search.ckpt");
    let question = ["explore", "kq", "--set", "workers=3", "--set", "producers=2", "--set"];
    let rest = ["packets=3", "--no-reduction", "--starvation", "0", "--json"];
    let ask = || {
        let mut command = iocp(&question);
        command.args(rest);
        command
    };
    let result = |text: &str| {
        let mut found: Value = serde_json::from_str(text).expect("one object");
        let found = found.as_object_mut().expect("an object");
        found.retain(|key, _| !["elapsed_s", "peak_memory"].contains(&key.as_str()));
        Value::from(found.clone())
    };
    let whole = ask().output().expect("it runs");
    let (mut killed, mut went_on) = (0, 0);
    for attempt in 0..40_u64 {
        let mut command = ask();
        command.args(["--checkpoint", text(&file), "--checkpoint-every", "0s"]);
        if file.exists() {
            command.args(["--resume", text(&file)]);
            went_on += 1;
        }
        let null = std::process::Stdio::null;
        let mut child = command.stdout(null()).stderr(null()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(20 + attempt * 37 % 400));
        if child.try_wait().expect("it can be asked").is_some() {
            break;
        }
        child.kill().expect("it can be killed");
        let _ = child.wait();
        killed += 1;
    }
    assert!(killed > 2 && went_on > 0, "killed {killed} times, went on {went_on} times");
    let mut last = ask();
    let last = last.args(["--resume", text(&file)]).output().expect("it runs");
    assert_eq!(code(&last), 0, "{}", err(&last));
    assert_eq!(result(&out(&last)), result(&out(&whole)));
}
