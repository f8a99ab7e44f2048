//! Random programs of all actions: what must hold whatever happens.
//!
//! The invariants I1-I3 are those of semantics.md A3. Each property here has a planted fault that
//! it catches, in `faults`: a property that cannot fail says nothing.

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod invariants;
mod ledger;
mod names;
mod programs;

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use invariants::{broken_invariant, wrong_answer};
use ledger::Ledger;
use names::Rotated;
use programs::*;
use support::*;

/// How many random programs each property tries, and each planted fault has to be found in.
const CASES: u32 = 256;

/// What a run shows, for the properties and for their witnesses.
#[derive(Default, Debug)]
struct Seen {
    pub(crate) rules: HashMap<Rule, usize>,
    over_released: bool,
}

fn run(semantics: Semantics, actions: Vec<Action>) -> Result<Seen, TestCaseError> {
    let mut kernel = stage(semantics);
    let mut seen = Seen::default();
    let mut ledger = Ledger::default();
    for action in actions {
        let before = kernel.clone();
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        let outcome = kernel.apply(action.clone(), &mut effects);
        match before.step(action.clone()) {
            Err(refusal) => {
                prop_assert_eq!(outcome, Err(refusal), "step and apply refuse alike");
                prop_assert_eq!(&kernel, &before, "a refusal changes nothing");
                prop_assert!(effects.is_empty(), "a refusal shows nothing");
                continue;
            }
            Ok(step) => {
                prop_assert_eq!(outcome, Ok(()));
                prop_assert_eq!(&step.next, &kernel, "step equals apply");
                prop_assert_eq!(&step.effects, &effects);
            }
        }
        if let Some(broken) = broken_invariant(&kernel).or_else(|| wrong_answer(&kernel)) {
            return Err(TestCaseError::fail(format!("{broken}\nafter {action:?}\n{kernel:#?}")));
        }
        order_holds(&before, &effects, &kernel)?;
        ledger.count(&action, &effects);
        for (rule, _) in &effects {
            prop_assert!(
                rule.versions().contains(semantics.profile),
                "{} is not a rule of {}",
                rule,
                semantics.profile
            );
            *seen.rules.entry(*rule).or_default() += 1;
        }
        seen.over_released |= kernel.ports().iter().any(|(_, p)| p.active > p.concurrency);
        round_trips(&kernel)?;
    }
    prop_assert!(ledger.balances(&kernel), "conservation: {:?}\n{:#?}", ledger, kernel);
    Ok(seen)
}

/// First in, first out: what leaves a port is what stood at its head.
/// And the queues afterwards are what the effects made of them.
fn order_holds(
    before: &Kernel,
    effects: &[(Rule, Effect)],
    after: &Kernel,
) -> Result<(), TestCaseError> {
    let mut queues: HashMap<PortId, Vec<Packet>> = before
        .ports()
        .iter()
        .map(|(id, port)| (id, port.packets.iter().copied().collect()))
        .collect();
    for (rule, effect) in effects {
        match effect {
            Effect::Queued { port, packet } => queues.entry(*port).or_default().push(*packet),
            Effect::Removed { port, packet, .. } => {
                let queue = queues.entry(*port).or_default();
                prop_assert_eq!(queue.first(), Some(packet), "the oldest packet leaves first");
                queue.remove(0);
            }
            // A released waiter gets the head, or a new packet that found the queue empty or
            // (over the limit before) all older packets gone.
            Effect::Released { port, packet, .. } => {
                let queue = queues.entry(*port).or_default();
                if queue.first() == Some(packet) {
                    queue.remove(0);
                } else {
                    prop_assert!(queue.is_empty(), "{} overtakes the queue", rule);
                }
            }
            Effect::Discarded { port, packet } => {
                let queue = queues.entry(*port).or_default();
                let place = queue.iter().position(|p| p == packet);
                prop_assert!(place.is_some(), "only a queued packet is discarded");
                queue.remove(place.unwrap_or(0));
            }
            _ => {}
        }
    }
    for (id, port) in after.ports().iter() {
        let expected = queues.remove(&id).unwrap_or_default();
        prop_assert_eq!(Vec::from(port.packets.clone()), expected, "the queue of {}", id);
    }
    prop_assert!(queues.values().all(Vec::is_empty), "a port took packets with it");
    Ok(())
}

/// Bytes, JSON and restoring all give the same state, and equal states equal fingerprints.
fn round_trips(kernel: &Kernel) -> Result<(), TestCaseError> {
    let mut bytes = Vec::new();
    kernel.encode(&mut bytes);
    let mut rest = &bytes[..];
    let back = Kernel::decode(&mut rest);
    prop_assert_eq!(back.as_ref(), Some(kernel), "the bytes rebuild the state");
    prop_assert!(rest.is_empty(), "and nothing is left of them");
    prop_assert_eq!(back.map(|k| k.fingerprint()), Some(kernel.fingerprint()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_invariants_hold(
        semantics in any_profile(),
        actions in prop::collection::vec(any_action(), 1..60),
    ) {
        run(semantics, actions)?;
    }

    #[test]
    fn states_survive_json(actions in prop::collection::vec(any_action(), 1..40)) {
        let mut kernel = stage(Semantics::default());
        for action in actions {
            let _ = kernel.apply(action, &mut ());
        }
        let json = serde_json::to_string(&kernel).expect("states serialise");
        let back: Kernel = serde_json::from_str(&json).expect("and come back");
        prop_assert_eq!(back, kernel);
    }

    #[test]
    fn restoring_undoes_whatever_was_applied(
        first in prop::collection::vec(any_action(), 0..40),
        then in prop::collection::vec(any_action(), 1..6),
    ) {
        let mut kernel = stage(Semantics::default());
        for action in first {
            let _ = kernel.apply(action, &mut ());
        }
        let mut scratch = kernel.clone();
        for action in then {
            let _ = scratch.apply(action, &mut ());
        }
        scratch.restore(&kernel);
        prop_assert_eq!(&scratch, &kernel);
    }

    #[test]
    fn under_other_names_everything_happens_alike(
        rotation in 0..4u16,
        numbers in 0..3u16,
        actions in prop::collection::vec(any_action(), 1..60),
    ) {
        let names = Rotated { threads: rotation, numbers };
        let mut kernel = stage(Semantics::default());
        let mut other = kernel.clone();
        other.rename(&names);
        for action in actions {
            let renamed = names.action(&action);
            let outcome = kernel.apply(action, &mut ()).is_ok();
            prop_assert_eq!(other.apply(renamed, &mut ()).is_ok(), outcome);
            let mut expected = kernel.clone();
            expected.rename(&names);
            prop_assert_eq!(&other, &expected);
        }
    }

    #[test]
    fn any_bytes_decode_to_a_state_or_to_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Kernel::decode(&mut &bytes[..]);
    }

    #[test]
    fn deviating_kernels_lose_no_packet_and_never_panic(
        deviations in prop::collection::vec(proptest::sample::select(Deviation::ALL), 0..5),
        actions in prop::collection::vec(any_action(), 1..60),
    ) {
        let semantics = deviations.iter().fold(Semantics::default(), |s, d| s.with(*d));
        let mut kernel = stage(semantics);
        for action in actions {
            let _ = kernel.apply(action, &mut ());
            round_trips(&kernel)?;
        }
    }
}

/// The properties are not vacuous: random programs reach what they are about.
#[test]
fn random_programs_reach_the_rules_that_matter() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let programs = prop::collection::vec(any_action(), 60);
    let mut rare: HashSet<Rule> = [
        Rule::HandOff,
        Rule::ReleaseLifo,
        Rule::ConcurrencyLimit,
        Rule::NewRemoveWaitsAtLimit,
        Rule::BlockReleasesSlot,
        Rule::UnblockCounts,
        Rule::LeavingPortReleases,
        Rule::TimeoutKeepsSlot,
        Rule::CloseAbandonsWaiters,
        Rule::LastReferenceFreesPackets,
        Rule::ExitReleasesSlot,
        Rule::ApcBeforePacket,
        Rule::CompletionPacket,
        Rule::LowBitNoPacket,
        Rule::SkipOnSuccess,
        Rule::StatusBlockDeferred,
        Rule::PostMayFail,
    ]
    .into();
    let mut over_released = false;
    // Which programs come is fixed; how many are needed moves with every change of the strategy.
    for _ in 0..6000 {
        let actions = programs.new_tree(&mut runner).expect("a program").current();
        let seen = run(Semantics::default(), actions).expect("the invariants hold");
        over_released |= seen.over_released;
        rare.retain(|rule| !seen.rules.contains_key(rule));
        if over_released && rare.is_empty() {
            return;
        }
    }
    panic!("over the limit: {over_released}; rules that no program reached: {rare:?}");
}

#[test]
fn a_thread_that_another_waits_for_survives_its_bytes() {
    let mut w = World::new(Profile::default());
    let [awaited, waiter] = w.threads();
    let duplicate = Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: Handle::CURRENT_THREAD,
        target_process: Handle::CURRENT_PROCESS,
        access: None,
        inherit: false,
        close_source: false,
    };
    let handle = w.handle(awaited, duplicate);
    let wait = Call::WaitForSingleObject { handle, timeout: Timeout::Infinite };
    assert_eq!(w.call(waiter, wait), WAITS);
    round_trips(&w.kernel).expect("the bytes rebuild the state");
}
