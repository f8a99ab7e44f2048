//! What a step may touch: the facts partial order reduction reasons with.

/// The objects that may be read and those that may be written, as two bit sets.
///
/// A system cuts its state into at most 128 *objects* as it likes (a port, a mutex, a shared
/// variable, the private state of one actor) such that two steps whose footprints do not
/// [conflict](Self::conflicts) commute: each leaves the other possible, with the same effect and
/// the same reports, and both orders lead to the same state.
/// With more than 128 things, several share a bit; that costs reduction, never soundness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Objects whose value matters.
    pub reads: u128,
    /// Objects that may change. A write need not be listed as a read.
    pub writes: u128,
}

impl Footprint {
    /// Touches nothing.
    pub const NONE: Self = Self { reads: 0, writes: 0 };
    /// May touch anything: always a safe answer.
    pub const ALL: Self = Self { reads: u128::MAX, writes: u128::MAX };

    /// Adds a read of object `bit`.
    #[must_use]
    pub const fn reading(mut self, bit: u32) -> Self {
        self.reads |= 1 << bit;
        self
    }

    /// Adds a write of object `bit`.
    #[must_use]
    pub const fn writing(mut self, bit: u32) -> Self {
        self.writes |= 1 << bit;
        self
    }

    /// What either touches.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { reads: self.reads | other.reads, writes: self.writes | other.writes }
    }

    /// Whether one writes what the other touches.
    #[must_use]
    pub const fn conflicts(self, other: Self) -> bool {
        self.writes & (other.reads | other.writes) != 0 || self.reads & other.writes != 0
    }
}
