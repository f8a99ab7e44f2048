//! Calls and returns of the model in the words of the driver protocol.

use iocp_model::{Call, Out, Overlapped, Return, Value};
use serde_json::{Map, Value as Json, json};

pub(super) fn op_of(call: &Call) -> &'static str {
    match call {
        Call::CreateIoCompletionPort { .. } => "CreateIoCompletionPort",
        Call::PostQueuedCompletionStatus { .. } => "PostQueuedCompletionStatus",
        Call::GetQueuedCompletionStatus { .. } => "GetQueuedCompletionStatus",
        Call::GetQueuedCompletionStatusEx { .. } => "GetQueuedCompletionStatusEx",
        Call::NtRemoveIoCompletion { .. } => "NtRemoveIoCompletion",
        Call::NtQueryIoCompletion { .. } => "NtQueryIoCompletion",
        Call::CreateEvent { .. } => "CreateEvent",
        Call::SetEvent { .. } => "SetEvent",
        Call::WaitForSingleObject { .. } => "WaitForSingleObject",
        Call::CloseHandle { .. } => "CloseHandle",
        Call::ExitThread {} => "ExitThread",
        other => unreachable!("this stage makes no {other:?}"),
    }
}

pub(super) fn address(overlapped: Overlapped) -> String {
    match overlapped.number() {
        Some(number) => format!("o{number}"),
        None if overlapped == Overlapped::NULL => "NULL".to_owned(),
        None => format!("0x{:x}", overlapped.0),
    }
}

/// What a return looks like in the driver protocol, as far as it is certain.
pub(super) fn expected(result: &Return) -> Map<String, Json> {
    let mut map = Map::new();
    let mut put = |name: &str, value: Json| {
        map.insert(name.to_owned(), value);
    };
    match result.value {
        Value::Bool(value) => put("value", json!(value)),
        Value::Status(status) => put("value", json!(format!("0x{:08x}", status.0))),
        Value::Dword(value) => put("value", json!(value)),
        Value::Int(value) => put("value", json!(value)),
        Value::Void | Value::Handle(_) => {}
    }
    if matches!(result.value, Value::Bool(_)) {
        put("last_error", json!(result.last_error));
    }
    match &result.out {
        Out::Packet { bytes, key, overlapped } => {
            put("bytes", json!(bytes));
            put("key", key.map_or(Json::Null, |key| json!(format!("0x{key:x}"))));
            put("overlapped", json!(address(*overlapped)));
        }
        Out::Removed(packet) => {
            put("key", json!(format!("0x{:x}", packet.key)));
            put("overlapped", json!(address(packet.overlapped)));
            put("status", json!(format!("0x{:08x}", packet.status.0)));
            put("information", json!(format!("0x{:x}", packet.information)));
        }
        Out::Entries { count, entries } if !entries.is_empty() => {
            put("count", json!(count));
            let entry = |p: &iocp_model::Packet| {
                json!({
                    "key": format!("0x{:x}", p.key), "overlapped": address(p.overlapped),
                    "information": format!("0x{:x}", p.information),
                })
            };
            put("entries", entries.iter().map(entry).collect());
        }
        Out::Depth(depth) => put("depth", json!(depth)),
        _ => {}
    }
    map
}
