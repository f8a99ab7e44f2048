//! Copied out of the explorer as it is.

// A packet may be all zeros; win11.
use iocp_scenarios::{Settings, library, replay};

#[test]
fn a_packet_may_be_all_zeros() {
    let scenario = library::find("null-packet-is-success").expect("it is there");
    let settings = Settings::default();
    let program = scenario.compile(&settings).expect("it compiles");
    let schedule = "iocp1:aYEABAAMtss";
    let schedule = schedule.parse().expect("it is a schedule");
    let (run, stopped) = replay(&program, &schedule, 3);
    assert_eq!(stopped, None, "a step is not possible any more");
    let rules = |step: usize| {
        let effects = run.steps[step].effects.iter();
        effects.map(|e| e.rule.id()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(run.steps[0].action, "A calls GetQueuedCompletionStatus(port=P)");
    let wanted = "remove-attaches remove-parks";
    assert_eq!(rules(0), wanted);
    assert_eq!(run.steps[1].action, "main calls PostQueuedCompletionStatus(port=P)");
    let wanted = "hand-off release-counts call-returns remove-returns";
    assert_eq!(rules(1), wanted);
    assert_eq!(run.steps[2].action, "A exits");
    let wanted = "exit-releases-slot exit-releases-slot exit-releases-slot exit-signals-thread";
    assert_eq!(rules(2), wanted);
    assert_eq!(run.steps.len(), 3);
    assert_eq!(run.end.outcome, "A is done; main is done");
}
