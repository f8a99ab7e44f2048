//! What came of each program, as data.

use super::compare::{Difference, Reference, compare};
use crate::check::{Diagnosis, Options, Report, Verdict, check};
use crate::driver::{
    Conductor, Conversation, Ending, Hello, Implementation, Limits, Program, trace_of,
};
use iocp_model::{Profile, Semantics};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The rules, by id.
    #[serde(default)]
    pub rules: Vec<String>,
    /// How the implementation stands.
    pub standing: Standing,
    /// Where it departs from Windows, one line each.
    pub differences: Vec<String>,
    /// Where it departs from what was expected of this implementation, one line each.
    pub surprises: Vec<String>,
    /// What the checker says of its trace under Windows 11; nothing where the trace would be one
    /// of calls that are not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
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
    /// In the order of the suite.
    pub observations: Vec<Observation>,
    /// Scenarios of the library that no implementation can be asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_observable: Vec<NotAsked>,
}

/// A scenario of the library that is not in the suite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotAsked {
    /// Its name.
    pub scenario: String,
    /// Why not.
    pub why: String,
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
            not_observable: Vec::new(),
        }
    }
}

/// How often each standing was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Programs in which the implementation does what Windows does.
    pub conforms: u32,
    /// Programs in which it does something else.
    pub diverges: u32,
    /// Programs that it cannot run.
    pub not_supported: u32,
    /// Programs that did not come to their end.
    pub not_observed: u32,
}

impl Tally {
    fn count(&mut self, standing: Standing) {
        *match standing {
            Standing::Conforms => &mut self.conforms,
            Standing::Diverges => &mut self.diverges,
            Standing::NotSupported => &mut self.not_supported,
            Standing::NotObserved => &mut self.not_observed,
        } += 1;
    }
}

impl SuiteResult {
    /// The matrix: how the implementation stands on each rule that a program is about.
    pub fn by_rule(&self) -> BTreeMap<&str, Tally> {
        self.matrix(|observation| &observation.rules)
    }

    /// The same by entry of the table of facts.
    pub fn by_fact(&self) -> BTreeMap<&str, Tally> {
        self.matrix(|observation| &observation.facts)
    }

    fn matrix(&self, of: impl Fn(&Observation) -> &Vec<String>) -> BTreeMap<&str, Tally> {
        let mut matrix: BTreeMap<&str, Tally> = BTreeMap::new();
        for observation in &self.observations {
            let names: BTreeSet<&str> = of(observation).iter().map(String::as_str).collect();
            for name in names {
                matrix.entry(name).or_default().count(observation.standing);
            }
        }
        matrix
    }
}

/// What the checker says of the trace of a program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// `conforms`, `diverges` or `inconclusive`.
    pub verdict: String,
    /// The rule that the first divergence breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The smallest sets of deviations under which the whole trace is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<Vec<String>>,
    /// The budget was spent before every set of up to three had been tried, so that there may be
    /// other smallest sets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// The rules that explain it, as far as it is explained.
    pub exercised: Vec<String>,
}

impl Judgement {
    /// Whether Windows allows the trace.
    pub fn conforms(&self) -> bool {
        self.verdict == Verdict::Conforms.to_string()
    }
}

/// How large a set of deviations is looked for.
const DEVIATIONS_MAX: usize = 3;

/// Judges the trace of a conversation.
fn judge(
    conversation: &Conversation,
    hello: &Hello,
    semantics: Semantics,
    deviations_max: usize,
) -> Option<Report> {
    let trace = trace_of(conversation, hello).ok()?;
    let options = Options { semantics, deviations_max, ..Options::default() };
    check(trace.as_slice(), &options).ok()
}

/// Runs programs on an implementation. One that breaks off costs the others nothing. `tell` hears
/// of each as it ends, and what the driver printed besides.
pub fn run(
    implementation: &mut impl Implementation,
    programs: &[Program],
    expected_of: Reference,
    limits: Limits,
    tell: &mut dyn FnMut(&Observation, &[String]),
) -> SuiteResult {
    let mut observations = Vec::new();
    for program in programs {
        let conversation = Conductor::run(implementation, program, limits);
        let hello = implementation.hello();
        let observation = observe(program, &conversation, &hello, expected_of);
        tell(&observation, &conversation.noise);
        observations.push(observation);
    }
    SuiteResult { observations, ..SuiteResult::new(&implementation.hello()) }
}

/// Sums a conversation up.
pub fn observe(
    program: &Program,
    conversation: &Conversation,
    hello: &Hello,
    expected_of: Reference,
) -> Observation {
    let lines = |differences: Vec<Difference>| -> Vec<String> {
        differences.iter().map(Difference::to_string).collect()
    };
    let differences = lines(compare(program, conversation, Reference::Windows));
    let mut surprises = match expected_of {
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
    let judged = |semantics, deviations_max| {
        if lacks { None } else { judge(conversation, hello, semantics, deviations_max) }
    };
    let judgement = judged(Profile::Win11.into(), DEVIATIONS_MAX).map(|report| Judgement {
        verdict: report.verdict.to_string(),
        rule: report.rule,
        deviations: report.deviations,
        unfinished: report.diagnosis == Diagnosis::Unfinished,
        exercised: report.exercised,
    });
    if expected_of == Reference::Wine80
        && let Some(report) = judged(Semantics::wine_8_0(), 0)
        && report.verdict != Verdict::Conforms
    {
        surprises.push(format!("under wine-8.0 its trace {}", report.verdict));
    }
    Observation {
        judgement,
        program: program.name.clone(),
        title: program.title.clone(),
        facts: program.facts.clone(),
        rules: program.rules.clone(),
        standing,
        differences,
        surprises,
        fault: conversation.fault.as_ref().map(ToString::to_string),
    }
}
