//! The same input gives the same bytes: on every machine, and however the tool was built. What
//! every scenario of the library comes to, run by turns, at random, by priorities, and searched,
//! is written down as fingerprints; `.ci/run` holds a debug and an optimized build to them.
//! Which of several counterexamples a search finds may change with the tool, and is not written
//! down, but not with the build: `SAME_BYTES=FILE` writes everything there, for a comparison.
//!
//! `REWRITE=1 cargo test -p iocp-scenarios --test same_bytes` writes the fingerprints anew.

use std::fmt::Write as _;

use iocp_model::fingerprint::fingerprint;
use iocp_scenarios::{Program, Settings, Simulation, library, simulate};
use iocp_scheduler::explore::Options;
use iocp_scheduler::policy::{Pct, Policy, RandomWalk, RoundRobin};
use iocp_scheduler::{Reductions, System, explore};

const FINGERPRINTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/same_bytes.txt");

fn runs(program: &Program) -> String {
    let options = Simulation { max_steps: 200, quantum: 100 };
    let run = |policy: &mut dyn Policy| {
        let run = simulate(program, policy, options);
        format!("{run:?} {}", run.schedule)
    };
    let by_priority = &mut Pct::new(program.actors(), 3, 100, 7);
    [run(&mut RoundRobin::new()), run(&mut RandomWalk::new(7)), run(by_priority)].join("\n")
}

/// What a search comes to, and all that it says.
fn search(program: &Program) -> [String; 2] {
    // Every interleaving, so that a better reduction is no other result.
    let reductions = Reductions::NONE;
    let options = Options { reductions, max_states: Some(3000), ..Options::default() };
    let found = explore(program, &options, &mut ());
    let counts = (found.complete, found.states, found.transitions, found.depth, found.terminals);
    let outcomes: Vec<_> = found.outcomes.iter().map(|o| (o.kind, &o.name, o.count)).collect();
    let verdicts: Vec<_> = found.properties.iter().map(|p| (&p.name, p.verdict)).collect();
    [
        format!("{counts:?} {outcomes:?} {verdicts:?}"),
        format!("{:?} {:?}", found.outcomes, found.properties),
    ]
}

/// The fingerprints of a scenario; what they do not cover goes into `rest`.
fn line(name: &str, rest: &mut String) -> String {
    let scenario = library::find(name).expect("it is in the list");
    let mut parts = [String::new(), String::new()];
    let variants = scenario.variants();
    for variant in std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.clone()))) {
        let settings = Settings { variant, ..Settings::default() };
        let program = scenario.compile(&settings).expect("the library compiles");
        parts[0] += &runs(&program);
        let [result, told] = search(&program);
        parts[1] += &result;
        rest.push_str(&told);
        rest.push('\n');
    }
    let [runs, search] = parts.map(|part| fingerprint(part.as_bytes()));
    format!("{name} runs {runs:016x} search {search:016x}")
}

#[test]
fn every_scenario_comes_to_the_same_bytes_in_every_build() {
    let (mut text, mut rest) = (String::new(), String::new());
    for entry in library::entries() {
        let _ = writeln!(text, "{}", line(entry.name, &mut rest));
    }
    if let Some(file) = std::env::var_os("SAME_BYTES") {
        std::fs::write(file, format!("{text}{rest}")).expect("the bytes can be written");
    }
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(FINGERPRINTS, text).expect("the fingerprints can be written");
        return;
    }
    let known = std::fs::read_to_string(FINGERPRINTS).expect("the fingerprints are there");
    let other: Vec<&str> = text.lines().filter(|line| !known.lines().any(|k| k == *line)).collect();
    let gone = known.lines().count() != text.lines().count();
    let build = if cfg!(debug_assertions) { "this debug build" } else { "this optimized build" };
    assert!(
        other.is_empty() && !gone,
        "{build} comes to other bytes than {FINGERPRINTS} says (if that is meant, REWRITE=1):\n{}",
        other.join("\n")
    );
}

/// The fingerprints tell one run from another.
#[test]
fn another_seed_and_another_windows_give_other_bytes() {
    let scenario = library::find("release-lifo").expect("it is in the library");
    let program = scenario.compile(&Settings::default()).expect("the library compiles");
    let fifo = Settings { variant: Some("fifo".to_owned()), ..Settings::default() };
    let other = scenario.compile(&fifo).expect("the library compiles");
    assert_ne!(runs(&program), runs(&other));
    assert_ne!(search(&program), search(&other));
    assert_eq!(runs(&program), runs(&program));
}
