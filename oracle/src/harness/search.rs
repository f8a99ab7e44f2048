//! Looks for a case that an implementation gets wrong: cases that reach something new in the model
//! first, and those that did as the start of others.

use super::config::Config;
use super::confirm::{confirm, is_believed, unseen};
use super::coverage::{Coverage, Reached};
use super::judge::{Outcome, Violation, judge};
use super::moves::{Case, Kind};
use super::shrink::{Shrunk, shrink};
use super::walk::{Dice, stage, walk};
use crate::driver::Implementation;
use iocp_model::Rule;
use std::collections::BTreeSet;
use std::time::Instant;

/// How many cases are made for one that is tried: the one that reaches most that is new.
const CANDIDATES: usize = 12;
/// Cases that are kept to start from.
const CORPUS_MAX: usize = 500;
/// Unclear cases that are named.
const UNCLEAR_MAX: usize = 10;

/// How far a search is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Cases tried.
    pub cases: u64,
    /// Rules reached.
    pub rules: usize,
    /// Transitions reached.
    pub transitions: usize,
}

/// What came of a search.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Findings {
    /// Cases tried.
    pub cases: u64,
    /// Cases that could not be judged.
    pub unclear: u64,
    /// Cases that needed a call that the implementation lacks.
    pub unsupported: u64,
    /// A few of those that could not be judged, with the reason.
    pub unclear_examples: Vec<(Case, String)>,
    /// Calls that the implementation lacks.
    pub lacking: BTreeSet<String>,
    /// What the cases reached in the model.
    pub coverage: Coverage,
    /// The case that failed, as small as it would get.
    pub failure: Option<Failure>,
    /// Somebody asked to stop.
    pub stopped: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// A case that failed.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// How many cases it took, this one included.
    pub case: u64,
    /// How many seconds, without the shrinking.
    pub seconds: f64,
    /// The case as it was found.
    pub found: Case,
    /// The same, small.
    pub shrunk: Shrunk,
    /// Whether it is one that had failed before.
    pub is_regression: bool,
}

impl Findings {
    /// How many cases were judged: the others say nothing.
    pub fn judged(&self) -> u64 {
        self.cases - self.unclear - self.unsupported
    }

    /// Rules that no case reached.
    pub fn rules_never_reached(&self) -> impl Iterator<Item = Rule> + '_ {
        Rule::ALL.iter().copied().filter(|rule| !self.coverage.reached.rules.contains(rule))
    }
}

/// Makes cases.
pub struct Search<'a> {
    config: &'a Config,
    dice: Dice,
    coverage: Coverage,
    /// Cases that reached something new, and how often each was a start.
    corpus: Vec<(Case, u32)>,
    lacking: BTreeSet<String>,
}

impl<'a> Search<'a> {
    /// A search that has tried nothing yet.
    pub fn new(config: &'a Config) -> Search<'a> {
        // Shards never talk: each has numbers of its own.
        let shard = config.shard.map_or(0, |(index, _)| index);
        let dice = Dice::new(config.seed ^ shard.wrapping_mul(0xA076_1D64_78BD_642F));
        let (corpus, lacking) = (Vec::new(), BTreeSet::new());
        Search { config, dice, coverage: Coverage::default(), corpus, lacking }
    }

    /// Makes no case any more that needs a call that is not one of these.
    pub fn leave_out_what_is_not_among(&mut self, ops: &[String]) {
        let known = |op: &&str| ops.iter().any(|known| known == op);
        let kinds = Kind::ALL.iter().filter(|kind| kind.level() <= self.config.level);
        let needed = kinds.flat_map(|kind| kind.needs());
        self.lacking.extend(needed.filter(|op| !known(op)).map(str::to_owned));
    }

    /// The next case to try.
    pub fn next_case(&mut self) -> Case {
        let mut best: Option<(usize, Case, Reached)> = None;
        let candidates = if self.config.feedback { CANDIDATES } else { 1 };
        for candidate in 0..candidates {
            let start = match candidate % 2 {
                0 => stage(self.config, &mut self.dice),
                _ => self.changed(),
            };
            let (case, reached) = walk(self.config, &mut self.dice, &self.lacking, start);
            let news = self.coverage.news(&reached);
            if best.as_ref().is_none_or(|(most, ..)| news > *most) {
                best = Some((news, case, reached));
            }
        }
        let Some((news, case, reached)) = best else { return stage(self.config, &mut self.dice) };
        self.coverage.add(&reached);
        if news > 0 && self.corpus.len() < CORPUS_MAX {
            self.corpus.push((case.clone(), 0));
        }
        case
    }

    /// A case of the corpus, the one used least, changed.
    fn changed(&mut self) -> Case {
        let Some(least) = self.corpus.iter().map(|(_, used)| *used).min() else {
            return stage(self.config, &mut self.dice);
        };
        let all: Vec<usize> =
            (0..self.corpus.len()).filter(|index| self.corpus[*index].1 == least).collect();
        let index = all[self.dice.roll(all.len())];
        self.corpus[index].1 += 1;
        let mut case = self.corpus[index].0.clone();
        let length = case.moves.len();
        match self.dice.roll(4) {
            0 => case.moves.truncate(self.dice.roll(length + 1)),
            1 => {
                let from = self.dice.roll(length + 1);
                let to = (from + 1 + self.dice.roll(4)).min(length);
                case.moves.drain(from.min(to)..to);
                case.moves.truncate(3 * length / 4);
            }
            2 => {
                let other = &self.corpus[self.dice.roll(self.corpus.len())].0;
                case.moves.truncate(self.dice.roll(length + 1));
                let from = self.dice.roll(other.moves.len() + 1);
                case.moves.extend(&other.moves[from..]);
                case.moves.truncate(self.config.moves);
            }
            _ => {
                let port = self.dice.roll(case.ports.len());
                case.ports[port] = 1 + self.dice.roll(3) as u8;
                case.moves.truncate(length / 2);
            }
        }
        case
    }
}

/// Tries cases on an implementation until one fails, or all are tried, or the time is up, or
/// `watch` says stop (`false`). Cases that failed before come first.
pub fn search(
    implementation: &mut impl Implementation,
    config: &Config,
    before: &[Case],
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Findings {
    let mut maker = Search::new(config);
    let mut findings = Findings::default();
    let begin = Instant::now();
    if let Ok(hello) = implementation.reset()
        && !hello.ops.is_empty()
    {
        maker.leave_out_what_is_not_among(&hello.ops);
    }
    let mut number = 0;
    while number < before.len() as u64 + config.own_cases() && findings.failure.is_none() {
        let reached = &maker.coverage.reached;
        let (rules, transitions) = (reached.rules.len(), reached.transitions.len());
        let go_on = watch(Progress { cases: findings.cases, rules, transitions });
        if !go_on || config.time.is_some_and(|time| begin.elapsed() >= time) {
            findings.stopped = !go_on;
            break;
        }
        let earlier = before.get(number as usize);
        let is_regression = earlier.is_some();
        let case = earlier.cloned().unwrap_or_else(|| maker.next_case());
        number += 1;
        findings.cases += 1;
        let outcome = judge(implementation, &case, config);
        let (case_number, seconds) = (findings.cases, begin.elapsed().as_secs_f64());
        if let Some(violation) = findings.take(outcome, implementation, &case, config) {
            // Shrinking may take as long again as the search.
            let until = config.time.map(|time| begin + time + time);
            let stop = || until.is_some_and(|until| Instant::now() >= until);
            let shrunk = shrink(implementation, &case, violation, config, &stop);
            match is_believed(&shrunk, config) {
                true => {
                    let failure =
                        Failure { case: case_number, seconds, found: case, shrunk, is_regression };
                    findings.failure = Some(failure);
                }
                false => findings.set_aside(&case, unseen(&shrunk)),
            }
        }
        maker.lacking.extend(findings.lacking.iter().cloned());
    }
    findings.lacking = maker.lacking;
    findings.coverage = maker.coverage;
    findings.seconds = begin.elapsed().as_secs_f64();
    findings
}

impl Findings {
    /// Counts an outcome; gives the violation if it is one.
    fn take(
        &mut self,
        outcome: Outcome,
        implementation: &mut impl Implementation,
        case: &Case,
        config: &Config,
    ) -> Option<Violation> {
        let why = match outcome {
            Outcome::Holds => return None,
            Outcome::Unsupported { ops } => {
                self.unsupported += 1;
                self.lacking.extend(ops);
                return None;
            }
            // A machine with too much to do can make a thread late: that is no fault.
            Outcome::Violated(violation) => {
                match confirm(implementation, case, *violation, config) {
                    Ok(violation) => return Some(violation),
                    Err(why) => why,
                }
            }
            Outcome::Unclear { why } => why,
        };
        self.set_aside(case, why);
        None
    }

    /// Counts a case that could not be judged.
    fn set_aside(&mut self, case: &Case, why: String) {
        self.unclear += 1;
        if self.unclear_examples.len() < UNCLEAR_MAX {
            self.unclear_examples.push((case.clone(), why));
        }
    }
}
