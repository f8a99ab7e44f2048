//! Reports for other programs: what was checked, case by case, in the formats that CI systems
//! read. One run can write several.

mod github;
mod html;
mod json;
mod junit;
mod sarif;
mod table;

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::save::save;
use crate::terminal::Terminal;

pub(crate) use json::schema;
pub(crate) use table::{Cell, Mark, Table};

/// What a command checked.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The command: `run`, `explore`, `check`, ...
    pub(crate) command: &'static str,
    /// The Windows version and the departures from it.
    pub(crate) semantics: String,
    /// What was checked, in the order of the command line.
    pub(crate) suites: Vec<Suite>,
}

/// One scenario or one trace.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Suite {
    /// Its name, or the path of its file.
    pub(crate) name: String,
    /// Its file, if it has one.
    pub(crate) file: Option<String>,
    /// What was asked of it.
    pub(crate) cases: Vec<Case>,
}

/// One property or one rule.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    /// What was asked.
    pub(crate) name: String,
    /// The answer.
    pub(crate) outcome: Outcome,
    /// The answer in a sentence; empty if there is nothing to say.
    pub(crate) message: String,
    /// Everything a person needs to understand it, over several lines.
    pub(crate) detail: String,
    /// The line of the file that the answer is about.
    pub(crate) line: Option<u64>,
    /// The rule that decided.
    pub(crate) rule: Option<RuleText>,
    /// How to see it again.
    pub(crate) replay: Option<String>,
    /// The way there.
    pub(crate) steps: Vec<StepText>,
    /// What the answer rests on beside the facts.
    pub(crate) assumptions: Vec<String>,
}

/// How a case came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was checked and holds.
    Passed,
    /// It was checked and does not hold.
    Failed,
    /// It could not be decided.
    Inconclusive,
}

/// A rule as a report shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RuleText {
    /// Its id.
    pub(crate) id: String,
    /// What it says.
    pub(crate) sentence: String,
    /// Where that is written or was seen.
    pub(crate) source: String,
}

/// A step of the way to a failure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct StepText {
    /// Who.
    pub(crate) thread: String,
    /// Did what.
    pub(crate) text: String,
}

/// What a command leaves behind besides what a person reads.
#[derive(clap::Args)]
pub(crate) struct OutputArguments {
    /// Print an object
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write a report: junit=FILE, sarif=FILE, json=FILE, html=FILE or github; may
    /// be repeated
    #[arg(long, value_name = "FORMAT")]
    pub(crate) report: Vec<Target>,
}

/// Where a report goes: an argument of `--report`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// JUnit XML.
    Junit(PathBuf),
    /// SARIF 2.1.0.
    Sarif(PathBuf),
    /// The report as one JSON object.
    Json(PathBuf),
    /// One page for people.
    Html(PathBuf),
    /// Annotations and a job summary for GitHub Actions.
    Github,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        let (kind, path) = match text.split_once('=') {
            Some((kind, path)) if !path.is_empty() => (kind, Some(PathBuf::from(path))),
            _ => (text, None),
        };
        match (kind, path) {
            ("junit", Some(path)) => Ok(Target::Junit(path)),
            ("sarif", Some(path)) => Ok(Target::Sarif(path)),
            ("json", Some(path)) => Ok(Target::Json(path)),
            ("html", Some(path)) => Ok(Target::Html(path)),
            ("github", None) => Ok(Target::Github),
            _ => Err("expected junit=FILE, sarif=FILE, json=FILE, html=FILE or github".to_owned()),
        }
    }
}

impl Report {
    /// Writes the report to every target.
    pub(crate) fn write(&self, targets: &[Target], terminal: &mut Terminal) -> Result<(), Failure> {
        self.write_with(&[], targets, terminal)
    }

    /// Writes the report to every target; the page has these tables too.
    pub(crate) fn write_with(
        &self,
        tables: &[Table],
        targets: &[Target],
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        for target in targets {
            match target {
                Target::Junit(path) => save(path, junit::junit(self).as_bytes())?,
                Target::Sarif(path) => save(path, sarif::sarif(self).as_bytes())?,
                Target::Json(path) => save(path, json::json(self).as_bytes())?,
                Target::Html(path) => save(path, html::html(self, tables).as_bytes())?,
                Target::Github => github::write(self, terminal)?,
            }
        }
        Ok(())
    }

    /// All cases with the suite each is in.
    fn cases(&self) -> impl Iterator<Item = (&Suite, &Case)> {
        self.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
    }

    /// How many cases came out so.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.cases().filter(|(_, case)| case.outcome == outcome).count()
    }

    /// The exit code: a failure weighs more than a doubt, and no case at all is no pass.
    pub(crate) fn exit(&self) -> Exit {
        if self.count(Outcome::Failed) > 0 {
            Exit::Violated
        } else if self.count(Outcome::Inconclusive) > 0 {
            Exit::Inconclusive
        } else if self.cases().next().is_none() {
            Exit::NothingChecked
        } else {
            Exit::Holds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn case(name: &str, outcome: Outcome) -> Case {
        Case {
            name: name.to_owned(),
            outcome,
            message: format!("{name} <says> \"so\", 100%\nand more"),
            detail: "line one\nline two ]]> --> \u{1b}[0m".to_owned(),
            line: Some(7),
            rule: Some(RuleText {
                id: "release-lifo".to_owned(),
                sentence: "The waiter that waited last is released first.".to_owned(),
                source: "I/O Completion Ports".to_owned(),
            }),
            replay: Some("iocp replay iocp1:AAAA".to_owned()),
            steps: vec![
                StepText { thread: "A".to_owned(), text: "waits".to_owned() },
                StepText { thread: "B".to_owned(), text: "posts".to_owned() },
            ],
            assumptions: vec!["blocking is reported".to_owned()],
        }
    }

    pub(super) fn report(cases: Vec<Case>) -> Report {
        let suite = Suite {
            name: "a,b:c.trace.jsonl".to_owned(),
            file: Some("traces/a,b:c.trace.jsonl".to_owned()),
            cases,
        };
        Report { command: "check", semantics: "win11".to_owned(), suites: vec![suite] }
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_case() {
        let exit = |outcomes: &[Outcome]| {
            report(outcomes.iter().map(|outcome| case("x", *outcome)).collect()).exit()
        };
        assert_eq!(exit(&[Outcome::Passed]), Exit::Holds);
        assert_eq!(exit(&[Outcome::Passed, Outcome::Inconclusive]), Exit::Inconclusive);
        assert_eq!(exit(&[Outcome::Inconclusive, Outcome::Failed]), Exit::Violated);
        assert_eq!(exit(&[]), Exit::NothingChecked);
    }

    #[test]
    fn a_target_names_its_format_and_its_file() {
        assert_eq!("junit=a.xml".parse(), Ok(Target::Junit("a.xml".into())));
        assert_eq!("github".parse(), Ok(Target::Github));
        for wrong in ["junit", "junit=", "github=x", "html", "xml=x", ""] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
