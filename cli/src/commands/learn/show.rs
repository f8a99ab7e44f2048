//! A lesson on the screen, and what the model says of an answer or an exercise.

use iocp_model::Rule;
use iocp_scenarios::lesson::{Attempt, Exercise, Lesson, Task};
use iocp_scheduler::Schedule;
use iocp_viz::lessons::{self, Answer, Checked};
use iocp_viz::story::Story;
use iocp_viz::text::{TextOptions, text};
use serde_json::json;

use crate::learner::Learner;
use crate::markdown::{self, Page};
use crate::terminal::{BOLD, DIM, GOOD, RULE, Terminal, WRONG, wrap};

pub(super) fn page(terminal: &Terminal) -> Page {
    Page { columns: terminal.columns, plain: terminal.plain }
}

/// Markdown, and a blank line behind it.
pub(super) fn prose(markdown: &str, terminal: &mut Terminal) {
    let shown = markdown::render(markdown, page(terminal));
    terminal.print(&shown);
    terminal.line("");
}

/// Every lesson with what has been done of it.
pub(super) fn list(learner: &Learner, json: bool, terminal: &mut Terminal) {
    let all: Vec<Lesson> =
        lessons::entries().iter().filter_map(|entry| lessons::find(entry.name)).collect();
    if json {
        let object = |(index, lesson): (usize, &Lesson)| {
            let done = learner.of(&lesson.name);
            json!({ "number": index + 1, "name": lesson.name, "title": lesson.title,
                    "rules": lesson.rules, "task": lesson.exercise.task.word(),
                    "answered": done.answered, "right": done.right, "solved": done.solved })
        };
        terminal.json(&all.iter().enumerate().map(object).collect::<Vec<_>>());
        return;
    }
    let mut finished = 0;
    for (index, lesson) in all.iter().enumerate() {
        let done = learner.of(&lesson.name);
        let question = match (done.answered, done.right) {
            (None, _) => "",
            (Some(_), true) => "answered",
            (Some(_), false) => "missed",
        };
        let exercise = if done.solved { "solved" } else { "" };
        finished += usize::from(done.answered.is_some() && done.solved);
        let state = format!("{question:<10}{exercise}");
        let line = format!("{:>3}  {:<46}{}", index + 1, lesson.title, state.trim_end());
        terminal.line(line.trim_end());
    }
    terminal.line(&format!("{finished} of {} done", all.len()));
}

/// The text of a lesson, its question, the answers to choose from.
pub(super) fn question(lesson: &Lesson, terminal: &mut Terminal) {
    let number = lesson.name.split('-').next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    let count = lessons::entries().len();
    terminal.line(&format!("{BOLD}{}{BOLD:#}  {DIM}({number} of {count}){DIM:#}", lesson.title));
    terminal.line("");
    prose(&lesson.intro, terminal);
    prose(&format!("Question: {}", lesson.question), terminal);
    let choices = lesson.choices.iter().enumerate();
    let list: Vec<String> = choices.map(|(i, c)| format!("{}. {}", i + 1, c.text)).collect();
    prose(&list.join("\n"), terminal);
}

/// What the model says to an answer (from 0): a run that decides it, why, and the rules.
pub(super) fn verdict(lesson: &Lesson, chosen: usize, answer: &Answer, terminal: &mut Terminal) {
    if chosen == answer.right {
        terminal.line(&format!("{GOOD}Right.{GOOD:#}"));
        terminal.line("");
    } else {
        let right = format!("{}. {}", answer.right + 1, lesson.choices[answer.right].text);
        terminal.line(&format!("{WRONG}Not so.{WRONG:#} The model says:"));
        prose(&right, terminal);
    }
    if let Some(report) = &answer.judgement.report {
        terminal.line(&format!("{DIM}The judge of traces says:{DIM:#}"));
        reported(report, terminal);
    }
    // A run against the chosen answer, or one that bears out the right one.
    let against = answer.choices[chosen].iter().find(|judged| !judged.holds);
    let shown = against.or_else(|| answer.choices[answer.right].first());
    let schedule = shown.and_then(|judged| judged.example.as_ref());
    if let Some(story) = lessons::story_of(&lesson.stage, schedule) {
        let why = match against {
            Some(judged) if schedule.is_some() => {
                format!("It would mean: {}. This run shows that it is not so:", judged.claim)
            }
            Some(judged) => format!("It would mean: {}. Here is a run:", judged.claim),
            None => "A run of it:".to_owned(),
        };
        told(&why, &story, terminal);
    }
    prose(&lesson.answer, terminal);
    rules(lesson, terminal);
}

/// What the judge of traces says, its columns kept.
fn reported(report: &str, terminal: &mut Terminal) {
    for line in report.lines() {
        let text = line.trim_start();
        let indent = (line.len() - text.len()).min(12);
        for row in wrap(text, terminal.columns.saturating_sub(indent)) {
            terminal.line(format!("{}{row}", " ".repeat(indent)).trim_end());
        }
    }
    terminal.line("");
}

/// A run under a heading.
fn told(heading: &str, story: &Story, terminal: &mut Terminal) {
    for row in wrap(heading, terminal.columns) {
        terminal.line(&format!("{DIM}{row}{DIM:#}"));
    }
    let options = TextOptions { columns: terminal.columns, plain: terminal.plain, detail: false };
    terminal.print(&text(story, options));
    terminal.line("");
}

/// The rules of a lesson: what they say, and how sure that is.
fn rules(lesson: &Lesson, terminal: &mut Terminal) {
    for rule in lesson.rules.iter().filter_map(|id| Rule::from_id(id)) {
        let id = rule.id();
        terminal.line(&format!("{RULE}{id}{RULE:#}  {DIM}{}{DIM:#}", rule.grade().name()));
        for row in wrap(rule.sentence(), terminal.columns.saturating_sub(4)) {
            terminal.line(&format!("    {row}"));
        }
    }
    if !lesson.source.is_empty() {
        for row in wrap(&format!("Sources: {}", lesson.source), terminal.columns) {
            terminal.line(&format!("{DIM}{row}{DIM:#}"));
        }
    }
    terminal.line("");
}

/// What is to be done, and with what.
pub(super) fn exercise(lesson: &Lesson, terminal: &mut Terminal) {
    let Exercise { text, may_change, task, .. } = &lesson.exercise;
    prose(&format!("Exercise: {text}"), terminal);
    let what = match task {
        Task::Edit => "You change a scenario",
        Task::Settings => "You hand in settings",
        Task::Order => "You hand in an order, or a schedule",
    };
    let list = may_change.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
    match may_change.is_empty() {
        true => prose(&format!("{what}."), terminal),
        false => prose(&format!("{what}: {list} may be different."), terminal),
    }
}

/// Which goals are met, with a run for the first that is not.
pub(super) fn result(
    lesson: &Lesson,
    attempt: &Attempt,
    checked: &Checked,
    terminal: &mut Terminal,
) {
    for objection in &checked.objections {
        terminal.line(&format!("{WRONG}no{WRONG:#}   {objection}"));
    }
    for judged in &checked.judgement.claims {
        match judged.holds {
            true => terminal.line(&format!("{GOOD}yes{GOOD:#}  {}", judged.claim)),
            false => terminal.line(&format!("{WRONG}no{WRONG:#}   {}", judged.claim)),
        }
    }
    terminal.line("");
    let unmet = checked.judgement.claims.iter().find(|judged| !judged.holds);
    let example: Option<(&Schedule, String)> = unmet.and_then(|judged| {
        Some((judged.example.as_ref()?, format!("This run has it otherwise: {}", judged.claim)))
    });
    if let Some((schedule, heading)) = example
        && let Some(story) = lessons::story_of_attempt(lesson, attempt, Some(schedule))
    {
        told(&heading, &story, terminal);
    }
    if checked.solved() {
        terminal.line(&format!("{GOOD}Solved.{GOOD:#}"));
        terminal.line("");
        prose(&lesson.exercise.solved, terminal);
    } else if let Some(report) = &checked.judgement.report {
        reported(report, terminal);
    }
}
