//! Whether a violation may be believed: a machine with too much to do can make a thread late, and
//! a late thread looks as if it waited.
//!
//! A violation counts if the same program shows it again with more time, or if no clock had a say
//! in it: every call was heard out before the next one, and it rests on no moment at which
//! everything seemed to have settled. Otherwise the case is not judged.

use super::config::Config;
use super::judge::{Outcome, Violation, Wrong, judge, report_on};
use super::moves::Case;
use super::shrink::Shrunk;
use crate::check::Verdict;
use crate::driver::{Fault, Implementation, Limits};
use crate::trace::{Event, Reader, TraceError, Writer};
use std::time::Duration;

/// How often a case is tried again.
const TRIES: u32 = 3;
/// How much more time it has then, and how much at least.
const PATIENCE: u32 = 4;
const TIME_MIN: Duration = Duration::from_secs(1);
/// And how long nothing may have moved before a call is taken to wait.
const QUIET: Duration = Duration::from_millis(20);

/// A configuration for a second look: more time, and nobody is taken to wait who may be late.
pub(super) fn patient(config: &Config) -> Config {
    let Limits { case, settle } = config.limits;
    let more = |time: Duration| time.saturating_mul(PATIENCE).max(TIME_MIN);
    let limits = Limits { case: more(case), settle: more(settle) };
    Config { limits, quiet: config.quiet.max(QUIET), ..config.clone() }
}

/// The violation, seen again or proven anyway; or why the case cannot be judged.
pub(super) fn confirm(
    implementation: &mut impl Implementation,
    case: &Case,
    violation: Violation,
    config: &Config,
) -> Result<Violation, String> {
    let patient = patient(config);
    for _ in 0..TRIES {
        match judge(implementation, case, &patient) {
            Outcome::Violated(again) if again.is_like(&violation) => return Ok(*again),
            _ => {}
        }
    }
    if is_certain(&violation, config) {
        return Ok(violation);
    }
    let Violation { what, .. } = violation;
    Err(format!("seen once, and not in {TRIES} more tries with more time: {what}"))
}

/// Whether a violation counts that has been tried again after it was made small: a machine may be
/// late twice.
pub(super) fn is_believed(shrunk: &Shrunk, config: &Config) -> bool {
    shrunk.again.0 > 0 || is_certain(&shrunk.violation, config)
}

/// Why one that is not believed is none.
pub(super) fn unseen(shrunk: &Shrunk) -> String {
    let (tries, what) = (shrunk.again.1, &shrunk.violation.what);
    format!("seen twice, and not in {tries} more tries with more time: {what}")
}

/// Whether no clock had a say in it.
fn is_certain(violation: &Violation, config: &Config) -> bool {
    match (violation.wrong, &violation.fault) {
        (Wrong::Stuck, _) | (Wrong::Fault, None) => false,
        (Wrong::Fault, Some(fault)) => match fault {
            Fault::Hung { .. } | Fault::Start { .. } => false,
            // Who is asked before the answer before has come may be right to refuse.
            Fault::OutOfTurn { .. } => !violation.hurried,
            Fault::Died { .. } | Fault::LineTooLong { .. } | Fault::Protocol { .. } => true,
        },
        // Calls that overlapped all the same may have been seen in another order than they were.
        (Wrong::Diverges, _) if violation.hurried => false,
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
