//! Requests and answers as JSON text. One request, one answer, and no request that harms: what
//! does not fit is answered with `{"error": ...}`.
//!
//! A request is an object whose `do` says what; the other fields are its arguments. `branch` and
//! `at` name a place.

use std::sync::Arc;

use iocp_model::{Deviation, Rule, Semantics};
use iocp_scenarios::{Settings, library};
use iocp_scheduler::{Choice, Schedule};
use serde_json::Value;

use super::object::{Object, object};
use super::{
    Session, SessionError, Source, c_program, first_difference, listed, question, restored,
    rust_test, show, taught,
};

/// Rows of a log, or moments of a chart, in one answer.
pub(super) const ROWS_MAX: usize = 500;
/// Steps of the first branch, unless the request says otherwise.
const FIRST_RUN_STEPS: usize = 1000;

/// What a page or a terminal talks to: nothing, or a session.
#[derive(Default)]
pub struct Host {
    session: Option<Session>,
}

impl Host {
    /// Nothing loaded.
    pub fn new() -> Host {
        Host::default()
    }

    /// What is loaded.
    pub fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// The answer to a request.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = match serde_json::from_str::<Value>(request) {
            Ok(request) => self.answer_value(&request).unwrap_or_else(|error| failed(&error)),
            Err(error) => object().with("error", format!("not JSON: {error}")),
        };
        Value::from(answer).to_string()
    }

    fn answer_value(&mut self, request: &Value) -> Result<Object, SessionError> {
        let what = request.get("do").and_then(Value::as_str).unwrap_or_default();
        match what {
            "library" => return Ok(library_list()),
            "source" => return source(request),
            "check" => return check(request),
            "rule" => return Ok(rule(request)),
            "lessons" => return Ok(taught::list()),
            "lesson" => return Ok(taught::lesson(request)),
            "lesson_answer" => return Ok(taught::answer(request)),
            "lesson_check" => return Ok(taught::check(request)),
            "load" => return self.load(request),
            _ => {}
        }
        let Some(session) = self.session.as_mut() else {
            return Ok(object().with("error", "nothing is loaded"));
        };
        let branch = number(request, "branch");
        let at = number(request, "at");
        if branch >= session.branches.len() {
            return Err(SessionError::NoPlace);
        }
        Ok(match what {
            "view" => show::place(session, branch, at, number(request, "part")),
            "step" => {
                let choice = text(request, "choice").parse::<Choice>();
                let choice = choice.map_err(|_| SessionError::NotPossible)?;
                let (branch, at) = session.step(branch, at, choice)?;
                show::place(session, branch, at, 0)
            }
            "run" => {
                let seed = request.get("seed").and_then(Value::as_u64);
                let steps = optional(request, "steps").unwrap_or(FIRST_RUN_STEPS);
                let at = session.run_on(branch, steps, seed)?;
                show::place(session, branch, at, 0)
            }
            "under" => {
                let semantics = semantics(request)?.unwrap_or_default();
                let (number, at) = session.under(branch, semantics)?;
                object()
                    .with("branch", number)
                    .with("fitting", at)
                    .with("branches", show::branches(session))
            }
            "log" => listed::log(session, branch, request),
            "lanes" => listed::lanes(session, branch, request),
            "next_call" => next_call(session, branch, at, flag(request, "back")),
            "compare" => compare(session, branch, number(request, "with"))?,
            "question" => asked(session, branch, at),
            "answer" => answered(session, branch, at, text(request, "pick")),
            "link" => {
                let schedule = session.schedule(branch)?;
                let checksum = session.branch(branch)?.stepper(at).fingerprint();
                object()
                    .with("token", schedule.to_string())
                    .with("checksum", format!("{checksum:016x}"))
            }
            "rust" => object().with("text", rust_test(session, branch)?),
            "c" => object().with("text", c_program(session, branch)?),
            "restore" => restore(session, request)?,
            "close" => close(session, branch),
            _ => object().with("error", format!("no request is called `{what}`")),
        })
    }

    fn load(&mut self, request: &Value) -> Result<Object, SessionError> {
        let scenario = source_of(request).read()?;
        let settings = settings(request)?;
        let steps = optional(request, "steps").unwrap_or(FIRST_RUN_STEPS);
        let session = Session::new(scenario, settings, steps)?;
        let about = described(&session);
        self.session = Some(session);
        Ok(about)
    }
}

fn failed(error: &SessionError) -> Object {
    match error {
        SessionError::Problems(problems) => object()
            .with("error", "the scenario has problems")
            .with("problems", show::problems(problems)),
        other => object().with("error", other.to_string()),
    }
}

pub(super) fn text<'a>(request: &'a Value, key: &str) -> &'a str {
    request.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn optional(request: &Value, key: &str) -> Option<usize> {
    request.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
}

pub(super) fn number(request: &Value, key: &str) -> usize {
    optional(request, key).unwrap_or(0)
}

fn flag(request: &Value, key: &str) -> bool {
    request.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn library_list() -> Object {
    let entry = |entry: &library::Entry| {
        let scenario = library::find(entry.name);
        let title = scenario.as_ref().map_or("", |scenario| scenario.title());
        object().with("name", entry.name).with("group", entry.group).with("title", title)
    };
    let profiles = iocp_model::Profile::ALL.iter().map(|profile| profile.name());
    let deviations = Deviation::ALL.iter().map(|deviation| {
        object()
            .with("name", deviation.to_string())
            .with("sentence", deviation.sentence())
            .with("rule", deviation.rule().id())
    });
    object()
        .with("version", env!("CARGO_PKG_VERSION"))
        .with("scenarios", library::entries().iter().map(entry).collect::<Vec<_>>())
        .with("profiles", profiles.chain(["wine-8.0"]).collect::<Vec<_>>())
        .with("deviations", deviations.collect::<Vec<_>>())
}

fn source_of(request: &Value) -> Source<'_> {
    match request.get("text").and_then(Value::as_str) {
        Some(text) => Source::Text(request.get("scenario").and_then(Value::as_str), text),
        None => Source::Library(text(request, "scenario")),
    }
}

fn source(request: &Value) -> Result<Object, SessionError> {
    let scenario = source_of(request).read()?;
    Ok(object().with("text", scenario.source()))
}

/// Whether a text is a scenario that compiles.
fn check(request: &Value) -> Result<Object, SessionError> {
    let scenario = source_of(request).read()?;
    scenario.compile(&settings(request)?)?;
    Ok(object().with("ok", true).with("title", scenario.title()))
}

fn rule(request: &Value) -> Object {
    match Rule::from_id(text(request, "id")) {
        Some(rule) => show::rule_object(rule),
        None => object().with("error", format!("there is no rule `{}`", text(request, "id"))),
    }
}

fn settings(request: &Value) -> Result<Settings, SessionError> {
    let mut set = vec![];
    if let Some(wanted) = request.get("set").and_then(Value::as_object) {
        for (name, value) in wanted {
            let value = value.as_i64().ok_or_else(|| {
                SessionError::Setting(format!("parameter {name} wants a whole number"))
            })?;
            set.push((name.clone(), value));
        }
    }
    let variant = request.get("variant").and_then(Value::as_str);
    let variant = variant.filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Settings { variant, set, semantics: semantics(request)? })
}

/// The semantics that a request asks for; none if the scenario decides.
fn semantics(request: &Value) -> Result<Option<Semantics>, SessionError> {
    let wrong =
        |what: &str, name: &str| SessionError::Setting(format!("there is no {what} `{name}`"));
    let profile = text(request, "profile");
    let deviations = request.get("deviate").and_then(Value::as_array);
    let deviations = deviations.map(Vec::as_slice).unwrap_or_default();
    if profile.is_empty() && deviations.is_empty() {
        return Ok(None);
    }
    let mut semantics = match profile {
        "" => Semantics::default(),
        name => Semantics::from_name(name).ok_or_else(|| wrong("profile", name))?,
    };
    for deviation in deviations.iter().filter_map(Value::as_str) {
        let known = Deviation::parse(deviation).ok_or_else(|| wrong("deviation", deviation))?;
        semantics = semantics.with(known);
    }
    Ok(Some(semantics))
}

fn described(session: &Session) -> Object {
    let scenario = &session.scenario;
    let program: &Arc<_> = session.branches[0].program();
    let parameters = scenario.parameters().into_iter().map(|parameter| {
        let now = program.parameters().iter().find(|(name, _)| *name == parameter.name);
        object()
            .with("name", parameter.name)
            .with("value", now.map(|(_, value)| *value))
            .with("min", parameter.min)
            .with("max", parameter.max)
            .with("about", parameter.about)
    });
    let variants = scenario
        .variants()
        .into_iter()
        .map(|variant| object().with("name", variant.name).with("about", variant.about));
    object()
        .with("name", scenario.name())
        .with("title", scenario.title())
        .with("about", scenario.about())
        .with("notice", scenario.notice().collect::<Vec<_>>())
        .with("source", scenario.source_of_facts())
        .with("text", scenario.source())
        .with("parameters", parameters.collect::<Vec<_>>())
        .with("variants", variants.collect::<Vec<_>>())
        .with("semantics", super::in_words(program.semantics()))
        .with("lanes", show::names(&session.branches[0]))
        .with("branches", show::branches(session))
}

/// The place after the next call, or before the last one.
fn next_call(session: &mut Session, branch: usize, at: usize, back: bool) -> Object {
    let line = &session.branches[branch];
    let is_call = |step: &usize| line.step(*step).is_some_and(|taken| taken.is_call);
    let place = match back {
        false => (at..line.len()).find(is_call).map_or(line.len(), |step| step + 1),
        true => (0..at.saturating_sub(1)).rev().find(is_call).map_or(0, |step| step + 1),
    };
    show::place(session, branch, place, 0)
}

fn compare(session: &mut Session, left: usize, right: usize) -> Result<Object, SessionError> {
    if right >= session.branches.len() {
        return Err(SessionError::NoPlace);
    }
    let difference = first_difference(&session.branches[left], &session.branches[right]);
    Ok(match difference {
        None => object().with("alike", true),
        Some(found) => object()
            .with("alike", false)
            .with("at", found.at)
            .with("left", found.left)
            .with("right", found.right),
    })
}

fn asked(session: &mut Session, branch: usize, at: usize) -> Object {
    match question(&mut session.branches[branch], at) {
        Some(question) => {
            object().with("question", question.text).with("options", question.options)
        }
        None => object().with("question", None::<&str>),
    }
}

fn answered(session: &mut Session, branch: usize, at: usize, pick: &str) -> Object {
    match question(&mut session.branches[branch], at) {
        Some(question) => object()
            .with("right", question.answer == pick)
            .with("answer", question.answer)
            .with("because", question.because)
            .with("rule", question.rule.map(show::rule_object)),
        None => object().with("error", "there is no question here"),
    }
}

fn restore(session: &mut Session, request: &Value) -> Result<Object, SessionError> {
    let schedule: Schedule = match text(request, "token").parse() {
        Ok(schedule) => schedule,
        Err(error) => {
            let sentence = format!("The link cannot be read: {error}.");
            return Ok(object().with("branch", 0).with("at", 0).with("mismatches", [sentence]));
        }
    };
    let checksum = u64::from_str_radix(text(request, "checksum"), 16).ok();
    let found = restored(session, &schedule, number(request, "at"), checksum)?;
    Ok(object()
        .with("branch", found.branch)
        .with("at", found.at)
        .with("mismatches", found.mismatches))
}

/// Closes a branch that no other left; the first stays.
fn close(session: &mut Session, branch: usize) -> Object {
    let needed = session.branches.iter().any(|b| b.parted.is_some_and(|p| p.from == branch));
    if branch == 0 || needed {
        return object().with("error", "another branch begins in this one");
    }
    session.branches.remove(branch);
    for other in &mut session.branches {
        if let Some(parted) = &mut other.parted
            && parted.from > branch
        {
            parted.from -= 1;
        }
    }
    object().with("branches", show::branches(session))
}
