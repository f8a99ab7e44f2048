//! The diagnosis is exact: no smaller set of deviations explains a trace, and every smallest one up
//! to size 3 is found. Checked against trying every set there is: of single deviations, all of
//! them; of larger sets, those of a pool of deviations that concern ports.

use std::collections::BTreeSet;

use iocp_model::{Deviation, Profile, Semantics};
use iocp_oracle::check::{Diagnosis, Options, Report, Verdict, check};
use iocp_oracle::driver::{Conductor, Implementation, Limits, Program, trace_of};
use iocp_oracle::harness::ModelDriver;
use serde_json::{Value, json};

const MOST: usize = 3;

/// Deviations that programs of posts, removes, exits and closes can have to do with.
const POOL: [Deviation; 9] = [
    Deviation::WakeOrderFifo,
    Deviation::WakeOrderAny,
    Deviation::HandOffWakeAndRetry,
    Deviation::ConcurrencyIgnored,
    Deviation::CloseKeepsWaiting,
    Deviation::RemoveCountZeroSucceeds,
    Deviation::PollDoesNotAttach,
    Deviation::ExitKeepsSlot,
    Deviation::PacketsLifo,
];

fn with(set: &[Deviation]) -> Semantics {
    let windows = Semantics::from(Profile::Win11);
    set.iter().fold(windows, |semantics, deviation| semantics.with(*deviation))
}

fn judged(trace: &[u8], semantics: Semantics, deviations_max: usize) -> Report {
    let options = Options { semantics, deviations_max, ..Options::default() };
    check(trace, &options).expect("a trace")
}

fn explains(trace: &[u8], set: &[Deviation]) -> bool {
    judged(trace, with(set), 0).verdict == Verdict::Conforms
}

/// Every set of this size; two values of one name make none.
fn sets(of: &[Deviation], size: usize) -> Vec<Vec<Deviation>> {
    let Some(smaller) = size.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for (index, first) in of.iter().enumerate() {
        for rest in sets(&of[index + 1..], smaller) {
            if rest.iter().all(|other| other.name() != first.name()) {
                all.push([vec![*first], rest].concat());
            }
        }
    }
    all
}

/// The smallest sets that explain a trace, by trying every one.
fn brute_force(of: &[Deviation], trace: &[u8], most: usize) -> BTreeSet<Vec<String>> {
    let mut found: Vec<Vec<Deviation>> = Vec::new();
    for set in (1..=most).flat_map(|size| sets(of, size)) {
        let known = |smaller: &Vec<Deviation>| smaller.iter().all(|d| set.contains(d));
        if !found.iter().any(known) && explains(trace, &set) {
            found.push(set);
        }
    }
    found.iter().map(|set| set.iter().map(ToString::to_string).collect()).collect()
}

/// The smallest sets of the diagnosis, which are those that brute force finds.
fn exact(name: &str, of: &[Deviation], trace: &[u8], most: usize) -> BTreeSet<Vec<String>> {
    let report = judged(trace, Profile::Win11.into(), most);
    assert_eq!(report.diagnosis, Diagnosis::Complete, "{name}");
    let names: BTreeSet<String> = of.iter().map(ToString::to_string).collect();
    let of_those = |set: &&Vec<String>| set.iter().all(|name| names.contains(name));
    let found: BTreeSet<_> = report.deviations.iter().filter(of_those).cloned().collect();
    assert_eq!(found, brute_force(of, trace, most), "{name}");
    found
}

/// What the model with these deviations makes of a program.
fn trace_under(set: &[Deviation], program: &Program) -> Vec<u8> {
    let mut driver = ModelDriver::new(with(set));
    let conversation = Conductor::run(&mut driver, program, Limits::default());
    trace_of(&conversation, &driver.hello()).expect("it writes to memory")
}

#[test]
fn of_rejected_traces_the_single_deviations_are_those_that_there_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/rejected");
    let entries = std::fs::read_dir(folder).expect("the corpus is beside the tests");
    let mut explained = 0;
    for path in entries.map(|entry| entry.expect("a readable directory").path()) {
        let trace = std::fs::read(&path).expect("a trace");
        let found = exact(&path.display().to_string(), Deviation::ALL, &trace, 1);
        explained += usize::from(!found.is_empty());
    }
    assert!(explained > 5, "most rejected traces have no explanation");
}

/// A call of a program; in `P` of its arguments stands the port of its phrase.
type Said = (&'static str, &'static str, Value);

fn wait(thread: &'static str) -> Said {
    (thread, "GetQueuedCompletionStatus", json!({ "port": "P", "timeout": "infinite" }))
}

fn poll(thread: &'static str) -> Said {
    (thread, "GetQueuedCompletionStatus", json!({ "port": "P", "timeout": 0 }))
}

fn post(key: u32) -> Said {
    let args = json!({ "port": "P", "bytes": 0, "key": key, "overlapped": "NULL" });
    ("M", "PostQueuedCompletionStatus", args)
}

/// Few calls on a port of their own with this concurrency value, in which a deviation shows.
fn phrase(shows: Deviation) -> (u32, Vec<Said>) {
    let none = json!({ "port": "P", "count": 0, "timeout": 0, "alertable": false });
    match shows {
        Deviation::WakeOrderFifo => (4, vec![wait("A"), wait("B"), post(1)]),
        Deviation::PacketsLifo => (4, vec![post(1), post(2), poll("M")]),
        Deviation::RemoveCountZeroSucceeds => (4, vec![("M", "NtRemoveIoCompletionEx", none)]),
        Deviation::CloseKeepsWaiting => {
            (4, vec![wait("A"), ("M", "CloseHandle", json!({ "handle": "P" }))])
        }
        Deviation::PollDoesNotAttach => (1, vec![poll("A"), wait("B"), post(1)]),
        Deviation::ExitKeepsSlot => {
            (1, vec![poll("A"), wait("B"), post(1), ("A", "ExitThread", json!({}))])
        }
        other => panic!("no phrase shows {other}"),
    }
}

const SHOWN: [Deviation; 6] = [
    Deviation::WakeOrderFifo,
    Deviation::CloseKeepsWaiting,
    Deviation::RemoveCountZeroSucceeds,
    Deviation::PollDoesNotAttach,
    Deviation::ExitKeepsSlot,
    Deviation::PacketsLifo,
];

/// One phrase after the other, each with threads of its own.
fn program(phrases: &[Deviation]) -> Program {
    let mut steps = Vec::new();
    for (number, shows) in phrases.iter().enumerate() {
        let port = format!("P{number}");
        let (concurrency, calls) = phrase(*shows);
        let args = json!({
            "file": "-1", "existing_port": "NULL", "key": 0, "concurrency": concurrency,
        });
        steps.push(json!({
            "thread": "M", "op": "CreateIoCompletionPort", "args": args, "bind": [port],
        }));
        for (thread, op, mut args) in calls {
            for name in ["port", "handle"] {
                if args.get(name).is_some() {
                    args[name] = json!(port);
                }
            }
            let thread = if thread == "M" { "M".to_owned() } else { format!("{thread}{number}") };
            steps.push(json!({ "thread": thread, "op": op, "args": args }));
        }
    }
    let plain = json!({
        "format": "iocp-program", "version": 1, "name": "small", "title": "Small",
        "facts": [], "rules": [], "steps": steps,
    });
    serde_json::from_value(plain).expect("a program")
}

#[test]
fn of_programs_that_show_up_to_three_deviations_the_smallest_sets_are_those_that_there_are() {
    let mut sizes = BTreeSet::new();
    let mut several = 0;
    // Of the sets of three every third, so that it takes seconds.
    let small = (1..MOST).flat_map(|size| sets(&SHOWN, size));
    for set in small.chain(sets(&SHOWN, MOST).into_iter().step_by(3)) {
        let trace = trace_under(&set, &program(&set));
        let found = exact(&format!("{set:?}"), &POOL, &trace, MOST);
        let names: Vec<String> = set.iter().map(ToString::to_string).collect();
        let part = |found: &Vec<String>| found.iter().all(|name| names.contains(name));
        assert!(found.iter().any(part), "{set:?} explains it, or a part of it does: {found:?}");
        several += usize::from(found.len() > 1);
        sizes.extend(found.iter().map(Vec::len));
    }
    assert_eq!(sizes, BTreeSet::from([1, 2, 3]));
    assert!(several > 5, "most traces have one explanation only");
}

/// No set of two explains what needs three.
#[test]
fn a_search_for_sets_of_two_finds_none_where_three_are_needed() {
    let three = [Deviation::WakeOrderFifo, Deviation::PacketsLifo, Deviation::ExitKeepsSlot];
    let report = judged(&trace_under(&three, &program(&three)), Profile::Win11.into(), 2);
    assert_eq!((report.verdict, report.deviations.len()), (Verdict::Diverges, 0));
    assert_eq!(report.diagnosis, Diagnosis::Complete);
}
