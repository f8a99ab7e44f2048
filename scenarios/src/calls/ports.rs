//! Completion ports, Win32 and native.

use iocp_model::{Access, Call, Handle};

use super::Kind::{Flag as Bool, Handle as H, Number as N, Pointer as P};
use super::{Function, Kind, arg, or, row};

const ALL: u64 = Access::ALL.0 as u64;
const INVALID: u64 = Handle::INVALID.0;
const FOREVER: u64 = u64::MAX;

/// Completion ports, Win32 and native.
pub(super) static PORTS: &[Function] = &[
    row(
        "CreateIoCompletionPort",
        &[
            or("file", H, INVALID),
            or("existing_port", H, 0),
            or("key", N, 0),
            or("concurrency", N, 0),
        ],
        |v| Call::CreateIoCompletionPort {
            file: v.handle(0),
            existing_port: v.handle(1),
            key: v.plain[2],
            concurrency: v.small(3),
        },
    ),
    row(
        "PostQueuedCompletionStatus",
        &[arg("port", H), or("bytes", N, 0), or("key", N, 0), or("overlapped", P, 0)],
        |v| Call::PostQueuedCompletionStatus {
            port: v.handle(0),
            bytes: v.small(1),
            key: v.plain[2],
            overlapped: v.at(3),
        },
    ),
    row(
        "GetQueuedCompletionStatus",
        &[arg("port", H), or("timeout", Kind::Timeout, FOREVER)],
        |v| Call::GetQueuedCompletionStatus { port: v.handle(0), timeout: v.timeout(1) },
    ),
    row(
        "GetQueuedCompletionStatusEx",
        &[
            arg("port", H),
            arg("count", N),
            or("timeout", Kind::Timeout, FOREVER),
            or("alertable", Bool, 0),
        ],
        |v| Call::GetQueuedCompletionStatusEx {
            port: v.handle(0),
            count: v.small(1),
            timeout: v.timeout(2),
            alertable: v.flag(3),
        },
    ),
    row("GetQueuedCompletionStatusNullOutputs", &[arg("port", H)], |v| {
        Call::GetQueuedCompletionStatusNullOutputs { port: v.handle(0) }
    }),
    row(
        "NtCreateIoCompletion",
        &[
            or("access", Kind::Access, ALL),
            or("attributes", Kind::Attributes, 0),
            or("concurrency", N, 0),
        ],
        |v| Call::NtCreateIoCompletion {
            access: v.access(0),
            attributes: v.attributes(1),
            concurrency: v.small(2),
        },
    ),
    row(
        "NtOpenIoCompletion",
        &[or("access", Kind::Access, ALL), arg("attributes", Kind::Attributes)],
        |v| Call::NtOpenIoCompletion { access: v.access(0), attributes: v.attributes(1) },
    ),
    row("NtQueryIoCompletion", &[arg("port", H), or("class", N, 0), or("length", N, 4)], |v| {
        Call::NtQueryIoCompletion { port: v.handle(0), class: v.small(1), length: v.small(2) }
    }),
    row(
        "NtSetIoCompletion",
        &[
            arg("port", H),
            or("key", N, 0),
            or("context", P, 0),
            or("status", N, 0),
            or("information", N, 0),
        ],
        |v| Call::NtSetIoCompletion {
            port: v.handle(0),
            key: v.plain[1],
            context: v.plain[2],
            status: v.status(3),
            information: v.plain[4],
        },
    ),
    row(
        "NtSetIoCompletionEx",
        &[
            arg("port", H),
            arg("reserve", H),
            or("key", N, 0),
            or("context", P, 0),
            or("status", N, 0),
            or("information", N, 0),
        ],
        |v| Call::NtSetIoCompletionEx {
            port: v.handle(0),
            reserve: v.handle(1),
            key: v.plain[2],
            context: v.plain[3],
            status: v.status(4),
            information: v.plain[5],
        },
    ),
    row("NtRemoveIoCompletion", &[arg("port", H), or("timeout", Kind::Timeout, FOREVER)], |v| {
        Call::NtRemoveIoCompletion { port: v.handle(0), timeout: v.timeout(1) }
    }),
    row(
        "NtRemoveIoCompletionEx",
        &[
            arg("port", H),
            arg("count", N),
            or("timeout", Kind::Timeout, FOREVER),
            or("alertable", Bool, 0),
        ],
        |v| Call::NtRemoveIoCompletionEx {
            port: v.handle(0),
            count: v.small(1),
            timeout: v.timeout(2),
            alertable: v.flag(3),
        },
    ),
    row("NtAllocateReserveObject", &[or("for_packet", Bool, 1)], |v| {
        Call::NtAllocateReserveObject { for_packet: v.flag(0) }
    }),
    row("NtCreateWaitCompletionPacket", &[], |_| Call::NtCreateWaitCompletionPacket {}),
    row(
        "NtAssociateWaitCompletionPacket",
        &[
            arg("packet", H),
            arg("port", H),
            arg("target", H),
            or("key", N, 0),
            or("context", P, 0),
            or("status", N, 0),
            or("information", N, 0),
        ],
        |v| Call::NtAssociateWaitCompletionPacket {
            packet: v.handle(0),
            port: v.handle(1),
            target: v.handle(2),
            key: v.plain[3],
            context: v.plain[4],
            status: v.status(5),
            information: v.plain[6],
        },
    ),
    row("NtCancelWaitCompletionPacket", &[arg("packet", H), or("remove_signaled", Bool, 0)], |v| {
        Call::NtCancelWaitCompletionPacket { packet: v.handle(0), remove_signaled: v.flag(1) }
    }),
];
