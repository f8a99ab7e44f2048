//! The world: the kernel, and where every thread is in its program.
//!
//! ```text
//! answer    what a call returned, field by field
//! evaluate  expressions
//! enabled   who can go next, and how
//! step      one choice taken: the only place that changes a world
//! act       the kernel's part of it
//! advance   what happens between steps: tests, assignments, branches
//! ledger    who owns an OVERLAPPED
//! code      canonical bytes
//! rename    equal threads exchanged
//! ```
//!
//! A state is what the future depends on. So a result is forgotten once nothing can read it, a
//! choice is no step, a thread that a packet is handed to has returned in the same step, and how
//! long something takes is no part of it.

mod act;
mod advance;
pub(crate) mod answer;
mod code;
pub(crate) mod enabled;
mod evaluate;
pub(crate) mod ledger;
pub(crate) mod rename;
pub(crate) mod step;

use std::sync::atomic::{AtomicU64, Ordering};

use iocp_model::{IrpId, Kernel, Overlapped, Packet, Return, ThreadId};

use crate::fault::Fault;
use crate::program::Program;
use crate::signature::Signed;
use answer::Answer;

/// A state of a scenario.
#[derive(Debug)]
pub struct World {
    pub(crate) kernel: Kernel,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) locals: Vec<i64>,
    pub(crate) shared: Vec<i64>,
    pub(crate) ledger: Vec<ledger::Memory>,
    /// For each pending operation, one more than the list of ways it may complete; else 0.
    pub(crate) irps: Vec<u16>,
    /// How much of the scripted order is done.
    pub(crate) turn: u16,
    /// The model refused a step: nothing can go on.
    pub(crate) stuck: bool,
    /// What was wrong with the last step; no state.
    pub(crate) faults: Vec<Fault>,
    scratch: Scratch,
    /// Memory for the signatures of equal threads.
    pub(crate) signed: Signed,
    base: Base,
}

/// Where a thread is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    /// The instruction it is at, or will go on at.
    pub(crate) pc: u16,
    pub(crate) state: LaneState,
    /// What its last call returned, as far as it is still needed.
    pub(crate) answer: Answer,
    /// The entries of its last batch, as long as they are needed.
    pub(crate) batch: Vec<Packet>,
    /// What it has recorded.
    pub(crate) records: Vec<i64>,
}

/// What a thread is doing, as its program sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LaneState {
    /// Waits for a `start` step.
    Created,
    /// Can take the step at its place.
    Ready,
    /// Inside the call at its place.
    InCall,
    /// Waits outside the model; goes on at its place.
    Blocked,
    /// At its end, or exited.
    Done,
}

/// Buffers for the effects of one action, kept so that a step allocates nothing.
#[derive(Debug, Default)]
struct Scratch {
    returned: Vec<(ThreadId, Return)>,
    exited: Vec<ThreadId>,
    pended: Vec<IrpId>,
    written: Vec<Overlapped>,
    completed: bool,
}

/// Which state this one was copied from, so that copying it back costs only what has changed.
#[derive(Clone, Copy, Debug, Default)]
struct Base {
    /// A number that no other state has; 0 if there is no such state.
    stamp: u64,
    /// Which lanes have changed since; bit 127 for all from 127 on.
    lanes: u128,
    /// Whether anything has changed since.
    dirty: bool,
}

static STAMP: AtomicU64 = AtomicU64::new(1);

impl Base {
    /// Nothing here depends on which number it is: it decides how much is copied, never what.
    fn fresh() -> Base {
        Base { stamp: STAMP.fetch_add(1, Ordering::Relaxed), lanes: 0, dirty: false }
    }
}

impl Clone for Lane {
    fn clone(&self) -> Self {
        Lane {
            pc: self.pc,
            state: self.state,
            answer: self.answer,
            batch: self.batch.clone(),
            records: self.records.clone(),
        }
    }
    fn clone_from(&mut self, source: &Self) {
        self.pc = source.pc;
        self.state = source.state;
        self.answer = source.answer;
        self.batch.clone_from(&source.batch);
        self.records.clone_from(&source.records);
    }
}

impl Clone for World {
    fn clone(&self) -> Self {
        World {
            kernel: self.kernel.clone(),
            lanes: self.lanes.clone(),
            locals: self.locals.clone(),
            shared: self.shared.clone(),
            ledger: self.ledger.clone(),
            irps: self.irps.clone(),
            turn: self.turn,
            stuck: self.stuck,
            faults: self.faults.clone(),
            scratch: Scratch::default(),
            signed: Signed::default(),
            base: Base::default(),
        }
    }
}

impl World {
    /// Before anybody has done anything: a stage and no players.
    pub(crate) fn empty(kernel: Kernel) -> World {
        World {
            kernel,
            lanes: vec![],
            locals: vec![],
            shared: vec![],
            ledger: vec![],
            irps: vec![],
            turn: 0,
            stuck: false,
            faults: vec![],
            scratch: Scratch::default(),
            signed: Signed::default(),
            base: Base::default(),
        }
    }

    /// Every thread before its first step. What goes wrong on the way there is in its faults.
    pub(crate) fn first(program: &Program, mut world: World) -> World {
        world.shared = program.shared.iter().map(|variable| variable.initial).collect();
        world.ledger = program.overlapped.iter().map(ledger::Memory::first).collect();
        for (actor, thread) in program.threads.iter().enumerate() {
            let code = program.code(actor);
            world.locals.extend(code.locals.iter().map(|local| local.initial));
            let state = if thread.created { LaneState::Created } else { LaneState::Ready };
            let (batch, records) = (vec![], vec![]);
            world.lanes.push(Lane { pc: 0, state, answer: Answer::default(), batch, records });
        }
        for actor in 0..program.threads.len() {
            if world.lanes[actor].state == LaneState::Ready {
                world.advance(program, actor);
            }
        }
        world.base = Base::fresh();
        world
    }

    /// Makes this world equal to `from`, cheaply if this one came from there.
    pub(crate) fn restore(&mut self, from: &World) {
        let near = self.base.stamp != 0 && self.base.stamp == from.base.stamp && !from.base.dirty;
        if !near {
            self.copy(from);
            return;
        }
        if !self.base.dirty {
            return;
        }
        self.kernel.restore(&from.kernel);
        let mut lanes = self.base.lanes;
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            self.lanes[lane].clone_from(&from.lanes[lane]);
        }
        self.locals.copy_from_slice(&from.locals);
        self.shared.copy_from_slice(&from.shared);
        self.ledger.copy_from_slice(&from.ledger);
        self.irps.clone_from(&from.irps);
        self.turn = from.turn;
        self.stuck = from.stuck;
        self.faults.clear();
        self.base = from.base;
    }

    fn copy(&mut self, from: &World) {
        self.kernel.clone_from(&from.kernel);
        self.lanes.clone_from(&from.lanes);
        self.locals.clone_from(&from.locals);
        self.shared.clone_from(&from.shared);
        self.ledger.clone_from(&from.ledger);
        self.irps.clone_from(&from.irps);
        self.turn = from.turn;
        self.stuck = from.stuck;
        self.faults.clear();
        self.base = if from.base.dirty { Base::default() } else { from.base };
    }

    /// A lane to write to.
    fn lane(&mut self, actor: usize) -> &mut Lane {
        self.base.lanes |= 1 << actor;
        &mut self.lanes[actor]
    }

    fn changed(&mut self) {
        self.base.dirty = true;
    }
}
