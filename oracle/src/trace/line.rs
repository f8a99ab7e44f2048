//! One line of a trace: first the keys, then what they must be for the event that `ev` names.
//! The two steps keep the column of an error, which a tagged enum would lose.

use std::fmt;

use iocp_model::{Arrival, Handle};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::call;
use super::error::{Problem, TraceError};
use super::event::{Event, Io, Meta, Name, Object, Seen, ThreadOf};
use super::ids::{Num, Text};
use super::result::Res;

/// What the first line, or any other, holds.
pub(super) enum Parsed {
    Meta(Meta),
    Event(Event, Option<u64>),
    Skipped,
}

const EVENTS: &[&str] = &[
    "meta", "call", "ret", "waiting", "block", "unblock", "exit", "settled", "io", "object",
    "arrive", "note", "end",
];

const KEYS: &[&str] = &[
    "ev",
    "id",
    "tid",
    "op",
    "args",
    "res",
    "ts",
    "seen",
    "file",
    "overlapped",
    "status",
    "information",
    "handle",
    "kind",
    "concurrency",
    "process",
    "what",
    "bytes",
    "text",
    "dropped",
];

/// `kind` of an `object` line.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    File,
    Port,
    Thread,
}

/// `what` of an `arrive` line.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Data,
    Connect,
    Close,
    Reset,
}

/// Every key that a line can have, before it is known which it may have.
#[derive(Default)]
struct Keys<'a> {
    ev: Option<Text<'a>>,
    id: Option<Num>,
    tid: Option<Name>,
    op: Option<Text<'a>>,
    args: Option<&'a RawValue>,
    res: Option<&'a RawValue>,
    ts: Option<Num>,
    seen: Option<Seen>,
    file: Option<Num>,
    overlapped: Option<Num>,
    status: Option<Num>,
    information: Option<Num>,
    handle: Option<Num>,
    kind: Option<Kind>,
    concurrency: Option<Num>,
    process: Option<Num>,
    what: Option<What>,
    bytes: Option<Num>,
    text: Option<Text<'a>>,
    dropped: Option<Num>,
    /// Bit `n` is set for `KEYS[n]`.
    present: u32,
    /// The first key that is in no event.
    unknown: Option<String>,
}

struct KeysVisitor;

impl<'de> DeserializeSeed<'de> for KeysVisitor {
    type Value = Keys<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Keys<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the key \"ev\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys<'de>, A::Error> {
        let mut keys = Keys::default();
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            let Some(n) = KEYS.iter().position(|k| *k == key) else {
                map.next_value::<IgnoredAny>()?;
                if !key.starts_with("x-") && keys.unknown.is_none() {
                    keys.unknown = Some(key.into_owned());
                }
                continue;
            };
            if keys.present & 1 << n != 0 {
                return Err(A::Error::duplicate_field(KEYS[n]));
            }
            keys.present |= 1 << n;
            match KEYS[n] {
                "ev" => keys.ev = Some(map.next_value()?),
                "id" => keys.id = Some(map.next_value()?),
                "tid" => keys.tid = Some(map.next_value()?),
                "op" => keys.op = Some(map.next_value()?),
                "args" => keys.args = Some(map.next_value()?),
                "res" => keys.res = Some(map.next_value()?),
                "ts" => keys.ts = Some(map.next_value()?),
                "seen" => keys.seen = Some(map.next_value()?),
                "file" => keys.file = Some(map.next_value()?),
                "overlapped" => keys.overlapped = Some(map.next_value()?),
                "status" => keys.status = Some(map.next_value()?),
                "information" => keys.information = Some(map.next_value()?),
                "handle" => keys.handle = Some(map.next_value()?),
                "kind" => keys.kind = Some(map.next_value()?),
                "concurrency" => keys.concurrency = Some(map.next_value()?),
                "process" => keys.process = Some(map.next_value()?),
                "what" => keys.what = Some(map.next_value()?),
                "bytes" => keys.bytes = Some(map.next_value()?),
                "text" => keys.text = Some(map.next_value()?),
                "dropped" => keys.dropped = Some(map.next_value()?),
                _ => unreachable!("every key of KEYS has its arm"),
            }
        }
        Ok(keys)
    }
}

/// The known name most like `found`, if any is much like it.
fn nearest(found: &str, known: &[&'static str]) -> Option<&'static str> {
    let like = |name: &&str| strsim::jaro_winkler(found, name);
    let best = known.iter().max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(best) > 0.7).then_some(*best)
}

/// Where `part` begins in `line`, as a column.
fn column_of(line: &str, part: &str) -> usize {
    (part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize) + 1
}

/// A JSON error inside `part` of `line`, its column counted from the start of the line.
pub(super) fn json_error(
    number: u64,
    line: &str,
    part: &str,
    error: &serde_json::Error,
) -> TraceError {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head).to_owned();
    let column = column_of(line, part) + error.column().saturating_sub(1);
    TraceError::new(number, column.max(1), Problem::Json(text))
}

/// Which keys, besides `ev` and `ts`, an event may have.
fn allowed(event: &str) -> &'static [&'static str] {
    match event {
        "call" => &["id", "tid", "op", "args"],
        "ret" => &["id", "tid", "res"],
        "waiting" => &["tid", "seen"],
        "block" | "unblock" | "exit" => &["tid"],
        "io" => &["file", "overlapped", "status", "information"],
        "object" => &["handle", "kind", "concurrency", "tid", "process"],
        "arrive" => &["file", "what", "bytes"],
        "note" => &["text"],
        "end" => &["dropped"],
        _ => &[],
    }
}

/// Reads one line. `number` is for its errors.
pub(super) fn parse(number: u64, line: &str) -> Result<Parsed, TraceError> {
    let mut json = serde_json::Deserializer::from_str(line);
    let keys = KeysVisitor
        .deserialize(&mut json)
        .and_then(|keys| json.end().map(|()| keys))
        .map_err(|e| json_error(number, line, line, &e))?;
    let whole = |problem| TraceError::new(number, 0, problem);
    let missing = |event, key| whole(Problem::MissingKey { event, key });
    let Some(Text(ev)) = &keys.ev else {
        return Err(missing("a line", "ev"));
    };
    if ev.starts_with("x-") {
        return Ok(Parsed::Skipped);
    }
    let Some(event) = EVENTS.iter().find(|name| *name == ev).copied() else {
        let found = ev.to_string();
        return Err(whole(Problem::UnknownEvent { nearest: nearest(&found, EVENTS), found }));
    };
    if event == "meta" {
        return meta(number, line).map(Parsed::Meta);
    }
    refuse_foreign_keys(number, line, event, &keys)?;
    let tid = |tid: Option<Name>| tid.ok_or_else(|| missing(event, "tid"));
    let ts = keys.ts.map(|Num(ts)| ts);
    let parsed = match event {
        "call" => {
            let Num(id) = keys.id.ok_or_else(|| missing(event, "id"))?;
            let tid = tid(keys.tid)?;
            let Text(op) = keys.op.ok_or_else(|| missing(event, "op"))?;
            let call = call::parse(number, line, &op, keys.args)?;
            Event::Call { id, tid, call }
        }
        "ret" => {
            let Num(id) = keys.id.ok_or_else(|| missing(event, "id"))?;
            let res = match keys.res {
                Some(raw) => serde_json::from_str::<Res>(raw.get())
                    .map_err(|e| json_error(number, line, raw.get(), &e))?,
                None => Res::default(),
            };
            Event::Ret { id, tid: keys.tid, res }
        }
        "waiting" => Event::Waiting { tid: tid(keys.tid)?, seen: keys.seen.unwrap_or_default() },
        "block" => Event::Block { tid: tid(keys.tid)? },
        "unblock" => Event::Unblock { tid: tid(keys.tid)? },
        "exit" => Event::Exit { tid: tid(keys.tid)? },
        "settled" => Event::Settled,
        "io" => Event::Io(Io {
            file: keys.file.map(|Num(h)| Handle(h)),
            overlapped: keys.overlapped.map(|Num(n)| n),
            status: keys.status.map(|Num(n)| n as u32),
            information: keys.information.map(|Num(n)| n),
        }),
        "object" => object(keys).map_err(|key| missing(event, key))?,
        "arrive" => arrive(keys).map_err(|key| missing(event, key))?,
        "note" => Event::Note { text: keys.text.map_or(String::new(), |Text(t)| t.into_owned()) },
        "end" => Event::End { dropped: keys.dropped.map_or(0, |Num(n)| n) },
        _ => unreachable!("every event of EVENTS has its arm"),
    };
    Ok(Parsed::Event(parsed, ts))
}

/// An `arrive` line; the key that it lacks, if it lacks one.
fn arrive(keys: Keys<'_>) -> Result<Event, &'static str> {
    let Num(file) = keys.file.ok_or("file")?;
    let what = match keys.what.ok_or("what")? {
        What::Data => Arrival::Data(keys.bytes.ok_or("bytes")?.0 as u32),
        What::Connect => Arrival::Connect,
        What::Close => Arrival::Close,
        What::Reset => Arrival::Reset,
    };
    Ok(Event::Arrive { file: Handle(file), what })
}

/// An `object` line; the key that it lacks, if it lacks one.
fn object(keys: Keys<'_>) -> Result<Event, &'static str> {
    let handle = keys.handle.map(|Num(handle)| Handle(handle));
    let kind = match keys.kind.ok_or("kind")? {
        Kind::Thread => {
            let tid = keys.tid.ok_or("tid")?;
            let process = keys.process.map(|Num(process)| ThreadOf::Process(Handle(process)));
            let of = handle.map(ThreadOf::Handle).or(process).ok_or("handle")?;
            return Ok(Event::Thread { tid, of });
        }
        Kind::File => Object::File,
        Kind::Port => Object::Port,
    };
    let concurrency = keys.concurrency.map(|Num(n)| n as u32);
    Ok(Event::Object { handle: handle.ok_or("handle")?, kind, concurrency })
}

fn refuse_foreign_keys(
    number: u64,
    line: &str,
    event: &'static str,
    keys: &Keys<'_>,
) -> Result<(), TraceError> {
    let allowed = allowed(event);
    let foreign = keys.unknown.clone().or_else(|| {
        let present = (0..KEYS.len()).filter(|n| keys.present & 1 << n != 0).map(|n| KEYS[n]);
        present
            .into_iter()
            .find(|k| !matches!(*k, "ev" | "ts") && !allowed.contains(k))
            .map(String::from)
    });
    match foreign {
        None => Ok(()),
        Some(found) => {
            let column = line.find(&format!("\"{found}\"")).map_or(0, |at| at + 1);
            let nearest = nearest(&found, allowed).filter(|name| *name != found);
            Err(TraceError::new(number, column, Problem::UnknownKey { found, nearest }))
        }
    }
}

fn meta(number: u64, line: &str) -> Result<Meta, TraceError> {
    const KNOWN: &[&str] = &[
        "ev",
        "format",
        "version",
        "level",
        "order",
        "blocking",
        "operations",
        "objects",
        "processors",
        "profile",
        "implementation",
        "source",
        "clock",
    ];
    let fail = |e: serde_json::Error| json_error(number, line, line, &e);
    let map: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(line).map_err(fail)?;
    match map.get("version").and_then(serde_json::Value::as_u64) {
        Some(super::VERSION) | None => {}
        Some(other) => return Err(TraceError::new(number, 0, Problem::Version(other))),
    }
    if let Some(found) = map.keys().find(|k| !KNOWN.contains(&k.as_str()) && !k.starts_with("x-")) {
        let found = found.clone();
        let column = line.find(&format!("\"{found}\"")).map_or(0, |at| at + 1);
        let nearest = nearest(&found, KNOWN);
        return Err(TraceError::new(number, column, Problem::UnknownKey { found, nearest }));
    }
    serde_json::from_str(line).map_err(fail)
}
