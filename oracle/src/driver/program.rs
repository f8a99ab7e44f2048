//! A conformance program: a sequence of lockstep commands, and what they should give.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// The version of the format.
const VERSION: u64 = 1;
/// No program is longer.
const STEPS_MAX: usize = 10_000;

/// A program for a driver, as data (`*.program.json`).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Always `iocp-program`.
    pub format: String,
    /// Always 1.
    pub version: u64,
    /// Its name: letters, digits, `-`.
    pub name: String,
    /// The fact it is about, in a sentence about Windows.
    pub title: String,
    /// The entries of the table of facts it observes.
    #[serde(default)]
    pub facts: Vec<String>,
    /// The rules it is about, by id.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// A thread makes a call; then everything settles.
    Call(CallStep),
    /// Waits until the call that a thread is in returns (a timeout, a device), then settles.
    Await(AwaitStep),
}

/// A thread makes a call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    /// The thread.
    pub thread: String,
    /// The function.
    pub op: String,
    /// Its arguments, as the driver protocol has them.
    #[serde(default)]
    pub args: Map<String, Value>,
    /// Names for the handles that it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bind: Vec<String>,
    /// How long nothing may happen before it counts as settled: for devices, which nobody can
    /// look into.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quiet_ms: u64,
    /// Whether it is still waiting when everything has settled. `None`: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<bool>,
    /// The same, on Wine 8.0, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_wine: Option<bool>,
    /// What Windows gives in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Expected>,
    /// What Wine 8.0 gives in the end, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wine: Option<Expected>,
}

impl CallStep {
    /// A call of which nothing is expected yet.
    pub fn new(thread: &str, op: &str, args: Map<String, Value>) -> CallStep {
        CallStep {
            thread: thread.to_owned(),
            op: op.to_owned(),
            args,
            bind: Vec::new(),
            quiet_ms: 0,
            waits: None,
            waits_wine: None,
            windows: None,
            wine: None,
        }
    }
}

/// Waits for a call to return.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitStep {
    /// The thread that makes it.
    pub r#await: String,
    /// For how long at most.
    pub ms: u64,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// How a call should end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// `"never"`: it has not returned when the program ends; `"unsupported"`; `"exit"`.
    Word(String),
    /// The fields of `res` that matter. `{"any":[a,b]}` allows either.
    Res(Map<String, Value>),
}

impl Expected {
    /// Whether a result has every field that is expected.
    pub fn matches(&self, res: &Map<String, Value>) -> bool {
        match self {
            Expected::Word(_) => false,
            Expected::Res(wanted) => wanted.iter().all(|(name, wanted)| {
                let found = res.get(name).unwrap_or(&Value::Null);
                match wanted.get("any").and_then(Value::as_array) {
                    Some(choices) => choices.iter().any(|choice| agrees(choice, found)),
                    None => agrees(wanted, found),
                }
            }),
        }
    }
}

/// Whether a value is the expected one; of an object only the fields that are expected count.
fn agrees(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .all(|(name, wanted)| agrees(wanted, found.get(name).unwrap_or(&Value::Null))),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(w, f)| agrees(w, f))
        }
        (wanted, found) => wanted == found,
    }
}

impl Program {
    /// The calls among its steps.
    pub fn calls(&self) -> impl Iterator<Item = &CallStep> {
        self.steps.iter().filter_map(|step| match step {
            Step::Call(call) => Some(call),
            Step::Await(_) => None,
        })
    }

    /// Reads a program.
    pub fn parse(text: &str) -> Result<Program, ProgramError> {
        let program: Program = serde_json::from_str(text).map_err(|error| ProgramError::Json {
            line: error.line(),
            column: error.column(),
            why: error.to_string(),
        })?;
        if program.format != "iocp-program" || program.version != VERSION {
            return Err(ProgramError::Format {
                found: format!("{} {}", program.format, program.version),
            });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if program.name.is_empty() || !program.name.chars().all(plain) {
            return Err(ProgramError::Name { found: program.name });
        }
        if program.steps.len() > STEPS_MAX {
            return Err(ProgramError::TooLong { steps: program.steps.len() });
        }
        Ok(program)
    }
}

/// Why a text is no program.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ProgramError {
    /// Not the JSON that is expected.
    Json {
        /// The line, from 1.
        line: usize,
        /// The column.
        column: usize,
        /// What was expected.
        why: String,
    },
    /// Another format or version.
    Format {
        /// Which.
        found: String,
    },
    /// The name is not plain.
    Name {
        /// The name.
        found: String,
    },
    /// Too many steps.
    TooLong {
        /// How many.
        steps: usize,
    },
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProgramError::Json { line, column, why } => write!(f, "{line}:{column}: {why}"),
            ProgramError::Format { found } => {
                write!(f, "expected `iocp-program` version {VERSION}, found `{found}`")
            }
            ProgramError::Name { found } => {
                write!(f, "`name` must be letters, digits and -, found `{found}`")
            }
            ProgramError::TooLong { steps } => {
                write!(f, "{steps} steps, {STEPS_MAX} are allowed")
            }
        }
    }
}

impl std::error::Error for ProgramError {}
