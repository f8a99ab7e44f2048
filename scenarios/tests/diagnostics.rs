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

#[test]
fn only_what_allocates_may_fail_for_want_of_memory_and_each_way_once() {
    let post = |ways: &str| {
        program(&format!(
            "{{\"call\": \"PostQueuedCompletionStatus\", \"port\": \"P\", \"may_fail\": [{ways}]}}"
        ))
    };
    check(
        &program(
            "{\"call\": \"CloseHandle\", \"handle\": \"P\", \
             \"may_fail\": [\"STATUS_QUOTA_EXCEEDED\"]}",
        ),
        &["does not fail for want of memory", "PostQueuedCompletionStatus"],
    );
    check(
        &post("\"STATUS_QUOTA_EXCEDED\""),
        &["cannot be `STATUS_QUOTA_EXCEDED`", "did you mean `STATUS_QUOTA_EXCEEDED`?"],
    );
    check(
        &post("\"STATUS_QUOTA_EXCEEDED\", \"STATUS_QUOTA_EXCEEDED\""),
        &["this way to fail stands here twice"],
    );
}

#[test]
fn a_poll_is_ended_by_its_socket_or_its_timeout_and_by_nothing_else() {
    let poll = |more: &str| {
        program(&format!(
            "{{\"call\": \"AfdPoll\", \"file\": \"P\", \"socket\": \"P\", \
             \"events\": \"AFD_POLL_RECEIVE + AFD_POLL_SEND\", \"status_block\": \"NULL\"{more}}}"
        ))
    };
    assert!(Scenario::parse("t", &poll("")).is_ok_and(|s| s.compile(&Settings::default()).is_ok()));
    check(&poll(", \"completes\": []"), &["a poll ends when its socket is ready"]);
    check(&poll(", \"reply\": \"pending\""), &["has a driver that answers"]);
    check(&poll(", \"record\": \"polled(NULL)\""), &["takes (overlapped, events)"]);
    check(&poll(", \"record\": \"depth(P)\""), &["a program cannot ask for `depth`"]);
    check(&poll(", \"record\": \"AFD_POLL_RECIEVE\""), &["did you mean `AFD_POLL_RECEIVE`?"]);
}

/// One text over each limit of a file or scenario that FORMAT.md states, and the number it must
/// name.
#[test]
fn what_is_over_a_limit_is_refused_and_the_message_names_the_limit() {
    let many = |count: usize, one: &dyn Fn(usize) -> String| {
        (0..count).map(one).collect::<Vec<_>>().join(", ")
    };
    let with = |part: &str, thread: &str| {
        format!(
            "{{\"version\": 1, \"title\": \"t\", \"ports\": {{\"P\": {{}}}}, {part} \
             \"threads\": {{\"A\": {thread}}}}}"
        )
    };
    let key = |n: usize, value: &str| format!("\"n{n}\": {value}");
    let work = "[{\"work\": 1}]";
    let deep = format!("\"{}1{}\"", "(".repeat(70), ")".repeat(70));
    let long = format!("\"1{}\"", " + 1".repeat(300));
    let read = |completes: &str| {
        let read = "\"call\": \"ReadFile\", \"file\": \"F\", \"reply\": \"pending\"";
        format!("[{{{read}, \"completes\": [{completes}]}}]")
    };
    let table = [
        ("1048576", " ".repeat(1 << 20) + "{}"),
        ("64 levels", "[".repeat(70)),
        ("1024 bytes", program(&format!("{{\"work\": {long}}}"))),
        ("64 levels", program(&format!("{{\"work\": {deep}}}"))),
        ("100 threads", with("", "{\"count\": 100, \"program\": []}, \"B\": []")),
        ("to 64", with("\"processors\": 65,", work)),
        ("256 objects", with(&format!("\"events\": {{{}}},", many(256, &|n| key(n, "{}"))), work)),
        ("64 shared", with(&format!("\"shared\": {{{}}},", many(65, &|n| key(n, "0"))), work)),
        (
            "4096 OVERLAPPEDs",
            with(&format!("\"overlapped\": {{{}}},", many(4097, &|n| key(n, "{}"))), work),
        ),
        (
            "120 properties",
            with(&format!("\"always\": {{{}}},", many(121, &|n| key(n, "\"1\""))), work),
        ),
        (
            "1000 turns",
            with(&format!("\"order\": [{}],", many(1001, &|_| "\"A\"".to_owned())), work),
        ),
        (
            "4096 instructions",
            with("", &format!("[{}]", many(4100, &|_| "{\"work\": 1}".to_owned()))),
        ),
        (
            "64 locals",
            with(
                "",
                &format!("[{{\"let\": {{{}}}}}, {{\"work\": 1}}]", many(65, &|n| key(n, "0"))),
            ),
        ),
        (
            "1 to 64 ways",
            with("", &format!("[{{\"choose\": [{}]}}]", many(65, &|_| work.to_owned()))),
        ),
        (
            "14 ways",
            with(
                "\"files\": {\"F\": {\"kind\": \"device\"}},",
                &read(&many(15, &|n| format!("{{\"bytes\": {n}}}"))),
            ),
        ),
        ("and 5 more", with("", &format!("[{}]", many(25, &|_| "\"brake\"".to_owned())))),
    ];
    for (limit, text) in table {
        check(&text, &[limit]);
    }
}
