//! Writes a trace, one line an event, as the reader reads it.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::call;
use super::event::{Event, Io, Meta, Name, Seen, ThreadOf};
use iocp_model::Arrival;

/// Writes a trace.
pub struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    pub fn new(mut output: W, meta: &Meta) -> io::Result<Writer<W>> {
        write_line(&mut output, &MetaLine { ev: "meta", meta })?;
        Ok(Writer { output })
    }

    /// Writes an event.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.event_at(event, None)
    }

    /// Writes an event with its time.
    pub fn event_at(&mut self, event: &Event, ts: Option<u64>) -> io::Result<()> {
        let mut line = fields(event)?;
        if let Some(ts) = ts {
            line.0.push(("ts", number(ts)));
        }
        write_line(&mut self.output, &line)
    }

    /// The output, flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

#[derive(Serialize)]
struct MetaLine<'a> {
    ev: &'static str,
    #[serde(flatten)]
    meta: &'a Meta,
}

/// The keys of a line in the order in which they are read best.
struct Line(Vec<(&'static str, Value)>);

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn write_line(output: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    output.write_all(b"\n")
}

fn hex(n: u64) -> Value {
    format!("0x{n:x}").into()
}

fn number(n: u64) -> Value {
    if n < 1 << 53 { n.into() } else { hex(n) }
}

fn fields(event: &Event) -> io::Result<Line> {
    let mut line = Line(Vec::new());
    let mut put = |key: &'static str, value: Value| line.0.push((key, value));
    let name = |tid: &Name| serde_json::to_value(tid);
    match event {
        Event::Call { id, tid, call } => {
            let (op, args) = call::to_parts(call)?;
            put("ev", "call".into());
            put("id", number(*id));
            put("tid", name(tid)?);
            put("op", op.into());
            put("args", args);
        }
        Event::Ret { id, tid, res } => {
            put("ev", "ret".into());
            put("id", number(*id));
            if let Some(tid) = tid {
                put("tid", name(tid)?);
            }
            put("res", serde_json::to_value(res)?);
        }
        Event::Waiting { tid, seen } => {
            put("ev", "waiting".into());
            put("tid", name(tid)?);
            if *seen != Seen::default() {
                put("seen", serde_json::to_value(seen)?);
            }
        }
        Event::Block { tid } | Event::Unblock { tid } | Event::Exit { tid } => {
            let ev = match event {
                Event::Block { .. } => "block",
                Event::Unblock { .. } => "unblock",
                _ => "exit",
            };
            put("ev", ev.into());
            put("tid", name(tid)?);
        }
        Event::Settled => {
            put("ev", "settled".into());
        }
        Event::Io(io) => return Ok(io_fields(io)),
        Event::Object { .. } | Event::Thread { .. } | Event::Arrive { .. } => return things(event),
        Event::Note { text } => {
            put("ev", "note".into());
            put("text", text.as_str().into());
        }
        Event::End { dropped } => {
            put("ev", "end".into());
            put("dropped", number(*dropped));
        }
    }
    Ok(line)
}

/// Lines about what is there, and what comes from outside.
fn things(event: &Event) -> io::Result<Line> {
    let mut line = Line(Vec::new());
    let mut put = |key: &'static str, value: Value| line.0.push((key, value));
    match event {
        Event::Object { handle, kind, concurrency } => {
            put("ev", "object".into());
            put("handle", hex(handle.0));
            put("kind", serde_json::to_value(kind)?);
            if let Some(concurrency) = concurrency {
                put("concurrency", (*concurrency).into());
            }
        }
        Event::Thread { tid, of } => {
            put("ev", "object".into());
            put("kind", "thread".into());
            put("tid", serde_json::to_value(tid)?);
            match of {
                ThreadOf::Handle(handle) => put("handle", hex(handle.0)),
                ThreadOf::Process(process) => put("process", hex(process.0)),
            }
        }
        Event::Arrive { file, what } => {
            put("ev", "arrive".into());
            put("file", hex(file.0));
            let word = match what {
                Arrival::Data(_) => "data",
                Arrival::Connect => "connect",
                Arrival::Close => "close",
                Arrival::Reset => "reset",
            };
            put("what", word.into());
            if let Arrival::Data(bytes) = what {
                put("bytes", (*bytes).into());
            }
        }
        _ => {}
    }
    Ok(line)
}

fn io_fields(io: &Io) -> Line {
    let mut line = Line(vec![("ev", "io".into())]);
    let values = [
        ("file", io.file.map(|h| h.0)),
        ("overlapped", io.overlapped),
        ("status", io.status.map(u64::from)),
        ("information", io.information),
    ];
    for (key, value) in values {
        if let Some(value) = value {
            line.0.push((key, hex(value)));
        }
    }
    line
}
