//! What a call returned, as far as the trace says: every field that is absent is unknown.

use iocp_model::{Handle, NtStatus, Out, Packet, Return, Value};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::ids::Num;

/// The result of a call. Absent is unknown, never zero.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Res {
    /// The NTSTATUS that the function returned.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num32",
        serialize_with = "hex32"
    )]
    pub status: Option<u32>,
    /// The BOOL that the function returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// `GetLastError()` after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub error: Option<u32>,
    /// The handle that the function returned, or wrote where it returns a status or a BOOL.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub handle: Option<u64>,
    /// A second handle: of the thread of a new process, of the other end of a pair.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub other: Option<u64>,
    /// A DWORD that the function returned: a wait result, a count.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub dword: Option<u32>,
    /// A Winsock result: 0 or -1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int: Option<i32>,
    /// The completion key of the packet.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub key: Option<u64>,
    /// The OVERLAPPED, or APC context, of the packet. (`ovl` is read too.)
    #[serde(
        default,
        alias = "ovl",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub overlapped: Option<u64>,
    /// Bytes transferred, or `IoStatus.Information`. (`information` is read too.)
    #[serde(
        default,
        alias = "information",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "safe64"
    )]
    pub bytes: Option<u64>,
    /// `IoStatus.Status` of the packet or of the status block.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num32",
        serialize_with = "hex32"
    )]
    pub io_status: Option<u32>,
    /// The packets of a batch, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<Entry>>,
    /// The count that a batch wrote.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub count: Option<u32>,
    /// The depth that a query wrote.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub depth: Option<u32>,
    /// A previous count or state.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub previous: Option<u32>,
    /// Notification modes of a file.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num32")]
    pub modes: Option<u32>,
    /// The identifier of a new process, which job messages carry.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "num64")]
    pub pid: Option<u64>,
    /// `AlreadySignaled` of a wait completion packet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_signaled: Option<bool>,
}

/// One packet of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The completion key.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub key: Option<u64>,
    /// The OVERLAPPED.
    #[serde(
        default,
        alias = "ovl",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "hex64"
    )]
    pub overlapped: Option<u64>,
    /// Bytes transferred.
    #[serde(
        default,
        alias = "information",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num64",
        serialize_with = "safe64"
    )]
    pub bytes: Option<u64>,
    /// Its NTSTATUS.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "num32",
        serialize_with = "hex32"
    )]
    pub status: Option<u32>,
}

fn num64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Num::deserialize(deserializer).map(|Num(n)| Some(n))
}

fn num32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Num(n) = Num::deserialize(deserializer)?;
    u32::try_from(n)
        .map(Some)
        .map_err(|_| D::Error::custom(format_args!("{n} is more than 32 bits")))
}

fn hex64<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("0x{:x}", value.unwrap_or(0)))
}

fn hex32<S: Serializer>(value: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("0x{:x}", value.unwrap_or(0)))
}

/// A number if JSON keeps it exactly, else a string.
fn safe64<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value.unwrap_or(0) {
        n if n < 1 << 53 => serializer.serialize_u64(n),
        n => serializer.collect_str(&format_args!("0x{n:x}")),
    }
}

/// A field in which the trace and the model differ.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mismatch {
    /// The field.
    pub field: &'static str,
    /// What the model returns, if it returns such a thing at all.
    pub model: Option<u64>,
    /// What the trace says.
    pub trace: u64,
}

impl Res {
    /// Everything that the model knows of a return.
    pub fn from_return(result: &Return) -> Res {
        let mut res = Res { error: result.last_error, ..Res::default() };
        match result.value {
            Value::Void => {}
            Value::Bool(ok) => res.ok = Some(ok),
            Value::Status(status) => res.status = Some(status.0),
            Value::Handle(handle) => res.handle = Some(handle.0),
            Value::Dword(dword) => res.dword = Some(dword),
            Value::Int(int) => res.int = Some(int),
        }
        match &result.out {
            Out::Nothing => {}
            Out::Packet { bytes, key, overlapped } => {
                res.bytes = bytes.map(u64::from);
                res.key = *key;
                res.overlapped = Some(overlapped.0);
            }
            Out::Removed(packet) => {
                res.key = Some(packet.key);
                res.overlapped = Some(packet.overlapped.0);
                res.bytes = Some(packet.information);
                res.io_status = Some(packet.status.0);
            }
            Out::Entries { count, entries } => {
                res.count = Some(*count);
                // The Win32 entry has room for 32 bits of the information only (C07).
                let wide = !matches!(result.value, Value::Bool(_));
                let mask = if wide { u64::MAX } else { u64::from(u32::MAX) };
                let entry = |packet: &Packet| Entry {
                    bytes: Some(packet.information & mask),
                    ..Entry::from(packet)
                };
                res.entries = Some(entries.iter().map(entry).collect());
            }
            Out::Bytes(bytes) => res.bytes = Some(u64::from(*bytes)),
            Out::Handle(handle) => match res.handle {
                None => res.handle = Some(handle.0),
                Some(_) => res.other = Some(handle.0),
            },
            Out::Depth(depth) => res.depth = Some(*depth),
            Out::Previous(previous) => res.previous = Some(*previous),
            Out::Modes(modes) => res.modes = Some(u32::from(*modes)),
            Out::AlreadySignaled(already) => res.already_signaled = Some(*already),
            Out::StatusBlock { status, information } => {
                res.io_status = Some(status.0);
                res.bytes = Some(*information);
            }
            Out::Created { process, thread } => {
                res.handle = Some(process.unwrap_or(*thread).0);
                res.other = process.map(|_| thread.0);
            }
        }
        res
    }

    /// Whether a return of the model is one that the trace may mean: every field that the trace
    /// gives is the model's. `same` says whether a handle of the trace can be one of the model.
    ///
    /// # Errors
    /// The first field in which they differ.
    pub fn agrees(&self, model: &Res, same: impl Fn(u64, Handle) -> bool) -> Result<(), Mismatch> {
        let number = |field, trace: Option<u64>, model: Option<u64>| match trace {
            Some(trace) if model != Some(trace) => Err(Mismatch { field, model, trace }),
            _ => Ok(()),
        };
        let small = |field, trace: Option<u32>, model: Option<u32>| {
            number(field, trace.map(u64::from), model.map(u64::from))
        };
        let flag = |field, trace: Option<bool>, model: Option<bool>| {
            number(field, trace.map(u64::from), model.map(u64::from))
        };
        let handle = |field, trace: Option<u64>, model: Option<u64>| match (trace, model) {
            (Some(seen), Some(known)) if same(seen, Handle(known)) => Ok(()),
            (trace, model) => number(field, trace, model),
        };
        small("status", self.status, model.status)?;
        flag("ok", self.ok, model.ok)?;
        // A call that succeeds may leave the last error alone: then nothing is known of it.
        if model.error.is_some() {
            small("error", self.error, model.error)?;
        }
        small("dword", self.dword, model.dword)?;
        number("int", self.int.map(|n| n as u64), model.int.map(|n| n as u64))?;
        number("key", self.key, model.key)?;
        number("overlapped", self.overlapped, model.overlapped)?;
        number("bytes", self.bytes, model.bytes)?;
        small("io_status", self.io_status, model.io_status)?;
        small("count", self.count, model.count)?;
        small("depth", self.depth, model.depth)?;
        small("previous", self.previous, model.previous)?;
        small("modes", self.modes, model.modes)?;
        flag("already_signaled", self.already_signaled, model.already_signaled)?;
        handle("handle", self.handle, model.handle)?;
        handle("other", self.other, model.other)?;
        self.entries_agree(model)
    }

    fn entries_agree(&self, model: &Res) -> Result<(), Mismatch> {
        let Some(seen) = &self.entries else { return Ok(()) };
        let known = model.entries.as_deref().unwrap_or(&[]);
        if seen.len() != known.len() {
            return Err(Mismatch {
                field: "entries",
                model: model.entries.as_ref().map(|e| e.len() as u64),
                trace: seen.len() as u64,
            });
        }
        for (seen, known) in seen.iter().zip(known) {
            let pairs = [
                ("entries.key", seen.key, known.key),
                ("entries.overlapped", seen.overlapped, known.overlapped),
                ("entries.bytes", seen.bytes, known.bytes),
                ("entries.status", seen.status.map(u64::from), known.status.map(u64::from)),
            ];
            for (field, trace, model) in pairs {
                if let Some(trace) = trace.filter(|_| trace != model) {
                    return Err(Mismatch { field, model, trace });
                }
            }
        }
        Ok(())
    }

    /// Whether the trace says that the call took no packet: it failed, timed out or ran an APC.
    pub(crate) fn took_nothing(&self) -> bool {
        self.ok == Some(false) && self.overlapped.is_none_or(|o| o == 0)
            || self.status.is_some_and(|s| s != 0)
    }
}

impl From<&Packet> for Entry {
    fn from(packet: &Packet) -> Entry {
        Entry {
            key: Some(packet.key),
            overlapped: Some(packet.overlapped.0),
            bytes: Some(packet.information),
            status: Some(packet.status.0),
        }
    }
}

impl std::fmt::Display for Res {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut first = true;
        let mut put =
            |f: &mut std::fmt::Formatter<'_>, name: &str, value: Option<String>| match value {
                None => Ok(()),
                Some(value) => {
                    let gap = if std::mem::take(&mut first) { "" } else { " " };
                    write!(f, "{gap}{name}={value}")
                }
            };
        let hex = |value: Option<u64>| value.map(|n| format!("0x{n:x}"));
        put(f, "status", self.status.map(|s| NtStatus(s).to_string()))?;
        put(f, "ok", self.ok.map(|ok| ok.to_string()))?;
        put(f, "error", self.error.map(|n| n.to_string()))?;
        put(f, "handle", hex(self.handle))?;
        put(f, "dword", self.dword.map(|n| n.to_string()))?;
        put(f, "int", self.int.map(|n| n.to_string()))?;
        put(f, "key", hex(self.key))?;
        put(f, "overlapped", hex(self.overlapped))?;
        put(f, "bytes", self.bytes.map(|n| n.to_string()))?;
        put(f, "io_status", self.io_status.map(|s| NtStatus(s).to_string()))?;
        put(f, "count", self.count.map(|n| n.to_string()))?;
        for entry in self.entries.iter().flatten() {
            let key = hex(entry.key).unwrap_or_else(|| "?".into());
            let overlapped = hex(entry.overlapped).unwrap_or_else(|| "?".into());
            put(f, "entry", Some(format!("{key}/{overlapped}")))?;
        }
        put(f, "depth", self.depth.map(|n| n.to_string()))?;
        put(f, "previous", self.previous.map(|n| n.to_string()))?;
        put(f, "modes", self.modes.map(|n| n.to_string()))?;
        put(f, "pid", self.pid.map(|n| n.to_string()))?;
        put(f, "already_signaled", self.already_signaled.map(|b| b.to_string()))?;
        if first { f.write_str("nothing") } else { Ok(()) }
    }
}
