//! Places of a session as JSON values. What is in them, others decide; here it gets its names.

use std::collections::BTreeSet;

use super::object::{Object, object};
use super::{Branch, Session, changes, micro_ports};
use crate::from_run::{card, weight};
use iocp_model::Rule;
use iocp_scenarios::Problems;
use iocp_scenarios::stepper::{Activity, Broken, Picture, PortPicture, Taken};

/// Everything about the place after `at` steps and, in the step that follows, `part` effects.
pub(super) fn place(session: &mut Session, number: usize, at: usize, part: usize) -> Object {
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
        out = out.with("step", step(taken, &scenario_names, shown));
    }
    if inside && let Some(taken) = taken {
        let ports = micro_ports(&stepper, taken, part);
        let ports: Vec<Object> = ports.iter().map(port_object).collect();
        out = out.with("ports", ports).with("parts", taken.step.effects.len());
    }
    if let (false, Some(before)) = (inside, before) {
        let changed = changes(&before, &picture);
        let rows = changed.iter().map(|change| {
            object()
                .with("what", &change.what)
                .with("before", &change.before)
                .with("after", &change.after)
        });
        out = out.with("changes", rows.collect::<Vec<_>>());
    }
    let next = branch.step(at);
    let offers = stepper.offers().into_iter().map(|offer| {
        object()
            .with("choice", offer.choice.to_string())
            .with("lane", offer.actor)
            .with("sentence", offer.sentence)
            .with("next", next.is_some_and(|next| next.step.choice == offer.choice))
    });
    let withheld = stepper.withheld().into_iter();
    let withheld = withheld.map(|who| object().with("lane", who.actor).with("reason", who.reason));
    let offers: Vec<Object> = offers.collect();
    let withheld: Vec<Object> = withheld.collect();
    if let Some(ended) = stepper.ended() {
        let ended = object()
            .with("kind", ended.kind.word())
            .with("reasons", ended.reasons)
            .with("outcome", ended.outcome)
            .with("broken", broken(&ended.broken));
        out = out.with("ended", ended);
    }
    out.with("offers", offers)
        .with("withheld", withheld)
        .with("rules", cards(rules))
        .with("branch", number)
        .with("at", at)
        .with("part", part)
        .with("next_parts", next.map(|taken| taken.step.effects.len()))
        .with("checksum", format!("{:016x}", stepper.fingerprint()))
        .with("branches", branches(session))
}

/// Names of the lanes.
pub(super) fn names(branch: &Branch) -> Vec<String> {
    branch.program().thread_names().map(str::to_owned).collect()
}

/// The branches in a row.
pub(super) fn branches(session: &Session) -> Vec<Object> {
    let branch = |branch: &Branch| {
        object()
            .with("name", &branch.name)
            .with("length", branch.len())
            .with("from", branch.parted.map(|parted| parted.from))
            .with("parted", branch.parted.map(|parted| parted.at))
            .with("semantics", super::in_words(branch.program().semantics()))
    };
    session.branches.iter().map(branch).collect()
}

fn cards(rules: BTreeSet<Rule>) -> Object {
    rules.into_iter().fold(object(), |cards, rule| cards.with(rule.id(), rule_object(rule)))
}

/// A rule with everything a reader may ask about it.
pub(super) fn rule_object(rule: Rule) -> Object {
    let card = card(rule);
    object()
        .with("id", card.id)
        .with("sentence", card.sentence)
        .with("source", card.source)
        .with("grade", card.grade)
        .with("versions", rule.versions().to_string())
        .with("facts", rule.facts())
        .with(
            "deviations",
            iocp_model::Deviation::ALL
                .iter()
                .filter(|d| d.rule() == rule)
                .map(|d| object().with("name", d.to_string()).with("sentence", d.sentence()))
                .collect::<Vec<_>>(),
        )
}

fn broken(broken: &[Broken]) -> Vec<Object> {
    let one = |broken: &Broken| {
        object().with("property", &broken.property).with("sentence", &broken.sentence)
    };
    broken.iter().map(one).collect()
}

/// A step with its first `shown` effects.
pub(super) fn step(taken: &Taken, names: &[String], shown: usize) -> Object {
    let step = &taken.step;
    let notes = step.effects.iter().take(shown).map(|consequence| {
        object()
            .with("text", &consequence.sentence)
            .with("rule", consequence.rule.id())
            .with("weight", weight(&consequence.effect))
    });
    let who = step.actor.and_then(|actor| names.get(actor));
    object()
        .with("lane", step.actor)
        .with("who", who.map_or("a device", String::as_str))
        .with("action", &step.action)
        .with("call", taken.is_call)
        .with("from", step.span.map(|span| span.start))
        .with("to", step.span.map(|span| span.end))
        .with("notes", notes.collect::<Vec<_>>())
        .with("faults", &step.faults)
        .with("broken", broken(&taken.broken))
}

fn picture_object(picture: &Picture) -> Object {
    let threads = picture.threads.iter().map(|thread| {
        object()
            .with("name", &thread.name)
            .with("activity", activity(thread.activity))
            .with("doing", &thread.doing)
            .with("attached", &thread.attached)
            .with("records", &thread.records)
            .with("last_error", thread.last_error)
            .with("apcs", thread.apcs)
    });
    let handles = picture.handles.iter().map(|handle| {
        object()
            .with("process", &handle.process)
            .with("value", &handle.value)
            .with("object", &handle.object)
    });
    let objects = picture.objects.iter().map(|o| {
        object()
            .with("name", &o.name)
            .with("kind", o.kind)
            .with("handles", o.handles)
            .with("references", &o.references)
    });
    let files = picture.files.iter().map(|file| {
        object()
            .with("name", &file.name)
            .with("port", file.association.as_ref().map(|a| &a.0))
            .with("key", file.association.as_ref().map(|a| a.1.to_string()))
            .with("modes", &file.modes)
    });
    let operations = picture.operations.iter().map(|operation| {
        object()
            .with("function", operation.function)
            .with("file", &operation.file)
            .with("thread", &operation.thread)
            .with("overlapped", &operation.overlapped)
            .with("canceled", operation.canceled)
    });
    let structures = picture.structures.iter().map(|structure| {
        object()
            .with("name", &structure.name)
            .with("owner", &structure.owner)
            .with("status", structure.holds.as_ref().map(|holds| &holds.0))
            .with("bytes", structure.holds.as_ref().map(|holds| holds.1))
    });
    object()
        .with("ports", picture.ports.iter().map(port_object).collect::<Vec<_>>())
        .with("threads", threads.collect::<Vec<_>>())
        .with("handles", handles.collect::<Vec<_>>())
        .with("objects", objects.collect::<Vec<_>>())
        .with("files", files.collect::<Vec<_>>())
        .with("operations", operations.collect::<Vec<_>>())
        .with("structures", structures.collect::<Vec<_>>())
        .with("variables", &picture.variables)
}

fn port_object(port: &PortPicture) -> Object {
    let packets = port.packets.iter().map(|packet| {
        let short = match packet.overlapped.as_str() {
            "NULL" => format!("key {}", packet.packet.key),
            name => format!("key {}, {name}", packet.packet.key),
        };
        object().with("short", short).with("text", &packet.text)
    });
    object()
        .with("name", &port.name)
        .with("active", port.active)
        .with("concurrency", port.concurrency)
        .with("packets", packets.collect::<Vec<_>>())
        .with("waiters", &port.waiters)
        .with("attached", &port.attached)
        .with("closed", port.closed)
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
pub(super) fn problems(problems: &Problems) -> Vec<Object> {
    let units = |at: usize| {
        let mut at = at.min(problems.source.len());
        while !problems.source.is_char_boundary(at) {
            at -= 1;
        }
        problems.source[..at].encode_utf16().count()
    };
    let one = |diagnostic: &iocp_scenarios::Diagnostic| {
        let (line, column) = problems.line_column(diagnostic.span.start);
        object()
            .with("code", diagnostic.code)
            .with("message", &diagnostic.message)
            .with("label", &diagnostic.label)
            .with("help", &diagnostic.help)
            .with("line", line)
            .with("column", column)
            .with("from", units(diagnostic.span.start))
            .with("to", units(diagnostic.span.end))
    };
    problems.diagnostics.iter().map(one).collect()
}
