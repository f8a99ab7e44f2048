//! The judge on whole traces: logs of real programs, and small traces that are right or wrong in
//! one way.

use iocp_model::Semantics;
use iocp_oracle::check::{Diagnosis, Options, Report, Verdict, check};
use iocp_oracle::convert::{Source, to_trace};

fn semantics(name: &str) -> Semantics {
    Semantics::from_name(name).expect("a known name")
}

fn judged(trace: &str, semantics: Semantics) -> Report {
    let options = Options { semantics, ..Options::default() };
    check(trace.as_bytes(), &options).unwrap_or_else(|e| panic!("{e}\n{trace}"))
}

fn log(name: &str) -> String {
    let path = format!("{}/tests/corpus/logs/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).expect("the corpus is beside the tests");
    let mut trace = Vec::new();
    to_trace(Source::WineServer, &text[..], &mut trace).expect("the log is Wine's");
    String::from_utf8(trace).expect("a trace is UTF-8")
}

const LOGS: [&str; 5] = [
    "libuv-async",
    "libuv-tcp_close_reset_client",
    "libevent-iocp-port",
    "wepoll-multi-poll",
    "asio-io_context",
];

#[test]
fn every_log_of_wine_is_explained_as_wine() {
    for name in LOGS {
        let report = judged(&log(name), Semantics::wine_8_0());
        assert_eq!(report.verdict, Verdict::Conforms, "{}", report.render(name));
        assert_eq!(report.explained, report.events);
    }
}

/// The traces of a directory of the corpus, by name.
fn corpus(directory: &str) -> Vec<(String, String)> {
    let path = format!("{}/tests/corpus/{directory}", env!("CARGO_MANIFEST_DIR"));
    let mut traces: Vec<(String, String)> = std::fs::read_dir(path)
        .expect("the corpus is beside the tests")
        .map(|entry| entry.expect("a readable directory").path())
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a trace is UTF-8"))
        })
        .collect();
    traces.sort();
    traces
}

#[test]
fn the_accepted_traces_of_the_corpus_are_accepted() {
    let traces = corpus("accepted");
    assert!(traces.len() >= 8, "the corpus shrank");
    for (name, trace) in traces {
        let report = judged(&trace, Semantics::default());
        assert_eq!(report.verdict, Verdict::Conforms, "{}", report.render(&name));
    }
}

/// Each names, in a note on its second line, the line and the rule that it breaks.
#[test]
fn the_rejected_traces_of_the_corpus_are_rejected_where_they_are_wrong() {
    let traces = corpus("rejected");
    assert!(traces.len() >= 14, "the corpus shrank");
    for (name, trace) in traces {
        let note = trace.lines().nth(1).expect("a note");
        let note: serde_json::Value = serde_json::from_str(note).expect("a note is JSON");
        let expected = note["text"].as_str().expect("a note has a text");
        let report = judged(&trace, Semantics::default());
        assert_eq!(report.verdict, Verdict::Diverges, "{name}: {}", report.render(&name));
        let line = report.line.unwrap_or(0);
        let rule = report.rule.as_deref().unwrap_or("none");
        let sets: Vec<String> = report.deviations.iter().map(|set| set.join(" and ")).collect();
        let sets = if sets.is_empty() { "nothing known".into() } else { sets.join(" or ") };
        let found = format!("line {line}, rule {rule}, allowed if {sets}");
        assert_eq!(found, expected, "{name}:\n{}", report.render(&name));
        assert_eq!(report.diagnosis, Diagnosis::Complete, "{name}");
    }
}

#[test]
fn another_semantics_is_named() {
    let report = judged(&log("libuv-async"), semantics("win7"));
    assert_eq!(report.semantics, "win7");
    assert_eq!(report.verdict, Verdict::Conforms, "{}", report.render("libuv-async"));
}

/// With timeouts and outside waits untold, four of the logs are what Windows could have done. For
/// wepoll's ten ports with ten waiters each a small budget ends the check, and says so.
#[test]
fn under_windows_every_log_gets_a_verdict_with_its_reason() {
    for name in LOGS {
        let options = Options { states_max: 500, steps_max: 30_000, ..Options::default() };
        let report = check(log(name).as_bytes(), &options).expect("a trace");
        match name {
            "wepoll-multi-poll" => {
                let said = report.verdict != Verdict::Inconclusive || report.doubt.is_some();
                assert!(said, "{}", report.render(name));
            }
            _ => assert_eq!(report.verdict, Verdict::Conforms, "{}", report.render(name)),
        }
    }
}

/// Two violations about one packet: after the first, the packet is gone from the story. (A fuzzer
/// found it through the C interface.)
#[test]
fn a_packet_that_overtakes_and_comes_twice_is_told_without_a_panic() {
    let trace = include_str!("data/overtakes-and-comes-twice.trace.jsonl");
    let report = judged(trace, Semantics::default());
    assert_eq!(report.verdict, Verdict::Diverges);
    assert_eq!(report.rule.as_deref(), Some("packets-fifo"), "{}", report.render("trace"));
}
