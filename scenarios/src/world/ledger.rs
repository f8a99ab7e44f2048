//! Who owns an OVERLAPPED: the program, the kernel, a queued packet, or nobody any more.
//!
//! Only "allocated" and "freed" are kept; the rest can be read off the kernel. Posting the same
//! OVERLAPPED twice is legal (libevent does it); starting an operation with one that is owned, or
//! freeing it, is not.

use iocp_model::Overlapped;

use super::World;
use crate::fault::FaultKind;
use crate::program::Structure;
use crate::value::Owner;

/// What the program has done with an OVERLAPPED.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Memory {
    /// It is there from the start to the end.
    Static,
    Unallocated,
    Allocated,
    Freed,
}

impl Memory {
    pub(super) fn first(structure: &Structure) -> Memory {
        if structure.allocated { Memory::Unallocated } else { Memory::Static }
    }

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    pub(super) const fn from_number(number: u8) -> Memory {
        match number {
            0 => Memory::Static,
            1 => Memory::Unallocated,
            2 => Memory::Allocated,
            _ => Memory::Freed,
        }
    }
}

impl World {
    fn memory(&self, at: Overlapped) -> Option<Memory> {
        self.ledger.get(usize::from(at.number()?)).copied()
    }

    /// Who owns what is at this address.
    pub(crate) fn owner(&self, at: Overlapped) -> Owner {
        match self.memory(at) {
            Some(Memory::Freed) => Owner::Freed,
            Some(Memory::Unallocated) => Owner::Unallocated,
            _ => self.holder(at),
        }
    }

    /// Who besides the program holds the address, freed or not.
    fn holder(&self, at: Overlapped) -> Owner {
        if self.kernel.irps().iter().any(|(_, irp)| irp.request.status_block == at) {
            return Owner::Kernel;
        }
        let mut ports = self.kernel.ports().iter();
        let queued = ports.any(|(_, port)| port.packets.iter().any(|p| p.overlapped == at));
        if queued { Owner::Packet } else { Owner::Program }
    }

    /// What is wrong with starting an operation with it.
    pub(super) fn check_use(&self, at: Overlapped) -> Option<FaultKind> {
        if at == Overlapped::NULL {
            return None;
        }
        match self.memory(at) {
            Some(Memory::Freed | Memory::Unallocated) => Some(FaultKind::UsedFreed(at)),
            None => None,
            Some(Memory::Static | Memory::Allocated) => match self.holder(at) {
                Owner::Program => None,
                owner => Some(FaultKind::Reused(at, owner)),
            },
        }
    }

    /// What is wrong with passing it on in a packet.
    pub(super) fn check_post(&self, at: Overlapped) -> Option<FaultKind> {
        let gone = matches!(self.memory(at), Some(Memory::Freed | Memory::Unallocated));
        gone.then_some(FaultKind::UsedFreed(at))
    }

    /// What is wrong with the kernel writing to it.
    pub(super) fn check_write(&self, at: Overlapped) -> Option<FaultKind> {
        let gone = matches!(self.memory(at), Some(Memory::Freed | Memory::Unallocated));
        gone.then_some(FaultKind::WrittenFreed(at))
    }

    /// Frees it; what is wrong with that.
    pub(super) fn free(&mut self, at: Overlapped) -> Option<FaultKind> {
        let Some(memory) = self.memory(at) else { return Some(FaultKind::NoSuchOverlapped(at)) };
        if let Some(number) = at.number() {
            self.ledger[usize::from(number)] = Memory::Freed;
        }
        match memory {
            Memory::Freed | Memory::Unallocated => Some(FaultKind::FreedTwice(at)),
            Memory::Static | Memory::Allocated => match self.holder(at) {
                Owner::Program => None,
                owner => Some(FaultKind::FreedOwned(at, owner)),
            },
        }
    }

    /// Allocates it; what is wrong with that.
    pub(super) fn allocate(&mut self, at: Overlapped) -> Option<FaultKind> {
        let Some(memory) = self.memory(at) else { return Some(FaultKind::NoSuchOverlapped(at)) };
        if let Some(number) = at.number() {
            self.ledger[usize::from(number)] = Memory::Allocated;
        }
        match memory {
            Memory::Freed | Memory::Unallocated => None,
            Memory::Static | Memory::Allocated => Some(FaultKind::AllocatedTwice(at)),
        }
    }

    /// Whether something that was allocated is still there.
    pub(crate) fn leaks(&self) -> impl Iterator<Item = u16> + '_ {
        let allocated = |memory: &Memory| *memory == Memory::Allocated;
        (0u16..).zip(&self.ledger).filter(move |(_, m)| allocated(m)).map(|(number, _)| number)
    }
}
