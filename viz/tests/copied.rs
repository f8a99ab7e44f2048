//! What is copied out of the explorer: the Rust test compiles and passes (it stands in this file's
//! folder), and the C program compiles with mingw and gives the model's results under Wine.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use iocp_scenarios::{Settings, library};
use iocp_viz::session::{Session, c_program, rust_test};

/// The copied test itself: it runs with the others.
#[path = "copied/null_packet_is_success.rs"]
mod copied_test;

fn session(name: &str) -> Session {
    let scenario = library::find(name).expect("a library scenario");
    Session::new(scenario, Settings::default(), 200).expect("it compiles")
}

#[test]
fn the_rust_test_is_the_one_that_is_compiled_here() {
    let text = rust_test(&mut session("null-packet-is-success"), 0).expect("a test");
    let kept = include_str!("copied/null_packet_is_success.rs");
    let told = kept.split_once("\n\n").expect("a line about the file").1;
    assert_eq!(text, told, "write it there again, and look at what changed");
}

/// The copied tests of the whole library, a module each: every scenario as it is, and as the first
/// of its variants.
fn tests_of_the_library() -> (String, usize) {
    let (mut text, mut tests) = (String::new(), 0);
    for name in library::names() {
        let scenario = library::find(name).expect("a library scenario");
        let variant = scenario.variants().first().map(|variant| variant.name.to_owned());
        let settings = [None, variant.map(Some)]
            .map(|variant| Settings { variant: variant.flatten(), ..Settings::default() });
        let runs = if settings[1].variant.is_some() { 2 } else { 1 };
        for settings in settings.into_iter().take(runs) {
            let mut session = Session::new(scenario.clone(), settings, 200).expect("it compiles");
            let test = rust_test(&mut session, 0).expect("a test");
            writeln!(text, "mod test_{tests} {{\n{test}}}").expect("a string takes all");
            tests += 1;
        }
    }
    (text, tests)
}

/// Our own crates as this test was linked with them; the newest where several builds lie about.
fn built(crate_name: &str) -> PathBuf {
    let folder = std::env::current_exe().expect("a test has a file");
    let folder = folder.parent().expect("in a folder");
    let prefix = format!("lib{crate_name}-");
    let files = std::fs::read_dir(folder).expect("it can be read").filter_map(Result::ok);
    let ours = files.filter(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with(&prefix) && name.ends_with(".rlib")
    });
    let newest = ours.max_by_key(|file| file.metadata().and_then(|data| data.modified()).ok());
    newest.expect("a crate that this test depends on").path()
}

/// Compiles tests as a user's package would, and runs them; what was said, and whether they pass.
fn tried(folder: &Path, text: &str) -> (bool, String) {
    let (source, program) = (folder.join("tests.rs"), folder.join("tests"));
    std::fs::write(&source, text).expect("a file");
    let mut compiler = Command::new("rustc");
    compiler.args(["--test", "--edition=2024", "-Dwarnings", "-o"]).args([&program, &source]);
    for name in ["iocp_model", "iocp_scenarios"] {
        let file = built(name);
        let folder = file.parent().expect("in a folder").display();
        compiler.arg(format!("-Ldependency={folder}"));
        compiler.arg("--extern").arg(format!("{name}={}", file.display()));
    }
    let out = compiler.output().expect("the compiler starts");
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    if !out.status.success() {
        return (false, told);
    }
    let out = Command::new(&program).output().expect("the tests start");
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
fn the_rust_tests_of_the_whole_library_compile_and_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let (text, tests) = tests_of_the_library();
    let (passed, told) = tried(folder.path(), &text);
    assert!(passed && told.contains(&format!("{tests} passed; 0 failed")), "{told}");
    // A planted fault: a run that goes another way does not pass.
    let first = &text[..text.find("\nmod test_1").expect("there are several")];
    let faulty = first.replacen("steps[0].action, \"", "steps[0].action, \"another ", 1);
    assert_ne!(first, faulty, "there is a step to change");
    let (passed, told) = tried(folder.path(), &faulty);
    assert!(!passed && told.contains("0 passed; 1 failed"), "{told}");
}

/// A library scenario whose run can be written as C, or why not.
fn written(name: &str) -> Result<String, String> {
    c_program(&mut session(name), 0).map_err(|error| error.to_string())
}

#[test]
fn every_scenario_is_written_as_c_or_it_is_said_why_not() {
    let (mut programs, mut refusals) = (0, 0);
    for name in library::names() {
        match written(name) {
            Ok(text) => {
                programs += 1;
                assert!(!text.contains('@'), "{name}: a place is left open");
            }
            Err(reason) => {
                refusals += 1;
                assert!(
                    reason.starts_with("this run is not written as C: it has"),
                    "{name}: {reason}"
                );
            }
        }
    }
    assert!(programs >= 20 && refusals > 0, "{programs} programs, {refusals} refusals");
}

/// Whether a tool is there; where CI is, it must be.
fn there(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|out| out.status.success());
    assert!(found || std::env::var_os("CI").is_none(), "{tool} is missing");
    if !found {
        eprintln!("skipped: {tool} is missing");
    }
    found
}

fn compiled(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let (source, program) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.exe")));
    std::fs::write(&source, text).expect("a file");
    let out = Command::new("x86_64-w64-mingw32-gcc")
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-o"])
        .args([&program, &source])
        .output()
        .expect("the compiler starts");
    assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
    program
}

/// What a program says under Wine.
fn said(folder: &Path, program: &Path) -> String {
    let out = Command::new("wine")
        .arg(program)
        .env("WINEPREFIX", folder.join("prefix"))
        .env("WINEDEBUG", "-all")
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
        .output()
        .expect("wine starts");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn the_c_programs_compile_and_give_the_results_of_the_model_under_wine() {
    if !there("x86_64-w64-mingw32-gcc") || !there("wine") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // All of them compile; those run in which Wine is known to do as Windows does.
    let runs =
        ["null-packet-is-success", "dotnet-two-ports", "first-in-first-out", "iocpsock-alert"];
    let mut ran = 0;
    for name in library::names() {
        let Ok(text) = written(name) else { continue };
        let program = compiled(folder.path(), name, &text);
        if runs.contains(&name) {
            ran += 1;
            let said = said(folder.path(), &program);
            assert!(said.contains(" results as the model says, 0 not"), "{name}: {said}");
        }
    }
    assert_eq!(ran, runs.len(), "one of them is not written any more");
    // A planted fault: a result that is not the model's is said.
    let text = written("null-packet-is-success").expect("it was written above");
    let faulty = text.replacen("\"result\", ok != 0, 1)", "\"result\", ok != 0, 0)", 1);
    assert_ne!(text, faulty, "there is a result to change");
    let said = said(folder.path(), &compiled(folder.path(), "faulty", &faulty));
    assert!(said.contains("the model says 0") && said.contains(", 1 not"), "{said}");
}
