//! Pictures of a scenario and of a trace, each read back as what it claims to be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{code, err, run};

/// What is wrong with a file of Chrome trace events, by the rules that Perfetto reads them by.
fn perfetto_faults(text: &str) -> Vec<String> {
    let mut faults = vec![];
    let Ok(read) = serde_json::from_str::<Value>(text) else { return vec!["no JSON".to_owned()] };
    let events = read["traceEvents"].as_array().cloned().unwrap_or_default();
    // For each track where its last slice ends, for each flow how often it begins and ends.
    let (mut ends, mut flows) = (BTreeMap::new(), BTreeMap::<u64, (u32, u32)>::new());
    for event in &events {
        let mut need = |key: &str, there: bool| {
            if !there {
                faults.push(format!("no {key}: {event}"));
            }
        };
        let phase = event["ph"].as_str().unwrap_or_default();
        need("name", event["name"].is_string());
        need("pid", event["pid"].is_u64());
        need("ts", phase == "M" || event["ts"].is_u64());
        need("tid", matches!(phase, "C" | "M") || event["tid"].is_u64());
        match phase {
            "X" => {
                need("dur", event["dur"].as_u64().is_some_and(|dur| dur > 0));
                let (from, dur) = (event["ts"].as_u64().unwrap_or(0), event["dur"].as_u64());
                let end = ends.entry(event["tid"].as_u64()).or_insert(0);
                need("room on the track", from >= *end);
                *end = from + dur.unwrap_or(0);
            }
            "s" => flows.entry(event["id"].as_u64().unwrap_or(0)).or_default().0 += 1,
            "f" => flows.entry(event["id"].as_u64().unwrap_or(0)).or_default().1 += 1,
            "C" => need("values", event["args"].as_object().is_some_and(|args| !args.is_empty())),
            "M" | "i" => {}
            other => need(&format!("such phase as `{other}`"), false),
        }
    }
    faults.extend(
        flows.iter().filter(|(_, n)| **n != (1, 1)).map(|(id, n)| format!("flow {id}: {n:?}")),
    );
    if events.is_empty() {
        faults.push("no event".to_owned());
    }
    faults
}

#[test]
fn the_faults_of_a_perfetto_file_are_found() {
    let file = |events: &str| format!("{{\"traceEvents\":[{events}]}}");
    let fine = r#"{"ph":"X","pid":1,"tid":1,"ts":0,"dur":2,"name":"a"}"#;
    assert_eq!(perfetto_faults(&file(fine)), Vec::<String>::new());
    for planted in [
        fine.replace(",\"dur\":2", ""),
        fine.replace("\"X\"", "\"Y\""),
        fine.replace("\"tid\":1,", ""),
        format!("{fine},{}", fine.replace("\"ts\":0", "\"ts\":1")),
        format!("{fine},{}", fine.replace("\"X\"", "\"s\"")),
        String::new(),
    ] {
        assert!(!perfetto_faults(&file(&planted)).is_empty(), "{planted}");
    }
}

#[test]
fn every_picture_of_a_scenario_and_of_its_trace_is_what_its_suffix_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let trace = path("seen.trace.jsonl");
    assert_eq!(code(&run(&["run", "lifo-limit-over-release", "--trace", &trace])), 0);
    for subject in ["lifo-limit-over-release", &trace] {
        let drawn = |suffix: &str| {
            let file = path(&format!("picture.{suffix}"));
            let output = run(&["view", subject, "-o", &file]);
            assert_eq!(code(&output), 0, "{subject}, {suffix}: {}", err(&output));
            std::fs::read_to_string(file).expect("it is there")
        };
        let svg = drawn("svg");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        let mermaid = drawn("mmd");
        assert!(mermaid.starts_with("sequenceDiagram\n"), "{mermaid}");
        assert!(mermaid.matches("participant ").count() >= 3, "{mermaid}");
        assert_eq!(perfetto_faults(&drawn("perfetto.json")), Vec::<String>::new(), "{subject}");
        let told = drawn("txt");
        assert!(told.contains("PostQueuedCompletionStatus") && told.contains("ends   "), "{told}");
        let page = drawn("html");
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
        // The addresses of sources are text in the data of the page; nothing else has any.
        let data = page.split("id=\"start\">").nth(1).and_then(|rest| rest.split('<').next());
        let page = page.replace(data.unwrap_or("no such data"), "");
        assert!(!page.contains("src=") && !page.contains("https:"), "it asks nobody");
    }
    let dot = path("states.dot");
    assert_eq!(code(&run(&["view", "kq", "-o", &dot])), 0);
    let dot = std::fs::read_to_string(dot).expect("it is there");
    assert!(dot.starts_with("digraph ") && dot.contains(" -> ") && dot.trim_end().ends_with('}'));
    // A trace is one line of events: it has no graph of states.
    let refused = run(&["view", &trace, "-o", &path("trace.dot")]);
    assert!(code(&refused) == 2 && err(&refused).contains("no state graph"), "{}", err(&refused));
}
