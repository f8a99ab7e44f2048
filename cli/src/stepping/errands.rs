//! What the panels leave to others, who have the terminal to themselves meanwhile: an editor for
//! the scenario, a lesson.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use iocp_scenarios::{Problems, Scenario, limits};
use iocp_viz::lessons;
use iocp_viz::session::{Session, SessionError};

use super::app::App;
use super::layer::{Errand, Layer};
use crate::commands::teach;
use crate::failure::Failure;
use crate::input;
use crate::learner::Learner;
use crate::terminal::Terminal;

/// Steps of the first branch of a scenario that was edited.
const STEPS_MAX: usize = 1000;

/// Does what the panels cannot; how it went is in the message.
pub(super) fn run(app: &mut App, errand: &Errand, terminal: &mut Terminal) {
    let done = match errand {
        Errand::Edit => edit(app),
        Errand::Lesson(number) => lesson(app, *number, terminal),
    };
    if let Err(failure) = done {
        app.message = failure.in_a_line();
    }
}

/// The lessons, a line each.
pub(super) fn lessons(progress: Option<&Path>) -> Vec<String> {
    let learner = Learner::glance(progress);
    let line = |(index, entry): (usize, &lessons::Entry)| {
        let title = entry.text.lines().next().unwrap_or_default().trim_start_matches("# ");
        let done = learner.of(entry.name);
        let word = match (done.answered, done.solved) {
            (_, true) => ", solved",
            (Some(_), false) => ", answered",
            (None, false) => "",
        };
        format!("{}. {title}{word}", index + 1)
    };
    lessons::entries().iter().enumerate().map(line).collect()
}

fn lesson(app: &mut App, number: usize, terminal: &mut Terminal) -> Result<(), Failure> {
    teach(number, app.progress.as_deref(), terminal)?;
    app.message = "back at the scenario".to_owned();
    Ok(())
}

fn edit(app: &mut App) -> Result<(), Failure> {
    let words = editor(|name| std::env::var_os(name)).ok_or_else(|| {
        Failure::bad_input("no editor is known").help("set EDITOR, for example EDITOR=nano")
    })?;
    let path = draft(app)?;
    let (program, arguments) = words.split_first().expect("an editor has a name");
    let ended = Command::new(program).args(arguments).arg(&path).status().map_err(|error| {
        Failure::bad_input(format!("{} does not start: {error}", program.display()))
    })?;
    if !ended.success() {
        return Err(Failure::bad_input(format!("{} has failed: {ended}", program.display())));
    }
    let input = input::read(&path, limits::FILE_BYTES as u64)?;
    take(app, &path, input.text()?);
    Ok(())
}

/// The editor and its arguments, as everybody's programs find it.
fn editor(variable: impl Fn(&str) -> Option<OsString>) -> Option<Vec<OsString>> {
    let value = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        variable(name).filter(|value| !value.to_string_lossy().trim().is_empty())
    })?;
    Some(match value.to_str() {
        Some(text) => text.split_whitespace().map(OsString::from).collect(),
        None => vec![value],
    })
}

/// The file to be edited: the one that the scenario is from, or a new one with its text.
fn draft(app: &mut App) -> Result<PathBuf, Failure> {
    if let Some(path) = &app.draft {
        return Ok(path.clone());
    }
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::bad_input(format!("there is no place for the text: {error}"))
    };
    let file = tempfile::Builder::new().prefix("iocp-").suffix(".scenario.json").tempfile();
    let file = file.map_err(|error| cannot(&error))?;
    std::fs::write(file.path(), app.session.scenario.source()).map_err(|error| cannot(&error))?;
    let (_, path) = file.keep().map_err(|error| cannot(&error))?;
    app.draft = Some(path.clone());
    Ok(path)
}

/// Steps through a text from now on; if it is no scenario, what is wrong with it is shown.
pub(super) fn take(app: &mut App, path: &Path, text: &str) {
    if text == app.session.scenario.source() {
        "nothing was changed".clone_into(&mut app.message);
        return;
    }
    let name = app.session.scenario.name().to_owned();
    let settings = app.session.settings.clone();
    let session = Scenario::parse(&name, text)
        .map_err(SessionError::Problems)
        .and_then(|scenario| Session::new(scenario, settings, STEPS_MAX));
    match session {
        Ok(session) => {
            let options = app.arguments.find(" --").map_or("", |at| &app.arguments[at..]);
            let arguments = format!("{}{options}", path.display());
            app.replace(session, arguments);
            app.message = format!("this is your text in {}; e edits it again", path.display());
        }
        Err(SessionError::Problems(problems)) => app.layer = Layer::Problems(told(&problems)),
        Err(error) => app.layer = Layer::Problems(vec![error.to_string()]),
    }
}

/// Each problem with its place.
fn told(problems: &Problems) -> Vec<String> {
    let one = |diagnostic: &iocp_scenarios::Diagnostic| {
        let (line, column) = problems.line_column(diagnostic.span.start);
        let mut text = format!("line {line}, column {column}: {}", diagnostic.message);
        for more in std::iter::once(&diagnostic.label).chain(&diagnostic.help) {
            if !more.is_empty() {
                text.push_str("; ");
                text.push_str(more);
            }
        }
        text
    };
    problems.diagnostics.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_is_the_one_that_everybody_uses() {
        let with = |set: &'static [(&str, &str)]| {
            editor(move |name| {
                set.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("EDITOR", " ")]), None);
        assert_eq!(with(&[("EDITOR", "code -w")]), Some(vec!["code".into(), "-w".into()]));
        assert_eq!(with(&[("VISUAL", "vi"), ("EDITOR", "ed")]), Some(vec!["vi".into()]));
    }
}
