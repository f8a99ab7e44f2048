//! Programs in C that use the interface, under a memory checker.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// What valgrind ends with if a program touched what it must not, or lost memory.
const FOUND: &str = "--error-exitcode=99";

/// Whether a program is there. Where CI says that everything is installed, it must be.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "CI has no {program}");
    if !there {
        println!("skipped: this machine has no {program}");
    }
    there
}

/// Where cargo has put the libraries: beside this test.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().expect("a folder").to_path_buf()
}

/// Builds a program of `tests/`; the library is found where it was built.
fn built(name: &str, link: &[String]) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = name.split('.').next().expect("a name");
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1"])
        .arg(format!("-I{FOLDER}/include"))
        .arg(format!("{FOLDER}/tests/{source}.c"))
        .args(link)
        .arg("-o")
        .arg(&out)
        .output()
        .expect("the compiler starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

/// Runs a program under valgrind: its exit code, and what it and valgrind printed.
fn run(program: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("valgrind")
        .args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,possible", FOUND])
        .arg(program)
        .args(arguments)
        .output()
        .expect("valgrind starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_program_in_c_has_its_port_judged_and_loses_no_memory() {
    if !has("cc") || !has("valgrind") {
        return;
    }
    let here = libraries();
    let folder = here.display();
    let link = [format!("-L{folder}"), "-liocp_capi".to_owned(), format!("-Wl,-rpath,{folder}")];
    let program = built("judged_port", &link);
    let (code, text) = run(&program, &["lifo"]);
    assert_eq!((code, text.trim_end()), (Some(0), "conforms"), "{text}");
    // The same port with a fault.
    let (code, text) = run(&program, &["fifo"]);
    assert_eq!(code, Some(1), "{text}");
    for part in ["diverges at line", "release-lifo", "allowed if wake-order=fifo"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn whatever_c_gets_wrong_is_answered() {
    if !has("cc") || !has("valgrind") {
        return;
    }
    let here = libraries();
    let folder = here.display();
    let link = [format!("-L{folder}"), "-liocp_capi".to_owned(), format!("-Wl,-rpath,{folder}")];
    let program = built("wrong_use", &link);
    let (code, text) = run(&program, &[]);
    assert_eq!((code, text.trim_end()), (Some(0), "every answer was right"), "{text}");
}

/// The memory checker must see what it is there for.
#[test]
fn a_planted_leak_is_found() {
    if !has("cc") || !has("valgrind") {
        return;
    }
    let here = libraries();
    let folder = here.display();
    let link = [
        "-DLEAK".to_owned(),
        format!("-L{folder}"),
        "-liocp_capi".to_owned(),
        format!("-Wl,-rpath,{folder}"),
    ];
    let program = built("wrong_use.leak", &link);
    let (code, text) = run(&program, &[]);
    assert_eq!(code, Some(99), "{text}");
    assert!(text.contains("iocp_oracle_new"), "{text}");
}
