//! The model in the page is the model: the embedded WebAssembly module and the same code, compiled
//! for this machine, give the same answers, byte for byte, at every step of the whole library.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use iocp_scenarios::lesson::Task;
use iocp_scenarios::{Scenario, library};
use iocp_viz::explorer::lesson_text;
use iocp_viz::lessons;
use iocp_viz::session::wire::Host;
use serde_json::{Value, json};

/// The module in node, one request a line.
struct Page {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Page {
    fn open() -> Option<Page> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let in_ci = std::env::var_os("CI").is_some();
        let fresh = Command::new("sh").arg(folder.join("build-wasm.sh")).arg("--fresh").output();
        let fresh = fresh.is_ok_and(|out| out.status.success());
        assert!(fresh || !in_ci, "the module is not made from these sources: viz/build-wasm.sh");
        let node = Command::new("node").arg("--version").output();
        let node = node.is_ok_and(|out| out.status.success());
        assert!(node || !in_ci, "node is missing");
        if !fresh || !node {
            eprintln!("skipped: {}", if node { "the module is stale" } else { "no node" });
            return None;
        }
        let mut child = Command::new("node")
            .arg(folder.join("tests/page/host.mjs"))
            .arg(folder.join("src/page/iocp.wasm.gz"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let requests = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Some(Page { child, requests, answers })
    }

    fn answer(&mut self, request: &str) -> String {
        writeln!(self.requests, "{request}").expect("node reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("node answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It ends with its input anyway.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks both; the answer.
fn both(host: &mut Host, page: &mut Page, request: &Value) -> Value {
    let request = request.to_string();
    let (native, web) = (host.answer(&request), page.answer(&request));
    assert_eq!(native, web, "{request}");
    serde_json::from_str(&native).expect("JSON")
}

#[test]
fn native_and_webassembly_runs_of_the_whole_library_agree_step_by_step() {
    let Some(mut page) = Page::open() else { return };
    let mut host = Host::new();
    let (mut runs, mut compared) = (0, 0);
    for entry in library::entries() {
        let scenario = Scenario::parse(entry.name, entry.text).expect("a library scenario");
        let variants = scenario.variants();
        let variants = variants.iter().map(|variant| (variant.name.to_owned(), ""));
        let profiles = ["", "wine-8.0", "xp"].map(|profile| (String::new(), profile));
        for (variant, profile) in profiles.into_iter().chain(variants) {
            let load = json!({ "do": "load", "scenario": entry.name, "text": entry.text,
                               "profile": profile, "variant": variant, "steps": 200 });
            let loaded = both(&mut host, &mut page, &load);
            let Some(length) = loaded["branches"][0]["length"].as_u64() else {
                let refused = loaded["error"].as_str().unwrap_or_default();
                assert!(!profile.is_empty() && !refused.is_empty(), "{}: {refused}", entry.name);
                continue;
            };
            runs += 1;
            for at in 0..=length {
                both(&mut host, &mut page, &json!({ "do": "view", "branch": 0, "at": at }));
                both(&mut host, &mut page, &json!({ "do": "question", "branch": 0, "at": at }));
                compared += 1;
            }
            for request in ["link", "rust", "c", "log", "lanes"] {
                both(&mut host, &mut page, &json!({ "do": request, "branch": 0, "to": 100 }));
            }
            both(
                &mut host,
                &mut page,
                &json!({ "do": "run", "branch": 0, "steps": 40, "seed": 3 }),
            );
        }
    }
    let least = 2 * library::entries().len();
    assert!(runs >= least && compared > 2000, "only {runs} runs, {compared} steps");
}

/// The settings that solve an exercise, as a reader would hand them in.
fn reference(lesson: &str) -> String {
    let data = lesson.rsplit("```json\n").next().and_then(|rest| rest.split("\n```").next());
    let data: Value = serde_json::from_str(data.expect("the data")).expect("JSON");
    let mut settings = data["exercise"]["solution"].clone();
    settings["version"] = json!(1);
    settings.to_string()
}

#[test]
fn the_page_says_of_lessons_what_the_model_says() {
    let Some(mut page) = Page::open() else { return };
    let mut host = Host::new();
    let mut same = 0;
    for entry in lessons::entries() {
        let lesson = lessons::find(entry.name).expect("a lesson");
        let text = lesson_text(entry.text);
        let name = json!({ "do": "lesson", "name": entry.name, "lesson": text });
        both(&mut host, &mut page, &name);
        let ask = json!({ "do": "lesson_answer", "name": entry.name, "lesson": text });
        both(&mut host, &mut page, &ask);
        let check = json!({ "do": "lesson_check", "name": entry.name, "lesson": text,
                            "text": lesson.start() });
        let unsolved = both(&mut host, &mut page, &check);
        assert_ne!(unsolved["solved"], json!(true), "{}: solved as it is given", entry.name);
        let solution = json!({ "do": "lesson_check", "name": entry.name, "lesson": text,
                               "text": reference(entry.text) });
        if lesson.exercise.task == Task::Settings {
            let solved = both(&mut host, &mut page, &solution);
            assert_eq!(solved["solved"], json!(true), "{}: {solved}", entry.name);
        }
        same += 1;
    }
    assert_eq!(same, lessons::entries().len());
}
