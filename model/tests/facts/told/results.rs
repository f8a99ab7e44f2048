//! What a call gives back follows from what the effects say: the packet that its thread took, how
//! its wait ended, the handle that was opened, how its operation ended. And what a rule refuses
//! with, its sentence says.

use iocp_model::ke::thread::{Run, WaitOn, Waiting};

use crate::io_stage::*;

/// What the sentence of a rule says that calls return: an error, a status, a value.
const RESULTS: [(Rule, &[u32]); 28] = [
    (Rule::PostMayFail, &[1450, 1816, 0xC000_009A, 0xC000_0044]),
    (Rule::PortMayFail, &[1450, 1816, 0xC000_009A, 0xC000_0044]),
    (Rule::RemoveCountZero, &[87, 0xC000_000D]),
    (Rule::InvalidHandle, &[6, 10038, 0xC000_0008]),
    (Rule::TypeMismatch, &[6, 10038, 0xC000_0008, 0xC000_0024]),
    (Rule::AccessDenied, &[5, 0xC000_0022]),
    (Rule::BindNull, &[87]),
    (Rule::BindNullOld, &[6]),
    (Rule::NullOutputs, &[87]),
    (Rule::AssociateOnce, &[87, 0xC000_000D]),
    (Rule::AssociateNeedsOverlapped, &[87, 0xC000_000D]),
    (Rule::ReplaceUnknown, &[0xC000_0003]),
    (Rule::ModesUnknownOnXp, &[0xC000_0003]),
    (Rule::NullOverlappedRefused, &[87, 0xC000_000D]),
    (Rule::ApcRefusedWhenAssociated, &[87, 10022, 0xC000_000D]),
    (Rule::CancelNotFound, &[1168, 0xC000_0225]),
    (Rule::OneJob, &[5]),
    (Rule::NestedJobs, &[0, 5]),
    (Rule::JobPortNullOld, &[87]),
    (Rule::OperationPends, &[997, 0x103]),
    (Rule::DiskPends, &[997, 0x103]),
    (Rule::PeekPends, &[0x103]),
    (Rule::CreatePort, &[0, 0x4000_0000]),
    (Rule::QueryDepth, &[0]),
    (Rule::ZeroTimeoutAttaches, &[258, 0x102]),
    (Rule::YieldIsNoWait, &[0]),
    (Rule::ApcBeforePacket, &[0xC0, 735, 0]),
    (
        Rule::InvalidParameter,
        &[
            1,
            24,
            87,
            123,
            161,
            998,
            10022,
            0x4000_0000,
            0x8000_0002,
            0xC000_0003,
            0xC000_0004,
            0xC000_0005,
            0xC000_0008,
            0xC000_000D,
            0xC000_0033,
            0xC000_0034,
            0xC000_003B,
            0xC000_00EF,
            0xC000_00F1,
        ],
    ),
];

/// A result that nothing accounts for.
pub(super) fn unfounded(
    before: &Kernel,
    action: &Action,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Option<String> {
    for (place, (rule, effect)) in effects.iter().enumerate() {
        let Effect::Returned { thread, result } = effect else { continue };
        let call = Returning {
            before,
            after,
            thread: *thread,
            call: match action {
                Action::Call { thread: by, call } if by == thread => Some(call),
                Action::Exhausted { thread: by, call, .. } if by == thread => Some(call),
                _ => None,
            },
            earlier: &effects[..place],
        };
        let doubt = refused_otherwise(*rule, result)
            .or_else(|| ill_formed(result))
            .or_else(|| call.wrong_kind(result))
            .or_else(|| call.wrong_packets(result))
            .or_else(|| call.wrong_end(result))
            .or_else(|| call.wrong_outcome(result))
            .or_else(|| call.wrong_answer(result));
        if let Some(doubt) = doubt {
            return Some(format!("{thread} returned {result:?} ({rule}): {doubt}"));
        }
    }
    None
}

/// The status or the error that a result says, 0 for success.
fn code(result: &Return) -> u32 {
    match result.value {
        Value::Status(status) => status.0,
        Value::Dword(value) => result.last_error.unwrap_or(value),
        _ => result.last_error.unwrap_or(0),
    }
}

fn refused_otherwise(rule: Rule, result: &Return) -> Option<String> {
    let (_, codes) = RESULTS.iter().find(|(refuses, _)| *refuses == rule)?;
    (!codes.contains(&code(result))).then(|| format!("the rule says one of {codes:?}"))
}

/// A failed Win32 call says why, a successful one leaves the last error alone, and a native call
/// has none.
fn ill_formed(result: &Return) -> Option<String> {
    let failed = match result.value {
        Value::Bool(success) => !success,
        Value::Handle(handle) => handle == Handle::NULL || handle == Handle::INVALID,
        Value::Int(n) if n == 0 || n == -1 => n == -1,
        Value::Int(n) => return Some(format!("{n} is neither 0 nor SOCKET_ERROR")),
        Value::Status(_) => false,
        // 0 from QueueUserAPC is a failure, from a wait it is none; SetLastError has no value.
        Value::Dword(0) | Value::Void => return None,
        Value::Dword(n) => n == u32::MAX,
    };
    let says = result.last_error.is_some_and(|error| error != 0);
    (says != failed).then(|| "the last error does not fit".to_owned())
}

/// A call on its way back to its caller.
struct Returning<'a> {
    before: &'a Kernel,
    after: &'a Kernel,
    thread: ThreadId,
    /// The call, if it was made by this very action.
    call: Option<&'a Call>,
    /// What has happened before it returned.
    earlier: &'a [(Rule, Effect)],
}

impl Returning<'_> {
    fn is_io(&self) -> bool {
        self.operation().is_some()
    }

    fn process(&self) -> Option<ProcessId> {
        Some(self.before.thread(self.thread)?.process)
    }

    /// How many objects it waited for.
    fn waited_for(&self) -> u32 {
        let run = self.before.thread(self.thread).map(|t| &t.run);
        match (self.call, run) {
            (Some(Call::WaitForMultipleObjects { handles, .. }), _) => handles.len() as u32,
            (None, Some(Run::Waiting(wait))) => match &wait.on {
                WaitOn::Any(objects) | WaitOn::All(objects) => objects.len() as u32,
                _ => 1,
            },
            _ => 1,
        }
    }

    fn waited_in(&self) -> Option<Waiting> {
        match &self.before.thread(self.thread)?.run {
            Run::Waiting(wait) | Run::Retrying(wait) => Some(wait.call),
            _ => None,
        }
    }

    /// Only two functions have no value.
    fn wrong_kind(&self, result: &Return) -> Option<String> {
        let without = match self.call {
            Some(call) => matches!(call, Call::SetLastError { .. } | Call::Sleep { .. }),
            None => self.waited_in() == Some(Waiting::Sleep),
        };
        let fits = without == (result.value == Value::Void);
        (!fits).then(|| "only SetLastError and Sleep have no value".to_owned())
    }

    /// The packets that its thread took are those it returns with, and no other.
    fn wrong_packets(&self, result: &Return) -> Option<String> {
        let taken = self.earlier.iter().filter_map(|(_, effect)| match effect {
            Effect::Removed { thread, packet, .. } | Effect::Released { thread, packet, .. }
                if *thread == self.thread =>
            {
                Some(*packet)
            }
            _ => None,
        });
        let taken: Vec<Packet> = taken.collect();
        let fits = match (&result.out, &taken[..]) {
            (Out::Packet { bytes, key, overlapped }, [packet]) => {
                let success = packet.status.is_success();
                let error = (!success).then(|| packet.status.to_win32());
                (*bytes, *key) == (Some(packet.information as u32), Some(packet.key))
                    && *overlapped == packet.overlapped
                    && result.value == Value::Bool(success)
                    && result.last_error == error
            }
            (Out::Packet { bytes, key, overlapped }, []) => {
                (*bytes, *key, *overlapped) == (None, None, Overlapped::NULL)
                    && result.value == Value::Bool(false)
            }
            (Out::Removed(packet), [taken]) => {
                packet == taken && result.value == Value::Status(NtStatus::SUCCESS)
            }
            (Out::Entries { count, entries }, taken) => {
                let full = taken.is_empty()
                    || matches!(result.value, Value::Bool(true) | Value::Status(NtStatus::SUCCESS));
                entries == taken && *count as usize == taken.len() && full
            }
            (_, taken) => taken.is_empty(),
        };
        (!fits).then(|| format!("it took {taken:?}"))
    }

    /// How its wait ended is what it returns.
    fn wrong_end(&self, result: &Return) -> Option<String> {
        let status = self.earlier.iter().rev().find_map(|(_, effect)| match effect {
            Effect::WaitEnded { thread, status } if *thread == self.thread => Some(*status),
            _ => None,
        })?;
        let slept = matches!(self.waited_in(), Some(Waiting::Sleep | Waiting::SleepEx))
            || matches!(self.call, Some(Call::Sleep { .. } | Call::SleepEx { .. }));
        let object = status == NtStatus::SUCCESS;
        let objects = self.waited_for();
        let index = |n: u32| n < objects || (0x80..0x80 + objects).contains(&n);
        let expected = match status {
            NtStatus::TIMEOUT => 258,
            NtStatus::USER_APC => 192,
            NtStatus::ABANDONED_WAIT_0 => 735,
            _ => status.to_win32(),
        };
        let fits = match result.value {
            Value::Dword(value) if object => index(value),
            Value::Dword(value) if slept && status == NtStatus::TIMEOUT => value == 0,
            Value::Dword(value) => value == expected,
            Value::Status(s) if object => index(s.0),
            Value::Status(s) => s == status,
            Value::Bool(true) => object || status == NtStatus::USER_APC,
            Value::Bool(false) => object || result.last_error == Some(expected),
            Value::Void => slept,
            _ => object,
        };
        (!fits).then(|| format!("its wait ended with {status}"))
    }

    /// Its operation: which one, on which file, and what its driver answers, if that is known.
    fn operation(&self) -> Option<(IoOp, Object, Option<Reply>)> {
        match (self.call, self.waited_in()) {
            (Some(Call::Io(io)), _) => {
                let file = self.before.resolve(self.process()?, io.file)?;
                Some((io.op, file, Some(io.reply)))
            }
            (None, Some(Waiting::SyncIo { irp, op })) => {
                Some((op, Object::File(self.before.irp(irp)?.request.file), None))
            }
            _ => None,
        }
    }

    /// How its operation ended is what it returns, and with how many bytes.
    fn wrong_outcome(&self, result: &Return) -> Option<String> {
        if let (None, Some(Waiting::SyncIoDone { status, .. })) = (self.call, self.waited_in()) {
            let fits = match result.value {
                Value::Status(told) => told == status,
                Value::Bool(true) | Value::Int(0) => status.is_success(),
                _ => !status.is_success(),
            };
            return (!fits).then(|| format!("it ended with {status}"));
        }
        let Some((op, file, reply)) = self.operation() else {
            return self.bytes_of_nothing(result);
        };
        let ended = self.earlier.iter().rev().find_map(|(_, effect)| match effect {
            Effect::Completed { file: of, status, information, .. }
                if Object::File(*of) == file =>
            {
                Some((*status, *information))
            }
            _ => None,
        });
        let pends = [997, 0x103].contains(&code(result));
        let Some((status, information)) = ended else {
            // These say TRUE once they are queued.
            let queued = op == IoOp::ReadDirectoryChangesW || op.is_ex();
            if matches!(result.out, Out::Bytes(_)) {
                return Some("bytes of an operation that has not ended".to_owned());
            }
            return (!pends && code(result) == 0 && !queued)
                .then(|| "its operation has not ended".to_owned());
        };
        let (status, information) = match reply {
            // What a driver returns need not be how its operation ends (facts.md 1G).
            Some(Reply::Exact { returned, information, .. }) => (returned, information),
            // Its packet says 0 bytes, its caller hears the size (J19).
            Some(Reply::Done { information, .. }) if op == IoOp::WSAIoctl => (status, information),
            _ => (status, information),
        };
        // Winsock functions have errors of their own.
        let own_errors = op.is_winsock() || op.is_winsock_extension();
        let fits = match result.value {
            _ if pends => true,
            Value::Status(told) => told == status,
            Value::Bool(true) | Value::Int(0) => status.is_success(),
            _ if own_errors => !status.is_success(),
            _ => !status.is_success() && result.last_error == Some(status.to_win32()),
        };
        let bytes = match result.out {
            Out::Bytes(n) => !status.is_error() && n == information as u32,
            Out::StatusBlock { status: s, information: n } => (s, n) == (status, information),
            _ => true,
        };
        (!fits || !bytes).then(|| format!("its operation ended with {status}, {information}"))
    }

    /// Bytes are those of an operation, or of an OVERLAPPED that says them.
    fn bytes_of_nothing(&self, result: &Return) -> Option<String> {
        let Out::Bytes(n) = result.out else { return None };
        let at = match (self.call, self.waited_in()) {
            (Some(Call::GetOverlappedResult { overlapped, .. }), _)
            | (Some(Call::GetOverlappedResultEx { overlapped, .. }), _) => overlapped.at,
            (None, Some(Waiting::OverlappedResult { overlapped, .. })) => overlapped,
            _ => return Some("bytes of no operation".to_owned()),
        };
        let block = self.after.status_block(self.process()?, at);
        // Memory that nobody has written says success and 0 bytes.
        let (status, information) =
            block.map_or((NtStatus::SUCCESS, 0), |block| (block.status, block.information));
        let ok = status.is_success() == (result.value == Value::Bool(true));
        let fits = ok && information as u32 == n;
        (!fits).then(|| format!("its OVERLAPPED says {block:?}"))
    }

    /// Handles, depths and previous counts are those that there are.
    fn wrong_answer(&self, result: &Return) -> Option<String> {
        let opened = |wanted: Handle| {
            self.earlier.iter().any(|(_, effect)| {
                matches!(effect, Effect::HandleOpened { handle, .. } if *handle == wanted)
            })
        };
        let given = match self.call {
            Some(Call::CreateIoCompletionPort { existing_port, .. }) => *existing_port,
            _ => Handle::NULL,
        };
        let process = self.process()?;
        let target = |handle: Handle| match self.before.resolve(process, handle) {
            Some(Object::Thread(id)) => self.before.thread(id),
            _ => None,
        };
        let fits = match (result.value, &result.out) {
            (Value::Dword(n), _) if result.last_error.is_none() => match self.call {
                Some(Call::GetLastError {}) => {
                    self.before.thread(self.thread).is_some_and(|t| t.last_error == n)
                }
                Some(Call::SuspendThread { thread } | Call::ResumeThread { thread }) => {
                    target(*thread).is_some_and(|t| u32::from(t.suspended) == n)
                }
                Some(Call::QueueUserAPC { .. }) => n == 1,
                _ => true,
            },
            (Value::Handle(handle), _) if result.last_error.is_none() && !opened(handle) => {
                handle == given && given != Handle::NULL
            }
            (_, Out::Handle(handle)) => opened(*handle),
            (_, Out::Created { process, thread }) => process.is_none_or(opened) && opened(*thread),
            (Value::Status(s), Out::StatusBlock { status, information }) if !self.is_io() => {
                (s, 0) == (*status, *information)
            }
            (_, Out::Depth(depth)) => match self.call {
                Some(Call::NtQueryIoCompletion { port, .. }) => {
                    matches!(self.before.resolve(process, *port), Some(Object::Port(port))
                        if self.before.port(port).is_some_and(|p| p.depth() == *depth))
                }
                _ => false,
            },
            (_, Out::Previous(count)) => match self.call {
                Some(Call::ReleaseSemaphore { semaphore, .. }) => {
                    matches!(self.before.resolve(process, *semaphore), Some(Object::Semaphore(s))
                        if self.before.semaphore(s).is_some_and(|s| s.count == *count))
                }
                _ => false,
            },
            (_, Out::Modes(modes)) => match self.call {
                Some(Call::NtQueryInformationFileNotificationModes { file }) => {
                    matches!(self.before.resolve(process, *file), Some(Object::File(f))
                        if self.before.file(f).is_some_and(|f| f.modes == *modes))
                }
                _ => false,
            },
            (Value::Status(status), Out::Nothing) if status.is_error() => match self.call {
                Some(Call::NtQueryIoCompletion { class: 0, .. }) => {
                    status != NtStatus::INVALID_INFO_CLASS
                }
                Some(Call::NtQueryIoCompletion { .. }) => status != NtStatus::INFO_LENGTH_MISMATCH,
                Some(Call::NtSetInformationFileNotificationModes { length, .. }) => {
                    *length < 4 || status != NtStatus::INFO_LENGTH_MISMATCH
                }
                _ => true,
            },
            (_, Out::AlreadySignaled(already)) => {
                *already
                    == self.earlier.iter().any(|(rule, effect)| {
                        *rule == Rule::WaitPacketFires && !matches!(effect, Effect::Returned { .. })
                    })
            }
            _ => true,
        };
        (!fits).then(|| "that is not what there is".to_owned())
    }
}
