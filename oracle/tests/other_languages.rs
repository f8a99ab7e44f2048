//! The drivers in other languages: the C kit with its example port, and the Python example. They
//! are built as their own first lines say, and judged like any other.
#![cfg(unix)]

use iocp_oracle::driver::{Limits, ProcessDriver, Start};
use iocp_oracle::harness::{Config, Findings, search};
use iocp_oracle::suite::{Reference, Standing, programs, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const DRIVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/drivers");

/// Whether a program is there. Where CI says that everything is installed, it must be.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "CI has no {program}");
    if !there {
        println!("skipped: this machine has no {program}");
    }
    there
}

/// Builds the example port of the C kit; `None` if there is no compiler.
///
/// Strict C11, which hides what POSIX adds unless a header asks for it.
fn example_port(name: &str, options: &[&str]) -> Option<ProcessDriver> {
    if !has("cc") {
        return None;
    }
    let out: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread"])
        .args(options)
        .arg(format!("{DRIVERS}/c/lifo_port.c"))
        .arg("-o")
        .arg(&out)
        .output()
        .expect("the compiler starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(ProcessDriver::new(Start::program(out.to_str().expect("a plain path"))))
}

fn fuzz(driver: &mut ProcessDriver, cases: u64) -> Findings {
    let limits = Limits { case: Duration::from_secs(20), settle: Duration::from_secs(3) };
    search(driver, &Config { cases, limits, ..Config::default() }, &[], &mut |_| true)
}

#[test]
fn the_port_of_the_c_kit_conforms_in_the_suite_and_in_random_programs() {
    let Some(mut driver) = example_port("lifo_port", &[]) else { return };
    let limits = Limits::default();
    let result = run(&mut driver, &programs(), Reference::Windows, limits, &mut |_, _| {});
    let with = |standing| result.observations.iter().filter(move |o| o.standing == standing);
    let wrong: Vec<_> = with(Standing::Diverges).chain(with(Standing::NotObserved)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(with(Standing::Conforms).count() >= 20, "{}", with(Standing::Conforms).count());
    let findings = fuzz(&mut driver, 30);
    assert_eq!(findings.failure.as_ref().map(|f| f.text("C", "win11", "")), None);
    assert_eq!(findings.judged(), 30, "{:?}", findings.unclear_examples);
}

#[test]
fn a_fault_in_the_c_port_is_found() {
    let Some(mut driver) = example_port("fifo_port", &["-DFIFO_WAITERS"]) else { return };
    let failure = fuzz(&mut driver, 60).failure.expect("it serves the first waiter first");
    assert_eq!(failure.shrunk.violation.rule(), Some("release-lifo"));
    assert!(failure.shrunk.calls() <= 8);
}

#[test]
fn the_python_example_is_short_and_is_found_to_be_no_completion_port() {
    let file = format!("{DRIVERS}/python/queue_driver.py");
    let text = std::fs::read_to_string(&file).expect("it is there");
    assert!(text.lines().count() < 100, "{} lines", text.lines().count());
    if !has("python3") {
        return;
    }
    let mut start = Start::program("python3");
    start.arguments = vec![file];
    let findings = fuzz(&mut ProcessDriver::new(start), 30);
    let failure = findings.failure.expect("it serves the first waiter first");
    assert_eq!(failure.shrunk.violation.rule(), Some("release-lifo"));
}
