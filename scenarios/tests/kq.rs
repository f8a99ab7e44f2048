//! The reference transition system, against the numbers of two independent models.

use iocp_scenarios::{Scenario, Settings};
use iocp_scheduler::explore_naively;

fn kq(workers: i64, producers: i64, packets: i64, concurrency: i64) -> (u64, u64, u64, u64) {
    let text = include_str!("../library/port/kq.scenario.json");
    let scenario = Scenario::parse("kq", text).unwrap_or_else(|problems| panic!("{problems}"));
    let set = [
        ("workers", workers),
        ("producers", producers),
        ("packets", packets),
        ("concurrency", concurrency),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let program = scenario
        .compile(&Settings { set, ..Settings::default() })
        .unwrap_or_else(|invalid| panic!("{invalid}"));
    let found = explore_naively(&program, 1_000_000);
    assert!(found.complete);
    assert!(found.violated.is_empty(), "broken: {:?}", found.violated);
    (found.states, found.transitions, found.depth, found.terminals)
}

#[test]
fn kq_has_exactly_the_states_and_transitions_of_the_reference() {
    assert_eq!(kq(1, 1, 1, 1), (8, 9, 6, 1));
    assert_eq!(kq(2, 1, 2, 1), (73, 148, 11, 2));
    assert_eq!(kq(3, 2, 2, 1), (3_614, 11_269, 19, 6));
}
