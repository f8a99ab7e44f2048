//! What a wrong scenario is told: where, what stood there, what was expected. Each case is one
//! mistake; `>` marks what must be said in plain sentences.

use iocp_scenarios::{Scenario, Settings, Style};

fn told(text: &str) -> (String, String) {
    let problems = match Scenario::parse("t.json", text) {
        Err(problems) => problems,
        Ok(scenario) => match scenario.compile(&Settings::default()) {
            Err(iocp_scenarios::Invalid::Scenario(problems)) => problems,
            other => panic!("nothing is wrong with it: {:?}", other.map(|_| text)),
        },
    };
    (problems.render(Style::Plain), problems.render(Style::Drawn))
}

/// A scenario with one port, and this program for its one thread.
fn program(steps: &str) -> String {
    let head = r#"{"version": 1, "title": "t", "ports": {"P": {}}, "overlapped": {"o": {}},"#;
    format!("{head}\n\"shared\": {{\"flag\": 0}},\n\"threads\": {{\"A\": [\n{steps}\n]}}}}")
}

fn check(text: &str, expected: &[&str]) {
    let (plain, drawn) = told(text);
    for part in expected {
        assert!(plain.contains(part), "`{part}` is not said:\n{plain}");
    }
    assert!(drawn.contains("t.json:"), "the drawing names the place:\n{drawn}");
}

#[test]
fn syntax_errors_point_at_the_mistake() {
    check("{\"version\": 1\n\"title\": \"t\"}", &["line 1, column 14", "a comma is missing"]);
    check("{\"version\": 1,}", &["nothing follows this comma", "remove it"]);
    check("{\"version\": [1, 2", &["never ends"]);
    check("", &["the file is empty"]);
}

#[test]
fn unknown_keys_words_and_functions_are_guessed() {
    check(&program("{\"cal\": \"x\"}"), &["line 4, column 2", "did you mean `call`?"]);
    check(
        &program("{\"call\": \"GetQueuedCompletionStatis\", \"port\": \"P\"}"),
        &["did you mean `GetQueuedCompletionStatus`?"],
    );
    check(
        &program("{\"call\": \"GetQueuedCompletionStatus\", \"prot\": \"P\"}"),
        &["did you mean `port`?", "needs `port`"],
    );
    check(&program("\"brake\""), &["did you mean `break`?"]);
    check("{\"version\": 1, \"titel\": \"t\", \"threads\": {}}", &["did you mean `title`?"]);
    check("{\"version\": 2, \"title\": \"t\", \"threads\": {}}", &["out of range"]);
}

#[test]
fn names_that_lead_nowhere_are_guessed_and_wrong_kinds_show_the_declaration() {
    check(
        &program("{\"call\": \"CloseHandle\", \"handle\": \"Q\"}"),
        &["line 4, column 36", "`Q` is not declared"],
    );
    check(
        &program("{\"call\": \"CloseHandle\", \"handle\": \"o\"}"),
        &["a handle, not an OVERLAPPED", "Line 1, column 65: declared here"],
    );
    check(&program("{\"load\": \"flog\", \"into\": \"x\"}"), &["did you mean `flag`?"]);
    check(
        &program("{\"if\": \"flag == 1\", \"then\": []}, {\"work\": 1}"),
        &["only a step such as `load` reads it"],
    );
    check(&program("{\"if\": \"depth(P) == 1\", \"then\": []}"), &["a program cannot ask"]);
    check(&program("{\"work\": \"1 +\"}"), &["line 4, column 14", "ends too early"]);
    let twice = r#"{"version": 1, "title": "t", "ports": {"A": {}}, "threads": {"A": []}}"#;
    check(twice, &["`A` is an object already", "declared here"]);
}

#[test]
fn impossible_programs_are_refused() {
    check(&program("\"exit\", {\"work\": 1}"), &["nobody ever gets here"]);
    check(&program("{\"loop\": [{\"work\": 1}]}, {\"work\": 1}"), &["nobody ever gets here"]);
    check(&program("\"break\""), &["stands in no loop"]);
    check(&program("{\"loop\": []}"), &["needs something to do"]);
    check(&program("{\"loop\": [{\"let\": {\"x\": 1}}]}"), &["go round without a step"]);
    check(
        &program("{\"loop\": [{\"choose\": [[], [{\"work\": 1}]]}]}"),
        &["go round without a step"],
    );
    check(
        &program("{\"call\": \"CloseHandle\", \"handle\": \"P\", \"else\": []}"),
        &["needs an `on`"],
    );
    check(
        &program("{\"call\": \"GetQueuedCompletionStatus\", \"port\": \"P\", \"timeout\": -5}"),
        &["a time is not negative"],
    );
}

#[test]
fn what_goes_wrong_before_the_first_step_is_the_scenarios_fault() {
    let early = program("{\"assert\": \"1 == 2\"}, {\"work\": 1}");
    check(&early, &["before the thread has taken a step", "it does not hold"]);
}

/// The planted fault of this file: a sound scenario is not complained about.
#[test]
fn nothing_is_said_about_a_sound_scenario() {
    let sound = program("{\"loop\": [{\"work\": 1}, \"break\"]}, {\"work\": 1}");
    let scenario =
        Scenario::parse("t.json", &sound).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(scenario.compile(&Settings::default()).is_ok());
}

#[test]
fn settings_that_do_not_fit_are_told_in_a_sentence() {
    let text = r#"{"version": 1, "title": "t", "parameters": {"workers": {"default": 1, "max": 3}},
        "threads": {"A": {"count": "workers", "program": []}}}"#;
    let scenario = Scenario::parse("t", text).expect("it is sound");
    let with = |name: &str, value| {
        let set = vec![(name.to_owned(), value)];
        scenario.compile(&Settings { set, ..Settings::default() }).unwrap_err().to_string()
    };
    assert!(with("worker", 2).contains("did you mean `workers`?"));
    assert!(with("workers", 4).contains("between"));
}
