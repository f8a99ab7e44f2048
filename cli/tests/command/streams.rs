//! Colour, width, closed pipes, full disks.

use std::io::Read;
use std::process::Stdio;

use super::{code, err, iocp, out, run};

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let plain = out(&run(&["explain", "release-lifo"]));
    assert!(!plain.contains('\u{1b}'));
    let coloured = out(&run(&["explain", "release-lifo", "--color", "always"]));
    assert!(coloured.contains('\u{1b}'));
    let mut command = iocp(&["explain", "release-lifo", "--color", "always", "--plain"]);
    let sentences = out(&command.env("TERM", "xterm").output().expect("it starts"));
    assert!(sentences.is_ascii() && !sentences.contains('\u{1b}'));
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let mut child = iocp(&["rules", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(said, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_is_2() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = iocp(&["rules", "--json"]).stdout(full).output().expect("it starts");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("cannot write the output"), "{}", err(&output));
}

#[test]
fn the_same_question_has_the_same_answer() {
    for arguments in [&["rules"] as &[&str], &["explain", "E1"], &["man"], &["schema", "report"]] {
        assert_eq!(run(arguments).stdout, run(arguments).stdout, "{arguments:?}");
    }
}
