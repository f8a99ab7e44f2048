//! One line about a long job, on standard error, only for a person, rewritten in place.

use std::io::Write;
use std::time::{Duration, Instant};

/// Faster than this nobody reads.
const BETWEEN: Duration = Duration::from_millis(100);

/// The line.
pub(crate) struct Progress {
    wanted: bool,
    columns: usize,
    last: Option<Instant>,
}

impl Progress {
    /// A line, if somebody is there to see it.
    pub(crate) fn new(terminal: &crate::terminal::Terminal) -> Progress {
        let wanted = crate::terminal::shows_progress(terminal.quiet);
        Progress { wanted, columns: terminal.columns, last: None }
    }

    /// Shows `text`, unless something was shown a moment ago.
    pub(crate) fn show(&mut self, text: impl FnOnce() -> String) {
        if !self.wanted || self.last.is_some_and(|last| last.elapsed() < BETWEEN) {
            return;
        }
        self.last = Some(Instant::now());
        let line: String = text().chars().take(self.columns - 1).collect();
        // A terminal that went away is no reason to stop the job.
        let _ = write!(std::io::stderr(), "\r\u{1b}[K{line}");
        let _ = std::io::stderr().flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
