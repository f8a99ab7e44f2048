//! The report as one JSON object. Keys are only ever added; `report` is the version.

use serde_json::{Value, json as value};

use super::Report;

pub(super) fn json(report: &Report) -> String {
    let mut object = serde_json::to_value(report).expect("plain data is JSON");
    object["report"] = value!(1);
    object["exit"] = value!(report.exit() as u8);
    format!("{object:#}\n")
}

/// The JSON Schema of the report.
pub(crate) fn schema() -> Value {
    let text = || value!({ "type": "string" });
    let maybe = |kind: &str| value!({ "type": [kind, "null"] });
    let rule = value!({
        "type": ["object", "null"],
        "properties": { "id": text(), "sentence": text(), "source": text() },
        "required": ["id", "sentence", "source"]
    });
    let step = value!({
        "type": "object",
        "properties": { "thread": text(), "text": text() },
        "required": ["thread", "text"]
    });
    let case = value!({
        "type": "object",
        "properties": {
            "name": text(),
            "outcome": { "enum": ["passed", "failed", "inconclusive"] },
            "message": text(),
            "detail": text(),
            "line": maybe("integer"),
            "rule": rule,
            "replay": maybe("string"),
            "steps": { "type": "array", "items": step },
            "assumptions": { "type": "array", "items": text() }
        },
        "required": ["name", "outcome", "message", "detail", "line", "rule", "replay", "steps",
                     "assumptions"]
    });
    let suite = value!({
        "type": "object",
        "properties": {
            "name": text(),
            "file": maybe("string"),
            "cases": { "type": "array", "items": case }
        },
        "required": ["name", "file", "cases"]
    });
    value!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "iocp report, version 1",
        "type": "object",
        "properties": {
            "report": { "const": 1 },
            "command": text(),
            "semantics": text(),
            "exit": { "enum": [0, 1, 2, 3, 4, 5, 70, 130] },
            "suites": { "type": "array", "items": suite }
        },
        "required": ["report", "command", "semantics", "exit", "suites"]
    })
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{case, report};
    use super::*;

    #[test]
    fn a_report_obeys_its_schema() {
        let text = json(&report(vec![case("a", Outcome::Failed), case("b", Outcome::Passed)]));
        let report: Value = serde_json::from_str(&text).expect("JSON");
        jsonschema::validate(&schema(), &report).expect("valid");
    }

    #[test]
    fn the_schema_notices_what_is_wrong() {
        let text = json(&report(vec![case("a", Outcome::Failed)]));
        let mut report: Value = serde_json::from_str(&text).expect("JSON");
        report["suites"][0]["cases"][0]["outcome"] = value!("fine");
        assert!(!jsonschema::is_valid(&schema(), &report));
    }
}
