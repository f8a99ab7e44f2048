//! The encoding of a state, cut into parts, and which parts an actor's next steps depend on.
//!
//! ```text
//! 0            the kernel up to its threads: semantics and all ports
//! 1 ..= T      the kernel's threads, by number
//! T + 1        the rest of the kernel: processes with their handles, files, events, ...
//! T + 2 ..     the lanes, each with its locals
//! last         shared variables, the ledger, operations, the scripted order
//! ```
//!
//! Why a scope is enough, step by step. The last part is in every scope, for every step may be
//! refused, which it says there, and `publish` writes there. A step by a thread depends on and
//! changes its own lane and its own kernel thread. `work` and accesses to shared variables touch
//! nothing else. A remove, a post, a `block`, the end of a `block` and a timeout at a port look at
//! the ports and (for handles) at the rest of the kernel, and they let go at most the topmost
//! waiter of a port: so these parts and the topmost waiters of all ports are in the scope. Every
//! other step has every part in its scope; so has every step under a deviation (which may let go
//! anybody), under a scripted order, behind a `choose` that is not straight, and while anybody but
//! removers waits for a port (for a queued packet lets go of all of those).

use iocp_model::Kernel;
use iocp_model::code::{Code, Sink};
use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::Run;

use crate::program::{Instruction, Program};
use crate::world::enabled::straight;
use crate::world::{LaneState, World};

/// As many as a set holds.
const MOST_PARTS: usize = 128;

/// Calls that touch a port and nothing behind it.
const AT_A_PORT: [&str; 6] = [
    "PostQueuedCompletionStatus",
    "NtSetIoCompletion",
    "GetQueuedCompletionStatus",
    "GetQueuedCompletionStatusEx",
    "NtRemoveIoCompletion",
    "NtRemoveIoCompletionEx",
];

/// Counts bytes.
#[derive(Default)]
struct Counter(usize);

impl Sink for Counter {
    #[inline]
    fn push(&mut self, _: u8) {
        self.0 += 1;
    }
}

fn length(value: &impl Code) -> usize {
    let mut counter = Counter::default();
    value.put(&mut counter);
    counter.0
}

fn thread_slots(kernel: &Kernel) -> usize {
    kernel.threads().ids().next_back().map_or(0, |id| id.index() + 1)
}

impl Program {
    fn kernel_threads(&self) -> usize {
        thread_slots(&self.start.kernel)
    }

    fn all_parts(&self) -> usize {
        3 + self.kernel_threads() + self.threads.len()
    }

    pub(crate) fn number_of_parts(&self) -> usize {
        let parts = self.all_parts();
        if parts <= MOST_PARTS { parts } else { 1 }
    }

    /// The bytes of [`World::encode`], with the ends of the parts.
    pub(crate) fn encode_in_parts(&self, world: &World, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        let start = bytes.len();
        if self.number_of_parts() == 1 {
            world.encode(self, bytes);
            ends.push((bytes.len() - start) as u32);
            return;
        }
        let kernel = &world.kernel;
        kernel.encode(bytes);
        let mut end = length(&self.semantics) + length(&self.processors) + length(kernel.ports());
        ends.push(end as u32);
        // The length of the table goes with the first thread.
        let slots = thread_slots(kernel);
        end += length(&(slots as u64));
        for slot in 0..self.kernel_threads() {
            if slot < slots {
                let thread = kernel.thread(iocp_model::ThreadId(slot as u16));
                end += 1 + thread.map_or(0, length);
            }
            ends.push(end as u32);
        }
        ends.push((bytes.len() - start) as u32);
        for actor in 0..self.threads.len() {
            world.put_lane(self, actor, bytes);
            ends.push((bytes.len() - start) as u32);
        }
        world.put_rest(bytes);
        ends.push((bytes.len() - start) as u32);
    }

    fn every_part(&self) -> u128 {
        match self.number_of_parts() {
            128 => u128::MAX,
            parts => (1 << parts) - 1,
        }
    }

    /// A thread's lane, its kernel thread, and the last part.
    fn own_parts(&self, actor: usize) -> u128 {
        let lane = self.kernel_threads() + 2 + actor;
        let last = self.all_parts() - 1;
        let own = 1 << lane | 1 << last;
        match self.threads[actor].kernel {
            Some(thread) => own | 1 << (1 + thread.index()),
            None => own,
        }
    }

    /// The ports, the rest of the kernel, and whoever stands on top of a stack of waiters;
    /// everything if somebody else waits there too.
    fn port_parts(&self, world: &World) -> u128 {
        let mut parts = 1 | 1 << (self.kernel_threads() + 1);
        for (_, port) in world.kernel.ports().iter() {
            if port.waiters.iter().any(|waiter| !matches!(waiter, Waiter::Remover(_))) {
                return self.every_part();
            }
            if let Some(top) = port.stack().next() {
                match self.actor(top) {
                    Some(actor) => parts |= self.own_parts(actor),
                    None => return self.every_part(),
                }
            }
        }
        parts
    }

    pub(crate) fn scope_of(&self, world: &World, actor: usize) -> u128 {
        if world.stuck {
            return 0;
        }
        let departs = self.semantics.deviations().next().is_some();
        if self.number_of_parts() == 1 || departs || !self.order.is_empty() {
            return self.every_part();
        }
        if actor == self.threads.len() {
            return if world.kernel.irps().is_empty() { 0 } else { self.every_part() };
        }
        match world.lanes[actor].state {
            LaneState::Created | LaneState::Done => 0,
            LaneState::Blocked => self.own_parts(actor) | self.port_parts(world),
            LaneState::InCall => self.scope_of_wait(world, actor),
            LaneState::Ready => {
                self.own_parts(actor) | self.scope_at(world, actor, world.lanes[actor].pc)
            }
        }
    }

    /// What a thread inside a call can do is time out.
    fn scope_of_wait(&self, world: &World, actor: usize) -> u128 {
        let thread = self.threads[actor].kernel.and_then(|id| world.kernel.thread(id));
        match thread.map(|thread| &thread.run) {
            Some(Run::Waiting(wait)) if !wait.timer => 0,
            Some(Run::Waiting(_)) if world.parked_on(self, actor).is_some() => {
                self.own_parts(actor) | self.port_parts(world)
            }
            _ => self.every_part(),
        }
    }

    fn scope_at(&self, world: &World, actor: usize, pc: u16) -> u128 {
        let instructions = &self.code(actor).instructions;
        match &instructions[usize::from(pc)] {
            Instruction::Work(..)
            | Instruction::Load { .. }
            | Instruction::Store { .. }
            | Instruction::Exchange { .. }
            | Instruction::CompareAndSwap { .. }
            | Instruction::Add { .. }
            | Instruction::SpinUntil(_) => 0,
            Instruction::Block(_) => self.port_parts(world),
            Instruction::Call(site) if AT_A_PORT.contains(&site.function.name) => {
                self.port_parts(world)
            }
            Instruction::Choose(ways) => ways.iter().fold(0, |parts, way| {
                parts
                    | match straight(instructions, *way) {
                        Some(pc) => self.scope_at(world, actor, pc),
                        None => self.every_part(),
                    }
            }),
            _ => self.every_part(),
        }
    }
}
