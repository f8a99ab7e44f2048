//! Waits on dispatcher objects, delays, and the end of any wait.

use crate::call::Timeout;
use crate::effect::{Effect, Observer};
use crate::ids::{Object, ThreadId};
use crate::ke::dispatcher::Waiter;
use crate::ke::thread::{Run, Wait, WaitEnd, WaitFor, WaitOn, Woken};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// Whether a wait on the object would end at once for this thread.
    pub(crate) fn is_signaled(&self, object: Object, thread: Option<ThreadId>) -> bool {
        match object {
            Object::Port(id) => !self.k.ports[id].packets.is_empty() || self.is_abandoned(id),
            Object::Event(id) => self.k.events[id].signaled,
            Object::Semaphore(id) => self.k.semaphores[id].count > 0,
            Object::Mutant(id) => {
                let owner = self.k.mutants[id].owner;
                owner.is_none() || (thread.is_some() && owner == thread)
            }
            Object::Thread(id) => matches!(self.k.threads[id].run, Run::Exited),
            Object::Process(id) => self.k.processes[id].exited,
            Object::File(id) => self.k.files[id].signaled,
            Object::Job(_) | Object::Reserve(_) | Object::WaitPacket(_) => false,
        }
    }

    /// What a satisfied wait takes from the object. Returns whether a mutant was abandoned.
    fn consume(&mut self, object: Object, thread: Option<ThreadId>) -> bool {
        match object {
            Object::Event(id) if !self.k.events[id].manual_reset => {
                self.k.events[id].signaled = false;
                self.emit(Rule::AutoResetReleasesOne, Effect::Unsignaled { object });
                false
            }
            Object::Semaphore(id) => {
                self.k.semaphores[id].count -= 1;
                false
            }
            Object::Mutant(id) => {
                let mutant = &mut self.k.mutants[id];
                mutant.owner = thread;
                mutant.recursion += 1;
                std::mem::take(&mut mutant.abandoned)
            }
            _ => false,
        }
    }

    /// Waits on one object; `None` means that the thread now waits.
    pub(crate) fn wait_one(
        &mut self,
        thread: ThreadId,
        object: Object,
        wait: WaitFor,
    ) -> Option<WaitEnd> {
        if self.is_signaled(object, Some(thread)) {
            let abandoned = self.consume(object, Some(thread));
            return Some(WaitEnd::Object { index: 0, abandoned });
        }
        self.wait_or_end(thread, WaitOn::One(object), wait)
    }

    /// Waits on several objects, for any or for all of them.
    pub(crate) fn wait_many(
        &mut self,
        thread: ThreadId,
        objects: Vec<Object>,
        all: bool,
        wait: WaitFor,
    ) -> Option<WaitEnd> {
        let on = if all { WaitOn::All(objects) } else { WaitOn::Any(objects) };
        match self.try_satisfy(thread, &on) {
            Some(end) => Some(end),
            None => self.wait_or_end(thread, on, wait),
        }
    }

    /// A delay. A zero delay only yields: nobody stops counting (A6).
    pub(crate) fn delay(&mut self, thread: ThreadId, wait: WaitFor) -> Option<WaitEnd> {
        self.wait_or_end(thread, WaitOn::Nothing, wait)
    }

    /// Ends a wait that its objects satisfy now, taking what it takes from them.
    pub(crate) fn try_satisfy(&mut self, thread: ThreadId, on: &WaitOn) -> Option<WaitEnd> {
        let signaled = |object: &Object| self.is_signaled(*object, Some(thread));
        match on {
            WaitOn::One(object) if signaled(object) => {
                let abandoned = self.consume(*object, Some(thread));
                Some(WaitEnd::Object { index: 0, abandoned })
            }
            WaitOn::Any(objects) => {
                let index = objects.iter().position(signaled)?;
                let abandoned = self.consume(objects[index], Some(thread));
                Some(WaitEnd::Object { index: index as u32, abandoned })
            }
            WaitOn::All(objects) if objects.iter().all(signaled) => {
                let mut abandoned = false;
                for object in objects {
                    abandoned |= self.consume(*object, Some(thread));
                }
                Some(WaitEnd::Object { index: 0, abandoned })
            }
            _ => None,
        }
    }

    fn wait_or_end(&mut self, thread: ThreadId, on: WaitOn, wait: WaitFor) -> Option<WaitEnd> {
        let WaitFor { timeout, alertable, call, .. } = wait;
        if alertable && !self.k.threads[thread].apcs.is_empty() {
            self.deliver_apcs(thread);
            return Some(WaitEnd::Status(NtStatus::USER_APC));
        }
        if timeout == Timeout::Zero {
            return Some(WaitEnd::Status(NtStatus::TIMEOUT));
        }
        self.link(thread, &on);
        let timer = matches!(timeout, Timeout::Finite(_));
        self.k.threads[thread].run = Run::Waiting(Wait { on, timer, alertable, call });
        self.emit(Rule::WaitBlocks, Effect::Waits { thread, timeout });
        self.stop_counting(thread);
        None
    }

    /// An attached thread that starts to wait elsewhere gives its slot up, which may release a
    /// waiter.
    pub(crate) fn stop_counting(&mut self, thread: ThreadId) {
        let Some(port) = self.k.threads[thread].attached else { return };
        if self.deviates(Deviation::BlockKeepsSlot) {
            return;
        }
        if self.deviates(Deviation::UnblockWaits) {
            self.k.threads[thread].attached = None;
        }
        self.release_slot(Rule::BlockReleasesSlot, port);
    }

    /// A thread that waited elsewhere counts again, whatever the limit says.
    pub(crate) fn start_counting(&mut self, rule: Rule, thread: ThreadId) {
        if !self.deviates(Deviation::BlockKeepsSlot) {
            self.count(rule, thread);
        }
    }

    fn wait_list(&mut self, object: Object) -> Option<&mut Vec<Waiter>> {
        Some(match object {
            Object::Port(id) => &mut self.k.ports.get_mut(id)?.waiters,
            Object::Event(id) => &mut self.k.events.get_mut(id)?.waiters,
            Object::Semaphore(id) => &mut self.k.semaphores.get_mut(id)?.waiters,
            Object::Mutant(id) => &mut self.k.mutants.get_mut(id)?.waiters,
            Object::Thread(id) => &mut self.k.threads.get_mut(id)?.waiters,
            Object::Process(id) => &mut self.k.processes.get_mut(id)?.waiters,
            Object::File(id) => &mut self.k.files.get_mut(id)?.waiters,
            Object::Job(_) | Object::Reserve(_) | Object::WaitPacket(_) => return None,
        })
    }

    pub(crate) fn link_waiter(&mut self, object: Object, waiter: Waiter) {
        if let Some(list) = self.wait_list(object) {
            list.push(waiter);
        }
    }

    pub(crate) fn unlink_waiter(&mut self, object: Object, waiter: Waiter) {
        if let Some(list) = self.wait_list(object) {
            list.retain(|w| *w != waiter);
        }
    }

    pub(crate) fn link(&mut self, thread: ThreadId, on: &WaitOn) {
        match on {
            WaitOn::One(object) => self.link_waiter(*object, Waiter::Thread(thread)),
            WaitOn::Any(objects) | WaitOn::All(objects) => {
                for object in objects {
                    self.link_waiter(*object, Waiter::Thread(thread));
                }
            }
            WaitOn::Port { port, .. } => {
                self.link_waiter(Object::Port(*port), Waiter::Remover(thread));
            }
            WaitOn::Nothing => {}
        }
    }

    /// The thread leaves every list it stands in, from whatever place.
    pub(crate) fn unlink(&mut self, thread: ThreadId) {
        let Run::Waiting(wait) = &self.k.threads[thread].run else { return };
        match wait.on {
            WaitOn::Port { port, .. } => {
                self.unlink_waiter(Object::Port(port), Waiter::Remover(thread));
            }
            WaitOn::One(object) => self.unlink_waiter(object, Waiter::Thread(thread)),
            WaitOn::Any(ref objects) | WaitOn::All(ref objects) => {
                for object in objects.clone() {
                    self.unlink_waiter(object, Waiter::Thread(thread));
                }
            }
            WaitOn::Nothing => {}
        }
    }

    /// The end of every real wait (`wake` of semantics.md A4): the thread leaves the lists and
    /// counts again, with no test against the limit.
    pub(crate) fn end_wait(&mut self, rule: Rule, thread: ThreadId, end: WaitEnd) {
        self.unlink(thread);
        let t = &mut self.k.threads[thread];
        let (Run::Waiting(wait) | Run::Retrying(wait)) =
            std::mem::replace(&mut t.run, Run::Running)
        else {
            return debug_assert!(false, "only a waiting thread is woken");
        };
        let on_port = matches!(wait.on, WaitOn::Port { .. });
        self.k.woken.push(Woken { thread, wait, end });
        if self.k.threads[thread].suspended > 0 {
            return;
        }
        if on_port {
            self.count(rule, thread);
        } else {
            self.start_counting(rule, thread);
        }
    }

    /// The object is signaled: who waits for it is looked at in order of arrival.
    pub(crate) fn signal(&mut self, rule: Rule, object: Object) {
        self.emit(rule, Effect::Signaled { object });
        let waiters = match self.wait_list(object) {
            Some(list) if !list.is_empty() => list.clone(),
            _ => return,
        };
        for waiter in waiters {
            if !self.is_signaled(object, None) {
                break;
            }
            self.satisfy_waiter(rule, object, waiter);
        }
    }

    /// Ends the wait of one waiter if the object, now signaled, is all it needs.
    pub(crate) fn satisfy_waiter(&mut self, rule: Rule, object: Object, waiter: Waiter) {
        match waiter {
            Waiter::Remover(_) => {}
            Waiter::Packet(packet) => {
                self.consume(object, None);
                self.fire_wait_packet(packet);
            }
            Waiter::Thread(thread) => {
                let Run::Waiting(wait) = &self.k.threads[thread].run else { return };
                let on = wait.on.clone();
                if let Some(end) = self.try_satisfy(thread, &on) {
                    self.emit(rule, Effect::WaitEnded { thread, status: NtStatus::SUCCESS });
                    self.end_wait(Rule::UnblockCounts, thread, end);
                }
            }
        }
    }

    /// The timer of a waiting thread fires.
    pub(crate) fn expire(&mut self, thread: ThreadId) {
        let Run::Waiting(wait) = &self.k.threads[thread].run else { return };
        let (rule, status) = match wait.on {
            WaitOn::Port { .. } => (Rule::TimeoutKeepsSlot, NtStatus::TIMEOUT),
            WaitOn::Nothing => (Rule::UnblockCounts, NtStatus::SUCCESS),
            _ => (Rule::UnblockCounts, NtStatus::TIMEOUT),
        };
        self.emit(rule, Effect::WaitEnded { thread, status });
        self.end_wait(rule, thread, WaitEnd::Status(status));
    }

    /// The thread waits for something outside the model.
    pub(crate) fn block(&mut self, thread: ThreadId) {
        self.k.threads[thread].run = Run::Blocked;
        self.emit(Rule::WaitBlocks, Effect::Blocked { thread });
        self.stop_counting(thread);
    }

    /// That wait ends.
    pub(crate) fn unblock(&mut self, thread: ThreadId) {
        self.k.threads[thread].run = Run::Running;
        self.emit(Rule::UnblockCounts, Effect::Unblocked { thread });
        if self.k.threads[thread].suspended == 0 {
            self.start_counting(Rule::UnblockCounts, thread);
        }
    }
}
