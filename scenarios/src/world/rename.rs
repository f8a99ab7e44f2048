//! A world under other names: instances of interchangeable threads exchanged, with everything
//! that is theirs.

use std::ops::Range;

use iocp_model::rename::{Renaming, permute};
use iocp_model::{Overlapped, ThreadId};

use super::World;
use crate::program::{Program, Thread};
use crate::value::ResultField;

/// A permutation of the actors that maps each to one of its equals.
pub(crate) struct Names<'p> {
    program: &'p Program,
    /// The new number of each actor.
    to: &'p [u16],
}

impl<'p> Names<'p> {
    pub(crate) fn new(program: &'p Program, to: &'p [u16]) -> Names<'p> {
        Names { program, to }
    }

    fn new_actor(&self, actor: usize) -> usize {
        usize::from(self.to[actor])
    }

    /// A number that is the address of an OVERLAPPED of an instance becomes the address of the
    /// same one of its new name; any other number stays.
    fn value(&self, value: i64) -> i64 {
        self.overlapped(Overlapped(value as u64)).0 as i64
    }
}

impl Renaming for Names<'_> {
    fn thread(&self, thread: ThreadId) -> ThreadId {
        let threads = &self.program.threads;
        let Some(actor) = self.program.actor(thread) else {
            return thread;
        };
        threads[self.new_actor(actor)].kernel.unwrap_or(thread)
    }

    fn overlapped(&self, at: Overlapped) -> Overlapped {
        match self.program.owner_of(at) {
            Some((actor, offset)) => {
                let start = self.program.threads[self.new_actor(actor)].overlapped.start;
                Overlapped::numbered(start + offset)
            }
            None => at,
        }
    }
}

impl Program {
    /// Whose OVERLAPPED is at this address, and which of its own it is.
    pub(crate) fn owner_of(&self, at: Overlapped) -> Option<(usize, u16)> {
        let (owner, offset) = (*self.owners.get(usize::from(at.number()?))?)?;
        Some((usize::from(owner), offset))
    }
}

/// For each of `count` OVERLAPPEDs the thread that has it among its own, and which of its own it
/// is.
pub(crate) fn owners(threads: &[Thread], count: usize) -> Vec<Option<(u16, u16)>> {
    let mut owners = vec![None; count];
    for (actor, thread) in threads.iter().enumerate() {
        for (offset, number) in thread.overlapped.clone().enumerate() {
            if let Some(owner) = owners.get_mut(usize::from(number)) {
                *owner = Some((actor as u16, offset as u16));
            }
        }
    }
    owners
}

impl World {
    /// Gives everything its new name.
    pub(crate) fn rename(&mut self, names: &Names<'_>) {
        self.base.dirty = true;
        self.base.lanes = u128::MAX >> (128 - self.lanes.len().clamp(1, 128));
        self.kernel.rename(names);
        for lane in &mut self.lanes {
            if let Some(at) = lane.answer.get(ResultField::Overlapped) {
                lane.answer.set(ResultField::Overlapped, names.value(at));
            }
            for packet in &mut lane.batch {
                packet.overlapped = names.overlapped(packet.overlapped);
            }
            for record in &mut lane.records {
                *record = names.value(*record);
            }
        }
        for value in self.locals.iter_mut().chain(&mut self.shared) {
            *value = names.value(*value);
        }
        let threads = &names.program.threads;
        let moved = |actor: usize| names.new_actor(actor);
        permute(threads.len(), moved, |a, b| self.lanes.swap(a, b));
        permute(threads.len(), moved, |a, b| {
            swap_blocks(&mut self.locals, &threads[a].locals, &threads[b].locals);
        });
        permute(threads.len(), moved, |a, b| {
            swap_blocks(&mut self.ledger, &threads[a].overlapped, &threads[b].overlapped);
        });
    }
}

fn swap_blocks<T>(values: &mut [T], a: &Range<u16>, b: &Range<u16>) {
    for (x, y) in a.clone().zip(b.clone()) {
        values.swap(usize::from(x), usize::from(y));
    }
}
