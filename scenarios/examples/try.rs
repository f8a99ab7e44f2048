//! Tries scenario files from the disk: explores each, with every variant, and says which
//! properties break and which the file says should.
//!
//! `cargo run -p iocp-scenarios --example try -- FILE...`

use iocp_scenarios::{Scenario, Settings};
use iocp_scheduler::Reductions;
use iocp_scheduler::explore;
use iocp_scheduler::explore::{Options, Verdict};

fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let name = path.rsplit('/').next().unwrap_or(&path).trim_end_matches(".scenario.json");
        let scenario = match Scenario::parse(name, &text) {
            Ok(scenario) => scenario,
            Err(problems) => {
                println!("{problems}");
                continue;
            }
        };
        let variants = scenario.variants();
        let names = std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.clone())));
        for variant in names {
            let label = variant.clone().unwrap_or_default();
            let expected = scenario.breaks(variant.as_deref());
            let settings = Settings { variant, ..Settings::default() };
            let program = match scenario.compile(&settings) {
                Ok(program) => program,
                Err(invalid) => {
                    println!("{invalid}");
                    continue;
                }
            };
            let options = Options {
                reductions: Reductions::NONE,
                max_states: Some(200_000),
                ..Options::default()
            };
            let found = explore(&program, &options, &mut ());
            let broken: Vec<&str> = found
                .properties
                .iter()
                .filter(|p| p.verdict == Verdict::Broken)
                .map(|p| p.name.as_str())
                .collect();
            let verdict = if broken == expected { "ok" } else { "DIFFERS" };
            println!("{verdict} {name} {label}: {} states, broken {broken:?}", found.states);
            if broken != expected {
                println!("    expected {expected:?}");
                for outcome in &found.outcomes {
                    println!(
                        "    {} x {}: {} {:?}",
                        outcome.count,
                        outcome.kind.word(),
                        outcome.name,
                        outcome.reasons
                    );
                }
            }
        }
    }
}
