//! What is asked of every run, and the sets in which the answers travel.
//!
//! Properties are numbered by their place in [`System::properties`](crate::System::properties).
//! A property is the system's to judge; this crate only counts, and keeps a shortest witness.

use std::fmt;

/// When a property counts as broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Holds in every reachable state. Broken by one state where it does not.
    Always,
    /// Holds in no reachable state. Broken by one state where it does.
    Never,
    /// Holds in some reachable state. Broken if a complete search finds none.
    Sometimes,
    /// Holds in every terminal state. Broken by one where it does not.
    Finally,
    /// Says something of a step: broken by a step that [`apply`](crate::System::apply) reports.
    Step,
}

impl Expectation {
    /// The word for it in a scenario or a report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Sometimes => "sometimes",
            Self::Finally => "finally",
            Self::Step => "step",
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A named property of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// What reports call it.
    pub name: String,
    /// When it counts as broken.
    pub expectation: Expectation,
}

impl Property {
    /// A property called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>, expectation: Expectation) -> Self {
        Self { name: name.into(), expectation }
    }
}

/// A set of properties, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropertySet(u128);

impl PropertySet {
    /// Properties are numbered below this.
    pub const LIMIT: usize = 128;
    /// None.
    pub const EMPTY: Self = Self(0);

    pub(crate) const fn to_bits(self) -> u128 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Adds the property numbered `index`.
    pub fn insert(&mut self, index: usize) {
        debug_assert!(index < Self::LIMIT, "properties are numbered below {}", Self::LIMIT);
        self.0 |= 1 << index;
    }

    /// This set with one property more.
    #[must_use]
    pub fn with(mut self, index: usize) -> Self {
        self.insert(index);
        self
    }

    /// Whether the property numbered `index` is in the set.
    #[must_use]
    pub fn contains(self, index: usize) -> bool {
        index < Self::LIMIT && self.0 >> index & 1 == 1
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The numbers in the set, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (index < 128).then_some(index as usize)
        })
    }
}

/// What one state says about the properties. Both sets are empty for most states of most systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The `always` properties that do not hold here and the `never` properties that do; in a
    /// terminal state (see [`Ending`]) also the `finally` properties that do not hold.
    pub violated: PropertySet,
    /// The `sometimes` properties that hold here.
    pub witnessed: PropertySet,
}

impl Marks {
    /// Nothing to report.
    pub const NONE: Self = Self { violated: PropertySet::EMPTY, witnessed: PropertySet::EMPTY };

    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.violated.is_empty() && self.witnessed.is_empty()
    }

    /// Everything either says.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            violated: self.violated.union(other.violated),
            witnessed: self.witnessed.union(other.witnessed),
        }
    }
}

/// How a terminal state (one where nobody can move) came to be terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndingKind {
    /// Everybody who should finish has finished.
    Finished,
    /// Somebody waits for what nobody left can do.
    Deadlock,
    /// The run cannot go on for another reason: something the model refuses, for example.
    Stuck,
}

impl EndingKind {
    /// The word for it in a report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Deadlock => "deadlock",
            Self::Stuck => "stuck",
        }
    }
}

/// What a system says of a terminal state.
///
/// A deadlock breaks nothing by itself: a system that holds deadlock against its programs lists a
/// `finally` property for it and puts that in `marks.violated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Finished, or why not.
    pub kind: EndingKind,
    /// Who waits for what, one sentence each; empty for [`EndingKind::Finished`].
    pub reasons: Vec<String>,
    /// The properties over terminal states; those of [`check`](crate::System::check) need not be
    /// repeated.
    pub marks: Marks,
}

impl Ending {
    /// Everybody is done, and nothing is broken.
    #[must_use]
    pub fn finished() -> Self {
        Self { kind: EndingKind::Finished, reasons: Vec::new(), marks: Marks::NONE }
    }
}
