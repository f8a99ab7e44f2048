//! Lessons as requests and answers: the list, one of them, its answer, an exercise handed in.

use iocp_scenarios::lesson::Lesson;
use serde_json::{Value, json};

use super::show;
use crate::lessons;

/// All lessons, in order.
pub(super) fn list() -> Value {
    let title = |entry: &lessons::Entry| {
        lessons::find(entry.name).map_or_else(String::new, |lesson| lesson.title)
    };
    let entry = |entry: &lessons::Entry| json!({ "name": entry.name, "title": title(entry) });
    json!({ "lessons": lessons::entries().iter().map(entry).collect::<Vec<_>>() })
}

/// The lesson that a request names, or hands in as text.
fn find(request: &Value) -> Result<Lesson, Value> {
    let name = request.get("name").and_then(Value::as_str).unwrap_or_default();
    match request.get("lesson").and_then(Value::as_str) {
        Some(text) => Lesson::parse(name, text).map_err(|problems| {
            json!({ "error": "this is no lesson", "problems": show::problems(&problems) })
        }),
        None => lessons::find(name)
            .ok_or_else(|| json!({ "error": format!("there is no lesson `{name}`") })),
    }
}

/// A lesson without its answer.
pub(super) fn lesson(request: &Value) -> Value {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    let text = lesson.stage.scenario().map(iocp_scenarios::Scenario::to_text);
    let choices: Vec<&str> = lesson.choices.iter().map(|choice| choice.text.as_str()).collect();
    json!({ "title": lesson.title, "intro": lesson.intro, "question": lesson.question,
            "choices": choices, "text": text, "exercise": lesson.exercise.text,
            "hint": lesson.exercise.hint, "task": lesson.exercise.task.word(),
            "start": lesson.start() })
}

/// Which answer is right, as the model says.
pub(super) fn answer(request: &Value) -> Value {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    match lessons::answer(&lesson) {
        Err(undecided) => json!({ "error": undecided.to_string() }),
        Ok(answer) => json!({ "right": answer.right, "answer": lesson.answer,
                              "rules": rules(&lesson) }),
    }
}

fn rules(lesson: &Lesson) -> Vec<Value> {
    let ids = lesson.rules.iter().filter_map(|id| iocp_model::Rule::from_id(id));
    ids.map(show::rule_object).collect()
}

/// What the model says of an exercise handed in.
pub(super) fn check(request: &Value) -> Value {
    let lesson = match find(request) {
        Ok(lesson) => lesson,
        Err(error) => return error,
    };
    let text = request.get("text").and_then(Value::as_str).unwrap_or_default();
    let attempt = match lesson.attempt("solution", text) {
        Ok(attempt) => attempt,
        Err(problems) => {
            return json!({ "error": "this cannot be read", "problems": show::problems(&problems) });
        }
    };
    match lessons::check(&lesson, &attempt) {
        Err(undecided) => json!({ "error": undecided.to_string() }),
        Ok(checked) => {
            let goals = checked.judgement.claims.iter();
            let goals = goals.map(|goal| {
                json!({ "text": goal.claim.to_string(),
                                                 "holds": goal.holds })
            });
            json!({ "solved": checked.solved(), "objections": checked.objections,
                    "goals": goals.collect::<Vec<_>>(),
                    "text": if checked.solved() { lesson.exercise.solved.as_str() } else { "" } })
        }
    }
}
