//! Places of a session as JSON values. What is in them, others decide; here it gets its names.

use std::collections::BTreeSet;

use iocp_model::Rule;
use iocp_scenarios::Problems;
use iocp_scenarios::stepper::{Activity, Broken, Picture, PortPicture, Taken};
use serde_json::{Map, Value, json};

use super::{Branch, Session, changes, micro_ports};
use crate::from_run::{card, weight};

/// Everything about the place after `at` steps and, in the step that follows, `part` effects.
pub(super) fn place(session: &mut Session, number: usize, at: usize, part: usize) -> Value {
    let scenario_names = names(&session.branches[number]);
    let branch = &mut session.branches[number];
    let at = at.min(branch.len());
    let part = match branch.step(at) {
        Some(next) if part < next.step.effects.len().max(1) => part,
        _ => 0,
    };
    let stepper = branch.stepper(at).clone();
    let picture = stepper.picture();
    let mut out = picture_object(&picture);
    let before = at.checked_sub(1).map(|at| branch.stepper(at).picture());
    let inside = part > 0;
    let taken =
        if inside { branch.step(at) } else { at.checked_sub(1).and_then(|n| branch.step(n)) };
    let mut rules = BTreeSet::new();
    if let Some(taken) = taken {
        rules.extend(taken.step.effects.iter().map(|consequence| consequence.rule));
        let shown = if inside { part } else { taken.step.effects.len() };
        out.insert("step".to_owned(), step(taken, &scenario_names, shown));
    }
    if inside && let Some(taken) = taken {
        let ports = micro_ports(&stepper, taken, part);
        out.insert("ports".to_owned(), ports.iter().map(port_object).collect());
        out.insert("parts".to_owned(), json!(taken.step.effects.len()));
    }
    if let (false, Some(before)) = (inside, before) {
        let changed = changes(&before, &picture);
        let rows = changed.iter().map(
            |change| json!({ "what": change.what, "before": change.before, "after": change.after }),
        );
        out.insert("changes".to_owned(), rows.collect());
    }
    let next = branch.step(at);
    let offers = stepper.offers().into_iter().map(|offer| {
        json!({ "choice": offer.choice.to_string(), "lane": offer.actor,
                "sentence": offer.sentence,
                "next": next.is_some_and(|next| next.step.choice == offer.choice) })
    });
    out.insert("offers".to_owned(), offers.collect());
    let withheld = stepper.withheld().into_iter();
    let withheld = withheld.map(|who| json!({ "lane": who.actor, "reason": who.reason }));
    out.insert("withheld".to_owned(), withheld.collect());
    if let Some(ended) = stepper.ended() {
        let ended = json!({ "kind": ended.kind.word(), "reasons": ended.reasons,
                            "outcome": ended.outcome, "broken": broken(&ended.broken) });
        out.insert("ended".to_owned(), ended);
    }
    out.insert("rules".to_owned(), cards(rules));
    out.insert("branch".to_owned(), json!(number));
    out.insert("at".to_owned(), json!(at));
    out.insert("part".to_owned(), json!(part));
    out.insert("next_parts".to_owned(), json!(next.map(|taken| taken.step.effects.len())));
    out.insert("checksum".to_owned(), json!(format!("{:016x}", stepper.fingerprint())));
    out.insert("branches".to_owned(), branches(session));
    Value::Object(out)
}

/// Names of the lanes.
pub(super) fn names(branch: &Branch) -> Vec<String> {
    branch.program().thread_names().map(str::to_owned).collect()
}

/// The branches in a row.
pub(super) fn branches(session: &Session) -> Value {
    let branch = |branch: &Branch| {
        json!({ "name": branch.name, "length": branch.len(),
                "from": branch.parted.map(|parted| parted.from),
                "parted": branch.parted.map(|parted| parted.at),
                "semantics": super::in_words(branch.program().semantics()) })
    };
    session.branches.iter().map(branch).collect()
}

fn cards(rules: BTreeSet<Rule>) -> Value {
    let mut out = Map::new();
    for rule in rules {
        out.insert(rule.id().to_owned(), rule_object(rule));
    }
    Value::Object(out)
}

/// A rule with everything a reader may ask about it.
pub(super) fn rule_object(rule: Rule) -> Value {
    let card = card(rule);
    json!({ "id": card.id, "sentence": card.sentence, "source": card.source,
            "grade": card.grade, "versions": rule.versions().to_string(),
            "facts": rule.facts(),
            "deviations": iocp_model::Deviation::ALL.iter().filter(|d| d.rule() == rule)
                .map(|d| json!({ "name": d.to_string(), "sentence": d.sentence() }))
                .collect::<Vec<_>>() })
}

fn broken(broken: &[Broken]) -> Value {
    let one = |broken: &Broken| json!({ "property": broken.property, "sentence": broken.sentence });
    broken.iter().map(one).collect()
}

/// A step with its first `shown` effects.
pub(super) fn step(taken: &Taken, names: &[String], shown: usize) -> Value {
    let step = &taken.step;
    let notes = step.effects.iter().take(shown).map(|consequence| {
        json!({ "text": consequence.sentence, "rule": consequence.rule.id(),
                "weight": weight(&consequence.effect) })
    });
    let who = step.actor.and_then(|actor| names.get(actor));
    json!({ "lane": step.actor, "who": who.map_or("a device", String::as_str),
            "action": step.action, "call": taken.is_call,
            "from": step.span.map(|span| span.start), "to": step.span.map(|span| span.end),
            "notes": notes.collect::<Vec<_>>(), "faults": step.faults,
            "broken": broken(&taken.broken) })
}

fn picture_object(picture: &Picture) -> Map<String, Value> {
    let threads = picture.threads.iter().map(|thread| {
        json!({ "name": thread.name, "activity": activity(thread.activity), "doing": thread.doing,
                "attached": thread.attached, "records": thread.records,
                "last_error": thread.last_error, "apcs": thread.apcs })
    });
    let handles = picture.handles.iter().map(|handle| {
        json!({ "process": handle.process, "value": handle.value, "object": handle.object })
    });
    let objects = picture.objects.iter().map(|object| {
        json!({ "name": object.name, "kind": object.kind, "handles": object.handles,
                "references": object.references })
    });
    let files = picture.files.iter().map(|file| {
        json!({ "name": file.name, "port": file.association.as_ref().map(|a| &a.0),
                "key": file.association.as_ref().map(|a| a.1.to_string()), "modes": file.modes })
    });
    let operations = picture.operations.iter().map(|operation| {
        json!({ "function": operation.function, "file": operation.file,
                "thread": operation.thread, "overlapped": operation.overlapped,
                "canceled": operation.canceled })
    });
    let structures = picture.structures.iter().map(|structure| {
        json!({ "name": structure.name, "owner": structure.owner,
                "status": structure.holds.as_ref().map(|holds| &holds.0),
                "bytes": structure.holds.as_ref().map(|holds| holds.1) })
    });
    let variables = picture.variables.iter().map(|(name, value)| json!([name, value]));
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("ports", picture.ports.iter().map(port_object).collect());
    put("threads", threads.collect());
    put("handles", handles.collect());
    put("objects", objects.collect());
    put("files", files.collect());
    put("operations", operations.collect());
    put("structures", structures.collect());
    put("variables", variables.collect());
    out
}

fn port_object(port: &PortPicture) -> Value {
    let packets = port.packets.iter().map(|packet| {
        let short = match packet.overlapped.as_str() {
            "NULL" => format!("key {}", packet.packet.key),
            name => format!("key {}, {name}", packet.packet.key),
        };
        json!({ "short": short, "text": packet.text })
    });
    json!({ "name": port.name, "active": port.active, "concurrency": port.concurrency,
            "packets": packets.collect::<Vec<_>>(), "waiters": port.waiters,
            "attached": port.attached, "closed": port.closed })
}

/// The class of what a thread does, as the palette names it.
pub(super) fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::NotStarted => "absent",
        Activity::Running => "running",
        Activity::Ready => "ready",
        Activity::Spinning => "spinning",
        Activity::WaitingOnPort => "waiting",
        Activity::Blocked => "blocked",
        Activity::Done => "exited",
    }
}

/// What is wrong with a text, each with its place in UTF-16 units, as editors count.
pub(super) fn problems(problems: &Problems) -> Value {
    let units = |at: usize| {
        let mut at = at.min(problems.source.len());
        while !problems.source.is_char_boundary(at) {
            at -= 1;
        }
        problems.source[..at].encode_utf16().count()
    };
    let one = |diagnostic: &iocp_scenarios::Diagnostic| {
        let (line, column) = problems.line_column(diagnostic.span.start);
        json!({ "code": diagnostic.code, "message": diagnostic.message, "label": diagnostic.label,
                "help": diagnostic.help, "line": line, "column": column,
                "from": units(diagnostic.span.start), "to": units(diagnostic.span.end) })
    };
    problems.diagnostics.iter().map(one).collect()
}
