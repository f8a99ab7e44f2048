//! FORMAT.md says what the code says.

use iocp_scenarios::{Scenario, Settings, generated};

/// FORMAT.md with its generated parts made anew.
fn refreshed(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, content) in generated() {
        let start = format!("<!-- generated: {name} -->\n");
        let from =
            text.find(&start).unwrap_or_else(|| panic!("no marker for {name}")) + start.len();
        let to = from + text[from..].find("<!-- end -->").expect("every marker has an end");
        text.replace_range(from..to, &content);
    }
    text
}

/// `REWRITE=1 cargo test -p iocp-scenarios` writes the tables anew.
#[test]
fn the_tables_of_the_format_page_are_those_of_the_checker() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FORMAT.md");
    let text = std::fs::read_to_string(path).expect("FORMAT.md is there");
    let fresh = refreshed(&text);
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(path, fresh).expect("FORMAT.md can be written");
    } else {
        assert!(text == fresh, "FORMAT.md is stale: run the tests once with REWRITE=1");
    }
}

#[test]
fn the_example_of_the_format_page_compiles() {
    let text = include_str!("../FORMAT.md");
    let example = text.split("```json\n").nth(1).expect("there is an example");
    let example = example.split("```").next().expect("it ends");
    let scenario = Scenario::parse("example", example).unwrap_or_else(|p| panic!("{p}"));
    scenario.compile(&Settings::default()).unwrap_or_else(|invalid| panic!("{invalid}"));
}

#[test]
fn a_call_may_stand_in_a_branch_of_another() {
    let text = r#"{
        "version": 1, "title": "t", "ports": {"P": {}},
        "threads": {"A": [{
            "call": "GetQueuedCompletionStatus", "port": "P", "timeout": 0,
            "on": [{"when": {"value": "FALSE"}, "do": [{"call": "SwitchToThread"}]}],
            "else": [{"call": "PostQueuedCompletionStatus", "port": "P"}]
        }]}
    }"#;
    let scenario = Scenario::parse("nested", text).unwrap_or_else(|p| panic!("{p}"));
    scenario.compile(&Settings::default()).unwrap_or_else(|invalid| panic!("{invalid}"));
    let wrong = Scenario::parse("nested", &text.replace("SwitchToThread", "Switch"));
    assert!(wrong.is_err_and(|problems| problems.to_string().contains("no function `Switch`")));
}
