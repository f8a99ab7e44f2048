//! A failure in words: the program, the trace, the diagnosis, and the line that replays it.

use super::judge::Violation;
use super::script::lines;
use super::search::Failure;
use std::fmt::Write;

/// Lines of a trace that are shown; the rest is counted.
const TRACE_LINES_MAX: usize = 60;

impl Failure {
    /// Everything that a person needs. `who` is the implementation, `replay` the line that runs
    /// the case again.
    pub fn text(&self, who: &str, semantics: &str, replay: &str) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out, who, semantics, replay);
        out
    }

    fn write(
        &self,
        out: &mut String,
        who: &str,
        semantics: &str,
        replay: &str,
    ) -> std::fmt::Result {
        let shrunk = &self.shrunk;
        let violation = &shrunk.violation;
        writeln!(out, "{who} {} (semantics {semantics})", violation.wrong)?;
        writeln!(out, "{}", violation.what)?;
        let when = if self.is_regression { "failed before" } else { "found" };
        writeln!(
            out,
            "case {} {when}, shrunk from {} moves to {} calls in {} runs",
            self.case,
            self.found.moves.len(),
            shrunk.calls(),
            shrunk.runs
        )?;
        if let (failed, of) = shrunk.again
            && failed < of
        {
            writeln!(out, "it does not always fail: {failed} of {of} times when tried again")?;
        }
        writeln!(out, "\nThe program, with what the model says of each call:")?;
        out.push_str(&program(violation));
        writeln!(out, "\nThe trace of what was seen:")?;
        let text = String::from_utf8_lossy(&violation.trace);
        let all = text.lines().count();
        for (index, line) in text.lines().take(TRACE_LINES_MAX).enumerate() {
            writeln!(out, "{:>3}  {line}", index + 1)?;
        }
        if all > TRACE_LINES_MAX {
            writeln!(out, "     and {} more", all - TRACE_LINES_MAX)?;
        }
        if let Some(report) = &violation.report {
            writeln!(out, "\nThe diagnosis:")?;
            out.push_str(&report.render("trace"));
        }
        for line in &violation.noise {
            writeln!(out, "the driver said: {line}")?;
        }
        writeln!(out, "\nReplay it: {replay}")
    }
}

/// The program of a violation, the step where it showed marked.
pub fn program(violation: &Violation) -> String {
    let mut out = String::new();
    for (index, line) in lines(&violation.script.program).into_iter().enumerate() {
        let mark = if violation.step == Some(index) { ">" } else { " " };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{mark} {line}");
        if violation.step == Some(index) {
            let _ = writeln!(out, "       {}", violation.what);
        }
    }
    out
}
