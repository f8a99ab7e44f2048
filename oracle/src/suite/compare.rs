//! Compares what was said in a case with what its program expects.

use crate::driver::{Conversation, Ending, Expected, Program, Step};
use serde_json::Value;
use std::fmt;

/// Whose results a program's expectations are taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    /// Windows 10 1607 and later.
    Windows,
    /// Wine 8.0, which gives what Windows gives except where the program says otherwise.
    Wine80,
}

/// One call that did not do what was expected of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// The step of the program, from 0.
    pub step: usize,
    /// The thread and the function.
    pub call: String,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { step, call, expected, found } = self;
        write!(f, "step {step}, {call}: expected {expected}, found {found}")
    }
}

/// Every difference, in the order of the steps.
pub fn compare(
    program: &Program,
    conversation: &Conversation,
    reference: Reference,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for talk in conversation.talks.values() {
        let Some(Step::Call(step)) = program.steps.get(talk.step) else { continue };
        let wine = reference == Reference::Wine80;
        let expected = step.wine.as_ref().filter(|_| wine).or(step.windows.as_ref());
        let call = format!("{} {}", step.thread, step.op);
        let mut differ = |expected: String, found: String| {
            differences.push(Difference { step: talk.step, call: call.clone(), expected, found });
        };
        let waits = step.waits_wine.filter(|_| wine).or(step.waits);
        if waits.is_some_and(|waits| waits != talk.waited) {
            let words = |waits| if waits { "that it waits" } else { "that it does not wait" };
            differ(words(!talk.waited).to_owned(), words(talk.waited).to_owned());
        }
        if let Some(expected) = expected.filter(|expected| !met(expected, &talk.ending)) {
            differ(show_expected(expected), show_ending(&talk.ending));
        }
    }
    differences
}

fn met(expected: &Expected, ending: &Ending) -> bool {
    match (expected, ending) {
        (Expected::Res(_), Ending::Returned(res)) => expected.matches(res),
        (Expected::Word(word), Ending::Never) => word == "never",
        (Expected::Word(word), Ending::Exit) => word == "exit",
        (Expected::Word(word), Ending::Unsupported(_)) => word == "unsupported",
        (Expected::Word(word), Ending::NotMade) => word == "not-made",
        (Expected::Res(_) | Expected::Word(_), _) => false,
    }
}

pub(super) fn show_expected(expected: &Expected) -> String {
    match expected {
        Expected::Word(word) => word.clone(),
        Expected::Res(res) => Value::Object(res.clone()).to_string(),
    }
}

pub(super) fn show_ending(ending: &Ending) -> String {
    match ending {
        Ending::Returned(res) => Value::Object(res.clone()).to_string(),
        Ending::Never => "never".to_owned(),
        Ending::Exit => "exit".to_owned(),
        Ending::NotMade => "not made, for its thread is still inside a call".to_owned(),
        Ending::Unsupported(why) => format!("unsupported ({why})"),
    }
}
