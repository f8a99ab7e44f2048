//! What a search does not know: the time, the terminal, the files, and that somebody waits.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use iocp_scheduler::explore::{Limit, Observer, Progress as SearchProgress, Signal};

use crate::interrupt;
use crate::progress::Progress;
use crate::save;
use crate::terminal::Terminal;

/// Where a search is saved, and what is lost at most when the machine goes down.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    pub(crate) path: PathBuf,
    pub(crate) every: Duration,
}

/// Watches a search.
pub(crate) struct Watch {
    started: Instant,
    limit: Option<Duration>,
    checkpoints: Option<Checkpoints>,
    last_checkpoint: Instant,
    progress: Progress,
    /// Why a checkpoint could not be written, if one could not.
    pub(crate) failed: Option<io::Error>,
}

impl Watch {
    /// Starts the clock.
    pub(crate) fn start(
        terminal: &Terminal,
        limit: Option<Duration>,
        checkpoints: Option<Checkpoints>,
    ) -> Watch {
        interrupt::listen();
        let started = Instant::now();
        Watch {
            started,
            limit,
            checkpoints,
            last_checkpoint: started,
            progress: Progress::new(terminal),
            failed: None,
        }
    }

    /// How long it has been.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether to go on: nobody asked to stop, and there is time left.
    pub(crate) fn go_on(&self) -> Result<(), Limit> {
        if interrupt::asked() {
            return Err(Limit::Interrupted);
        }
        match self.limit {
            Some(limit) if self.elapsed() >= limit => Err(Limit::Time),
            _ => Ok(()),
        }
    }

    /// Shows a line about how far it is.
    pub(crate) fn show(&mut self, text: impl FnOnce() -> String) {
        self.progress.show(text);
    }
}

impl Observer for Watch {
    fn poll(&mut self, search: &SearchProgress) -> Signal {
        if let Err(limit) = self.go_on() {
            return Signal::Stop(limit);
        }
        let seconds = self.elapsed().as_secs_f64().max(0.001);
        self.show(|| {
            format!(
                "{} states, {} a second, level {}, {} to expand, {} MiB",
                grouped(search.states),
                grouped((search.states as f64 / seconds) as u64),
                search.depth,
                grouped(search.frontier),
                search.memory >> 20
            )
        });
        let due = |to: &Checkpoints| self.last_checkpoint.elapsed() >= to.every;
        if self.checkpoints.as_ref().is_some_and(due) {
            self.last_checkpoint = Instant::now();
            return Signal::Checkpoint;
        }
        Signal::Continue
    }

    fn save(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) {
        let Some(to) = &self.checkpoints else { return };
        if let Err(error) = save::save_with(&to.path, write) {
            self.failed = Some(error);
        }
    }
}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_stand_in_threes() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::grouped(number), text);
        }
    }
}
