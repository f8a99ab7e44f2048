//! What a check may use, and under which semantics it judges.

use iocp_model::{Profile, Semantics};

/// How to check.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Which Windows, with which deviations.
    pub semantics: Semantics,
    /// Processors of the traced machine where the trace does not say: what concurrency 0 is.
    pub processors: u32,
    /// How many states are kept at once.
    pub states_max: usize,
    /// How many transitions of the model one trace may cost.
    pub steps_max: u64,
    /// How many bytes the states (and a history kept whole) may take, roughly.
    pub memory_max: usize,
    /// How many events the checker reads ahead.
    pub window: usize,
    /// How many divergences of one trace are shown.
    pub divergences_max: usize,
    /// The largest set of deviations that a divergence is explained by; 0 asks for none.
    pub deviations_max: usize,
    /// How many transitions the search for those sets may cost.
    pub diagnosis_steps_max: u64,
    /// Asked every few hundred transitions; `true` ends the check (a time limit, an interrupt).
    pub stop: Option<&'a dyn Fn() -> bool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            semantics: Semantics::from(Profile::default()),
            processors: 2,
            states_max: 20_000,
            steps_max: 20_000_000,
            memory_max: 1 << 30,
            window: 1024,
            divergences_max: 8,
            deviations_max: 3,
            diagnosis_steps_max: 20_000_000,
            stop: None,
        }
    }
}

/// What is left of a budget. Counted in transitions, so that it holds inside one event too.
#[derive(Clone)]
pub(super) struct Budget<'a> {
    steps_left: u64,
    states_max: usize,
    bytes_max: usize,
    stop: Option<&'a dyn Fn() -> bool>,
    until_asked: u32,
    stopped: bool,
}

/// How many transitions pass between two questions to [`Options::stop`].
const ASK_EVERY: u32 = 512;

/// Which limit ended a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`Options::states_max`].
    States,
    /// [`Options::steps_max`].
    Steps,
    /// [`Options::memory_max`].
    Memory,
    /// [`Options::stop`] said so: the time is up, or somebody interrupted.
    Stopped,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Limit::States => "the limit of states kept at once",
            Limit::Steps => "the limit of transitions",
            Limit::Memory => "the memory limit",
            Limit::Stopped => "the time limit, or an interrupt",
        })
    }
}

impl<'a> Budget<'a> {
    pub(super) fn new(options: &Options<'a>, steps: u64) -> Budget<'a> {
        Budget {
            steps_left: steps,
            states_max: options.states_max,
            bytes_max: options.memory_max,
            stop: options.stop,
            until_asked: ASK_EVERY,
            stopped: false,
        }
    }

    /// Takes one transition.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Limit> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Limit::Steps)?;
        self.until_asked -= 1;
        if self.until_asked == 0 {
            self.until_asked = ASK_EVERY;
            self.ask()?;
        }
        Ok(())
    }

    fn ask(&mut self) -> Result<(), Limit> {
        self.stopped |= self.stop.is_some_and(|stop| stop());
        if self.stopped { Err(Limit::Stopped) } else { Ok(()) }
    }

    /// Whether so many states, of so many bytes together, may be kept.
    pub(super) fn keep(&self, states: usize, bytes: usize) -> Result<(), Limit> {
        if states > self.states_max {
            return Err(Limit::States);
        }
        if bytes > self.bytes_max { Err(Limit::Memory) } else { Ok(()) }
    }

    pub(super) fn steps_left(&self) -> u64 {
        self.steps_left
    }
}
