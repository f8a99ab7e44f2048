//! What a scenario of the library does can be written down as a trace, and the checker accepts
//! it: objects of every kind, further processes, peers outside, devices.

use iocp_oracle::check::{Options, Report, Verdict, check};
use iocp_oracle::trace::{Writer, of_run};
use iocp_scenarios::{Program, Scenario, Settings, Simulation, library, simulate};
use iocp_scheduler::policy::{Policy, RandomWalk, RoundRobin};

/// A run as the text of a trace.
fn trace(program: &Program, policy: &mut dyn Policy) -> Vec<u8> {
    let run = simulate(program, policy, Simulation { max_steps: 400, ..Simulation::default() });
    let (meta, events) = of_run(program, &run);
    let mut writer = Writer::new(Vec::new(), &meta).expect("it writes to memory");
    for (tick, event) in &events {
        writer.event_at(event, Some(*tick)).expect("it writes to memory");
    }
    writer.finish().expect("it writes to memory")
}

fn judged(program: &Program, text: &[u8]) -> Report {
    let semantics = program.semantics();
    let options = Options { semantics, deviations_max: 0, ..Options::default() };
    check(text, &options).expect("the run is a trace")
}

fn compiled(scenario: &Scenario, variant: Option<&str>) -> Program {
    let settings = Settings { variant: variant.map(str::to_owned), ..Settings::default() };
    scenario.compile(&settings).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// What the checker has against a scenario, if anything.
fn complaints(name: &str, program: &Program) -> Vec<String> {
    let mut policies: Vec<Box<dyn Policy>> = vec![Box::new(RoundRobin::new())];
    policies.extend((0..3).map(|seed| Box::new(RandomWalk::new(seed)) as Box<dyn Policy>));
    let mut complaints = Vec::new();
    for policy in &mut policies {
        let text = trace(program, policy.as_mut());
        let report = judged(program, &text);
        if report.verdict != Verdict::Conforms {
            complaints.push(report.render(name));
        }
    }
    complaints
}

#[test]
fn runs_of_every_scenario_are_traces_that_the_checker_accepts() {
    let mut found = Vec::new();
    for entry in library::entries() {
        let scenario = library::find(entry.name).expect("it is in the library");
        found.extend(complaints(entry.name, &compiled(&scenario, None)));
        for variant in scenario.variants() {
            let name = format!("{} ({})", entry.name, variant.name);
            found.extend(complaints(&name, &compiled(&scenario, Some(&variant.name))));
        }
    }
    assert!(found.is_empty(), "{} runs:\n{}", found.len(), found.join("\n"));
}

/// The acceptance above is no accident: a result that the model does not give is refused.
#[test]
fn a_run_with_another_result_is_refused() {
    let scenario = library::find("release-lifo").expect("it is in the library");
    let program = compiled(&scenario, None);
    let text = String::from_utf8(trace(&program, &mut RoundRobin::new())).expect("JSON is UTF-8");
    let other = text.replacen("\"key\":\"0x1\",\"ok\"", "\"key\":\"0x7\",\"ok\"", 1);
    assert_ne!(text, other, "nothing was changed: {text}");
    assert_eq!(judged(&program, text.as_bytes()).verdict, Verdict::Conforms);
    assert_eq!(judged(&program, other.as_bytes()).verdict, Verdict::Diverges);
}
