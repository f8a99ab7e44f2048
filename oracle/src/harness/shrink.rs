//! Makes a case that fails smaller, as long as it fails in the same way.

use super::config::Config;
use super::confirm::patient;
use super::judge::{Outcome, Violation, diagnosed, judge};
use super::moves::{Case, Move};
use crate::driver::{Implementation, Step};

/// A case that fails, as small as it would get.
#[derive(Clone, PartialEq, Debug)]
pub struct Shrunk {
    /// The case.
    pub case: Case,
    /// What it does wrong.
    pub violation: Violation,
    /// How many runs that took.
    pub runs: u32,
    /// How often the small case failed when it was tried again, and how often that was.
    pub again: (u32, u32),
}

impl Shrunk {
    /// How many calls the program makes.
    pub fn calls(&self) -> usize {
        self.violation.script.program.calls().count()
    }
}

/// How often a small case is tried again: one that races does not always fail.
const AGAIN: u32 = 3;
/// Pairs of moves are tried in cases that are no longer than this.
const PAIRS_MAX: usize = 16;

/// Shrinks a case that fails.
pub fn shrink(
    implementation: &mut impl Implementation,
    case: &Case,
    violation: Violation,
    config: &Config,
    stop: &dyn Fn() -> bool,
) -> Shrunk {
    let mut shrinker = Shrinker { implementation, config, stop, runs: 0 };
    let mut best = (case.clone(), violation.clone());
    shrinker.cut_the_end(&mut best);
    loop {
        let before = best.0.clone();
        shrinker.drop_moves(&mut best);
        shrinker.drop_ports_and_workers(&mut best);
        shrinker.simplify_moves(&mut best);
        if best.0 == before && !shrinker.drop_pairs(&mut best) || shrinker.is_over() {
            break;
        }
    }
    let runs = shrinker.runs;
    let (small, small_violation) = best;
    let mut again = tried_again(implementation, &small, &small_violation, config);
    // What cannot be seen again is not smaller, it is something that was late once.
    let (case, violation) = if again.0 == 0 && small != *case {
        again = tried_again(implementation, case, &violation, config);
        (case.clone(), violation)
    } else {
        (small, small_violation)
    };
    let violation = diagnosed(violation, config);
    Shrunk { case, violation, runs, again }
}

/// How often a case fails in the same way when it is tried again, and how often that was.
fn tried_again(
    implementation: &mut impl Implementation,
    case: &Case,
    violation: &Violation,
    config: &Config,
) -> (u32, u32) {
    let patient = patient(config);
    let fails =
        |outcome: Outcome| matches!(outcome, Outcome::Violated(again) if again.is_like(violation));
    let failed = (0..AGAIN).filter(|_| fails(judge(implementation, case, &patient))).count();
    (failed as u32, AGAIN)
}

struct Shrinker<'a, I> {
    implementation: &'a mut I,
    config: &'a Config,
    stop: &'a dyn Fn() -> bool,
    runs: u32,
}

impl<I: Implementation> Shrinker<'_, I> {
    fn is_over(&self) -> bool {
        self.runs >= self.config.shrink_runs || (self.stop)()
    }

    /// Takes a smaller case if it fails in the same way.
    fn try_case(&mut self, best: &mut (Case, Violation), case: Case) -> bool {
        // A case with the same program is no news.
        if self.is_over() || case == best.0 {
            return false;
        }
        self.runs += 1;
        match judge(self.implementation, &case, self.config) {
            Outcome::Violated(violation) if violation.is_like(&best.1) => {
                *best = (case, *violation);
                true
            }
            _ => false,
        }
    }

    /// What comes after the first difference does not matter.
    fn cut_the_end(&mut self, best: &mut (Case, Violation)) {
        let Some(step) = best.1.step else { return };
        let script = &best.1.script;
        let is_await =
            |index: usize| matches!(script.program.steps.get(index), Some(Step::Await(_)));
        // A call that should have returned shows later than where it was made.
        let moves = best.0.moves.len();
        let from = script.moves.get(step).map_or(moves, |m| m + 1 + usize::from(is_await(step)));
        let (mut low, mut high) = (from.min(moves), moves);
        while low < high {
            let middle = (low + high) / 2;
            let case = Case { moves: best.0.moves[..middle].to_vec(), ..best.0.clone() };
            if self.try_case(best, case) {
                high = middle;
            } else {
                low = middle + 1;
            }
            if self.is_over() || best.0.moves.len() < high {
                return;
            }
        }
    }

    /// Drops moves: many at once first, single ones last.
    fn drop_moves(&mut self, best: &mut (Case, Violation)) {
        let mut size = best.0.moves.len().div_ceil(2).max(1);
        loop {
            let mut at = best.0.moves.len();
            while at > 0 && !self.is_over() {
                let from = at.saturating_sub(size);
                let mut case = best.0.clone();
                case.moves.drain(from..at.min(case.moves.len()));
                self.try_case(best, case);
                at = from.min(best.0.moves.len());
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    /// Where no single move can go, two may: one takes a place that the other gives back. Or one,
    /// if a port has fewer places.
    fn drop_pairs(&mut self, best: &mut (Case, Violation)) -> bool {
        let length = best.0.moves.len();
        if length > PAIRS_MAX {
            return false;
        }
        for first in 0..length {
            for port in 0..best.0.ports.len() {
                let mut case = best.0.clone();
                case.moves.remove(first);
                case.ports[port] = 1;
                if best.0.ports[port] > 1 && self.try_case(best, case) {
                    return true;
                }
            }
            for second in first + 1..length {
                let mut case = best.0.clone();
                case.moves.remove(second);
                case.moves.remove(first);
                if self.try_case(best, case) {
                    return true;
                }
            }
        }
        false
    }

    fn drop_ports_and_workers(&mut self, best: &mut (Case, Violation)) {
        while best.0.ports.len() > 1 {
            let mut case = best.0.clone();
            case.ports.pop();
            if !self.try_case(best, case) {
                break;
            }
        }
        for port in 0..best.0.ports.len() {
            let mut case = best.0.clone();
            case.ports[port] = 1;
            self.try_case(best, case);
        }
        while best.0.workers > 1 {
            let case = Case { workers: best.0.workers - 1, ..best.0.clone() };
            if !self.try_case(best, case) {
                break;
            }
        }
    }

    /// The plainest way to do each thing, by the first worker, on the first object.
    fn simplify_moves(&mut self, best: &mut (Case, Violation)) {
        for at in 0..best.0.moves.len() {
            let m = best.0.moves[at];
            let plain = [
                Move { how: 0, ..m },
                Move { what: 0, ..m },
                Move { who: 0, ..m },
                Move { how: 0, what: 0, who: 0, ..m },
            ];
            for smaller in plain {
                if smaller < best.0.moves[at] {
                    let mut case = best.0.clone();
                    case.moves[at] = smaller;
                    self.try_case(best, case);
                }
            }
        }
    }
}
