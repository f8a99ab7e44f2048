//! The library, held to its golden files: what every scenario and every variant of it comes to,
//! by exploring every interleaving.
//!
//! `REWRITE=1 cargo test -p iocp-scenarios --test library` writes the files anew;
//! `ONLY=NAME` does one scenario.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use iocp_model::{Profile, Rule, Semantics, Versions};
use iocp_scenarios::{Program, Scenario, Settings, Simulation, library, scenario_schema, simulate};
use iocp_scheduler::explore::{Exploration, Options, Verdict};
use iocp_scheduler::policy::{RandomWalk, RoundRobin};
use iocp_scheduler::{Reductions, explore};

/// A library scenario is small: it is read by people.
const MAX_STATES: u64 = 200_000;

fn wanted(name: &str) -> bool {
    std::env::var("ONLY").map_or(true, |only| only == name)
}

fn compiled(scenario: &Scenario, variant: Option<&str>) -> Result<Program, String> {
    let settings = Settings { variant: variant.map(str::to_owned), ..Settings::default() };
    scenario.compile(&settings).map_err(|invalid| invalid.to_string())
}

fn explored(program: &Program) -> Exploration {
    let options = Options {
        reductions: Reductions::NONE,
        max_states: Some(MAX_STATES),
        ..Options::default()
    };
    explore(program, &options, &mut ())
}

/// What comes of a scenario, as text.
fn golden(scenario: &Scenario, variant: Option<&str>) -> String {
    let program = match compiled(scenario, variant) {
        Ok(program) => program,
        Err(why) => return why,
    };
    let found = explored(&program);
    let mut out = String::new();
    let title = variant.map_or("as it stands".to_owned(), |name| format!("variant {name}"));
    let _ = writeln!(out, "{} ({title})\n", scenario.title());
    let bound = if found.complete { "" } else { ", and there are more" };
    let _ = writeln!(out, "{} states, {} terminal{bound}", found.states, found.terminals);
    for outcome in &found.outcomes {
        let (kind, count, name) = (outcome.kind.word(), outcome.count, &outcome.name);
        let _ = writeln!(out, "  {} {count} x {kind}: {name}", outcome.frequency.word());
        for reason in &outcome.reasons {
            let _ = writeln!(out, "      {reason}");
        }
    }
    for property in &found.properties {
        let told = match property.verdict {
            Verdict::Broken => "is broken",
            Verdict::Holds if program.properties_of_scenario().any(|p| p.name == property.name) => {
                "holds"
            }
            Verdict::Holds | Verdict::Unknown => continue,
        };
        let _ = writeln!(out, "  {} `{}` {told}", property.expectation, property.name);
    }
    told(&program, &mut out);
    out
}

/// One run by turns, as sentences.
fn told(program: &Program, out: &mut String) {
    let run =
        simulate(program, &mut RoundRobin::new(), Simulation { max_steps: 200, quantum: 100 });
    let _ = writeln!(out, "\nA run by turns on {} processors", program.processors());
    for (number, step) in (1..).zip(&run.steps) {
        let _ = writeln!(out, "{number:4} {:>6} us  {}.", step.at, step.action);
        for consequence in &step.effects {
            let (sentence, rule) = (&consequence.sentence, consequence.rule.id());
            let _ = writeln!(out, "                  {sentence} [{rule}]");
        }
        for fault in &step.faults {
            let _ = writeln!(out, "              !!  {fault}");
        }
    }
    let end = run.end.kind.map_or("cut off", |kind| kind.word());
    let _ = writeln!(out, "  {end}: {}", run.end.outcome);
    for sentence in run.end.reasons.iter().chain(&run.findings) {
        let _ = writeln!(out, "  {sentence}");
    }
}

fn all(scenario: &Scenario) -> String {
    let variants = scenario.variants();
    let names = std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.as_str())));
    names.map(|variant| golden(scenario, variant)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_scenario_comes_to_what_its_golden_file_says() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/library"));
    let mut wrong = vec![];
    for entry in library::entries().iter().filter(|entry| wanted(entry.name)) {
        let scenario = library::find(entry.name).expect("it is in the list");
        let text = all(&scenario);
        if std::env::var_os("REWRITE").is_some() {
            let path = folder.join(entry.group).join(format!("{}.expected", entry.name));
            std::fs::write(path, text).expect("the library can be written");
        } else if entry.expected != Some(&text) {
            wrong.push(format!("{}, which comes to\n\n{text}", entry.name));
        }
    }
    assert!(wrong.is_empty(), "another end than expected: {}", wrong.join("\n"));
}

/// A property that a wrong program is there to break must be broken, and no other.
#[test]
fn every_scenario_breaks_exactly_what_it_says_it_breaks() {
    let mut wrong = vec![];
    for entry in library::entries().iter().filter(|entry| wanted(entry.name)) {
        let scenario = library::find(entry.name).expect("it is in the list");
        let variants = scenario.variants();
        let names = std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.as_str())));
        for variant in names {
            let program = match compiled(&scenario, variant) {
                Ok(program) => program,
                Err(why) => {
                    wrong.push(why);
                    continue;
                }
            };
            let found = explored(&program);
            let broken = found.properties.iter().filter(|p| p.verdict == Verdict::Broken);
            let mut broken: Vec<String> = broken.map(|property| property.name.clone()).collect();
            let mut breaks = program.breaks().to_vec();
            broken.sort();
            breaks.sort();
            if broken != breaks {
                let name = entry.name;
                wrong.push(format!("{name} {variant:?} breaks {broken:?}, and says {breaks:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_the_library_obeys_the_schema_and_survives_a_round_trip() {
    let schema = jsonschema::validator_for(&scenario_schema()).expect("it is a schema");
    for entry in library::entries() {
        let json: serde_json::Value = serde_json::from_str(entry.text).expect("it is JSON");
        let errors: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", entry.name);
        let scenario = library::find(entry.name).expect("it is in the list");
        assert_eq!(scenario.group(), entry.group, "{}: the group is the folder", entry.name);
        let again = Scenario::parse(entry.name, &scenario.to_text()).expect("it reads back");
        assert_eq!(again.to_text(), scenario.to_text());
        assert_eq!(again.to_json(), json);
    }
}

/// The schema is no rubber stamp: it refuses what the checker refuses.
#[test]
fn the_schema_refuses_an_unknown_key_and_an_unknown_function() {
    let schema = jsonschema::validator_for(&scenario_schema()).expect("it is a schema");
    let with = |program: &str| {
        let text = format!(r#"{{"version": 1, "title": "t", "threads": {{"A": [{program}]}}}}"#);
        serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON")
    };
    assert!(schema.is_valid(&with(r#"{"call": "SwitchToThread"}"#)));
    assert!(!schema.is_valid(&with(r#"{"call": "SwitchToThread", "port": 1}"#)));
    assert!(!schema.is_valid(&with(r#"{"call": "GetQueuedStatus", "port": "P"}"#)));
    assert!(!schema.is_valid(&with(r#""leave""#)));
}

/// Every id of the specification that is for the library to show: misconceptions, vectors,
/// programs, and the candidates of facts.md part 3, by the number they have there.
fn asked_for() -> Vec<String> {
    let semantics = include_str!("../../model/spec/semantics.md");
    let users = include_str!("../../model/spec/users.md");
    let numbered = |id: &str, letter: char| {
        id.strip_prefix(letter)
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let first_cells =
        semantics.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let mut ids: Vec<String> = first_cells
        .filter(|cell| numbered(cell, 'E') || numbered(cell, 'V'))
        .map(str::to_owned)
        .collect();
    let words = users.split(|c: char| !c.is_ascii_alphanumeric());
    let programs = words.filter(|word| {
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        number.len() == 3 && word.len() - number.len() <= 1 && numbered(number, 'U')
    });
    ids.extend(programs.map(str::to_owned));
    ids.sort();
    ids.dedup();
    ids
}

fn candidates() -> Vec<&'static str> {
    let facts = include_str!("../../model/spec/facts.md");
    let part = facts.split_once("## 3. Candidate scenarios").expect("there is a part 3").1;
    let part = part.split_once("## 4.").expect("and a part 4").0;
    let number = |line: &'static str| {
        line.split_once(". [").map(|(n, _)| n).filter(|n| n.parse::<u8>().is_ok())
    };
    part.lines().filter_map(number).collect()
}

#[test]
fn everything_the_specification_asks_for_is_shown_or_excused() {
    let asked = asked_for();
    let of = |letter: char| asked.iter().filter(|id| id.starts_with(letter)).count();
    // Counted by hand in the documents, so that a parser that misses rows is noticed.
    assert_eq!((of('E'), of('V'), of('U')), (54, 15, 42));
    // Each file is read once here; `showing` reads them all for one id.
    let scenarios: Vec<Scenario> = library::names().filter_map(library::find).collect();
    let word = |c: char| !c.is_ascii_alphanumeric();
    let shown: HashSet<&str> = scenarios
        .iter()
        .flat_map(|s| s.facts().chain(s.misconceptions()).chain(s.source_of_facts().split(word)))
        .collect();
    for id in &asked {
        let excused = library::NOT_SHOWN.iter().any(|(known, _)| known == id);
        assert_ne!(shown.contains(id.as_str()), excused, "{id}");
    }
    assert!(library::showing("E26").contains(&"waiters-are-not-served-in-turn"));
    assert!(library::showing("E47").is_empty());
    assert_eq!(candidates().len(), 26);
    let sources: Vec<&str> = scenarios.iter().map(Scenario::source_of_facts).collect();
    for number in candidates() {
        let named = |source: &&str| {
            let part = source.split_once("facts part 3, ").map_or("", |(_, rest)| rest);
            let part = part.split(';').next().unwrap_or_default();
            part.split(|c: char| !c.is_ascii_digit()).any(|n| n == number)
        };
        assert!(sources.iter().any(named), "candidate {number} of facts.md part 3");
    }
}

/// `iocp diff` names a scenario for each rule that differs between two versions: there is one for
/// each rule that does not hold in all, and the rule decides something in it, in a version in
/// which it holds.
#[test]
fn every_rule_that_some_versions_lack_is_shown_by_a_scenario() {
    let scenarios: Vec<Scenario> = library::names().filter_map(library::find).collect();
    let everywhere = Versions { since: Profile::Xp, until: None };
    let mut missing = vec![];
    for rule in Rule::ALL.iter().filter(|rule| rule.versions() != everywhere) {
        let profile = rule.versions().until.unwrap_or(Profile::Win11);
        let semantics = Some(Semantics::from(profile));
        let decides = |scenario: &Scenario| {
            let settings = Settings { semantics, ..Settings::default() };
            scenario.compile(&settings).is_ok_and(|program| {
                let options = Simulation { max_steps: 200, quantum: 100 };
                (0..20).any(|seed| {
                    let run = simulate(&program, &mut RandomWalk::new(seed), options);
                    run.steps.iter().flat_map(|step| &step.effects).any(|c| c.rule == *rule)
                })
            })
        };
        let mut listing = scenarios.iter().filter(|s| s.rules().any(|id| id == rule.id()));
        if !listing.any(decides) {
            missing.push(rule.id());
        }
    }
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
}
