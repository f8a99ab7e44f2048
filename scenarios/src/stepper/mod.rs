//! A scenario stepped by hand: what can happen now, what cannot and why, one step taken, and what
//! everything looks like. Time plays no part: a step is whatever may come next.
//!
//! ```text
//! offer    what can happen next, and why the rest cannot
//! picture  the state, read off the kernel
//! ```
//!
//! A [`Stepper`] is a value: keep a clone to come back to, or to go another way from.

mod offer;
mod picture;

use std::sync::Arc;

use iocp_model::Packet;
use iocp_scheduler::{Choice, EndingKind, System};

pub use crate::run::Activity;
pub use offer::{Offer, Withheld};
pub use picture::{
    FilePicture, HandlePicture, ObjectPicture, OperationPicture, PacketPicture, Picture,
    PortPicture, StructurePicture, ThreadPicture,
};

use crate::builtin::BuiltIn;
use crate::program::Program;
use crate::run::Step;
use crate::sentence::Teller;
use crate::world::World;
use crate::world::enabled::{Way, move_of};

/// A scenario somewhere on its way.
#[derive(Clone)]
pub struct Stepper {
    program: Arc<Program>,
    world: World,
}

/// A step taken.
#[derive(Clone, PartialEq, Debug)]
pub struct Taken {
    /// What was done and what came of it. Its time is 0.
    pub step: Step,
    /// Whether it was a call (and not work, a memory access, or the end of a wait).
    pub is_call: bool,
    /// Properties that do not hold in the state after it, or that it broke, with a sentence each.
    pub broken: Vec<Broken>,
}

/// A property that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Its name.
    pub property: String,
    /// What is wrong.
    pub sentence: String,
}

/// How a scenario ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// How.
    pub kind: EndingKind,
    /// Who waits for what, in sentences.
    pub reasons: Vec<String>,
    /// What tells this end from others.
    pub outcome: String,
    /// The properties that the end breaks.
    pub broken: Vec<Broken>,
}

impl Stepper {
    /// Before the first step.
    pub fn new(program: Arc<Program>) -> Stepper {
        let world = program.initial();
        Stepper { program, world }
    }

    /// What is being stepped.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Every choice that is possible now, in ascending order.
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = vec![];
        self.program.enabled(&self.world, &mut choices);
        choices
    }

    /// The same with what each would do.
    pub fn offers(&self) -> Vec<Offer> {
        offer::offers(&self.program, &self.world, &self.choices())
    }

    /// Who can do nothing now, and why.
    pub fn withheld(&self) -> Vec<Withheld> {
        offer::withheld(&self.program, &self.world, &self.choices())
    }

    /// Takes a choice; nothing happens if it is not possible now.
    pub fn take(&mut self, choice: Choice) -> Option<Taken> {
        if self.choices().binary_search(&choice).is_err() {
            return None;
        }
        let program = Arc::clone(&self.program);
        let is_call = match move_of(&program, choice).way {
            Way::Step { actor, leaf } => crate::action::is_call(&program, &self.world, actor, leaf),
            _ => false,
        };
        let told = crate::run::told::told(&program, &mut self.world, choice, 0);
        let marks = program.check(&self.world);
        let broken = told.broken.union(marks.violated);
        let broken = broken.iter().map(|index| self.broken(index)).collect();
        Some(Taken { step: told.step, is_call, broken })
    }

    /// How it ended, if nothing is possible any more.
    pub fn ended(&self) -> Option<Ended> {
        if !self.choices().is_empty() {
            return None;
        }
        let ending = self.program.ending(&self.world);
        let broken = ending.marks.violated.iter().map(|index| self.broken(index)).collect();
        let outcome = self.program.outcome(&self.world);
        Some(Ended { kind: ending.kind, reasons: ending.reasons, outcome, broken })
    }

    /// What everything looks like.
    pub fn picture(&self) -> Picture {
        picture::picture(&self.program, &self.world)
    }

    /// A packet in words, as pictures show it.
    pub fn packet_picture(&self, packet: &Packet) -> PacketPicture {
        picture::packet_picture(Teller { program: &self.program }, packet)
    }

    /// What every thread is doing, by actor.
    pub fn activities(&self) -> Vec<Activity> {
        let actors = 0..self.program.threads.len();
        actors.map(|actor| picture::activity(&self.program, &self.world, actor)).collect()
    }

    /// A 64-bit number that equal states share, on every machine.
    pub fn fingerprint(&self) -> u64 {
        let mut bytes = vec![];
        self.program.encode(&self.world, &mut bytes);
        iocp_scheduler::hash(&bytes)
    }

    fn broken(&self, index: usize) -> Broken {
        let property = &self.program.properties[index];
        let faults = &self.world.faults;
        let fault = faults.iter().find(|fault| fault.kind.breaks() as usize == index);
        let teller = Teller { program: &self.program };
        let sentence = match (fault, BuiltIn::from_index(index)) {
            (Some(fault), _) => teller.fault(fault),
            (None, Some(built_in)) => format!("Broken: {}", built_in.sentence()),
            (None, None) => format!("Broken: {} `{}`.", property.expectation, property.name),
        };
        Broken { property: property.name.clone(), sentence }
    }
}
