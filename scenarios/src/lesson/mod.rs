//! A lesson as its author wrote it: one Markdown file with one block of JSON at its end.
//!
//! ````text
//! # Title
//!
//! What is to be known before the question.
//!
//! ## Question
//! Who gets the packet?
//!
//! 1. A
//! 2. B
//!
//! ## Answer
//! ## Exercise
//! ## Hint
//! ## Solved
//! ## Data
//! ```json
//! {"version": 1, "rules": [...], "scenario": ..., "choices": [{claims}, {claims}],
//!  "exercise": {"task": "edit", "goal": {claims}, "solution": {...}}}
//! ```
//! ````
//!
//! Which answer is right stands nowhere: each claims something of the scenario, and the model says
//! which claim is true. Owns reading the format; who asks the model is further on.

mod attempt;
mod edit;
mod format;
mod read;
mod sections;

pub use attempt::Attempt;
pub use format::VERSION;

use crate::diagnostic::{Problems, Span};
use crate::scenario::{Scenario, Settings};

/// A lesson, ready to be asked.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// What is to be known before the question: Markdown, as are the other texts.
    pub intro: String,
    /// The question.
    pub question: String,
    /// The answers to choose from.
    pub choices: Vec<Choice>,
    /// Why the right one is right.
    pub answer: String,
    /// What the question is about.
    pub stage: Stage,
    /// What is to be done.
    pub exercise: Exercise,
    /// Ids of the rules it teaches.
    pub rules: Vec<String>,
    /// Where it comes from.
    pub source: String,
}

/// What a question or an exercise is about.
#[derive(Clone, Debug)]
pub struct Stage {
    /// A scenario or a trace.
    pub subject: Subject,
    /// Its parameters, and under which Windows.
    pub settings: Settings,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A scenario: every interleaving of it.
    Scenario(Box<Scenario>),
    /// A trace, and what the judge says of it.
    Trace(String),
}

impl Stage {
    /// The scenario, if it is one.
    pub fn scenario(&self) -> Option<&Scenario> {
        match &self.subject {
            Subject::Scenario(scenario) => Some(scenario),
            Subject::Trace(_) => None,
        }
    }
}

/// An answer to choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is shown.
    pub text: String,
    /// What it claims: it is right if all of this is true.
    pub claims: Vec<Claim>,
}

/// Something that is true of the model or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// What kind of claim.
    pub kind: ClaimKind,
    /// A condition, a property, a verdict or a rule. Several deviations are joined by commas.
    pub text: String,
    /// Where it stands in the lesson.
    pub span: Span,
}

/// Kinds of claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimKind {
    /// A condition holds in every state.
    Always,
    /// A condition holds in no state.
    Never,
    /// A condition holds in some state of some run.
    Sometimes,
    /// A condition holds at every end.
    Finally,
    /// A property of the scenario holds.
    Holds,
    /// A property of the scenario is broken.
    Breaks,
    /// The judge says so of the trace.
    Verdict,
    /// The trace breaks this rule.
    Rule,
    /// The smallest set of deviations that allows the trace.
    AllowedIf,
}

impl ClaimKind {
    /// All of them, in the order of the format.
    pub const ALL: [ClaimKind; 9] = [
        ClaimKind::Always,
        ClaimKind::Never,
        ClaimKind::Sometimes,
        ClaimKind::Finally,
        ClaimKind::Holds,
        ClaimKind::Breaks,
        ClaimKind::Verdict,
        ClaimKind::Rule,
        ClaimKind::AllowedIf,
    ];

    /// Its key in the format.
    pub const fn key(self) -> &'static str {
        match self {
            ClaimKind::Always => "always",
            ClaimKind::Never => "never",
            ClaimKind::Sometimes => "sometimes",
            ClaimKind::Finally => "finally",
            ClaimKind::Holds => "holds",
            ClaimKind::Breaks => "breaks",
            ClaimKind::Verdict => "verdict",
            ClaimKind::Rule => "rule",
            ClaimKind::AllowedIf => "allowed_if",
        }
    }

    /// Whether it is about a condition, which is a property of its own.
    pub const fn is_condition(self) -> bool {
        matches!(
            self,
            ClaimKind::Always | ClaimKind::Never | ClaimKind::Sometimes | ClaimKind::Finally
        )
    }

    /// Whether it is about a trace.
    pub const fn is_of_trace(self) -> bool {
        matches!(self, ClaimKind::Verdict | ClaimKind::Rule | ClaimKind::AllowedIf)
    }
}

impl std::fmt::Display for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = &self.text;
        match self.kind {
            ClaimKind::Always => write!(f, "always {text}"),
            ClaimKind::Never => write!(f, "never {text}"),
            ClaimKind::Sometimes => write!(f, "in some run {text}"),
            ClaimKind::Finally => write!(f, "at every end {text}"),
            ClaimKind::Holds => write!(f, "the property `{text}` holds"),
            ClaimKind::Breaks => write!(f, "the property `{text}` is broken"),
            ClaimKind::Verdict => write!(f, "the verdict on the trace is: {text}"),
            ClaimKind::Rule => write!(f, "the trace breaks the rule {text}"),
            ClaimKind::AllowedIf => write!(f, "{text} is a smallest set that allows the trace"),
        }
    }
}

/// Something to do, and how it is known to be done.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// What is handed in.
    pub task: Task,
    /// The text of the exercise.
    pub text: String,
    /// Help for who asks for it.
    pub hint: String,
    /// What there is to say once it is solved.
    pub solved: String,
    /// What it begins with.
    pub stage: Stage,
    /// Parts of the scenario, or settings, that may change.
    pub may_change: Vec<String>,
    /// What must be true in the end.
    pub goal: Vec<Claim>,
    /// One way to do it.
    pub solution: Attempt,
}

/// What is handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// A changed scenario.
    Edit,
    /// Parameters, a Windows version, deviations.
    Settings,
    /// An order of steps, or a whole schedule.
    Order,
}

impl Task {
    /// Its word in the format.
    pub const fn word(self) -> &'static str {
        match self {
            Task::Edit => "edit",
            Task::Settings => "settings",
            Task::Order => "order",
        }
    }
}

impl Lesson {
    /// Reads a lesson. `name` is what messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with its structure, its scenarios, its claims.
    pub fn parse(name: &str, text: &str) -> Result<Lesson, Problems> {
        read::read(name, text)
    }

    /// The text that a learner begins the exercise with: the scenario, or empty settings.
    pub fn start(&self) -> String {
        match (self.exercise.task, self.exercise.stage.scenario()) {
            (Task::Edit, Some(scenario)) => scenario.to_text(),
            (Task::Order, _) => "{\n  \"version\": 1,\n  \"order\": []\n}\n".to_owned(),
            (Task::Edit | Task::Settings, _) => "{\n  \"version\": 1\n}\n".to_owned(),
        }
    }

    /// Reads what a learner hands in.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn attempt(&self, name: &str, text: &str) -> Result<Attempt, Problems> {
        attempt::read(self, name, text)
    }
}

/// The JSON Schema of the data of a lesson.
pub fn lesson_schema() -> serde_json::Value {
    crate::schema::document(&format::LESSON, "iocp lesson, version 1: the data")
}

/// The JSON Schema of what is handed in where it is no scenario.
pub fn solution_schema() -> serde_json::Value {
    crate::schema::document(&format::ATTEMPT, "iocp solution of an exercise, version 1")
}
