//! `Nt*IoCompletion*`: create, open, query, set, remove.

use crate::call::{Access, Attributes, Timeout};
use crate::effect::{Observer, Out, Return};
use crate::ids::{Handle, Object, Overlapped, PortId, ThreadId};
use crate::ke::queue::{Port, Removed};
use crate::ke::thread::{WaitFor, Waiting};
use crate::machine::Machine;
use crate::ob::process::HandleEntry;
use crate::packet::{Origin, Packet};
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

/// Arguments of a remove of one packet or of several.
pub(crate) struct Remove {
    pub(crate) port: Handle,
    pub(crate) count: u32,
    pub(crate) timeout: Timeout,
    pub(crate) alertable: bool,
    pub(crate) call: Waiting,
}

/// What a remove comes to for the layer that made the call.
pub(crate) enum RemoveResult {
    One(Packet),
    Many(Vec<Packet>),
    Status(NtStatus),
    Waits,
}

impl<O: Observer> Machine<'_, O> {
    /// `NtCreateIoCompletion`; with a name that exists, its port is opened
    /// (`STATUS_OBJECT_NAME_EXISTS`).
    pub(crate) fn create_port(
        &mut self,
        thread: ThreadId,
        access: Access,
        attributes: Attributes,
        concurrency: u32,
    ) -> Result<(Handle, NtStatus), NtStatus> {
        let name = match attributes {
            Attributes::Null | Attributes::Unnamed => None,
            Attributes::WrongLength => return Err(self.invalid_parameter()),
            Attributes::BadRoot => {
                return Err(self.refuse(Rule::InvalidParameter, NtStatus::OBJECT_NAME_INVALID));
            }
            Attributes::Named(name) => Some(name),
        };
        let existing = name.and_then(|name| self.named_port(name));
        let (port, status) = match existing {
            Some(port) => (port, NtStatus::OBJECT_NAME_EXISTS),
            None => {
                self.allocate(Rule::PortMayFail)?;
                let port = Port::new(concurrency, self.k.processors, name);
                (self.k.ports.insert(port), NtStatus::SUCCESS)
            }
        };
        self.decide(Rule::CreatePort);
        Ok((self.open_port(thread, port, access), status))
    }

    fn open_port(&mut self, thread: ThreadId, port: PortId, access: Access) -> Handle {
        let process = self.k.threads[thread].process;
        self.open(process, HandleEntry { object: Object::Port(port), access, inherit: false })
    }

    fn named_port(&self, name: u16) -> Option<PortId> {
        let mut ports = self.k.ports.iter();
        ports.find(|(_, port)| port.name == Some(name) && !port.closed).map(|(id, _)| id)
    }

    pub(crate) fn nt_create_port(
        &mut self,
        thread: ThreadId,
        access: Access,
        attributes: Attributes,
        concurrency: u32,
    ) -> Return {
        match self.create_port(thread, access, attributes, concurrency) {
            Ok((handle, status)) => Return::status(status).with(Out::Handle(handle)),
            Err(status) => Return::status(status),
        }
    }

    pub(crate) fn nt_open_port(
        &mut self,
        thread: ThreadId,
        access: Access,
        attributes: Attributes,
    ) -> Return {
        self.decide(Rule::InvalidParameter);
        let status = match attributes {
            Attributes::Null | Attributes::WrongLength => NtStatus::INVALID_PARAMETER,
            Attributes::Unnamed => NtStatus::OBJECT_PATH_SYNTAX_BAD,
            Attributes::BadRoot => NtStatus::OBJECT_NAME_INVALID,
            Attributes::Named(name) => match self.named_port(name) {
                None => NtStatus::OBJECT_NAME_NOT_FOUND,
                Some(port) => {
                    let handle = self.open_port(thread, port, access);
                    self.decide(Rule::CallReturns);
                    return Return::status(NtStatus::SUCCESS).with(Out::Handle(handle));
                }
            },
        };
        Return::status(status)
    }

    /// Class 0 is `IoCompletionBasicInformation`, one LONG: the depth.
    pub(crate) fn nt_query_port(
        &mut self,
        thread: ThreadId,
        port: Handle,
        class: u32,
        length: u32,
    ) -> Return {
        self.decide(Rule::InvalidParameter);
        if class != 0 {
            return Return::status(NtStatus::INVALID_INFO_CLASS);
        }
        if length != 4 {
            return Return::status(NtStatus::INFO_LENGTH_MISMATCH);
        }
        match self.port(thread, port, Access::QUERY_STATE) {
            Ok(port) => {
                let depth = self.k.ports[port].depth();
                self.decide(Rule::QueryDepth);
                Return::status(NtStatus::SUCCESS).with(Out::Depth(depth))
            }
            Err(status) => Return::status(status),
        }
    }

    /// `NtSetIoCompletion` and `PostQueuedCompletionStatus`: nothing about the packet is checked.
    pub(crate) fn set_completion(
        &mut self,
        thread: ThreadId,
        port: Handle,
        packet: Packet,
    ) -> NtStatus {
        match self.port(thread, port, Access::MODIFY_STATE) {
            Ok(port) => {
                if let Err(status) = self.allocate(Rule::PostMayFail) {
                    return status;
                }
                self.insert(Rule::Post, port, packet);
                NtStatus::SUCCESS
            }
            Err(status) => status,
        }
    }

    /// `NtSetIoCompletionEx`: the packet is made of a reserve object, so memory cannot fail it.
    pub(crate) fn set_completion_ex(
        &mut self,
        thread: ThreadId,
        port: Handle,
        reserve: Handle,
        packet: Packet,
    ) -> NtStatus {
        let port = match self.port(thread, port, Access::MODIFY_STATE) {
            Ok(port) => port,
            Err(status) => return status,
        };
        let id = match self.lookup(thread, reserve) {
            Err(status) => return status,
            Ok(HandleEntry { object: Object::Reserve(id), .. })
                if self.k.reserves[id].for_packet =>
            {
                id
            }
            Ok(_) => return self.type_mismatch(),
        };
        if std::mem::replace(&mut self.k.reserves[id].in_use, true) {
            return self.invalid_parameter(); // Which status is not known.
        }
        let packet = Packet { origin: Origin::Reserve(id), ..packet };
        self.insert(Rule::ReservePost, port, packet);
        NtStatus::SUCCESS
    }

    /// The common part of all removes.
    pub(crate) fn remove_from(&mut self, thread: ThreadId, remove: Remove) -> RemoveResult {
        let Remove { port, count, timeout, alertable, call } = remove;
        let by = if self.deviates(Deviation::RetryByHandle) { port } else { Handle::NULL };
        let port = match self.port(thread, port, Access::MODIFY_STATE) {
            Ok(port) => port,
            Err(status) => return RemoveResult::Status(status),
        };
        let wait = WaitFor { timeout, alertable, call, by };
        match self.remove(thread, port, count, wait) {
            Removed::Parked => RemoveResult::Waits,
            Removed::Status(status) => RemoveResult::Status(status),
            Removed::Take if matches!(call, Waiting::NtRemove | Waiting::Gqcs) => {
                let packet = self.take_packet(port, thread);
                self.packet_removed(&packet);
                RemoveResult::One(packet)
            }
            Removed::Take => {
                let depth = self.k.ports[port].depth();
                let packets = (0..depth.min(count)).map(|_| {
                    let packet = self.take_packet(port, thread);
                    self.packet_removed(&packet);
                    packet
                });
                RemoveResult::Many(packets.collect())
            }
        }
    }

    pub(crate) fn nt_remove(
        &mut self,
        thread: ThreadId,
        port: Handle,
        timeout: Timeout,
    ) -> Option<Return> {
        let call = Waiting::NtRemove;
        let remove = Remove { port, count: 1, timeout, alertable: false, call };
        Some(match self.remove_from(thread, remove) {
            RemoveResult::Waits => return None,
            RemoveResult::Status(status) => Return::status(status),
            RemoveResult::One(packet) => {
                Return::status(NtStatus::SUCCESS).with(Out::Removed(packet))
            }
            RemoveResult::Many(entries) => self.entries_return(call, entries),
        })
    }

    /// `NtRemoveIoCompletionEx` and, with `call` saying so, `GetQueuedCompletionStatusEx`.
    pub(crate) fn remove_many(&mut self, thread: ThreadId, remove: Remove) -> Option<Return> {
        let call = remove.call;
        if remove.count == 0 {
            return Some(self.remove_nothing(thread, remove.port, call));
        }
        Some(match self.remove_from(thread, remove) {
            RemoveResult::Waits => return None,
            RemoveResult::Status(status) => self.batch_failed(call, status),
            RemoveResult::One(packet) => self.entries_return(call, vec![packet]),
            RemoveResult::Many(entries) => self.entries_return(call, entries),
        })
    }

    /// A batch remove with room for nothing: refused, and the count is not written (A10).
    fn remove_nothing(&mut self, thread: ThreadId, port: Handle, call: Waiting) -> Return {
        let status = match self.port(thread, port, Access::MODIFY_STATE) {
            Ok(_) if self.deviates(Deviation::RemoveCountZeroSucceeds) => {
                let out = Out::Entries { count: 1, entries: Vec::new() };
                return match call {
                    Waiting::GqcsEx => Return::ok().with(out),
                    _ => Return::status(NtStatus::SUCCESS).with(out),
                };
            }
            Ok(_) => self.refuse(Rule::RemoveCountZero, NtStatus::INVALID_PARAMETER),
            Err(status) => status,
        };
        match call {
            Waiting::GqcsEx => Return::fail(status.to_win32()),
            _ => Return::status(status),
        }
    }
}

/// The packet of a native post.
pub(crate) fn native_packet(key: u64, context: u64, status: NtStatus, information: u64) -> Packet {
    let overlapped = Overlapped(context);
    Packet { key, overlapped, status, information, origin: Origin::Posted }
}
