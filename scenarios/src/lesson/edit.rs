//! Scenarios made from scenarios: with claims to be judged, with an order, with parts replaced;
//! and what was changed.

use super::Claim;
use crate::diagnostic::Span;
use crate::json::{Entry, Node, Value};
use crate::scenario::Scenario;

/// Keys of a scenario that say nothing about what happens.
const PROSE: [&str; 9] =
    ["title", "group", "about", "notice", "rules", "facts", "misconceptions", "source", "outcome"];

/// Keys whose values are objects of names.
const NAMED: [&str; 18] = [
    "parameters",
    "variants",
    "ports",
    "files",
    "events",
    "semaphores",
    "mutexes",
    "jobs",
    "reserves",
    "wait_packets",
    "handles",
    "shared",
    "overlapped",
    "threads",
    "always",
    "never",
    "sometimes",
    "finally",
];

/// What the property of a claim is called.
fn property(index: usize) -> String {
    format!("claim {}", index + 1)
}

impl Scenario {
    /// The scenario with a property for each claim that is a condition; and the name of the
    /// property that decides each claim.
    pub fn with_claims(&self, claims: &[Claim]) -> (Scenario, Vec<String>) {
        let mut root = self.root.clone();
        let mut names = vec![];
        for (index, claim) in claims.iter().enumerate() {
            if !claim.kind.is_condition() {
                names.push(claim.text.clone());
                continue;
            }
            let value = Node { span: claim.span, value: Value::Text(claim.text.clone()) };
            let added = Entry { key: property(index), key_span: claim.span, value };
            entries(object(&mut root, claim.kind.key())).push(added);
            names.push(property(index));
        }
        (Scenario { root, ..self.clone() }, names)
    }

    /// The scenario with this order.
    pub fn with_order(&self, order: &[String]) -> Scenario {
        let text = |word: &String| Node { span: NOWHERE, value: Value::Text(word.clone()) };
        let list = Node { span: NOWHERE, value: Value::List(order.iter().map(text).collect()) };
        let mut root = self.root.clone();
        put(entries(&mut root), "order", list);
        Scenario { root, ..self.clone() }
    }

    /// The scenario with parts replaced: a key of `part` replaces that key, and in an object of
    /// names each name given replaces that one.
    pub(crate) fn patched(&self, part: &Node) -> Scenario {
        let mut root = self.root.clone();
        for entry in part.entries() {
            if NAMED.contains(&entry.key.as_str()) {
                let into = entries(object(&mut root, &entry.key));
                for named in entry.value.entries() {
                    put(into, &named.key, named.value.clone());
                }
            } else {
                put(entries(&mut root), &entry.key, entry.value.clone());
            }
        }
        // Written out and read again, for the places of what is in it.
        let mut text = String::new();
        crate::write::write(&root, 0, &mut text);
        Scenario::parse(&self.name, &text).unwrap_or_else(|_| Scenario { root, ..self.clone() })
    }

    /// What is different in another scenario, prose apart: `threads.worker`, `ports.P`, `order`.
    pub fn changes(&self, other: &Scenario) -> Vec<String> {
        let (old, new) = (self.root.entries(), other.root.entries());
        let mut changed = vec![];
        for key in keys(old, new).filter(|key| !PROSE.contains(key)) {
            let (old, new) = (self.root.get(key), other.root.get(key));
            if !NAMED.contains(&key) {
                if !same(old, new) {
                    changed.push(key.to_owned());
                }
                continue;
            }
            let of = |node: Option<&Node>, name: &str| node.and_then(|n| n.get(name)).cloned();
            let entries = |node: Option<&Node>| node.map(|n| n.entries().to_vec());
            let (olds, news) = (entries(old).unwrap_or_default(), entries(new).unwrap_or_default());
            for name in keys(&olds, &news) {
                if !same(of(old, name).as_ref(), of(new, name).as_ref()) {
                    changed.push(format!("{key}.{name}"));
                }
            }
            let order = |all: &[Entry]| all.iter().map(|e| e.key.clone()).collect::<Vec<_>>();
            let (mut before, mut after) = (order(&olds), order(&news));
            before.retain(|name| after.contains(name));
            after.retain(|name| before.contains(name));
            if before != after {
                changed.push(format!("the order of {key}"));
            }
        }
        changed
    }
}

const NOWHERE: Span = Span::new(0, 0);

/// The keys of both, each once.
fn keys<'a>(old: &'a [Entry], new: &'a [Entry]) -> impl Iterator<Item = &'a str> {
    let added = new.iter().filter(|entry| old.iter().all(|e| e.key != entry.key));
    old.iter().chain(added).map(|entry| entry.key.as_str())
}

fn same(old: Option<&Node>, new: Option<&Node>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(old), Some(new)) => old.to_json() == new.to_json(),
        _ => false,
    }
}

fn entries(node: &mut Node) -> &mut Vec<Entry> {
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(vec![]);
    }
    match &mut node.value {
        Value::Map(entries) => entries,
        _ => unreachable!("it was made a map"),
    }
}

/// The object under a key, made if it is not there.
fn object<'a>(node: &'a mut Node, key: &str) -> &'a mut Node {
    let entries = entries(node);
    let at = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let value = Node { span: NOWHERE, value: Value::Map(vec![]) };
        entries.push(Entry { key: key.to_owned(), key_span: NOWHERE, value });
        entries.len() - 1
    });
    &mut entries[at].value
}

fn put(entries: &mut Vec<Entry>, key: &str, value: Node) {
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry { key: key.to_owned(), key_span: NOWHERE, value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::ClaimKind;

    const TWO: &str = r#"{"version": 1, "title": "t", "ports": {"P": {}, "Q": {}},
        "threads": {"A": ["exit"], "B": ["exit"]}}"#;

    fn scenario(text: &str) -> Scenario {
        Scenario::parse("test", text).expect("well-formed")
    }

    #[test]
    fn changes_are_told_by_part_and_prose_is_none() {
        let old = scenario(TWO);
        let new = scenario(
            r#"{"version": 1, "title": "other", "ports": {"Q": {}, "P": {"concurrency": 1}},
               "threads": {"A": ["exit"], "C": ["exit"]}, "order": ["A"]}"#,
        );
        let wanted =
            ["ports.P", "the order of ports", "threads.B", "threads.C", "order"].map(str::to_owned);
        assert_eq!(old.changes(&new), wanted);
        assert!(old.changes(&scenario(TWO)).is_empty());
    }

    #[test]
    fn a_claim_is_a_property_of_its_kind() {
        let claim = |kind, text: &str| Claim { kind, text: text.to_owned(), span: NOWHERE };
        let claims = [claim(ClaimKind::Never, "depth(P) > 0"), claim(ClaimKind::Holds, "deadlock")];
        let (with, names) = scenario(TWO).with_claims(&claims);
        assert_eq!(names, ["claim 1", "deadlock"]);
        let program = with.compile(&crate::Settings::default()).expect("compiles");
        let own: Vec<_> = program.properties_of_scenario().map(|p| p.name.clone()).collect();
        assert_eq!(own, ["claim 1"]);
    }

    #[test]
    fn a_part_replaces_what_it_names_and_nothing_else() {
        let part = crate::json::parse(r#"{"threads": {"B": [{"work": 1}]}, "order": ["B"]}"#);
        let patched = scenario(TWO).patched(&part.expect("JSON"));
        assert_eq!(scenario(TWO).changes(&patched), ["threads.B", "order"]);
    }
}
