//! Whether the threads of a program are asleep.
//!
//! On Linux the system says it: a thread that is asleep twice in a row and has not run in between
//! was asleep all the time, and if that is so of all of them at once, none is left that could wake
//! another. Elsewhere the port says it, or nobody does, and time has to do.

use super::super::port::PortUnderTest;
use super::hand::Hand;
use std::time::{Duration, Instant};

/// How long nothing may happen where nobody can see who sleeps.
const BLIND: Duration = Duration::from_millis(20);

/// Looks until everything is quiet.
pub(super) struct Quiet {
    asked: Instant,
    /// How long it must be so.
    needed: Duration,
    /// What was seen before: how often each thread had run, and since when all have slept.
    before: Option<(Vec<u64>, Instant)>,
}

impl Quiet {
    pub(super) fn new(needed: Duration) -> Quiet {
        Quiet { asked: Instant::now(), needed, before: None }
    }

    /// Whether all threads wait: seen (`true`), or believed because time has passed (`false`).
    /// `parked` is what the ports say.
    pub(super) fn look<P: PortUnderTest>(
        &mut self,
        hands: &[&Hand<P>],
        parked: Option<bool>,
    ) -> Option<bool> {
        if hands.is_empty() && self.needed.is_zero() {
            return Some(true);
        }
        let Some(asleep) = runs_of(hands) else {
            // The system does not say.
            let long = self.asked.elapsed() >= self.needed.max(BLIND);
            return match parked {
                Some(true) => (self.asked.elapsed() >= self.needed).then_some(true),
                Some(false) => None,
                None => long.then_some(false),
            };
        };
        let Some(runs) = asleep else {
            self.before = None;
            return None;
        };
        match &self.before {
            Some((before, since)) if *before == runs => {
                (since.elapsed() >= self.needed).then_some(true)
            }
            _ => {
                self.before = Some((runs, Instant::now()));
                None
            }
        }
    }
}

/// How often each thread has run, if all are asleep; `None` outside if the system does not say.
fn runs_of<P: PortUnderTest>(hands: &[&Hand<P>]) -> Option<Option<Vec<u64>>> {
    own_task()?;
    let mut runs = Vec::new();
    for hand in hands {
        // A thread that has only just started does not sleep.
        match look(hand.task()) {
            Some(run) => runs.push(run),
            None if hand.is_over() && is_gone(hand.task()) => {}
            None => return Some(None),
        }
    }
    Some(Some(runs))
}

/// The number of the calling thread.
#[cfg(target_os = "linux")]
pub(super) fn own_task() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn own_task() -> Option<u32> {
    None
}

/// How often a thread has given the processor up; `None` if it does not sleep.
fn look(task: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/self/task/{task}/status")).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let asleep = field("State:")?.trim_start().starts_with('S');
    let runs = |name: &str| field(name).and_then(|text| text.trim().parse::<u64>().ok());
    let (voluntary, forced) =
        (runs("voluntary_ctxt_switches:")?, runs("nonvoluntary_ctxt_switches:")?);
    asleep.then_some(voluntary + forced)
}

/// Whether the system knows the thread no more.
fn is_gone(task: u32) -> bool {
    let status = std::fs::metadata(format!("/proc/self/task/{task}/status"));
    status.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}
