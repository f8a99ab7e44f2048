//! Opening files and dispatcher objects, `QueueUserAPC`, waits: the Win32 side.

use crate::call::FileKind;
use crate::call::{Access, IoOp};
use crate::effect::{Apc, Observer, Out, Return, Value};
use crate::ids::{Handle, Object, ThreadId};
use crate::io::file::{FileObject, Link};
use crate::ke::dispatcher::{Event, Mutant, Semaphore};
use crate::ke::thread::{Run, WaitEnd};
use crate::machine::Machine;
use crate::nt::returns::win32_wait;
use crate::ob::process::HandleEntry;
use crate::semantics::Deviation;
use crate::status::NtStatus;
use crate::win32::process::dword_error;

impl<O: Observer> Machine<'_, O> {
    pub(crate) fn create_file(
        &mut self,
        thread: ThreadId,
        kind: FileKind,
        overlapped: bool,
        inherit: bool,
    ) -> Return {
        let file = self.k.files.insert(FileObject::new(kind, overlapped));
        let process = self.k.threads[thread].process;
        let entry = HandleEntry { object: Object::File(file), access: Access::ALL, inherit };
        Return::handle(self.open(process, entry))
    }

    pub(crate) fn create_named_pipe(
        &mut self,
        thread: ThreadId,
        overlapped: bool,
        message: bool,
    ) -> Return {
        let mut file = FileObject::new(FileKind::PipeServer, overlapped);
        file.message_mode = message;
        file.signaled = self.deviates(Deviation::FileResetOnTransfer);
        let file = self.k.files.insert(file);
        Return::handle(self.open_new(thread, Object::File(file)))
    }

    /// The client end of a pipe instance that nobody has opened yet.
    pub(crate) fn open_named_pipe(
        &mut self,
        thread: ThreadId,
        server: Handle,
        overlapped: bool,
    ) -> Return {
        let invalid = |status: NtStatus| Return {
            value: Value::Handle(Handle::INVALID),
            last_error: Some(status.to_win32()),
            out: Out::Nothing,
        };
        let server = match self.file(thread, server) {
            Ok(file) => file,
            Err(status) => return invalid(status),
        };
        let end = &self.k.files[server];
        if end.kind != FileKind::PipeServer || end.link != Link::Listening {
            return invalid(NtStatus::INSTANCE_NOT_AVAILABLE);
        }
        let mut client = FileObject::new(FileKind::PipeClient, overlapped);
        client.message_mode = end.message_mode;
        client.signaled = self.deviates(Deviation::FileResetOnTransfer);
        client.peer = Some(server);
        let client = self.k.files.insert(client);
        let end = &mut self.k.files[server];
        end.peer = Some(client);
        end.link = Link::Connected;
        if let Some(irp) = self.oldest_irp(server, |r| r.op == IoOp::ConnectNamedPipe) {
            self.complete_irp(irp, NtStatus::SUCCESS, 0);
        }
        Return::handle(self.open_new(thread, Object::File(client)))
    }

    /// Two connected stream sockets, as `AcceptEx` and `ConnectEx` would leave them.
    pub(crate) fn socket_pair(&mut self, thread: ThreadId, overlapped: bool) -> Return {
        let end = |peer| {
            let mut file = FileObject::new(FileKind::Stream, overlapped);
            file.link = Link::Connected;
            file.peer = peer;
            file
        };
        let first = self.k.files.insert(end(None));
        let second = self.k.files.insert(end(Some(first)));
        self.k.files[first].peer = Some(second);
        let first = self.open_new(thread, Object::File(first));
        let second = self.open_new(thread, Object::File(second));
        Return::handle(first).with(Out::Handle(second))
    }

    pub(crate) fn disconnect_named_pipe(&mut self, thread: ThreadId, file: Handle) -> Return {
        let file = match self.file(thread, file) {
            Ok(file) => file,
            Err(status) => return Return::bool(status),
        };
        let end = &mut self.k.files[file];
        if end.kind != FileKind::PipeServer {
            return Return::bool(NtStatus::INVALID_DEVICE_REQUEST);
        }
        end.inbox.clear();
        let client = end.peer.take();
        while let Some(irp) = self.oldest_irp(file, |r| r.op == IoOp::ConnectNamedPipe) {
            self.complete_irp(irp, NtStatus::PIPE_DISCONNECTED, 0);
        }
        self.peer_closes(file, Link::Disconnected);
        if let Some(client) = client {
            self.k.files[client].peer = None;
            self.k.files[client].inbox.clear();
            self.peer_closes(client, Link::Disconnected);
        }
        Return::ok()
    }

    pub(crate) fn create_event(
        &mut self,
        thread: ThreadId,
        manual_reset: bool,
        signaled: bool,
    ) -> Return {
        let event = Event { manual_reset, signaled, waiters: Vec::new() };
        let id = self.k.events.insert(event);
        Return::handle(self.open_new(thread, Object::Event(id)))
    }

    pub(crate) fn create_semaphore(
        &mut self,
        thread: ThreadId,
        count: u32,
        maximum: u32,
    ) -> Return {
        if maximum == 0 || count > maximum {
            return Return::null(NtStatus::INVALID_PARAMETER.to_win32());
        }
        let semaphore = Semaphore { count, maximum, waiters: Vec::new() };
        let id = self.k.semaphores.insert(semaphore);
        Return::handle(self.open_new(thread, Object::Semaphore(id)))
    }

    pub(crate) fn create_mutex(&mut self, thread: ThreadId, initial_owner: bool) -> Return {
        let mutant = Mutant {
            owner: initial_owner.then_some(thread),
            recursion: u32::from(initial_owner),
            abandoned: false,
            waiters: Vec::new(),
        };
        let id = self.k.mutants.insert(mutant);
        Return::handle(self.open_new(thread, Object::Mutant(id)))
    }

    pub(crate) fn queue_user_apc(
        &mut self,
        thread: ThreadId,
        target: Handle,
        routine: u16,
    ) -> Return {
        match self.thread(thread, target, Access::SET_CONTEXT) {
            Ok(target) if matches!(self.k.threads[target].run, Run::Exited) => {
                Return { value: Value::Dword(0), ..Return::bool(NtStatus::UNSUCCESSFUL) }
            }
            Ok(target) => {
                self.queue_apc(target, Apc::Queued { routine });
                Return::dword(1)
            }
            Err(status) => Return { value: Value::Dword(0), ..Return::bool(status) },
        }
    }

    /// The result of a Win32 wait that was refused, ended at once, or goes on.
    pub(crate) fn win32_wait_result(
        &mut self,
        wait: Result<Option<WaitEnd>, NtStatus>,
    ) -> Option<Return> {
        match wait {
            Ok(None) => None,
            Ok(Some(end)) => Some(win32_wait(&end)),
            Err(status) => Some(dword_error(status)),
        }
    }
}
