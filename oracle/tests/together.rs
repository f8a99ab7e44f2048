//! Many traces at once come to the verdicts that they come to one by one.

use iocp_oracle::check::{Options, Report, Together, Unread, check, check_together};
use iocp_oracle::trace::{Writer, of_run};
use iocp_scenarios::{Settings, Simulation, library, simulate};
use iocp_scheduler::policy::RandomWalk;
use proptest::prelude::*;

/// A run of a scenario as the text of a trace.
fn trace(name: &str, seed: u64) -> String {
    let scenario = library::find(name).expect("it is in the library");
    let program = scenario.compile(&Settings::default()).expect("it compiles");
    let simulation = Simulation { max_steps: 200, ..Simulation::default() };
    let run = simulate(&program, &mut RandomWalk::new(seed), simulation);
    let (meta, events) = of_run(&program, &run);
    let mut writer = Writer::new(Vec::new(), &meta).expect("it writes to memory");
    for (_, event) in &events {
        writer.event(event).expect("it writes to memory");
    }
    String::from_utf8(writer.finish().expect("it writes to memory")).expect("JSON is UTF-8")
}

fn options(deviations_max: usize) -> Options<'static> {
    Options { deviations_max, ..Options::default() }
}

/// What has to be the same.
fn told(report: &Report) -> impl PartialEq + std::fmt::Debug {
    (report.verdict, report.line, report.events, report.rule.clone(), report.deviations.clone())
}

fn assert_same(traces: &[String], deviations: usize) -> Together<()> {
    let options = options(deviations);
    let together = check_together(traces.len(), &mut |n| Ok(traces[n].as_bytes()), &options);
    for (text, report) in traces.iter().zip(&together.reports) {
        match (check(text.as_bytes(), &options), report) {
            (Ok(alone), Ok(among)) => assert_eq!(told(&alone), told(among), "{text}"),
            (Err(alone), Err(Unread::Trace(among))) => {
                assert_eq!(alone.to_string(), among.to_string());
            }
            (alone, among) => panic!("alone {alone:?}, among others {among:?}: {text}"),
        }
    }
    together
}

/// One line of a trace is lost, doubled, cut, or says something else.
fn spoiled(text: &str, at: usize, how: u8) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let at = at % lines.len();
    match how {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at]),
        2 => lines.truncate(at + 1),
        3 => return text[..text.len() - 1 - at].to_owned(),
        _ => return text.replacen("\"key\":\"0x1\"", "\"key\":\"0x7\"", 1 + at % 3),
    }
    lines.join("\n") + "\n"
}

const SCENARIOS: [&str; 4] =
    ["release-lifo", "libevent-drain-then-shutdown", "posting-can-fail", "closing-the-listener"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    #[test]
    fn verdicts_are_those_that_come_one_by_one(
        scenario in 0..SCENARIOS.len(),
        seeds in proptest::collection::vec(0_u64..6, 1..8),
        spoils in proptest::collection::vec((0_usize..8, 0_usize..40, 0_u8..5), 0..4),
    ) {
        let mut traces: Vec<String> =
            seeds.iter().map(|seed| trace(SCENARIOS[scenario], *seed)).collect();
        for (which, at, how) in spoils {
            let text = traces[which % traces.len()].clone();
            traces.push(spoiled(&text, at, how));
        }
        assert_same(&traces, 1);
    }
}

/// A long beginning in common, and then a hundred different ends.
#[test]
fn what_traces_have_in_common_is_judged_once() {
    let mut lines = vec![
        r#"{"ev":"meta","format":"iocp-trace","version":1}"#.to_owned(),
        r#"{"ev":"call","id":0,"tid":1,"op":"NtCreateIoCompletion","args":{"access":2031619,"attributes":"null","concurrency":1}}"#.to_owned(),
        r#"{"ev":"ret","id":0,"res":{"status":0,"handle":"0x30"}}"#.to_owned(),
    ];
    let post = |id: u64, key: u64| {
        [
            format!(
                r#"{{"ev":"call","id":{id},"tid":1,"op":"PostQueuedCompletionStatus","args":{{"port":"0x30","bytes":0,"key":{key},"overlapped":0}}}}"#
            ),
            format!(r#"{{"ev":"ret","id":{id},"res":{{"ok":true}}}}"#),
        ]
    };
    (1..200).for_each(|id| lines.extend(post(id, id)));
    let ends = |key: u64| {
        let mut lines = lines.clone();
        lines.extend(post(200, key));
        // Every tenth tells a packet wrong.
        let first = if key.is_multiple_of(10) { 2 } else { 1 };
        lines.push(r#"{"ev":"call","id":201,"tid":1,"op":"GetQueuedCompletionStatus","args":{"port":"0x30","timeout":"zero"}}"#.to_owned());
        lines.push(format!(
            r#"{{"ev":"ret","id":201,"res":{{"ok":true,"key":{first},"overlapped":0}}}}"#
        ));
        lines.push(r#"{"ev":"end"}"#.to_owned());
        lines.join("\n") + "\n"
    };
    let traces: Vec<String> = (0..100).map(ends).collect();
    let together = assert_same(&traces, 0);
    let wrong = together.reports.iter().flatten().filter(|report| report.line.is_some()).count();
    assert_eq!(wrong, 10);
    assert!(together.judged * 20 < together.lines, "{} of {}", together.judged, together.lines);
}
