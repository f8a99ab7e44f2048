//! Judges the record of a threaded port with the checker.

use iocp_oracle::check::{Options, Verdict, check};
use iocp_oracle::threaded::{Line, trace_of};

/// What the checker has against a record; `settled` says that at its end every call that has not
/// returned waits.
pub(crate) fn judge(lines: &[Line], settled: bool) -> Result<(), String> {
    let trace = trace_of(lines, settled).expect("it writes to memory");
    let report = check(trace.as_slice(), &Options { deviations_max: 0, ..Options::default() })
        .expect("the record is a trace");
    if report.verdict == Verdict::Conforms {
        return Ok(());
    }
    let found = report.divergences.first().map_or("", |divergence| divergence.found.as_str());
    Err(format!("{:?} at line {:?}: {found}", report.verdict, report.line))
}
