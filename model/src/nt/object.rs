//! `NtClose`, `NtDuplicateObject`, and the information classes of files that matter to ports.

use crate::call::Access;
use crate::effect::{Effect, Observer, Out, Return};
use crate::ids::{FileId, Handle, IrpId, Object, ProcessId, ThreadId};
use crate::io::file::Association;
use crate::io::request::Irp;
use crate::ke::thread::{Run, Thread};
use crate::machine::Machine;
use crate::ob::process::HandleEntry;
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

/// The arguments of `DuplicateHandle`.
pub(crate) struct Duplicate {
    pub(crate) source_process: Handle,
    pub(crate) handle: Handle,
    pub(crate) target_process: Handle,
    pub(crate) access: Option<Access>,
    pub(crate) inherit: bool,
    pub(crate) close_source: bool,
}

impl<O: Observer> Machine<'_, O> {
    pub(crate) fn nt_close(&mut self, thread: ThreadId, handle: Handle) -> NtStatus {
        if matches!(handle, Handle::CURRENT_PROCESS | Handle::CURRENT_THREAD) {
            return NtStatus::SUCCESS; // Closing a pseudo handle does nothing.
        }
        let process = self.k.threads[thread].process;
        self.close(process, handle).err().unwrap_or(NtStatus::SUCCESS)
    }

    /// The process a handle names, if it lives and the handle grants `access`.
    pub(crate) fn process(
        &self,
        thread: ThreadId,
        handle: Handle,
        access: Access,
    ) -> Result<ProcessId, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Process(process) = entry.object else { return Err(self.type_mismatch()) };
        if self.k.processes[process].exited {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.granted(entry, access)?;
        Ok(process)
    }

    /// The thread a handle names, if the handle grants `access`.
    pub(crate) fn thread(
        &self,
        thread: ThreadId,
        handle: Handle,
        access: Access,
    ) -> Result<ThreadId, NtStatus> {
        let entry = self.lookup(thread, handle)?;
        let Object::Thread(other) = entry.object else { return Err(self.type_mismatch()) };
        self.granted(entry, access)?;
        Ok(other)
    }

    /// A second handle to the same object, in the same or another process. A port's duplicate is
    /// as good as any handle (D11).
    pub(crate) fn duplicate(
        &mut self,
        thread: ThreadId,
        arguments: &Duplicate,
    ) -> Result<Handle, NtStatus> {
        let source = self.process(thread, arguments.source_process, Access::DUP_HANDLE)?;
        let target = self.process(thread, arguments.target_process, Access::DUP_HANDLE)?;
        let entry = match arguments.handle {
            Handle::CURRENT_PROCESS | Handle::CURRENT_THREAD => {
                self.lookup(thread, arguments.handle)?
            }
            handle => self.lookup_in(source, handle)?,
        };
        let access = arguments.access.unwrap_or(entry.access);
        let inherit = arguments.inherit;
        let new = self.open(target, HandleEntry { access, inherit, ..entry });
        let pseudo = [Handle::CURRENT_PROCESS, Handle::CURRENT_THREAD];
        if arguments.close_source && !pseudo.contains(&arguments.handle) {
            self.close(source, arguments.handle)?;
        }
        Ok(new)
    }

    /// `FileCompletionInformation`.
    pub(crate) fn nt_associate(
        &mut self,
        thread: ThreadId,
        file: Handle,
        port: Handle,
        key: u64,
    ) -> NtStatus {
        let parts = self
            .file(thread, file)
            .and_then(|file| Ok((file, self.port(thread, port, Access::MODIFY_STATE)?)));
        match parts {
            Ok((file, port)) => self.associate(file, port, key),
            Err(status) => status,
        }
    }

    /// The native call also has a status block: it is written on success, and left alone by a
    /// refusal (F01, F02).
    pub(crate) fn nt_set_completion_information(
        &mut self,
        thread: ThreadId,
        file: Handle,
        port: Handle,
        key: u64,
    ) -> Return {
        let status = self.nt_associate(thread, file, port, key);
        let written =
            status.is_success() || self.deviates(Deviation::FailedAssociationWritesStatus);
        let result = Return::status(status);
        if written { result.with(Out::StatusBlock { status, information: 0 }) } else { result }
    }

    /// `FileReplaceCompletionInformation`; a NULL port removes the association.
    pub(crate) fn nt_replace_completion(
        &mut self,
        thread: ThreadId,
        file: Handle,
        port: Handle,
        key: u64,
    ) -> Return {
        let status = self.replace_completion(thread, file, port, key);
        let result = Return::status(status);
        // What lacks the class writes that into the status block.
        let written = status == NtStatus::NOT_IMPLEMENTED;
        if written { result.with(Out::StatusBlock { status, information: 0 }) } else { result }
    }

    fn replace_completion(
        &mut self,
        thread: ThreadId,
        file: Handle,
        port: Handle,
        key: u64,
    ) -> NtStatus {
        if self.k.semantics.profile < Profile::Win81 {
            return self.refuse(Rule::ReplaceUnknown, NtStatus::INVALID_INFO_CLASS);
        }
        if self.deviates(Deviation::ReplaceMissing) {
            return self.refuse(Rule::ReplaceAssociation, NtStatus::NOT_IMPLEMENTED);
        }
        let file: FileId = match self.file(thread, file) {
            Ok(file) => file,
            Err(status) => return status,
        };
        let association = match port {
            Handle::NULL => None,
            port => match self.port(thread, port, Access::MODIFY_STATE) {
                Ok(port) => Some(Association { port, key }),
                Err(status) => return status,
            },
        };
        self.replace_association(file, association)
    }

    /// `FileIoCompletionNotificationInformation`, class 41.
    pub(crate) fn nt_set_modes(
        &mut self,
        thread: ThreadId,
        file: Handle,
        flags: u32,
        length: u32,
    ) -> NtStatus {
        if self.k.semantics.profile < Profile::Vista {
            return self.refuse(Rule::ModesUnknownOnXp, NtStatus::INVALID_INFO_CLASS);
        }
        if length < 4 {
            return self.refuse(Rule::InvalidParameter, NtStatus::INFO_LENGTH_MISMATCH);
        }
        match self.file(thread, file) {
            Ok(file) => self.add_modes(file, flags),
            Err(status) => status,
        }
    }

    pub(crate) fn nt_query_modes(&mut self, thread: ThreadId, file: Handle) -> Return {
        if self.k.semantics.profile < Profile::Vista {
            self.decide(Rule::ModesUnknownOnXp);
            return Return::status(NtStatus::INVALID_INFO_CLASS);
        }
        match self.file(thread, file) {
            Ok(file) => {
                let modes = self.k.files[file].modes;
                Return::status(NtStatus::SUCCESS).with(Out::Modes(modes))
            }
            Err(status) => Return::status(status),
        }
    }

    /// The end of a process: every thread ends, operations vanish without a packet, every handle
    /// is closed.
    pub(crate) fn exit_process(&mut self, process: ProcessId) {
        let own = |(_, irp): &(IrpId, &Irp)| irp.request.process == process;
        let doomed: Vec<_> = self.k.irps.iter().filter(own).map(|(id, _)| id).collect();
        for irp in doomed {
            self.remove_irp(irp);
        }
        // Those that wait go first, so that none is released only to die with its packet.
        for waiting in [true, false] {
            let doomed = |(_, t): &(ThreadId, &Thread)| {
                t.process == process
                    && !matches!(t.run, Run::Exited)
                    && matches!(t.run, Run::Waiting(_) | Run::Retrying(_)) == waiting
            };
            let threads: Vec<_> = self.k.threads.iter().filter(doomed).map(|(id, _)| id).collect();
            for thread in threads {
                self.exit(thread);
                self.lose_returns(thread);
            }
        }
        let handles = self.k.processes[process].handles.len();
        for index in (0..handles).rev() {
            let handle = Handle::from_index(index);
            if self.k.processes[process].entry(handle).is_some() {
                self.close(process, handle).expect("the entry is in use");
            }
        }
        self.k.processes[process].exited = true;
        self.emit(Rule::ProcessExitClosesAll, Effect::ProcessExited { process });
        self.job_process_exits(process);
        self.signal(Rule::ProcessExitClosesAll, Object::Process(process));
    }
}
