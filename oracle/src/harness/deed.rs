//! What a case does, call by call, with what the model says of each.

use iocp_model::{Call, Handle, Return, ThreadId};
use std::collections::BTreeSet;

/// One step of a case.
#[derive(Clone, PartialEq, Debug)]
pub struct Deed {
    /// The thread.
    pub thread: ThreadId,
    /// What it does.
    pub act: Act,
    /// Which move of the case it belongs to.
    pub of_move: usize,
    /// The calls, by deed, whose threads wait when everything has settled after it; `None` where
    /// that is a race against the clock.
    pub waiting: Option<BTreeSet<usize>>,
}

/// What a thread does.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// It makes a call.
    Call(Made),
    /// The call that it is in is waited for: its time is up, or will be.
    Await,
}

/// A call of a case.
#[derive(Clone, PartialEq, Debug)]
pub struct Made {
    /// The call.
    pub call: Call,
    /// Handles that it opens, with the names that the case gives them.
    pub bind: Vec<(Handle, String)>,
    /// Whether the thread waits in it when everything has settled; `None` where that is a race
    /// against the clock.
    pub waits: Option<bool>,
    /// How it ends.
    pub fate: Fate,
}

/// How a call ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Fate {
    /// Not within the case.
    Never,
    /// It returns.
    Returns(Return),
    /// Its thread ends.
    Exits,
}
