//! `iocp fuzz` and `iocp merge` as their users meet them.

use std::path::PathBuf;

use serde_json::Value;

use crate::{code, err, out, run};

fn json(arguments: &[&str], exit: i32) -> Value {
    let output = run(arguments);
    assert_eq!(code(&output), exit, "{}{}", out(&output), err(&output));
    serde_json::from_str(&out(&output)).expect("an object")
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("it can be made");
    folder
}

#[test]
fn a_fault_is_found_and_its_token_shows_it_again() {
    let driver = "model=wake-order=fifo";
    let found = json(&["fuzz", "--driver", driver, "--json"], 1);
    assert_eq!(found["failure"]["rule"], "release-lifo", "{found}");
    assert_eq!(found["failure"]["deviations"][0][0], "wake-order=fifo", "{found}");
    let token = found["failure"]["token"].as_str().expect("a token");
    let replay = |exit| json(&["fuzz", "--driver", driver, "--replay", token, "--json"], exit);
    let again = replay(1);
    assert_eq!(again["outcome"], "violated");
    assert_eq!(again["found"]["trace"], found["failure"]["trace"]);
    assert_eq!(again, replay(1), "a replay is the same every time");
    let right = json(&["fuzz", "--driver", "model", "--replay", token, "--json"], 0);
    assert_eq!(right["outcome"], "holds");
    let declared = ["--deviate", "wake-order=fifo"];
    let fine = ["fuzz", "--driver", driver, "--cases", "10"];
    assert_eq!(code(&run(&[&fine[..], &declared[..]].concat())), 0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for wrong in [
        &["fuzz", "--driver", "model", "--replay", "iocp1:AAAA"][..],
        &["fuzz", "--driver", "model", "--shard", "slice:3/2"],
        &["fuzz", "--driver", "model=no=such"],
        &["fuzz", "--driver", "threaded=fifo-relase"],
        &["fuzz", "--driver", "model", "--level", "all"],
        &["fuzz", "--driver", "no/such/program"],
        &["fuzz", "--driver", "model", "--shard-file", "x.json"],
    ] {
        assert_eq!(code(&run(wrong)), 2, "{wrong:?}");
    }
    let nothing = run(&["fuzz", "--driver", "model", "--cases", "0"]);
    assert_eq!(code(&nothing), 4, "{}", out(&nothing));
}

#[test]
#[cfg(unix)]
fn what_a_driver_prints_instead_of_a_greeting_is_shown() {
    for command in ["fuzz", "conform"] {
        let said = run(&[command, "--driver", "ls /no/such/folder"]);
        assert_eq!(code(&said), 2);
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(text.contains("the driver died"), "{text}");
        assert!(text.contains("the driver said\n  ls: "), "{text}");
    }
    let silent = run(&["fuzz", "--driver", "false"]);
    let text = String::from_utf8_lossy(&silent.stderr).into_owned();
    assert!(text.contains("Test a port of your own") && !text.contains("said"), "{text}");
}

#[test]
fn reports_are_written_and_the_rule_is_in_them() {
    let folder = folder("fuzz-reports");
    let path = |name: &str| folder.join(name).to_str().expect("a plain path").to_owned();
    let (junit, sarif) = (path("r.xml"), path("r.sarif"));
    let output = run(&[
        "fuzz",
        "--driver",
        "model=packet-order=lifo",
        "--report",
        &format!("junit={junit}"),
        "--report",
        &format!("sarif={sarif}"),
        "--report",
        "github",
    ]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("::error title=iocp%3A packets-fifo"), "{}", out(&output));
    let xml = std::fs::read_to_string(junit).expect("it is there");
    assert!(xml.contains("packets-fifo") && xml.contains("iocpf1:"), "{xml}");
    let text = std::fs::read_to_string(sarif).expect("it is there");
    let sarif: Value = serde_json::from_str(&text).expect("JSON");
    let flows = &sarif["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"];
    assert!(flows.as_array().is_some_and(|flows| flows.len() >= 2), "{sarif:#}");
}

#[test]
fn the_parts_of_a_job_go_together_and_missing_or_foreign_parts_do_not() {
    let folder = folder("shards");
    let path = |name: &str| folder.join(name).to_str().expect("a plain path").to_owned();
    let part = |shard: &str, seed: &str, file: &str| {
        let file = path(file);
        let more = ["--cases", "12", "--seed", seed, "--shard", shard, "--shard-file", &file];
        let output = run(&[&["fuzz", "--driver", "model"][..], &more[..]].concat());
        assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
        file
    };
    let files: Vec<String> =
        (1..=3).map(|n| part(&format!("slice:{n}/3"), "0", &format!("{n}.json"))).collect();
    let merge = |files: &[&str]| run(&[&["merge"][..], files].concat());
    let all: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = merge(&all);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("3 parts of iocp fuzz"), "{}", out(&output));
    let output = merge(&all[..2]);
    assert!(code(&output) == 5 && err(&output).contains("missing: 3"), "{}", err(&output));
    let other = part("slice:3/3", "7", "other.json");
    let output = merge(&[all[0], all[1], &other]);
    assert!(
        code(&output) == 5 && err(&output).contains("other.json (part 3) belongs to another job"),
        "{}",
        err(&output)
    );
    let output = merge(&[all[0], all[1], all[1]]);
    assert!(
        code(&output) == 5 && err(&output).contains("part 2 is there twice"),
        "{}",
        err(&output)
    );
    let text = std::fs::read_to_string(all[2]).expect("it is there");
    let mixed = path("mixed.json");
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "+");
    assert!(text.contains(version));
    std::fs::write(&mixed, text.replace(version, "\"0.0.9+")).expect("it can be written");
    let output = merge(&[all[0], all[1], &mixed]);
    assert!(code(&output) == 5 && err(&output).contains("0.0.9"), "{}", err(&output));
    std::fs::write(&mixed, "{}").expect("it can be written");
    assert_eq!(code(&merge(&[&mixed])), 2);
}

#[test]
fn a_suite_in_parts_is_the_whole_suite() {
    let folder = folder("suite-parts");
    let path = |n: u32| folder.join(format!("{n}.json")).to_str().expect("plain").to_owned();
    for n in 1..=2 {
        let (shard, file) = (format!("hash:{n}/2"), path(n));
        let output =
            run(&["conform", "--driver", "threaded", "--shard", &shard, "--shard-file", &file]);
        assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    }
    let whole = run(&["conform", "--driver", "threaded", "--json"]);
    let whole: Value = serde_json::from_str(&out(&whole)).expect("an object");
    let conform = whole["observations"].as_array().expect("a list").iter();
    let conform = conform.filter(|o| o["standing"] == "conforms").count();
    let merged = json(&["merge", &path(1), &path(2), "--json"], 0);
    assert_eq!(merged["passed"], conform, "{merged}");
}

#[test]
fn traces_in_parts_are_all_the_traces() {
    let folder = folder("trace-parts");
    let path = |name: &str| folder.join(name).to_str().expect("a plain path").to_owned();
    let mut traces = Vec::new();
    for (number, scenario) in ["release-lifo", "kq", "hand-off-by-limit"].iter().enumerate() {
        let trace = path(&format!("{number}.trace.jsonl"));
        assert_eq!(code(&run(&["run", scenario, "--trace", &trace])), 0, "{scenario}");
        traces.push(trace);
    }
    let all: Vec<&str> = traces.iter().map(String::as_str).collect();
    let part = |shard: &str, file: &str, traces: &[&str]| {
        let more = ["--shard", shard, "--shard-file", file];
        run(&[&["check"][..], traces, &more[..]].concat())
    };
    let parts: Vec<String> = (1..=2).map(|n| path(&format!("{n}.json"))).collect();
    for (index, file) in parts.iter().enumerate() {
        let output = part(&format!("slice:{}/2", index + 1), file, &all);
        assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    }
    let merged = json(&["merge", &parts[0], &parts[1], "--json"], 0);
    assert_eq!((&merged["of"], &merged["passed"]), (&"check".into(), &3.into()), "{merged}");
    assert!(merged["rules"].as_array().is_some_and(|rules| rules.len() > 3), "{merged}");
    // Parts of different jobs do not mix, and a part that is not there is missed.
    let other = path("other.json");
    assert_eq!(code(&part("slice:2/2", &other, &all[..2])), 0);
    assert_eq!(code(&run(&["merge", &parts[0], &other])), 5);
    assert_eq!(code(&run(&["merge", &parts[1]])), 5);
    // By name each trace is in one part, whichever others there are.
    let by_name = |n: u32, traces: &[&str]| {
        let output = part(&format!("hash:{n}/2"), &path("by-name.json"), traces);
        assert!([0, 4].contains(&code(&output)), "{}", err(&output));
        let lines = out(&output).lines().filter(|line| line.contains("trace.jsonl")).count();
        (lines, code(&output))
    };
    for trace in &all {
        let alone: Vec<i32> = (1..=2).map(|n| by_name(n, &[trace]).1).collect();
        assert!(alone == [0, 4] || alone == [4, 0], "{trace}: {alone:?}");
    }
    // What cannot be read leaves no part behind.
    let (bad, file) = (path("bad.trace.jsonl"), path("none.json"));
    std::fs::write(&bad, "no trace").expect("it can be written");
    assert_eq!(code(&part("slice:1/1", &file, &[&bad])), 2);
    assert!(!std::path::Path::new(&file).exists());
}

#[test]
fn when_the_time_is_up_the_search_ends_with_what_it_has() {
    let started = std::time::Instant::now();
    let found = json(&["fuzz", "--driver", "model", "--time", "1s", "--json"], 0);
    let seconds = started.elapsed().as_secs();
    assert!((1..60).contains(&seconds), "it took {seconds} s");
    assert!(found["judged"].as_u64().is_some_and(|judged| judged > 0), "{found}");
    assert_eq!(found["stopped"], false, "nobody stopped it: {found}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_search_for_faults_reports_what_it_tried() {
    use std::process::{Command, Stdio};
    let folder = folder("interrupted");
    let path = |name: &str| folder.join(name).to_str().expect("a plain path").to_owned();
    let (junit, part) = (path("r.xml"), path("part.json"));
    let child = crate::iocp(&["fuzz", "--driver", "model", "--cases", "100M", "--json"])
        .args(["--report", &format!("junit={junit}")])
        .args(["--shard", "slice:1/1", "--shard-file", &part])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while !crate::contract::listens(child.id()) {
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", err(&output));
    let found: Value = serde_json::from_str(&out(&output)).expect("a partial report");
    assert_eq!((&found["stopped"], &found["exit"]), (&true.into(), &130.into()), "{found}");
    assert!(std::fs::read_to_string(junit).expect("a report").contains("<testsuites"));
    // A part that did not come to its end is no part.
    let merged = run(&["merge", &part]);
    assert!(code(&merged) == 5 && err(&merged).contains("interrupted"), "{}", err(&merged));
}
