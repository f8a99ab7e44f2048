//! How a stage was set: real calls of the threads, in order, so that a trace can tell it.

use iocp_model::{Call, Handle, Object, ProcessId, Return, ThreadId};

use crate::program::Program;

/// One thing that was done to set the stage.
#[derive(Clone, Debug)]
pub enum Set {
    /// A thread made a call, which returned.
    Call {
        /// The thread.
        thread: ThreadId,
        /// The call.
        call: Call,
        /// What it gave.
        result: Return,
    },
    /// A new process came with this thread.
    First {
        /// The thread.
        thread: ThreadId,
        /// Its handle, in the first process.
        named: Handle,
    },
    /// A process that was there got a further thread.
    Further {
        /// The thread.
        thread: ThreadId,
        /// The process, by its handle in the first.
        process: Handle,
    },
}

impl Program {
    /// How the stage was set, in order, by real calls of the threads.
    pub fn stage(&self) -> &[Set] {
        &self.log
    }

    /// A handle of the first process that the stage was set with and that names this object.
    pub fn handle_of(&self, object: Object) -> Option<Handle> {
        let process = self.start.kernel.process(ProcessId(0))?;
        let names = |entry: &Option<iocp_model::ob::process::HandleEntry>| {
            entry.is_some_and(|entry| entry.object == object)
        };
        process.handles.iter().position(names).map(Handle::from_index)
    }

    /// What a thread of the kernel is called; nothing if it only keeps its process alive.
    pub fn thread_name(&self, thread: ThreadId) -> Option<&str> {
        let known = self.threads.iter().find(|t| t.kernel == Some(thread));
        known.map(|t| t.name.as_str())
    }
}
