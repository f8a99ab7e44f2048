//! A driver that misbehaves is reported and started again, and the rest of the suite still runs.
#![cfg(unix)]

use iocp_oracle::driver::{Conductor, Conversation, Ending, Fault, Limits, ProcessDriver};
use iocp_oracle::driver::{Program, Start};
use std::time::{Duration, Instant};

const HELLO: &str = r#"echo '{"ans":"hello","protocol":1,"name":"planted"}'"#;
const RET: &str = r#"echo '{"ans":"ret","id":1,"res":{"value":true}}'"#;
const SETTLED: &str = r#"echo '{"ans":"settled","waiting":[],"sure":true}'"#;
const RESET: &str = r#"echo '{"ans":"reset"}'"#;

/// A driver that is a shell script: `on_call` is what it does when it is to make a call.
fn planted(on_call: &str) -> ProcessDriver {
    let script = format!(
        "while read -r line; do case \"$line\" in
            *'\"cmd\":\"hello\"'*) {HELLO} ;;
            *'\"cmd\":\"call\"'*) {on_call} ;;
            *'\"cmd\":\"settle\"'*) {SETTLED} ;;
            *'\"cmd\":\"reset\"'*) {RESET} ;;
        esac; done"
    );
    start(&script)
}

fn start(script: &str) -> ProcessDriver {
    let mut start = Start::program("sh");
    start.arguments = vec!["-c".to_owned(), script.to_owned()];
    start.hello_limit = Duration::from_secs(2);
    ProcessDriver::new(start)
}

fn program() -> Program {
    let text = r#"{"format":"iocp-program","version":1,"name":"one","title":"One call.",
        "steps":[{"thread":"A","op":"SwitchToThread","windows":{"value":true}}]}"#;
    Program::parse(text).expect("a good program")
}

fn run(driver: &mut ProcessDriver) -> Conversation {
    let limits = Limits { case: Duration::from_millis(500), settle: Duration::from_millis(100) };
    Conductor::run(driver, &program(), limits)
}

#[test]
fn a_driver_that_plays_its_part_is_not_started_again() {
    let mut driver = planted(RET);
    for _ in 0..3 {
        let conversation = run(&mut driver);
        assert_eq!(conversation.fault, None);
        assert!(matches!(conversation.talks[&1].ending, Ending::Returned(_)));
    }
    assert_eq!(driver.starts(), 1);
}

#[test]
fn a_driver_that_dies_is_reported_with_its_exit_status_and_started_again() {
    let mut driver = planted("exit 7");
    for starts in 1..=2 {
        let fault = run(&mut driver).fault.expect("it died");
        assert!(matches!(&fault, Fault::Died { how } if how.contains('7')), "{fault}");
        assert_eq!(driver.starts(), starts);
    }
}

#[test]
fn a_driver_that_hangs_is_given_up_in_time_and_started_again() {
    let mut driver = planted("while :; do sleep 1; done");
    let begin = Instant::now();
    for _ in 0..2 {
        let fault = run(&mut driver).fault.expect("it hung");
        assert!(matches!(fault, Fault::Hung { what: "settle", .. }), "{fault}");
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(driver.starts(), 2);
}

#[test]
fn output_that_is_not_protocol_is_shown_and_the_case_goes_on() {
    let mut driver = planted(&format!("echo 'segment 7 lost'; echo oops >&2; sleep 0.1; {RET}"));
    let conversation = run(&mut driver);
    assert_eq!(conversation.fault, None);
    let mut noise = conversation.noise;
    noise.sort();
    assert_eq!(noise, ["oops", "segment 7 lost"]);
}

#[test]
fn a_line_without_end_is_an_error_and_takes_no_memory() {
    let mut driver = planted("cat /dev/zero");
    let fault = run(&mut driver).fault.expect("no answer is that long");
    assert!(matches!(fault, Fault::LineTooLong { bytes: 262_144 }), "{fault}");
}

#[test]
fn a_flood_of_answers_costs_the_driver_its_process_and_nothing_else() {
    let mut driver = planted(&format!("while :; do {SETTLED}; done"));
    let fault = run(&mut driver).fault;
    // The first answer settles the call; the flood behind it drowns the reset that follows.
    let next = run(&mut driver).fault;
    assert!(fault.is_none() && next.is_none() && driver.starts() == 2, "{fault:?} {next:?}");
}

#[test]
fn an_answer_that_nothing_asked_for_is_an_error() {
    let mut driver = planted(r#"echo '{"ans":"ret","id":99,"res":{}}'"#);
    let fault = run(&mut driver).fault.expect("there is no call 99");
    assert!(matches!(&fault, Fault::OutOfTurn { answer } if answer.contains("99")), "{fault}");
}

#[test]
fn a_driver_of_another_protocol_version_is_refused() {
    let mut driver = start(r#"read -r l; echo '{"ans":"hello","protocol":2,"name":"new"}'; cat"#);
    assert_eq!(run(&mut driver).fault, Some(Fault::Protocol { version: 2 }));
}

#[test]
fn a_driver_that_never_says_hello_is_given_up() {
    let mut driver = start("sleep 60");
    let fault = run(&mut driver).fault.expect("it says nothing");
    assert!(matches!(fault, Fault::Hung { what: "say hello", milliseconds: 2000 }), "{fault}");
}

#[test]
fn a_program_that_is_not_there_cannot_be_started() {
    let mut driver = ProcessDriver::new(Start::program("/nonexistent/driver"));
    let fault = run(&mut driver).fault.expect("there is no such program");
    assert!(matches!(fault, Fault::Start { .. }), "{fault}");
}
