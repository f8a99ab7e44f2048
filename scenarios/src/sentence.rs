//! What happened, in sentences. All wording about effects, calls and faults is here; whoever
//! shows a run only lays it out.

use iocp_model::io::poll::EVENTS;
use iocp_model::{
    Apc, Effect, Handle, NtStatus, Object, Out, Overlapped, Packet, PortId, ProcessId, Return,
    ThreadId, Timeout, Value,
};

use crate::compile::error_name;
use crate::ending::object_name;
use crate::fault::{Fault, FaultKind, Undefined};
use crate::limits;
use crate::program::Program;
use crate::value::ResultField;
use crate::world::World;

/// Names things as the scenario does.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'a> {
    pub(crate) program: &'a Program,
}

impl Teller<'_> {
    pub(crate) fn thread(self, thread: ThreadId) -> String {
        object_name(self.program, Object::Thread(thread))
    }

    pub(crate) fn port(self, port: PortId) -> String {
        object_name(self.program, Object::Port(port))
    }

    pub(crate) fn object(self, object: impl Into<Object>) -> String {
        object_name(self.program, object.into())
    }

    /// A handle by its name on the stage, or else by what it names now; one that names nothing by
    /// what the stage had there, or by its number.
    pub(crate) fn handle(self, world: &World, process: ProcessId, handle: Handle) -> String {
        let mut objects = self.program.objects.iter();
        let named = objects.find(|o| o.process == process && o.handle == handle);
        match (named, world.kernel.resolve(process, handle)) {
            (Some(named), Some(object)) if named.object == object => named.name.clone(),
            (_, Some(object)) => self.object(object),
            (Some(named), None) => named.name.clone(),
            (None, None) => handle.to_string(),
        }
    }

    /// An address by the name of the OVERLAPPED there.
    pub(crate) fn overlapped(self, at: Overlapped) -> String {
        if at == Overlapped::NULL {
            return "NULL".to_owned();
        }
        let structure = at.number().and_then(|n| self.program.overlapped.get(usize::from(n)));
        structure.map_or_else(|| format!("0x{:x}", at.0), |structure| structure.name.clone())
    }

    /// `packet key=7 (o, STATUS_CANCELLED)`.
    pub(crate) fn packet(self, packet: &Packet) -> String {
        let mut rest = vec![];
        if packet.overlapped != Overlapped::NULL {
            rest.push(self.overlapped(packet.overlapped));
        }
        if packet.status != NtStatus::SUCCESS {
            rest.push(packet.status.to_string());
        }
        if packet.information != 0 {
            rest.push(format!("{} bytes", packet.information));
        }
        let key = key(packet.key);
        match rest.is_empty() {
            true => format!("packet key={key}"),
            false => format!("packet key={key} ({})", rest.join(", ")),
        }
    }

    /// The sentence for an effect.
    pub(crate) fn effect(self, effect: &Effect) -> String {
        let t = |thread: &ThreadId| self.thread(*thread);
        let p = |port: &PortId| self.port(*port);
        match effect {
            Effect::Returned { thread, result } => {
                format!("{} returns {}.", t(thread), self.result(result))
            }
            Effect::Attached { thread, port: Some(port) } => {
                format!("{} counts with {} from now on.", t(thread), p(port))
            }
            Effect::Attached { thread, port: None } => {
                format!("{} counts with no port from now on.", t(thread))
            }
            Effect::ActiveCount { port, from, to } => {
                format!("{}: {to} active, {from} before.", p(port))
            }
            Effect::Queued { port, packet } => {
                format!("The {} joins the queue of {}.", self.packet(packet), p(port))
            }
            Effect::Removed { port, packet, thread } => {
                format!("{} takes the {} from {}.", t(thread), self.packet(packet), p(port))
            }
            Effect::Released { port, packet, thread } => {
                format!("{} hands the {} to {}.", p(port), self.packet(packet), t(thread))
            }
            Effect::Discarded { port, packet } => {
                format!("The {} of {} goes to nobody.", self.packet(packet), p(port))
            }
            Effect::Parked { thread, port, timeout } => {
                format!("{} waits on {}{}.", t(thread), p(port), within(*timeout))
            }
            Effect::Waits { thread, timeout } => {
                format!("{} waits{}.", t(thread), within(*timeout))
            }
            Effect::WaitEnded { thread, status } => {
                format!("The wait of {} ends with {status}.", t(thread))
            }
            Effect::WokenToRetry { thread, port } => {
                format!("{} is woken and will ask {} again.", t(thread), p(port))
            }
            Effect::Blocked { thread } => format!("{} blocks outside the port.", t(thread)),
            Effect::Unblocked { thread } => format!("{} runs again.", t(thread)),
            Effect::Suspended { thread } => format!("{} is suspended.", t(thread)),
            Effect::Resumed { thread } => format!("{} is resumed.", t(thread)),
            Effect::Exited { thread } => format!("{} exits.", t(thread)),
            other => self.rare_effect(other),
        }
    }

    fn rare_effect(self, effect: &Effect) -> String {
        let t = |thread: &ThreadId| self.thread(*thread);
        let p = |port: &PortId| self.port(*port);
        let o = |object: &Object| self.object(*object);
        let at = |overlapped: &Overlapped| self.overlapped(*overlapped);
        match effect {
            Effect::NoPacket { file, overlapped } => {
                let file = self.object(Object::File(*file));
                format!("{file} queues no packet for {}.", at(overlapped))
            }
            Effect::ProcessExited { process } => {
                format!("{} exits.", o(&Object::Process(*process)))
            }
            Effect::ThreadCreated { thread, .. } => format!("{} is created.", t(thread)),
            Effect::ApcQueued { thread, routine } => {
                format!("APC {routine} is queued to {}.", t(thread))
            }
            Effect::ApcRan { thread, apc: Apc::Queued { routine } } => {
                format!("{} runs APC {routine}.", t(thread))
            }
            Effect::ApcRan { thread, apc: Apc::Completion { routine, overlapped, .. } } => {
                let at = at(overlapped);
                format!("{} runs completion routine {routine} for {at}.", t(thread))
            }
            Effect::Signaled { object } => format!("{} is signaled.", o(object)),
            Effect::Unsignaled { object } => format!("{} is not signaled any more.", o(object)),
            Effect::HandleOpened { handle, object, .. } => {
                format!("Handle {handle} to {} is opened.", o(object))
            }
            Effect::HandleClosed { handle, object, .. } => {
                format!("Handle {handle} to {} is closed.", o(object))
            }
            Effect::Rundown { port } => {
                format!("{} is run down: its last handle is gone.", p(port))
            }
            Effect::Freed { object } => format!("{} is gone.", o(object)),
            Effect::Associated { file, port, key: k } => {
                let file = self.object(Object::File(*file));
                format!("{file} is associated with {}, key={}.", p(port), key(*k))
            }
            Effect::Dissociated { file, port } => {
                format!("{} leaves {}.", self.object(Object::File(*file)), p(port))
            }
            Effect::ModesSet { file, modes } => {
                format!("{} has notification modes {modes}.", self.object(Object::File(*file)))
            }
            Effect::Pended { file, overlapped, .. } => {
                let file = self.object(Object::File(*file));
                format!("The operation of {} on {file} is pending.", at(overlapped))
            }
            Effect::Completed { file, overlapped, status, information } => {
                let file = self.object(Object::File(*file));
                let bytes = information;
                format!(
                    "The operation of {} on {file} ends: {status}, {bytes} bytes.",
                    at(overlapped)
                )
            }
            Effect::PollReports { socket, overlapped, events } => {
                self.poll_report(Object::File(*socket), *overlapped, *events)
            }
            Effect::CancelRequested { irp } => format!("Somebody asks to cancel {irp}."),
            Effect::StatusBlock { overlapped, status, information } => {
                format!("{} now says {status}, {information} bytes.", at(overlapped))
            }
            Effect::StaysUnsignaled { object } => format!("{} is not signaled.", o(object)),
            other => format!("{other:?}."),
        }
    }

    fn poll_report(self, socket: Object, overlapped: Overlapped, events: u32) -> String {
        let poll = format!("The poll of {} ({})", self.object(socket), self.overlapped(overlapped));
        match events {
            0 => format!("{poll} ends without an event."),
            _ => format!("{poll} reports {}.", event_names(u64::from(events))),
        }
    }

    /// What a call gave back.
    pub(crate) fn result(self, result: &Return) -> String {
        let mut parts = vec![match result.value {
            Value::Void => "nothing".to_owned(),
            Value::Bool(true) => "TRUE".to_owned(),
            Value::Bool(false) => "FALSE".to_owned(),
            Value::Status(status) => status.to_string(),
            Value::Handle(handle) => format!("handle {handle}"),
            // A count more likely than ERROR_INVALID_FUNCTION.
            Value::Dword(1) => "1".to_owned(),
            Value::Dword(value) => error_or_number(value),
            Value::Int(value) => value.to_string(),
        }];
        if let Some(error) = result.last_error {
            parts.push(format!("last error {}", error_or_number(error)));
        }
        self.out(&result.out, &mut parts);
        parts.join(", ")
    }

    fn out(self, out: &Out, parts: &mut Vec<String>) {
        match out {
            Out::Nothing => {}
            Out::Packet { bytes, key: k, overlapped } => {
                if let Some(k) = k {
                    parts.push(format!("key={}", key(*k)));
                }
                if let Some(bytes) = bytes {
                    parts.push(format!("bytes={bytes}"));
                }
                parts.push(format!("overlapped={}", self.overlapped(*overlapped)));
            }
            Out::Removed(packet) => parts.push(self.packet(packet)),
            Out::Entries { count, entries } => {
                parts.push(format!("count={count}"));
                parts.extend(entries.iter().map(|packet| self.packet(packet)));
            }
            Out::Bytes(bytes) => parts.push(format!("bytes={bytes}")),
            Out::Handle(handle) => parts.push(format!("handle {handle}")),
            Out::Depth(depth) => parts.push(format!("depth={depth}")),
            Out::Previous(previous) => parts.push(format!("before: {previous}")),
            Out::Modes(modes) => parts.push(format!("modes={modes}")),
            Out::AlreadySignaled(already) => parts.push(format!("already signaled: {already}")),
            Out::StatusBlock { status, information } => {
                parts.push(format!("status block {status}, {information} bytes"));
            }
            Out::Created { process, thread } => {
                if let Some(process) = process {
                    parts.push(format!("process handle {process}"));
                }
                parts.push(format!("thread handle {thread}"));
            }
        }
    }

    /// What was wrong with a step.
    pub(crate) fn fault(self, fault: &Fault) -> String {
        let name = &self.program.threads[fault.actor].name;
        let at = |at: &Overlapped| self.overlapped(*at);
        match &fault.kind {
            FaultKind::Expected { field, wanted, found } => {
                let wanted = wanted.map_or("left alone".to_owned(), |v| self.field(*field, v));
                let found = found.map_or("left alone".to_owned(), |v| self.field(*field, v));
                format!("{name} expects {} to be {wanted}, but it is {found}.", field.name())
            }
            FaultKind::Asserted(message) => format!("{name} asserts: {message}; it does not hold."),
            FaultKind::UsedFreed(o) => format!("{name} uses {}, which has been freed.", at(o)),
            FaultKind::WrittenFreed(o) => {
                format!("The kernel writes to {}, which has been freed.", at(o))
            }
            FaultKind::Reused(o, owner) => {
                format!("{name} starts an operation with {}, which {owner}.", at(o))
            }
            FaultKind::FreedOwned(o, owner) => format!("{name} frees {}, which {owner}.", at(o)),
            FaultKind::FreedTwice(o) => format!("{name} frees {} a second time.", at(o)),
            FaultKind::AllocatedTwice(o) => {
                format!("{name} allocates {}, which is still there.", at(o))
            }
            FaultKind::NoSuchOverlapped(o) => {
                format!("{name} frees {}, which is no OVERLAPPED of the scenario.", at(o))
            }
            FaultKind::Undefined(undefined) => match undefined {
                Undefined::DivisionByZero => format!("{name} divides by zero."),
                Undefined::Untouched(field) => format!(
                    "{name} reads {}, which the call left alone: what is there is from before.",
                    field.name()
                ),
                Undefined::NoEntry(index) => {
                    format!("{name} reads entry {index} of its batch, which is not there.")
                }
                Undefined::Nobody => format!("{name} computes with a value that is nobody's."),
            },
            FaultKind::TooManyRecords => {
                format!("{name} records more than {} values.", limits::RECORDS)
            }
            FaultKind::NoStep => {
                format!("{name} tests and assigns {} times without a step.", limits::SILENT)
            }
            FaultKind::TooManyPending => {
                format!("More than {} operations are pending at once.", limits::PENDING)
            }
            FaultKind::TooManyEntries => {
                format!("{name} takes more than {} packets in one batch.", limits::BATCH)
            }
            FaultKind::TooManyWays => {
                format!("{name} could go on in more than {} ways.", limits::ALTERNATIVES)
            }
            FaultKind::Refused(refusal) => format!("{name} cannot go on: {refusal}."),
        }
    }

    fn field(self, field: ResultField, value: i64) -> String {
        match field {
            ResultField::Overlapped => self.overlapped(Overlapped(value as u64)),
            ResultField::LastError => error_or_number(value as u32),
            ResultField::Status => NtStatus(value as u32).to_string(),
            ResultField::Value if value > 0xffff => NtStatus(value as u32).to_string(),
            _ => value.to_string(),
        }
    }
}

/// `AFD_POLL_RECEIVE | AFD_POLL_SEND`.
pub(crate) fn event_names(events: u64) -> String {
    let known = EVENTS.iter().fold(0, |mask, (_, bit)| mask | u64::from(*bit));
    if events == known {
        return "AFD_POLL_ALL".to_owned();
    }
    let named = EVENTS.iter().filter(|(_, bit)| events & u64::from(*bit) != 0);
    let mut parts: Vec<String> = named.map(|(name, _)| (*name).to_owned()).collect();
    if events & !known != 0 || parts.is_empty() {
        parts.push(format!("0x{:x}", events & !known));
    }
    parts.join(" | ")
}

fn within(timeout: Timeout) -> String {
    match timeout {
        Timeout::Infinite => String::new(),
        Timeout::Zero => " for no time".to_owned(),
        Timeout::Finite(ticks) => format!(" for at most {ticks} us"),
    }
}

/// Small keys as numbers, large ones as the addresses they usually are.
fn key(key: u64) -> String {
    if key < 0x1_0000 { key.to_string() } else { format!("0x{key:x}") }
}

pub(crate) fn error_or_number(value: u32) -> String {
    match error_name(i64::from(value)) {
        Some(name) => format!("{value} ({name})"),
        None => value.to_string(),
    }
}
