//! What a search found, for people, for programs and for CI systems.

use iocp_model::Rule;
use iocp_oracle::driver::Step;
use iocp_oracle::harness::{Case, Config, Findings, Outcome, Violation, lines, program_text};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::report::{self, Report, RuleText, StepText, Suite};
use crate::terminal::{BOLD, GOOD, Terminal, WRONG};

/// The way to run a case again, in words.
type Again<'a> = &'a dyn Fn(&Case) -> String;

/// What a driver said may hold anything; on a terminal it is only text.
fn plainly(text: &str, terminal: &mut Terminal) {
    for line in text.lines() {
        terminal.line(&iocp_viz::escape::terminal(line));
    }
}

pub(super) fn print(
    findings: &Findings,
    system: &str,
    semantics: &str,
    again: Again<'_>,
    terminal: &mut Terminal,
) {
    if let Some(failure) = &findings.failure {
        plainly(&failure.text(system, semantics, &again(&failure.shrunk.case)), terminal);
    }
    for (case, why) in &findings.unclear_examples {
        plainly(&format!("not judged: {why}\n  {}", again(case)), terminal);
    }
    if !findings.lacking.is_empty() {
        let lacking: Vec<&str> = findings.lacking.iter().map(String::as_str).collect();
        plainly(&format!("it lacks {}", lacking.join(", ")), terminal);
    }
    let (style, word) = match findings.failure {
        Some(_) => (WRONG, "fails"),
        None if findings.judged() == 0 => (WRONG, "nothing was checked"),
        None if findings.unclear > 0 => (WRONG, "inconclusive"),
        None => (GOOD, "holds"),
    };
    let reached = &findings.coverage.reached;
    let system = iocp_viz::escape::terminal(system);
    terminal.line(&format!(
        "{BOLD}{system}{BOLD:#}: {style}{word}{style:#}; {} cases, {} not judged, {} of {} rules \
         and {} transitions reached",
        findings.cases,
        findings.unclear + findings.unsupported,
        reached.rules.len(),
        Rule::ALL.len(),
        reached.transitions.len()
    ));
}

pub(super) fn object(findings: &Findings, system: &str, semantics: &str, exit: Exit) -> Value {
    let failure = findings.failure.as_ref().map(|failure| {
        let shrunk = &failure.shrunk;
        let mut object = violation(&shrunk.violation);
        object["case"] = json!(failure.case);
        object["token"] = json!(shrunk.case.to_string());
        object["found_token"] = json!(failure.found.to_string());
        object["calls"] = json!(shrunk.calls());
        object["shrink_runs"] = json!(shrunk.runs);
        object["failed_again"] = json!({ "times": shrunk.again.0, "of": shrunk.again.1 });
        object
    });
    let rules: Vec<&str> = findings.coverage.reached.rules.iter().map(|rule| rule.id()).collect();
    let never: Vec<&str> = findings.rules_never_reached().map(|rule| rule.id()).collect();
    let not_judged: Vec<Value> = findings
        .unclear_examples
        .iter()
        .map(|(case, why)| json!({ "token": case.to_string(), "why": why }))
        .collect();
    json!({
        "version": 1, "command": "fuzz", "system": system, "semantics": semantics,
        "cases": findings.cases, "judged": findings.judged(), "not_judged": not_judged,
        "lacking": findings.lacking, "rules": rules, "rules_never_reached": never,
        "transitions": findings.coverage.reached.transitions.len(),
        "stopped": findings.stopped, "failure": failure, "exit": exit as u8,
    })
}

fn violation(violation: &Violation) -> Value {
    let trace = String::from_utf8_lossy(&violation.trace);
    let report = violation.report.as_ref();
    json!({
        "wrong": violation.wrong.to_string(),
        "what": violation.what,
        "rule": violation.rule(),
        "deviations": report.map(|report| report.deviations.clone()),
        "assumptions": report.map_or(Vec::new(), assumptions),
        "program": violation.script.program,
        "trace": trace.lines().collect::<Vec<_>>(),
    })
}

fn assumptions(report: &iocp_oracle::check::Report) -> Vec<String> {
    report.assumptions.iter().map(|assumption| assumption.name().to_owned()).collect()
}

/// A case of a report: passed, with nothing to say.
fn case(name: String, outcome: report::Outcome, message: String) -> report::Case {
    report::Case {
        name,
        outcome,
        message,
        detail: String::new(),
        line: None,
        rule: None,
        replay: None,
        steps: Vec::new(),
        assumptions: Vec::new(),
    }
}

fn failed(violation: &Violation, detail: String, replay: String) -> report::Case {
    let first = violation.report.as_ref().and_then(|report| report.divergences.first());
    let rule = first.and_then(|divergence| {
        let (sentence, source) = (divergence.sentence.clone(), divergence.source.clone());
        divergence.rule.clone().map(|id| RuleText { id, sentence, source })
    });
    let name = rule.as_ref().map_or(violation.wrong.to_string(), |rule| rule.id.clone());
    let step = |step: &Step| match step {
        Step::Call(call) => {
            let text = format!("{} {}", call.op, Value::Object(call.args.clone()));
            StepText { thread: call.thread.clone(), text }
        }
        Step::Await(step) => {
            StepText { thread: step.r#await.clone(), text: "its time is up".to_owned() }
        }
    };
    report::Case {
        detail,
        rule,
        replay: Some(replay),
        steps: violation.script.program.steps.iter().map(step).collect(),
        assumptions: violation.report.as_ref().map_or(Vec::new(), assumptions),
        ..case(name, report::Outcome::Failed, violation.what.clone())
    }
}

pub(super) fn report(
    findings: &Findings,
    system: &str,
    semantics: &str,
    again: Again<'_>,
) -> Report {
    let mut cases = Vec::new();
    let judged = findings.judged();
    if let Some(failure) = &findings.failure {
        let replay = again(&failure.shrunk.case);
        let detail = failure.text(system, semantics, &replay);
        cases.push(failed(&failure.shrunk.violation, detail, replay));
    } else if judged > 0 {
        let message = format!("{judged} random programs");
        cases.push(case("random programs".to_owned(), report::Outcome::Passed, message));
    }
    for (unclear, why) in &findings.unclear_examples {
        let name = "not judged".to_owned();
        let case = case(name, report::Outcome::Inconclusive, why.clone());
        cases.push(report::Case { replay: Some(again(unclear)), ..case });
    }
    let suite = Suite { name: system.to_owned(), file: None, cases };
    Report { command: "fuzz", semantics: semantics.to_owned(), suites: vec![suite] }
}

pub(super) fn replayed(outcome: &Outcome, case: &Case, system: &str, exit: Exit) -> Value {
    let (word, more) = match outcome {
        Outcome::Holds => ("holds", Value::Null),
        Outcome::Violated(found) => ("violated", violation(found)),
        Outcome::Unclear { why } => ("not_judged", json!(why)),
        Outcome::Unsupported { ops } => ("unsupported", json!(ops)),
    };
    json!({
        "version": 1, "command": "fuzz", "system": system, "token": case.to_string(),
        "outcome": word, "found": more, "exit": exit as u8,
    })
}

pub(super) fn print_replayed(
    outcome: &Outcome,
    case: &Case,
    config: &Config,
    system: &str,
    terminal: &mut Terminal,
) {
    if let Outcome::Violated(violation) = outcome {
        plainly(&program_text(violation), terminal);
        plainly(&String::from_utf8_lossy(&violation.trace), terminal);
        if let Some(report) = &violation.report {
            plainly(&report.render("trace"), terminal);
        }
    } else {
        plainly(&lines(&case.script(config.semantics).program).join("\n"), terminal);
    }
    let verdict = match outcome {
        Outcome::Holds => "holds".to_owned(),
        Outcome::Violated(violation) => violation.wrong.to_string(),
        Outcome::Unclear { why } => format!("could not be judged: {why}"),
        Outcome::Unsupported { ops } => {
            format!("lacks {}", ops.iter().cloned().collect::<Vec<_>>().join(", "))
        }
    };
    plainly(&format!("{system}: {verdict}"), terminal);
}

pub(super) fn report_of_one(
    outcome: &Outcome,
    system: &str,
    semantics: &str,
    again: &str,
) -> Report {
    let name = || "one program".to_owned();
    let cases = match outcome {
        Outcome::Holds => vec![case(name(), report::Outcome::Passed, String::new())],
        Outcome::Violated(violation) => {
            vec![failed(violation, program_text(violation), again.to_owned())]
        }
        Outcome::Unclear { why } => {
            vec![case(name(), report::Outcome::Inconclusive, why.clone())]
        }
        Outcome::Unsupported { .. } => Vec::new(),
    };
    let suite = Suite { name: system.to_owned(), file: None, cases };
    Report { command: "fuzz", semantics: semantics.to_owned(), suites: vec![suite] }
}
