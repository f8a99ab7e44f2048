//! semantics.md C1: NTSTATUS to Win32, row by row.

use crate::stage::*;

/// The rows of C1 whose translation is the plain table's; value and error as written there.
const ROWS: &[(NtStatus, u32, u32)] = &[
    (NtStatus::TIMEOUT, 0x0000_0102, 1460),
    (NtStatus::PENDING, 0x0000_0103, 997),
    (NtStatus::USER_APC, 0x0000_00C0, 737),
    (NtStatus::DATATYPE_MISALIGNMENT, 0x8000_0002, 998),
    (NtStatus::BUFFER_OVERFLOW, 0x8000_0005, 234),
    (NtStatus::INVALID_INFO_CLASS, 0xC000_0003, 87),
    (NtStatus::INFO_LENGTH_MISMATCH, 0xC000_0004, 24),
    (NtStatus::ACCESS_VIOLATION, 0xC000_0005, 998),
    (NtStatus::INVALID_HANDLE, 0xC000_0008, 6),
    (NtStatus::INVALID_PARAMETER, 0xC000_000D, 87),
    (NtStatus::INVALID_DEVICE_REQUEST, 0xC000_0010, 1),
    (NtStatus::END_OF_FILE, 0xC000_0011, 38),
    (NtStatus::NO_MEMORY, 0xC000_0017, 8),
    (NtStatus::ACCESS_DENIED, 0xC000_0022, 5),
    (NtStatus::OBJECT_TYPE_MISMATCH, 0xC000_0024, 6),
    (NtStatus::QUOTA_EXCEEDED, 0xC000_0044, 1816),
    (NtStatus::INSUFFICIENT_RESOURCES, 0xC000_009A, 1450),
    (NtStatus::WORKING_SET_QUOTA, 0xC000_00A1, 1453),
    (NtStatus::PIPE_DISCONNECTED, 0xC000_00B0, 233),
    (NtStatus::PIPE_CLOSING, 0xC000_00B1, 232),
    (NtStatus::NOT_SUPPORTED, 0xC000_00BB, 50),
    (NtStatus::INVALID_PARAMETER_3, 0xC000_00F1, 87),
    (NtStatus::CANCELLED, 0xC000_0120, 995),
    (NtStatus::FILE_CLOSED, 0xC000_0128, 6),
    (NtStatus::LOCAL_DISCONNECT, 0xC000_013B, 64),
    (NtStatus::REMOTE_DISCONNECT, 0xC000_013C, 64),
    (NtStatus::PIPE_BROKEN, 0xC000_014B, 109),
    (NtStatus::CONNECTION_DISCONNECTED, 0xC000_020C, 64),
    (NtStatus::CONNECTION_RESET, 0xC000_020D, 64),
    (NtStatus::NOT_FOUND, 0xC000_0225, 1168),
    (NtStatus::CONNECTION_ABORTED, 0xC000_0241, 1236),
    // Not in C1: the same table of ROS-err; what Winsock makes of it is J03.
    (NtStatus::INVALID_CONNECTION, 0xC000_0140, 59),
    // The numbers of facts.md.
    (NtStatus::ABANDONED_WAIT_0, 0x0000_0080, 735),
    (NtStatus::OBJECT_NAME_EXISTS, 0x4000_0000, 0),
    (NtStatus::HANDLES_CLOSED, 0x8000_000A, 676),
    (NtStatus::BUFFER_TOO_SMALL, 0xC000_0023, 122),
    (NtStatus::CONNECTION_REFUSED, 0xC000_0236, 1225),
];

#[test]
fn each_row_of_the_table_and_an_unknown_status() {
    for (status, value, error) in ROWS {
        assert_eq!((status.0, status.to_win32()), (*value, *error), "{status}");
    }
    assert_eq!(NtStatus(0xCEAD_BEEF).to_win32(), ERROR_MR_MID_NOT_FOUND);
    assert_eq!(NtStatus(0x0EAD_BEEF).to_win32(), 0);
}

#[test]
fn the_rows_are_those_of_the_document() {
    let document = include_str!("../../spec/semantics.md");
    let table = document.split_once("## C1.").unwrap().1.split_once("## C2.").unwrap().0;
    let mut found = 0;
    for row in table.lines().filter(|row| row.starts_with("| STATUS_")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let values = cells[1].split(" / ").map(|v| v.split_whitespace().next().unwrap());
        for value in values {
            let value = u32::from_str_radix(&value[2..], 16).unwrap();
            let error: u32 = cells[3].parse().unwrap();
            // These are set by hand where a wait or a remove ends with them.
            let by_hand = [0xC0, 0x102].contains(&value);
            let row = ROWS.iter().find(|(status, ..)| status.0 == value);
            let (status, ..) = row.unwrap_or_else(|| panic!("no row for {value:#x}"));
            assert!(by_hand || status.to_win32() == error, "{status}: {error}");
            found += 1;
        }
    }
    assert_eq!(found, 32);
}

/// How a wait ended, and the last error of a remove that ended so.
#[test]
fn the_errors_that_are_set_by_hand() {
    facts(&["C02", "B09", "E04"]);
    for (end, error) in [("timeout", 258), ("apc", 192), ("close", 735)] {
        let mut w = World::new(Profile::Win11);
        let [main, a] = w.threads();
        let p = w.port(1);
        let thread = w.handle(a, duplicate(Handle::CURRENT_THREAD, None));
        assert_eq!(w.call(a, gqcs_ex(p, 1, TEN_MS, true)), WAITS);
        match end {
            "timeout" => w.act(Action::Expire { thread: a }),
            "apc" => drop(w.call(main, Call::QueueUserAPC { thread, routine: 1 })),
            _ => w.close(main, p),
        }
        assert_eq!(w.returned(a), ex_fails(error));
    }
}

#[test]
fn the_severity_is_in_the_top_two_bits() {
    let table = [
        (0x0000_0103, Severity::Success, true, false),
        (0x4EAD_BEEF, Severity::Informational, true, false),
        (0x8000_0005, Severity::Warning, false, false),
        (0xC000_0008, Severity::Error, false, true),
    ];
    for (value, severity, success, error) in table {
        let status = NtStatus(value);
        let found = (status.severity(), status.is_success(), status.is_error());
        assert_eq!(found, (severity, success, error));
    }
}

/// Two bits say the severity: rows are the least and the greatest status of each.
#[test]
fn the_two_top_bits_of_a_status_say_whether_it_is_a_success_a_warning_or_an_error() {
    for (least, greatest, severity, success, error) in [
        (0x0000_0000, 0x3FFF_FFFF, Severity::Success, true, false),
        (0x4000_0000, 0x7FFF_FFFF, Severity::Informational, true, false),
        (0x8000_0000, 0xBFFF_FFFF, Severity::Warning, false, false),
        (0xC000_0000, 0xFFFF_FFFF, Severity::Error, false, true),
    ] {
        for status in [NtStatus(least), NtStatus(greatest)] {
            let says = (status.severity(), status.is_success(), status.is_error());
            assert_eq!(says, (severity, success, error), "{status}");
        }
    }
}

#[test]
fn milliseconds_are_a_thousand_ticks_each_and_all_ones_are_for_ever() {
    for (milliseconds, timeout) in [
        (0, Timeout::Zero),
        (1, Timeout::Finite(1_000)),
        (10, Timeout::Finite(10_000)),
        (u32::MAX - 1, Timeout::Finite(4_294_967_294_000)),
        (u32::MAX, Timeout::Infinite),
    ] {
        assert_eq!(Timeout::milliseconds(milliseconds), timeout);
    }
}
