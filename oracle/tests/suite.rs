//! The whole suite: every scenario that can be observed, the completion matrix, walks through small
//! ports. What it covers, what it leaves out and why; and that the model passes it.

use std::collections::{BTreeMap, BTreeSet};

use iocp_model::{Profile, Semantics};
use iocp_oracle::driver::{Conductor, Limits, Program};
use iocp_oracle::harness::ModelDriver;
use iocp_oracle::suite::{
    NOT_OBSERVABLE, ROWS, Reference, asked, compare, everything, followed, matrix, programs,
    scenarios, tours,
};
use iocp_scenarios::library;

/// What is committed: each scenario, and the program it is or why it is none. Made anew with
/// `IOCP_BLESS=1`.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite/scenarios.json");

#[test]
fn every_scenario_of_the_library_is_a_program_or_has_a_reason_why_not() {
    let made = scenarios();
    assert_eq!(made.len(), library::names().count());
    let told: BTreeMap<&str, String> = made
        .iter()
        .map(|(name, made)| match made {
            Ok(program) => (*name, format!("observable, {} steps", program.steps.len())),
            Err(why) => (*name, format!("not observable: {why}")),
        })
        .collect();
    let text = serde_json::to_string_pretty(&told).expect("plain data is JSON") + "\n";
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(SCENARIOS, &text).expect("the list can be written");
    }
    let committed = std::fs::read_to_string(SCENARIOS).expect("the list is part of the crate");
    assert_eq!(text, committed);
    let observable = made.iter().filter(|(_, made)| made.is_ok()).count();
    assert!(observable * 2 > made.len(), "only {observable} of {}", made.len());
}

#[test]
fn the_suite_follows_every_rule_that_an_implementation_can_be_asked_for() {
    let (all, _) = everything();
    let followed: BTreeSet<&str> = followed(&all).into_keys().map(|rule| rule.id()).collect();
    let excused: BTreeSet<&str> = NOT_OBSERVABLE.iter().map(|(id, _)| *id).collect();
    assert_eq!(excused.len(), NOT_OBSERVABLE.len(), "a rule is listed twice");
    let asked: BTreeSet<&str> = asked().map(|rule| rule.id()).collect();
    let missed: Vec<&&str> =
        asked.difference(&followed).filter(|id| !excused.contains(**id)).collect();
    assert!(missed.is_empty(), "no program follows {missed:?}, and nothing says why");
    let stale: Vec<&&str> = excused.iter().filter(|id| followed.contains(**id)).collect();
    assert!(stale.is_empty(), "programs do follow {stale:?}");
    assert!(excused.is_subset(&asked), "{:?}", excused.difference(&asked));
}

#[test]
fn each_row_of_the_completion_matrix_is_asked_or_has_a_reason_why_not() {
    for row in ROWS {
        assert_ne!(row.ways.is_empty(), row.why_not.is_empty(), "{row:?}");
    }
    let ways: usize = ROWS.iter().map(|row| row.ways.len()).sum();
    assert_eq!(matrix().len(), ways);
}

#[test]
fn programs_have_names_of_their_own() {
    let (all, _) = everything();
    let names: BTreeSet<&str> = all.iter().map(|program| program.name.as_str()).collect();
    assert_eq!(names.len(), all.len());
}

/// What a semantics does that a program does not expect.
fn differs(program: &Program, semantics: Semantics, reference: Reference) -> Option<String> {
    let mut driver = ModelDriver::new(semantics);
    let conversation = Conductor::run(&mut driver, program, Limits::default());
    if let Some(fault) = conversation.fault {
        return Some(fault.to_string());
    }
    compare(program, &conversation, reference).first().map(ToString::to_string)
}

/// What programs made from the model expect is what the model does: of Windows and of Wine.
#[test]
fn the_model_passes_what_is_made_from_it_as_windows_and_as_wine() {
    let made = scenarios().into_iter().filter_map(|(_, made)| made.ok());
    for program in made.chain(matrix()).chain(tours()) {
        let windows = differs(&program, Profile::Win11.into(), Reference::Windows);
        assert_eq!(windows, None, "{}", program.name);
        let wine = differs(&program, Semantics::wine_8_0(), Reference::Wine80);
        assert_eq!(wine, None, "{}", program.name);
    }
}

/// Programs written by hand, from the table of facts, in which the model alone does not play every
/// part: each with the part that is missing.
const NOT_BY_THE_MODEL: &[(&str, &str)] = &[
    ("a07-packet-verbatim", "the statuses in a batch"),
    ("a11-empty-batch", "the count of a batch that failed"),
    ("b01-apc-needs-alertable", "which APCs ran"),
    ("b03-apc-before-foreign-packet", "which APCs ran"),
    ("b04-apc-does-not-attach", "which APCs ran"),
    ("b06-own-packet-before-apc", "which APCs ran"),
    ("b08-apc-through-the-batch-call", "which APCs ran"),
    ("c05-win32-batch", "the statuses in a batch"),
    ("c06-win32-batch-timeout", "the count of a batch that failed"),
    ("e03-close-abandons-batches", "the count of a batch that failed"),
    ("f02-associate-once", "the status block of an association"),
    ("f04-pending-apc-stays", "which APCs ran"),
    ("control-refused", "a disk that does not know a control"),
    ("j17-connect-refused", "a peer that refuses"),
    ("suspend-a-waiter", "handles of threads that nobody opened"),
    ("terminated-thread-takes-nothing", "handles of threads that nobody opened"),
];

/// The programs written by hand say what Windows does, and so does the model.
#[test]
fn the_model_passes_the_programs_written_by_hand() {
    let mut other = BTreeMap::new();
    for program in programs() {
        if let Some(why) = differs(&program, Profile::Win11.into(), Reference::Windows) {
            other.insert(program.name, why);
        }
    }
    let excused: BTreeSet<&str> = NOT_BY_THE_MODEL.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = other.keys().map(String::as_str).collect();
    assert_eq!(found, excused, "{other:#?}");
}
