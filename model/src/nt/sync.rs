//! Waits, events, semaphores and mutants by handle.

use crate::call::{Access, Timeout};
use crate::effect::{Effect, Observer};
use crate::ids::{Handle, Object, ThreadId};
use crate::ke::thread::{WaitEnd, WaitFor};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::status::NtStatus;

/// `MAXIMUM_WAIT_OBJECTS`
const MAXIMUM_WAIT_OBJECTS: usize = 64;

impl<O: Observer> Machine<'_, O> {
    /// The object a handle names, if a thread may wait for it.
    pub(crate) fn waitable(&self, thread: ThreadId, handle: Handle) -> Result<Object, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        match entry.object {
            Object::Job(_) | Object::Reserve(_) | Object::WaitPacket(_) => {
                Err(self.type_mismatch())
            }
            _ => self.granted(entry, Access::SYNCHRONIZE),
        }
    }

    /// Waits on one handle: `Ok(None)` means that the thread waits.
    pub(crate) fn wait_handle(
        &mut self,
        thread: ThreadId,
        handle: Handle,
        wait: WaitFor,
    ) -> Result<Option<WaitEnd>, NtStatus> {
        let object = self.waitable(thread, handle)?;
        Ok(self.wait_one(thread, object, wait))
    }

    /// Waits on several handles.
    pub(crate) fn wait_handles(
        &mut self,
        thread: ThreadId,
        handles: &[Handle],
        all: bool,
        wait: WaitFor,
    ) -> Result<Option<WaitEnd>, NtStatus> {
        if handles.is_empty() || handles.len() > MAXIMUM_WAIT_OBJECTS {
            return Err(self.invalid_parameter());
        }
        let objects = handles.iter().map(|handle| self.waitable(thread, *handle));
        let objects = objects.collect::<Result<Vec<_>, _>>()?;
        let twice = (1..objects.len()).any(|i| objects[..i].contains(&objects[i]));
        if all && twice {
            return Err(self.invalid_parameter());
        }
        Ok(self.wait_many(thread, objects, all, wait))
    }

    /// A delay of any kind. Zero only yields, which nobody counts as blocking.
    pub(crate) fn sleep(&mut self, thread: ThreadId, wait: WaitFor) -> Option<WaitEnd> {
        match self.delay(thread, wait)? {
            WaitEnd::Status(NtStatus::TIMEOUT) => {
                self.decide(Rule::YieldIsNoWait);
                Some(WaitEnd::Status(NtStatus::SUCCESS))
            }
            other => Some(other),
        }
    }

    /// Sets or resets an event; gives back its previous state.
    pub(crate) fn set_event(
        &mut self,
        thread: ThreadId,
        handle: Handle,
        signaled: bool,
    ) -> Result<bool, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Event(id) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, Access::MODIFY_STATE)?;
        let previous = std::mem::replace(&mut self.k.events[id].signaled, signaled);
        match (previous, signaled) {
            (false, true) => self.signal(Rule::EventWakesWaiters, Object::Event(id)),
            (true, false) => {
                let object = Object::Event(id);
                self.emit(Rule::EventWakesWaiters, Effect::Unsignaled { object });
            }
            _ => {}
        }
        Ok(previous)
    }

    /// Adds to a semaphore; gives back the previous count.
    pub(crate) fn release_semaphore(
        &mut self,
        thread: ThreadId,
        handle: Handle,
        count: u32,
    ) -> Result<u32, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Semaphore(id) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, Access::MODIFY_STATE)?;
        if count == 0 {
            return Err(self.invalid_parameter());
        }
        let semaphore = &mut self.k.semaphores[id];
        let previous = semaphore.count;
        match previous.checked_add(count) {
            Some(sum) if sum <= semaphore.maximum => semaphore.count = sum,
            _ => return Err(NtStatus::SEMAPHORE_LIMIT_EXCEEDED),
        }
        self.signal(Rule::SemaphoreReleases, Object::Semaphore(id));
        Ok(previous)
    }

    /// Gives a mutant back.
    pub(crate) fn release_mutant(
        &mut self,
        thread: ThreadId,
        handle: Handle,
    ) -> Result<(), NtStatus> {
        let Object::Mutant(id) = self.lookup(thread, handle)?.object else {
            return Err(self.type_mismatch());
        };
        let mutant = &mut self.k.mutants[id];
        if mutant.owner != Some(thread) {
            return Err(NtStatus::MUTANT_NOT_OWNED);
        }
        mutant.recursion -= 1;
        if mutant.recursion == 0 {
            mutant.owner = None;
            self.signal(Rule::MutantReleases, Object::Mutant(id));
        }
        Ok(())
    }
}

/// The arguments of a wait without alert.
pub(crate) fn wait_for(
    timeout: Timeout,
    alertable: bool,
    call: crate::ke::thread::Waiting,
) -> WaitFor {
    WaitFor { timeout, alertable, call, by: Handle::NULL }
}
