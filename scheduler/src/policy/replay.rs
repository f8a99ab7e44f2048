//! A schedule again, as far as it fits.

use super::{Policy, RoundRobin};
use crate::choice::Choice;
use crate::schedule::Schedule;

/// A schedule again.
///
/// If a choice of the schedule is not possible, the system has changed since: the run is then
/// continued from there by turns, and [`stopped_fitting`](Self::stopped_fitting) says
/// from which step. Where the schedule ends, the run ends.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    schedule: &'a Schedule,
    stopped: Option<u64>,
    rest: RoundRobin,
}

impl<'a> Replay<'a> {
    /// Replays `schedule`.
    #[must_use]
    pub const fn new(schedule: &'a Schedule) -> Self {
        Self { schedule, stopped: None, rest: RoundRobin::new() }
    }

    /// The step (from 0) whose choice was not possible; `None` if all were, so far.
    #[must_use]
    pub const fn stopped_fitting(&self) -> Option<u64> {
        self.stopped
    }
}

impl Policy for Replay<'_> {
    fn choose(&mut self, step: u64, choices: &[Choice]) -> Option<Choice> {
        if self.stopped.is_none() {
            let wanted = self.schedule.choices().get(usize::try_from(step).ok()?)?;
            if choices.binary_search(wanted).is_ok() {
                self.rest.choose(step, &[*wanted]);
                return Some(*wanted);
            }
            self.stopped = Some(step);
        }
        self.rest.choose(step, choices)
    }
}
