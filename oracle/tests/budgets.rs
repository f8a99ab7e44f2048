//! Budgets hold inside one event: of time, of memory, of states, of transitions. What they end is
//! inconclusive, and says which it was.

use std::cell::Cell;

use iocp_oracle::check::{Options, Report, Verdict, check};

/// Threads that all wait, each with a timeout of which nobody knows when it fired.
const THREADS: usize = 11;

/// One event that costs very much: whatever the order in which calls that were all open at once
/// took effect, none explains it.
fn hard() -> String {
    let mut trace = String::from(
        "{\"ev\":\"meta\",\"format\":\"iocp-trace\",\"version\":1,\"level\":\"win32\",\
         \"order\":\"interval\"}\n\
         {\"ev\":\"call\",\"id\":0,\"tid\":\"M\",\"op\":\"NtCreateIoCompletion\",\
         \"args\":{\"access\":2031619,\"attributes\":\"null\",\"concurrency\":2}}\n\
         {\"ev\":\"ret\",\"id\":0,\"res\":{\"status\":0,\"handle\":\"0x30\"}}\n",
    );
    for n in 1..=THREADS {
        trace.push_str(&format!(
            "{{\"ev\":\"call\",\"id\":{n},\"tid\":\"W{n}\",\"op\":\"GetQueuedCompletionStatus\",\
             \"args\":{{\"port\":\"0x30\",\"timeout\":{{\"finite\":1000}}}}}}\n"
        ));
    }
    for n in 1..=THREADS {
        let id = 100 + n;
        trace.push_str(&format!(
            "{{\"ev\":\"call\",\"id\":{id},\"tid\":\"P{n}\",\"op\":\"PostQueuedCompletionStatus\",\
             \"args\":{{\"port\":\"0x30\",\"bytes\":{n},\"key\":{n},\"overlapped\":0}}}}\n"
        ));
    }
    // The depth of the queue was never seen so high.
    trace.push_str(
        "{\"ev\":\"call\",\"id\":300,\"tid\":\"M\",\"op\":\"NtQueryIoCompletion\",\
         \"args\":{\"port\":\"0x30\",\"class\":0,\"length\":4}}\n\
         {\"ev\":\"ret\",\"id\":300,\"res\":{\"status\":0,\"depth\":99}}\n{\"ev\":\"end\"}\n",
    );
    trace
}

fn judged(options: &Options<'_>) -> Report {
    check(hard().as_bytes(), options).expect("a trace")
}

fn doubt(report: &Report) -> String {
    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.render("hard"));
    report.doubt.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_budget_of_transitions_ends_the_check_inside_the_event() {
    let with = |steps_max| judged(&Options { steps_max, ..Options::default() });
    let (less, more) = (with(2_000), with(20_000));
    assert!(doubt(&less).contains("limit of transitions"), "{}", doubt(&less));
    // Ten times as much ends at the same event.
    assert_eq!((less.explained, less.events), (more.explained, more.events));
    assert_eq!(more.verdict, Verdict::Inconclusive);
}

#[test]
fn a_budget_of_states_or_of_memory_ends_the_check_inside_the_event() {
    let states = judged(&Options { states_max: 300, ..Options::default() });
    assert!(doubt(&states).contains("states kept at once"), "{}", doubt(&states));
    let memory = judged(&Options { memory_max: 300_000, ..Options::default() });
    assert!(doubt(&memory).contains("memory limit"), "{}", doubt(&memory));
}

#[test]
fn who_asks_for_the_end_is_heard_inside_the_event() {
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let report = judged(&Options { stop: Some(&stop), ..Options::default() });
    assert!(doubt(&report).contains("time limit"), "{}", doubt(&report));
    // It is not asked again and again once it has said so.
    assert!(asked.get() < 20, "asked {} times", asked.get());
}
