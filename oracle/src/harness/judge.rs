//! One case on one implementation: does it do what the model does, and if not, is that proven?

use super::config::Config;
use super::moves::Case;
use super::script::Script;
use crate::check::{self, Options, Report, Verdict};
use crate::driver::{Conductor, Conversation, Ending, Fault, Implementation, Said, Step, trace_of};
use crate::suite::{Reference, compare};
use iocp_model::Deviation;
use std::collections::BTreeSet;
use std::fmt;

/// How many transitions the search for deviations may cost.
const DIAGNOSIS_STEPS_MAX: u64 = 2_000_000;

/// What came of a case.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The implementation did what the model does.
    Holds,
    /// It did something that the model cannot do.
    Violated(Box<Violation>),
    /// It did something else, and that proves nothing: another order that is allowed, or nobody
    /// could see who waits.
    Unclear {
        /// What was different.
        why: String,
    },
    /// It lacks these calls.
    Unsupported {
        /// Their names.
        ops: BTreeSet<String>,
    },
}

/// In which way an implementation is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wrong {
    /// The checker proves that no run of the model explains what was seen.
    Diverges,
    /// A thread neither returns nor waits.
    Stuck,
    /// The driver died, hung or broke the protocol.
    Fault,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wrong::Diverges => "does what the model cannot do",
            Wrong::Stuck => "has a thread that neither returns nor waits",
            Wrong::Fault => "does not play its part",
        })
    }
}

/// Everything that is known of a violation.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// In which way.
    pub wrong: Wrong,
    /// The first thing that was different, in a sentence.
    pub what: String,
    /// The step of the program where it showed first.
    pub step: Option<usize>,
    /// The program.
    pub script: Script,
    /// What was seen, as a trace.
    pub trace: Vec<u8>,
    /// What the checker says of it, if it says that the trace diverges.
    pub report: Option<Report>,
    /// What the driver printed besides.
    pub noise: Vec<String>,
    /// How the driver failed, if it did.
    pub fault: Option<Fault>,
    /// Whether the program went on at some point before it was sure that all had settled.
    pub hurried: bool,
}

impl Violation {
    /// Two violations are alike if they are wrong in the same way and break the same rule.
    pub fn is_like(&self, other: &Violation) -> bool {
        self.wrong == other.wrong && self.rule() == other.rule()
    }

    /// The rule that is broken, where the checker names one.
    pub fn rule(&self) -> Option<&str> {
        self.report.as_ref()?.rule.as_deref()
    }
}

/// Runs a case on an implementation and judges what was seen.
pub fn judge(implementation: &mut impl Implementation, case: &Case, config: &Config) -> Outcome {
    let mut script = case.script(config.semantics);
    let quiet_ms = config.quiet.as_millis().try_into().unwrap_or(u64::MAX);
    for step in &mut script.program.steps {
        if let Step::Call(call) = step {
            call.quiet_ms = call.quiet_ms.max(quiet_ms);
        }
    }
    if script.program.steps.is_empty() {
        return Outcome::Unsupported { ops: BTreeSet::new() };
    }
    let mut seen = Conductor::run(implementation, &script.program, config.limits);
    if config.assume_settled {
        believe(&mut seen);
    }
    let lacking = lacking(&seen, &script);
    if !lacking.is_empty() {
        return Outcome::Unsupported { ops: lacking };
    }
    let differences = compare(&script.program, &seen, Reference::Windows);
    let first = differences.iter().min_by_key(|difference| difference.step);
    let first = first.map(|difference| (difference.step, difference.to_string()));
    let odd = others_wait(&seen, &script);
    if first.is_none() && odd.is_none() && seen.fault.is_none() {
        return Outcome::Holds;
    }
    // A wrong result says more than that somebody still waits.
    let told = match (&first, &odd) {
        (Some(first), Some(odd)) if odd.0 < first.0 => Some(odd),
        (Some(first), _) => Some(first),
        (None, odd) => odd.as_ref(),
    };
    let what = match (&seen.fault, told) {
        (Some(fault), _) => fault.to_string(),
        (None, told) => told.map(|(_, what)| what.clone()).unwrap_or_default(),
    };
    let step = told.map(|(step, _)| *step);
    let trace = trace_of(&seen, &implementation.hello()).unwrap_or_default();
    let report = report_on(&trace, config, 0);
    // Where the semantics leave a choice, the plan is only one of the runs that are allowed.
    let is_open = config.semantics.has(Deviation::WakeOrderAny) && seen.fault.is_none();
    if is_open && report.as_ref().is_some_and(|report| report.verdict == Verdict::Conforms) {
        return Outcome::Holds;
    }
    let report = report.filter(|report| report.verdict == Verdict::Diverges);
    // Who waits in between is worth a look, and no more unless the checker says so.
    if first.is_none() && seen.fault.is_none() && report.is_none() {
        return Outcome::Holds;
    }
    let wrong = match () {
        () if seen.fault.is_some() => Wrong::Fault,
        () if report.is_some() => Wrong::Diverges,
        () if is_stuck(&seen) => Wrong::Stuck,
        () => return Outcome::Unclear { why: what },
    };
    let hurried = seen.said.iter().any(|said| matches!(said, Said::Settled { sure: false, .. }));
    let Conversation { noise, fault, .. } = seen;
    let violation = Violation { wrong, what, step, script, trace, report, noise, fault, hurried };
    Outcome::Violated(Box::new(violation))
}

/// The first step after which other calls wait than the model says, as far as the driver saw it.
fn others_wait(seen: &Conversation, script: &Script) -> Option<(usize, String)> {
    let not_made: BTreeSet<usize> =
        seen.talks.values().filter(|t| t.ending == Ending::NotMade).map(|t| t.step).collect();
    let mut settled = seen.said.iter().filter_map(|said| match said {
        Said::Settled { waiting, sure } => Some((waiting, *sure)),
        _ => None,
    });
    for (step, expected) in script.waiting.iter().enumerate() {
        if not_made.contains(&step) {
            continue;
        }
        let (waiting, sure) = settled.next()?;
        let waiting: BTreeSet<usize> =
            waiting.iter().filter_map(|id| Some(seen.talks.get(id)?.step)).collect();
        let Some(expected) = expected else { continue };
        if sure && waiting != *expected {
            let list = |steps: &BTreeSet<usize>| {
                let numbers: Vec<String> = steps.iter().map(|s| (s + 1).to_string()).collect();
                if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") }
            };
            let (found, should) = (list(&waiting), list(expected));
            let after = step + 1;
            let what = format!(
                "step {after}: of the calls by step, {should} should wait then, and {found} do"
            );
            return Some((step, what));
        }
    }
    None
}

/// What the checker says of a trace.
pub(super) fn report_on(trace: &[u8], config: &Config, deviations_max: usize) -> Option<Report> {
    let options = Options {
        semantics: config.semantics,
        deviations_max,
        diagnosis_steps_max: DIAGNOSIS_STEPS_MAX,
        ..Options::default()
    };
    check::check(trace, &options).ok()
}

/// The same violation, with the smallest sets of deviations that would allow it: that is a search,
/// and shrinking has no use for it.
pub(super) fn diagnosed(violation: Violation, config: &Config) -> Violation {
    let deviations_max = Options::default().deviations_max;
    match violation.report {
        None => violation,
        Some(_) => {
            let report = report_on(&violation.trace, config, deviations_max);
            Violation { report: report.or(violation.report), ..violation }
        }
    }
}

/// Takes the driver's word that it has waited long enough.
fn believe(seen: &mut Conversation) {
    for said in &mut seen.said {
        if let Said::Settled { sure, .. } = said {
            *sure = true;
        }
    }
}

/// Whether a driver that can see who waits saw a thread that does not, and has not returned.
fn is_stuck(seen: &Conversation) -> bool {
    let settled = |wanted: bool| {
        seen.said.iter().any(|said| matches!(said, Said::Settled { sure, .. } if *sure == wanted))
    };
    settled(true) && settled(false)
}

fn lacking(seen: &Conversation, script: &Script) -> BTreeSet<String> {
    let lacks = |ending: &Ending| matches!(ending, Ending::Unsupported(_));
    let step = |index: usize| match script.program.steps.get(index) {
        Some(Step::Call(call)) => Some(call.op.clone()),
        _ => None,
    };
    seen.talks.values().filter(|talk| lacks(&talk.ending)).filter_map(|t| step(t.step)).collect()
}
