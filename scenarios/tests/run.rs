//! What one run says: faults with the step that did them, sentences at the end, time that adds up.

use iocp_model::{Deviation, Semantics};
use iocp_scenarios::{Program, Run, Scenario, Settings, Simulation, library, replay, simulate};
use iocp_scheduler::explore::Options;
use iocp_scheduler::policy::{Pct, RandomWalk, RoundRobin};
use iocp_scheduler::{System, explore};

fn compiled(body: &str) -> Program {
    let text = format!(r#"{{"version": 1, "title": "t", {body}}}"#);
    let scenario = Scenario::parse("t", &text).unwrap_or_else(|problems| panic!("{problems}"));
    scenario.compile(&Settings::default()).unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn by_turns(program: &Program) -> Run {
    simulate(program, &mut RoundRobin::new(), Simulation::default())
}

/// The first property that a run breaks, with the action of the step that broke it.
fn broken(body: &str) -> (String, String) {
    let run = by_turns(&compiled(body));
    let violation = run.violations.first().expect("something is broken");
    let action = violation.step.map(|step| run.steps[step].action.clone()).unwrap_or_default();
    (violation.property.clone(), action)
}

const DEVICE: &str = r#""ports": {"P": {}}, "files": {"F": {"kind": "device", "port": "P", "key": 5}},
    "overlapped": {"o": {}}"#;

fn with_device(steps: &str) -> String {
    format!(r#"{DEVICE}, "threads": {{"A": [{steps}]}}"#)
}

const READ: &str = r#"{"call": "ReadFile", "file": "F", "length": 8, "overlapped": "o"}"#;
const TAKE: &str = r#"{"call": "GetQueuedCompletionStatus", "port": "P"}"#;

#[test]
fn a_sound_client_breaks_nothing() {
    let steps = format!(r#"{{"alloc": "o"}}, {READ}, {TAKE}, {{"free": "o"}}"#);
    let run = by_turns(&compiled(&with_device(&steps)));
    assert_eq!(run.violations, []);
    assert_eq!(run.findings, Vec::<String>::new());
    assert_eq!(run.lanes[0].results.len(), 2);
}

#[test]
fn each_breach_of_ownership_is_reported_at_the_step_that_did_it() {
    let (property, action) = broken(&with_device(&format!(r#"{READ}, {{"free": "o"}}, {TAKE}"#)));
    // The free is the breach; that the kernel then writes is its consequence, told as its own.
    assert_eq!((property.as_str(), action.as_str()), ("free-while-owned", "A frees o"));
}

#[test]
fn every_kind_of_breach_has_a_program_that_commits_it() {
    let properties = |steps: &str| -> Vec<String> {
        let run = by_turns(&compiled(&with_device(steps)));
        run.violations.into_iter().map(|violation| violation.property).collect()
    };
    assert_eq!(properties(&format!(r#"{{"free": "o"}}, {READ}, {TAKE}"#))[0], "use-after-free");
    assert_eq!(properties(&format!("{READ}, {READ}, {TAKE}, {TAKE}")), ["reuse-while-owned"]);
    assert_eq!(properties(r#"{"free": "o"}, {"free": "o"}"#), ["double-free"]);
    assert_eq!(properties(r#"{"alloc": "o"}, {"work": 1}"#), ["leak"]);
    let poll = r#"{"call": "GetQueuedCompletionStatus", "port": "P", "timeout": 0"#;
    assert_eq!(properties(&format!(r#"{poll}, "record": "result.key"}}"#)), ["program-error"]);
    assert_eq!(properties(&format!(r#"{poll}, "expect": {{"value": "TRUE"}}}}"#)), ["expect"]);
    assert_eq!(properties(r#"{"work": 1}, {"assert": "1 == 2"}"#), ["expect"]);
    assert_eq!(properties(TAKE), ["deadlock"]);
}

#[test]
fn packets_that_nobody_takes_are_named_at_the_end() {
    let post = r#"{"call": "PostQueuedCompletionStatus", "port": "P", "key": 9}"#;
    let run = by_turns(&compiled(&with_device(post)));
    assert_eq!(run.findings.len(), 1);
    assert!(run.findings[0].contains("packet key=9") && run.findings[0].contains("nobody"));
}

#[test]
fn a_daemon_that_is_passed_over_to_the_end_is_named() {
    let scenario = library::find("waiters-are-not-served-in-turn").expect("it is in the library");
    let fifo = Semantics::default().with(Deviation::WakeOrderFifo);
    let in_turn = Settings { semantics: Some(fifo), ..Settings::default() };
    let findings = |settings: &Settings| {
        by_turns(&scenario.compile(settings).expect("the library compiles")).findings
    };
    let told = findings(&Settings::default());
    let expected = "A has waited on P from step 1 to the end while 2 packets went to B: the waiter \
                    that came last is served first.";
    assert_eq!(told, [expected]);
    // The planted fault of the finding: served in turn, nobody is passed over.
    assert_eq!(findings(&in_turn), Vec::<String>::new());
}

#[test]
fn a_thread_is_not_passed_over_while_everybody_gets_one() {
    let take = r#"{"call": "GetQueuedCompletionStatus", "port": "P"}"#;
    let post =
        r#"{"await": "waiters(P) == 3"}, {"call": "PostQueuedCompletionStatus", "port": "P"}"#;
    let with = |rounds: u32| {
        let worker = format!(r#"[{{"loop": [{take}, {{"work": 5}}], "times": {rounds}}}]"#);
        let program = compiled(&format!(
            r#""ports": {{"P": {{}}}}, "threads": {{
                "worker": {{"count": 3, "daemon": true, "program": {worker}}},
                "main": [{post}, {{"await": "waiters(P) == {}"}},
                    {{"call": "PostQueuedCompletionStatus", "port": "P"}}]}}"#,
            if rounds == 1 { 2 } else { 3 }
        ));
        by_turns(&program).findings
    };
    // Three wait, two packets come: two threads get one each, and nobody is passed over.
    assert_eq!(with(1), Vec::<String>::new());
    // They come back for more: one gets both.
    assert_eq!(with(9).len(), 2);
}

/// Two threads that work for ever on one processor: a policy that always takes the same one leaves
/// the other out, and says so; policies that are fair do not.
#[test]
fn a_ready_thread_that_an_unfair_policy_never_runs_is_named() {
    let body = r#""processors": 1, "threads": {
        "A": {"daemon": true, "program": [{"loop": [{"work": 1}]}]},
        "B": {"daemon": true, "program": [{"loop": [{"work": 1}]}]}}"#;
    let program = compiled(body);
    let run =
        simulate(&program, &mut Pct::new(program.actors(), 1, 1000, 1), Simulation::default());
    let steps_of = |actor| run.steps.iter().filter(|step| step.actor == Some(actor)).count();
    let (idle, busy) = if steps_of(0) == 0 { ("A", "B") } else { ("B", "A") };
    let expected = format!(
        "{idle} was ready from the start to the end and never got a processor, while others took \
         1000 steps, 1000 of them by {busy}: this policy is not fair."
    );
    assert_eq!((steps_of(0).min(steps_of(1)), &run.findings), (0, &vec![expected]));
    let fair =
        [by_turns(&program), simulate(&program, &mut RandomWalk::new(3), Simulation::default())];
    for run in fair {
        assert_eq!((run.end.kind, run.findings), (None, vec![]), "cut off, and nobody left out");
    }
    // In the middle of a long step a thread has a processor now and then: it is not left out.
    let long = body.replacen(r#"{"work": 1}"#, r#"{"work": 1000000}"#, 1);
    assert_eq!(by_turns(&compiled(&long)).findings, Vec::<String>::new());
    // Nor is one that spins, or waits for somebody.
    let spins = body.replacen(r#"{"work": 1}"#, r#"{"spin_until": "go"}"#, 1);
    let spins = format!(r#""shared": {{"go": 0}}, {spins}"#);
    assert_eq!(by_turns(&compiled(&spins)).findings, Vec::<String>::new());
}

/// Handles of threads and processes are told by what they name, also those that a call gave out.
#[test]
fn handles_in_sentences_have_names() {
    let run = by_turns(&compiled(
        r#""threads": {
        "worker": [{"work": 50}],
        "main": [
            {"call": "SuspendThread", "thread": "worker"},
            {"call": "ResumeThread", "thread": "worker"},
            {"call": "CreateProcess", "as": "child", "second": "its_thread"},
            {"call": "SuspendThread", "thread": "its_thread"},
            {"call": "TerminateProcess", "process": "child"},
            {"call": "WaitForMultipleObjects", "handles": ["child", "its_thread"], "timeout": 0},
            {"call": "CloseHandle", "handle": "child"},
            {"call": "CloseHandle", "handle": "child", "expect": {"value": "FALSE"}}]}"#,
    ));
    assert_eq!(run.violations, []);
    let told: Vec<&str> = run.steps.iter().map(|step| step.action.as_str()).collect();
    let calls: Vec<&str> = told.into_iter().filter(|told| told.contains("calls")).collect();
    for (at, expected) in [
        (0, "main calls SuspendThread(thread=worker)"),
        (3, "main calls SuspendThread(thread=thread3)"),
        (4, "main calls TerminateProcess(process=process1)"),
        (5, "main calls WaitForMultipleObjects(handles=[process1, thread3], timeout=0 ms)"),
        (6, "main calls CloseHandle(handle=process1)"),
    ] {
        assert_eq!(calls[at], expected);
    }
    assert!(
        calls[7].starts_with("main calls CloseHandle(handle=0x"),
        "{}: it names nothing",
        calls[7]
    );
}

#[test]
fn a_timed_wait_ends_at_its_tick() {
    let steps = r#"{"call": "GetQueuedCompletionStatus", "port": "P", "timeout": 3}"#;
    let run = by_turns(&compiled(&with_device(steps)));
    // Called at tick 1 (a call takes one), so it ends at 1 + 3000.
    let result = &run.lanes[0].results[0];
    assert_eq!((result.called, result.returned), (1, 3001));
}

#[test]
fn lanes_have_no_gaps_and_the_same_run_is_the_same_twice() {
    for entry in library::entries() {
        let scenario = library::find(entry.name).expect("it is in the list");
        let program = scenario.compile(&Settings::default()).expect("the library compiles");
        let options = Simulation { max_steps: 300, quantum: 100 };
        let walk = |seed| simulate(&program, &mut RandomWalk::new(seed), options);
        let pct = |seed| simulate(&program, &mut Pct::new(program.actors(), 3, 100, seed), options);
        for run in [by_turns(&program), walk(7), pct(7)] {
            for lane in &run.lanes {
                let joined = lane.spans.windows(2).all(|pair| pair[0].to == pair[1].from);
                assert!(joined, "{}: {} has gaps", entry.name, lane.name);
                assert!(lane.spans.first().is_none_or(|span| span.from == 0));
                assert!(lane.spans.last().is_none_or(|span| span.to == run.ticks));
            }
        }
        assert_eq!(walk(7), walk(7), "{}: one seed, two runs", entry.name);
    }
}

#[test]
fn the_counterexample_of_a_search_breaks_the_same_property_when_it_is_told() {
    let scenario = library::find("null-packet-is-success").expect("it is in the library");
    let variant = Some("wrong".to_owned());
    let program = scenario
        .compile(&Settings { variant, ..Settings::default() })
        .expect("the library compiles");
    let found = explore(&program, &Options::default(), &mut ());
    let deadlock = found.properties.iter().find(|p| p.name == "deadlock").expect("it is built in");
    let schedule = &deadlock.violation.as_ref().expect("the wrong program hangs").shrunk;
    let (run, stopped) = replay(&program, schedule, 1000);
    assert_eq!(stopped, None);
    assert!(run.violations.iter().any(|violation| violation.property == "deadlock"));
    assert_eq!(run.schedule.choices(), schedule.choices());
}

#[test]
fn a_step_over_a_limit_is_a_fault_that_names_the_limit() {
    let choice = r#"{"choose": [[{"let": {"x": 1}}], [{"let": {"x": 2}}]]}"#;
    let choices = [choice; 7].join(", ");
    let post = r#"{"call": "PostQueuedCompletionStatus", "port": "P"}"#;
    let batch = r#"{"call": "GetQueuedCompletionStatusEx", "port": "P", "count": 100}"#;
    let read = r#"{"call": "ReadFile", "file": "F", "overlapped": "o", "completes": []}"#;
    let table = [
        (
            "records more than 64 values",
            r#"{"loop": [{"work": 1}, {"record": 1}], "times": 65}"#.to_owned(),
        ),
        (
            "more than 64 packets in one batch",
            format!(r#"{{"loop": [{post}], "times": 65}}, {batch}"#),
        ),
        ("More than 256 operations", format!(r#"{{"loop": [{read}], "times": 257}}"#)),
        ("in more than 64 ways", format!(r#"{choices}, {{"work": "x"}}"#)),
        (
            "10000 times without a step",
            r#"{"work": 1}, {"loop": [{"let": {"x": "x + 1"}}], "times": 9000}, {"work": "x"}"#
                .to_owned(),
        ),
    ];
    for (limit, steps) in table {
        let with = with_device(&format!(r#"{{"let": {{"x": 0}}}}, {steps}"#));
        let program = compiled(&with);
        let told: Vec<String> =
            by_turns(&program).steps.into_iter().flat_map(|step| step.faults).collect();
        if told.iter().any(|fault| fault.contains(limit)) {
            continue;
        }
        let found = explore(&program, &Options::default(), &mut ());
        let broken = found.properties.iter().filter_map(|p| p.violation.as_ref());
        let told = broken.flat_map(|violation| {
            let (run, _) = replay(&program, &violation.shrunk, 2000);
            run.steps.into_iter().flat_map(|step| step.faults)
        });
        let told: Vec<String> = told.collect();
        assert!(told.iter().any(|fault| fault.contains(limit)), "{limit}: {told:?}");
    }
}
