//! Writes into a program what the model says that its calls give: on Windows, and on Wine 8.0 where
//! that differs.

use crate::driver::{Conductor, Conversation, Ending, Expected, Limits, Program, Step};
use crate::harness::ModelDriver;
use iocp_model::{Profile, Rule, Semantics};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How long a wait is that does not run out.
const LONG_MS: u64 = 10_000;

/// What the model does with a program: what was said, and the rules that it followed.
pub(super) fn rehearse(
    program: &Program,
    semantics: impl Into<Semantics>,
) -> (Conversation, BTreeSet<Rule>) {
    let mut driver = ModelDriver::new(semantics);
    let conversation = Conductor::run(&mut driver, program, Limits::default());
    (conversation, driver.rules().clone())
}

/// The same; of results that depend on which of several canceled operations ends first, only what
/// does not is left.
fn certain(program: &Program, semantics: Semantics) -> (Conversation, BTreeSet<Rule>) {
    let (mut conversation, rules) = rehearse(program, semantics);
    let mut other = ModelDriver::new(semantics).newest_first();
    let other = Conductor::run(&mut other, program, Limits::default());
    for (id, talk) in &mut conversation.talks {
        if let (Ending::Returned(res), Some(Ending::Returned(also))) =
            (&mut talk.ending, other.talks.get(id).map(|talk| &talk.ending))
        {
            res.retain(|name, value| also.get(name) == Some(value));
        }
    }
    (conversation, rules)
}

/// Fills in what is expected of every call, and which rules the program is about. A program whose
/// first part sets the stage is about all the same rules.
pub(super) fn expect(mut program: Program) -> Program {
    let (windows, rules) = certain(&program, Profile::Win11.into());
    let (wine, _) = certain(&program, Semantics::wine_8_0());
    for talk in windows.talks.values() {
        let other = wine.talks.values().find(|other| other.step == talk.step);
        let Some(Step::Call(step)) = program.steps.get_mut(talk.step) else { continue };
        step.waits = Some(talk.waited).filter(|_| !may_run_out(&step.args));
        step.windows = expected(&talk.ending);
        let Some(other) = other else { continue };
        // Only a wait that is to run out is short: on a loaded machine any other would, too.
        if may_run_out(&step.args) && !runs_out(&talk.ending) && !runs_out(&other.ending) {
            step.args.insert("timeout".to_owned(), json!(LONG_MS));
        }
        step.waits_wine = step.waits.map(|_| other.waited).filter(|waited| *waited != talk.waited);
        step.wine =
            expected(&other.ending).filter(|expected| Some(expected) != step.windows.as_ref());
    }
    program.rules = rules.iter().map(|rule| rule.id().to_owned()).collect();
    program
}

/// Whether the time of a call may be up before everything has settled.
fn may_run_out(args: &Map<String, Value>) -> bool {
    args.get("timeout").and_then(Value::as_u64).is_some_and(|ms| (1..1000).contains(&ms))
}

/// Whether a call returned because its time was up; in case of doubt it did.
fn runs_out(ending: &Ending) -> bool {
    let Ending::Returned(res) = ending else { return true };
    let timed_out = |value: &Value| *value == json!(258) || *value == json!("0x00000102");
    ["value", "last_error"].iter().any(|name| res.get(*name).is_some_and(timed_out))
}

fn expected(ending: &Ending) -> Option<Expected> {
    let word = |word: &str| Some(Expected::Word(word.to_owned()));
    match ending {
        Ending::Returned(res) if res.is_empty() => None,
        Ending::Returned(res) => Some(Expected::Res(res.clone())),
        Ending::Never => word("never"),
        Ending::Exit => word("exit"),
        Ending::Unsupported(_) => word("unsupported"),
        Ending::NotMade => word("not-made"),
    }
}
