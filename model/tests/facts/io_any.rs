//! Any call with any arguments, and anything from outside, over small kernels of every version:
//! no panic, no change by what is refused, and operations whose bookkeeping holds.

pub(crate) mod calls;
pub(crate) mod stage;

use std::collections::BTreeMap;

use iocp_model::ke::thread::{Run, WaitOn, Waiting};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::io_stage::*;
use calls::{any_action, any_semantics};
use stage::stage;

/// What must hold of operations in any state.
fn broken_bookkeeping(kernel: &Kernel) -> Option<String> {
    let mut orders: BTreeMap<FileId, Vec<u32>> = BTreeMap::new();
    for (id, irp) in kernel.irps().iter() {
        let r = &irp.request;
        if kernel.file(r.file).is_none() || r.other.is_some_and(|f| kernel.file(f).is_none()) {
            return Some(format!("{id} names a file that is gone"));
        }
        if r.event.is_some_and(|event| kernel.event(event).is_none()) {
            return Some(format!("{id} names an event that is gone"));
        }
        if kernel.process(r.process).is_none_or(|process| process.exited) {
            return Some(format!("{id} outlives its process"));
        }
        orders.entry(r.file).or_default().push(irp.order);
    }
    for (file, mut order) in orders {
        order.sort_unstable();
        if order.iter().enumerate().any(|(i, order)| i as u32 != *order) {
            return Some(format!("the operations of {file} are numbered {order:?}"));
        }
    }
    for (id, thread) in kernel.threads().iter() {
        if let Run::Waiting(wait) = &thread.run
            && let Waiting::SyncIo { irp, .. } = wait.call
        {
            let own = kernel.irp(irp).is_some_and(|i| i.request.thread == id);
            if !own || wait.on != WaitOn::Nothing {
                return Some(format!("{id} waits for {irp}, which is not its own"));
            }
        }
    }
    let associated = kernel.files().iter().filter_map(|(_, file)| file.association);
    let mut associated = associated.map(|a| a.port);
    associated.find(|port| kernel.port(*port).is_none()).map(|port| format!("{port} is gone"))
}

/// What must hold of the effects of an action.
fn broken_effects(
    semantics: Semantics,
    after: &Kernel,
    effects: &[(Rule, Effect)],
) -> Option<String> {
    let plain = semantics.deviations().next().is_none();
    for (rule, effect) in effects {
        if plain && !rule.versions().contains(semantics.profile) {
            return Some(format!("{rule} does not hold on {}: {effect:?}", semantics.profile));
        }
        if let Effect::Returned { thread, .. } = effect {
            let run = after.thread(*thread).map(|t| &t.run);
            if !matches!(run, Some(Run::Running)) {
                return Some(format!("{thread} returned, but it is {run:?}"));
            }
        }
    }
    None
}

fn run(semantics: Semantics, actions: &[Action]) -> Result<usize, String> {
    let mut kernel = stage(semantics);
    let mut done = 0;
    for action in actions {
        let before = kernel.clone();
        let stepped = kernel.step(action.clone());
        let mut effects = Vec::new();
        let applied = kernel.apply(action.clone(), &mut effects);
        match (stepped, applied) {
            (Ok(step), Ok(())) => {
                done += 1;
                if step.next != kernel || step.effects != effects {
                    return Err(format!("step and apply disagree on {action:?}"));
                }
            }
            (Err(a), Err(b)) if a == b && effects.is_empty() && before == kernel => {}
            (stepped, applied) => {
                return Err(format!("{action:?}: {:?} {applied:?}", stepped.map(|_| ())));
            }
        }
        let mut bytes = Vec::new();
        kernel.encode(&mut bytes);
        if Kernel::decode(&mut &bytes[..]).as_ref() != Some(&kernel) {
            return Err(format!("bytes do not rebuild the state after {action:?}"));
        }
        let broken =
            broken_bookkeeping(&kernel).or_else(|| broken_effects(semantics, &kernel, &effects));
        if let Some(broken) = broken {
            return Err(format!("{broken}, after {action:?}"));
        }
    }
    Ok(done)
}

#[test]
fn any_program_of_any_calls_runs_without_a_panic_and_what_is_refused_changes_nothing() {
    let cases = std::env::var("IO_ANY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    let programs = (any_semantics(), prop::collection::vec(any_action(), 1..80));
    let result = TestRunner::new(config).run(&programs, |(semantics, actions)| {
        run(semantics, &actions).map(drop).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// Each check above catches the fault that it is there for.
#[test]
fn a_planted_fault_in_the_bookkeeping_of_operations_is_found() {
    let mut io = Io::new(Profile::Win11);
    let file = io.open_synchronous(FileKind::Device);
    let [other] = io.w.threads();
    io.io(pends(op(IoOp::ReadFile, file)));
    assert_eq!(broken_bookkeeping(&io.w.kernel), None);
    let sound = serde_json::to_value(&io.w.kernel).expect("a kernel is JSON");
    let plants: [(&[&str], u64, &str); 4] = [
        (&["request", "file"], 40, "names a file that is gone"),
        (&["request", "event"], 40, "names an event that is gone"),
        (&["order"], 5, "are numbered [5]"),
        (&["request", "thread"], u64::from(other.0), "which is not its own"),
    ];
    for (path, value, expected) in plants {
        let mut broken = sound.clone();
        let irp = &mut broken["irps"][0];
        let field = path.iter().fold(irp, |at, name| &mut at[*name]);
        *field = value.into();
        let kernel = serde_json::from_value(broken).expect("still a kernel");
        let found = broken_bookkeeping(&kernel).unwrap_or_default();
        assert!(found.contains(expected), "{path:?}: {found:?}");
    }
    let returned = |thread| {
        let result = Return { value: Value::Void, last_error: None, out: Out::Nothing };
        [(Rule::CallReturns, Effect::Returned { thread, result })]
    };
    let check = |effects: &[_]| broken_effects(Profile::Win11.into(), &io.w.kernel, effects);
    assert!(check(&returned(io.t)).is_some(), "it waits");
    assert!(check(&returned(other)).is_none());
    let effect = Effect::Blocked { thread: other };
    assert!(check(&[(Rule::WarningSkipsOld, effect)]).is_some(), "a rule of older versions");
}

/// Ids are 16 bits wide; a kernel with a table that is full makes no more objects, and does not
/// panic. What makes none goes on.
#[test]
fn the_sixty_five_thousandth_object_of_any_kind_is_refused() {
    let sound = serde_json::to_value(stage(Semantics::default())).expect("a kernel is JSON");
    let kinds = [
        "ports",
        "threads",
        "processes",
        "files",
        "irps",
        "events",
        "semaphores",
        "mutants",
        "jobs",
        "reserves",
        "wait_packets",
    ];
    for kind in kinds {
        let mut json = sound.clone();
        for (length, full) in [(64_999, false), (65_000, true)] {
            let table = json[kind].as_array_mut().expect("a table is a list");
            table.resize(length, serde_json::Value::Null);
            let kernel: Kernel = serde_json::from_value(json.clone()).expect("still a kernel");
            let step = |call| kernel.step(Action::Call { thread: ThreadId(0), call });
            let makes = step(Call::CreateEvent { manual_reset: true, initial: false });
            let refused = matches!(makes, Err(Refusal::NotModelled(_)));
            assert_eq!(refused, full, "{length} {kind}");
            assert!(step(Call::GetLastError {}).is_ok(), "{length} {kind}");
        }
    }
}

/// The programs above do get somewhere: rules of operations that they reach.
#[test]
fn programs_of_any_calls_reach_the_rules_of_operations() {
    use proptest::strategy::ValueTree;
    let mut runner = TestRunner::deterministic();
    let programs = prop::collection::vec(any_action(), 80);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..600 {
        let actions = programs.new_tree(&mut runner).expect("a program").current();
        let mut kernel = stage(Semantics::default());
        for action in actions {
            let mut effects = Vec::new();
            let _ = kernel.apply(action, &mut effects);
            reached.extend(effects.into_iter().map(|(rule, _)| rule));
        }
    }
    for rule in [
        Rule::AssociationOfFileObject,
        Rule::ErrorAtOnceNoPacket,
        Rule::CompletesLater,
        Rule::ApcRefusedWhenAssociated,
        Rule::SynchronousWaits,
        Rule::CancelIoExRequests,
        Rule::ThreadExitCancels,
        Rule::CloseCancels,
        Rule::CloseCompletesReceive,
        Rule::ProcessExitClosesAll,
        Rule::SkipOnSuccess,
        Rule::StatusBlockDeferred,
    ] {
        assert!(reached.contains(&rule), "no program reached {rule}");
    }
}
