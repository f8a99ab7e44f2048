//! The JSON Schema of one line of a trace, for editors and for other producers.

use serde_json::{Map, Value, json};

type Keys = &'static [(&'static str, &'static str)];

const CALL: Keys = &[("id", "number"), ("tid", "thread"), ("op", "operation")];
const RET: Keys = &[("tid", "thread"), ("res", "result")];
const OBJECT: Keys = &[("handle", "number"), ("kind", "object")];
const THREAD: Keys = &[("kind", "one_thread"), ("tid", "thread")];
const OF: Keys = &[("handle", "number"), ("process", "number")];
const ARRIVE: Keys = &[("file", "number"), ("what", "arrival")];
const PORT: Keys = &[("concurrency", "number")];
const IO: Keys = &[
    ("file", "number"),
    ("overlapped", "number"),
    ("status", "number"),
    ("information", "number"),
];
const TIMEOUTS: &str =
    "Its parameters. A `timeout` is \"infinite\", \"zero\", microseconds, or absent: unknown.";

/// One kind of line: its required keys, then its optional ones.
fn line(ev: &str, doc: &str, required: &[(&str, &str)], optional: &[(&str, &str)]) -> Value {
    let mut properties = Map::new();
    properties.insert("ev".into(), json!({ "const": ev }));
    for (key, definition) in required.iter().chain(optional) {
        properties.insert((*key).into(), json!({ "$ref": format!("#/$defs/{definition}") }));
    }
    properties.insert("ts".into(), json!({ "$ref": "#/$defs/number" }));
    let mut needed = vec!["ev"];
    needed.extend(required.iter().map(|(key, _)| *key));
    json!({
        "type": "object",
        "description": doc,
        "properties": properties,
        "patternProperties": { "^x-": true },
        "required": needed,
        "additionalProperties": false,
    })
}

fn meta() -> Value {
    json!({
        "type": "object",
        "description": "The first line.",
        "properties": {
            "ev": { "const": "meta" },
            "format": { "const": "iocp-trace" },
            "version": { "const": super::VERSION },
            "level": { "enum": ["nt", "win32"], "default": "nt" },
            "order": { "enum": ["total", "interval"], "default": "total" },
            "blocking": { "enum": ["reported", "unknown"], "default": "reported" },
            "operations": { "enum": ["logged", "unlogged"], "default": "logged" },
            "objects": { "enum": ["declared", "implicit"], "default": "declared" },
            "processors": { "type": "integer", "minimum": 1 },
            "profile": { "type": "string" },
            "implementation": { "type": "string" },
            "source": { "type": "string" },
            "clock": { "type": "string" },
        },
        "patternProperties": { "^x-": true },
        "required": ["ev", "format", "version"],
        "additionalProperties": false,
    })
}

fn result() -> Value {
    let number = || json!({ "$ref": "#/$defs/number" });
    let mut properties = Map::new();
    for key in [
        "status",
        "error",
        "handle",
        "other",
        "dword",
        "key",
        "overlapped",
        "ovl",
        "bytes",
        "information",
        "io_status",
        "count",
        "depth",
        "previous",
        "modes",
        "pid",
    ] {
        properties.insert(key.into(), number());
    }
    properties.insert("ok".into(), json!({ "type": "boolean" }));
    properties.insert("already_signaled".into(), json!({ "type": "boolean" }));
    properties.insert("int".into(), json!({ "type": "integer" }));
    properties.insert(
        "entries".into(),
        json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "key": number(), "overlapped": number(), "ovl": number(), "bytes": number(),
                    "information": number(), "status": number(),
                },
                "additionalProperties": false,
            },
        }),
    );
    json!({
        "type": "object",
        "description": "What the call returned. Absent is unknown, never zero.",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The JSON Schema (2020-12) of a line.
pub fn schema() -> Value {
    let tid: &[(&str, &str)] = &[("tid", "thread")];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "iocp-trace, version 1: one line of a *.trace.jsonl file",
        "description": "First line `meta`, last line `end`.",
        "oneOf": [
            meta(),
            line("call", "A thread calls.", CALL, &[("args", "arguments")]),
            line("ret", "A call returned.", &[("id", "number")], RET),
            line("waiting", "A thread was seen to wait inside its call.", tid, &[("seen", "seen")]),
            line("block", "A thread begins to wait for something that is not modelled.", tid, &[]),
            line("unblock", "That wait ended.", tid, &[]),
            line("exit", "A thread ended.", tid, &[]),
            line("settled", "Every call that has not returned is now waiting.", &[], &[]),
            line("io", "A device completed an operation.", &[], IO),
            line("object", "An object exists that no call of this trace made.", OBJECT, PORT),
            line("object", "Which thread a name stands for: a handle's, or another of a process.", THREAD, OF),
            line("arrive", "Somebody outside does something to a file.", ARRIVE, &[("bytes", "number")]),
            line("note", "Words for the reader.", &[], &[("text", "words")]),
            line("end", "The last line.", &[], &[("dropped", "number")]),
            {
                "type": "object",
                "description": "An extension: skipped.",
                "properties": { "ev": { "type": "string", "pattern": "^x-" } },
                "required": ["ev"],
            },
        ],
        "$defs": {
            "number": {
                "description": "An integer, or a string with one: 64-bit values as \"0x...\".",
                "anyOf": [
                    { "type": "integer" },
                    { "type": "string", "pattern": "^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$" },
                ],
            },
            "thread": { "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string" }] },
            "operation": { "type": "string", "description": "The name of the function." },
            "arguments": {
                "type": "object",
                "description": TIMEOUTS,
            },
            "result": result(),
            "seen": { "enum": ["parked", "asked", "again"] },
            "object": { "enum": ["file", "port"] },
            "one_thread": { "const": "thread" },
            "arrival": { "enum": ["data", "connect", "close", "reset"] },
            "words": { "type": "string" },
        },
    })
}
