//! A story as Chrome trace events, which Perfetto and `chrome://tracing` open.
//!
//! A track a thread with a slice a span, a flow from each release to the thread that goes on, and
//! counters for the depth and the active count of every port. Where time is counted in steps, a
//! step is a microsecond.

use serde_json::{Value, json};

use crate::story::{Arrow, Span, Story};

/// Threads are numbered from 1; 0 is the environment.
fn track(lane: Option<usize>) -> usize {
    lane.map_or(0, |index| index + 1)
}

/// The trace, one event a line, so that it can be read and compared.
pub fn perfetto(story: &Story) -> String {
    let mut events = vec![json!({
        "ph": "M", "pid": 1, "name": "process_name", "args": { "name": story.title }
    })];
    let outside = story.steps.iter().any(|step| step.lane.is_none());
    if outside {
        events.push(thread_name(0, "environment"));
    }
    for (index, lane) in story.lanes.iter().enumerate() {
        events.push(thread_name(index + 1, &lane.name));
        events.extend(lane.spans.iter().filter(|s| s.from < s.to).map(|s| slice(index + 1, s)));
    }
    for step in &story.steps {
        let notes: Vec<Value> =
            step.notes.iter().map(|note| json!({ "text": note.text, "rule": note.rule })).collect();
        events.push(json!({
            "ph": "i", "s": "t", "pid": 1, "tid": track(step.lane), "ts": step.at,
            "name": step.action, "args": { "notes": notes }
        }));
        for port in &step.ports {
            events.push(json!({
                "ph": "C", "pid": 1, "ts": step.at, "name": port.name,
                "args": { "active": port.active, "depth": port.packets.len(),
                          "waiters": port.waiters.len() }
            }));
        }
    }
    for (id, arrow) in story.arrows.iter().enumerate() {
        events.extend(flow(id, arrow));
    }
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let unit = "\"displayTimeUnit\":\"ms\"";
    format!("{{{unit},\"traceEvents\":[\n{}\n]}}\n", lines.join(",\n"))
}

fn thread_name(track: usize, name: &str) -> Value {
    json!({ "ph": "M", "pid": 1, "tid": track, "name": "thread_name", "args": { "name": name } })
}

fn slice(track: usize, span: &Span) -> Value {
    let name = match span.label.as_str() {
        "" => span.doing.word().to_owned(),
        label => format!("{}: {label}", span.doing.word()),
    };
    json!({
        "ph": "X", "pid": 1, "tid": track, "ts": span.from, "dur": span.to - span.from,
        "cat": span.doing.key(), "name": name
    })
}

/// Start and finish of an arrow, each bound to the slice that encloses it.
fn flow(id: usize, arrow: &Arrow) -> [Value; 2] {
    let end = |phase: &str, track: usize, at: u64| {
        json!({
            "ph": phase, "bp": "e", "id": id, "pid": 1, "tid": track, "ts": at,
            "cat": "release", "name": arrow.label
        })
    };
    [end("s", track(arrow.from_lane), arrow.from), end("f", track(Some(arrow.to_lane)), arrow.to)]
}
