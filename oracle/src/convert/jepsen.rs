//! Jepsen queue histories: one EDN map a line with `:type` (`:invoke`, `:ok`, `:fail`, `:info`),
//! `:f` (`:enqueue`, `:dequeue`), `:value`, `:process`.
//!
//! An enqueue that fails did not happen, and is left out. A dequeue that fails found nothing. An
//! operation that ends in `:info` never returned; its process does not come back.

use std::collections::HashMap;
use std::io::{BufRead, Write};

use super::Summary;
use super::edn::{Edn, map};
use super::error::{ConvertError, Lines};
use super::history::{Answer, Half, Operation, read_trace, write_trace};

struct Line {
    kind: String,
    f: String,
    value: Option<i64>,
    process: i64,
}

fn line(number: u64, text: &str) -> Result<Option<Line>, ConvertError> {
    let syntax = |column, expected| ConvertError::Syntax { line: number, column, expected };
    let mut found = Line { kind: String::new(), f: String::new(), value: None, process: -1 };
    for (key, value) in map(text).map_err(|e| syntax(e.column, e.expected))? {
        match (key.as_str(), value) {
            ("type", Edn::Keyword(kind)) => found.kind = kind,
            ("f", Edn::Keyword(f)) => found.f = f,
            ("value", Edn::Integer(value)) => found.value = Some(value),
            ("process", Edn::Integer(process)) => found.process = process,
            // The nemesis is no client.
            ("process", Edn::Keyword(_)) => return Ok(None),
            _ => {}
        }
    }
    if !matches!(found.kind.as_str(), "invoke" | "ok" | "fail" | "info") {
        return Err(syntax(0, ":type, one of :invoke, :ok, :fail, :info"));
    }
    if !matches!(found.f.as_str(), "enqueue" | "dequeue") {
        return Err(syntax(0, ":f, :enqueue or :dequeue"));
    }
    if found.process < 0 {
        return Err(syntax(0, ":process, a number"));
    }
    Ok(Some(found))
}

pub(super) fn to_trace(input: impl BufRead, output: impl Write) -> Result<Summary, ConvertError> {
    let mut lines = Lines::new(input);
    let mut summary = Summary::default();
    let mut halves: Vec<Option<Half>> = Vec::new();
    // Process to its open operation and where its call stands.
    let mut open: HashMap<i64, (usize, Operation, usize)> = HashMap::new();
    let mut operations = 0;
    while let Some(text) = lines.next()? {
        // A history may stand in one vector, a map a line.
        let text = text.trim().trim_start_matches('[').trim_end_matches(']').to_owned();
        let number = lines.number;
        let syntax = |expected| ConvertError::Syntax { line: number, column: 0, expected };
        if text.is_empty() {
            continue;
        }
        let Some(line) = line(number, &text)? else {
            summary.skipped += 1;
            continue;
        };
        summary.told += 1;
        let process = line.process;
        if line.kind == "invoke" {
            let what = match (line.f.as_str(), line.value) {
                ("enqueue", Some(value)) => Operation::Put(value),
                ("enqueue", None) => return Err(syntax(":value, the value to enqueue")),
                _ => Operation::Take,
            };
            if open.insert(process, (operations, what, halves.len())).is_some() {
                return Err(syntax("the end of this process's last operation first"));
            }
            let client = process as u64;
            halves.push(Some(Half::Call { operation: operations, client, what }));
            operations += 1;
            continue;
        }
        let Some((operation, what, at)) = open.remove(&process) else {
            return Err(syntax("an :invoke of this process first"));
        };
        let answer = match (line.kind.as_str(), what, line.value) {
            ("info", ..) => continue,
            ("fail", Operation::Put(_), _) => {
                halves[at] = None;
                continue;
            }
            ("ok", Operation::Put(_), _) => Answer::Done,
            ("ok", Operation::Take, Some(value)) => Answer::Value(value),
            (_, Operation::Take, _) => Answer::Empty,
            _ => return Err(syntax(":ok, :fail or :info")),
        };
        halves.push(Some(Half::Ret { operation, answer }));
    }
    if operations == 0 {
        return Err(ConvertError::Nothing("an :invoke of a queue history"));
    }
    write_trace(halves.into_iter().flatten(), "jepsen", output)?;
    Ok(summary)
}

pub(super) fn from_trace(
    input: impl BufRead,
    mut output: impl Write,
) -> Result<Summary, ConvertError> {
    let halves = read_trace(input)?;
    let mut calls: Vec<(u64, Operation)> = Vec::new();
    for (index, half) in halves.iter().enumerate() {
        let (kind, client, what, value) = match *half {
            Half::Call { client, what, .. } => {
                calls.push((client, what));
                let value = match what {
                    Operation::Put(value) => Some(value),
                    Operation::Take => None,
                };
                ("invoke", client, what, value)
            }
            Half::Ret { operation, answer } => {
                let (client, what) = calls[operation];
                match answer {
                    Answer::Empty => ("fail", client, what, None),
                    Answer::Value(value) => ("ok", client, what, Some(value)),
                    Answer::Done => match what {
                        Operation::Put(value) => ("ok", client, what, Some(value)),
                        Operation::Take => ("ok", client, what, None),
                    },
                }
            }
        };
        let f = match what {
            Operation::Put(_) => "enqueue",
            Operation::Take => "dequeue",
        };
        let value = value.map_or_else(|| "nil".to_owned(), |v| v.to_string());
        writeln!(
            output,
            "{{:type :{kind}, :f :{f}, :value {value}, :process {client}, :index {index}}}"
        )?;
    }
    output.flush()?;
    Ok(Summary { told: halves.len() as u64, skipped: 0 })
}
