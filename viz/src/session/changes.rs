//! What a step changed: two pictures compared, field by field.

use iocp_scenarios::stepper::Picture;

/// One thing that is different now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What: `P, active`.
    pub what: String,
    /// How it was; nothing if it was not there.
    pub before: String,
    /// How it is; nothing if it is gone.
    pub after: String,
}

/// What differs, in the order of the pictures.
pub fn changes(before: &Picture, after: &Picture) -> Vec<Change> {
    let (before, after) = (rows(before), rows(after));
    let mut out = vec![];
    let find = |rows: &[(String, String)], what: &str| {
        rows.iter().find(|(name, _)| name == what).map(|(_, value)| value.clone())
    };
    for (what, value) in &before {
        let now = find(&after, what);
        if now.as_ref() != Some(value) {
            let after = now.unwrap_or_default();
            out.push(Change { what: what.clone(), before: value.clone(), after });
        }
    }
    for (what, value) in &after {
        if find(&before, what).is_none() {
            out.push(Change { what: what.clone(), before: String::new(), after: value.clone() });
        }
    }
    out
}

/// A picture as rows of a name and a value.
fn rows(picture: &Picture) -> Vec<(String, String)> {
    let mut rows = vec![];
    let mut row = |what: String, value: String| rows.push((what, value));
    let list = |items: &[String]| match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    };
    for port in &picture.ports {
        let name = &port.name;
        row(format!("{name}, active"), format!("{} of {}", port.active, port.concurrency));
        let packets: Vec<String> = port.packets.iter().map(|p| p.text.clone()).collect();
        row(format!("{name}, packets, head first"), list(&packets));
        row(format!("{name}, waiters, top first"), list(&port.waiters));
        row(format!("{name}, threads it counts"), list(&port.attached));
        if port.closed {
            row(format!("{name}, handles"), "all closed".to_owned());
        }
    }
    for thread in &picture.threads {
        let name = &thread.name;
        row(name.clone(), thread.doing.clone());
        if !thread.records.is_empty() {
            row(format!("{name}, recorded"), format!("{:?}", thread.records));
        }
        if thread.last_error != 0 {
            row(format!("{name}, last error"), thread.last_error.to_string());
        }
        if thread.apcs > 0 {
            row(format!("{name}, APCs"), thread.apcs.to_string());
        }
    }
    for object in &picture.objects {
        let others = list(&object.references);
        let noun = if object.handles == 1 { "handle" } else { "handles" };
        let value = format!("{} {noun}; kept by {others}", object.handles);
        row(format!("{}, references", object.name), value);
    }
    for file in &picture.files {
        if let Some((port, key)) = &file.association {
            row(format!("{}, associated", file.name), format!("{port}, key {key}"));
        }
        if !file.modes.is_empty() {
            row(format!("{}, modes", file.name), file.modes.join(", "));
        }
    }
    for operation in &picture.operations {
        let asked = if operation.canceled { ", cancel asked for" } else { "" };
        let what = format!("{} of {}", operation.function, operation.overlapped);
        row(what, format!("pending on {}{asked}", operation.file));
    }
    for structure in &picture.structures {
        let holds = structure.holds.as_ref();
        let holds = holds.map_or_else(String::new, |(s, bytes)| format!(", {s}, {bytes} bytes"));
        row(structure.name.clone(), format!("{}{holds}", structure.owner));
    }
    for (name, value) in &picture.variables {
        row(name.clone(), value.to_string());
    }
    rows
}
