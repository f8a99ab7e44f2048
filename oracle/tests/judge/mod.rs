//! Judges the record of a threaded port with the checker.

use iocp_oracle::check::{Options, Verdict, check};
use iocp_oracle::threaded::{Line, trace_of};

/// The record as a trace; `settled` says that at its end every call that has not returned waits.
pub(crate) fn trace(lines: &[Line], settled: bool) -> Vec<u8> {
    trace_of(lines, settled).expect("it writes to memory")
}

/// What the checker has against a trace.
pub(crate) fn judge(trace: &[u8]) -> Result<(), String> {
    let report = check(trace, &Options { deviations_max: 0, ..Options::default() })
        .expect("the record is a trace");
    if report.verdict == Verdict::Conforms {
        return Ok(());
    }
    let found = report.divergences.first().map_or("", |divergence| divergence.found.as_str());
    Err(format!("{:?} at line {:?}: {found}", report.verdict, report.line))
}
