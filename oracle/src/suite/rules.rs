//! The matrix by rule: how an implementation stands on every rule of the model.

use super::expect::rehearse;
use super::result::{Observation, Standing, SuiteResult};
use crate::driver::Program;
use iocp_model::{Deviation, Profile, Rule};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How an implementation stands on a rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleStanding {
    /// Programs follow it, and the implementation does what they expect.
    Conforms,
    /// A program shows that it does something else.
    Diverges,
    /// It lacks a call of every program that follows the rule.
    NotSupported,
    /// No program that follows it came to its end, or none was run.
    NotSeen,
    /// No program can tell whether it holds.
    NotObservable,
}

impl RuleStanding {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            RuleStanding::Conforms => "conforms",
            RuleStanding::Diverges => "diverges",
            RuleStanding::NotSupported => "not supported",
            RuleStanding::NotSeen => "not seen",
            RuleStanding::NotObservable => "not observable",
        }
    }
}

/// A row of the matrix.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule, by id.
    pub rule: String,
    /// How the implementation stands on it.
    pub standing: RuleStanding,
    /// The smallest deviations that explain what it does instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<String>,
    /// The programs that show it: those that diverge, or those that follow the rule.
    pub programs: Vec<String>,
    /// Why nothing can be seen, where nothing can.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Rules that no implementation can be asked for from outside, each with the reason.
pub const NOT_OBSERVABLE: &[(&str, &str)] = &[
    ("close-ends-poll", POLL),
    ("poll-exclusive", POLL),
    ("poll-reports-at-once", POLL),
    ("poll-reports-once", POLL),
    ("poll-sees-close", POLL),
    ("poll-times-out", POLL),
    ("poll-without-wait", POLL),
    ("port-may-fail", NO_MEMORY),
    ("post-may-fail", NO_MEMORY),
];

const POLL: &str =
    "a poll of sockets is a control of AFD, for which the driver protocol has no words";

const NO_MEMORY: &str = "it shows only when the system has no memory or the process no quota left, which no program \
     can bring about without harm to others";

/// The rules that each program follows in the model, under Windows 11.
pub fn followed(programs: &[Program]) -> BTreeMap<Rule, Vec<&str>> {
    let mut by_rule: BTreeMap<Rule, Vec<&str>> = BTreeMap::new();
    for program in programs {
        for rule in rehearse(program, Profile::Win11).1 {
            by_rule.entry(rule).or_default().push(&program.name);
        }
    }
    by_rule
}

/// The rules that hold in the Windows that the suite asks for, in the order of the table.
pub fn asked() -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(|rule| rule.versions().contains(Profile::Win11))
}

/// Every rule, and how the implementation stands on it.
pub fn by_rule(result: &SuiteResult, programs: &[Program]) -> Vec<RuleRow> {
    let followed = followed(programs);
    let observations: BTreeMap<&str, &Observation> =
        result.observations.iter().map(|o| (o.program.as_str(), o)).collect();
    asked()
        .map(|rule| {
            let by = followed.get(&rule).map(Vec::as_slice).unwrap_or_default();
            let seen: Vec<&Observation> =
                by.iter().filter_map(|name| observations.get(name).copied()).collect();
            row(rule, by, &seen, &result.observations)
        })
        .collect()
}

fn row(rule: Rule, by: &[&str], seen: &[&Observation], all: &[Observation]) -> RuleRow {
    let against: Vec<&Observation> = all.iter().filter(|o| breaks(o, rule)).collect();
    let of = |standing: Standing| seen.iter().any(|o| o.standing == standing);
    let standing = if !against.is_empty() {
        RuleStanding::Diverges
    } else if seen.iter().any(|o| holds(o, rule)) {
        RuleStanding::Conforms
    } else if of(Standing::NotSupported) {
        RuleStanding::NotSupported
    } else if by.is_empty() {
        RuleStanding::NotObservable
    } else {
        RuleStanding::NotSeen
    };
    let programs = match standing {
        RuleStanding::Diverges => against.iter().map(|o| o.program.clone()).collect(),
        _ => by.iter().map(|name| (*name).to_owned()).collect(),
    };
    let deviations: BTreeSet<String> =
        against.iter().flat_map(|o| deviations_of(o, rule)).collect();
    let why = NOT_OBSERVABLE.iter().find(|(id, _)| *id == rule.id()).map_or("", |(_, why)| why);
    RuleRow {
        rule: rule.id().to_owned(),
        standing,
        deviations: deviations.into_iter().collect(),
        programs,
        why: if by.is_empty() { why.to_owned() } else { String::new() },
    }
}

/// Whether a program shows that the rule does not hold: every smallest explanation departs from it,
/// or there is no explanation and it is the one that is broken.
fn breaks(observation: &Observation, rule: Rule) -> bool {
    let Some(judgement) = &observation.judgement else { return false };
    if judgement.conforms() {
        return false;
    }
    if judgement.deviations.is_empty() {
        return judgement.rule.as_deref() == Some(rule.id());
    }
    judgement.deviations.iter().all(|set| set.iter().any(|name| is_of(name, rule)))
}

/// Whether a program shows that the rule holds: the checker used it to explain what was seen.
fn holds(observation: &Observation, rule: Rule) -> bool {
    let exercised = observation.judgement.as_ref().is_some_and(|judgement| {
        judgement.exercised.iter().any(|exercised| exercised == rule.id())
    });
    observation.standing == Standing::Conforms || exercised
}

fn is_of(deviation: &str, rule: Rule) -> bool {
    Deviation::parse(deviation).is_some_and(|deviation| deviation.rule() == rule)
}

/// The deviations that explain a break of the rule.
fn deviations_of(observation: &Observation, rule: Rule) -> Vec<String> {
    let Some(judgement) = &observation.judgement else { return Vec::new() };
    let all = judgement.deviations.iter().flatten();
    all.filter(|name| is_of(name, rule)).cloned().collect()
}
