//! Every command that README.md shows does what README.md shows.
//!
//! A `console` block is a list of commands (`$ iocp ...`), each followed by what it prints. A line
//! `? N` says the exit code if it is not 0, `...` stands for any lines, `[..]` for any characters.

use std::path::Path;
use std::process::Command;

/// A command of a block.
struct Shown {
    line: usize,
    arguments: Vec<String>,
    code: i32,
    output: Vec<String>,
}

fn shown(text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => {
                if let Some(command) = line.strip_prefix("$ ") {
                    let mut words = command.split(' ').map(str::to_owned);
                    assert_eq!(words.next().as_deref(), Some("iocp"), "line {}", index + 1);
                    let (arguments, output) = (words.collect(), Vec::new());
                    found.push(Shown { line: index + 1, arguments, code: 0, output });
                } else if let Some(last) = found.last_mut() {
                    match line.strip_prefix("? ") {
                        Some(code) => last.code = code.parse().expect("an exit code"),
                        None => last.output.push(line.to_owned()),
                    }
                }
            }
        }
    }
    found
}

/// Whether lines match a pattern in which `...` stands for any lines.
fn lines_match(pattern: &[String], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=lines.len()).any(|skipped| lines_match(rest, &lines[skipped..]))
        }
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, more)| line_matches(first, line) && lines_match(rest, more)),
    }
}

/// Whether a line matches a pattern in which `[..]` stands for any characters.
fn line_matches(pattern: &str, line: &str) -> bool {
    match pattern.split_once("[..]") {
        None => pattern == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| line_matches(after, &rest[at..]))
        }),
    }
}

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let text = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("broken.scenario.json"), "{\"version\": 1,}")
        .expect("a file");
    let commands = shown(&text);
    assert!(commands.len() >= 6, "only {} commands found", commands.len());
    for Shown { line, arguments, code, output } in commands {
        let result = Command::new(env!("CARGO_BIN_EXE_iocp"))
            .args(&arguments)
            .env_clear()
            .current_dir(folder.path())
            .output()
            .expect("the command starts");
        let both = [result.stdout, result.stderr].concat();
        let printed = String::from_utf8(both).expect("text");
        assert_eq!(result.status.code(), Some(code), "README.md:{line}:\n{printed}");
        let lines: Vec<&str> = printed.lines().collect();
        assert!(lines_match(&output, &lines), "README.md:{line} printed\n{printed}");
    }
}

#[test]
fn the_example_scenario_of_the_readme_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let text = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let (_, rest) = text.split_once("```json\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("example.scenario.json");
    std::fs::write(&file, example).expect("a file");
    for command in ["run", "explore"] {
        let result = Command::new(env!("CARGO_BIN_EXE_iocp"))
            .arg(command)
            .arg(&file)
            .output()
            .expect("the command starts");
        let said = String::from_utf8_lossy(&result.stderr).into_owned();
        let printed = String::from_utf8_lossy(&result.stdout).into_owned();
        assert_eq!(result.status.code(), Some(0), "{command}: {said}{printed}");
    }
}

#[test]
fn the_matcher_can_say_no() {
    let pattern = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(lines_match(&pattern("a\n...\nd"), &["a", "b", "c", "d"]));
    assert!(!lines_match(&pattern("a\n...\nd"), &["a", "b", "c"]));
    assert!(!lines_match(&pattern("a"), &["a", "b"]));
    assert!(line_matches("error[..]: x", "error[e1]: x"));
    assert!(!line_matches("error[..]: x", "error[e1]: y"));
}
