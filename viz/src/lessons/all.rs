//! Claims over every interleaving: what the explorer finds of the properties that stand for them.

use iocp_scenarios::Program;
use iocp_scenarios::lesson::{Claim, ClaimKind};
use iocp_scheduler::explore;
use iocp_scheduler::explore::{Options, PropertyReport, Verdict};

use super::judge::{Judged, Undecided};

/// States that an exploration for a lesson may find; the largest lesson needs a tenth of it.
const STATES_MAX: u64 = 100_000;
/// Bytes it may hold.
const MEMORY_MAX: usize = 256 << 20;

/// What becomes of each claim; `names` are the properties that stand for them.
pub(super) fn decided(
    program: &Program,
    claims: &[Claim],
    names: &[String],
) -> Result<Vec<Judged>, Undecided> {
    let options = Options {
        max_states: Some(STATES_MAX),
        max_memory: Some(MEMORY_MAX),
        ..Options::default()
    };
    let found = explore(program, &options, &mut ());
    if let Some(limit) = found.limit {
        return Err(Undecided::TooBig(limit));
    }
    let judged = |(claim, name): (&Claim, &String)| {
        judged(claim, found.properties.iter().find(|property| property.name == *name))
    };
    Ok(claims.iter().zip(names).map(judged).collect())
}

/// A property that the learner has removed is neither held nor broken.
fn judged(claim: &Claim, report: Option<&PropertyReport>) -> Judged {
    let broken = report.is_some_and(|report| report.verdict == Verdict::Broken);
    let holds = match claim.kind {
        ClaimKind::Breaks => broken,
        _ => report.is_some_and(|report| report.verdict == Verdict::Holds),
    };
    let example = report.and_then(|report| {
        let violation = report.violation.as_ref().map(|found| found.shrunk.clone());
        violation.or_else(|| report.witness.clone())
    });
    Judged { claim: claim.clone(), holds, example }
}
