//! What a search is asked to do, how far it may go, and how it is watched.

use std::fmt;
use std::io::{self, Write};

use crate::reduce::Reductions;

/// What to explore and where to stop. The default explores everything with every reduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The reductions wanted.
    pub reductions: Reductions,
    /// How many threads work. The result is the same for any number.
    pub threads: usize,
    /// Stop when about this many distinct states are known.
    pub max_states: Option<u64>,
    /// Expand no state of this level (the initial state is level 1). Its states are still checked.
    pub max_depth: Option<u32>,
    /// Stop when the search itself holds about so many bytes.
    pub max_memory: Option<usize>,
    /// Stop after the chunk of states in which a property is first seen broken.
    pub stop_at_violation: bool,
    /// Remember what actors do, if the system says what that depends on
    /// ([`System::parts`](crate::System::parts)) and nothing is to be reduced or covered. It
    /// changes no result but the time and the memory taken, and which of several shortest paths
    /// is told; to switch it off is to check that.
    pub remember: bool,
    /// Ask the system what each transition exercises.
    pub coverage: bool,
    /// Look for actors that can be passed over for ever, in graphs of at most so many states.
    /// The unreduced graph is built for it.
    pub starvation: Option<u64>,
    /// Walk to at most so many outcomes, so that each has a witness.
    pub witnesses: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reductions: Reductions::ALL,
            threads: 1,
            max_states: None,
            max_depth: None,
            max_memory: None,
            stop_at_violation: false,
            remember: true,
            coverage: false,
            starvation: None,
            witnesses: 1000,
        }
    }
}

/// Why a search ended before everything was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Options::max_states`] was hit.
    States(u64),
    /// [`Options::max_depth`] was hit.
    Depth(u32),
    /// [`Options::max_memory`] was hit.
    Memory(usize),
    /// A property was seen broken, and [`Options::stop_at_violation`] was set.
    Violation,
    /// The observer says that the time is up.
    Time,
    /// The observer says that somebody asked to stop.
    Interrupted,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::States(states) => write!(f, "the bound of {states} states"),
            Self::Depth(depth) => write!(f, "the bound of {depth} levels"),
            Self::Memory(bytes) => write!(f, "the bound of {bytes} bytes of memory"),
            Self::Violation => f.write_str("a violation, and a search for the first one only"),
            Self::Time => f.write_str("the bound on time"),
            Self::Interrupted => f.write_str("a request to stop"),
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states known.
    pub states: u64,
    /// Transitions taken.
    pub transitions: u64,
    /// The level being expanded.
    pub depth: u32,
    /// States known and not yet expanded.
    pub frontier: u64,
    /// Bytes the search holds.
    pub memory: usize,
}

/// What the search should do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Go on.
    Continue,
    /// Offer a checkpoint (see [`Observer::save`]), then go on.
    Checkpoint,
    /// Stop here with a partial result, for the reason given ([`Limit::Time`] or
    /// [`Limit::Interrupted`]).
    Stop(Limit),
}

/// Who watches a search: knows the time, the terminal and the files, which the search does not.
pub trait Observer {
    /// Called some times a second at least, if systems take microseconds to step, from the
    /// thread that called the search.
    fn poll(&mut self, progress: &Progress) -> Signal {
        let _ = progress;
        Signal::Continue
    }

    /// Called after [`Signal::Checkpoint`], and once before an incomplete search ends: `write`
    /// writes a checkpoint, if it is wanted. To survive being killed at any moment, write to a
    /// new file and rename it when `write` has returned well and the file is on the disk.
    fn save(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) {
        let _ = write;
    }
}

/// Nobody watches.
impl Observer for () {}
