//! The state of everything, and the one function that changes it.

use std::cell::Cell;

use crate::action::{Action, Refusal};
use crate::code::{Code, Short, Sink};
use crate::effect::{Effect, Observer};
use crate::fingerprint::fingerprint;
use crate::ids::*;
use crate::io::file::FileObject;
use crate::io::job::Job;
use crate::io::poll::PollInfo;
use crate::io::request::{Irp, Request};
use crate::io::reserve::Reserve;
use crate::io::wait_packet::WaitPacket;
use crate::ke::dispatcher::{Event, Mutant, Semaphore};
use crate::ke::queue::Port;
use crate::ke::thread::{Run, Thread, Woken};
use crate::machine::Machine;
use crate::ob::process::{Process, StatusBlock};
use crate::rules::Rule;
use crate::semantics::{Deviation, Deviations, Semantics};
use crate::shared::Shared;
use crate::status::NtStatus;
use crate::table::Table;

/// All kernel objects. See the [crate documentation](crate) for what they are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Kernel {
    pub(crate) semantics: Semantics,
    pub(crate) processors: u32,
    pub(crate) ports: Table<PortId, Port>,
    pub(crate) threads: Table<ThreadId, Thread>,
    /// Handle tables and user memory change far more seldom than queues and threads do.
    pub(crate) processes: Shared<Table<ProcessId, Process>>,
    pub(crate) files: Table<FileId, FileObject>,
    pub(crate) irps: Table<IrpId, Irp>,
    pub(crate) events: Table<EventId, Event>,
    pub(crate) semaphores: Table<SemaphoreId, Semaphore>,
    pub(crate) mutants: Table<MutantId, Mutant>,
    pub(crate) jobs: Table<JobId, Job>,
    pub(crate) reserves: Table<ReserveId, Reserve>,
    pub(crate) wait_packets: Table<WaitPacketId, WaitPacket>,
    /// Every `AFD_POLL_INFO` that AFD has written, by process and address.
    pub(crate) poll_infos: Vec<PollInfo>,
    /// Objects without a handle that something still refers to, in order.
    pub(crate) orphans: Vec<Object>,
    /// Threads whose wait has ended and that have not returned: empty between actions.
    pub(crate) woken: Vec<Woken>,
}

/// What [`Kernel::step`] gives: the next state, and what an observer saw.
#[must_use]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The state after the action.
    pub next: Kernel,
    /// The effects in order, each with its rule.
    pub effects: Vec<(Rule, Effect)>,
}

impl Kernel {
    /// A kernel with one process (`ProcessId(0)`), no threads and no objects.
    ///
    /// `processors` is what a concurrency value of 0 stands for.
    pub fn new(semantics: impl Into<Semantics>, processors: u32) -> Kernel {
        let mut kernel = Kernel {
            semantics: semantics.into(),
            processors: processors.max(1),
            ports: Table::new(),
            threads: Table::new(),
            processes: Shared::new(Table::new()),
            files: Table::new(),
            irps: Table::new(),
            events: Table::new(),
            semaphores: Table::new(),
            mutants: Table::new(),
            jobs: Table::new(),
            reserves: Table::new(),
            wait_packets: Table::new(),
            poll_infos: Vec::new(),
            orphans: Vec::new(),
            woken: Vec::new(),
        };
        kernel.create_process();
        kernel
    }

    /// Sets the stage: a process with an empty handle table.
    ///
    /// # Panics
    /// If there are 65536 already.
    pub fn create_process(&mut self) -> ProcessId {
        self.processes.insert(Process::new())
    }

    /// Sets the stage: a running thread.
    ///
    /// # Panics
    /// If there is no such process, or there are 65536 threads already.
    pub fn create_thread(&mut self, process: ProcessId) -> ThreadId {
        assert!(self.processes.get(process).is_some(), "{process} does not exist");
        self.threads.insert(Thread::new(process))
    }

    /// Performs an action and reports its effects in order. A refusal changes nothing.
    ///
    /// # Errors
    /// A [`Refusal`] if the action is not possible in this state, or not modelled. What Windows
    /// answers (a FALSE, an NTSTATUS) is not an error but data in [`Effect::Returned`].
    pub fn apply(&mut self, action: Action, observer: &mut impl Observer) -> Result<(), Refusal> {
        self.allows(&action)?;
        let (exhausted, decided) = (Cell::new(None), Cell::new(None));
        let asked = Cell::new(Deviations::default());
        let mut machine = Machine { k: self, o: observer, pick: 0, exhausted, decided, asked };
        let performed = machine.perform(action);
        let asked = machine.asked.get();
        observer.asked(asked);
        performed
    }

    /// The same without changing `self`.
    ///
    /// # Errors
    /// As [`Kernel::apply`].
    pub fn step(&self, action: Action) -> Result<Step, Refusal> {
        let mut next = self.clone();
        let mut effects = Vec::new();
        next.apply(action, &mut effects)?;
        Ok(Step { next, effects })
    }

    /// Whether an action is possible: checked before anything changes.
    fn allows(&self, action: &Action) -> Result<(), Refusal> {
        let thread = |id: ThreadId| self.threads.get(id).ok_or(Refusal::NoSuchThread(id));
        let irp = |id: IrpId| self.irps.get(id).ok_or(Refusal::NoSuchIrp(id));
        match *action {
            Action::Call { thread: id, ref call } => {
                thread(id)?.is_active().then_some(()).ok_or(Refusal::NotRunning(id))?;
                self.models(id, call)
            }
            Action::Exhausted { thread: id, ref call, status } => {
                thread(id)?.is_active().then_some(()).ok_or(Refusal::NotRunning(id))?;
                self.models_exhausted(call, status)?;
                self.models(id, call)
            }
            Action::Block { thread: id } => {
                thread(id)?.is_active().then_some(()).ok_or(Refusal::NotRunning(id))
            }
            Action::Expire { thread: id } => {
                let t = thread(id)?;
                let armed = matches!(&t.run, Run::Waiting(wait) if wait.timer);
                (armed && t.suspended == 0).then_some(()).ok_or(Refusal::NoTimer(id))
            }
            Action::Unblock { thread: id } => match thread(id)?.run {
                Run::Blocked => Ok(()),
                _ => Err(Refusal::NotBlocked(id)),
            },
            Action::Retry { thread: id } => match thread(id)?.run {
                Run::Retrying(_) if thread(id)?.suspended == 0 => Ok(()),
                _ => Err(Refusal::NotRetrying(id)),
            },
            Action::Complete { irp: id, status, .. } => match *irp(id)? {
                // A driver that was asked to let go may do it this way too.
                Irp { canceled: Some(asked), .. } if asked == status => Ok(()),
                Irp { request: Request { poll: Some(poll), .. }, .. } => poll.may_end(status),
                _ if status == NtStatus::PENDING => Err(Refusal::NotFinal(id)),
                _ => Ok(()),
            },
            Action::FinishCancel { irp: id } => {
                irp(id)?.canceled.is_some().then_some(()).ok_or(Refusal::NotCanceled(id))
            }
            Action::Arrive { file, what } => self.can_arrive(file, what),
            Action::Pick { waiter, ref then } => {
                let most = self.ports.iter().map(|(_, p)| p.stack().count()).max().unwrap_or(0);
                let open = self.semantics.has(Deviation::WakeOrderAny);
                if !open || usize::from(waiter) >= most || matches!(**then, Action::Pick { .. }) {
                    return Err(Refusal::NothingToPick);
                }
                self.allows(then)
            }
        }
    }

    /// The actions of the environment that are possible now, in a fixed order: by thread, then by
    /// operation. What calls threads make, how operations complete and what arrives is for the
    /// caller to say.
    pub fn enabled(&self, out: &mut Vec<Action>) {
        for (thread, t) in self.threads.iter() {
            let candidates =
                [Action::Expire { thread }, Action::Unblock { thread }, Action::Retry { thread }];
            if !matches!(t.run, Run::Running | Run::Exited) {
                out.extend(candidates.into_iter().filter(|action| self.allows(action).is_ok()));
            }
        }
        for (irp, pending) in self.irps.iter() {
            if pending.canceled.is_some() {
                out.push(Action::FinishCancel { irp });
            }
        }
    }

    /// A 64-bit fingerprint of the canonical bytes. Equal states have equal fingerprints, on every
    /// machine and in every version that writes the same bytes.
    pub fn fingerprint(&self) -> u64 {
        Short::with(self, fingerprint).unwrap_or_else(|| {
            let mut bytes = Vec::new();
            self.put(&mut bytes);
            fingerprint(&bytes)
        })
    }

    /// Appends the canonical bytes: equal states, equal bytes.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>) {
        if Short::with(self, |bytes| out.extend_from_slice(bytes)).is_none() {
            self.put(out);
        }
    }

    /// Rebuilds a state from the front of `bytes`, and moves them past it; `None` if they are none.
    ///
    /// That a state hangs together is not checked: give it what [`Kernel::encode`] wrote. Other
    /// bytes may be read as a state whose identifiers name nothing, and an action on that may
    /// panic.
    pub fn decode(bytes: &mut &[u8]) -> Option<Kernel> {
        Kernel::take(bytes)
    }

    /// Copies `from` back into `self`, given that `self` was equal to `from` before the actions
    /// applied to it since. Only what those actions touched is copied, into the buffers that are
    /// there.
    #[inline]
    pub fn restore(&mut self, from: &Kernel) {
        self.ports.restore(&from.ports);
        self.threads.restore(&from.threads);
        self.processes.restore(&from.processes);
        self.files.restore(&from.files);
        self.irps.restore(&from.irps);
        self.events.restore(&from.events);
        self.semaphores.restore(&from.semaphores);
        self.mutants.restore(&from.mutants);
        self.jobs.restore(&from.jobs);
        self.reserves.restore(&from.reserves);
        self.wait_packets.restore(&from.wait_packets);
        self.poll_infos.clone_from(&from.poll_infos);
        self.orphans.clone_from(&from.orphans);
        self.woken.clear();
    }

    /// The Windows version and the deviations, fixed when the kernel was made.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    /// What the OVERLAPPED at this address of this process holds, if the kernel has written it.
    pub fn status_block(&self, process: ProcessId, at: Overlapped) -> Option<&StatusBlock> {
        self.processes.get(process)?.status_block(at)
    }

    /// What a handle names in a process, or `None` for a handle or a process that is not there;
    /// pseudo handles are the thread's own business.
    pub fn resolve(&self, process: ProcessId, handle: Handle) -> Option<Object> {
        self.processes.get(process)?.entry(handle).map(|entry| entry.object)
    }
}

macro_rules! readers {
    ($($(#[$doc:meta])* $many:ident, $one:ident($id:ty) -> $object:ty;)*) => {
        impl Kernel {
            $(
                $(#[$doc])*
                pub fn $many(&self) -> &Table<$id, $object> {
                    &self.$many
                }
                /// One of them; `None` if there is none of that identifier.
                pub fn $one(&self, id: $id) -> Option<&$object> {
                    self.$many.get(id)
                }
            )*
        }
    };
}

readers! {
    /// The completion ports.
    ports, port(PortId) -> Port;
    /// The threads.
    threads, thread(ThreadId) -> Thread;
    /// The processes.
    processes, process(ProcessId) -> Process;
    /// The file objects.
    files, file(FileId) -> FileObject;
    /// The pending operations.
    irps, irp(IrpId) -> Irp;
    /// The events.
    events, event(EventId) -> Event;
    /// The semaphores.
    semaphores, semaphore(SemaphoreId) -> Semaphore;
    /// The mutants.
    mutants, mutant(MutantId) -> Mutant;
    /// The jobs.
    jobs, job(JobId) -> Job;
    /// The reserve objects.
    reserves, reserve(ReserveId) -> Reserve;
    /// The wait completion packets.
    wait_packets, wait_packet(WaitPacketId) -> WaitPacket;
}

/// The tables that most states leave empty are announced by one bit each, so that an empty one
/// costs no byte.
macro_rules! code_kernel {
    (always { $($always:ident),* } seldom { $($bit:literal $seldom:ident),* }) => {
        impl Code for Kernel {
            fn put<S: Sink>(&self, out: &mut S) {
                let Kernel { $($always,)* $($seldom,)* woken: _ } = self;
                $($always.put(out);)*
                let present = 0u16 $(| u16::from(!$seldom.is_empty()) << $bit)*;
                present.put(out);
                $(if present & 1 << $bit != 0 {
                    $seldom.put(out);
                })*
            }
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                $(let $always = Code::take(bytes)?;)*
                let present = u16::take(bytes)?;
                $(let $seldom =
                    if present & 1 << $bit != 0 { Code::take(bytes)? } else { Default::default() };)*
                Some(Kernel { $($always,)* $($seldom,)* woken: Vec::new() })
            }
        }
    };
}

code_kernel!(
    always { semantics, processors, ports, threads, processes }
    seldom {
        0 files, 1 irps, 2 events, 3 semaphores, 4 mutants, 5 jobs, 6 reserves, 7 wait_packets,
        8 orphans, 9 poll_infos
    }
);
