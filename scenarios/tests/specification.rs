//! Every misconception and every program pattern of the specification, by name: the right program
//! goes right in every interleaving, and ends in the ways that the table says; the wrong one breaks
//! what the table says.
//!
//! `REWRITE=1 cargo test -p iocp-scenarios --test specification` fills in what breaks and how the
//! right program ends; which scenario shows what is for a person to write.

use std::collections::BTreeSet;

use iocp_scenarios::{Program, Settings, Simulation, library, simulate};
use iocp_scheduler::explore::{Exploration, Options, Verdict};
use iocp_scheduler::policy::RoundRobin;
use iocp_scheduler::{EndingKind, explore};

const TABLE: &str = include_str!("specification.tsv");

/// What real programs are followed in the library.
const PROGRAMS: [&str; 17] = [
    "libuv",
    "libevent",
    "nginx",
    "mio",
    "wepoll",
    "Boost.Asio",
    "polling",
    "compio",
    "Go",
    ".NET",
    "asyncio",
    "Trio",
    "JDK",
    "Erlang",
    "IOCPSOCK",
    "CodeProject",
    "Windows pool",
];

/// One line of the table.
struct Row<'a> {
    id: &'a str,
    scenario: &'a str,
    right: &'a str,
    wrong: &'a str,
    breaks: &'a str,
    ends: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [id, scenario, right, wrong, breaks, ends] = cells[..] else {
                panic!("not six cells: {line}")
            };
            Row { id, scenario, right, wrong, breaks, ends }
        })
        .collect()
}

fn compiled(name: &str, variant: &str) -> Program {
    let scenario = library::find(name).unwrap_or_else(|| panic!("there is no scenario {name}"));
    let variant = (variant != "-").then(|| variant.to_owned());
    let settings = Settings { variant, ..Settings::default() };
    scenario.compile(&settings).unwrap_or_else(|problem| panic!("{problem}"))
}

fn explored(name: &str, variant: &str) -> Exploration {
    explore(&compiled(name, variant), &Options::default(), &mut ())
}

fn broken(found: &Exploration) -> String {
    let broken = found.properties.iter().filter(|p| p.verdict == Verdict::Broken);
    let mut names: Vec<&str> = broken.map(|property| property.name.as_str()).collect();
    names.sort_unstable();
    names.join(", ")
}

/// The set of its ends.
fn ends(found: &Exploration) -> String {
    let names: BTreeSet<&str> = found.outcomes.iter().map(|end| end.name.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_right_program_goes_right_and_every_wrong_one_breaks_what_the_table_says() {
    let mut wrong = vec![];
    let mut table: String =
        TABLE.lines().filter(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
    for row in rows() {
        let (right, mistaken) =
            (explored(row.scenario, row.right), explored(row.scenario, row.wrong));
        let finished = right.outcomes.iter().all(|end| end.kind == EndingKind::Finished);
        if !right.complete || !broken(&right).is_empty() || !finished {
            wrong.push(format!("{} {}: {}", row.id, row.scenario, broken(&right)));
        }
        let (breaks, ends) = (broken(&mistaken), ends(&right));
        if breaks.is_empty() {
            wrong.push(format!("{} {}: nothing breaks", row.id, row.scenario));
        }
        if (breaks.as_str(), ends.as_str()) != (row.breaks, row.ends) {
            wrong.push(format!("{} {}: breaks {breaks}; ends {ends}", row.id, row.scenario));
        }
        let cells = [row.id, row.scenario, row.right, row.wrong, &breaks, &ends];
        table.push_str(&cells.join("\t"));
        table.push('\n');
    }
    if std::env::var_os("REWRITE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/specification.tsv");
        std::fs::write(path, table).expect("the table can be written");
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ids of the specification, found where it lists them.
fn asked_for() -> BTreeSet<String> {
    let semantics = include_str!("../../model/spec/semantics.md");
    let users = include_str!("../../model/spec/users.md");
    let numbered = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let cells = semantics.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let misconceptions = cells.filter(|cell| cell.strip_prefix('E').is_some_and(numbered));
    let words = users.split(|c: char| !c.is_ascii_alphanumeric());
    let programs = words.filter(|word| {
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let letters = word.len() - number.len();
        number.len() == 3 && letters <= 1 && number.strip_prefix('U').is_some_and(numbered)
    });
    misconceptions.chain(programs).map(str::to_owned).collect()
}

#[test]
fn every_misconception_and_every_pattern_is_in_the_table() {
    let asked = asked_for();
    let of = |letter: char| asked.iter().filter(|id| id.starts_with(letter)).count();
    assert_eq!((of('E'), of('U')), (54, 42), "counted by hand in the documents");
    let table: BTreeSet<&str> = rows().iter().map(|row| row.id).collect();
    let excused: Vec<&str> = library::NOT_SHOWN.iter().map(|(id, _)| *id).collect();
    let wanted = asked.iter().map(String::as_str).filter(|id| !excused.contains(id));
    let wanted: BTreeSet<&str> = wanted.chain(PROGRAMS).collect();
    let missing: Vec<_> = wanted.difference(&table).collect();
    let strange: Vec<_> = table.difference(&wanted).collect();
    assert!(missing.is_empty() && strange.is_empty(), "missing {missing:?}, strange {strange:?}");
    // A scenario says itself what it shows; of a program its name does.
    for row in rows().iter().filter(|row| !PROGRAMS.contains(&row.id)) {
        assert!(library::showing(row.id).contains(&row.scenario), "{} {}", row.id, row.scenario);
    }
}

/// The two mistakes that were found by reading the code of others come out of their scenarios: some
/// orders go right, and the search finds one that does not. Of the second a run by turns sees
/// nothing.
#[test]
fn the_mistakes_of_libevent_and_polling_are_found_by_searching() {
    let polling = compiled("polling-update-order", "-");
    let run = simulate(&polling, &mut RoundRobin::new(), Simulation::default());
    assert_eq!(run.violations, []);
    for (name, property) in [
        ("libevent-shutdown-race", "every completion is delivered"),
        ("polling-update-order", "the update reaches the driver"),
    ] {
        let found = explored(name, "-");
        let verdict = found.properties.iter().find(|p| p.name == property).map(|p| p.verdict);
        assert_eq!(verdict, Some(Verdict::Broken), "{name}");
        let good = found.outcomes.iter().filter(|end| end.kind == EndingKind::Finished).count();
        assert!(good > 0 && found.outcomes.len() > 1, "{name} goes right in other orders");
    }
}
