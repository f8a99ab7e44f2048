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

use iocp_model::code::{Code, Sink};
use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, Wait, WaitOn};
use iocp_model::{Kernel, ThreadId};

use crate::program::{Instruction, Program};
use crate::value::Expr;
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

/// How states are cut; the same for all states of a program.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    /// Kernel threads.
    threads: usize,
    /// Every step depends on everything: a deviation may let go anybody, a scripted order is
    /// everybody's, and who reads what a poll reported reads what the kernel has written.
    whole: bool,
}

impl Cut {
    pub(crate) fn of(program: &Program) -> Cut {
        let departs = program.semantics.deviations().next().is_some();
        let threads = thread_slots(&program.start.kernel);
        Cut { threads, whole: departs || !program.order.is_empty() || reads_memory(program) }
    }
}

/// Whether a test or an assignment reads more than the thread itself.
fn reads_memory(program: &Program) -> bool {
    let mut instructions = program.codes.iter().flat_map(|code| &code.instructions);
    instructions.any(|instruction| {
        let mut found = false;
        instruction.tested(&mut |expr| {
            expr.walk(&mut |expr| found |= matches!(expr, Expr::Observe(_)));
        });
        found
    })
}

impl Program {
    pub(crate) fn kernel_threads(&self) -> usize {
        self.cut.threads
    }

    pub(crate) fn all_parts(&self) -> usize {
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

    pub(crate) fn every_part(&self) -> u128 {
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

    /// The parts that a step at a port depends on besides the thread's own: the ports, the rest
    /// of the kernel, and whoever stands on top of a stack of waiters; everything if somebody else
    /// waits there too.
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

    /// What [`scope_of`](Self::scope_of) must know of a part.
    pub(crate) fn digest_of(&self, world: &World, part: usize) -> u128 {
        let threads = self.kernel_threads();
        let reach = if part == 0 {
            return self.port_parts(world);
        } else if part <= threads {
            reach_of_wait(world, ThreadId(part as u16 - 1))
        } else if part == threads + 1 {
            if world.kernel.irps().is_empty() { Reach::Nothing } else { Reach::Everything }
        } else if part < self.all_parts() - 1 {
            self.reach_of_lane(world, part - threads - 2)
        } else if world.stuck {
            Reach::Nothing
        } else {
            Reach::Everything
        };
        reach as u128
    }

    pub(crate) fn scope_of(&self, digests: &[u128], actor: usize) -> u128 {
        let (threads, last) = (self.kernel_threads(), self.all_parts() - 1);
        if digests.len() == 1 || self.cut.whole {
            return self.every_part();
        }
        if digests[last] == Reach::Nothing as u128 {
            return 0;
        }
        let reach = if actor == self.threads.len() {
            digests[threads + 1]
        } else {
            match (digests[threads + 2 + actor], self.threads[actor].kernel) {
                (lane, _) if lane != Reach::Wait as u128 => lane,
                (_, Some(thread)) => digests[1 + thread.index()],
                (_, None) => Reach::Everything as u128,
            }
        };
        match reach {
            reach if reach == Reach::Nothing as u128 => 0,
            reach if reach == Reach::Own as u128 => self.own_parts(actor),
            reach if reach == Reach::Port as u128 => self.own_parts(actor) | digests[0],
            _ => self.every_part(),
        }
    }

    fn reach_of_lane(&self, world: &World, actor: usize) -> Reach {
        match world.lanes[actor].state {
            LaneState::Created | LaneState::Done => Reach::Nothing,
            LaneState::Blocked => Reach::Port,
            LaneState::InCall => Reach::Wait,
            LaneState::Ready => self.reach_at(actor, world.lanes[actor].pc),
        }
    }

    fn reach_at(&self, actor: usize, pc: u16) -> Reach {
        let instructions = &self.code(actor).instructions;
        match &instructions[usize::from(pc)] {
            Instruction::Work(..)
            | Instruction::Load { .. }
            | Instruction::Store { .. }
            | Instruction::Exchange { .. }
            | Instruction::CompareAndSwap { .. }
            | Instruction::Add { .. }
            | Instruction::SpinUntil(_) => Reach::Own,
            Instruction::Block(_) => Reach::Port,
            Instruction::Call(site) if AT_A_PORT.contains(&site.function.name) => Reach::Port,
            Instruction::Choose(ways) => {
                let reach = |way: &u16| match straight(instructions, *way) {
                    Some(pc) => self.reach_at(actor, pc),
                    None => Reach::Everything,
                };
                ways.iter().map(reach).max().unwrap_or(Reach::Own)
            }
            _ => Reach::Everything,
        }
    }
}

/// How far the next steps of a thread reach: the more, the later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reach {
    /// It has none.
    Nothing,
    /// Its own parts.
    Own,
    /// Those and the ports.
    Port,
    /// Anywhere.
    Everything,
    /// It is inside a call: what its kernel thread waits for decides.
    Wait,
}

/// What a thread inside a call can do is time out.
fn reach_of_wait(world: &World, thread: ThreadId) -> Reach {
    match world.kernel.thread(thread).map(|thread| &thread.run) {
        Some(Run::Waiting(wait)) if !wait.timer => Reach::Nothing,
        Some(Run::Waiting(Wait { on: WaitOn::Port { .. }, .. })) => Reach::Port,
        _ => Reach::Everything,
    }
}
