//! An action in progress: the kernel, the observer, and the one place that reports effects.
//!
//! The layers `ke`, `ob`, `io`, `nt` and `win32` are methods of [`Machine`], each in its own files
//! and each calling only layers before it.

use std::cell::Cell;

use crate::effect::{Effect, Observer};
use crate::kernel::Kernel;
use crate::rules::Rule;
use crate::semantics::{Deviation, Deviations};
use crate::status::NtStatus;

pub(crate) struct Machine<'a, O: Observer> {
    pub(crate) k: &'a mut Kernel,
    pub(crate) o: &'a mut O,
    /// Which waiter to release where `wake-order=any` leaves it open; 0 is the most recent.
    pub(crate) pick: u8,
    /// The status with which the first allocation of the call in progress fails.
    pub(crate) exhausted: Cell<Option<NtStatus>>,
    /// The rule that decided the result of the call in progress, where it is not the ordinary one.
    pub(crate) decided: Cell<Option<Rule>>,
    /// The deviations that were asked about.
    pub(crate) asked: Cell<Deviations>,
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

    /// The call in progress needs memory; where there is none this rule says how it fails.
    #[inline]
    pub(crate) fn allocate(&self, rule: Rule) -> Result<(), NtStatus> {
        match self.exhausted.take() {
            None => Ok(()),
            Some(status) => {
                self.decide(rule);
                Err(status)
            }
        }
    }

    #[inline]
    pub(crate) fn deviates(&self, deviation: Deviation) -> bool {
        self.asked.set(self.asked.get().with(deviation));
        self.k.semantics.has(deviation)
    }
}
