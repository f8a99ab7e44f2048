//! A call as a trace writes it: `op` is the name of the function, `args` its parameters under
//! the names that the model gives them.

use std::borrow::Cow;

use iocp_model::{Call, Handle, NtStatus, Overlapped, Ticks, Timeout};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::{Problem, TraceError};
use super::ids::{Num, parse_number};
use super::line::json_error;

/// The timeout of a call whose trace does not say it: it may be any.
///
/// To the model it is a finite timeout whose timer may fire at any time, or never.
pub const UNKNOWN_TIMEOUT: Timeout = Timeout::Finite(Ticks::MAX);

/// Whether the trace leaves the timeout of a call out.
pub fn timeout_is_unknown(call: &Call) -> bool {
    timeout_of(call) == Some(UNKNOWN_TIMEOUT)
}

/// The timeout of a call that has one.
pub(crate) fn timeout_of(call: &Call) -> Option<Timeout> {
    match call {
        Call::GetQueuedCompletionStatus { timeout, .. }
        | Call::GetQueuedCompletionStatusEx { timeout, .. }
        | Call::NtRemoveIoCompletion { timeout, .. }
        | Call::NtRemoveIoCompletionEx { timeout, .. }
        | Call::GetOverlappedResultEx { timeout, .. }
        | Call::WaitForSingleObject { timeout, .. }
        | Call::WaitForSingleObjectEx { timeout, .. }
        | Call::WaitForMultipleObjects { timeout, .. }
        | Call::NtWaitForSingleObject { timeout, .. }
        | Call::Sleep { timeout }
        | Call::SleepEx { timeout, .. } => Some(*timeout),
        _ => None,
    }
}

/// A timeout: `"infinite"`, `"zero"`, microseconds, or `{"finite":N}`.
fn timeout(value: Option<Value>) -> Option<Timeout> {
    match value {
        None => Some(UNKNOWN_TIMEOUT),
        Some(Value::String(s)) if s == "infinite" => Some(Timeout::Infinite),
        Some(Value::String(s)) if s == "zero" => Some(Timeout::Zero),
        Some(Value::Number(n)) => match n.as_u64()? {
            0 => Some(Timeout::Zero),
            n => Some(Timeout::Finite(n)),
        },
        Some(Value::Object(map)) if map.len() == 1 => match map.get("finite")?.as_u64()? {
            0 => Some(Timeout::Zero),
            n => Some(Timeout::Finite(n)),
        },
        Some(_) => None,
    }
}

/// The arguments of the calls that long traces are made of, read without a detour.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    port: Num,
    timeout: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    port: Num,
    bytes: Num,
    key: Num,
    overlapped: Num,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    port: Num,
    key: Num,
    context: Num,
    status: Num,
    information: Num,
}

/// Reads `args` as those of `op`.
pub(super) fn parse(
    number: u64,
    line: &str,
    op: &str,
    args: Option<&RawValue>,
) -> Result<Call, TraceError> {
    let raw = args.map_or("{}", RawValue::get);
    let place = args.map_or(line, RawValue::get);
    let json = |e: serde_json::Error| json_error(number, line, place, &e);
    let bad = |why: Cow<'static, str>| {
        TraceError::new(number, 0, Problem::Arguments { op: op.to_owned(), why: why.into_owned() })
    };
    let bad_timeout =
        || bad("`timeout` is \"infinite\", \"zero\" or a number of microseconds".into());
    match op {
        "GetQueuedCompletionStatus" | "NtRemoveIoCompletion" => {
            let Remove { port: Num(port), timeout: t } = serde_json::from_str(raw).map_err(json)?;
            let (port, timeout) = (Handle(port), timeout(t).ok_or_else(bad_timeout)?);
            Ok(match op {
                "NtRemoveIoCompletion" => Call::NtRemoveIoCompletion { port, timeout },
                _ => Call::GetQueuedCompletionStatus { port, timeout },
            })
        }
        "PostQueuedCompletionStatus" => {
            let a: Post = serde_json::from_str(raw).map_err(json)?;
            Ok(Call::PostQueuedCompletionStatus {
                port: Handle(a.port.0),
                bytes: u32::try_from(a.bytes.0).map_err(|_| bad("`bytes` has 32 bits".into()))?,
                key: a.key.0,
                overlapped: Overlapped(a.overlapped.0),
            })
        }
        "NtSetIoCompletion" => {
            let a: Set = serde_json::from_str(raw).map_err(json)?;
            Ok(Call::NtSetIoCompletion {
                port: Handle(a.port.0),
                key: a.key.0,
                context: a.context.0,
                status: NtStatus(a.status.0 as u32),
                information: a.information.0,
            })
        }
        _ => {
            let mut args: Value = serde_json::from_str(raw).map_err(json)?;
            plain_numbers(&mut args);
            if let Value::Object(map) = &mut args {
                plain_timeout(map).ok_or_else(bad_timeout)?;
            }
            let untimed = !args.as_object().is_some_and(|map| map.contains_key("timeout"));
            let call = from_parts(op, args.clone());
            let call = match call {
                Err(Bad::Args(why)) if untimed && why.contains("missing field `timeout`") => {
                    args["timeout"] = serde_json::to_value(UNKNOWN_TIMEOUT).unwrap_or_default();
                    from_parts(op, args)
                }
                other => other,
            };
            call.map_err(|e| match e {
                Bad::Op => TraceError::new(number, 0, Problem::UnknownOp(op.to_owned())),
                Bad::Args(why) => bad(why.into()),
            })
        }
    }
}

enum Bad {
    Op,
    Args(String),
}

fn from_parts(op: &str, args: Value) -> Result<Call, Bad> {
    let mut call = Map::new();
    call.insert("op".into(), op.into());
    call.insert("args".into(), args);
    serde_json::from_value(Value::Object(call)).map_err(|e| {
        let text = e.to_string();
        if text.starts_with("unknown variant") && text.contains(&format!("`{op}`")) {
            Bad::Op
        } else {
            Bad::Args(text)
        }
    })
}

/// Strings that are numbers become numbers, for the model's own types.
fn plain_numbers(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(number) = parse_number(text) {
                *value = number.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_numbers),
        Value::Object(map) => map.values_mut().for_each(plain_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A timeout in microseconds becomes the model's form, an absent one the unknown one.
fn plain_timeout(map: &mut Map<String, Value>) -> Option<()> {
    if let Some(value) = map.remove("timeout") {
        let timeout = timeout(Some(value))?;
        map.insert("timeout".into(), serde_json::to_value(timeout).ok()?);
    }
    Some(())
}

/// Parameters that are identities or bit patterns, and are written in hexadecimal.
const HEX: &[&str] = &[
    "port",
    "existing_port",
    "file",
    "key",
    "overlapped",
    "context",
    "status",
    "reserve",
    "packet",
    "target",
    "handle",
    "thread",
    "process",
    "event",
    "job",
    "mutex",
    "semaphore",
    "other",
    "socket",
    "source_process",
    "target_process",
    "access",
    "at",
    "status_block",
    "handles",
    "server",
];

/// The name of the function, as the trace writes it in `op`.
pub fn op_name(call: &Call) -> String {
    to_parts(call).map_or_else(|_| String::new(), |(op, _)| op)
}

/// `op` and `args` of a call, as a trace writes them.
pub(super) fn to_parts(call: &Call) -> Result<(String, Value), serde_json::Error> {
    let Value::Object(mut map) = serde_json::to_value(call)? else {
        unreachable!("a call is an object with `op` and `args`");
    };
    let op = match map.remove("op") {
        Some(Value::String(op)) => op,
        _ => unreachable!("a call has a name"),
    };
    let mut args = map.remove("args").unwrap_or_else(|| Value::Object(Map::new()));
    if let Value::Object(map) = &mut args {
        if timeout_is_unknown(call) {
            map.remove("timeout");
        }
        hexadecimal(map);
    }
    Ok((op, args))
}

fn hexadecimal(map: &mut Map<String, Value>) {
    for (name, value) in map {
        let hex = |value: &mut Value| {
            if let Some(n) = value.as_u64() {
                *value = format!("0x{n:x}").into();
            }
        };
        match value {
            Value::Object(inner) => hexadecimal(inner),
            Value::Array(items) if HEX.contains(&name.as_str()) => items.iter_mut().for_each(hex),
            value if HEX.contains(&name.as_str()) => hex(value),
            value if value.as_u64().is_some_and(|n| n >= 1 << 53) => hex(value),
            _ => {}
        }
    }
}
