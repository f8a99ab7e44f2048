//! A run on standard output and in reports: what `run` and `replay` have in common.

use iocp_scenarios::Program;
use iocp_scenarios::run::{Lane, Run, Step};
use iocp_scheduler::EndingKind;
use iocp_viz::text::{TextOptions, text};
use serde_json::{Map, Value, json};

use crate::choose;
use crate::exit::Exit;
use crate::report::{Case, Outcome, Report, RuleText, StepText, Suite};
use crate::scenario::{Loaded, ScenarioArguments};
use crate::terminal::{DIM, Terminal};

/// A run and where it comes from.
pub(crate) struct Told<'a> {
    /// The command that ran it.
    pub(crate) command: &'static str,
    /// What was asked for.
    pub(crate) arguments: &'a ScenarioArguments,
    /// The scenario.
    pub(crate) loaded: &'a Loaded,
    /// The run.
    pub(crate) run: &'a Run,
}

impl Told<'_> {
    /// The command line that does it again.
    fn replay(&self) -> String {
        let ScenarioArguments { scenario, settings } = self.arguments;
        format!("iocp replay {} {scenario}{}", self.run.schedule, settings.as_arguments())
    }

    /// The run as a story.
    pub(crate) fn story(&self) -> iocp_viz::story::Story {
        let Loaded { scenario, program, .. } = self.loaded;
        iocp_viz::from_run::story(scenario, program, self.run, &in_words(program))
    }
}

/// The semantics and the parameters of a scenario.
pub(crate) fn in_words(program: &Program) -> String {
    let mut text = choose::in_words(program.semantics());
    for (name, value) in program.parameters() {
        text.push_str(&format!(", {name}={value}"));
    }
    text
}

/// A run that broke something is a violation; one that was cut says nothing about its end.
pub(crate) fn exit(run: &Run) -> Exit {
    if !run.violations.is_empty() {
        return Exit::Violated;
    }
    match run.end.kind {
        Some(EndingKind::Finished) => Exit::Holds,
        Some(EndingKind::Deadlock) => Exit::Violated,
        Some(EndingKind::Stuck) | None => Exit::Inconclusive,
    }
}

/// For people.
pub(crate) fn print(told: &Told<'_>, detail: bool, terminal: &mut Terminal) {
    let options = TextOptions { columns: terminal.columns, plain: terminal.plain, detail };
    terminal.print(&text(&told.story(), options));
    if !terminal.quiet {
        terminal.line(&format!("{DIM}again: {}{DIM:#}", told.replay()));
    }
}

/// For programs. Keys are only ever added.
pub(crate) fn object(told: &Told<'_>) -> Value {
    let Told { loaded, run, .. } = told;
    let parameters: Map<String, Value> = loaded
        .program
        .parameters()
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let violations = run.violations.iter().map(|violation| {
        json!({ "property": violation.property, "step": violation.step.map(|step| step + 1),
                "sentence": violation.sentence })
    });
    json!({
        "version": 1,
        "command": told.command,
        "scenario": loaded.program.name(),
        "semantics": choose::in_words(loaded.program.semantics()),
        "parameters": parameters,
        "outcome": run.end.outcome,
        "end": run.end.kind.map(EndingKind::word),
        "reasons": run.end.reasons,
        "violations": violations.collect::<Vec<_>>(),
        "witnessed": run.witnessed,
        "findings": run.findings,
        "steps": run.steps.iter().map(|step| step_object(run, step)).collect::<Vec<_>>(),
        "threads": run.lanes.iter().map(thread_object).collect::<Vec<_>>(),
        "ticks": run.ticks,
        "schedule": run.schedule.to_string(),
        "exit": exit(run) as u8,
    })
}

fn thread_name(run: &Run, actor: Option<usize>) -> Option<&str> {
    Some(&run.lanes.get(actor?)?.name)
}

fn step_object(run: &Run, step: &Step) -> Value {
    let effects = step.effects.iter().map(
        |consequence| json!({ "rule": consequence.rule.id(), "sentence": consequence.sentence }),
    );
    json!({
        "at": step.at,
        "thread": thread_name(run, step.actor),
        "choice": step.choice.to_string(),
        "action": step.action,
        "effects": effects.collect::<Vec<_>>(),
        "faults": step.faults,
    })
}

fn thread_object(lane: &Lane) -> Value {
    let results = lane.results.iter().map(|result| {
        json!({ "call": result.call, "result": result.text, "called": result.called,
                "returned": result.returned })
    });
    let spans = lane.spans.iter().map(|span| {
        json!({ "from": span.from, "to": span.to, "activity": span.activity.word(),
                "packet": span.packet })
    });
    json!({ "name": lane.name, "results": results.collect::<Vec<_>>(),
            "spans": spans.collect::<Vec<_>>() })
}

/// The steps up to a step (from 0), each with its thread.
fn way_to(run: &Run, last: Option<usize>) -> Vec<StepText> {
    let steps = last.map_or(run.steps.len(), |last| last + 1);
    run.steps
        .iter()
        .take(steps)
        .map(|step| StepText {
            thread: thread_name(run, step.actor).unwrap_or("environment").to_owned(),
            text: step.action.clone(),
        })
        .collect()
}

/// The rule of the last effect of a step: what decided there.
fn rule_at(run: &Run, step: Option<usize>) -> Option<RuleText> {
    let rule = run.steps.get(step?)?.effects.last()?.rule;
    Some(RuleText {
        id: rule.id().to_owned(),
        sentence: rule.sentence().to_owned(),
        source: rule.source().to_owned(),
    })
}

/// A case a violation, and one for the end.
pub(crate) fn report(told: &Told<'_>) -> Report {
    let run = told.run;
    let case = |name: &str, outcome, message: &str, step: Option<usize>| Case {
        name: name.to_owned(),
        outcome,
        message: message.to_owned(),
        detail: way_to(run, step).iter().map(|s| format!("{}\n", s.text)).collect(),
        line: None,
        rule: rule_at(run, step),
        replay: Some(told.replay()),
        steps: way_to(run, step),
        assumptions: Vec::new(),
    };
    let mut cases: Vec<Case> = run
        .violations
        .iter()
        .map(|violation| {
            case(&violation.property, Outcome::Failed, &violation.sentence, violation.step)
        })
        .collect();
    let end = match exit(run) {
        Exit::Holds => Some((Outcome::Passed, run.end.outcome.clone())),
        Exit::Violated if !cases.is_empty() => None,
        Exit::Violated => Some((Outcome::Failed, run.end.reasons.join(" "))),
        _ => Some((Outcome::Inconclusive, "the run did not come to its end".to_owned())),
    };
    if let Some((outcome, message)) = end {
        cases.push(case("the run ends as it should", outcome, &message, None));
    }
    let name = told.loaded.program.name().to_owned();
    let suite = Suite { name, file: told.loaded.file.clone(), cases };
    let semantics = choose::in_words(told.loaded.program.semantics());
    Report { command: told.command, semantics, suites: vec![suite] }
}
