//! Sessions: every state is the model's, going back is going forward again, branches keep each
//! other, links are checked, and no request harms.

use std::sync::Arc;

use iocp_model::Semantics;
use iocp_scenarios::stepper::Stepper;
use iocp_scenarios::{Settings, library};
use iocp_viz::session::wire::Host;
use iocp_viz::session::{Session, micro_ports, question, restored};
use proptest::prelude::*;
use serde_json::{Value, json};

fn session(name: &str, semantics: Option<Semantics>) -> Option<Session> {
    let scenario = library::find(name).expect("a library scenario");
    // Wine lacks what some stages are set with.
    Session::new(scenario, Settings { semantics, ..Settings::default() }, 300).ok()
}

fn ask(host: &mut Host, request: Value) -> Value {
    serde_json::from_str(&host.answer(&request.to_string())).expect("an answer is JSON")
}

#[test]
fn the_port_between_two_effects_ends_as_the_model_has_it() {
    let mut compared = 0;
    for name in library::names() {
        for semantics in [None, Some(Semantics::wine_8_0())] {
            let Some(mut session) = session(name, semantics) else { continue };
            let branch = &mut session.branches[0];
            for at in 0..branch.len() {
                let before = branch.stepper(at).clone();
                let mut after = branch.stepper(at + 1).picture().ports;
                let taken = branch.step(at).expect("a step").clone();
                let mut told = micro_ports(&before, &taken, taken.step.effects.len());
                // A port that the step itself opens is in no picture before it.
                after.retain(|port| told.iter().any(|other| other.id == port.id));
                for port in after.iter_mut().chain(&mut told) {
                    port.attached.sort();
                }
                assert_eq!(told, after, "{name}, step {}: {}", at + 1, taken.step.action);
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "only {compared} steps compared");
}

#[test]
fn going_back_gives_the_state_that_was_there() {
    let mut session = session("over-release", None).expect("it compiles");
    session.run_on(0, 400, Some(5)).expect("there is room");
    let branch = &mut session.branches[0];
    let mut stepper = Stepper::new(Arc::clone(branch.program()));
    let mut prints = vec![stepper.fingerprint()];
    for choice in branch.choices() {
        assert!(stepper.take(choice).is_some());
        prints.push(stepper.fingerprint());
    }
    for at in (0..prints.len()).rev().step_by(7).chain(0..prints.len()) {
        assert_eq!(branch.stepper(at).fingerprint(), prints[at], "after {at} steps");
    }
}

#[test]
fn every_thread_can_go_on_or_is_told_why_not() {
    let mut withheld = 0;
    for name in library::names() {
        let mut session = session(name, None).expect("it compiles");
        let branch = &mut session.branches[0];
        let threads = branch.program().thread_names().count();
        for at in 0..=branch.len() {
            let stepper = branch.stepper(at);
            let (offers, others) = (stepper.offers(), stepper.withheld());
            for thread in 0..threads {
                let offered = offers.iter().any(|offer| offer.actor == Some(thread));
                let told = others.iter().filter(|other| other.actor == Some(thread)).count();
                assert_eq!(usize::from(!offered), told, "{name}, step {at}, thread {thread}");
            }
            withheld += others.len();
            let choices: Vec<_> = offers.iter().map(|offer| offer.choice).collect();
            assert_eq!(choices, stepper.choices());
            let mut sentences: Vec<_> = offers.iter().map(|offer| &offer.sentence).collect();
            sentences.sort();
            sentences.dedup();
            assert_eq!(sentences.len(), offers.len(), "{name}, step {at}: two offers read alike");
        }
    }
    assert!(withheld > 1000, "only {withheld} reasons told");
}

#[test]
fn another_choice_begins_a_branch_and_the_old_one_stays() {
    let mut session = session("kq", None).expect("it compiles");
    let old = session.branches[0].choices();
    let place = (0..old.len()).find_map(|at| {
        let choices = session.branches[0].stepper(at).choices();
        choices.into_iter().find(|choice| *choice != old[at]).map(|choice| (at, choice))
    });
    let (at, other) = place.expect("somewhere more than one thing is possible");
    assert_eq!(session.step(0, at, old[at]).expect("possible"), (0, at + 1), "no branch needed");
    assert_eq!(session.step(0, at, other).expect("possible"), (1, at + 1));
    assert_eq!(session.branches[0].choices(), old);
    assert_eq!(session.branches[1].choices()[..at], old[..at]);
    assert_eq!(session.branches[1].choices()[at], other);
    assert!(session.step(1, at + 1, iocp_scheduler::Choice::new(90, 0)).is_err());
}

#[test]
fn a_link_restores_the_step_and_every_mismatch_is_said() {
    let name = library::names().next().expect("a scenario");
    let mut host = Host::new();
    ask(&mut host, json!({ "do": "load", "scenario": name }));
    let link = ask(&mut host, json!({ "do": "link", "branch": 0, "at": 2 }));
    let restore = |host: &mut Host, token: &str, at: usize, checksum: &str| {
        let request = json!({ "do": "restore", "token": token, "at": at, "checksum": checksum });
        ask(host, request)
    };
    let token = link["token"].as_str().expect("a token").to_owned();
    let checksum = link["checksum"].as_str().expect("a checksum").to_owned();
    let good = restore(&mut host, &token, 2, &checksum);
    assert_eq!(good, json!({ "branch": 0, "at": 2, "mismatches": [] }));
    let said = |answer: &Value| answer["mismatches"].as_array().map_or(0, Vec::len);
    assert_eq!(said(&restore(&mut host, &token, 1, &checksum)), 1, "another step");
    assert_eq!(said(&restore(&mut host, &token, 2, "0000000000000001")), 1, "another state");
    assert_eq!(said(&restore(&mut host, &token, 999, "")), 1, "beyond the end");
    assert_eq!(said(&restore(&mut host, "iocp1:AAAA", 0, "")), 1, "a damaged token");
    let other = library::names().nth(5).expect("a scenario");
    ask(&mut host, json!({ "do": "load", "scenario": other }));
    assert!(said(&restore(&mut host, &token, 2, &checksum)) >= 1, "another scenario");
}

#[test]
fn a_link_from_the_library_restores_every_step_of_every_run() {
    for name in library::names() {
        let mut session = session(name, None).expect("it compiles");
        let schedule = session.schedule(0).expect("a branch").to_string();
        let schedule = schedule.parse().expect("a token reads back");
        let at = session.branches[0].len() / 2;
        let checksum = session.branches[0].stepper(at).fingerprint();
        let found = restored(&mut session, &schedule, at, Some(checksum)).expect("there is room");
        assert_eq!((found.branch, found.at, found.mismatches), (0, at, vec![]), "{name}");
    }
}

#[test]
fn the_answer_to_a_question_is_what_the_step_does() {
    let (mut asked, mut somebody, mut nobody, mut open) = (0, 0, 0, 0);
    let any = Semantics::default().with(iocp_model::Deviation::WakeOrderAny);
    for name in library::names() {
        for semantics in [None, Some(any)] {
            let Some(mut session) = session(name, semantics) else { continue };
            for at in 0..session.branches[0].len() {
                let Some(question) = question(&mut session.branches[0], at) else { continue };
                assert!(question.options.contains(&question.answer), "{name}, step {at}");
                asked += 1;
                match question.answer.as_str() {
                    "nobody" => nobody += 1,
                    "not determined by the rules" => open += 1,
                    _ => somebody += 1,
                }
            }
        }
    }
    let counts = [asked, somebody, nobody, open];
    assert!(asked > 300 && somebody > 100 && nobody > 50 && open > 5, "{counts:?}");
}

#[test]
fn compared_under_other_semantics_the_first_difference_is_found() {
    let mut host = Host::new();
    let (mut different, mut alike) = (0, 0);
    for name in library::names() {
        ask(&mut host, json!({ "do": "load", "scenario": name, "profile": "win11" }));
        let under = json!({ "do": "under", "branch": 0, "profile": "win11",
                            "deviate": ["wake-order=fifo"] });
        let under = ask(&mut host, under);
        let Some(branch) = under["branch"].as_u64() else { continue };
        let found = ask(&mut host, json!({ "do": "compare", "branch": 0, "with": branch }));
        match found["alike"].as_bool() {
            Some(true) => alike += 1,
            _ => {
                different += 1;
                assert_ne!(found["left"], found["right"], "{name}");
            }
        }
    }
    assert!(different > 3 && alike > 20, "{different} differ, {alike} do not");
}

#[test]
fn problems_of_a_text_come_with_places_that_an_editor_can_mark() {
    let mut host = Host::new();
    let text = "{ \"title\": \"\u{1F600}\", \"colour\": 1 }";
    let answer = ask(&mut host, json!({ "do": "check", "text": text }));
    let problems = answer["problems"].as_array().expect("problems");
    let units: Vec<u16> = text.encode_utf16().collect();
    let colour = problems.iter().find(|p| p["message"].as_str().unwrap_or("").contains("colour"));
    let colour = colour.expect("an unknown key is a problem");
    let place = |key: &str| colour[key].as_u64().expect("a number") as usize;
    let marked = String::from_utf16_lossy(&units[place("from")..place("to")]);
    assert!(marked.contains("colour"), "{marked}");
}

fn field() -> impl Strategy<Value = (String, Value)> {
    let keys = [
        "do", "branch", "at", "part", "choice", "steps", "seed", "with", "from", "to", "around",
        "rows", "until", "filter", "token", "checksum", "pick", "text", "scenario", "profile",
        "deviate", "set", "variant", "back", "id",
    ];
    let words = [
        "library",
        "source",
        "check",
        "rule",
        "load",
        "view",
        "step",
        "run",
        "under",
        "log",
        "lanes",
        "next_call",
        "compare",
        "question",
        "answer",
        "link",
        "restore",
        "close",
        "0",
        "1",
        "1.3",
        "iocp1:AAAA",
        "win7",
        "wake-order=any",
        "{}",
        "",
    ];
    let value = prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        (0u64..40).prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n)),
        Just(Value::Null),
        Just(json!([1, "wake-order=fifo"])),
        Just(json!({ "a": 1 })),
        Just(json!(true)),
        "\\PC{0,12}".prop_map(|text| json!(text)),
    ];
    (prop::sample::select(keys.to_vec()).prop_map(str::to_owned), value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_request_harms(requests in prop::collection::vec(prop::collection::vec(field(), 0..6), 1..25)) {
        let mut host = Host::new();
        let name = library::names().nth(3).expect("a scenario");
        ask(&mut host, json!({ "do": "load", "scenario": name }));
        for fields in requests {
            let answer = ask(&mut host, Value::Object(fields.into_iter().collect()));
            prop_assert!(answer.is_object());
        }
    }

    #[test]
    fn bytes_that_are_no_request_are_refused(text in "\\PC{0,60}") {
        let answer: Value = serde_json::from_str(&Host::new().answer(&text)).expect("JSON");
        prop_assert!(answer.get("error").is_some());
    }
}
