//! `iocp run`: the policies, and a chart that fits the terminal.

use super::{code, iocp, out, run};
use serde_json::Value;

fn object(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}");
    serde_json::from_str(&out(&output)).expect("an object")
}

#[test]
fn every_policy_runs_and_a_seed_gives_the_same_run() {
    let with = |policy: &[&str]| {
        let ran = object(&[&["run", "kq", "--json"], policy].concat());
        ran["schedule"].as_str().expect("a token").to_owned()
    };
    let by_turns = with(&["--policy", "round-robin"]);
    assert_eq!(by_turns, with(&[]), "by turns if nothing is said");
    for policy in ["random", "pct"] {
        let seeded = |seed: &str| with(&["--policy", policy, "--seed", seed]);
        assert_eq!(seeded("1"), seeded("1"), "{policy}");
        let runs: std::collections::BTreeSet<String> =
            ["1", "2", "3", "4", "5"].into_iter().map(seeded).collect();
        assert!(runs.len() > 1, "{policy}: five seeds are not one run");
        let token = seeded("1");
        let again = object(&["replay", &token, "kq", "--json"]);
        assert_eq!(again["schedule"].as_str(), Some(token.as_str()), "{policy}");
    }
}

/// The lines of the chart: those with its cells, its axis and its legend.
fn chart(columns: &str, scenario: &str) -> Vec<String> {
    let output = iocp(&["run", scenario]).env("COLUMNS", columns).output().expect("it runs");
    let text = out(&output);
    let lines = text.lines().skip_while(|line| !line.is_empty()).collect::<Vec<_>>();
    let blocks: Vec<&[&str]> = lines.split(|line| line.is_empty()).collect();
    let drawn = |block: &&&[&str]| block.iter().any(|line| line.contains("running"));
    let chart = blocks.iter().rev().find(drawn).expect("there is a chart");
    chart.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn the_chart_fits_a_terminal_of_40_80_and_200_columns() {
    for scenario in ["lifo-limit-over-release", "kq", "asio-ready-handshake", "dotnet-batch"] {
        for (columns, width) in [("40", 40), ("80", 80), ("200", 200)] {
            let chart = chart(columns, scenario);
            assert!(chart.len() > 3, "{scenario} {columns}: {chart:?}");
            for line in &chart {
                let length = line.chars().count();
                assert!(length <= width, "{scenario}: {length} of {width}: {line}");
            }
            let widest = chart.iter().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest > width / 2, "{scenario}: {widest} of {width} is little");
        }
    }
}
