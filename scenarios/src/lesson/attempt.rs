//! What a learner hands in: a scenario, settings, an order or a schedule.

use iocp_scheduler::Schedule;

use super::{Lesson, Task, format, read};
use crate::checker::Checker;
use crate::diagnostic::{Diagnostic, Problems, Span};
use crate::json::{self, Node};
use crate::scenario::{Scenario, Settings};
use crate::shape::Shape;

/// What is handed in, read but not yet judged.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// The changed scenario.
    pub scenario: Option<Box<Scenario>>,
    /// Settings.
    pub settings: Settings,
    /// Whose steps come first.
    pub order: Vec<String>,
    /// One run.
    pub schedule: Option<Schedule>,
}

pub(super) fn read(lesson: &Lesson, name: &str, text: &str) -> Result<Attempt, Problems> {
    if lesson.exercise.task == Task::Edit {
        let scenario = Some(Box::new(Scenario::parse(name, text)?));
        return Ok(Attempt { scenario, ..Attempt::default() });
    }
    let problems = |found: Vec<Diagnostic>| Problems::new(name, text, found);
    if let Some(token) = text.trim().strip_prefix("iocp1:") {
        let token = format!("iocp1:{token}");
        let schedule = schedule(&token, Span::new(0, text.len()));
        return Ok(Attempt {
            schedule: Some(schedule.map_err(|problem| problems(vec![*problem]))?),
            ..Attempt::default()
        });
    }
    let root = json::parse(text).map_err(|problem| problems(vec![*problem]))?;
    let mut checker = Checker::new(&crate::format::STEPS);
    checker.check(&root, &Shape::Record(&format::ATTEMPT), "a solution");
    if !checker.problems.is_empty() {
        return Err(problems(checker.problems));
    }
    let mut found = vec![];
    let attempt = of_node(&root, &mut found);
    if found.is_empty() { Ok(attempt) } else { Err(problems(found)) }
}

/// The settings, the order and the schedule of an object that was checked.
pub(super) fn of_node(node: &Node, found: &mut Vec<Diagnostic>) -> Attempt {
    let token = node.get("schedule").and_then(|node| Some((node.text()?, node.span)));
    let schedule = token.and_then(|(token, span)| match schedule(token, span) {
        Ok(schedule) => Some(schedule),
        Err(problem) => {
            found.push(*problem);
            None
        }
    });
    let order = node.get("order").map(Node::elements).unwrap_or_default();
    let order = order.iter().filter_map(Node::text).map(str::to_owned).collect();
    Attempt { scenario: None, settings: read::settings(node, found), order, schedule }
}

fn schedule(token: &str, span: Span) -> Result<Schedule, Box<Diagnostic>> {
    token
        .parse()
        .map_err(|error| Box::new(Diagnostic::new("bad-schedule", span, format!("{error}"))))
}
