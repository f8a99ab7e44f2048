//! The report as SARIF 2.1.0: a result a failure, with one thread flow for each thread.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Case, Outcome, Report, Suite};

/// Locations of one flow that viewers still show.
const FLOW_LOCATIONS_MAX: usize = 1000;
/// Results that GitHub still shows of one file.
const RESULTS_MAX: usize = 5000;
/// Characters of a message; a whole trace may stand in one.
const MESSAGE_CHARS_MAX: usize = 20_000;

pub(super) fn sarif(report: &Report) -> String {
    let mut rules = BTreeMap::new();
    for (_, case) in report.cases() {
        if let Some(rule) = &case.rule {
            rules.insert(rule.id.as_str(), json!({
                "id": rule.id,
                "shortDescription": { "text": rule.sentence },
                "fullDescription": { "text": format!("{} Source: {}.", rule.sentence, rule.source) }
            }));
        }
    }
    let results: Vec<Value> = report
        .cases()
        .filter(|(_, case)| case.outcome != Outcome::Passed)
        .take(RESULTS_MAX)
        .map(|(suite, case)| result(suite, case))
        .collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "iocp",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>()
            }},
            "columnKind": "unicodeCodePoints",
            "properties": { "semantics": report.semantics },
            "results": results
        }]
    });
    format!("{sarif:#}\n")
}

fn result(suite: &Suite, case: &Case) -> Value {
    let rule = case.rule.as_ref().map_or(case.name.as_str(), |rule| &rule.id);
    let seen = case.replay.as_deref().unwrap_or(&case.message);
    let fingerprint = iocp_scheduler::hash([rule, &case.name, seen].join("\n").as_bytes());
    let text = [case.message.as_str(), case.detail.as_str()].join("\n\n");
    let text: String = text.trim().chars().take(MESSAGE_CHARS_MAX).collect();
    let mut result = json!({
        "ruleId": rule,
        "level": if case.outcome == Outcome::Failed { "error" } else { "warning" },
        "message": { "text": text },
        // One fault stays one alert, wherever in the file it shows.
        "partialFingerprints": {
            "iocp/v1": format!("{fingerprint:016x}")
        },
        "properties": { "case": case.name, "replay": case.replay, "assumptions": case.assumptions }
    });
    if let Some(file) = &suite.file {
        let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
        if let Some(line) = case.line {
            place["region"] = json!({ "startLine": line.max(1) });
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    }
    if !case.steps.is_empty() {
        result["codeFlows"] = json!([{ "threadFlows": thread_flows(case) }]);
    }
    result
}

/// The steps of each thread; their order across threads is their execution order.
fn thread_flows(case: &Case) -> Vec<Value> {
    let mut flows: Vec<(&str, Vec<Value>)> = Vec::new();
    for (order, step) in case.steps.iter().take(FLOW_LOCATIONS_MAX).enumerate() {
        let location = json!({
            "executionOrder": order + 1,
            "location": { "message": { "text": step.text } }
        });
        match flows.iter_mut().find(|(thread, _)| *thread == step.thread) {
            Some((_, locations)) => locations.push(location),
            None => flows.push((&step.thread, vec![location])),
        }
    }
    flows.into_iter().map(|(id, locations)| json!({ "id": id, "locations": locations })).collect()
}

/// A path as a relative URI reference: everything but plain characters as its bytes.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, report};
    use super::*;

    /// What is wrong with a text, by the schema of the standard.
    fn complaints(text: &str) -> Vec<String> {
        let schema = include_str!("../../tests/data/sarif-2.1.0.schema.json");
        // One of its patterns has a bracket that is only read by those who are not strict.
        let schema = schema.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}\\\\]?$");
        let schema: Value = serde_json::from_str(&schema).expect("JSON");
        let validator =
            jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        let sarif: Value = serde_json::from_str(text).expect("JSON");
        validator.iter_errors(&sarif).map(|error| error.to_string()).collect()
    }

    #[test]
    fn whatever_is_reported_obeys_the_schema_of_the_standard() {
        let mut strange = case("a \u{0} <b> \u{1b}[1m %", Outcome::Failed);
        strange.line = Some(0);
        strange.message = String::new();
        strange.detail = String::new();
        let mut bare = case("x", Outcome::Inconclusive);
        (bare.rule, bare.replay, bare.steps, bare.line) = (None, None, Vec::new(), None);
        let both = case("y", Outcome::Failed);
        for cases in [vec![], vec![case("p", Outcome::Passed)], vec![both, strange, bare]] {
            assert_eq!(complaints(&sarif(&report(cases))), Vec::<String>::new());
        }
    }

    #[test]
    fn a_planted_departure_from_the_schema_is_found() {
        let text = sarif(&report(vec![case("b", Outcome::Failed)]));
        for (right, wrong) in [
            ("\"version\": \"2.1.0\"", "\"version\": \"2.1\""),
            ("\"level\": \"error\"", "\"level\": \"fatal\""),
            ("\"executionOrder\"", "\"order\""),
        ] {
            assert!(text.contains(right), "{text}");
            assert_ne!(complaints(&text.replacen(right, wrong, 1)), Vec::<String>::new());
        }
    }

    #[test]
    fn only_what_did_not_pass_is_a_result_with_one_flow_a_thread() {
        let text = sarif(&report(vec![case("a", Outcome::Passed), case("b", Outcome::Failed)]));
        let back: Value = serde_json::from_str(&text).expect("JSON");
        let results = back["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), 1);
        let flows = results[0]["codeFlows"][0]["threadFlows"].as_array().expect("flows");
        assert_eq!(flows.len(), 2);
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "traces/a%2Cb%3Ac.trace.jsonl");
        assert_eq!(place["region"]["startLine"], 7);
    }
}
