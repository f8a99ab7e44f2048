//! Cases as a proptest strategy (feature `proptest`).
//!
//! ```
//! use iocp_oracle::harness::{Config, Outcome, judge, programs};
//! use iocp_oracle::threaded::ThreadedDriver; // or PortDriver::<MyPort>, or ProcessDriver
//! use proptest::prelude::*;
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None,
//!     #     ..ProptestConfig::default() })]
//!     // #[test]
//!     fn it_behaves_like_windows(case in programs(Config::default())) {
//!         let outcome = judge(&mut ThreadedDriver::new(None), &case, &Config::default());
//!         prop_assert!(!matches!(outcome, Outcome::Violated(_)), "{case}");
//!     }
//! }
//! it_behaves_like_windows();
//! ```

use super::config::Config;
use super::moves::Case;
use super::walk::{Dice, stage, walk};
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

/// Cases of this configuration: level, sizes, weights, semantics. Every move of a new one is
/// possible when its turn comes; shrinking drops moves.
pub fn programs(config: Config) -> Programs {
    Programs { config }
}

/// See [`programs`].
#[derive(Clone, Debug)]
pub struct Programs {
    config: Config,
}

impl Strategy for Programs {
    type Tree = CaseTree;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        use proptest::prelude::Rng;
        let mut dice = Dice::new(runner.rng().next_u64());
        let length = dice.roll(self.config.moves) + 1;
        let config = Config { moves: length, ..self.config.clone() };
        let start = stage(&config, &mut dice);
        let (case, _) = walk(&config, &mut dice, &BTreeSet::new(), start);
        let size = case.moves.len().div_ceil(2);
        Ok(CaseTree { at: case.moves.len(), size, before: None, case })
    }
}

/// A case that shrinks by dropping moves: many at once first, single ones last.
#[derive(Clone, Debug)]
pub struct CaseTree {
    case: Case,
    /// What it was before the last step, which may have been one too many.
    before: Option<Case>,
    /// Moves from here on have been tried at this size.
    at: usize,
    size: usize,
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        self.case.clone()
    }

    fn simplify(&mut self) -> bool {
        loop {
            if self.at == 0 {
                if self.size <= 1 {
                    return false;
                }
                (self.size, self.at) = (self.size.div_ceil(2), self.case.moves.len());
                continue;
            }
            let to = self.at.min(self.case.moves.len());
            let from = to.saturating_sub(self.size);
            self.at = from;
            if from < to {
                self.before = Some(self.case.clone());
                self.case.moves.drain(from..to);
                return true;
            }
        }
    }

    fn complicate(&mut self) -> bool {
        match self.before.take() {
            Some(before) => {
                self.case = before;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Kind;

    #[test]
    fn shrinking_keeps_what_makes_it_fail_and_nothing_else() {
        let mut runner = TestRunner::deterministic();
        let posts = |case: &Case| case.moves.iter().filter(|m| m.kind == Kind::Post).count();
        let mut shrunk = 0;
        for _ in 0..20 {
            let mut tree = programs(Config::default()).new_tree(&mut runner).expect("a case");
            if posts(&tree.current()) < 3 {
                continue;
            }
            while tree.simplify() {
                while posts(&tree.current()) < 3 && tree.complicate() {}
            }
            assert_eq!(tree.current().moves.len(), 3, "{:?}", tree.current());
            shrunk += 1;
        }
        assert!(shrunk >= 5, "only {shrunk} cases had three posts");
    }
}
