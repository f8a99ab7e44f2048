//! A case at work: the model's state, the handles that the case has, and what was done so far.
//!
//! Owns what each move means, which is the model's calls and nothing of its own. Everything is made
//! when it is first needed, so that a program has no step that it does not use.

mod alerts;
mod enabled;
mod family;
mod files;
mod more;
mod native;
mod objects;
mod port;
mod sockets;

use super::deed::{Act, Deed, Fate, Made};
use super::moves::{Case, Kind, Move, WORKERS_MAX};
use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::{
    Action, Call, Effect, Handle, Kernel, Object, Overlapped, ProcessId, Rule, Semantics, ThreadId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The thread that posts and closes, and never waits.
pub(super) const MASTER: &str = "M";
/// Names of the threads that remove.
const WORKERS: [&str; WORKERS_MAX as usize] = ["A", "B", "C", "D", "E", "F"];
/// OVERLAPPEDs that a case may use: each operation has its own.
const SLOTS_MAX: u16 = 60;
/// Ends of pipes that a case may have.
pub(super) const FILES: usize = 4;

/// A port of a case.
#[derive(Clone, PartialEq, Debug)]
struct PortOf {
    concurrency: u32,
    /// Its handles, the first one first; empty before it is made and after it is closed.
    handles: Vec<Handle>,
    made: bool,
    /// Whether it was made with a name.
    named: bool,
}

/// An end of a pipe or of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FileOf {
    NotYet,
    Open(Handle),
    Closed,
}

/// A case at work.
#[derive(Clone, PartialEq, Debug)]
pub struct World {
    kernel: Kernel,
    master: ThreadId,
    workers: Vec<ThreadId>,
    ports: Vec<PortOf>,
    files: [FileOf; FILES],
    /// The ends of a connection.
    sockets: [FileOf; 2],
    /// Which of them have been shut down, or disconnected.
    shut: [bool; 2],
    /// What each worker blocks on.
    events: Vec<Option<Handle>>,
    /// Handles of the workers themselves.
    threads: Vec<Option<Handle>>,
    /// The event that operations name.
    event: Option<Handle>,
    reserve: Option<Handle>,
    wait_packet: Option<(Handle, Handle)>,
    objects: objects::Objects,
    family: family::Family,
    /// Which pipes have cut their client off, by their server end.
    cut: [bool; FILES],
    /// The newest operation of each end of a pipe.
    newest: [Option<native::Newest>; FILES],
    posts: u64,
    slots: u16,
    /// The call that each thread is in, by deed.
    open: BTreeMap<ThreadId, usize>,
    deeds: Vec<Deed>,
    moves: usize,
    /// Rules of the last move.
    rules: BTreeSet<Rule>,
}

impl World {
    /// Nothing has happened yet.
    pub fn new(case: &Case, semantics: impl Into<Semantics>) -> World {
        let mut kernel = Kernel::new(semantics, 1);
        let master = kernel.create_thread(ProcessId(0));
        let count = usize::from(case.workers.clamp(1, WORKERS_MAX));
        let workers = (0..count).map(|_| kernel.create_thread(ProcessId(0))).collect();
        let port = |concurrency: &u8| PortOf {
            concurrency: u32::from(*concurrency),
            handles: Vec::new(),
            made: false,
            named: false,
        };
        World {
            kernel,
            master,
            workers,
            ports: case.ports.iter().map(port).collect(),
            files: [FileOf::NotYet; FILES],
            sockets: [FileOf::NotYet; 2],
            shut: [false; 2],
            events: vec![None; count],
            threads: vec![None; count],
            event: None,
            reserve: None,
            wait_packet: None,
            objects: objects::Objects::default(),
            family: family::Family::default(),
            cut: [false; FILES],
            newest: [None; FILES],
            posts: 0,
            slots: 0,
            open: BTreeMap::new(),
            deeds: Vec::new(),
            moves: 0,
            rules: BTreeSet::new(),
        }
    }

    /// A whole case.
    pub fn after(case: &Case, semantics: impl Into<Semantics>) -> World {
        let mut world = World::new(case, semantics);
        for m in &case.moves {
            world.act(*m);
        }
        world
    }

    /// Makes a move, if it is possible now; says whether it was.
    pub fn act(&mut self, m: Move) -> bool {
        self.rules.clear();
        let done = self.is_possible(m) && self.perform(m);
        self.moves += 1;
        done
    }

    fn perform(&mut self, m: Move) -> bool {
        match m.kind {
            Kind::Post => self.post(m),
            Kind::Remove => self.remove(m),
            Kind::Block => self.block(m),
            Kind::Unblock => self.unblock(m),
            Kind::Depth => self.ask_depth(m),
            Kind::Exit => self.call(self.worker(m), Call::ExitThread {}),
            Kind::Close => self.close(m),
            Kind::Bind => self.bind(m),
            Kind::Write | Kind::Read => self.transfer(m),
            Kind::Modes => self.set_modes(m),
            Kind::Cancel => self.cancel(m),
            Kind::CloseFile => self.close_file(m),
            Kind::WaitPort => self.wait_for_port(m),
            Kind::Duplicate => self.duplicate(m),
            Kind::Suspend => self.suspend(m),
            Kind::Resume => self.resume(m),
            Kind::ReservePost => self.reserve_post(m),
            Kind::WaitPacket => self.associate_wait_packet(m),
            Kind::Signal => self.signal(),
            Kind::Alertable => self.wait_alertably(m),
            Kind::QueueApc => self.queue_apc(m),
            Kind::TakeBack => self.take_wait_packet_back(m),
            Kind::Rebind => self.rebind(m),
            Kind::BindSocket => self.bind_socket(m),
            Kind::Send | Kind::Receive => self.talk(m),
            Kind::ShutDown => self.shut_down(m),
            Kind::CloseSocket => self.close_socket(m),
            Kind::WaitObject => self.wait_for_object(m),
            Kind::Release => self.release(m),
            Kind::CloseObject => self.close_object(m),
            Kind::ResetEvent => self.reset_event(m),
            Kind::Start => self.start_worker(),
            Kind::Terminate => self.terminate(m),
            Kind::JobPort => self.set_job_port(m),
            Kind::StartProcess => self.start_process(),
            Kind::JoinJob => self.join_job(m),
            Kind::EndProcess => self.end_process(m),
            Kind::Name => self.name_port(m),
            Kind::BindNative => self.bind_natively(m),
            Kind::Native => self.transfer_natively(m),
            Kind::Pipe => self.serve(m),
            Kind::Result => self.ask_result(m),
            Kind::CancelOne => self.cancel_one(m),
            Kind::NativeModes => self.modes_natively(m),
            Kind::Disconnect => self.disconnect(m),
            Kind::Ask => self.ask_socket(m),
            Kind::Rest => self.rest(m),
        }
    }

    /// The state of the model.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// What was done, in order.
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// The rules that the last move followed.
    pub fn rules(&self) -> &BTreeSet<Rule> {
        &self.rules
    }

    /// The concurrency value of each port, as the case gives it.
    pub fn limits(&self) -> Vec<u8> {
        self.ports.iter().map(|port| port.concurrency as u8).collect()
    }

    /// How many threads remove packets.
    pub fn worker_count(&self) -> u8 {
        self.workers.len() as u8
    }

    /// The name of a thread.
    pub fn name(&self, thread: ThreadId) -> &'static str {
        match self.workers.iter().position(|worker| *worker == thread) {
            Some(index) => WORKERS[index],
            None => MASTER,
        }
    }

    /// The workers.
    pub(super) fn workers(&self) -> &[ThreadId] {
        &self.workers
    }

    /// The ports of the model that the case has made and not closed.
    pub(super) fn open_ports(&self) -> impl Iterator<Item = &iocp_model::ke::queue::Port> {
        self.ports.iter().filter_map(|port| match self.object(*port.handles.first()?)? {
            Object::Port(id) => self.kernel.port(id),
            _ => None,
        })
    }

    fn object(&self, handle: Handle) -> Option<Object> {
        self.kernel.resolve(ProcessId(0), handle)
    }

    fn worker_index(&self, m: Move) -> usize {
        usize::from(m.who) % self.workers.len()
    }

    fn worker(&self, m: Move) -> ThreadId {
        self.workers[self.worker_index(m)]
    }

    /// Who posts, reads and writes: the master is worker 0 here.
    fn poster(&self, m: Move) -> ThreadId {
        match usize::from(m.who) % (self.workers.len() + 1) {
            0 => self.master,
            n => self.workers[n - 1],
        }
    }

    fn runs(&self, thread: ThreadId) -> bool {
        self.kernel.thread(thread).is_some_and(|thread| thread.is_active())
    }

    /// Whether a worker waits for its own event.
    fn is_blocked(&self, worker: usize) -> bool {
        let Some(Object::Event(event)) = self.events[worker].and_then(|e| self.object(e)) else {
            return false;
        };
        let run = self.kernel.thread(self.workers[worker]).map(|thread| &thread.run);
        matches!(run, Some(Run::Waiting(wait)) if wait.on == WaitOn::One(Object::Event(event)))
    }

    /// Has a thread make a call that opens a handle; `None` if it opened none.
    fn make(&mut self, thread: ThreadId, call: Call, name: &str) -> Option<Handle> {
        if self.call(thread, call) { self.bound(name) } else { None }
    }

    /// Gives a name to the handle that the last call has opened, if it has.
    fn bound(&mut self, name: &str) -> Option<Handle> {
        let Some(Deed { act: Act::Call(made), .. }) = self.deeds.last_mut() else { return None };
        let (handle, bound) = made.bind.first_mut()?;
        name.clone_into(bound);
        Some(*handle)
    }

    /// Has a thread make a call. `false` if the model does not say what that does.
    fn call(&mut self, thread: ThreadId, call: Call) -> bool {
        let action = Action::Call { thread, call: call.clone() };
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        if self.kernel.apply(action, &mut effects).is_err() {
            return false;
        }
        let mut bind = Vec::new();
        for (_, effect) in &effects {
            // What a child inherits has names in the child only.
            if let Effect::HandleOpened { process: ProcessId(0), handle, .. } = effect {
                bind.push((*handle, String::new()));
            }
        }
        let index = self.deeds.len();
        let made = Made { call, bind, waits: None, fate: Fate::Never };
        let act = Act::Call(made);
        self.deeds.push(Deed { thread, act, of_move: self.moves, waiting: None });
        self.open.insert(thread, index);
        self.note(effects);
        self.follow();
        let waits = self.open.contains_key(&thread);
        if let Act::Call(made) = &mut self.deeds[index].act {
            made.waits = Some(waits);
        }
        self.deeds[index].waiting = Some(self.open.values().copied().collect());
        true
    }

    /// The time of a wait is up. Whether the call was still waiting when everything had settled
    /// before is a race against the clock, so that nothing is expected of it.
    fn expire(&mut self, thread: ThreadId) {
        if let Some(Deed { act: Act::Call(made), waiting, .. }) = self.deeds.last_mut() {
            (made.waits, *waiting) = (None, None);
        }
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        if self.kernel.apply(Action::Expire { thread }, &mut effects).is_ok() {
            self.note(effects);
            self.follow();
        }
        self.await_return(thread);
    }

    /// The call that a thread is in is given the time that it takes to return.
    fn await_return(&mut self, thread: ThreadId) {
        let waiting = Some(self.open.values().copied().collect());
        self.deeds.push(Deed { thread, act: Act::Await, of_move: self.moves, waiting });
    }

    /// What follows at once: a woken waiter asks again, a canceled operation ends.
    fn follow(&mut self) {
        loop {
            let mut enabled = Vec::new();
            self.kernel.enabled(&mut enabled);
            let at_once =
                |a: &Action| matches!(a, Action::Retry { .. } | Action::FinishCancel { .. });
            let Some(action) = enabled.into_iter().find(at_once) else { return };
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            if self.kernel.apply(action, &mut effects).is_err() {
                return;
            }
            self.note(effects);
        }
    }

    /// Writes down what effects say of calls.
    fn note(&mut self, effects: Vec<(Rule, Effect)>) {
        for (rule, effect) in effects {
            self.rules.insert(rule);
            let (thread, fate) = match effect {
                Effect::Returned { thread, result } => (thread, Fate::Returns(result)),
                Effect::Exited { thread } => (thread, Fate::Exits),
                _ => continue,
            };
            let deed = self.open.remove(&thread).and_then(|index| self.deeds.get_mut(index));
            if let Some(Deed { act: Act::Call(made), .. }) = deed {
                made.fate = fate;
            }
        }
    }

    /// An OVERLAPPED that nothing else uses.
    fn slot(&mut self) -> Overlapped {
        self.slots += 1;
        Overlapped::numbered(1 + self.slots)
    }
}
