//! Processes, threads and jobs by handle.

use crate::call::Access;
use crate::effect::{Effect, Observer, Out, Return, Value};
use crate::ids::{Handle, JobId, Object, ProcessId, ThreadId};
use crate::io::file::Association;
use crate::io::job::{Job, Place};
use crate::ke::thread::Run;
use crate::machine::Machine;
use crate::ob::process::{HandleEntry, Process};
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::{ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, NtStatus};

impl<O: Observer> Machine<'_, O> {
    /// A new process with one thread. It gets copies of the inheritable handles, at the same
    /// values.
    pub(crate) fn create_process(&mut self, thread: ThreadId, inherit_handles: bool) -> Return {
        let parent = self.k.threads[thread].process;
        let mut child = Process::new();
        if inherit_handles {
            let inherited = |entry: &Option<HandleEntry>| entry.filter(|e| e.inherit);
            child.handles = self.k.processes[parent].handles.iter().map(inherited).collect();
            while matches!(child.handles.last(), Some(None)) {
                child.handles.pop();
            }
        }
        child.job = self.k.processes[parent].job;
        let entries: Vec<_> = child.handles.iter().copied().enumerate().collect();
        let process = self.k.processes.insert(child);
        for (index, entry) in entries {
            if let Some(HandleEntry { object, .. }) = entry {
                let handle = Handle::from_index(index);
                self.emit(Rule::InheritedHandles, Effect::HandleOpened { process, handle, object });
            }
        }
        self.born_in_job(process);
        let new = self.start_thread(process);
        let process_handle = self.open_new(thread, Object::Process(process));
        let thread_handle = self.open_new(thread, Object::Thread(new));
        let out = Out::Created { process: Some(process_handle), thread: thread_handle };
        Return::ok().with(out)
    }

    fn start_thread(&mut self, process: ProcessId) -> ThreadId {
        let thread = self.k.create_thread(process);
        self.emit(Rule::ThreadsStartUnattached, Effect::ThreadCreated { thread, process });
        thread
    }

    pub(crate) fn create_thread(&mut self, thread: ThreadId) -> Return {
        let process = self.k.threads[thread].process;
        let new = self.start_thread(process);
        let handle = self.open_new(thread, Object::Thread(new));
        Return::handle(handle).with(Out::Created { process: None, thread: handle })
    }

    /// A thread ends, by itself or by another: first its wait and what it held, then what it
    /// issued.
    pub(crate) fn end_thread(&mut self, thread: ThreadId) {
        if matches!(self.k.threads[thread].run, Run::Exited) {
            return;
        }
        self.exit(thread);
        self.cancel_for_exit(thread);
        let process = self.k.threads[thread].process;
        let last = !self
            .k
            .threads
            .iter()
            .any(|(_, t)| t.process == process && !matches!(t.run, Run::Exited));
        if last {
            self.exit_process(process);
        }
    }

    /// `SuspendThread` and `ResumeThread`: the previous count, or -1.
    pub(crate) fn suspend_or_resume(
        &mut self,
        thread: ThreadId,
        handle: Handle,
        suspend: bool,
    ) -> Option<Return> {
        let target = match self.thread(thread, handle, Access::SUSPEND_RESUME) {
            Ok(target) => target,
            Err(status) => return Some(dword_error(status)),
        };
        if matches!(self.k.threads[target].run, Run::Exited) {
            return Some(dword_error(NtStatus::THREAD_IS_TERMINATING));
        }
        if suspend && target == thread {
            self.suspend_self(thread);
            return None;
        }
        let previous = if suspend { self.suspend(target) } else { self.resume(target) };
        Some(Return::dword(u32::from(previous)))
    }

    pub(crate) fn assign_job(&mut self, thread: ThreadId, job: Handle, process: Handle) -> Return {
        let joins = Access(Access::SET_QUOTA.0 | Access::TERMINATE.0);
        let job = self.job(thread, job, Access::ASSIGN_PROCESS);
        match job.and_then(|job| Ok((job, self.process(thread, process, joins)?))) {
            Ok((job, process)) => Return::bool(self.assign_to_job(job, process)),
            Err(status) => Return::bool(status),
        }
    }

    pub(crate) fn create_job(&mut self, thread: ThreadId) -> Return {
        let job = self.k.jobs.insert(Job { association: None, place: Place::Unused });
        Return::handle(self.open_new(thread, Object::Job(job)))
    }

    fn job(&self, thread: ThreadId, handle: Handle, access: Access) -> Result<JobId, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Job(job) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, access)?;
        Ok(job)
    }

    /// `SetInformationJobObject(JobObjectAssociateCompletionPortInformation)`.
    pub(crate) fn set_job_information(
        &mut self,
        thread: ThreadId,
        job: Handle,
        port: Handle,
        key: u64,
    ) -> Return {
        let job = match self.job(thread, job, Access::SET_ATTRIBUTES) {
            Ok(job) => job,
            Err(status) => return Return::bool(status),
        };
        if port == Handle::NULL {
            self.decide(Rule::JobPortNull);
            let none_set = self.k.jobs[job].association.is_none();
            if self.deviates(Deviation::JobPortNullRefused) && none_set {
                return Return::fail(ERROR_INVALID_HANDLE);
            }
            let status = self.set_job_port(job, None);
            return if status.is_success() {
                Return::ok()
            } else {
                Return::fail(ERROR_INVALID_PARAMETER)
            };
        }
        match self.port(thread, port, Access::MODIFY_STATE) {
            Ok(port) => Return::bool(self.set_job_port(job, Some(Association { port, key }))),
            Err(status) => Return::bool(status),
        }
    }
}

/// (DWORD)-1 and a last error.
pub(crate) fn dword_error(status: NtStatus) -> Return {
    let last_error = Some(status.to_win32());
    Return { value: Value::Dword(u32::MAX), last_error, out: crate::effect::Out::Nothing }
}
