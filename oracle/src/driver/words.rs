//! How the protocol writes what calls take and give: what may be left out, timeouts, numbers,
//! addresses, statuses.

use iocp_model::Overlapped;
use serde_json::{Map, Value, json};

/// What the protocol lets a command leave out.
pub(super) fn defaults(op: &str) -> Map<String, Value> {
    let value = match op {
        "NtCreateIoCompletion" => {
            json!({ "access": 0x1F_0003, "attributes": "null", "concurrency": 0 })
        }
        "NtOpenIoCompletion" => json!({ "access": 0x1F_0003, "attributes": "null" }),
        "NtQueryIoCompletion" => json!({ "class": 0, "length": 4 }),
        "NtSetInformationFileNotificationModes" => json!({ "length": 4 }),
        "GetQueuedCompletionStatusEx"
        | "NtRemoveIoCompletionEx"
        | "WaitForSingleObjectEx"
        | "NtWaitForSingleObject"
        | "SleepEx"
        | "GetOverlappedResultEx" => {
            json!({ "alertable": false })
        }
        "WaitForMultipleObjects" => json!({ "alertable": false, "all": false }),
        "CreateNamedPipe" => json!({ "overlapped": false, "message": false }),
        "GetOverlappedResult" => json!({ "wait": false }),
        "CreateFile" => json!({ "inherit": false, "overlapped": false }),
        "DuplicateHandle" => json!({ "access": null, "inherit": false, "close_source": false }),
        _ => json!({}),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn timeout(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text == "infinite" => Some(json!("infinite")),
        Value::Number(number) => match number.as_u64()? {
            0 => Some(json!("zero")),
            milliseconds => Some(json!({ "finite": milliseconds.checked_mul(1000)? })),
        },
        _ => None,
    }
}

pub(super) fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// The address of a slot, of NULL, of any number.
pub(crate) fn address(text: &str) -> Option<u64> {
    match text {
        "NULL" => Some(0),
        _ => match text.strip_prefix('o') {
            Some(slot) => slot.parse().ok().map(|slot| Overlapped::numbered(slot).0),
            None => hex(text),
        },
    }
}

/// An NTSTATUS: eight hex digits, no more and no fewer.
pub(super) fn status(text: &str) -> Option<u32> {
    if text.len() == 10 { hex(text).map(|status| status as u32) } else { None }
}

pub(super) fn value_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => hex(text),
        _ => None,
    }
}
