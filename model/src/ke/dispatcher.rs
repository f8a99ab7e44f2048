//! Objects a thread can wait for: events, semaphores, mutants (semantics.md A6; the reference pages
//! of their functions).

use crate::code::{code_enum, code_struct};
use crate::ids::{ThreadId, WaitPacketId};

/// Who stands in the wait list of an object, in the order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Waiter {
    /// A thread that waits for the object to be signaled.
    Thread(ThreadId),
    /// A thread inside a remove on this port.
    Remover(ThreadId),
    /// A wait completion packet that fires when the object is signaled.
    Packet(WaitPacketId),
}

code_enum!(Waiter { 0 => Thread(id), 1 => Remover(id), 2 => Packet(id) });

/// An event object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Manual reset (a notification event) or auto reset (a synchronization event).
    pub manual_reset: bool,
    /// Whether it is signaled.
    pub signaled: bool,
    /// The wait list, oldest first.
    pub waiters: Vec<Waiter>,
}

/// A semaphore object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semaphore {
    /// The count; signaled while it is above zero.
    pub count: u32,
    /// The limit of the count.
    pub maximum: u32,
    /// The wait list, oldest first.
    pub waiters: Vec<Waiter>,
}

/// A mutant object (a mutex).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mutant {
    /// The owning thread; signaled while there is none.
    pub owner: Option<ThreadId>,
    /// How often the owner has taken it.
    pub recursion: u32,
    /// Whether its last owner exited without releasing it.
    pub abandoned: bool,
    /// The wait list, oldest first.
    pub waiters: Vec<Waiter>,
}

code_struct!(Event { manual_reset, signaled, waiters });
code_struct!(Semaphore { count, maximum, waiters });
code_struct!(Mutant { owner, recursion, abandoned, waiters });
