//! Claims put to the model: over every interleaving of a scenario, over one run, over a trace.
//!
//! Owns what a claim means. Knows nothing of lessons, answers and goals.

use iocp_scenarios::lesson::{Claim, ClaimKind, Stage, Subject};
use iocp_scenarios::run::{Run, replay};
use iocp_scenarios::{Invalid, Program, Scenario, Settings};
use iocp_scheduler::Schedule;
use iocp_scheduler::explore::Limit;

use super::{all, trace};

/// What became of a claim.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// Whether it is true.
    pub holds: bool,
    /// A run that shows it: a witness, or a counterexample.
    pub example: Option<Schedule>,
}

/// What became of claims, and what they were put to.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// One for each claim, in order.
    pub claims: Vec<Judged>,
    /// What was explored: examples are runs of this.
    pub explored: Option<Box<Explored>>,
    /// What the judge of traces says, as text.
    pub report: Option<String>,
}

/// A scenario with its claims, and what it compiles to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// The scenario, a property for each claim in it.
    pub scenario: Scenario,
    /// What can be run.
    pub program: Program,
}

/// Why the model gives no answer.
#[derive(Debug)]
pub enum Undecided {
    /// The scenario is wrong, or a setting does not fit it.
    Invalid(Box<Invalid>),
    /// It is too big to be explored.
    TooBig(Limit),
    /// The schedule asks for something that is not possible at this step (from 1).
    DoesNotFit(u64),
    /// The schedule ends before the run does.
    NotOver,
    /// The trace cannot be read: a sentence.
    BadTrace(String),
    /// A question has one right answer; this one has these (from 0).
    NotOneAnswer(Vec<usize>),
}

impl std::fmt::Display for Undecided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Undecided::Invalid(invalid) => invalid.fmt(f),
            Undecided::TooBig(limit) => {
                write!(f, "there are too many interleavings to look at all: {limit} was hit")
            }
            Undecided::DoesNotFit(step) => {
                write!(f, "step {step} of the schedule is not possible here")
            }
            Undecided::NotOver => {
                write!(f, "the schedule ends before the run does, so its end cannot be judged")
            }
            Undecided::BadTrace(error) => write!(f, "the trace cannot be read: {error}"),
            Undecided::NotOneAnswer(right) => {
                write!(f, "{} answers are right, and one should be", right.len())
            }
        }
    }
}

impl std::error::Error for Undecided {}

/// Steps of one run.
pub(super) const STEPS_MAX: usize = 2000;

/// Puts claims to the model: every interleaving of a scenario, or the judge of a trace.
///
/// # Errors
/// The model cannot say.
pub fn judge(stage: &Stage, claims: &[Claim]) -> Result<Judgement, Undecided> {
    match &stage.subject {
        Subject::Scenario(scenario) => over_all(scenario, &stage.settings, claims),
        Subject::Trace(text) => trace::judge(text, &stage.settings, claims),
    }
}

/// A scenario with claims, and the property that decides each.
fn ask(
    scenario: &Scenario,
    settings: &Settings,
    claims: &[Claim],
) -> Result<(Explored, Vec<String>), Undecided> {
    let (scenario, names) = scenario.with_claims(claims);
    let invalid = |invalid| Undecided::Invalid(Box::new(invalid));
    let program = scenario.compile(settings).map_err(invalid)?;
    Ok((Explored { scenario, program }, names))
}

pub(super) fn over_all(
    scenario: &Scenario,
    settings: &Settings,
    claims: &[Claim],
) -> Result<Judgement, Undecided> {
    let (explored, names) = ask(scenario, settings, claims)?;
    let claims = all::decided(&explored.program, claims, &names)?;
    Ok(Judgement { claims, explored: Some(Box::new(explored)), report: None })
}

/// The same over one run.
pub(super) fn over_one(
    scenario: &Scenario,
    settings: &Settings,
    schedule: &Schedule,
    claims: &[Claim],
) -> Result<Judgement, Undecided> {
    let (explored, names) = ask(scenario, settings, claims)?;
    let (run, stopped) = replay(&explored.program, schedule, STEPS_MAX);
    if let Some(step) = stopped {
        return Err(Undecided::DoesNotFit(step + 1));
    }
    if run.end.kind.is_none() {
        return Err(Undecided::NotOver);
    }
    let decided = |(claim, name): (&Claim, &String)| Judged {
        claim: claim.clone(),
        holds: holds_in(&run, claim.kind, name),
        example: Some(run.schedule.clone()),
    };
    let claims = claims.iter().zip(&names).map(decided).collect();
    Ok(Judgement { claims, explored: Some(Box::new(explored)), report: None })
}

fn holds_in(run: &Run, kind: ClaimKind, property: &str) -> bool {
    let broken = run.violations.iter().any(|violation| violation.property == property);
    match kind {
        ClaimKind::Sometimes => run.witnessed.iter().any(|name| name == property),
        ClaimKind::Breaks => broken,
        _ => !broken,
    }
}
