//! What is to be tested, and how much of it.

use super::moves::{Kind, Level};
use crate::driver::Limits;
use iocp_model::{Profile, Semantics};
use std::path::PathBuf;
use std::time::Duration;

/// What is to be tested, and how much of it. The defaults suit a test that runs at every build.
///
/// ```
/// use iocp_oracle::model::{Deviation, Profile, Semantics};
/// use iocp_oracle::harness::{Config, Kind, Level};
///
/// let config = Config {
///     level: Level::Port,
///     workers: 4,
///     // This port serves waiters first come, first served, and says so.
///     semantics: Semantics::from(Profile::Win11).with(Deviation::WakeOrderFifo),
///     ..Config::default()
/// }
/// .weigh(Kind::Close, 0); // it has no close
/// assert_eq!(config.weight(Kind::Close), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Which Windows, with which declared differences.
    pub semantics: Semantics,
    /// How much of the model programs use.
    pub level: Level,
    /// How many threads remove packets at most.
    pub workers: u8,
    /// How many ports there are at most.
    pub ports: u8,
    /// How many moves a case has.
    pub moves: usize,
    /// How many cases are tried.
    pub cases: u64,
    /// When to stop all the same.
    pub time: Option<Duration>,
    /// The same seed gives the same cases.
    pub seed: u64,
    /// The limits of one case.
    pub limits: Limits,
    /// How long nothing may have moved before a call is taken to wait. A violation is looked at
    /// again with more.
    pub quiet: Duration,
    /// How many runs of the implementation shrinking may cost.
    pub shrink_runs: u32,
    /// A driver that cannot see who waits is believed when it says that it has waited long enough.
    pub assume_settled: bool,
    /// Cases that failed before; they are tried first, and new ones are added.
    pub regressions: Option<PathBuf>,
    /// Which part of the cases is tried: `index` of `count`, from 1.
    pub shard: Option<(u64, u64)>,
    /// Whether cases are preferred that reach rules and transitions of the model which none has
    /// reached. Without it each case is made on its own.
    pub feedback: bool,
    /// Weights that differ from those of [`Kind::weight`]; the last one counts.
    pub weights: Vec<(Kind, u32)>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            semantics: Semantics::from(Profile::Win11),
            level: Level::Port,
            workers: 3,
            ports: 2,
            moves: 30,
            cases: 256,
            time: None,
            seed: 0,
            limits: Limits { case: Duration::from_secs(20), settle: Duration::from_secs(1) },
            quiet: Duration::ZERO,
            shrink_runs: 1000,
            assume_settled: false,
            regressions: None,
            shard: None,
            feedback: true,
            weights: Vec::new(),
        }
    }
}

impl Config {
    /// How often a kind of move is made, compared with others; 0 is never.
    pub fn weight(&self, kind: Kind) -> u32 {
        let set = self.weights.iter().rev().find(|(known, _)| *known == kind);
        set.map_or(kind.weight(), |(_, weight)| *weight)
    }

    /// How many cases are tried here: all, or those of the shard. The first shards have one more.
    pub fn own_cases(&self) -> u64 {
        match self.shard {
            None | Some((_, 0)) => self.cases,
            Some((index, count)) => self.cases / count + u64::from(index <= self.cases % count),
        }
    }

    /// The same with another weight.
    #[must_use]
    pub fn weigh(mut self, kind: Kind, weight: u32) -> Config {
        self.weights.push((kind, weight));
        self
    }
}
