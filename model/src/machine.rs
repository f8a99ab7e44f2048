//! An action in progress: the kernel, the observer, and the one place that reports effects.
//!
//! The layers `ke`, `ob`, `io`, `nt` and `win32` are methods of [`Machine`], each in its own files
//! and each calling only layers before it.

use std::cell::Cell;

use crate::effect::{Effect, Observer};
use crate::kernel::Kernel;
use crate::rules::Rule;
use crate::semantics::Deviation;

pub(crate) struct Machine<'a, O: Observer> {
    pub(crate) k: &'a mut Kernel,
    pub(crate) o: &'a mut O,
    /// Which waiter to release where `wake-order=any` leaves it open; 0 is the most recent.
    pub(crate) pick: u8,
    /// The rule that decided the result of the call in progress, where it is not the ordinary one.
    pub(crate) decided: Cell<Option<Rule>>,
}

impl<O: Observer> Machine<'_, O> {
    #[inline]
    pub(crate) fn emit(&mut self, rule: Rule, effect: Effect) {
        self.o.effect(rule, effect);
    }

    /// Notes the rule that decides the result of the call in progress.
    #[inline]
    pub(crate) fn decide(&self, rule: Rule) {
        self.decided.set(Some(rule));
    }

    #[inline]
    pub(crate) fn deviates(&self, deviation: Deviation) -> bool {
        self.k.semantics.has(deviation)
    }
}
