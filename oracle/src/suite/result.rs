//! What came of each program, as data.

use super::compare::{Difference, Reference, compare};
use crate::driver::{Conversation, Ending, Hello, Program};
use serde::{Deserialize, Serialize};

/// How an implementation stands on one program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does what Windows does.
    Conforms,
    /// It does something else.
    Diverges,
    /// It lacks a call that the program makes.
    NotSupported,
    /// The case did not come to its end, or the driver could not tell who waits.
    NotObserved,
}

/// What was observed in one program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Observation {
    /// The program.
    pub program: String,
    /// The fact it is about.
    pub title: String,
    /// The entries of the table of facts.
    pub facts: Vec<String>,
    /// How the implementation stands.
    pub standing: Standing,
    /// Where it departs from Windows, one line each.
    pub differences: Vec<String>,
    /// Where it departs from what was expected of this implementation, one line each.
    pub surprises: Vec<String>,
    /// Why the case broke off, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The suite on one implementation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SuiteResult {
    /// Always `iocp-suite-result`.
    pub format: String,
    /// Always 1.
    pub version: u64,
    /// The implementation, as it calls itself.
    pub system: String,
    /// Calls it lacks.
    pub missing: Vec<String>,
    /// In the order of their names.
    pub observations: Vec<Observation>,
}

impl SuiteResult {
    /// Nothing observed yet.
    pub fn new(hello: &Hello) -> SuiteResult {
        SuiteResult {
            format: "iocp-suite-result".to_owned(),
            version: 1,
            system: hello.system.clone(),
            missing: hello.missing.clone(),
            observations: Vec::new(),
        }
    }
}

/// Sums a conversation up.
pub fn observe(
    program: &Program,
    conversation: &Conversation,
    expected_of: Reference,
) -> Observation {
    let lines = |differences: Vec<Difference>| -> Vec<String> {
        differences.iter().map(Difference::to_string).collect()
    };
    let differences = lines(compare(program, conversation, Reference::Windows));
    let surprises = match expected_of {
        Reference::Windows => differences.clone(),
        Reference::Wine80 => lines(compare(program, conversation, Reference::Wine80)),
    };
    let lacks =
        conversation.talks.values().any(|talk| matches!(talk.ending, Ending::Unsupported(_)));
    let standing = match () {
        // What follows a call that is not there means nothing.
        () if lacks => Standing::NotSupported,
        () if conversation.fault.is_some() => Standing::NotObserved,
        () if differences.is_empty() => Standing::Conforms,
        () => Standing::Diverges,
    };
    Observation {
        program: program.name.clone(),
        title: program.title.clone(),
        facts: program.facts.clone(),
        standing,
        differences,
        surprises,
        fault: conversation.fault.as_ref().map(ToString::to_string),
    }
}
