//! No fact is forgotten: every id in the tables of the specification is claimed by a test, with
//! `facts(&["A01", ..])` as its first statement, or stands in `not_modelled.txt` with a reason.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use support::specified;

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// What is wrong with the bookkeeping, one line each.
fn faults(
    specified: &BTreeSet<String>,
    claims: &BTreeMap<String, String>,
    not_modelled: &str,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut excused = BTreeSet::new();
    for line in not_modelled.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (id, reason) = line.split_once(": ").unwrap_or((line, ""));
        if reason.len() < 20 {
            faults.push(format!("{id} is excused without a reason"));
        }
        if !specified.contains(id) {
            faults.push(format!("{id} is excused, but is in no document"));
        }
        if claims.contains_key(id) {
            faults.push(format!("{id} is excused, but {} claims it", claims[id]));
        }
        if !excused.insert(id) {
            faults.push(format!("{id} is excused twice"));
        }
    }
    for (id, test) in claims {
        if !specified.contains(id) {
            faults.push(format!("{test} claims {id}, which is in no document"));
        }
    }
    for id in specified {
        if !claims.contains_key(id) && !excused.contains(id.as_str()) {
            faults.push(format!("{id} is neither claimed by a test nor excused"));
        }
    }
    faults
}

/// Every id that a test function of this source claims, with the name of the function.
fn claims_of(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in source.split("#[test]").skip(1) {
        let name = part.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
        let Some((name, _)) = name else { continue };
        let body = part.find("\n}\n").map_or(part, |end| &part[..end]);
        let Some((before, rest)) = body.split_once("facts(&[") else { continue };
        // The claim comes first: nothing between it and the brace that opens the function.
        let first = before.rsplit_once('{').is_some_and(|(_, between)| between.trim().is_empty());
        let ids = rest.split_once(']').map_or("", |(ids, _)| ids);
        if first {
            let quoted = ids.split('"').skip(1).step_by(2);
            found.extend(quoted.map(|id| (id.to_owned(), name.to_owned())));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the tests are there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn claims() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    sources(Path::new(TESTS), &mut files);
    files.retain(|path| !path.ends_with("coverage.rs"));
    files.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a source is text");
    files.iter().flat_map(|path| claims_of(&read(path))).collect()
}

#[test]
fn every_fact_is_exercised_or_excused_with_a_reason() {
    let specified: BTreeSet<String> = specified().into_iter().collect();
    let not_modelled = std::fs::read_to_string(format!("{TESTS}/not_modelled.txt")).unwrap();
    let faults = faults(&specified, &claims(), &not_modelled);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The ids by letter, counted by hand in the documents: a parser that misses rows would excuse
/// them silently.
#[test]
fn the_documents_have_this_many_facts() {
    let expected = [
        ('A', 18),
        ('B', 10),
        ('C', 11),
        ('D', 5),
        ('E', 8),
        ('F', 10),
        ('G', 20),
        ('H', 9),
        ('I', 10),
        ('J', 26),
        ('K', 16),
        ('V', 15),
        ('X', 18),
    ];
    let ids = specified();
    for (letter, count) in expected {
        let of_letter: BTreeSet<&String> = ids.iter().filter(|id| id.starts_with(letter)).collect();
        assert_eq!(of_letter.len(), count, "{letter}: {of_letter:?}");
    }
}

#[test]
fn every_fact_that_a_rule_accounts_for_is_exercised() {
    let claims = claims();
    for rule in iocp_model::Rule::ALL {
        for fact in rule.facts() {
            assert!(claims.contains_key(*fact), "{rule} accounts for {fact}, which no test claims");
        }
    }
}

#[test]
fn a_forgotten_a_false_and_an_unreasoned_entry_are_found() {
    let specified: BTreeSet<String> = ["A01", "A02", "A03"].map(str::to_owned).into();
    let source = "#[test]\nfn one() {\n    facts(&[\"A01\", \"Z99\"]);\n}\n\
                  #[test]\nfn two() {\n    let x = 1;\n    facts(&[\"A03\"]);\n}\n";
    let claims: BTreeMap<_, _> = claims_of(source).into_iter().collect();
    assert_eq!(
        faults(&specified, &claims, "# why\nA02: too short\nB07: a reason that is long enough\n"),
        [
            "A02 is excused without a reason",
            "B07 is excused, but is in no document",
            "one claims Z99, which is in no document",
            "A03 is neither claimed by a test nor excused",
        ]
    );
    let excused = "A01: a reason that is long enough\nA02: a reason that is long enough\n";
    let found = faults(&specified, &claims, excused);
    assert!(found.contains(&"A01 is excused, but one claims it".to_owned()), "{found:?}");
}
