//! NTSTATUS values, Win32 error numbers, and the table that translates the first into the second
//! (semantics.md C1).

/// An NTSTATUS. The top two bits are the severity: success, informational, warning, error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NtStatus(pub u32);

/// How bad a status is, read from its top two bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// `0x0.......`
    Success,
    /// `0x4.......`
    Informational,
    /// `0x8.......`: the operation did something, but not all (a message longer than the buffer).
    Warning,
    /// `0xC.......`
    Error,
}

macro_rules! statuses {
    ($($name:ident = $value:literal => $win32:expr;)*) => {
        impl NtStatus {
            $(
                #[doc = concat!("`STATUS_", stringify!($name), "`")]
                pub const $name: NtStatus = NtStatus($value);
            )*

            /// The name without `STATUS_`, where the model knows it.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// The status with this name (without `STATUS_`), where the model knows it.
            pub fn from_name(name: &str) -> Option<NtStatus> {
                match name {
                    $(stringify!($name) => Some(NtStatus($value)),)*
                    _ => None,
                }
            }

            /// The first status, in the order of the table, that gives a Win32 error.
            pub fn from_win32(error: u32) -> Option<NtStatus> {
                let table: &[(u32, u32)] = &[$(($value, $win32)),*];
                let found = table.iter().find(|(_, win32)| *win32 == error && error != 0);
                found.map(|(status, _)| NtStatus(*status))
            }

            /// `RtlNtStatusToDosError`: the Win32 error for a status, where the sources give it.
            ///
            /// Success codes give 0. A status that is in no source gives `ERROR_MR_MID_NOT_FOUND`
            /// (317), as the real routine does for one that it does not know.
            pub const fn to_win32(self) -> u32 {
                match self.0 {
                    $($value => $win32,)*
                    value if value < 0x8000_0000 => 0,
                    _ => ERROR_MR_MID_NOT_FOUND,
                }
            }
        }
    };
}

/// `ERROR_MR_MID_NOT_FOUND`
pub const ERROR_MR_MID_NOT_FOUND: u32 = 317;
/// `WAIT_OBJECT_0`
pub const WAIT_OBJECT_0: u32 = 0;
/// `WAIT_ABANDONED_0`
pub const WAIT_ABANDONED_0: u32 = 0x80;
/// `WAIT_IO_COMPLETION`
pub const WAIT_IO_COMPLETION: u32 = 192;
/// `WAIT_TIMEOUT`
pub const WAIT_TIMEOUT: u32 = 258;
/// `WAIT_FAILED`
pub const WAIT_FAILED: u32 = u32::MAX;
/// `ERROR_INVALID_HANDLE`
pub const ERROR_INVALID_HANDLE: u32 = 6;
/// `ERROR_INVALID_PARAMETER`
pub const ERROR_INVALID_PARAMETER: u32 = 87;
/// `ERROR_PIPE_CONNECTED`
pub const ERROR_PIPE_CONNECTED: u32 = 535;
/// `ERROR_ABANDONED_WAIT_0`
pub const ERROR_ABANDONED_WAIT_0: u32 = 735;
/// `ERROR_OPERATION_ABORTED`
pub const ERROR_OPERATION_ABORTED: u32 = 995;
/// `ERROR_IO_INCOMPLETE`
pub const ERROR_IO_INCOMPLETE: u32 = 996;
/// `ERROR_IO_PENDING`
pub const ERROR_IO_PENDING: u32 = 997;
/// `ERROR_NOT_FOUND`
pub const ERROR_NOT_FOUND: u32 = 1168;
/// `WSAEINVAL`
pub const WSAEINVAL: u32 = 10022;
/// `WSAEMSGSIZE`
pub const WSAEMSGSIZE: u32 = 10040;
/// `WSAECONNRESET`
pub const WSAECONNRESET: u32 = 10054;
/// `WSAENOTCONN`
pub const WSAENOTCONN: u32 = 10057;

statuses! {
    SUCCESS = 0x0000_0000 => 0;
    ABANDONED_WAIT_0 = 0x0000_0080 => ERROR_ABANDONED_WAIT_0;
    USER_APC = 0x0000_00C0 => 737;
    TIMEOUT = 0x0000_0102 => 1460;
    PENDING = 0x0000_0103 => ERROR_IO_PENDING;
    NOTIFY_CLEANUP = 0x0000_010B => 0;
    OBJECT_NAME_EXISTS = 0x4000_0000 => 0;
    DATATYPE_MISALIGNMENT = 0x8000_0002 => 998;
    BUFFER_OVERFLOW = 0x8000_0005 => 234;
    HANDLES_CLOSED = 0x8000_000A => 676;
    UNSUCCESSFUL = 0xC000_0001 => 31;
    NOT_IMPLEMENTED = 0xC000_0002 => 1;
    INVALID_INFO_CLASS = 0xC000_0003 => ERROR_INVALID_PARAMETER;
    INFO_LENGTH_MISMATCH = 0xC000_0004 => 24;
    ACCESS_VIOLATION = 0xC000_0005 => 998;
    INVALID_HANDLE = 0xC000_0008 => ERROR_INVALID_HANDLE;
    INVALID_PARAMETER = 0xC000_000D => ERROR_INVALID_PARAMETER;
    INVALID_DEVICE_REQUEST = 0xC000_0010 => 1;
    END_OF_FILE = 0xC000_0011 => 38;
    NO_MEMORY = 0xC000_0017 => 8;
    ACCESS_DENIED = 0xC000_0022 => 5;
    BUFFER_TOO_SMALL = 0xC000_0023 => 122;
    OBJECT_TYPE_MISMATCH = 0xC000_0024 => ERROR_INVALID_HANDLE;
    OBJECT_NAME_INVALID = 0xC000_0033 => 123;
    OBJECT_NAME_NOT_FOUND = 0xC000_0034 => 2;
    OBJECT_PATH_SYNTAX_BAD = 0xC000_003B => 161;
    QUOTA_EXCEEDED = 0xC000_0044 => 1816;
    MUTANT_NOT_OWNED = 0xC000_0046 => 288;
    SEMAPHORE_LIMIT_EXCEEDED = 0xC000_0047 => 298;
    THREAD_IS_TERMINATING = 0xC000_004B => 5;
    INSUFFICIENT_RESOURCES = 0xC000_009A => 1450;
    WORKING_SET_QUOTA = 0xC000_00A1 => 1453;
    INSTANCE_NOT_AVAILABLE = 0xC000_00AB => 231;
    PIPE_DISCONNECTED = 0xC000_00B0 => 233;
    PIPE_CLOSING = 0xC000_00B1 => 232;
    PIPE_CONNECTED = 0xC000_00B2 => ERROR_PIPE_CONNECTED;
    PIPE_LISTENING = 0xC000_00B3 => 536;
    NOT_SUPPORTED = 0xC000_00BB => 50;
    INVALID_PARAMETER_1 = 0xC000_00EF => ERROR_INVALID_PARAMETER;
    INVALID_PARAMETER_3 = 0xC000_00F1 => ERROR_INVALID_PARAMETER;
    CANCELLED = 0xC000_0120 => ERROR_OPERATION_ABORTED;
    FILE_CLOSED = 0xC000_0128 => ERROR_INVALID_HANDLE;
    LOCAL_DISCONNECT = 0xC000_013B => 64;
    REMOTE_DISCONNECT = 0xC000_013C => 64;
    // ROS-err; Winsock functions say WSAENOTCONN instead (J03).
    INVALID_CONNECTION = 0xC000_0140 => 59;
    PIPE_BROKEN = 0xC000_014B => 109;
    CONNECTION_DISCONNECTED = 0xC000_020C => 64;
    CONNECTION_RESET = 0xC000_020D => 64;
    NOT_FOUND = 0xC000_0225 => ERROR_NOT_FOUND;
    CONNECTION_REFUSED = 0xC000_0236 => 1225;
    CONNECTION_ABORTED = 0xC000_0241 => 1236;
}

impl NtStatus {
    /// The severity.
    pub const fn severity(self) -> Severity {
        match self.0 >> 30 {
            0 => Severity::Success,
            1 => Severity::Informational,
            2 => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// `NT_SUCCESS`: success or informational.
    pub const fn is_success(self) -> bool {
        self.0 < 0x8000_0000
    }

    /// `NT_ERROR`.
    pub const fn is_error(self) -> bool {
        self.0 >= 0xC000_0000
    }
}

impl std::fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for NtStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "STATUS_{name}"),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

impl crate::code::Code for NtStatus {
    fn put<S: crate::code::Sink>(&self, out: &mut S) {
        self.0.put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        u32::take(bytes).map(NtStatus)
    }
}
