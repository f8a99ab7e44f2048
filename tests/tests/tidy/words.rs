//! Words that have no business in a finished text.

use crate::Complaint;
use crate::tree::Source;

/// This file and the planted faults name the words, so it does not read itself.
const MYSELF: &str = "tests/tests/tidy/";

/// Marks of unfinished work and of tests that do not test.
const BANNED: [(&str, &str); 9] = [
    ("FIXME", "say what would settle it, or settle it"),
    ("XXX", "say what would settle it, or settle it"),
    ("todo!(", "unfinished"),
    ("unimplemented!(", "unfinished"),
    ("dbg!(", "left from debugging"),
    ("#[ignore", "a test that does not run"),
    ("should_panic", "say what comes out instead"),
    ("thread::sleep", "no test and no tool waits for a clock; a driver that must, says why here"),
    ("type: ignore", "left from elsewhere"),
];

/// Files that may use a word of the list, and why.
const ALLOWED: [(&str, &str, &str); 5] = [
    ("cli/tests/command/contract.rs", "thread::sleep", "kills a search whatever it is at"),
    ("cli/src/server/mod.rs", "thread::sleep", "looks for Ctrl-C between two connections"),
    (
        "cli/tests/command/step.rs",
        "thread::sleep",
        "a screen inside tmux does not say that it changed",
    ),
    ("oracle/src/driver/process.rs", "thread::sleep", "polls for the exit status of a dead driver"),
    ("oracle/drivers/win32/src/session.rs", "thread::sleep", "the quiet time of a settle"),
];

/// Banned words in any text, and a TODO that does not say what would settle it.
pub(crate) fn banned(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| !s.path.starts_with(MYSELF)) {
        for (index, line) in source.text.lines().enumerate() {
            for (word, why) in BANNED {
                let allowed =
                    ALLOWED.iter().any(|(p, w, _)| *w == word && source.path.starts_with(p));
                if line.contains(word) && !allowed {
                    complaints.push(Complaint::new(
                        &source.path,
                        index + 1,
                        format!("`{word}`: {why}"),
                    ));
                }
            }
            if let Some((_, after)) = line.split_once("TODO")
                && !after.contains("settled by")
            {
                let what = "a TODO says what would settle it: `TODO ... settled by ...`";
                complaints.push(Complaint::new(&source.path, index + 1, what));
            }
        }
    }
    complaints
}

/// Absolute paths that exist on one machine only.
const MACHINE_PATHS: [&str; 7] =
    ["/work/", "/tmp/", "/root/", "/home/", "/mnt/", "C:\\Users\\", "/Users/"];

/// Absolute paths that exist on one machine only.
pub(crate) fn machine_paths(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| !s.path.starts_with(MYSELF)) {
        for (index, line) in source.text.lines().enumerate() {
            for path in MACHINE_PATHS {
                let found = line.match_indices(path).any(|(at, _)| is_absolute(line, at));
                if found {
                    complaints.push(Complaint::new(
                        &source.path,
                        index + 1,
                        format!("names `{path}`"),
                    ));
                }
            }
        }
    }
    complaints
}

/// Whether the path that starts at `at` is not the tail of a longer word (an address, say).
fn is_absolute(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}'))
}

#[test]
fn a_planted_banned_word_is_found() {
    for (word, _) in BANNED {
        let found = banned(&[Source::planted("cli/src/a.rs", &format!("    {word}"))]);
        assert_eq!(found.len(), 1, "{word}");
    }
}

#[test]
fn a_planted_todo_must_say_what_would_settle_it() {
    let open = Source::planted("cli/src/a.rs", "// TODO make it better");
    let good = Source::planted("cli/src/a.rs", "// TODO the bit; settled by one run on Windows 7");
    assert_eq!(banned(&[open]).len(), 1);
    assert_eq!(banned(&[good]), []);
}

#[test]
fn a_planted_machine_path_is_found_and_an_address_is_not() {
    let path = Source::planted("README.md", "see `/home/me/a`");
    let address = Source::planted("README.md", "see https://example.org/home/index");
    assert_eq!(machine_paths(&[path]).len(), 1);
    assert_eq!(machine_paths(&[address]), []);
}
