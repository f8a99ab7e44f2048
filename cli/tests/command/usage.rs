//! What the command says about itself, and to those who hold it wrong.

use super::{code, err, out, run};

#[test]
fn without_arguments_it_prints_a_guide_and_no_error() {
    let output = run(&[]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("iocp explain release-lifo"));
    assert_eq!(err(&output), "");
}

#[test]
fn wrong_usage_is_2_with_a_sentence_on_standard_error() {
    for arguments in [
        &["no-such-command"] as &[&str],
        &["--no-such-flag"],
        &["explain"],
        &["explain", "NO-SUCH-RULE"],
        &["rules", "no rule says this"],
        &["schema", "nonsense"],
        &["man", "nonsense"],
        &["completions", "nonsense"],
        &["conform"],
        &["conform", "--driver", ""],
        &["conform", "--driver", "./there-is-no-such-driver"],
        &["conform", "--driver", "win32=there-is-no-such-driver.exe"],
        &["conform", "--driver", "x", "--profile", "win98"],
        &["conform", "--driver", "x", "--report", "xml=x"],
        &["fuzz", "--driver", "threaded", "--settle", "0"],
        &["explore", "kq", "--threads", "0"],
        &["explore", "kq", "--max-depth", "0"],
        &["explore", "kq", "--checkpoint", "no-such-folder/kq.checkpoint"],
        &["explore", "kq", "--checkpoint", "."],
        &["check", "no-such-trace", "--processors", "0"],
        &["merge", "no-such-part.json"],
        &["view", "kq", "-o", "no-such-folder/kq.svg"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
        assert!(err(&output).starts_with("error"), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{arguments:?}");
    }
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    for (arguments, meant) in [
        (&["explain", "relese-lifo"] as &[&str], "did you mean `release-lifo`?"),
        (&["conform", "--driver", "x", "--profile", "wine-8"], "did you mean `wine-8.0`?"),
        (&["conform", "--driver", "x", "--deviate", "wake-order=lifo"], "wake-order=fifo"),
        (&["ruls"], "rules"),
        (&["merge", "no-such-part.json"], "there is no file no-such-part.json"),
        (&["view", "kq", "-o", "no-such-folder/kq.svg"], "there is no folder no-such-folder"),
        (&["explore", "kq", "--checkpoint", "no-such-folder/x"], "there is no folder"),
    ] {
        let said = err(&run(arguments));
        assert!(said.contains(meant), "{arguments:?}: {said}");
    }
}

#[test]
fn help_is_short_with_h_and_long_with_help() {
    let (short, long) = (out(&run(&["-h"])), out(&run(&["--help"])));
    assert!(short.contains("Examples:") && !short.contains("130"), "{short}");
    assert!(long.contains("130  interrupted"), "{long}");
    assert!(short.len() < long.len());
}

#[test]
fn nothing_to_check_is_no_pass() {
    let output = run(&["conform", "--driver", "x", "--only", "no-program-is-called-so"]);
    assert_eq!(code(&output), 4, "{}", err(&output));
}

#[test]
fn every_command_has_a_manual_page() {
    let completions = out(&run(&["completions", "fish"]));
    for command in ["explain", "rules", "conform", "schema", "completions", "man"] {
        assert!(completions.contains(command), "{command}");
        let output = run(&["man", command]);
        assert_eq!(code(&output), 0, "{command}");
        assert!(out(&output).starts_with(".ie"), "{command}: {}", out(&output));
    }
}

#[test]
fn rules_as_json_have_what_other_tools_ask_for() {
    let rules: serde_json::Value =
        serde_json::from_str(&out(&run(&["rules", "--json"]))).expect("JSON");
    let rules = rules.as_array().expect("an array");
    assert!(rules.len() > 50, "{}", rules.len());
    for rule in rules {
        for key in ["id", "sentence", "source", "grade", "since", "until", "facts", "deviations"] {
            assert!(rule.get(key).is_some(), "{rule} has no {key}");
        }
    }
}

#[test]
fn a_switch_that_the_policy_of_a_run_cannot_heed_is_refused() {
    let scenario = "lifo-limit-over-release";
    for (arguments, said) in [
        (&["--seed", "5"] as &[&str], "--policy random"),
        (&["--depth", "2"], "--policy pct"),
        (&["--policy", "random", "--depth", "2"], "--policy pct"),
    ] {
        let output = run(&[&["run", scenario], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
    for policy in ["random", "pct"] {
        let output = run(&["run", scenario, "--policy", policy, "--seed", "5"]);
        assert!(code(&output) <= 1, "{policy}: {}", err(&output));
    }
}
