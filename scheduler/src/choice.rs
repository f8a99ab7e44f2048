//! Who goes next, and how: the alphabet every schedule is written in.
//!
//! Owns the names of actors and choices. A choice means nothing by itself: only a
//! [`System`](crate::System) can say what it does.

use std::fmt;
use std::str::FromStr;

/// A thread, a timer, a device: anything that can take the next step.
///
/// A system numbers its actors `0..actors()`, at most [`ActorSet::LIMIT`] of them.
pub type Actor = u16;

/// One possible next step: an actor, and which of the steps it could take.
///
/// Prints as `actor` or `actor.alternative` (`3`, `3.1`) and parses back. The order of choices is
/// by actor, then by alternative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice(u32);

impl Choice {
    /// The choice of `alternative` by `actor`.
    #[must_use]
    pub const fn new(actor: Actor, alternative: u16) -> Self {
        Self((actor as u32) << 16 | alternative as u32)
    }

    /// Who moves.
    #[must_use]
    pub const fn actor(self) -> Actor {
        (self.0 >> 16) as u16
    }

    /// Which of the steps open to the actor it takes.
    #[must_use]
    pub const fn alternative(self) -> u16 {
        self.0 as u16
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.alternative() {
            0 => write!(f, "{}", self.actor()),
            alternative => write!(f, "{}.{alternative}", self.actor()),
        }
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a choice: `actor` or `actor.alternative`, both below 65,536, was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAChoice;

impl fmt::Display for NotAChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a choice: expected `actor` or `actor.alternative`, such as 3 or 3.1")
    }
}

impl std::error::Error for NotAChoice {}

impl FromStr for Choice {
    type Err = NotAChoice;

    fn from_str(text: &str) -> Result<Self, NotAChoice> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten().ok_or(NotAChoice)
        };
        match text.split_once('.') {
            Some((actor, alternative)) => Ok(Self::new(number(actor)?, number(alternative)?)),
            None => Ok(Self::new(number(text)?, 0)),
        }
    }
}

/// A set of actors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActorSet(u128);

impl ActorSet {
    /// Actors are numbered below this.
    pub const LIMIT: u16 = 128;
    /// Nobody.
    pub const EMPTY: Self = Self(0);

    /// The actors `0..count`.
    #[must_use]
    pub fn first(count: u16) -> Self {
        if count >= Self::LIMIT { Self(u128::MAX) } else { Self((1 << count) - 1) }
    }

    /// Adds an actor.
    pub fn insert(&mut self, actor: Actor) {
        debug_assert!(actor < Self::LIMIT, "actors are numbered below {}", Self::LIMIT);
        self.0 |= 1 << actor;
    }

    /// This set with one actor more.
    #[must_use]
    pub fn with(mut self, actor: Actor) -> Self {
        self.insert(actor);
        self
    }

    /// Whether the actor is in the set.
    #[must_use]
    pub fn contains(self, actor: Actor) -> bool {
        actor < Self::LIMIT && self.0 >> actor & 1 == 1
    }

    /// Whether nobody is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many actors are in the set.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Those that are in this set and not in the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The actors of the set, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Actor> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let actor = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (actor < 128).then_some(actor as Actor)
        })
    }
}
