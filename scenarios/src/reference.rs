//! The tables of FORMAT.md, made from the same shapes as the checker.

use std::fmt::Write as _;

use crate::builtin::BuiltIn;
use crate::format;
use crate::limits;
use crate::shape::{Field, Record, Shape};

/// Every key of every record, every step and every function, as Markdown.
fn reference() -> String {
    let mut out = String::new();
    let mut seen = vec![];
    record(&format::SCENARIO, &mut seen, &mut out);
    let steps = &format::STEPS;
    let _ = writeln!(
        out,
        "### Steps\n\n| step | further keys (with `?`: may be left out) | meaning |\n|---|---|---|"
    );
    for (word, about) in steps.words {
        let _ = writeln!(out, "| `\"{word}\"` | | {about} |");
    }
    for verb in steps.verbs {
        let keys: Vec<String> = verb.fields.iter().map(key).collect();
        let Field { key, shape, about, .. } = &verb.verb;
        let _ = writeln!(out, "| `{key}`: {shape} | {} | {about} |", keys.join("; "));
    }
    let _ = writeln!(out, "| `call`: a function | see below | a call; a step |\n");
    let _ = writeln!(out, "Every step may have a `note`.\n");
    let _ = writeln!(out, "Keys of every call:\n\n| key | value | meaning |\n|---|---|---|");
    fields(steps.call, &mut out);
    for field in steps.call {
        nested(&field.shape, &mut seen, &mut out);
    }
    let _ =
        writeln!(out, "### Functions\n\n| function | arguments (those with `?` may be left out) |");
    let _ = writeln!(out, "|---|---|");
    for (name, arguments) in (steps.calls)() {
        let arguments: Vec<String> = arguments.iter().map(key).collect();
        let _ = writeln!(out, "| `{name}` | {} |", arguments.join(" "));
    }
    out
}

fn key(field: &Field) -> String {
    if field.required { format!("`{}`", field.key) } else { format!("`{}`?", field.key) }
}

fn record(record: &'static Record, seen: &mut Vec<&'static str>, out: &mut String) {
    if seen.contains(&record.name) {
        return;
    }
    seen.push(record.name);
    let name = record.name;
    let title = name[..1].to_uppercase() + &name[1..];
    let _ = writeln!(out, "### {title}\n\n| key | value | meaning |\n|---|---|---|");
    fields(record.fields, out);
    for field in record.fields {
        nested(&field.shape, seen, out);
    }
}

fn fields(fields: &[Field], out: &mut String) {
    for field in fields {
        let mark = if field.required { " (required)" } else { "" };
        let _ = writeln!(out, "| `{}`{mark} | {} | {} |", field.key, field.shape, field.about);
    }
    out.push('\n');
}

fn nested(shape: &Shape, seen: &mut Vec<&'static str>, out: &mut String) {
    match shape {
        Shape::Record(inner) | Shape::Part(inner) => record(inner, seen, out),
        Shape::List(inner) | Shape::Map(inner) | Shape::Table(inner) => nested(inner, seen, out),
        Shape::Either(shapes) => {
            for inner in *shapes {
                nested(inner, seen, out);
            }
        }
        _ => {}
    }
}

/// The observations, as a Markdown table.
fn observations() -> String {
    let mut out = "| observation | of | gives |\n|---|---|---|\n".to_owned();
    for (name, takes, gives) in crate::compile::FUNCTIONS {
        let _ = writeln!(out, "| `{name}` | {takes} | {gives} |");
    }
    out
}

/// The built-in properties, as a Markdown table.
fn built_ins() -> String {
    let mut out = "| property | says | kind |\n|---|---|---|\n".to_owned();
    for built_in in BuiltIn::ALL {
        let (name, says) = (built_in.name(), built_in.sentence());
        let _ = writeln!(out, "| `{name}` | {says} | {} |", built_in.expectation());
    }
    out
}

/// The limits, in sentences.
fn sizes() -> String {
    let l = |n: usize| n.to_string();
    let file = format!(
        "A file has {} bytes and {} levels of nesting at most, an expression {} bytes and {} \
         levels.",
        l(limits::FILE_BYTES),
        l(limits::JSON_DEPTH),
        l(limits::EXPRESSION_BYTES),
        l(limits::EXPRESSION_DEPTH),
    );
    let scenario = format!(
        "A scenario has {} threads (instances counted), {} processors, {} objects, {} shared \
         variables, {} OVERLAPPEDs, {} properties (the built-in ones counted) and an order of {} \
         turns; a thread {} instructions, {} locals and {} ways of one `choose`; an operation {} \
         ways to complete.",
        l(limits::THREADS),
        limits::PROCESSORS,
        l(limits::OBJECTS),
        l(limits::SHARED),
        l(limits::OVERLAPPED),
        l(limits::PROPERTIES),
        l(limits::TURNS),
        l(limits::INSTRUCTIONS),
        l(limits::LOCALS),
        l(limits::ALTERNATIVES),
        l(limits::COMPLETIONS),
    );
    let run = format!(
        "In a run a thread records {} values, takes {} packets in one batch, tests and assigns {} \
         times between two steps and can go on in {} ways at once (choices behind choices \
         multiplied out), and {} operations are pending at once.",
        l(limits::RECORDS),
        l(limits::BATCH),
        l(limits::SILENT),
        l(limits::ALTERNATIVES),
        l(limits::PENDING),
    );
    format!(
        "{file}\n{scenario}\nWhat is over one of these is refused, and the message names the \
         limit; of what is wrong with a file the first {} problems are told.\n{run}\nA step that \
         goes over one of these breaks `program-error` or `not-modelled`, in a sentence that names \
         the limit.",
        limits::PROBLEMS,
    )
}

/// The parts of FORMAT.md that are made from the code: each starts and ends with a marker.
pub fn generated() -> [(&'static str, String); 4] {
    [
        ("observations", observations()),
        ("built-in properties", built_ins()),
        ("limits", sizes() + "\n"),
        ("reference", reference()),
    ]
}
