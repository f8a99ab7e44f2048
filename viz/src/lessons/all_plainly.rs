//! In the place of the explorer, where a page has to be small: the plain search, every state in
//! full. It says the same, without examples; a test holds it against the explorer.

use iocp_scenarios::Program;
use iocp_scenarios::lesson::{Claim, ClaimKind};
use iocp_scheduler::explore::Limit;
use iocp_scheduler::{Expectation, System, explore_naively};

use super::judge::{Judged, Undecided};

/// States that the search may find.
const STATES_MAX: u64 = 40_000;

/// What becomes of each claim; `names` are the properties that stand for them.
pub(super) fn decided(
    program: &Program,
    claims: &[Claim],
    names: &[String],
) -> Result<Vec<Judged>, Undecided> {
    let found = explore_naively(program, STATES_MAX);
    if !found.complete {
        return Err(Undecided::TooBig(Limit::States(STATES_MAX)));
    }
    let judged = |(claim, name): (&Claim, &String)| {
        let index = program.properties().iter().position(|property| property.name == *name);
        let broken = index.is_some_and(|index| match program.properties()[index].expectation {
            Expectation::Sometimes => !found.witnessed.contains(index),
            _ => found.violated.contains(index),
        });
        let holds =
            if claim.kind == ClaimKind::Breaks { broken } else { index.is_some() && !broken };
        Judged { claim: claim.clone(), holds, example: None }
    };
    Ok(claims.iter().zip(names).map(judged).collect())
}
