//! Whatever the bytes: a diagnostic or a scenario, never a panic, a hang or a stack overflow.

use iocp_scenarios::{Scenario, Settings, Simulation, Style, library, simulate};
use iocp_scheduler::policy::RoundRobin;
use proptest::prelude::*;

/// Reads, compiles, runs; renders what is wrong in every style.
fn swallow(text: &str) {
    let problems = match Scenario::parse("fuzz", text) {
        Err(problems) => problems,
        Ok(scenario) => {
            let again = Scenario::parse("fuzz", &scenario.to_text()).expect("it reads back");
            assert_eq!(again.to_text(), scenario.to_text());
            match scenario.compile(&Settings::default()) {
                Ok(program) => {
                    let options = Simulation { max_steps: 100, quantum: 10 };
                    let run = simulate(&program, &mut RoundRobin::new(), options);
                    assert!(run.steps.len() <= 100);
                    return;
                }
                Err(iocp_scenarios::Invalid::Scenario(problems)) => problems,
                Err(iocp_scenarios::Invalid::Setting(_)) => return,
            }
        }
    };
    assert!(!problems.diagnostics.is_empty());
    for style in [Style::Plain, Style::Drawn, Style::Coloured] {
        assert!(!problems.render(style).is_empty());
    }
}

#[test]
fn hostile_texts_are_refused() {
    for text in ["", " ", "\u{feff}", "{", "}", "[", "\"", "{\"version\"", "null", "1e999", "\0"] {
        swallow(text);
    }
    swallow(&"[".repeat(100_000));
    swallow(&"{\"a\":".repeat(100_000));
    swallow(&"]".repeat(100_000));
    swallow(&"a".repeat(2 << 20));
    swallow(&format!("{{\"version\": 1, \"title\": \"{}\"}}", "\\u0000\\ud800".repeat(1000)));
    let deep = "(".repeat(1000);
    swallow(&format!(
        r#"{{"version": 1, "title": "t", "threads": {{"A": [{{"work": "{deep}"}}]}}}}"#
    ));
}

#[test]
fn sizes_over_the_limits_are_refused_and_the_limit_is_named() {
    let thread =
        |steps: &str| format!(r#"{{"version": 1, "title": "t", "threads": {{"A": [{steps}]}}}}"#);
    let many = vec![r#"{"work": 1}"#; 5000].join(",");
    let counted = r#"{"version": 1, "title": "t",
        "threads": {"A": {"count": 101, "program": [{"work": 1}]}}}"#;
    let turns = vec!["\"A\""; 1001].join(",");
    let ordered =
        format!(r#"{{"version": 1, "title": "t", "threads": {{"A": []}}, "order": [{turns}]}}"#);
    for (text, limit) in [(thread(&many).as_str(), "4096"), (counted, "100"), (&ordered, "1000")] {
        let told = match Scenario::parse("big", text) {
            Err(problems) => problems.to_string(),
            Ok(scenario) => scenario.compile(&Settings::default()).unwrap_err().to_string(),
        };
        assert!(told.contains(limit), "{limit} is not named in: {told}");
    }
}

/// A piece of a scenario that means something, wherever it lands.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("1e9".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("\"exit\"".to_owned()),
        Just("\"P\"".to_owned()),
        Just("\"result.key\"".to_owned()),
        Just("\"1 / 0\"".to_owned()),
        Just("{\"loop\": []}".to_owned()),
        Just("{\"block\": 1}".to_owned()),
        Just(",".to_owned()),
        Just("\"".to_owned()),
        Just(String::new()),
        "[ -~]{0,6}",
        "\\PC{0,3}",
    ]
}

/// The ends of the JSON values in a text: where a replacement does the most.
fn values(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at += 1;
                found.push((start, at.min(bytes.len())));
            }
            b'0'..=b'9' => {
                while at < bytes.len() && bytes[at].is_ascii_digit() {
                    at += 1;
                }
                found.push((start, at));
            }
            _ => at += 1,
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_library_file_never_panics(
        file in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), piece()), 1..4),
    ) {
        let mut text = file.get(library::entries()).text.to_owned();
        for (place, piece) in places {
            let values = values(&text);
            if values.is_empty() {
                break;
            }
            let (start, end) = *place.get(&values);
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &piece);
            }
        }
        swallow(&text);
    }

    #[test]
    fn a_torn_library_file_never_panics(
        file in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        more in "\\PC{0,8}",
    ) {
        let text = file.get(library::entries()).text;
        let mut at = cut.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        swallow(&format!("{}{more}{}", &text[..at], &text[at..]));
        swallow(&text[..at]);
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        swallow(&text);
    }
}
