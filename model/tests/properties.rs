//! Random programs of all actions: what must hold whatever happens.
//!
//! The invariants I1-I3 are those of semantics.md A3. Each property here has a planted fault that
//! it catches, in `faults` below: a property that cannot fail says nothing.

mod support;

use std::collections::{HashMap, HashSet};

use iocp_model::ke::dispatcher::Waiter;
use iocp_model::ke::thread::{Run, WaitOn};
use proptest::prelude::*;
use support::*;

/// How many random programs each property tries, and each planted fault has to be found in.
const CASES: u32 = 256;

const THREADS: u16 = 4;
const PORTS: u64 = 2;
/// Handles 4 and 8 are ports, 12 and 16 events, 20 to 36 files.
const HANDLES: u64 = 9;

/// A kernel with something of everything.
fn stage(semantics: Semantics) -> Kernel {
    let mut w = World::new(semantics);
    let [main, _, _, _] = w.threads();
    for concurrency in [1, 2] {
        w.handle(main, create_port(concurrency));
    }
    w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    w.handle(main, Call::CreateEvent { manual_reset: false, initial: false });
    for kind in [FileKind::Disk, FileKind::Device, FileKind::Datagram] {
        w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    }
    w.handle(main, Call::CreateFile { kind: FileKind::Device, overlapped: false, inherit: false });
    let server = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
    w.handle(main, Call::OpenNamedPipe { server, overlapped: true });
    w.kernel
}

fn any_timeout() -> impl Strategy<Value = Timeout> {
    prop_oneof![
        4 => Just(Timeout::Zero),
        4 => Just(Timeout::Finite(1000)),
        1 => Just(Timeout::Infinite),
    ]
}

fn any_port() -> impl Strategy<Value = Handle> {
    (1..=PORTS).prop_map(|n| Handle(4 * n))
}

fn any_handle() -> impl Strategy<Value = Handle> {
    prop_oneof![
        8 => (1..=HANDLES + 1).prop_map(|n| Handle(4 * n)),
        1 => any::<u64>().prop_map(Handle),
    ]
}

fn any_file() -> impl Strategy<Value = Handle> {
    (5..=HANDLES).prop_map(|n| Handle(4 * n))
}

fn any_status() -> impl Strategy<Value = NtStatus> {
    const SOME: &[u32] = &[0, 0x102, 0x4000_0000, 0x8000_0005, 0xC000_0011, 0xC000_0120];
    proptest::sample::select(SOME).prop_map(NtStatus)
}

fn any_io() -> impl Strategy<Value = Call> {
    const OPS: &[IoOp] = &[
        IoOp::ReadFile,
        IoOp::WriteFile,
        IoOp::DeviceIoControl,
        IoOp::NtReadFile,
        IoOp::WSARecv,
        IoOp::ReadFileEx,
    ];
    let reply = prop_oneof![
        Just(Reply::Driver),
        Just(Reply::Pending),
        (any_status(), 0..9u64)
            .prop_map(|(status, information)| Reply::Done { status, information }),
    ];
    let event = prop_oneof![Just(0), Just(1), Just(12), Just(13), Just(16)].prop_map(Handle);
    (proptest::sample::select(OPS), any_file(), 0..3u16, event, reply, any::<bool>()).prop_map(
        |(op, file, number, event, reply, none)| {
            let overlapped = OverlappedArg { at: Overlapped::numbered(number), event };
            let notify = match (none, op) {
                (_, IoOp::ReadFileEx) => Notify::Routine { overlapped, routine: 1 },
                (_, IoOp::NtReadFile) => Notify::Native {
                    event,
                    routine: none.then_some(2),
                    context: u64::from(number) % 2 * overlapped.at.0,
                    status_block: overlapped.at,
                },
                (true, _) => Notify::Nothing,
                _ => Notify::Overlapped(overlapped),
            };
            let other = Handle::NULL;
            Call::Io(IoCall { op, file, length: 4, other, notify, reply })
        },
    )
}

fn any_call() -> impl Strategy<Value = Call> {
    let key = 0..4u64;
    prop_oneof![
        6 => (any_port(), key.clone()).prop_map(|(port, key)| {
            Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped: Overlapped::NULL }
        }),
        6 => (any_port(), any_timeout())
            .prop_map(|(port, timeout)| Call::GetQueuedCompletionStatus { port, timeout }),
        3 => (any_port(), 0..4u32, any_timeout(), any::<bool>()).prop_map(
            |(port, count, timeout, alertable)| Call::GetQueuedCompletionStatusEx {
                port, count, timeout, alertable
            }
        ),
        2 => (any_handle(), any_timeout())
            .prop_map(|(handle, timeout)| Call::WaitForSingleObject { handle, timeout }),
        1 => (any_timeout(), any::<bool>())
            .prop_map(|(timeout, alertable)| Call::SleepEx { timeout, alertable }),
        2 => any_handle().prop_map(|event| Call::SetEvent { event }),
        1 => any_handle().prop_map(|handle| Call::CloseHandle { handle }),
        3 => (any_file(), any_port(), key).prop_map(|(file, existing_port, key)| {
            Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 }
        }),
        2 => (any_file(), 0..4u32)
            .prop_map(|(file, flags)| Call::SetFileCompletionNotificationModes { file, flags }),
        6 => any_io(),
        1 => any_handle().prop_map(|file| Call::CancelIo { file }),
        1 => any_handle()
            .prop_map(|file| Call::CancelIoEx { file, overlapped: Overlapped::NULL }),
        1 => Just(Call::QueueUserAPC { thread: Handle::CURRENT_THREAD, routine: 1 }),
        1 => Just(Call::ExitThread {}),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let thread = || (0..THREADS).prop_map(ThreadId);
    prop_oneof![
        20 => (thread(), any_call()).prop_map(|(thread, call)| Action::Call { thread, call }),
        1 => (thread(), any_call()).prop_map(|(thread, call)| {
            let status = NtStatus::INSUFFICIENT_RESOURCES;
            Action::Exhausted { thread, call: Box::new(call), status }
        }),
        8 => thread().prop_map(|thread| Action::Expire { thread }),
        2 => thread().prop_map(|thread| Action::Block { thread }),
        6 => thread().prop_map(|thread| Action::Unblock { thread }),
        2 => (0..3u16, any_status(), 0..9u64).prop_map(|(irp, status, information)| {
            Action::Complete { irp: IrpId(irp), status, information }
        }),
        1 => (0..3u16).prop_map(|irp| Action::FinishCancel { irp: IrpId(irp) }),
        1 => (0..6u16, 1..9u32).prop_map(|(file, bytes)| {
            Action::Arrive { file: FileId(file), what: Arrival::Data(bytes) }
        }),
        1 => thread().prop_map(|thread| Action::Retry { thread }),
    ]
}

fn any_profile() -> impl Strategy<Value = Semantics> {
    proptest::sample::select(&Profile::ALL[..]).prop_map(Semantics::from)
}

/// Packets as the programs see them: what they put in, and what their calls gave back.
#[derive(Default, Debug)]
struct Ledger {
    posted: usize,
    completed: usize,
    delivered: usize,
    discarded: usize,
}

impl Ledger {
    /// Conservation: no packet is lost and none comes out of nothing.
    fn balances(&self, kernel: &Kernel) -> bool {
        let queued: usize = kernel.ports().iter().map(|(_, p)| p.packets.len()).sum();
        self.posted + self.completed == self.delivered + queued + self.discarded
    }

    fn count(&mut self, action: &Action, effects: &[(Rule, Effect)]) {
        let is_post =
            matches!(action, Action::Call { call: Call::PostQueuedCompletionStatus { .. }, .. });
        for (rule, effect) in effects {
            match effect {
                Effect::Returned { result, .. } => match &result.out {
                    Out::Packet { key: Some(_), .. } | Out::Removed(_) => self.delivered += 1,
                    Out::Entries { entries, .. } => self.delivered += entries.len(),
                    _ if is_post && result.value == Value::Bool(true) => self.posted += 1,
                    _ => {}
                },
                Effect::Discarded { .. } => self.discarded += 1,
                // A completion made a packet: it was queued, or it was handed over unqueued.
                Effect::Queued { packet, .. } => self.completed += from_io(packet),
                Effect::Released { packet, .. }
                    if *rule != Rule::BlockReleasesSlot
                        && *rule != Rule::LeavingPortReleases
                        && *rule != Rule::ExitReleasesSlot =>
                {
                    self.completed += from_io(packet)
                }
                _ => {}
            }
        }
    }
}

fn from_io(packet: &Packet) -> usize {
    usize::from(matches!(packet.origin, Origin::Completion | Origin::CompletionDeferred(_)))
}

/// Everything that must hold of a state between actions. Gives what does not, in a sentence.
fn broken_invariant(kernel: &Kernel) -> Option<String> {
    for (id, port) in kernel.ports().iter() {
        let waits = port.stack().next().is_some();
        if !port.packets.is_empty() && waits && port.active < port.concurrency {
            return Some(format!("I1: {id} has a packet, a waiter and a free slot"));
        }
        let running = kernel
            .threads()
            .iter()
            .filter(|(_, t)| t.attached == Some(id) && t.is_active())
            .count();
        if port.active as usize != running {
            return Some(format!("I2: {id} counts {}, {running} run", port.active));
        }
        for (place, waiter) in port.waiters.iter().enumerate() {
            if port.waiters[..place].contains(waiter) {
                return Some(format!("{waiter:?} waits twice at {id}"));
            }
            if let Waiter::Remover(thread) = waiter
                && kernel.thread(*thread).is_none_or(|t| t.is_active())
            {
                return Some(format!("{thread} runs and yet waits at {id}"));
            }
        }
    }
    unreferenced(kernel).or_else(|| dangling(kernel)).or_else(|| slept_through(kernel))
}

/// Reference counts: an object that is there has a handle or somebody else who keeps it.
fn unreferenced(kernel: &Kernel) -> Option<String> {
    let objects = (kernel.ports().ids().map(Object::Port))
        .chain(kernel.files().ids().map(Object::File))
        .chain(kernel.events().ids().map(Object::Event))
        .chain(kernel.semaphores().ids().map(Object::Semaphore))
        .chain(kernel.mutants().ids().map(Object::Mutant))
        .chain(kernel.jobs().ids().map(Object::Job))
        .chain(kernel.reserves().ids().map(Object::Reserve))
        .chain(kernel.wait_packets().ids().map(Object::WaitPacket));
    let mut lost = objects.filter(|object| kernel.references(*object).is_empty());
    lost.next().map(|object| format!("{object} lives without a reference"))
}

fn lives(kernel: &Kernel, object: Object) -> bool {
    match object {
        Object::Port(id) => kernel.port(id).is_some(),
        Object::File(id) => kernel.file(id).is_some(),
        Object::Event(id) => kernel.event(id).is_some(),
        Object::Semaphore(id) => kernel.semaphore(id).is_some(),
        Object::Mutant(id) => kernel.mutant(id).is_some(),
        Object::Job(id) => kernel.job(id).is_some(),
        Object::Reserve(id) => kernel.reserve(id).is_some(),
        Object::WaitPacket(id) => kernel.wait_packet(id).is_some(),
        Object::Thread(id) => kernel.thread(id).is_some(),
        Object::Process(id) => kernel.process(id).is_some(),
    }
}

/// And the other way round: whatever refers to an object finds it.
fn dangling(kernel: &Kernel) -> Option<String> {
    let handles = kernel.processes().iter().flat_map(|(_, process)| &process.handles);
    let named = handles.flatten().map(|entry| ("a handle", entry.object));
    let tied = kernel.files().iter().filter_map(|(_, file)| file.association);
    let tied = tied.map(|tie| ("an association", Object::Port(tie.port)));
    let used = kernel.irps().iter().map(|(_, irp)| Object::File(irp.request.file));
    let used = used.map(|file| ("an operation", file));
    let mut gone = named.chain(tied).chain(used).filter(|(_, object)| !lives(kernel, *object));
    if let Some((what, object)) = gone.next() {
        return Some(format!("{what} names {object}, which is gone"));
    }
    for (id, thread) in kernel.threads().iter() {
        if let Some(port) = thread.attached
            && kernel.port(port).is_none()
        {
            return Some(format!("{id} is attached to {port}, which is gone"));
        }
    }
    None
}

/// No lost wake-up: nobody waits for what is there. (Packets and removers are I1.)
fn slept_through(kernel: &Kernel) -> Option<String> {
    for (id, thread) in kernel.threads().iter() {
        let Run::Waiting(wait) = &thread.run else { continue };
        let there = |object: &Object| match *object {
            Object::Port(port) => kernel.port(port).is_some_and(|p| p.depth() > 0),
            Object::Event(event) => kernel.event(event).is_some_and(|e| e.signaled),
            Object::Semaphore(s) => kernel.semaphore(s).is_some_and(|s| s.count > 0),
            Object::Mutant(m) => kernel.mutant(m).is_some_and(|m| m.owner.is_none()),
            Object::File(file) => kernel.file(file).is_some_and(|f| f.signaled),
            Object::Thread(other) => {
                kernel.thread(other).is_some_and(|t| matches!(t.run, Run::Exited))
            }
            Object::Process(process) => kernel.process(process).is_some_and(|p| p.exited),
            Object::Job(_) | Object::Reserve(_) | Object::WaitPacket(_) => false,
        };
        let missed = match &wait.on {
            WaitOn::One(object) => there(object),
            WaitOn::Any(objects) => objects.iter().any(there),
            WaitOn::All(objects) => objects.iter().all(there),
            WaitOn::Port { .. } | WaitOn::Nothing => false,
        };
        if missed && thread.suspended == 0 {
            return Some(format!("{id} sleeps through what it waits for"));
        }
    }
    None
}

/// I3: what a program can ask about a port, its depth and whether its handle is signaled, is how
/// many packets are queued.
fn wrong_answer(kernel: &Kernel) -> Option<String> {
    let (thread, _) =
        kernel.threads().iter().find(|(_, t)| t.is_active() && t.process == ProcessId(0))?;
    for port in (1..=PORTS).map(|n| Handle(4 * n)) {
        let Some(Object::Port(id)) = kernel.resolve(ProcessId(0), port) else { continue };
        let depth = kernel.port(id)?.packets.len() as u32;
        let ask = |call| {
            let step = kernel.step(Action::Call { thread, call }).ok()?;
            step.effects.into_iter().rev().find_map(|(_, effect)| match effect {
                Effect::Returned { thread: who, result } if who == thread => Some(result),
                _ => None,
            })
        };
        let query = ask(Call::NtQueryIoCompletion { port, class: 0, length: 4 })?;
        let (timeout, alertable) = (Timeout::Zero, false);
        let wait = ask(Call::NtWaitForSingleObject { handle: port, timeout, alertable })?;
        if let Some(lie) = contradicts(depth, &query, &wait) {
            return Some(format!("I3: {id}: {lie}"));
        }
    }
    None
}

/// Answers to a query and to a poll of the handle that are not those of a port with so many
/// packets.
fn contradicts(depth: u32, query: &Return, wait: &Return) -> Option<String> {
    let signaled = wait.value == Value::Status(NtStatus::SUCCESS);
    let lies = query.out != Out::Depth(depth) || signaled != (depth > 0);
    lies.then(|| format!("{depth} packets, and it says {query:?}, {wait:?}"))
}

/// What a run shows, for the properties and for their witnesses.
#[derive(Default, Debug)]
struct Seen {
    rules: HashMap<Rule, usize>,
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

/// Threads and OVERLAPPEDs under the next name but so many.
struct Rotated {
    threads: u16,
    numbers: u16,
}

impl iocp_model::rename::Renaming for Rotated {
    fn thread(&self, thread: ThreadId) -> ThreadId {
        ThreadId((thread.0 + self.threads) % THREADS)
    }
    fn overlapped(&self, at: Overlapped) -> Overlapped {
        match at.number() {
            Some(n) if n < 3 => Overlapped::numbered((n + self.numbers) % 3),
            _ => at,
        }
    }
}

impl Rotated {
    fn action(&self, action: &Action) -> Action {
        use iocp_model::rename::Renaming;
        let mut action = action.clone();
        match &mut action {
            Action::Call { thread, call } => {
                *thread = self.thread(*thread);
                if let Call::Io(io) = call {
                    match &mut io.notify {
                        Notify::Overlapped(o) | Notify::Routine { overlapped: o, .. } => {
                            o.at = self.overlapped(o.at);
                        }
                        Notify::Native { context, status_block, .. } => {
                            *context = self.overlapped(Overlapped(*context)).0;
                            *status_block = self.overlapped(*status_block);
                        }
                        Notify::Nothing => {}
                    }
                }
            }
            Action::Exhausted { thread, .. }
            | Action::Expire { thread }
            | Action::Block { thread }
            | Action::Unblock { thread }
            | Action::Retry { thread } => *thread = self.thread(*thread),
            _ => {}
        }
        action
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

/// Each property catches the fault that it is there for: a kernel that deviates in just that way.
#[test]
fn every_property_catches_its_fault() {
    use proptest::test_runner::{Config, TestRunner};
    for (deviation, expected) in [
        (Deviation::ConcurrencyIgnored, &[][..]),
        (Deviation::BlockKeepsSlot, &["I2"]),
        // Two sides of the same fault: which comes first is chance.
        (Deviation::PacketsLifo, &["oldest packet leaves first", "the queue of"]),
        (Deviation::HandOffWakeAndRetry, &["I1"]),
    ] {
        // As many cases as the property itself runs.
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        });
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
