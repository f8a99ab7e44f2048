//! Names that every expression knows: `TRUE`, `STATUS_CANCELLED`, `ERROR_IO_PENDING`, `NULL`.

use iocp_model::io::poll::EVENTS;
use iocp_model::{Handle, NtStatus};

/// Statuses by their names; [`NtStatus::name`] gives the spelling.
const STATUSES: &[NtStatus] = &[
    NtStatus::SUCCESS,
    NtStatus::ABANDONED_WAIT_0,
    NtStatus::USER_APC,
    NtStatus::TIMEOUT,
    NtStatus::PENDING,
    NtStatus::NOTIFY_CLEANUP,
    NtStatus::OBJECT_NAME_EXISTS,
    NtStatus::DATATYPE_MISALIGNMENT,
    NtStatus::BUFFER_OVERFLOW,
    NtStatus::HANDLES_CLOSED,
    NtStatus::UNSUCCESSFUL,
    NtStatus::NOT_IMPLEMENTED,
    NtStatus::INVALID_INFO_CLASS,
    NtStatus::INFO_LENGTH_MISMATCH,
    NtStatus::ACCESS_VIOLATION,
    NtStatus::INVALID_HANDLE,
    NtStatus::INVALID_PARAMETER,
    NtStatus::INVALID_DEVICE_REQUEST,
    NtStatus::END_OF_FILE,
    NtStatus::NO_MEMORY,
    NtStatus::ACCESS_DENIED,
    NtStatus::BUFFER_TOO_SMALL,
    NtStatus::OBJECT_TYPE_MISMATCH,
    NtStatus::OBJECT_NAME_INVALID,
    NtStatus::OBJECT_NAME_NOT_FOUND,
    NtStatus::OBJECT_PATH_SYNTAX_BAD,
    NtStatus::QUOTA_EXCEEDED,
    NtStatus::MUTANT_NOT_OWNED,
    NtStatus::SEMAPHORE_LIMIT_EXCEEDED,
    NtStatus::THREAD_IS_TERMINATING,
    NtStatus::INSUFFICIENT_RESOURCES,
    NtStatus::WORKING_SET_QUOTA,
    NtStatus::INSTANCE_NOT_AVAILABLE,
    NtStatus::PIPE_DISCONNECTED,
    NtStatus::PIPE_CLOSING,
    NtStatus::PIPE_CONNECTED,
    NtStatus::PIPE_LISTENING,
    NtStatus::NOT_SUPPORTED,
    NtStatus::INVALID_PARAMETER_1,
    NtStatus::INVALID_PARAMETER_3,
    NtStatus::CANCELLED,
    NtStatus::FILE_CLOSED,
    NtStatus::LOCAL_DISCONNECT,
    NtStatus::REMOTE_DISCONNECT,
    NtStatus::INVALID_CONNECTION,
    NtStatus::PIPE_BROKEN,
    NtStatus::CONNECTION_DISCONNECTED,
    NtStatus::CONNECTION_RESET,
    NtStatus::NOT_FOUND,
    NtStatus::CONNECTION_REFUSED,
    NtStatus::CONNECTION_ABORTED,
];

/// Everything else.
const NUMBERS: &[(&str, i64)] = &[
    ("TRUE", 1),
    ("FALSE", 0),
    ("NULL", 0),
    ("INVALID_HANDLE_VALUE", Handle::INVALID.0 as i64),
    ("CURRENT_PROCESS", Handle::CURRENT_PROCESS.0 as i64),
    ("CURRENT_THREAD", Handle::CURRENT_THREAD.0 as i64),
    ("INFINITE", 0xffff_ffff),
    ("infinite", 0xffff_ffff),
    ("SOCKET_ERROR", -1),
    ("WAIT_OBJECT_0", 0),
    ("WAIT_ABANDONED_0", 0x80),
    ("WAIT_IO_COMPLETION", 192),
    ("WAIT_TIMEOUT", 258),
    ("WAIT_FAILED", 0xffff_ffff),
    ("ERROR_SUCCESS", 0),
    ("ERROR_INVALID_FUNCTION", 1),
    ("ERROR_ACCESS_DENIED", 5),
    ("ERROR_INVALID_HANDLE", 6),
    ("ERROR_HANDLE_EOF", 38),
    ("ERROR_NETNAME_DELETED", 64),
    ("ERROR_INVALID_PARAMETER", 87),
    ("ERROR_BROKEN_PIPE", 109),
    ("ERROR_INSUFFICIENT_BUFFER", 122),
    ("ERROR_NO_DATA", 232),
    ("ERROR_PIPE_NOT_CONNECTED", 233),
    ("ERROR_MORE_DATA", 234),
    ("ERROR_NOT_OWNER", 288),
    ("ERROR_TOO_MANY_POSTS", 298),
    ("ERROR_PIPE_CONNECTED", 535),
    ("ERROR_PIPE_LISTENING", 536),
    ("ERROR_ABANDONED_WAIT_0", 735),
    ("ERROR_OPERATION_ABORTED", 995),
    ("ERROR_IO_INCOMPLETE", 996),
    ("ERROR_IO_PENDING", 997),
    ("ERROR_NOT_FOUND", 1168),
    ("ERROR_CONNECTION_ABORTED", 1236),
    ("ERROR_NO_SYSTEM_RESOURCES", 1450),
    ("WSAEINVAL", 10022),
    ("WSAEMSGSIZE", 10040),
    ("WSAECONNRESET", 10054),
    ("WSAENOTCONN", 10057),
    ("AFD_POLL_ALL", 0x1ff),
    ("OWNER_PROGRAM", 0),
    ("OWNER_KERNEL", 1),
    ("OWNER_PACKET", 2),
    ("OWNER_FREED", 3),
    ("OWNER_UNALLOCATED", 4),
];

/// The value of a name that every expression knows.
pub(super) fn constant(name: &str) -> Option<i64> {
    if let Some(status) = name.strip_prefix("STATUS_") {
        let found = STATUSES.iter().find(|known| known.name() == Some(status));
        return found.map(|status| i64::from(status.0));
    }
    if let Some((_, bit)) = EVENTS.iter().find(|(event, _)| *event == name) {
        return Some(i64::from(*bit));
    }
    NUMBERS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// All names, for "did you mean".
pub(super) fn names() -> impl Iterator<Item = String> {
    let statuses = STATUSES.iter().filter_map(|status| status.name());
    let statuses = statuses.map(|name| format!("STATUS_{name}"));
    let events = EVENTS.iter().map(|(name, _)| (*name).to_owned());
    statuses.chain(events).chain(NUMBERS.iter().map(|(name, _)| (*name).to_owned()))
}

/// The name of a Win32 error or wait result above the small numbers, which have many meanings.
pub(crate) fn error_name(value: i64) -> Option<&'static str> {
    let errors = ["ERROR_", "WAIT_", "WSA"];
    let named = NUMBERS.iter().filter(|(name, _)| errors.iter().any(|e| name.starts_with(e)));
    let mut named = named.filter(|(_, number)| *number == value && value > 0);
    named.next().map(|(name, _)| *name)
}
