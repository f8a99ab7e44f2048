//! What the calls of the threaded port gave, as the driver protocol has it.

use crate::threaded::Ended;
use iocp_model::{Overlapped, Packet};
use serde_json::{Map, Value, json};

/// Whose shape a result has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// BOOL and last error.
    Win32,
    /// NTSTATUS.
    Native,
}

pub(crate) fn object_of(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(crate) fn status(value: u32) -> String {
    format!("0x{value:08x}")
}

fn address(overlapped: Overlapped) -> String {
    match overlapped.number() {
        Some(number) => format!("o{number}"),
        None if overlapped.0 == 0 => "NULL".to_owned(),
        None => format!("0x{:x}", overlapped.0),
    }
}

/// NTSTATUS and Win32 error of a call that gave nothing.
fn codes(why: Ended) -> (u32, u32) {
    match why {
        Ended::TimedOut => (0x102, 258),
        Ended::Abandoned => (0x80, 735),
        Ended::Closed => (0xC000_0008, 6),
        Ended::NothingAsked => (0xC000_000D, 87),
    }
}

pub(crate) fn done(face: Face, result: Result<(), Ended>) -> Map<String, Value> {
    let codes = result.err().map(codes);
    object_of(match face {
        Face::Native => {
            json!({ "value": status(codes.map_or(0, |(status, _)| status)), "last_error": null })
        }
        Face::Win32 => {
            let error = codes.map(|(_, error)| error);
            json!({ "value": error.is_none(), "last_error": error })
        }
    })
}

pub(crate) fn ended(face: Face, why: Ended, single: bool) -> Map<String, Value> {
    let mut res = done(face, Err(why));
    if !single {
        let count = if why == Ended::NothingAsked || why == Ended::Closed { None } else { Some(0) };
        res.insert("count".into(), json!(count));
        res.insert("entries".into(), json!([]));
    } else if face == Face::Win32 {
        res.insert("overlapped".into(), json!("NULL"));
    }
    res
}

pub(crate) fn one(face: Face, packet: &Packet) -> Map<String, Value> {
    let key = format!("0x{:x}", packet.key);
    let overlapped = address(packet.overlapped);
    object_of(match face {
        Face::Native => json!({
            "value": status(0), "last_error": null, "key": key, "overlapped": overlapped,
            "status": status(packet.status.0),
            "information": format!("0x{:x}", packet.information),
        }),
        Face::Win32 => {
            let failed = packet.status.0 >= 0x8000_0000;
            let error = failed.then(|| packet.status.to_win32());
            json!({
                "value": !failed, "last_error": error, "key": key, "overlapped": overlapped,
                "bytes": packet.information as u32,
            })
        }
    })
}

pub(crate) fn many(face: Face, packets: &[Packet]) -> Map<String, Value> {
    let entries: Vec<Value> = packets
        .iter()
        .map(|packet| {
            // The Win32 entry has room for 32 bits of it only.
            let information = match face {
                Face::Native => packet.information,
                Face::Win32 => packet.information & 0xFFFF_FFFF,
            };
            json!({
                "key": format!("0x{:x}", packet.key),
                "overlapped": address(packet.overlapped),
                "status": status(packet.status.0),
                "information": format!("0x{information:x}"),
            })
        })
        .collect();
    let mut res = done(face, Ok(()));
    res.insert("count".into(), json!(packets.len()));
    res.insert("entries".into(), Value::Array(entries));
    res
}
