//! The threaded port in lockstep with the model, in programs that proptest makes and shrinks.

use iocp_oracle::harness::{Case, Config, Outcome, judge, programs};
use iocp_oracle::threaded::{Seeded, ThreadedDriver};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

fn config() -> Config {
    Config { moves: 25, ..Config::default() }
}

fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Whether a case shows a fault. On a loaded machine a thread can be late, and count as one that
/// waits; what is wrong is wrong every time.
fn shows(case: &Case, seeded: Option<Seeded>) -> bool {
    let once = || judge(&mut ThreadedDriver::new(seeded), case, &config());
    (0..3).all(|_| matches!(once(), Outcome::Violated(_)))
}

/// What so many programs say of the port: the smallest that is wrong, if one is.
fn smallest(seeded: Option<Seeded>, cases: u32) -> Option<Case> {
    let result = runner(cases).run(&programs(config()), |case| {
        prop_assert!(!shows(&case, seeded), "{case}");
        Ok(())
    });
    match result {
        Ok(()) => None,
        Err(TestError::Fail(_, case)) => Some(case),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn the_threaded_port_does_what_the_model_does_in_programs_of_proptest() {
    assert_eq!(smallest(None, 60), None);
}

#[test]
fn a_fault_shrinks_to_the_few_moves_that_show_it() {
    // Two waiters and a packet; two packets and a remove.
    for fault in [Seeded::FifoRelease, Seeded::LifoPackets] {
        let case = smallest(Some(fault), 200);
        let case = case.unwrap_or_else(|| panic!("{} is missed", fault.name()));
        println!("{}: {} moves: {case}", fault.name(), case.moves.len());
        assert!(case.moves.len() <= 5, "{}: {case}", fault.name());
    }
}
