//! An exercise as it was handed in: what may not have been changed, and which goals are met.

use iocp_model::Semantics;
use iocp_scenarios::Settings;
use iocp_scenarios::lesson::{Attempt, Exercise, Lesson, Subject, Task};

use super::judge::{Judgement, Undecided, over_all, over_one};
use super::trace;

/// What came of an attempt.
#[derive(Debug)]
pub struct Checked {
    /// What is not as the exercise asks, in sentences; nothing is judged then.
    pub objections: Vec<String>,
    /// What became of the goals.
    pub judgement: Judgement,
}

impl Checked {
    /// Whether the exercise is solved.
    pub fn solved(&self) -> bool {
        self.objections.is_empty() && self.judgement.claims.iter().all(|judged| judged.holds)
    }

    fn objecting(objections: Vec<String>) -> Checked {
        let judgement = Judgement { claims: vec![], explored: None, report: None };
        Checked { objections, judgement }
    }
}

/// Judges an attempt.
///
/// # Errors
/// The model cannot say: what was handed in does not compile, or is too big.
pub fn check(lesson: &Lesson, attempt: &Attempt) -> Result<Checked, Undecided> {
    let exercise = &lesson.exercise;
    let objections = objections(exercise, attempt);
    if !objections.is_empty() {
        return Ok(Checked::objecting(objections));
    }
    let settings = merged(&exercise.stage.settings, &attempt.settings);
    let mut checked = Checked { objections, judgement: put(exercise, attempt, &settings)? };
    if exercise.task == Task::Settings && checked.solved() {
        checked.objections = for_nothing(exercise, attempt, &settings)?;
    }
    Ok(checked)
}

/// The goals, put to the model with what was handed in.
fn put(
    exercise: &Exercise,
    attempt: &Attempt,
    settings: &Settings,
) -> Result<Judgement, Undecided> {
    let scenario = match &exercise.stage.subject {
        Subject::Trace(text) => return trace::judge(text, settings, &exercise.goal),
        Subject::Scenario(scenario) => attempt.scenario.as_deref().unwrap_or(scenario),
    };
    match &attempt.schedule {
        Some(schedule) => over_one(scenario, settings, schedule, &exercise.goal),
        None if exercise.task == Task::Order => {
            over_all(&scenario.with_order(&attempt.order), settings, &exercise.goal)
        }
        None => over_all(scenario, settings, &exercise.goal),
    }
}

/// Deviations that are not needed for the goals: a whole preset is no diagnosis.
fn for_nothing(
    exercise: &Exercise,
    attempt: &Attempt,
    settings: &Settings,
) -> Result<Vec<String>, Undecided> {
    let mut objections = vec![];
    let Some(semantics) = attempt.settings.semantics else { return Ok(objections) };
    for spare in semantics.deviations() {
        let without = Settings { semantics: Some(semantics.without(spare)), ..settings.clone() };
        if put(exercise, attempt, &without)?.claims.iter().all(|judged| judged.holds) {
            objections.push(format!("{spare} is not needed: the goal is met without it"));
        }
    }
    Ok(objections)
}

/// What was changed and may not be, and what is missing.
fn objections(exercise: &Exercise, attempt: &Attempt) -> Vec<String> {
    let may = |what: &str| exercise.may_change.iter().any(|part| part == what);
    let list = exercise.may_change.join(", ");
    let mut objections = vec![];
    if let (Some(old), Some(new)) = (exercise.stage.scenario(), &attempt.scenario) {
        let changes = old.changes(new);
        let forbidden = changes.iter().filter(|part| !may(part));
        objections.extend(
            forbidden.map(|part| format!("{part} has changed; this exercise is about {list} only")),
        );
    }
    if exercise.task == Task::Settings {
        let forbidden = changed_settings(exercise, attempt);
        let forbidden = forbidden.into_iter().filter(|what| !may(what));
        objections.extend(
            forbidden.map(|what| format!("`{what}` is given; this exercise is about {list} only")),
        );
    }
    objections
}

/// The kinds of settings that an attempt gives.
fn changed_settings(exercise: &Exercise, attempt: &Attempt) -> Vec<&'static str> {
    let Settings { variant, set, semantics } = &attempt.settings;
    let before = exercise.stage.settings.semantics.unwrap_or_default();
    let deviates = |s: &Semantics| s.deviations().any(|d| before.deviations().all(|b| b != d));
    let mut changed = vec![];
    let given = [
        ("set", !set.is_empty()),
        ("variant", variant.is_some()),
        ("profile", semantics.is_some_and(|s| s.profile != before.profile)),
        ("deviate", semantics.as_ref().is_some_and(deviates)),
    ];
    changed.extend(given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name));
    changed
}

/// What is given wins; parameters are added.
pub(super) fn merged(before: &Settings, given: &Settings) -> Settings {
    let set = before.set.iter().chain(&given.set).cloned().collect();
    Settings {
        variant: given.variant.clone().or_else(|| before.variant.clone()),
        set,
        semantics: given.semantics.or(before.semantics),
    }
}
