//! A search that does not see everything says so, and says what stopped it.

use iocp_scheduler::explore::{
    Exploration, Limit, Observer, Options, Progress, Signal, Verdict, explore,
};
use iocp_scheduler::{Coverage, Reductions};

use crate::systems::kq::{Fault, Kq};

fn unreduced() -> Options {
    Options { reductions: Reductions::NONE, ..Options::default() }
}

fn search(options: &Options) -> Exploration {
    explore(&Kq::new(3, 2, 4, 2), options, &mut ())
}

#[test]
fn a_bound_on_states_is_kept_nearly_and_stated() {
    for max in [1, 100, 5_000, 100_000] {
        let found = search(&Options { max_states: Some(max), ..unreduced() });
        assert_eq!((found.complete, found.limit), (false, Some(Limit::States(max))));
        assert!(found.states >= max && found.states < max + 1_000 && found.unexpanded > 0);
    }
    let found = search(&Options { max_states: Some(200_000), ..unreduced() });
    assert_eq!((found.complete, found.limit, found.unexpanded), (true, None, 0));
}

#[test]
fn a_bound_on_depth_still_checks_the_last_level() {
    // The planted fault shows after four steps: in level 5.
    let system = Kq::new(2, 1, 2, 1).with_fault(Fault::BlockKeepsCount);
    let at = |depth| explore(&system, &Options { max_depth: Some(depth), ..unreduced() }, &mut ());
    let found = at(4);
    assert_eq!((found.limit, found.depth), (Some(Limit::Depth(4)), 4));
    assert_eq!(found.properties[0].verdict, Verdict::Unknown);
    assert_eq!(at(5).properties[0].verdict, Verdict::Broken);
}

#[test]
fn a_bound_on_depth_that_is_not_hit_is_no_bound() {
    // 31 levels. Some states of the last can step (back to known states): whether there is a
    // level 32 is only known by expanding them.
    let found = search(&Options { max_depth: Some(32), ..unreduced() });
    assert_eq!((found.complete, found.states), (true, 108_866));
    let found = search(&Options { max_depth: Some(31), ..unreduced() });
    assert_eq!((found.complete, found.states), (false, 108_866));
}

#[test]
fn a_bound_on_memory_is_stated() {
    let found = search(&Options { max_memory: Some(1 << 20), ..unreduced() });
    assert_eq!(found.limit, Some(Limit::Memory(1 << 20)));
}

#[test]
fn a_search_for_the_first_violation_stops_there() {
    let system = Kq::new(3, 2, 4, 2).with_fault(Fault::BlockKeepsCount);
    let found = explore(&system, &Options { stop_at_violation: true, ..unreduced() }, &mut ());
    assert_eq!(found.limit, Some(Limit::Violation));
    assert_eq!(found.properties[0].verdict, Verdict::Broken);
    assert!(found.states < 10_000);
}

struct StopAt(u64, Vec<Progress>);

impl Observer for StopAt {
    fn poll(&mut self, progress: &Progress) -> Signal {
        self.1.push(*progress);
        if progress.states >= self.0 { Signal::Stop(Limit::Interrupted) } else { Signal::Continue }
    }
}

#[test]
fn an_observer_can_stop_a_search_and_has_a_partial_result() {
    let mut observer = StopAt(5_000, Vec::new());
    let found = explore(&Kq::new(3, 2, 4, 2), &unreduced(), &mut observer);
    assert_eq!((found.complete, found.limit), (false, Some(Limit::Interrupted)));
    let last = observer.1.last().expect("it was asked");
    assert_eq!((last.states, last.frontier), (found.states, found.unexpanded));
    assert!(observer.1.is_sorted_by_key(|progress| progress.transitions));
}

#[test]
fn nothing_is_said_to_hold_that_was_not_seen_to() {
    let found = search(&Options { max_states: Some(100), ..unreduced() });
    assert!(found.properties.iter().all(|property| property.verdict == Verdict::Unknown));
}

#[test]
fn coverage_is_asked_for_or_absent() {
    assert_eq!(search(&unreduced()).coverage, None);
    let found = search(&Options { coverage: true, ..unreduced() });
    let mut expected = Coverage::new();
    // Worker and producer steps, and blocks, as numbered by the system.
    (0..3).for_each(|number| expected.insert(number));
    assert_eq!(found.coverage, Some(expected));
}
