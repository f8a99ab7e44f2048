//! Files, pipes and sockets, operations apart.

use iocp_model::Call;

use super::Kind::{Flag as Bool, Handle as H, Number as N, Overlapped as O, Pointer as P};
use super::{Function, Kind, arg, or, row};

/// Files, pipes and sockets, operations apart.
pub(super) static FILES: &[Function] = &[
    row(
        "CreateFile",
        &[arg("kind", Kind::File), or("overlapped_flag", Bool, 1), or("inherit", Bool, 0)],
        |v| Call::CreateFile { kind: v.kind(0), overlapped: v.flag(1), inherit: v.flag(2) },
    ),
    row("CreateNamedPipe", &[or("overlapped_flag", Bool, 1), or("message", Bool, 0)], |v| {
        Call::CreateNamedPipe { overlapped: v.flag(0), message: v.flag(1) }
    }),
    row("OpenNamedPipe", &[arg("server", H), or("overlapped_flag", Bool, 1)], |v| {
        Call::OpenNamedPipe { server: v.handle(0), overlapped: v.flag(1) }
    }),
    row("SocketPair", &[or("overlapped_flag", Bool, 1)], |v| Call::SocketPair {
        overlapped: v.flag(0),
    }),
    row("DisconnectNamedPipe", &[arg("file", H)], |v| Call::DisconnectNamedPipe {
        file: v.handle(0),
    }),
    row(
        "NtSetInformationFileCompletion",
        &[arg("file", H), arg("port", H), or("key", N, 0)],
        |v| Call::NtSetInformationFileCompletion {
            file: v.handle(0),
            port: v.handle(1),
            key: v.plain[2],
        },
    ),
    row(
        "NtSetInformationFileReplaceCompletion",
        &[arg("file", H), or("port", H, 0), or("key", N, 0)],
        |v| Call::NtSetInformationFileReplaceCompletion {
            file: v.handle(0),
            port: v.handle(1),
            key: v.plain[2],
        },
    ),
    row(
        "NtSetInformationFileNotificationModes",
        &[arg("file", H), arg("flags", N), or("length", N, 4)],
        |v| Call::NtSetInformationFileNotificationModes {
            file: v.handle(0),
            flags: v.small(1),
            length: v.small(2),
        },
    ),
    row("NtQueryInformationFileNotificationModes", &[arg("file", H)], |v| {
        Call::NtQueryInformationFileNotificationModes { file: v.handle(0) }
    }),
    row("SetFileCompletionNotificationModes", &[arg("file", H), arg("flags", N)], |v| {
        Call::SetFileCompletionNotificationModes { file: v.handle(0), flags: v.small(1) }
    }),
    row("BindIoCompletionCallback", &[arg("file", H)], |v| Call::BindIoCompletionCallback {
        file: v.handle(0),
    }),
    row("Shutdown", &[arg("file", H)], |v| Call::Shutdown { file: v.handle(0) }),
    row("CancelIo", &[arg("file", H)], |v| Call::CancelIo { file: v.handle(0) }),
    row("CancelIoEx", &[arg("file", H), or("overlapped", P, 0)], |v| Call::CancelIoEx {
        file: v.handle(0),
        overlapped: v.at(1),
    }),
    row("NtCancelIoFileEx", &[arg("file", H), or("status_block", P, 0)], |v| {
        Call::NtCancelIoFileEx { file: v.handle(0), status_block: v.at(1) }
    }),
    row("CancelSynchronousIo", &[arg("thread", H)], |v| Call::CancelSynchronousIo {
        thread: v.handle(0),
    }),
    row("GetOverlappedResult", &[arg("file", H), arg("overlapped", O), or("wait", Bool, 0)], |v| {
        Call::GetOverlappedResult {
            file: v.handle(0),
            overlapped: v.overlapped(1),
            wait: v.flag(3),
        }
    }),
    row(
        "GetOverlappedResultEx",
        &[
            arg("file", H),
            arg("overlapped", O),
            or("timeout", Kind::Timeout, 0),
            or("alertable", Bool, 0),
        ],
        |v| Call::GetOverlappedResultEx {
            file: v.handle(0),
            overlapped: v.overlapped(1),
            timeout: v.timeout(3),
            alertable: v.flag(4),
        },
    ),
];
