//! Opening, finding, duplicating and closing handles.

use crate::call::Access;
use crate::effect::{Effect, Observer};
use crate::ids::{Handle, Object, PortId, ProcessId, ThreadId};
use crate::machine::Machine;
use crate::ob::process::HandleEntry;
use crate::rules::Rule;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// A new handle, in the lowest free entry of the table.
    pub(crate) fn open(&mut self, process: ProcessId, entry: HandleEntry) -> Handle {
        let table = &mut self.k.processes[process].handles;
        let index = table.iter().position(Option::is_none).unwrap_or_else(|| {
            table.push(None);
            table.len() - 1
        });
        table[index] = Some(entry);
        let handle = Handle::from_index(index);
        self.k.orphans.retain(|object| *object != entry.object);
        let object = entry.object;
        self.emit(Rule::HandleValueReused, Effect::HandleOpened { process, handle, object });
        handle
    }

    /// A handle with all access, not inheritable.
    pub(crate) fn open_new(&mut self, thread: ThreadId, object: Object) -> Handle {
        let process = self.k.threads[thread].process;
        self.open(process, HandleEntry { object, access: Access::ALL, inherit: false })
    }

    /// What a handle of the calling thread names: pseudo handles first, then the table.
    pub(crate) fn lookup(&self, thread: ThreadId, handle: Handle) -> Result<HandleEntry, NtStatus> {
        let process = self.k.threads[thread].process;
        let pseudo = |object| HandleEntry { object, access: Access::ALL, inherit: false };
        match handle {
            Handle::CURRENT_PROCESS => Ok(pseudo(Object::Process(process))),
            Handle::CURRENT_THREAD => Ok(pseudo(Object::Thread(thread))),
            _ => self.lookup_in(process, handle),
        }
    }

    pub(crate) fn lookup_in(
        &self,
        process: ProcessId,
        handle: Handle,
    ) -> Result<HandleEntry, NtStatus> {
        let entry = self.k.processes[process].entry(handle).copied();
        entry.ok_or_else(|| self.refuse(Rule::InvalidHandle, NtStatus::INVALID_HANDLE))
    }

    /// Refuses what a handle does not grant.
    pub(crate) fn granted(&self, entry: HandleEntry, access: Access) -> Result<Object, NtStatus> {
        match entry.access.has(access) {
            true => Ok(entry.object),
            false => Err(self.refuse(Rule::AccessDenied, NtStatus::ACCESS_DENIED)),
        }
    }

    /// The port a handle names, if it names one and grants `access`.
    pub(crate) fn port(
        &self,
        thread: ThreadId,
        handle: Handle,
        access: Access,
    ) -> Result<PortId, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Port(port) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, access)?;
        Ok(port)
    }

    /// A refusal, with the rule that it follows from.
    pub(crate) fn refuse(&self, rule: Rule, status: NtStatus) -> NtStatus {
        self.decide(rule);
        status
    }

    /// The handle names an object of another kind.
    pub(crate) fn type_mismatch(&self) -> NtStatus {
        self.refuse(Rule::TypeMismatch, NtStatus::OBJECT_TYPE_MISMATCH)
    }

    /// Arguments that make no sense together.
    pub(crate) fn invalid_parameter(&self) -> NtStatus {
        self.refuse(Rule::InvalidParameter, NtStatus::INVALID_PARAMETER)
    }

    /// How many handles name an object, over all processes.
    pub(crate) fn handle_count(&self, object: Object) -> usize {
        self.k.handle_count(object)
    }

    /// Closes a handle of a process.
    pub(crate) fn close(&mut self, process: ProcessId, handle: Handle) -> Result<(), NtStatus> {
        let entry = self.lookup_in(process, handle)?;
        let table = &mut self.k.processes[process].handles;
        let index = handle.index().expect("the handle was just found");
        table[index] = None;
        while matches!(table.last(), Some(None)) {
            table.pop();
        }
        let object = entry.object;
        self.emit(Rule::HandleValueReused, Effect::HandleClosed { process, handle, object });
        if self.handle_count(object) == 0 {
            self.last_handle_closed(object);
        }
        Ok(())
    }
}
