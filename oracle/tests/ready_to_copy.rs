//! The workflow files that are there to be copied: they are YAML, and their parts make a whole.
#![cfg(unix)]

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ci");

/// A file as JSON; `None` if nothing here reads YAML.
fn read(name: &str) -> Option<Value> {
    let script = "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let has = Command::new("python3").args(["-c", "import yaml"]).output();
    let has = has.is_ok_and(|output| output.status.success());
    assert!(has || std::env::var_os("CI").is_none(), "CI has no YAML parser");
    if !has {
        println!("skipped: this machine has no YAML parser for Python");
        return None;
    }
    let path = format!("{FOLDER}/{name}");
    let output = Command::new("python3").args(["-c", script, &path]).output().expect("it starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn every_index_of_the_kubernetes_job_is_one_shard() {
    let Some(job) = read("kubernetes-job.yaml") else { return };
    let spec = &job["spec"];
    assert_eq!(spec["completionMode"], "Indexed");
    // An index that finds something must not end the others: merge wants them all.
    assert!(spec["backoffLimit"].is_null() && spec["backoffLimitPerIndex"] == 0, "{spec}");
    let count = spec["completions"].as_u64().expect("a number");
    let container = &spec["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], serde_json::json!(["sh", "-c"]));
    let script = container["args"][0].as_str().expect("a script");
    // The command is a stand-in that says what it was asked.
    let bin = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stand-in");
    std::fs::create_dir_all(&bin).expect("it can be made");
    let program = bin.join("iocp");
    std::fs::write(&program, "#!/bin/sh\necho \"$@\"\n").expect("it can be written");
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, permissions).expect("it can be made a program");
    for index in 0..count {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .args(["-c", script])
            .env("PATH", path)
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let shard = format!("--shard slice:{}/{count} ", index + 1);
        assert!(said.contains(&shard) && said.contains(&format!("part-{index}.json")), "{said}");
    }
}

#[test]
fn the_matrix_of_the_workflow_has_every_shard() {
    let Some(workflow) = read("github-linux.yml") else { return };
    let fuzz = &workflow["jobs"]["fuzz"];
    let shards = fuzz["strategy"]["matrix"]["shard"].as_array().expect("a list").len();
    let numbers: Vec<u64> = (1..=shards as u64).collect();
    assert_eq!(fuzz["strategy"]["matrix"]["shard"], serde_json::json!(numbers));
    let steps = fuzz["steps"].to_string();
    assert!(steps.contains(&format!("slice:${{{{ matrix.shard }}}}/{shards} ")), "{steps}");
}

#[test]
fn the_workflow_for_windows_is_a_workflow() {
    let Some(workflow) = read("github-windows.yml") else { return };
    assert_eq!(workflow["jobs"]["windows"]["runs-on"], "windows-latest");
}
