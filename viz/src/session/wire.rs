//! Requests and answers as JSON text. One request, one answer, and no request that harms: what
//! does not fit is answered with `{"error": ...}`.
//!
//! A request is an object whose `do` says what; the other fields are its arguments. `branch` and
//! `at` name a place.

use std::sync::Arc;

use iocp_model::{Deviation, Rule, Semantics};
use iocp_scenarios::{Settings, library};
use iocp_scheduler::{Choice, Schedule};
use serde_json::{Value, json};

use super::{
    Branch, Session, SessionError, Source, c_program, first_difference, question, restored,
    rust_test, show, taught,
};

/// Rows of a log, or moments of a chart, in one answer.
const ROWS_MAX: usize = 500;
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
        let value = match serde_json::from_str::<Value>(request) {
            Ok(request) => self.answer_value(&request).unwrap_or_else(|error| failed(&error)),
            Err(error) => json!({ "error": format!("not JSON: {error}") }),
        };
        value.to_string()
    }

    fn answer_value(&mut self, request: &Value) -> Result<Value, SessionError> {
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
            return Ok(json!({ "error": "nothing is loaded" }));
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
                json!({ "branch": number, "fitting": at, "branches": show::branches(session) })
            }
            "log" => log(session, branch, request),
            "lanes" => lanes(session, branch, request),
            "next_call" => next_call(session, branch, at, flag(request, "back")),
            "compare" => compare(session, branch, number(request, "with"))?,
            "question" => asked(session, branch, at),
            "answer" => answered(session, branch, at, text(request, "pick")),
            "link" => {
                let schedule = session.schedule(branch)?;
                let checksum = session.branch(branch)?.stepper(at).fingerprint();
                json!({ "token": schedule.to_string(), "checksum": format!("{checksum:016x}") })
            }
            "rust" => json!({ "text": rust_test(session, branch)? }),
            "c" => json!({ "text": c_program(session, branch)? }),
            "restore" => restore(session, request)?,
            "close" => close(session, branch),
            _ => json!({ "error": format!("no request is called `{what}`") }),
        })
    }

    fn load(&mut self, request: &Value) -> Result<Value, SessionError> {
        let scenario = source_of(request).read()?;
        let settings = settings(request)?;
        let steps = optional(request, "steps").unwrap_or(FIRST_RUN_STEPS);
        let session = Session::new(scenario, settings, steps)?;
        let about = described(&session);
        self.session = Some(session);
        Ok(about)
    }
}

fn failed(error: &SessionError) -> Value {
    match error {
        SessionError::Problems(problems) => {
            json!({ "error": "the scenario has problems", "problems": show::problems(problems) })
        }
        other => json!({ "error": other.to_string() }),
    }
}

fn text<'a>(request: &'a Value, key: &str) -> &'a str {
    request.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn optional(request: &Value, key: &str) -> Option<usize> {
    request.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
}

fn number(request: &Value, key: &str) -> usize {
    optional(request, key).unwrap_or(0)
}

fn flag(request: &Value, key: &str) -> bool {
    request.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn library_list() -> Value {
    let entry = |entry: &library::Entry| {
        let scenario = library::find(entry.name);
        let title = scenario.as_ref().map_or("", |scenario| scenario.title());
        json!({ "name": entry.name, "group": entry.group, "title": title })
    };
    let profiles = iocp_model::Profile::ALL.iter().map(|profile| profile.name());
    let deviations = Deviation::ALL.iter().map(|deviation| {
        json!({ "name": deviation.to_string(), "sentence": deviation.sentence(),
                "rule": deviation.rule().id() })
    });
    json!({ "version": env!("CARGO_PKG_VERSION"),
            "scenarios": library::entries().iter().map(entry).collect::<Vec<_>>(),
            "profiles": profiles.chain(["wine-8.0"]).collect::<Vec<_>>(),
            "deviations": deviations.collect::<Vec<_>>() })
}

fn source_of(request: &Value) -> Source<'_> {
    match request.get("text").and_then(Value::as_str) {
        Some(text) => Source::Text(request.get("scenario").and_then(Value::as_str), text),
        None => Source::Library(text(request, "scenario")),
    }
}

fn source(request: &Value) -> Result<Value, SessionError> {
    let scenario = source_of(request).read()?;
    Ok(json!({ "text": scenario.source() }))
}

/// Whether a text is a scenario that compiles.
fn check(request: &Value) -> Result<Value, SessionError> {
    let scenario = source_of(request).read()?;
    scenario.compile(&settings(request)?)?;
    Ok(json!({ "ok": true, "title": scenario.title() }))
}

fn rule(request: &Value) -> Value {
    match Rule::from_id(text(request, "id")) {
        Some(rule) => show::rule_object(rule),
        None => json!({ "error": format!("there is no rule `{}`", text(request, "id")) }),
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

fn described(session: &Session) -> Value {
    let scenario = &session.scenario;
    let program: &Arc<_> = session.branches[0].program();
    let parameters = scenario.parameters().into_iter().map(|parameter| {
        let now = program.parameters().iter().find(|(name, _)| *name == parameter.name);
        json!({ "name": parameter.name, "value": now.map(|(_, value)| *value),
                "min": parameter.min, "max": parameter.max, "about": parameter.about })
    });
    let variants = scenario
        .variants()
        .into_iter()
        .map(|variant| json!({ "name": variant.name, "about": variant.about }));
    json!({
        "name": scenario.name(), "title": scenario.title(), "about": scenario.about(),
        "notice": scenario.notice().collect::<Vec<_>>(),
        "source": scenario.source_of_facts(), "text": scenario.source(),
        "parameters": parameters.collect::<Vec<_>>(), "variants": variants.collect::<Vec<_>>(),
        "semantics": super::in_words(program.semantics()),
        "lanes": show::names(&session.branches[0]),
        "branches": show::branches(session),
    })
}

/// Rows of the log from `from` on: all steps, or those whose words contain `filter`.
fn log(session: &Session, branch: usize, request: &Value) -> Value {
    let branch = &session.branches[branch];
    let names = show::names(branch);
    let filter = text(request, "filter").to_lowercase();
    let until = optional(request, "until").unwrap_or(usize::MAX).min(branch.len());
    let around = number(request, "around");
    let wanted = number(request, "rows").clamp(1, ROWS_MAX);
    let matching: Vec<usize> = match filter.is_empty() {
        true => (0..until).collect(),
        false => (0..until).filter(|at| says(branch, *at, &filter)).collect(),
    };
    let place = matching.partition_point(|at| *at < around);
    let first = place.saturating_sub(wanted / 2).min(matching.len().saturating_sub(wanted));
    let rows = matching.iter().skip(first).take(wanted).filter_map(|at| {
        let taken = branch.step(*at)?;
        let who = taken.step.actor.and_then(|actor| names.get(actor));
        Some(json!({ "at": at + 1, "who": who, "action": taken.step.action,
                     "call": taken.is_call, "wrong": !taken.broken.is_empty(),
                     "rules": main_rules(taken) }))
    });
    json!({ "rows": rows.collect::<Vec<_>>(), "matching": matching.len(), "first": first })
}

fn main_rules(taken: &iocp_scenarios::stepper::Taken) -> Vec<&'static str> {
    let main = taken.step.effects.iter().filter(|consequence| {
        crate::from_run::weight(&consequence.effect) != crate::story::Weight::Detail
    });
    let mut rules: Vec<&str> = main.map(|consequence| consequence.rule.id()).collect();
    rules.dedup();
    rules
}

fn says(branch: &Branch, at: usize, filter: &str) -> bool {
    let Some(taken) = branch.step(at) else { return false };
    taken.step.action.to_lowercase().contains(filter)
        || taken.step.effects.iter().any(|consequence| {
            consequence.sentence.to_lowercase().contains(filter)
                || consequence.rule.id().contains(filter)
        })
}

/// What every thread does from one moment to another; a moment is a number of steps done.
fn lanes(session: &Session, branch: usize, request: &Value) -> Value {
    let branch = &session.branches[branch];
    let from = number(request, "from").min(branch.len());
    let to = number(request, "to").clamp(from, branch.len() + 1).min(from + ROWS_MAX);
    let lanes = show::names(branch).into_iter().enumerate().map(|(lane, name)| {
        let mut spans: Vec<Value> = vec![];
        let mut start = from;
        for moment in from..to {
            let now = branch.doing(moment)[lane];
            if moment + 1 == to || branch.doing(moment + 1)[lane] != now {
                let label = now.packet.map_or_else(String::new, |key| format!("key {key}"));
                let doing = show::activity(now.activity);
                let label = if doing == "running" { label } else { String::new() };
                spans.push(json!([start, moment + 1, doing, label]));
                start = moment + 1;
            }
        }
        json!({ "name": name, "spans": spans })
    });
    let lanes: Vec<Value> = lanes.collect();
    json!({ "from": from, "to": to, "lanes": lanes, "arrows": arrows(branch, from, to) })
}

/// Which step handed a packet to whom.
fn arrows(branch: &Branch, from: usize, to: usize) -> Vec<Value> {
    let mut out = vec![];
    for at in from.saturating_sub(1)..to {
        let Some(taken) = branch.step(at) else { break };
        for consequence in &taken.step.effects {
            if let iocp_model::Effect::Released { thread, packet, .. } = consequence.effect
                && let Some(lane) = branch.program().actor_of(thread)
            {
                out.push(json!({ "at": at + 1, "from": taken.step.actor, "to": lane,
                                 "label": format!("key {}", packet.key) }));
            }
        }
    }
    out
}

/// The place after the next call, or before the last one.
fn next_call(session: &mut Session, branch: usize, at: usize, back: bool) -> Value {
    let line = &session.branches[branch];
    let is_call = |step: &usize| line.step(*step).is_some_and(|taken| taken.is_call);
    let place = match back {
        false => (at..line.len()).find(is_call).map_or(line.len(), |step| step + 1),
        true => (0..at.saturating_sub(1)).rev().find(is_call).map_or(0, |step| step + 1),
    };
    show::place(session, branch, place, 0)
}

fn compare(session: &mut Session, left: usize, right: usize) -> Result<Value, SessionError> {
    if right >= session.branches.len() {
        return Err(SessionError::NoPlace);
    }
    let difference = first_difference(&session.branches[left], &session.branches[right]);
    Ok(match difference {
        None => json!({ "alike": true }),
        Some(found) => json!({ "alike": false, "at": found.at, "left": found.left,
                               "right": found.right }),
    })
}

fn asked(session: &mut Session, branch: usize, at: usize) -> Value {
    match question(&mut session.branches[branch], at) {
        Some(question) => json!({ "question": question.text, "options": question.options }),
        None => json!({ "question": null }),
    }
}

fn answered(session: &mut Session, branch: usize, at: usize, pick: &str) -> Value {
    match question(&mut session.branches[branch], at) {
        Some(question) => json!({ "right": question.answer == pick, "answer": question.answer,
            "because": question.because, "rule": question.rule.map(show::rule_object) }),
        None => json!({ "error": "there is no question here" }),
    }
}

fn restore(session: &mut Session, request: &Value) -> Result<Value, SessionError> {
    let schedule: Schedule = match text(request, "token").parse() {
        Ok(schedule) => schedule,
        Err(error) => {
            let sentence = format!("The link cannot be read: {error}.");
            return Ok(json!({ "branch": 0, "at": 0, "mismatches": [sentence] }));
        }
    };
    let checksum = u64::from_str_radix(text(request, "checksum"), 16).ok();
    let found = restored(session, &schedule, number(request, "at"), checksum)?;
    Ok(json!({ "branch": found.branch, "at": found.at, "mismatches": found.mismatches }))
}

/// Closes a branch that no other left; the first stays.
fn close(session: &mut Session, branch: usize) -> Value {
    let needed = session.branches.iter().any(|b| b.parted.is_some_and(|p| p.from == branch));
    if branch == 0 || needed {
        return json!({ "error": "another branch begins in this one" });
    }
    session.branches.remove(branch);
    for other in &mut session.branches {
        if let Some(parted) = &mut other.parted
            && parted.from > branch
        {
            parted.from -= 1;
        }
    }
    json!({ "branches": show::branches(session) })
}
