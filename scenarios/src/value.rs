//! Resolved expressions: every name is a place in the world.
//!
//! Owns what an expression reads. Evaluation is in [`crate::evaluate`].

use std::ops::Range;

use iocp_model::{FileId, PortId};

use crate::expression::Operator;
use crate::format;

/// An expression whose names are resolved.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Expr {
    Constant(i64),
    /// A local of the thread.
    Local(u16),
    /// The address of an OVERLAPPED of the thread.
    Own(u16),
    /// The number of the instance among its equals.
    This,
    /// A field of the last result.
    Result(ResultField),
    /// A field of an entry of the last batch.
    Batch(Box<Expr>, ResultField),
    /// A shared variable.
    Shared(u16),
    Observe(Box<Observation>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
}

/// Something an observer can ask of the whole world.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Observation {
    Depth(PortId),
    Waiters(PortId),
    Active(PortId),
    Concurrency(PortId),
    /// Queued packets of a port that carry a key.
    Queued(PortId, Expr),
    /// Operations pending, of one file or of all.
    Pending(Option<FileId>),
    /// How many of these threads are in a condition.
    Threads(Condition, Range<u16>),
    /// A local of one thread.
    LocalOf(u16, u16),
    /// A local of several threads, put together.
    Gather(Gather, Range<u16>, u16),
    /// How many values these threads have recorded.
    Records(Range<u16>),
    /// Whether one of these threads has recorded a value; how often.
    Recorded(Range<u16>, Expr),
    /// Who owns an OVERLAPPED, as a number of [`Owner`].
    Owner(Expr),
    /// Whether the last poll with this status block reported one of these events.
    Polled(Expr, Expr),
}

/// A condition a thread can be in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    /// Inside a call that has not returned.
    Waiting,
    /// Parked in a remove on a port.
    Parked,
    /// Waiting outside the model.
    Blocked,
    /// Spinning on a condition that does not hold.
    Spinning,
    /// At the end of its program, or exited.
    Done,
    /// Able to run.
    Active,
}

/// How to put values together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gather {
    Sum,
    Least,
    Greatest,
}

/// Who owns an OVERLAPPED.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// The program: it may use it, reuse it and free it.
    Program,
    /// The kernel: an operation that has not completed names it.
    Kernel,
    /// A packet in a queue names it.
    Packet,
    /// Nobody: it has been freed.
    Freed,
    /// Nobody yet: the program has not allocated it.
    Unallocated,
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Owner::Program => "belongs to the program",
            Owner::Kernel => "belongs to the kernel: its operation is pending",
            Owner::Packet => "is named by a packet in a queue",
            Owner::Freed => "has been freed",
            Owner::Unallocated => "has not been allocated",
        })
    }
}

/// A field of a result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum ResultField {
    Value,
    LastError,
    Key,
    Bytes,
    Overlapped,
    Status,
    Information,
    Count,
    Handle,
    Depth,
    Previous,
    Modes,
    AlreadySignaled,
    Thread,
}

impl ResultField {
    /// All of them, in the order of [`format::MATCH`].
    pub(crate) const ALL: [ResultField; 14] = [
        ResultField::Value,
        ResultField::LastError,
        ResultField::Key,
        ResultField::Bytes,
        ResultField::Overlapped,
        ResultField::Status,
        ResultField::Information,
        ResultField::Count,
        ResultField::Handle,
        ResultField::Depth,
        ResultField::Previous,
        ResultField::Modes,
        ResultField::AlreadySignaled,
        ResultField::Thread,
    ];

    pub(crate) fn named(name: &str) -> Option<ResultField> {
        format::result_fields().position(|key| key == name).map(|index| Self::ALL[index])
    }

    pub(crate) fn name(self) -> &'static str {
        format::MATCH.fields[self as usize].key
    }

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What an expression, or the rest of a program, still needs of its thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Needs {
    /// Fields of the last result.
    pub(crate) fields: u16,
    /// The last batch.
    pub(crate) batch: bool,
    /// Locals.
    pub(crate) locals: u64,
}

impl Needs {
    /// The whole result.
    pub(crate) const RESULT: Needs =
        Needs { fields: (1 << ResultField::ALL.len()) - 1, batch: false, locals: 0 };

    pub(crate) fn union(self, other: Needs) -> Needs {
        Needs {
            fields: self.fields | other.fields,
            batch: self.batch | other.batch,
            locals: self.locals | other.locals,
        }
    }
}

impl Expr {
    /// Calls `visit` for this expression and everything inside it, observations included.
    pub(crate) fn walk(&self, visit: &mut impl FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Batch(inner, _) | Expr::Not(inner) | Expr::Negate(inner) => inner.walk(visit),
            Expr::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Expr::Observe(observation) => match &**observation {
                Observation::Queued(_, inner)
                | Observation::Recorded(_, inner)
                | Observation::Owner(inner) => inner.walk(visit),
                Observation::Polled(pointer, events) => {
                    pointer.walk(visit);
                    events.walk(visit);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// What it reads of the thread that evaluates it.
    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.walk(&mut |expr| match expr {
            Expr::Local(local) => needs.locals |= 1 << local,
            Expr::Result(field) => needs.fields |= field.bit(),
            Expr::Batch(..) => needs.batch = true,
            _ => {}
        });
        needs
    }

    /// Whether it depends on nothing but parameters.
    pub(crate) fn constant(&self) -> Option<i64> {
        match self {
            Expr::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// The same, constant parts evaluated.
    pub(crate) fn folded(self) -> Expr {
        match self {
            Expr::Not(inner) => match inner.constant() {
                Some(value) => Expr::Constant(i64::from(value == 0)),
                None => Expr::Not(inner),
            },
            Expr::Negate(inner) => match inner.constant() {
                Some(value) => Expr::Constant(value.wrapping_neg()),
                None => Expr::Negate(inner),
            },
            Expr::Binary(operator, left, right) => {
                let both = left.constant().zip(right.constant());
                match both.and_then(|(l, r)| operator.apply(l, r)) {
                    Some(value) => Expr::Constant(value),
                    None => Expr::Binary(operator, left, right),
                }
            }
            other => other,
        }
    }
}
