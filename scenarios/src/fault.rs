//! What can be wrong with a step: a broken expectation, a broken rule of ownership, nonsense.

use iocp_model::{Overlapped, Refusal};

use crate::builtin::BuiltIn;
use crate::value::{Owner, ResultField};

/// Something wrong with a step, and who did it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The actor; for what the kernel did, whose memory it was is in the kind.
    pub(crate) actor: usize,
    /// The instruction.
    pub(crate) pc: u16,
    pub(crate) kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FaultKind {
    /// A field of a result is not what `expect` wants.
    Expected { field: ResultField, wanted: Option<i64>, found: Option<i64> },
    /// An `assert` does not hold.
    Asserted(String),
    /// A program passed a freed OVERLAPPED on.
    UsedFreed(Overlapped),
    /// The kernel wrote to a freed OVERLAPPED.
    WrittenFreed(Overlapped),
    /// An operation started with an OVERLAPPED that is still owned.
    Reused(Overlapped, Owner),
    /// An OVERLAPPED was freed while it is still owned.
    FreedOwned(Overlapped, Owner),
    /// An OVERLAPPED was freed twice.
    FreedTwice(Overlapped),
    /// An OVERLAPPED was allocated again without being freed.
    AllocatedTwice(Overlapped),
    /// Not an OVERLAPPED of the scenario.
    NoSuchOverlapped(Overlapped),
    /// An expression has no value.
    Undefined(Undefined),
    /// Too many values recorded.
    TooManyRecords,
    /// Too many instructions between two steps.
    NoStep,
    /// Too many operations pending.
    TooManyPending,
    /// A batch with too many packets.
    TooManyEntries,
    /// Too many ways to go on at a place where choices meet.
    TooManyWays,
    /// The model refuses the step.
    Refused(Refusal),
}

/// Why an expression has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Undefined {
    DivisionByZero,
    /// The call left this field alone; whatever is in it now was there before.
    Untouched(ResultField),
    /// The batch has no such entry.
    NoEntry(i64),
    /// A thread's own value without a thread.
    Nobody,
}

impl FaultKind {
    /// The property it breaks.
    pub(crate) fn breaks(&self) -> BuiltIn {
        match self {
            FaultKind::Expected { .. } | FaultKind::Asserted(_) => BuiltIn::Expect,
            FaultKind::UsedFreed(_) | FaultKind::WrittenFreed(_) => BuiltIn::UseAfterFree,
            FaultKind::Reused(..) | FaultKind::AllocatedTwice(_) => BuiltIn::ReuseWhileOwned,
            FaultKind::FreedOwned(..) => BuiltIn::FreeWhileOwned,
            FaultKind::FreedTwice(_) => BuiltIn::DoubleFree,
            FaultKind::Undefined(_)
            | FaultKind::NoSuchOverlapped(_)
            | FaultKind::TooManyRecords
            | FaultKind::NoStep => BuiltIn::ProgramError,
            FaultKind::Refused(_)
            | FaultKind::TooManyPending
            | FaultKind::TooManyEntries
            | FaultKind::TooManyWays => BuiltIn::NotModelled,
        }
    }
}
