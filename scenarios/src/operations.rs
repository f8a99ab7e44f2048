//! Operations on files that can end at a port: the rows of the function table whose call also
//! says how completion is announced and what the driver answers.

use iocp_model::{Call, Handle, IoCall, IoOp, Notify, Overlapped, OverlappedArg, PollCall, Reply};

use crate::calls::{Argument, Build, Function, Kind, Values, arg, or};

/// No routine was given.
const NONE: u64 = u64::MAX;

/// The arguments of every Win32 operation: file 0, length 1, other 2, OVERLAPPED 3 and 4, routine 5.
const WIN32: &[Argument] = &[
    arg("file", Kind::Handle),
    or("length", Kind::Number, 0),
    or("other", Kind::Handle, 0),
    or("overlapped", Kind::Overlapped, 0),
    or("routine", Kind::Maybe, NONE),
];

/// The arguments of every native operation: file 0, length 1, event 2, routine 3, context 4,
/// status block 5.
const NATIVE: &[Argument] = &[
    arg("file", Kind::Handle),
    or("length", Kind::Number, 0),
    or("event", Kind::Handle, 0),
    or("routine", Kind::Maybe, NONE),
    or("context", Kind::Pointer, 0),
    arg("status_block", Kind::Pointer),
];

const fn win32(name: &'static str, op: IoOp) -> Function {
    Function { name, arguments: WIN32, build: Build::Operation(op) }
}

const fn native(name: &'static str, op: IoOp) -> Function {
    Function { name, arguments: NATIVE, build: Build::Operation(op) }
}

/// The rows.
pub(crate) static OPERATIONS: &[Function] = &[
    win32("ReadFile", IoOp::ReadFile),
    win32("WriteFile", IoOp::WriteFile),
    win32("ReadFileEx", IoOp::ReadFileEx),
    win32("WriteFileEx", IoOp::WriteFileEx),
    win32("ConnectNamedPipe", IoOp::ConnectNamedPipe),
    win32("TransactNamedPipe", IoOp::TransactNamedPipe),
    win32("DeviceIoControl", IoOp::DeviceIoControl),
    win32("LockFileEx", IoOp::LockFileEx),
    win32("ReadDirectoryChangesW", IoOp::ReadDirectoryChangesW),
    win32("WaitCommEvent", IoOp::WaitCommEvent),
    win32("WSASend", IoOp::WSASend),
    win32("WSARecv", IoOp::WSARecv),
    win32("WSASendTo", IoOp::WSASendTo),
    win32("WSARecvFrom", IoOp::WSARecvFrom),
    win32("WSAIoctl", IoOp::WSAIoctl),
    win32("AcceptEx", IoOp::AcceptEx),
    win32("ConnectEx", IoOp::ConnectEx),
    win32("DisconnectEx", IoOp::DisconnectEx),
    win32("TransmitFile", IoOp::TransmitFile),
    native("NtReadFile", IoOp::NtReadFile),
    native("NtWriteFile", IoOp::NtWriteFile),
    native("NtDeviceIoControlFile", IoOp::NtDeviceIoControlFile),
    native("NtFsControlFile", IoOp::NtFsControlFile),
    Function { name: "AfdPoll", arguments: POLL, build: Build::Poll(poll) },
];

/// The arguments of a poll (`NtDeviceIoControlFile` with `IOCTL_AFD_POLL`).
const POLL: &[Argument] = &[
    arg("file", Kind::Handle),
    arg("socket", Kind::Handle),
    arg("events", Kind::Events),
    or("exclusive", Kind::Flag, 0),
    or("timeout", Kind::Timeout, u64::MAX),
    or("event", Kind::Handle, 0),
    or("context", Kind::Pointer, 0),
    arg("status_block", Kind::Pointer),
];

fn poll(v: &Values) -> Call {
    Call::AfdPoll(PollCall {
        file: v.handle(0),
        socket: v.handle(1),
        events: v.small(2),
        exclusive: v.flag(3),
        timeout: v.timeout(4),
        event: v.handle(5),
        context: v.plain[6],
        status_block: v.at(7),
    })
}

fn is_native(op: IoOp) -> bool {
    use IoOp::{NtDeviceIoControlFile, NtFsControlFile, NtReadFile, NtWriteFile};
    matches!(op, NtReadFile | NtWriteFile | NtDeviceIoControlFile | NtFsControlFile)
}

/// The place of the OVERLAPPED (or status block) among the values.
fn place_of_overlapped(op: IoOp) -> usize {
    if is_native(op) { 5 } else { 3 }
}

/// The call that these values make.
pub(crate) fn build(op: IoOp, values: &Values, reply: Reply) -> Call {
    let plain = &values.plain;
    let at = Overlapped(plain[place_of_overlapped(op)]);
    let routine = |place: usize| (plain[place] != NONE).then_some(plain[place] as u16);
    let (other, notify) = if is_native(op) {
        let notify = Notify::Native {
            event: Handle(plain[2]),
            routine: routine(3),
            context: plain[4],
            status_block: at,
        };
        (Handle::NULL, notify)
    } else {
        let overlapped = OverlappedArg { at, event: Handle(plain[4]) };
        // The Ex functions always complete by routine, numbered 0 if the scenario gives no number.
        let routine = match op {
            IoOp::ReadFileEx | IoOp::WriteFileEx => Some(routine(5).unwrap_or(0)),
            _ => routine(5),
        };
        let notify = match routine {
            Some(routine) => Notify::Routine { overlapped, routine },
            None if at == Overlapped::NULL => Notify::Nothing,
            None => Notify::Overlapped(overlapped),
        };
        (Handle(plain[2]), notify)
    };
    Call::Io(IoCall { op, file: Handle(plain[0]), length: plain[1] as u32, other, notify, reply })
}
