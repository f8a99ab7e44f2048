//! The same state under other names: threads exchanged, OVERLAPPEDs exchanged.
//!
//! The kernel treats threads alike (their numbers decide nothing) and never looks behind an
//! OVERLAPPED's address, so an action under new names leads where the old one led, under new
//! names. Symmetry reduction stands on this; a property test holds it to it.

use crate::effect::Apc;
use crate::ids::{Object, Overlapped, ThreadId};
use crate::ke::dispatcher::Waiter;
use crate::ke::queue::Port;
use crate::ke::thread::{Run, Thread, WaitOn, Waiting};
use crate::kernel::Kernel;

/// New names for old ones. Both maps must be one to one.
pub trait Renaming {
    /// The new name of a thread.
    fn thread(&self, thread: ThreadId) -> ThreadId;
    /// The new address of an OVERLAPPED.
    fn overlapped(&self, at: Overlapped) -> Overlapped;
}

/// Moves what is at each place to its new place by exchanges: each circle of the permutation from
/// its least place on.
pub fn permute(count: usize, to: impl Fn(usize) -> usize, mut exchange: impl FnMut(usize, usize)) {
    let circle = |start| std::iter::successors(Some(to(start)), |place| Some(to(*place)));
    for start in 0..count {
        let rest = || circle(start).take_while(|place| *place != start);
        if rest().all(|place| place > start) {
            rest().for_each(|place| exchange(start, place));
        }
    }
}

impl Kernel {
    /// Gives everything its new name, in place.
    pub fn rename(&mut self, renaming: &impl Renaming) {
        self.threads.permute(|id| renaming.thread(id));
        self.threads.change(holds_names, |thread| rename_thread(thread, renaming));
        let holds = |port: &Port| !port.waiters.is_empty() || !port.packets.is_empty();
        self.ports.change(holds, |port| {
            rename_waiters(&mut port.waiters, renaming);
            for packet in &mut port.packets {
                packet.overlapped = renaming.overlapped(packet.overlapped);
            }
        });
        self.rename_objects(renaming);
        self.rename_operations(renaming);
    }

    fn rename_objects(&mut self, renaming: &impl Renaming) {
        self.events.change(
            |event| !event.waiters.is_empty(),
            |event| rename_waiters(&mut event.waiters, renaming),
        );
        self.semaphores.change(
            |semaphore| !semaphore.waiters.is_empty(),
            |semaphore| rename_waiters(&mut semaphore.waiters, renaming),
        );
        self.mutants.change(
            |mutant| mutant.owner.is_some() || !mutant.waiters.is_empty(),
            |mutant| {
                mutant.owner = mutant.owner.map(|owner| renaming.thread(owner));
                rename_waiters(&mut mutant.waiters, renaming);
            },
        );
        self.files.change(
            |file| !file.waiters.is_empty(),
            |file| rename_waiters(&mut file.waiters, renaming),
        );
    }

    fn rename_operations(&mut self, renaming: &impl Renaming) {
        self.irps.change(
            |_| true,
            |irp| {
                let request = &mut irp.request;
                request.thread = renaming.thread(request.thread);
                request.status_block = renaming.overlapped(request.status_block);
                request.context = renaming.overlapped(Overlapped(request.context)).0;
            },
        );
        for info in &mut self.poll_infos {
            info.at = renaming.overlapped(info.at);
        }
        self.poll_infos.sort_unstable();
        let memory = |kernel: &Kernel| {
            kernel.processes.iter().any(|(_, p)| {
                !p.status_blocks.is_empty()
                    || !p.waiters.is_empty()
                    || p.handles.iter().flatten().any(|e| matches!(e.object, Object::Thread(_)))
            })
        };
        // Handle tables are shared between states: only one that changes is copied.
        if !memory(self) {
            return;
        }
        for id in self.processes.ids().collect::<Vec<_>>() {
            let process = &mut self.processes[id];
            rename_waiters(&mut process.waiters, renaming);
            for entry in process.handles.iter_mut().flatten() {
                entry.object = rename_object(entry.object, renaming);
            }
            for block in &mut process.status_blocks {
                block.at = renaming.overlapped(block.at);
            }
            process.status_blocks.sort_by_key(|block| block.at);
        }
    }
}

/// Whether a thread knows of others, or of an OVERLAPPED.
fn holds_names(thread: &Thread) -> bool {
    let waits = matches!(thread.run, Run::Waiting(_) | Run::Retrying(_));
    waits || !thread.waiters.is_empty() || !thread.apcs.is_empty()
}

fn rename_thread(thread: &mut Thread, renaming: &impl Renaming) {
    rename_waiters(&mut thread.waiters, renaming);
    for apc in &mut thread.apcs {
        if let Apc::Completion { overlapped, .. } = apc {
            *overlapped = renaming.overlapped(*overlapped);
        }
    }
    if let Run::Waiting(wait) | Run::Retrying(wait) = &mut thread.run {
        match &mut wait.on {
            WaitOn::One(object) => *object = rename_object(*object, renaming),
            WaitOn::Any(objects) | WaitOn::All(objects) => {
                objects.iter_mut().for_each(|o| *o = rename_object(*o, renaming));
            }
            WaitOn::Port { .. } | WaitOn::Nothing => {}
        }
        if let Waiting::OverlappedResult { overlapped, .. } = &mut wait.call {
            *overlapped = renaming.overlapped(*overlapped);
        }
    }
}

fn rename_object(object: Object, renaming: &impl Renaming) -> Object {
    match object {
        Object::Thread(thread) => Object::Thread(renaming.thread(thread)),
        other => other,
    }
}

fn rename_waiters(waiters: &mut [Waiter], renaming: &impl Renaming) {
    for waiter in waiters {
        *waiter = match *waiter {
            Waiter::Thread(thread) => Waiter::Thread(renaming.thread(thread)),
            Waiter::Remover(thread) => Waiter::Remover(renaming.thread(thread)),
            packet @ Waiter::Packet(_) => packet,
        };
    }
}
