//! What the names of a trace stand for in a state: its threads, handles and processes.

use std::borrow::Cow;

use iocp_model::io::job::process_identifier;
use iocp_model::ke::thread::Run;
use iocp_model::{Action, Call, FileId, FileKind, Handle, Object, ProcessId, ThreadId};

use super::handles::Handles;
use super::state::{Dead, State, Tid};
use crate::trace::{Res, ThreadOf};

/// A thread of the trace in the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Actor {
    pub(super) thread: ThreadId,
    pub(super) process: ProcessId,
    /// The checker's own handle of it, if it has one.
    handle: Option<Handle>,
    /// It may be blocked without a line that says so.
    pub(super) hidden: bool,
}

impl State {
    /// The model's thread for a thread of the trace, made when it is first seen.
    pub(super) fn actor(&mut self, tid: Tid) -> Result<Actor, Dead> {
        let index = tid as usize;
        if let Some(Some(actor)) = self.actors.get(index) {
            return Ok(*actor);
        }
        let watch = self.watch(Action::Call { thread: self.stage, call: Call::CreateThread {} })?;
        let made = watch.returned.iter().find(|(thread, ..)| *thread == self.stage);
        let handle = made.and_then(|(_, _, res)| res.handle).map(Handle);
        let (Some(thread), Some(handle)) = (watch.created, handle) else {
            return Err(Dead::Impossible);
        };
        let process = ProcessId(0);
        let actor = Actor { thread, process, handle: Some(handle), hidden: false };
        self.set_actor(tid, actor);
        Ok(actor)
    }

    fn set_actor(&mut self, tid: Tid, actor: Actor) {
        let index = tid as usize;
        if self.actors.len() <= index {
            self.actors.resize(index + 1, None);
        }
        self.actors[index] = Some(actor);
    }

    /// A name stands for a thread that is there, or for a further one of a process that is.
    pub(super) fn name_thread(&mut self, tid: Tid, of: ThreadOf) -> Result<(), Dead> {
        let (ThreadOf::Handle(seen) | ThreadOf::Process(seen)) = of;
        let first = ProcessId(0);
        let handle = self.handle_of(first, seen).ok_or(Dead::Impossible)?;
        let actor = match (of, self.kernel.resolve(first, handle)) {
            (ThreadOf::Handle(_), Some(Object::Thread(thread))) => {
                let process = self.kernel.thread(thread).map_or(first, |thread| thread.process);
                let own = self.stage(Call::DuplicateHandle {
                    source_process: Handle::CURRENT_PROCESS,
                    handle,
                    target_process: Handle::CURRENT_PROCESS,
                    access: None,
                    inherit: false,
                    close_source: false,
                })?;
                Actor { thread, process, handle: own.handle.map(Handle), hidden: false }
            }
            (ThreadOf::Process(_), Some(Object::Process(process))) => {
                let thread = self.kernel.create_thread(process);
                Actor { thread, process, handle: None, hidden: false }
            }
            _ => return Err(Dead::Impossible),
        };
        self.set_actor(tid, actor);
        Ok(())
    }

    /// The process of a thread.
    pub(super) fn process_of(&self, tid: Tid) -> ProcessId {
        let actor = self.actors.get(tid as usize).copied().flatten();
        actor.map_or(ProcessId(0), |actor| actor.process)
    }

    /// The model's handle for one that the trace shows in a process.
    pub(super) fn handle_of(&self, process: ProcessId, seen: Handle) -> Option<Handle> {
        self.handles.get(process.index())?.get(seen)
    }

    /// The trace's name for a handle of the model.
    pub(super) fn name_of(&self, process: ProcessId, model: Handle) -> Option<u64> {
        self.handles.get(process.index())?.name_of(model)
    }

    /// The file that a handle of the first process names.
    pub(super) fn file(&self, seen: Handle) -> Option<FileId> {
        match self.kernel.resolve(ProcessId(0), self.handle_of(ProcessId(0), seen)?) {
            Some(Object::File(file)) => Some(file),
            _ => None,
        }
    }

    /// A process of the trace goes by this identifier.
    pub(super) fn name_process(&mut self, seen: u64, handle: Handle) {
        if let Some(Object::Process(process)) = self.kernel.resolve(ProcessId(0), handle) {
            let model = process_identifier(process);
            self.pids.retain(|(_, known)| *known != model);
            self.pids.push((seen, model));
        }
    }

    /// A result of the trace with the identifiers of processes that the model gives.
    pub(super) fn in_model<'r>(&self, res: &'r Res) -> Cow<'r, Res> {
        let known = |seen: &u64| self.pids.iter().find(|(pid, _)| pid == seen).map(|(_, m)| *m);
        if self.pids.is_empty() {
            return Cow::Borrowed(res);
        }
        let mut res = res.clone();
        res.overlapped = res.overlapped.map(|seen| known(&seen).unwrap_or(seen));
        for entry in res.entries.iter_mut().flatten() {
            entry.overlapped = entry.overlapped.map(|seen| known(&seen).unwrap_or(seen));
        }
        Cow::Owned(res)
    }

    /// Ends a thread, whatever it is doing; its open call will never return.
    pub(super) fn end_thread(&mut self, tid: Tid) -> Result<(), Dead> {
        let actor = self.actor(tid)?;
        self.open.retain(|open| open.tid != tid);
        // A call has ended it already: its own, or the end of its process.
        let gone = self.kernel.thread(actor.thread).is_none_or(|t| matches!(t.run, Run::Exited));
        match actor.handle {
            _ if gone => {}
            Some(handle) => {
                self.stage(Call::TerminateThread { thread: handle })?;
                self.stage(Call::CloseHandle { handle })?;
            }
            None => self.act(Action::Call { thread: actor.thread, call: Call::ExitThread {} })?,
        }
        self.actors[tid as usize] = None;
        Ok(())
    }

    /// A file that no call of the trace made.
    pub(super) fn make_file(&mut self, seen: Handle) -> Result<(), Dead> {
        let kind = FileKind::Device;
        let res = self.stage(Call::CreateFile { kind, overlapped: true, inherit: false })?;
        self.made(seen, res.handle)
    }

    /// A port that no call of the trace made.
    pub(super) fn make_port(&mut self, seen: Handle, concurrency: u32) -> Result<(), Dead> {
        let res = self.stage(Call::CreateIoCompletionPort {
            file: Handle::INVALID,
            existing_port: Handle::NULL,
            key: 0,
            concurrency,
        })?;
        self.made(seen, res.handle)
    }

    fn made(&mut self, seen: Handle, made: Option<u64>) -> Result<(), Dead> {
        let made = made.ok_or(Dead::Impossible)?;
        self.rebind(ProcessId(0), seen.0, Handle(made))
    }

    /// A handle value of the trace names something else from here on; what it named was closed.
    pub(super) fn rebind(
        &mut self,
        process: ProcessId,
        seen: u64,
        model: Handle,
    ) -> Result<(), Dead> {
        let known = self.handle_of(process, Handle(seen & !3)).filter(|old| *old != model);
        if let Some(handle) = known.filter(|_| process == ProcessId(0)) {
            self.stage(Call::CloseHandle { handle })?;
        }
        if self.handles.len() <= process.index() {
            self.handles.resize(process.index() + 1, Handles::default());
        }
        self.handles[process.index()].bind(seen, model);
        Ok(())
    }
}
