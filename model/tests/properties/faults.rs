//! Each property and each invariant catches the fault that it is there for.

use proptest::prelude::*;

use crate::invariants::{broken_invariant, contradicts, wrong_answer};
use crate::ledger::Ledger;
use crate::programs::any_action;
use crate::support::*;
use crate::{CASES, run};

/// Each property catches the fault that it is there for: a kernel that deviates in just that way.
#[test]
fn every_property_catches_its_fault() {
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    for (deviation, expected) in [
        (Deviation::ConcurrencyIgnored, &[][..]),
        (Deviation::BlockKeepsSlot, &["I2"]),
        // Two sides of the same fault: which comes first is chance.
        (Deviation::PacketsLifo, &["oldest packet leaves first", "the queue of"]),
        (Deviation::HandOffWakeAndRetry, &["I1"]),
    ] {
        // As many cases as the property itself runs, and the same ones each time: one set in some
        // hundreds has no program that shows the fault.
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let semantics = Semantics::default().with(deviation);
        let programs = prop::collection::vec(any_action(), 1..60);
        let result = runner.run(&programs, |actions| run(semantics, actions).map(drop));
        match result {
            Ok(()) => assert!(expected.is_empty(), "{deviation} was not noticed"),
            Err(failure) => {
                let told = failure.to_string();
                assert!(expected.iter().any(|text| told.contains(text)), "{deviation}: {told}");
            }
        }
    }
}

/// A port with a packet and one with a waiter, an event with a waiter, a file with a port.
fn sound() -> Kernel {
    let mut w = World::new(Profile::default());
    let [a, b, c] = w.threads();
    let (empty, full) = (w.port(1), w.port(1));
    w.post(a, full, 5);
    assert_eq!(w.remove(b, empty), WAITS);
    let event = w.handle(a, Call::CreateEvent { manual_reset: true, initial: false });
    let wait = Call::WaitForSingleObject { handle: event, timeout: Timeout::Infinite };
    assert_eq!(w.call(c, wait), WAITS);
    let (kind, overlapped, inherit) = (FileKind::Device, true, false);
    let file = w.handle(a, Call::CreateFile { kind, overlapped, inherit });
    let existing_port = full;
    w.handle(a, Call::CreateIoCompletionPort { file, existing_port, key: 1, concurrency: 0 });
    w.kernel
}

/// The state with something changed that no action could change so.
fn doctored(kernel: &Kernel, place: &str, value: serde_json::Value) -> Kernel {
    let mut json = serde_json::to_value(kernel).expect("states serialise");
    *json.pointer_mut(place).unwrap_or_else(|| panic!("there is no {place}")) = value;
    serde_json::from_value(json).expect("the doctored state reads back")
}

/// Each invariant notices the state that breaks it, and none complains about a sound one.
#[test]
fn every_invariant_catches_the_state_that_breaks_it() {
    use serde_json::json;
    let kernel = sound();
    assert_eq!(broken_invariant(&kernel).or_else(|| wrong_answer(&kernel)), None);
    let packet = json!({
        "key": 5, "overlapped": 0, "status": 0, "information": 0, "origin": "posted"
    });
    let table = [
        ("/ports/0/packets", json!([packet]), "I1"),
        ("/ports/0/active", json!(1), "I2"),
        ("/threads/0/attached", json!(1), "I2"),
        ("/ports/0/waiters", json!([{"Remover": 1}, {"Remover": 1}]), "waits twice"),
        ("/threads/1/run", json!("Blocked"), ""),
        ("/ports/0/waiters", json!([{"Remover": 0}]), "runs and yet waits"),
        ("/processes/0/handles/2", json!(null), ""),
        ("/processes/0/handles/3", json!(null), "lives without a reference"),
        ("/processes/0/handles/2/object", json!({"Event": 7}), "which is gone"),
        ("/files/0/association/port", json!(7), "which is gone"),
        ("/threads/0/attached", json!(7), "which is gone"),
        ("/events/0/signaled", json!(true), "sleeps through"),
    ];
    for (place, value, expected) in table {
        let told = broken_invariant(&doctored(&kernel, place, value)).unwrap_or_default();
        let noticed = told.contains(expected) && (told.is_empty() == expected.is_empty());
        assert!(noticed, "{place}: {told:?}, not {expected:?}");
    }
}

/// No state can lie about I3, for both answers are made of the queue; so it is the answers that are
/// doctored here.
#[test]
fn a_depth_or_a_signal_that_is_not_that_of_the_queue_breaks_i3() {
    let answer = |status, out| Return { value: Value::Status(status), last_error: None, out };
    let query = |depth| answer(NtStatus::SUCCESS, Out::Depth(depth));
    let wait = |status| answer(status, Out::Nothing);
    let (signaled, not) = (NtStatus::SUCCESS, NtStatus::TIMEOUT);
    for (packets, depth, told, lies) in [
        (0, 0, not, false),
        (2, 2, signaled, false),
        (2, 1, signaled, true),
        (0, 1, not, true),
        (2, 2, not, true),
        (0, 0, signaled, true),
    ] {
        let found = contradicts(packets, &query(depth), &wait(told)).is_some();
        assert_eq!(found, lies, "{packets} packets, told {depth} and {told}");
    }
}

#[test]
fn a_packet_that_vanishes_or_comes_out_of_nothing_unbalances_the_ledger() {
    let kernel = sound();
    let ledger = Ledger { posted: 1, ..Ledger::default() };
    assert!(ledger.balances(&kernel));
    let none = doctored(&kernel, "/ports/1/packets", serde_json::json!([]));
    assert!(!ledger.balances(&none), "a packet was lost");
    assert!(!Ledger { delivered: 1, ..ledger }.balances(&kernel), "delivered, and still there");
}
