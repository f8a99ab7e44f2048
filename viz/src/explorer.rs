//! The explorer: one page in which a scenario is run, stepped, branched and asked about, with the
//! model inside as WebAssembly. It needs no network and no server.
//!
//! Owns how the parts of the page are put together. What the page does is in `page/explorer`.

use iocp_scenarios::library;
use serde_json::{Map, Value, json};

use crate::escape::{json_in_script, xml};
use crate::frame::{Bar, filled, script};
use crate::hints::hints;
use crate::html::variables;
use crate::keys::Place;
use crate::lessons;

const PAGE: &str = include_str!("page/explorer/explorer.html");
const STYLES: [&str; 2] =
    [include_str!("page/page.css"), include_str!("page/explorer/explorer.css")];
/// One script after the other, as if they were one.
const SCRIPTS: [&str; 16] = [
    include_str!("page/explorer/dom.js"),
    include_str!("page/explorer/model.js"),
    include_str!("page/explorer/state.js"),
    include_str!("page/explorer/why.js"),
    include_str!("page/explorer/port.js"),
    include_str!("page/explorer/lanes.js"),
    include_str!("page/explorer/handles.js"),
    include_str!("page/explorer/log.js"),
    include_str!("page/explorer/whatif.js"),
    include_str!("page/explorer/compare.js"),
    include_str!("page/explorer/editor.js"),
    include_str!("page/explorer/hints.js"),
    include_str!("page/explorer/link.js"),
    include_str!("page/explorer/lesson.js"),
    include_str!("page/explorer/save.js"),
    include_str!("page/explorer/main.js"),
];
/// The model, compiled to WebAssembly by `build-wasm.sh`, gzipped.
pub const MODULE: &[u8] = include_bytes!("page/iocp.wasm.gz");

/// What the page begins with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Start {
    /// The heading until the model answers.
    pub title: String,
    /// A scenario of the library, by name.
    pub scenario: Option<String>,
    /// The text of a scenario, which goes before a name.
    pub text: Option<String>,
    /// The variant.
    pub variant: Option<String>,
    /// Parameters.
    pub set: Vec<(String, i64)>,
    /// The Windows version, where it is not the scenario's own.
    pub profile: Option<String>,
    /// Departures from it.
    pub deviate: Vec<String>,
    /// The schedule to follow.
    pub token: Option<String>,
    /// After how many of its steps.
    pub at: usize,
    /// The run as text, for readers without JavaScript.
    pub story: String,
}

const BAR: Bar = Bar {
    toggles: &[
        ("micro", "micro", "Kernel micro-steps (m)"),
        ("predict", "predict", "Predict, then reveal (p)"),
    ],
    place: Place::Explorer,
};

/// The page.
pub fn explorer(start: &Start) -> String {
    let mut out = String::with_capacity(MODULE.len() * 3 / 2 + (64 << 10));
    filled(PAGE, &BAR, &mut out, &mut |name, out| fill(out, name, start));
    out
}

fn fill(out: &mut String, name: &str, start: &Start) {
    match name {
        "TITLE" => out.push_str(&xml(&start.title)),
        "STYLE" => {
            out.push_str(&variables());
            STYLES.iter().for_each(|style| out.push_str(style));
        }
        "TEXT" => out.push_str(&xml(&start.story)),
        "START" => out.push_str(&json_in_script(&object(start).to_string())),
        "MODULE" => base64(MODULE, out),
        "SCRIPT" => script(&SCRIPTS, out),
        other => unreachable!("the page names no `{other}`"),
    }
}

/// What the page asks the model for first.
fn object(start: &Start) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    match &start.text {
        Some(text) => put("text", Some(json!(text))),
        None => put("scenario", start.scenario.as_ref().map(|name| json!(name))),
    }
    put("variant", start.variant.as_ref().map(|name| json!(name)));
    let set: Map<String, Value> = start.set.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    put("set", Some(Value::Object(set)));
    put("profile", start.profile.as_ref().map(|name| json!(name)));
    put("deviate", (!start.deviate.is_empty()).then(|| json!(start.deviate)));
    put("token", start.token.as_ref().map(|token| json!(token)));
    put("at", (start.at > 0).then(|| json!(start.at)));
    put("version", Some(json!(env!("CARGO_PKG_VERSION"))));
    let scenario = |entry: &library::Entry| json!({ "name": entry.name, "group": entry.group, "text": entry.text });
    put("library", Some(library::entries().iter().map(scenario).collect()));
    let lesson =
        |entry: &lessons::Entry| json!({ "name": entry.name, "text": lesson_text(entry.text) });
    put("hints", Some(hints()));
    put("lessons", Some(lessons::entries().iter().map(lesson).collect()));
    Value::Object(out)
}

/// A lesson with the scenarios of the library that it names written out: the module in the page has
/// no library.
pub fn lesson_text(text: &str) -> String {
    const NAMED: &str = "\"scenario\": \"";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(NAMED) {
        out.push_str(before);
        let name = after.split('"').next().unwrap_or_default();
        rest = match library::entry(name) {
            Some(entry) => {
                out.push_str("\"scenario\": ");
                out.push_str(entry.text.trim_end());
                &after[name.len() + 1..]
            }
            None => {
                out.push_str(NAMED);
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn base64(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let wide = group.iter().fold(0u32, |wide, byte| wide << 8 | u32::from(*byte));
        let wide = wide << (8 * (3 - group.len()));
        for place in 0..4 {
            match place <= group.len() {
                true => out.push(char::from(DIGITS[(wide >> (18 - 6 * place) & 63) as usize])),
                false => out.push('='),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            let mut out = String::new();
            base64(bytes.as_bytes(), &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn what_a_scenario_says_cannot_leave_its_place_in_the_page() {
        let start = Start {
            title: "</script><script>alert(1)</script>".to_owned(),
            text: Some("{\"title\": \"</script><!--\"}".to_owned()),
            story: "</pre></noscript><script>".to_owned(),
            ..Start::default()
        };
        let page = explorer(&start);
        assert_eq!(page.matches("<script").count(), 3);
        assert_eq!(page.matches("</script").count(), 3);
        assert!(!page.contains("<!--"));
    }
}
