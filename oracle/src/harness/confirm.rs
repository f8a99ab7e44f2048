//! Whether a violation may be believed: a machine with too much to do can make a thread late, and
//! a late thread looks as if it waited.
//!
//! A violation counts if the same program shows it again with more time, or if it rests on no
//! moment at which everything seemed to have settled. Otherwise the case is not judged.

use super::config::Config;
use super::judge::{Outcome, Violation, Wrong, judge, report_on};
use super::moves::Case;
use crate::check::Verdict;
use crate::driver::{Fault, Implementation, Limits};
use crate::trace::{Event, Reader, TraceError, Writer};

/// How often a case is tried again.
const TRIES: u32 = 3;
/// How much more time it has then.
const PATIENCE: u32 = 4;

/// The violation, seen again or proven anyway; or why the case cannot be judged.
pub(super) fn confirm(
    implementation: &mut impl Implementation,
    case: &Case,
    violation: Violation,
    config: &Config,
) -> Result<Violation, String> {
    let Limits { case: whole, settle } = config.limits;
    let limits = Limits { case: PATIENCE * whole, settle: PATIENCE * settle };
    let patient = Config { limits, ..config.clone() };
    for _ in 0..TRIES {
        match judge(implementation, case, &patient) {
            Outcome::Violated(again) if again.wrong == violation.wrong => return Ok(*again),
            _ => {}
        }
    }
    if is_certain(&violation, config) {
        return Ok(violation);
    }
    let Violation { what, .. } = violation;
    Err(format!("seen once, and not in {TRIES} more tries with more time: {what}"))
}

/// Whether no clock had a say in it.
fn is_certain(violation: &Violation, config: &Config) -> bool {
    match (violation.wrong, &violation.fault) {
        (Wrong::Stuck, _) | (Wrong::Fault, None) => false,
        (Wrong::Fault, Some(fault)) => !matches!(fault, Fault::Hung { .. } | Fault::Start { .. }),
        (Wrong::Diverges, _) => {
            let bare = without_settling(&violation.trace).ok();
            let report = bare.and_then(|trace| report_on(&trace, config, 0));
            report.is_some_and(|report| report.verdict == Verdict::Diverges)
        }
    }
}

/// The same trace without the moments at which everything had settled.
fn without_settling(trace: &[u8]) -> Result<Vec<u8>, TraceError> {
    let mut reader = Reader::new(trace)?;
    let mut events = Vec::new();
    while let Some(traced) = reader.next_event()? {
        if traced.event != Event::Settled {
            events.push(traced.event);
        }
    }
    let mut writer = Writer::new(Vec::new(), reader.meta()).expect("memory does not fail");
    for event in &events {
        writer.event(event).expect("memory does not fail");
    }
    Ok(writer.finish().expect("memory does not fail"))
}
