//! Polling a socket for readiness (`IOCTL_AFD_POLL`), which wepoll, mio, libuv's `uv_poll` and
//! polling stand on.
//!
//! A poll is issued through one file, a socket or a handle to `\Device\Afd`, and looks at another
//! or the same. Once issued it is an operation like any other: it pends, can be cancelled, ends
//! once, and its packet goes to the port of the file it was issued through. What is particular to
//! it, when it ends and what it reports, is here. What the sockets are and what happens to them is
//! not: whoever changes one calls `Machine::polls_see`.
//!
//! # Divergence from Windows
//!
//! A poll looks at one socket, as all programs read do; the real one takes a list. A connected
//! socket can always send, for nothing fills its buffers here. Out-of-band data and a connect that
//! fails are not reported.
//!
//! # Unknown
//!
//! The status of a poll that an exclusive one ends: the tests on Windows wait for its event only.
//! The model says success, as Wine does; `exclusive-poll=cancels` is ReactOS's answer. The order
//! in which polls of one socket through several files end: by file, then as issued. Whether the
//! handle of `\Device\Afd` ends its polls like a socket (J26) when it is closed: taken to be so.
//! When the `AFD_POLL_INFO` is written, if the status block is written late: when the poll ends.

use crate::action::Refusal;
use crate::call::{FileKind, IoCall, IoOp, Notify, PollCall, Reply, Timeout};
use crate::code::code_struct;
use crate::effect::{Effect, Observer, Return};
use crate::ids::{FileId, Handle, IrpId, Overlapped, ProcessId, ThreadId};
use crate::io::complete::Outcome;
use crate::io::file::Link;
use crate::io::request::Request;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

/// `AFD_POLL_RECEIVE`: data can be received.
pub const RECEIVE: u32 = 0x1;
/// `AFD_POLL_SEND`: data can be sent.
pub const SEND: u32 = 0x4;
/// `AFD_POLL_DISCONNECT`: the other end has closed in good order.
pub const DISCONNECT: u32 = 0x8;
/// `AFD_POLL_ABORT`: the other end has reset the connection.
pub const ABORT: u32 = 0x10;
/// `AFD_POLL_LOCAL_CLOSE`: this end has been closed.
pub const LOCAL_CLOSE: u32 = 0x20;
/// `AFD_POLL_CONNECT`: it is connected.
pub const CONNECT: u32 = 0x40;
/// `AFD_POLL_ACCEPT`: a connection waits to be accepted.
pub const ACCEPT: u32 = 0x80;

/// The names of all event bits, those included that the model never reports.
pub const EVENTS: [(&str, u32); 9] = [
    ("AFD_POLL_RECEIVE", RECEIVE),
    ("AFD_POLL_RECEIVE_EXPEDITED", 0x2),
    ("AFD_POLL_SEND", SEND),
    ("AFD_POLL_DISCONNECT", DISCONNECT),
    ("AFD_POLL_ABORT", ABORT),
    ("AFD_POLL_LOCAL_CLOSE", LOCAL_CLOSE),
    ("AFD_POLL_CONNECT", CONNECT),
    ("AFD_POLL_ACCEPT", ACCEPT),
    ("AFD_POLL_CONNECT_FAIL", 0x100),
];

/// The bytes of an `AFD_POLL_INFO` without any socket, on 64-bit Windows.
pub const HEAD: u64 = 16;
/// The bytes of one with a socket.
const WITH_ONE: u64 = 32;

/// What a pending poll waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Poll {
    /// The events asked for.
    pub events: u32,
    /// It ends an exclusive main poll, and if it is the main poll another exclusive one ends it.
    pub exclusive: bool,
    /// It was issued while its socket had no main poll.
    pub main: bool,
    /// Its time can be up.
    pub timer: bool,
}

/// What AFD has written into the `AFD_POLL_INFO` beside a status block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PollInfo {
    /// Whose memory it is.
    pub process: ProcessId,
    /// The status block beside it.
    pub at: Overlapped,
    /// The events reported; 0 if no socket is.
    pub events: u32,
}

code_struct!(Poll { events, exclusive, main, timer });
code_struct!(PollInfo { process, at, events });

impl Poll {
    /// What the environment can end a poll with that nobody asked to cancel: only its time.
    pub(crate) fn may_end(self, status: NtStatus) -> Result<(), Refusal> {
        if self.timer && status == NtStatus::TIMEOUT {
            Ok(())
        } else {
            Err(Refusal::NotModelled("a poll that ends otherwise than by its socket or its time"))
        }
    }
}

impl Kernel {
    /// The events that the last poll with this status block reported, if one has ended.
    pub fn reported(&self, process: ProcessId, at: Overlapped) -> Option<u32> {
        let place = self.poll_infos.binary_search_by_key(&(process, at), |i| (i.process, i.at));
        place.ok().map(|place| self.poll_infos[place].events)
    }

    /// What a poll of this file would find.
    fn ready(&self, socket: FileId) -> u32 {
        let file = &self.files[socket];
        let receive = if file.inbox.is_empty() { 0 } else { RECEIVE };
        match (file.kind, file.link) {
            (FileKind::Listener, _) if receive != 0 => ACCEPT,
            (FileKind::Datagram, _) => SEND | receive,
            (FileKind::Stream, Link::Connected) => CONNECT | SEND | receive,
            (FileKind::Stream, Link::PeerClosed) => CONNECT | SEND | receive | DISCONNECT,
            (FileKind::Stream, Link::PeerReset) => CONNECT | SEND | receive | ABORT,
            _ => 0,
        }
    }

    /// The pending polls of a socket, in the order in which they end.
    fn polls_of(&self, socket: FileId) -> Vec<(IrpId, Poll)> {
        let mut found: Vec<_> = self
            .irps
            .iter()
            .filter_map(|(id, irp)| match irp.request.polled() {
                Some((other, poll)) if other == socket => Some((id, irp, poll)),
                _ => None,
            })
            .collect();
        found.sort_by_key(|(_, irp, _)| (irp.request.file, irp.order));
        found.into_iter().map(|(id, _, poll)| (id, poll)).collect()
    }
}

fn is_socket(kind: FileKind) -> bool {
    matches!(kind, FileKind::Stream | FileKind::Listener | FileKind::Datagram)
}

impl<O: Observer> Machine<'_, O> {
    /// A poll is issued; `None` if the issuer waits for it inside the call.
    pub(crate) fn afd_poll(&mut self, thread: ThreadId, call: &PollCall) -> Option<Return> {
        let PollCall { file, event, context, status_block, .. } = *call;
        let notify = Notify::Native { event, routine: None, context, status_block };
        let (op, reply) = (IoOp::NtDeviceIoControlFile, Reply::Driver);
        let io = IoCall { op, file, length: 0, other: Handle::NULL, notify, reply };
        let mut request = match self.request(thread, &io) {
            Ok(request) => request,
            Err(status) => return Some(Return::status(status)),
        };
        self.clear_events(&request);
        let socket = match self.polled_socket(thread, request.file, call.socket) {
            Ok(socket) => socket,
            Err(status) => return self.poll_ends_at_once(&request, status, 0),
        };
        request.other = Some(socket);
        let main = self.displace(socket, call.exclusive);
        let seen = self.k.ready(socket) & call.events;
        if seen != 0 || call.timeout == Timeout::Zero {
            let (rule, bytes) = match seen {
                0 => (Rule::PollWithoutWait, HEAD),
                _ => (Rule::PollReportsAtOnce, WITH_ONE),
            };
            self.report(rule, &request, seen);
            return self.poll_ends_at_once(&request, NtStatus::SUCCESS, bytes);
        }
        let PollCall { events, exclusive, timeout, .. } = *call;
        let timer = matches!(timeout, Timeout::Finite(_));
        request.poll = Some(Poll { events, exclusive, main, timer });
        self.pend(&request)
    }

    /// The socket that a handle names. AFD polls sockets, through sockets and itself.
    fn polled_socket(
        &self,
        thread: ThreadId,
        through: FileId,
        handle: Handle,
    ) -> Result<FileId, NtStatus> {
        let through = self.k.files[through].kind;
        if !is_socket(through) && through != FileKind::Device {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        let invalid = NtStatus::INVALID_HANDLE;
        let socket = self.file(thread, handle).map_err(|_| invalid)?;
        if is_socket(self.k.files[socket].kind) { Ok(socket) } else { Err(invalid) }
    }

    fn poll_ends_at_once(
        &mut self,
        request: &Request,
        status: NtStatus,
        information: u64,
    ) -> Option<Return> {
        let outcome = Outcome { status, information, pended: false, later: false };
        self.end_at_once(request, outcome, status)
    }

    /// An exclusive poll ends an exclusive main poll. Whether the new one is the main poll.
    fn displace(&mut self, socket: FileId, exclusive: bool) -> bool {
        let polls = self.k.polls_of(socket);
        let Some((irp, main)) = polls.into_iter().find(|(_, poll)| poll.main) else { return true };
        if !exclusive || !main.exclusive {
            return false;
        }
        let (status, bytes) = match self.deviates(Deviation::ExclusivePollCancels) {
            true => (NtStatus::CANCELLED, 0),
            false => (NtStatus::SUCCESS, HEAD),
        };
        let request = self.k.irps[irp].request;
        self.report(Rule::PollExclusive, &request, 0);
        self.complete_irp(irp, status, bytes);
        true
    }

    /// Something has happened to a socket: the polls that wait for it end.
    pub(crate) fn polls_see(&mut self, socket: FileId) {
        if self.k.irps.is_empty() {
            return;
        }
        let ready = self.k.ready(socket);
        for (irp, poll) in self.k.polls_of(socket) {
            self.poll_ends(Rule::PollReportsOnce, irp, ready & poll.events);
        }
    }

    /// The last handle of a file is closed: if it is a socket, the polls of it end.
    pub(crate) fn polls_see_close(&mut self, socket: FileId) {
        for (irp, _) in self.k.polls_of(socket) {
            self.poll_ends(Rule::PollSeesClose, irp, LOCAL_CLOSE);
        }
    }

    fn poll_ends(&mut self, rule: Rule, irp: IrpId, events: u32) {
        if events == 0 {
            return;
        }
        let request = self.k.irps[irp].request;
        self.report(rule, &request, events);
        self.complete_irp(irp, NtStatus::SUCCESS, WITH_ONE);
    }

    /// Says that a poll ends without an event, and how many bytes that takes.
    pub(crate) fn report_nothing(&mut self, rule: Rule, irp: IrpId) -> u64 {
        let request = self.k.irps[irp].request;
        if request.poll.is_none() {
            return 0;
        }
        self.report(rule, &request, 0);
        HEAD
    }

    /// Writes what a poll found into the `AFD_POLL_INFO` beside its status block.
    fn report(&mut self, rule: Rule, request: &Request, events: u32) {
        let Request { process, status_block: at, other, .. } = *request;
        let Some(socket) = other else { return };
        if at != Overlapped::NULL {
            let info = PollInfo { process, at, events };
            match self.k.poll_infos.binary_search_by_key(&(process, at), |i| (i.process, i.at)) {
                Ok(place) => self.k.poll_infos[place] = info,
                Err(place) => self.k.poll_infos.insert(place, info),
            }
        }
        self.emit(rule, Effect::PollReports { socket, overlapped: at, events });
    }
}
