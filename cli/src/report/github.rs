//! The report for GitHub Actions: annotations within their limit, and a table in the job summary.

use std::fmt::Write as _;
use std::io::Write as _;

use super::{Case, Outcome, Report, Suite};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// GitHub shows ten annotations of a kind for a step and drops the rest; the tenth is ours, to
/// say how many there are.
const ANNOTATIONS_MAX: usize = 9;
/// Characters of a message that are shown.
const MESSAGE_CHARS_MAX: usize = 2000;
/// Rows of the table.
const ROWS_MAX: usize = 1000;
/// A summary of more than 1 MiB is dropped as a whole; every step of a job has its own.
const SUMMARY_BYTES_MAX: usize = 1_000_000;
const STRING: &str = "a string takes all";

pub(super) fn write(report: &Report, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.print(&annotations(report));
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(summary(report).as_bytes()))
        .map_err(|error| Failure::bad_input(format!("cannot write the job summary: {error}")))
}

fn annotations(report: &Report) -> String {
    let mut out = String::new();
    for (outcome, kind) in [(Outcome::Failed, "error"), (Outcome::Inconclusive, "warning")] {
        let cases: Vec<_> = report.cases().filter(|(_, case)| case.outcome == outcome).collect();
        for (suite, case) in cases.iter().take(ANNOTATIONS_MAX) {
            annotation(&mut out, kind, suite, case);
        }
        if cases.len() > ANNOTATIONS_MAX {
            let more = cases.len() - ANNOTATIONS_MAX;
            writeln!(out, "::{kind} title=iocp::and {more} more").expect(STRING);
        }
    }
    out
}

fn annotation(out: &mut String, kind: &str, suite: &Suite, case: &Case) {
    write!(out, "::{kind} title={}", property(&format!("iocp: {}", case.name))).expect(STRING);
    if let Some(file) = &suite.file {
        write!(out, ",file={}", property(file)).expect(STRING);
        if let Some(line) = case.line {
            write!(out, ",line={line}").expect(STRING);
        }
    }
    let message = format!("{}: {}", suite.name, cut(&case.message));
    writeln!(out, "::{}", data(&message)).expect(STRING);
}

fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}

/// The message of a command: what would end its line is written as `%0A`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: what would end the property, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn summary(report: &Report) -> String {
    let mut out = format!("### iocp {} ({})\n\n", report.command, cell(&report.semantics));
    writeln!(
        out,
        "{} passed, {} failed, {} inconclusive\n\n| what | case | outcome | why |\n|---|---|---|---|",
        report.count(Outcome::Passed),
        report.count(Outcome::Failed),
        report.count(Outcome::Inconclusive)
    )
    .expect(STRING);
    let mut rows = 0;
    for (suite, case) in report.cases().take(ROWS_MAX) {
        let outcome = match case.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "**failed**",
            Outcome::Inconclusive => "inconclusive",
        };
        let (suite, name, why) = (cell(&suite.name), cell(&case.name), cell(&cut(&case.message)));
        let row = format!("| {suite} | {name} | {outcome} | {why} |\n");
        if out.len() + row.len() > SUMMARY_BYTES_MAX {
            break;
        }
        out.push_str(&row);
        rows += 1;
    }
    let left = report.cases().count() - rows;
    if left > 0 {
        writeln!(out, "\nand {left} more").expect(STRING);
    }
    out
}

/// Text inside a cell of a Markdown table.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '@' | '!' => {
                write!(out, "&#{};", u32::from(c)).expect(STRING);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, report};
    use super::*;

    #[test]
    fn a_message_cannot_start_a_command_of_its_own() {
        let mut bad = case("b", Outcome::Failed);
        bad.message = "one\n::error::two\r\n100%".to_owned();
        let out = annotations(&report(vec![bad]));
        assert_eq!(out.lines().count(), 1, "{out}");
        assert!(out.contains("%0A::error::two%0D%0A100%25"), "{out}");
        assert!(out.contains("file=traces/a%2Cb%3Ac.trace.jsonl,line=7"), "{out}");
    }

    #[test]
    fn the_tenth_annotation_counts_the_rest() {
        let cases = (0..15).map(|n| case(&n.to_string(), Outcome::Failed)).collect();
        let out = annotations(&report(cases));
        assert_eq!(out.lines().count(), 10);
        assert!(out.ends_with("and 6 more\n"), "{out}");
    }

    #[test]
    fn a_summary_stays_below_what_github_keeps() {
        let mut long = case("long", Outcome::Failed);
        long.message = "<".repeat(100_000);
        let cases = (0..2000).map(|_| Case { detail: String::new(), ..copy(&long) }).collect();
        let report = report(cases);
        let out = summary(&report);
        assert!(out.len() < 1 << 20, "{} bytes", out.len());
        assert!(out.ends_with("more\n"), "{}", &out[out.len() - 100..]);
        assert!(annotations(&report).lines().all(|line| line.len() < 4096), "long lines");
    }

    fn copy(of: &Case) -> Case {
        Case { message: of.message.clone(), ..case("long", Outcome::Failed) }
    }

    #[test]
    fn a_name_stays_in_its_cell() {
        let out = summary(&report(vec![case("a | b <img> \n| c |", Outcome::Failed)]));
        let row = out.lines().last().expect("a row");
        assert_eq!(row.matches('|').count(), 5, "{row}");
        assert!(!row.contains("<img"), "{row}");
    }
}
