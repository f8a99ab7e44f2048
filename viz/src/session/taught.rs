//! Lessons as requests and answers: the list, one of them, its answer, an exercise handed in.

use iocp_scenarios::lesson::Lesson;
use serde_json::Value;

use super::object::{Object, object};
use super::show;
use crate::lessons;

/// All lessons, in order.
pub(super) fn list() -> Object {
    let title = |entry: &lessons::Entry| {
        lessons::find(entry.name).map_or_else(String::new, |lesson| lesson.title)
    };
    let entry =
        |entry: &lessons::Entry| object().with("name", entry.name).with("title", title(entry));
    object().with("lessons", lessons::entries().iter().map(entry).collect::<Vec<_>>())
}

/// The lesson that a request names, or hands in as text.
fn find(request: &Value) -> Result<Lesson, Object> {
    let name = request.get("name").and_then(Value::as_str).unwrap_or_default();
    match request.get("lesson").and_then(Value::as_str) {
        Some(text) => Lesson::parse(name, text).map_err(|problems| {
            object().with("error", "this is no lesson").with("problems", show::problems(&problems))
        }),
        None => lessons::find(name)
            .ok_or_else(|| object().with("error", format!("there is no lesson `{name}`"))),
    }
}

/// A lesson without its answer.
pub(super) fn lesson(request: &Value) -> Object {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    let text = lesson.stage.scenario().map(iocp_scenarios::Scenario::to_text);
    let choices: Vec<&str> = lesson.choices.iter().map(|choice| choice.text.as_str()).collect();
    object()
        .with("title", &lesson.title)
        .with("intro", &lesson.intro)
        .with("question", &lesson.question)
        .with("choices", choices)
        .with("text", text)
        .with("exercise", &lesson.exercise.text)
        .with("hint", &lesson.exercise.hint)
        .with("task", lesson.exercise.task.word())
        .with("start", lesson.start())
}

/// Which answer is right, as the model says.
pub(super) fn answer(request: &Value) -> Object {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    match lessons::answer(&lesson) {
        Err(undecided) => object().with("error", undecided.to_string()),
        Ok(answer) => object()
            .with("right", answer.right)
            .with("answer", &lesson.answer)
            .with("rules", rules(&lesson)),
    }
}

fn rules(lesson: &Lesson) -> Vec<Object> {
    let ids = lesson.rules.iter().filter_map(|id| iocp_model::Rule::from_id(id));
    ids.map(show::rule_object).collect()
}

/// What the model says of an exercise handed in.
pub(super) fn check(request: &Value) -> Object {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    let text = request.get("text").and_then(Value::as_str).unwrap_or_default();
    let attempt = match lesson.attempt("solution", text) {
        Ok(attempt) => attempt,
        Err(problems) => {
            return object()
                .with("error", "this cannot be read")
                .with("problems", show::problems(&problems));
        }
    };
    match lessons::check(&lesson, &attempt) {
        Err(undecided) => object().with("error", undecided.to_string()),
        Ok(checked) => {
            let goals = checked.judgement.claims.iter();
            let goals = goals.map(|goal| {
                object().with("text", goal.claim.to_string()).with("holds", goal.holds)
            });
            object()
                .with("solved", checked.solved())
                .with("objections", &checked.objections)
                .with("goals", goals.collect::<Vec<_>>())
                .with("text", if checked.solved() { lesson.exercise.solved.as_str() } else { "" })
        }
    }
}
