//! Claims about a trace, put to the judge of traces.

use iocp_model::Semantics;
use iocp_oracle::check::{Options, Report, check};
use iocp_scenarios::Settings;
use iocp_scenarios::lesson::{Claim, ClaimKind};

use super::judge::{Judged, Judgement, Undecided};

/// What the judge says of a trace under a semantics.
pub(super) fn report(
    text: &str,
    semantics: Option<Semantics>,
    sets: bool,
) -> Result<Report, Undecided> {
    let usual = Options::default();
    // The sets of deviations may be just what the learner is to find.
    let deviations_max = if sets { usual.deviations_max } else { 0 };
    let semantics = semantics.unwrap_or(usual.semantics);
    let options = Options { semantics, deviations_max, ..usual };
    check(text.as_bytes(), &options).map_err(|error| Undecided::BadTrace(error.to_string()))
}

pub(super) fn judge(
    text: &str,
    settings: &Settings,
    claims: &[Claim],
) -> Result<Judgement, Undecided> {
    let sets = claims.iter().any(|claim| claim.kind == ClaimKind::AllowedIf);
    let report = report(text, settings.semantics, sets)?;
    let judged = |claim: &Claim| Judged {
        claim: claim.clone(),
        holds: holds(&report, claim),
        example: None,
    };
    let claims = claims.iter().map(judged).collect();
    Ok(Judgement { claims, explored: None, report: Some(report.render("the trace")) })
}

fn holds(report: &Report, claim: &Claim) -> bool {
    match claim.kind {
        ClaimKind::Verdict => report.verdict.to_string() == claim.text,
        ClaimKind::Rule => report.rule.as_deref() == Some(claim.text.as_str()),
        ClaimKind::AllowedIf => report.deviations.iter().any(|set| set.join(", ") == claim.text),
        _ => false,
    }
}
