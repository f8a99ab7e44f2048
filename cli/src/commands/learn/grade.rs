//! Answers and exercises as commands of their own: for scripts, editors and those who would rather
//! not talk.

use std::path::Path;

use iocp_scenarios::lesson::{Attempt, Lesson};
use iocp_scenarios::{Invalid, limits};
use iocp_viz::lessons::{self, Checked, Undecided};
use serde_json::{Value, json};

use super::{show, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::learner::Learner;
use crate::save::save;
use crate::scenario::described;
use crate::terminal::Terminal;

/// The model cannot say.
fn undecided(why: &Undecided) -> Failure {
    let failure = Failure::bad_input(why.to_string());
    match why {
        Undecided::TooBig(_) => Failure { exit: Exit::Inconclusive, ..failure },
        _ => failure,
    }
}

pub(super) fn answer(
    lesson: &Lesson,
    answer: usize,
    json: bool,
    learner: &mut Learner,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let count = lesson.choices.len();
    let Some(chosen) = answer.checked_sub(1).filter(|chosen| *chosen < count) else {
        return Err(Failure::bad_input(format!("the answers are 1 to {count}, not {answer}")));
    };
    let right = give(lesson, chosen, learner, terminal)?;
    let exit = if chosen == right.right { Exit::Holds } else { Exit::Violated };
    if json {
        terminal.json(&json!({ "version": 1, "command": "learn answer", "lesson": lesson.name,
            "answer": answer, "right": right.right + 1, "exit": exit as u8 }));
    } else {
        show::verdict(lesson, chosen, &right, terminal);
    }
    Ok(exit)
}

/// Asks the model and notes the first answer (from 0).
pub(super) fn give(
    lesson: &Lesson,
    chosen: usize,
    learner: &mut Learner,
    terminal: &Terminal,
) -> Result<lessons::Answer, Failure> {
    let answer = lessons::answer(lesson).map_err(|why| undecided(&why))?;
    learner.note(&lesson.name, terminal, |done| {
        if done.answered.is_none() {
            done.answered = Some(chosen + 1);
            done.right = chosen == answer.right;
        }
    });
    Ok(answer)
}

pub(super) fn exercise(
    lesson: &Lesson,
    output: Option<&Path>,
    hint: bool,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    if let Some(path) = output {
        write_start(lesson, path)?;
    }
    show::exercise(lesson, terminal);
    if hint {
        show::prose(&lesson.exercise.hint, terminal);
    }
    let name = output.map_or_else(|| "FILE".to_owned(), shown);
    match output {
        Some(_) => terminal.line(&format!("{name} is where you begin.")),
        None => terminal.print(&lesson.start()),
    }
    terminal.line(&format!("iocp learn check {} {name}", lesson.name));
    Ok(Exit::Holds)
}

/// The starting file; a file that is there already may be somebody's work.
pub(super) fn write_start(lesson: &Lesson, path: &Path) -> Result<(), Failure> {
    let start = lesson.start();
    if path.exists() && std::fs::read(path).is_ok_and(|old| old != start.as_bytes()) {
        return Err(Failure::bad_input(format!("{} is there already", shown(path)))
            .help("it may be your work: name another file, or remove it"));
    }
    save(path, start.as_bytes())
}

/// Reads what was handed in.
pub(super) fn read(lesson: &Lesson, file: &Path, terminal: &Terminal) -> Result<Attempt, Failure> {
    let input = input::read(file, limits::FILE_BYTES as u64)?;
    let attempt = lesson.attempt(&input.name, input.text()?);
    attempt.map_err(|problems| described(&problems, terminal))
}

/// Judges an attempt and notes it.
pub(super) fn judge(
    lesson: &Lesson,
    attempt: &Attempt,
    learner: &mut Learner,
    terminal: &Terminal,
) -> Result<Checked, Failure> {
    let checked = lessons::check(lesson, attempt).map_err(|why| match &why {
        Undecided::Invalid(invalid) => match invalid.as_ref() {
            Invalid::Scenario(problems) => described(problems, terminal),
            _ => undecided(&why),
        },
        _ => undecided(&why),
    })?;
    learner.note(&lesson.name, terminal, |done| {
        done.attempts = done.attempts.saturating_add(1);
        done.solved |= checked.solved();
    });
    Ok(checked)
}

pub(super) fn check(
    lesson: &Lesson,
    file: &Path,
    json: bool,
    learner: &mut Learner,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let attempt = read(lesson, file, terminal)?;
    let checked = judge(lesson, &attempt, learner, terminal)?;
    let exit = if checked.solved() { Exit::Holds } else { Exit::Violated };
    if json {
        terminal.json(&object(lesson, &checked, exit));
    } else {
        show::result(lesson, &attempt, &checked, terminal);
    }
    Ok(exit)
}

fn object(lesson: &Lesson, checked: &Checked, exit: Exit) -> Value {
    let goals = checked.judgement.claims.iter().map(|judged| {
        json!({ "goal": judged.claim.to_string(), "met": judged.holds,
                "schedule": judged.example.as_ref().map(ToString::to_string) })
    });
    json!({ "version": 1, "command": "learn check", "lesson": lesson.name,
            "solved": checked.solved(), "objections": checked.objections,
            "goals": goals.collect::<Vec<_>>(), "exit": exit as u8 })
}
