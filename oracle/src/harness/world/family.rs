//! Moves on threads and processes as others see them: started, ended, in a job.

use super::super::deed::{Act, Deed};
use super::super::moves::Move;
use super::{WORKERS, World};
use iocp_model::{Call, Handle, Object};

/// Processes that a case may start: each costs a while.
const PROCESSES: usize = 2;

/// A job and the processes that a case has started.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Family {
    pub(super) job: Option<Handle>,
    jobs: u32,
    processes: Vec<Handle>,
    /// Those that have been in a job.
    joined: Vec<Handle>,
}

impl World {
    pub(super) fn can_start_worker(&self) -> bool {
        self.workers.len() < WORKERS.len()
    }

    /// A worker more. It goes by the name of the handle that is opened for it.
    pub(super) fn start_worker(&mut self) -> bool {
        let Some(name) = WORKERS.get(self.workers.len()) else { return false };
        let Some(handle) = self.make(self.master, Call::CreateThread {}, name) else {
            return false;
        };
        let Some(Object::Thread(thread)) = self.object(handle) else { return false };
        self.workers.push(thread);
        self.events.push(None);
        self.threads.push(Some(handle));
        true
    }

    pub(super) fn terminate(&mut self, m: Move) -> bool {
        let Some(thread) = self.thread_handle(m) else { return false };
        self.call(self.master, Call::TerminateThread { thread })
    }

    pub(super) fn can_start_process(&self) -> bool {
        self.family.processes.len() < PROCESSES
    }

    /// Starting a process takes a while, in which its thread waits for much that is not modelled.
    pub(super) fn start_process(&mut self) -> bool {
        let number = self.family.processes.len();
        let call = Call::CreateProcess { inherit_handles: false };
        let Some(process) = self.make(self.master, call, &format!("PROC{number}")) else {
            return false;
        };
        let Some(Deed { act: Act::Call(made), waiting, .. }) = self.deeds.last_mut() else {
            return false;
        };
        if let Some((_, name)) = made.bind.get_mut(1) {
            *name = format!("PROC{number}t");
        }
        (made.waits, *waiting) = (None, None);
        self.family.processes.push(process);
        self.await_return(self.master);
        true
    }

    /// The process that a move is about, if it has been started.
    pub(super) fn process(&self, m: Move) -> Option<Handle> {
        self.family.processes.get(usize::from(m.what) % PROCESSES).copied()
    }

    /// Whether a process has not been in a job: one that has may join another one as well, and when
    /// it may, the model does not say.
    pub(super) fn process_is_free(&self, m: Move) -> bool {
        self.process(m).is_some_and(|process| !self.family.joined.contains(&process))
    }

    pub(super) fn end_process(&mut self, m: Move) -> bool {
        let Some(process) = self.process(m) else { return false };
        self.call(self.master, Call::TerminateProcess { process })
    }

    fn job(&mut self) -> Option<Handle> {
        if self.family.job.is_none() {
            self.family.jobs += 1;
            let name = format!("JOB{}", self.family.jobs);
            self.family.job = self.make(self.master, Call::CreateJobObject {}, &name);
        }
        self.family.job
    }

    /// Mostly a port, and now and then none.
    pub(super) fn set_job_port(&mut self, m: Move) -> bool {
        let port = match m.how % 3 {
            2 => Some(Handle::NULL),
            _ => self.port(self.port_index(m.what)),
        };
        let (Some(port), Some(job)) = (port, self.job()) else { return false };
        let key = 0x400 + u64::from(m.what);
        self.call(self.master, Call::SetInformationJobObjectPort { job, port, key })
    }

    pub(super) fn join_job(&mut self, m: Move) -> bool {
        let Some(process) = self.process(m) else { return false };
        let Some(job) = self.job() else { return false };
        self.family.joined.push(process);
        self.call(self.master, Call::AssignProcessToJobObject { job, process })
    }
}
