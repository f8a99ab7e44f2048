//! The conformance suite: programs that come with the crate, and what came of running them.
//!
//! Owns the programs, the comparison of a conversation with what Windows (or Wine 8.0) gives, and
//! the matrix of results. It must never know how a driver is spoken to: that is [`crate::driver`].

mod compare;
mod expect;
mod generate;
mod library;
mod matrix;
mod result;
mod rules;
mod sayable;
mod scenario;
mod script;

pub use compare::{Difference, Reference, compare};
pub use generate::{Size, Tour, generate, tour};
pub use library::programs;
pub use matrix::{ROWS, Row, Way, matrix};
pub use result::{Judgement, NotAsked, Observation, Standing, SuiteResult, Tally, observe, run};
pub use rules::{NOT_OBSERVABLE, RuleRow, RuleStanding, asked, by_rule, followed};
pub use scenario::{NotObservable, program_of, scenarios};

use crate::driver::Program;

/// The whole suite: the programs written by hand, those of the scenarios of the library, the
/// completion matrix, and walks through every transition of small ports; and the scenarios that
/// no implementation can be asked for.
pub fn everything() -> (Vec<Program>, Vec<NotAsked>) {
    let mut all = programs();
    let mut not_asked = Vec::new();
    for (name, made) in scenarios() {
        match made {
            Ok(program) => all.push(program),
            Err(why) => {
                not_asked.push(NotAsked { scenario: name.to_owned(), why: why.to_string() })
            }
        }
    }
    all.extend(matrix());
    all.extend(tours());
    (all, not_asked)
}

/// Walks that together take every transition of small ports: concurrency value, workers, packets.
pub const GRAPHS: [(u32, usize, usize); 1] = [(1, 2, 1)];

/// Steps of a walk, about.
const WALK_STEPS: usize = 60;

/// The walks.
pub fn tours() -> Vec<Program> {
    let walks = |(concurrency, workers, depth): (u32, usize, usize)| {
        tour(concurrency, workers, depth, WALK_STEPS).programs
    };
    GRAPHS.into_iter().flat_map(walks).map(expect::expect).collect()
}
