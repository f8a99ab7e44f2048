//! Everything that can happen from outside: calls by threads, and what time and devices do.

use crate::call::Call;
use crate::ids::{FileId, IrpId, ThreadId};
use crate::status::NtStatus;

/// One thing that happens. `(state, action)` has one result; all nondeterminism is which action
/// comes next. What is not possible in a state is a [`Refusal`], named with each.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Action {
    /// A running thread makes a call. [`Refusal::NotRunning`] of one that waits or is suspended,
    /// [`Refusal::NotExported`] where this Windows lacks the function.
    Call {
        /// The thread.
        thread: ThreadId,
        /// What it calls.
        call: Call,
    },
    /// A running thread makes a call for which the system has no memory or no quota left. If the
    /// call gets as far as to need some it fails with this status; else it is an ordinary call
    /// (semantics B1, B8, C2). [`Refusal::NotModelled`] for any other call or status.
    Exhausted {
        /// The thread.
        thread: ThreadId,
        /// What it calls: a post, a new port or an association.
        call: Box<Call>,
        /// `STATUS_INSUFFICIENT_RESOURCES` or `STATUS_QUOTA_EXCEEDED`.
        status: NtStatus,
    },
    /// The timer of a waiting thread fires (semantics A7). [`Refusal::NoTimer`] without one, or
    /// while the thread is suspended.
    Expire {
        /// The thread.
        thread: ThreadId,
    },
    /// A running thread starts to wait for something outside the model (a lock, a page, another
    /// machine; semantics A6). [`Refusal::NotRunning`] as for a call.
    Block {
        /// The thread.
        thread: ThreadId,
    },
    /// That wait ends. [`Refusal::NotBlocked`] without one.
    Unblock {
        /// The thread.
        thread: ThreadId,
    },
    /// A driver completes a pending operation (semantics B1, B2). [`Refusal::NoSuchIrp`] if there
    /// is none, [`Refusal::NotFinal`] for `STATUS_PENDING`.
    Complete {
        /// The operation.
        irp: IrpId,
        /// Its final status.
        status: NtStatus,
        /// `IoStatus.Information`, usually bytes.
        information: u64,
    },
    /// The driver of a canceled operation completes it with its cancel status (semantics B7).
    /// [`Refusal::NotCanceled`] if nobody asked.
    FinishCancel {
        /// The operation.
        irp: IrpId,
    },
    /// Somebody outside the model does something to a file: data arrives, the peer goes away.
    /// [`Refusal::CannotArrive`] where that cannot happen.
    Arrive {
        /// The file object it happens to.
        file: FileId,
        /// What.
        what: Arrival,
    },
    /// Under `hand-off=wake-and-retry`: a woken waiter asks the port again.
    /// [`Refusal::NotRetrying`] if it was not woken to.
    Retry {
        /// The thread.
        thread: ThreadId,
    },
    /// Where a deviation leaves open which waiter is released (`wake-order=any`): the same action,
    /// with the choice. 0 is the most recent waiter. [`Refusal::NothingToPick`] without that
    /// deviation or without so many waiters.
    Pick {
        /// How far from the top of the stack.
        waiter: u8,
        /// What happens.
        then: Box<Action>,
    },
}

/// What happens to a file object from outside the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Arrival {
    /// Data of this many bytes.
    Data(u32),
    /// A client connects, to a listener or to a pipe that listens.
    Connect,
    /// The peer closes in good order: a pending receive ends with 0 bytes, a pipe read with 109.
    Close,
    /// The peer resets the connection: a pending receive ends with 64 (J01).
    Reset,
}

/// Why an action is not possible. Not a Windows result: those are data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// No such thread.
    NoSuchThread(ThreadId),
    /// Only a running thread can call or block.
    NotRunning(ThreadId),
    /// The thread has no armed timer.
    NoTimer(ThreadId),
    /// The thread is not blocked outside the model.
    NotBlocked(ThreadId),
    /// The thread was not woken to ask again.
    NotRetrying(ThreadId),
    /// No such pending operation.
    NoSuchIrp(IrpId),
    /// The operation was not asked to cancel.
    NotCanceled(IrpId),
    /// `STATUS_PENDING` is no final status.
    NotFinal(IrpId),
    /// No such file object, or this cannot happen to one of its kind.
    CannotArrive(FileId),
    /// Picking a waiter needs `wake-order=any`, and as many waiters.
    NothingToPick,
    /// This Windows version, or this implementation, has no such function.
    NotExported(&'static str),
    /// The model does not say what Windows does here; the text says what is missing.
    NotModelled(&'static str),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::NoSuchThread(t) => write!(f, "there is no {t}"),
            Refusal::NotRunning(t) => write!(f, "{t} is not running, so it cannot do anything"),
            Refusal::NoTimer(t) => write!(f, "{t} has no armed timer"),
            Refusal::NotBlocked(t) => write!(f, "{t} is not blocked outside the model"),
            Refusal::NotRetrying(t) => write!(f, "{t} was not woken to ask its port again"),
            Refusal::NoSuchIrp(i) => write!(f, "there is no pending operation {i}"),
            Refusal::NotCanceled(i) => write!(f, "nobody asked to cancel {i}"),
            Refusal::NotFinal(i) => write!(f, "STATUS_PENDING cannot be the final status of {i}"),
            Refusal::CannotArrive(file) => write!(f, "this cannot happen to {file}"),
            Refusal::NothingToPick => f.write_str("there is no such waiter to pick"),
            Refusal::NotExported(name) => write!(f, "there is no {name} here"),
            Refusal::NotModelled(what) => write!(f, "not modelled: {what}"),
        }
    }
}

impl std::error::Error for Refusal {}
