//! Faults to plant: an effect with one thing in it changed, as if the rule had done that to another
//! thread, with another packet, a count off by one.

use serde_json::Value as Json;

use crate::io_stage::*;

/// An effect with one field changed, and the name of the field.
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) effect: Effect,
}

/// Every single change of a field of this effect, of the fields that are wanted.
pub(super) fn wrong(before: &Kernel, effect: &Effect, wanted: impl Fn(&str) -> bool) -> Vec<Wrong> {
    let whole = serde_json::to_value(effect).expect("effects serialise");
    let mut leaves = Vec::new();
    gather(&whole, &mut Vec::new(), &mut leaves);
    let mut found = Vec::new();
    for path in leaves {
        let keys = path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Place(_) => None,
        });
        let keys: Vec<&str> = keys.collect();
        let name = whole["effect"].as_str().unwrap_or_default();
        let field = format!("{name}.{}", keys.join("."));
        if !wanted(&field) {
            continue;
        }
        let mut changed = whole.clone();
        let leaf = path.iter().fold(&mut changed, |at, step| match step {
            Step::Key(key) => &mut at[key.as_str()],
            Step::Place(place) => &mut at[*place],
        });
        change(before, keys.last().copied().unwrap_or_default(), leaf);
        if let Ok(effect) = serde_json::from_value::<Effect>(changed) {
            found.push(Wrong { field, effect });
        }
    }
    found.extend(other_end(before, effect));
    found
}

/// The newest packet where the oldest should leave.
fn other_end(before: &Kernel, effect: &Effect) -> Option<Wrong> {
    let mut effect = effect.clone();
    let (Effect::Removed { port, packet, .. } | Effect::Released { port, packet, .. }) =
        &mut effect
    else {
        return None;
    };
    let newest = *before.port(*port)?.packets.iter().last()?;
    let differs = std::mem::replace(packet, newest) != newest;
    differs.then(|| Wrong { field: "the newest packet".to_owned(), effect })
}

#[derive(Clone)]
enum Step {
    Key(String),
    Place(usize),
}

/// Where the values stand that are no lists and no objects. The kind of an effect is none of them.
fn gather(json: &Json, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let inner: Vec<(Step, &Json)> = match json {
        Json::Object(fields) => {
            let fields = fields.iter().filter(|(key, _)| !(at.is_empty() && *key == "effect"));
            fields.map(|(key, value)| (Step::Key(key.clone()), value)).collect()
        }
        Json::Array(values) => {
            values.iter().enumerate().map(|(place, value)| (Step::Place(place), value)).collect()
        }
        _ => return found.push(at.clone()),
    };
    for (step, value) in inner {
        at.push(step);
        gather(value, at, found);
        at.pop();
    }
}

/// Another thread, port, ..., if there is one; the opposite; a number off by one, a handle by one
/// entry.
fn change(before: &Kernel, name: &str, leaf: &mut Json) {
    let step = if name == "handle" { 4 } else { 1 };
    let there = match name.to_ascii_lowercase().as_str() {
        "thread" => before.threads().ids().count(),
        "port" => before.ports().ids().count(),
        "file" | "socket" => before.files().ids().count(),
        "event" => before.events().ids().count(),
        _ => 0,
    } as u64;
    *leaf = match leaf {
        Json::Number(n) => {
            let next = n.as_u64().map_or(0, |n| n.wrapping_add(step));
            Json::from(if there > 1 { next % there } else { next })
        }
        Json::Bool(yes) => Json::from(!*yes),
        Json::String(word) if word == "nothing" => serde_json::json!({ "bytes": 1 }),
        Json::String(word) if word == "void" => serde_json::json!({ "bool": true }),
        Json::String(word) => Json::from(opposite(word)),
        _ => Json::from(1),
    };
}

fn opposite(word: &str) -> &'static str {
    match word {
        "infinite" => "zero",
        "zero" => "infinite",
        "posted" => "completion",
        _ => "posted",
    }
}
