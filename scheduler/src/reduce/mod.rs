//! The reductions: what need not be explored because something equal to it is.
//!
//! Each has a module with its argument for soundness, a switch of its own, and a word in the
//! report: applied, switched off, or not applicable and why.

pub(crate) mod fusing;
pub(crate) mod partial_order;
pub(crate) mod symmetry;

use crate::system::System;

/// Which reductions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reductions {
    /// One representative for all renamings of interchangeable actors.
    pub symmetry: bool,
    /// One order for steps that commute.
    pub partial_order: bool,
    /// No state of its own for a step nobody can observe.
    pub fusing: bool,
}

impl Reductions {
    /// Everything that applies.
    pub const ALL: Self = Self { symmetry: true, partial_order: true, fusing: true };
    /// Every state and every transition of the system.
    pub const NONE: Self = Self { symmetry: false, partial_order: false, fusing: false };

    /// Those that are wanted and that `system` supports.
    pub(crate) fn applicable<S: System>(self, system: &S) -> Self {
        let independent = system.independence().is_ok();
        Self {
            symmetry: self.symmetry && system.symmetry().is_ok(),
            partial_order: self.partial_order && independent,
            fusing: self.fusing && independent,
        }
    }

    /// What became of each switch.
    pub(crate) fn report<S: System>(self, system: &S) -> Vec<(&'static str, Reduced)> {
        let fate = |wanted: bool, support: Result<(), String>| match (wanted, support) {
            (false, _) => Reduced::SwitchedOff,
            (true, Ok(())) => Reduced::Applied,
            (true, Err(why)) => Reduced::NotApplicable(why),
        };
        vec![
            ("symmetry", fate(self.symmetry, system.symmetry())),
            ("partial-order", fate(self.partial_order, system.independence())),
            ("fusing", fate(self.fusing, system.independence())),
        ]
    }
}

/// What became of a reduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reduced {
    /// It was used.
    Applied,
    /// It was not wanted.
    SwitchedOff,
    /// It was wanted and cannot be used; the sentence says why.
    NotApplicable(String),
}
