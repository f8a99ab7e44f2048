//! The architecture invariants that a scan can see: who depends on whom, who touches the world.

use crate::Complaint;
use crate::tree::Source;

/// The rooms in the order of the data, and the rooms each may know.
const ROOMS: [(&str, &[&str]); 6] = [
    ("model", &[]),
    ("scheduler", &["model"]),
    ("scenarios", &["model", "scheduler"]),
    ("oracle", &["model", "scheduler", "scenarios"]),
    ("viz", &["model", "scheduler", "scenarios", "oracle"]),
    ("cli", &["model", "scheduler", "scenarios", "oracle", "viz"]),
];

/// A room that names a room after it in its Cargo.toml. (Its tests may want itself with features.)
pub(crate) fn dependencies(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (room, may_know) in ROOMS {
        let manifest = format!("{room}/Cargo.toml");
        for source in sources.iter().filter(|s| s.path == manifest) {
            for (index, line) in source.text.lines().enumerate() {
                let Some(rest) = line.strip_prefix("iocp-") else { continue };
                let known = rest.split(['.', ' ', '=']).next().unwrap_or_default();
                if known != room && !may_know.contains(&known) {
                    let what = format!("{room} must not know {known}");
                    complaints.push(Complaint::new(&source.path, index + 1, what));
                }
            }
        }
    }
    complaints
}

/// A dependency of the model that is not an optional serde. Tests may use what they like.
pub(crate) fn model_dependencies(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.path == "model/Cargo.toml") {
        let mut section = "";
        for (index, line) in source.text.lines().enumerate() {
            if line.starts_with('[') {
                section = line;
            }
            let shipped = section.contains("dependencies") && !section.contains("dev-dependencies");
            let is_dependency = shipped && line.contains('=') && !line.starts_with(['#', '[']);
            if is_dependency && !(line.starts_with("serde") && line.contains("optional = true")) {
                let what = format!("the model may depend on optional serde only: `{line}`");
                complaints.push(Complaint::new(&source.path, index + 1, what));
            }
        }
    }
    complaints
}

/// What reaches outside the process or asks the time.
const WORLD: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::time",
    "std::env",
    "Instant::now",
    "SystemTime",
    "std::io::stdin",
];

/// What a room may use of the list above, and why.
const MAY_TOUCH: [(&str, &str); 4] = [
    ("oracle/src/harness", "limits the time of cases, and keeps those that failed in a file"),
    ("oracle/src/driver", "starts implementations, listens to them, and limits their time"),
    ("oracle/src/threaded", "is a real port: it waits in real time"),
    ("oracle/drivers/", "are programs of their own that make real calls"),
];

/// Rooms other than the command that touch the world. Build scripts and tests are not shipped.
pub(crate) fn world(sources: &[Source]) -> Vec<Complaint> {
    let pure = ["model", "scheduler", "scenarios", "oracle", "viz"];
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.is_rust() && !s.is_test() && pure.contains(&s.room()))
    {
        let allowed = MAY_TOUCH.iter().any(|(path, _)| source.path.starts_with(path));
        if allowed || source.path.ends_with("/build.rs") {
            continue;
        }
        for (index, line) in code_lines(source) {
            for word in WORLD.iter().filter(|w| line.contains(**w)) {
                let what = format!("`{word}`: only the command and the drivers touch the world");
                complaints.push(Complaint::new(&source.path, index + 1, what));
            }
        }
    }
    complaints
}

/// Hash-ordered collections, threads and random numbers in the model.
pub(crate) fn hash_order(sources: &[Source]) -> Vec<Complaint> {
    let words = ["HashMap", "HashSet", "std::thread", "rand::", "thread_local!", "static mut"];
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.is_rust() && s.path.starts_with("model/src/")) {
        for (index, line) in code_lines(source) {
            for word in words.iter().filter(|w| line.contains(**w)) {
                complaints.push(Complaint::new(
                    &source.path,
                    index + 1,
                    format!("`{word}` in the model: the same input gives the same bytes"),
                ));
            }
        }
    }
    complaints
}

/// Files that may hold `unsafe`, and why.
const UNSAFE: [(&str, &str); 3] = [
    ("oracle/drivers/win32/", "a package of its own: every call of Windows is unsafe"),
    ("oracle/capi/src/lib.rs", "functions that C calls take pointers from C"),
    ("tests/fuzz/fuzz_targets/c_interface.rs", "calls those functions as C does"),
];

/// `unsafe` outside the list.
pub(crate) fn unsafe_code(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.is_rust() && !s.path.starts_with("tests/tests/tidy/"))
    {
        let listed = UNSAFE.iter().any(|(path, _)| source.path.starts_with(path));
        for (index, line) in code_lines(source) {
            let used = line.contains("unsafe {")
                || line.contains("unsafe fn")
                || line.contains("unsafe impl");
            if !listed && used {
                complaints.push(Complaint::new(
                    &source.path,
                    index + 1,
                    "`unsafe` outside the list",
                ));
            }
        }
    }
    complaints
}

/// The lines before the unit tests, without comments.
fn code_lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source
        .without_unit_tests()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .enumerate()
}

#[test]
fn a_planted_backward_dependency_is_found() {
    let text = "[dependencies]\niocp-model.workspace = true\niocp-viz.workspace = true\n";
    let found = dependencies(&[Source::planted("scenarios/Cargo.toml", text)]);
    assert_eq!(found.iter().map(|c| c.line).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_planted_dependency_of_the_model_is_found() {
    let text = "[dependencies]\nserde = { version = \"1\", optional = true }\n\
                rand = \"1\"\n\n[dev-dependencies]\nproptest = \"1\"\n";
    let found = model_dependencies(&[Source::planted("model/Cargo.toml", text)]);
    assert_eq!(found.iter().map(|c| c.line).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_planted_clock_is_found_and_a_comment_is_not() {
    let clock = Source::planted("scheduler/src/a.rs", "use std::time::Instant;\n");
    let comment = Source::planted("scheduler/src/a.rs", "// no std::time here\n");
    assert_eq!(world(&[clock]).len(), 1);
    assert_eq!(world(&[comment]), []);
}

#[test]
fn a_planted_hash_map_in_the_model_is_found() {
    let found =
        hash_order(&[Source::planted("model/src/a.rs", "use std::collections::HashMap;\n")]);
    assert_eq!(found.len(), 1);
}

#[test]
fn a_planted_unsafe_block_is_found() {
    assert_eq!(unsafe_code(&[Source::planted("model/src/a.rs", "    unsafe { a() }\n")]).len(), 1);
}
