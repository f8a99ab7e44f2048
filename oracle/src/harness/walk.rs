//! Cases at random: walks through the model that only make moves that are possible.

use super::config::Config;
use super::coverage::Reached;
use super::moves::{Case, Kind, Move};
use super::world::World;
use std::collections::BTreeSet;

/// A small generator of numbers (splitmix64): the same seed gives the same cases everywhere.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Numbers that depend on a seed alone.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        (self.bits() % sides.max(1) as u64) as usize
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.roll(all.len()))
    }
}

/// An empty case of the sizes that are allowed.
pub(super) fn stage(config: &Config, dice: &mut Dice) -> Case {
    let count = 1 + dice.roll(usize::from(config.ports.max(1)));
    let ports = (0..count).map(|_| 1 + dice.roll(3) as u8).collect();
    let workers = 2 + dice.roll(usize::from(config.workers.max(2)) - 1) as u8;
    Case { ports, workers: workers.min(config.workers.max(1)), moves: Vec::new() }
}

/// A case that makes the moves of another first, as far as they are possible, and then others; no
/// move needs a call that is lacking.
pub(super) fn walk(
    config: &Config,
    dice: &mut Dice,
    lacking: &BTreeSet<String>,
    start: Case,
) -> (Case, Reached) {
    let mut reached = Reached::default();
    let (mut case, first) = (Case { moves: Vec::new(), ..start.clone() }, start.moves);
    let mut world = World::new(&case, config.semantics);
    for m in first {
        if is_there(m, lacking) && reached.act(&mut world, m) {
            case.moves.push(m);
        }
    }
    // The model may refuse what looks possible.
    for _ in 0..2 * config.moves {
        if case.moves.len() >= config.moves {
            break;
        }
        let Some(m) = next(config, dice, lacking, &world) else { break };
        if reached.act(&mut world, m) {
            case.moves.push(m);
        }
    }
    (case, reached)
}

fn is_there(m: Move, lacking: &BTreeSet<String>) -> bool {
    lacking.is_empty() || !m.needs().iter().any(|op| lacking.contains(*op))
}

/// A move that is possible now, by the weights.
fn next(
    config: &Config,
    dice: &mut Dice,
    lacking: &BTreeSet<String>,
    world: &World,
) -> Option<Move> {
    let kinds: Vec<(Kind, u32)> = world
        .kinds(config.level)
        .into_iter()
        .map(|kind| (kind, config.weight(kind)))
        .filter(|(_, weight)| *weight > 0)
        .collect();
    let total: u32 = kinds.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.roll(total as usize) as u32;
    let chosen = kinds.into_iter().find(|(_, weight)| {
        let found = left < *weight;
        left = left.saturating_sub(*weight);
        found
    });
    let mut moves = world.possible(chosen?.0);
    moves.retain(|m| is_there(*m, lacking));
    // Mostly somebody posts who does not remove: that is what leaves threads waiting.
    let by_master: Vec<Move> =
        moves.iter().copied().filter(|m| m.who == 0 && m.kind.is_for_posters()).collect();
    if !by_master.is_empty() && dice.roll(4) > 0 {
        return dice.pick(&by_master).copied();
    }
    dice.pick(&moves).copied()
}
