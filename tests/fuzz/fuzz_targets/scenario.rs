//! A text is a scenario, a lesson, or refused with a diagnostic; what is read is written back, and
//! what compiles runs within its bounds.
#![no_main]

use iocp_scenarios::{Invalid, Lesson, Problems, Scenario, Settings, Simulation, Style, simulate};
use iocp_scheduler::policy::RoundRobin;
use libfuzzer_sys::fuzz_target;

const STEPS_MAX: usize = 200;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(problems) = Lesson::parse("fuzz", text) {
        tell(&problems);
    }
    let scenario = match Scenario::parse("fuzz", text) {
        Ok(scenario) => scenario,
        Err(problems) => return tell(&problems),
    };
    let again = Scenario::parse("fuzz", &scenario.to_text()).expect("what it writes it reads");
    assert_eq!(again.to_text(), scenario.to_text());
    match scenario.compile(&Settings::default()) {
        Ok(program) => {
            let options = Simulation { max_steps: STEPS_MAX, quantum: 10 };
            let run = simulate(&program, &mut RoundRobin::new(), options);
            assert!(run.steps.len() <= STEPS_MAX);
        }
        Err(Invalid::Scenario(problems)) => tell(&problems),
        Err(Invalid::Setting(_)) => {}
    }
});

fn tell(problems: &Problems) {
    assert!(!problems.diagnostics.is_empty(), "refused, and nobody knows why");
    for style in [Style::Plain, Style::Drawn, Style::Coloured] {
        assert!(!problems.render(style).is_empty());
    }
}
