//! The files of the threaded port do what those of the model do, in random programs that shrink:
//! files are opened, associated (rightly and wrongly), and their operations end.

use std::cell::Cell;

use iocp_model::{
    Action, Call, Effect, FileKind, Handle, IoCall, IoOp, Kernel, Notify, NtStatus, Out,
    Overlapped, OverlappedArg, ProcessId, Profile, Reply, Return, Rule, ThreadId, Timeout, Value,
};
use iocp_oracle::threaded::{File, Port, Ports, Seeded, StdLocks, Worker};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use std::time::Duration;

/// One step. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    Open {
        overlapped: bool,
    },
    Associate {
        file: usize,
        port: usize,
        key: u64,
    },
    /// An operation succeeds at once.
    Complete {
        file: usize,
        low_bit: bool,
        bytes: u32,
    },
    /// A poll.
    Remove {
        port: usize,
    },
    Depth {
        port: usize,
    },
}

const PORTS: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|overlapped| Step::Open { overlapped }),
        (0..4_usize, 0..PORTS, 1..9_u64).prop_map(|(file, port, key)| Step::Associate {
            file,
            port,
            key
        }),
        (0..4_usize, any::<bool>(), 1..9_u32).prop_map(|(file, low_bit, bytes)| Step::Complete {
            file,
            low_bit,
            bytes
        }),
        (0..PORTS).prop_map(|port| Step::Remove { port }),
        (0..PORTS).prop_map(|port| Step::Depth { port }),
    ]
}

/// What a step gives: whether it succeeds, a packet (key, OVERLAPPED, bytes), a depth.
type Told = (bool, Option<(u64, u64, u64)>, u32);

/// The model's side.
struct Model {
    kernel: Kernel,
    thread: ThreadId,
    ports: Vec<Handle>,
    files: Vec<Handle>,
    event: Handle,
    count: u64,
}

impl Model {
    fn new() -> Model {
        let mut kernel = Kernel::new(Profile::Win11, 1);
        let thread = kernel.create_thread(ProcessId(0));
        let (ports, files) = (Vec::new(), Vec::new());
        let mut model = Model { kernel, thread, ports, files, event: Handle::NULL, count: 0 };
        for _ in 0..PORTS {
            let made = model.associate(Handle::INVALID, Handle::NULL, 0);
            model.ports.push(handle(&made));
        }
        let event = model.call(Call::CreateEvent { manual_reset: true, initial: false });
        model.event = handle(&event);
        model
    }

    fn call(&mut self, call: Call) -> Return {
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        let thread = self.thread;
        self.kernel.apply(Action::Call { thread, call }, &mut effects).expect("the thread runs");
        let returned = effects.into_iter().find_map(|(_, effect)| match effect {
            Effect::Returned { result, .. } => Some(result),
            _ => None,
        });
        returned.expect("nothing here waits")
    }

    fn associate(&mut self, file: Handle, existing_port: Handle, key: u64) -> Return {
        self.call(Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 1 })
    }

    fn step(&mut self, step: &Step) -> Told {
        let files = self.files.len().max(1);
        match *step {
            Step::Open { overlapped } => {
                let kind = FileKind::Device;
                let made = self.call(Call::CreateFile { kind, overlapped, inherit: false });
                self.files.push(handle(&made));
                (true, None, 0)
            }
            Step::Associate { file, port, key } => {
                let Some(&file) = self.files.get(file % files) else { return (false, None, 0) };
                let made = self.associate(file, self.ports[port], key);
                (handle(&made) != Handle::NULL, None, 0)
            }
            Step::Complete { file, low_bit, bytes } => {
                let Some(&file) = self.files.get(file % files) else { return (false, None, 0) };
                self.count += 1;
                let at = Overlapped::numbered(self.count as u16);
                let event = Handle(self.event.0 | u64::from(low_bit));
                let information = u64::from(bytes);
                self.call(Call::Io(IoCall {
                    op: IoOp::WriteFile,
                    file,
                    length: bytes,
                    other: Handle::NULL,
                    notify: Notify::Overlapped(OverlappedArg { at, event }),
                    reply: Reply::Done { status: NtStatus::SUCCESS, information },
                }));
                (true, None, 0)
            }
            Step::Remove { port } => {
                let timeout = Timeout::Zero;
                let port = self.ports[port];
                match self.call(Call::NtRemoveIoCompletion { port, timeout }).out {
                    Out::Removed(packet) => {
                        (true, Some((packet.key, packet.overlapped.0, packet.information)), 0)
                    }
                    _ => (false, None, 0),
                }
            }
            Step::Depth { port } => {
                let port = self.ports[port];
                match self.call(Call::NtQueryIoCompletion { port, class: 0, length: 4 }).out {
                    Out::Depth(depth) => (true, None, depth),
                    other => panic!("no depth: {other:?}"),
                }
            }
        }
    }
}

fn handle(result: &Return) -> Handle {
    match result.value {
        Value::Handle(handle) => handle,
        other => panic!("no handle: {other:?}"),
    }
}

/// The port's side.
struct Threaded {
    ports: Ports,
    all: Vec<Port>,
    files: Vec<File<StdLocks>>,
    worker: Worker,
    count: u64,
}

impl Threaded {
    fn new(seeded: Option<Seeded>) -> Threaded {
        let ports: Ports = Ports::recording(seeded);
        let all = (0..PORTS).map(|_| ports.port(1)).collect();
        let worker = ports.worker();
        Threaded { ports, all, files: Vec::new(), worker, count: 0 }
    }

    fn step(&mut self, step: &Step) -> Told {
        let files = self.files.len().max(1);
        match *step {
            Step::Open { overlapped } => {
                self.files.push(self.ports.file(overlapped));
                (true, None, 0)
            }
            Step::Associate { file, port, key } => {
                let Some(file) = self.files.get(file % files) else { return (false, None, 0) };
                (self.all[port].associate(file, key).is_ok(), None, 0)
            }
            Step::Complete { file, low_bit, bytes } => {
                let Some(file) = self.files.get(file % files) else { return (false, None, 0) };
                self.count += 1;
                let at = Overlapped::numbered(self.count as u16);
                let event = Handle(4 | u64::from(low_bit));
                let done = file.complete(at, event, NtStatus::SUCCESS, u64::from(bytes));
                (done.is_ok(), None, 0)
            }
            Step::Remove { port } => {
                match self.worker.remove(&self.all[port], Some(Duration::ZERO)) {
                    Ok(packet) => {
                        (true, Some((packet.key, packet.overlapped.0, packet.information)), 0)
                    }
                    Err(_) => (false, None, 0),
                }
            }
            Step::Depth { port } => (true, None, self.all[port].depth()),
        }
    }
}

/// The first step at which the two tell different things.
fn differs(steps: &[Step], seeded: Option<Seeded>) -> Option<usize> {
    let (mut model, mut threaded) = (Model::new(), Threaded::new(seeded));
    steps.iter().position(|step| model.step(step) != threaded.step(step))
}

/// Random programs until one shows the fault: how many it took, and what it shrinks to.
fn caught(seeded: Seeded) -> Option<(u32, Vec<Step>)> {
    let config = Config { cases: 2000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    // Counts up to the first that fails; what comes after that is shrinking.
    let (count, failed) = (Cell::new(0), Cell::new(false));
    let steps = prop::collection::vec(step(), 1..20);
    let result = runner.run(&steps, |steps| {
        count.set(count.get() + u32::from(!failed.get()));
        let right = differs(&steps, Some(seeded)).is_none();
        failed.set(failed.get() || !right);
        prop_assert!(right);
        Ok(())
    });
    match result {
        Err(TestError::Fail(_, steps)) => Some((count.get(), steps)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(Config { cases: 500, failure_persistence: None, ..Config::default() })]
    #[test]
    fn files_do_what_those_of_the_model_do(steps in prop::collection::vec(step(), 1..30)) {
        prop_assert_eq!(differs(&steps, None), None);
    }
}

/// What is committed: fault, and after how many programs. Made anew with `IOCP_BLESS=1`.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/faults-files.txt");

#[test]
fn every_seeded_fault_of_files_is_caught_and_shrinks_to_a_few_steps() {
    let mut table = String::new();
    for fault in [Seeded::LowBitIgnored, Seeded::AssociatesAnyway] {
        let (count, steps) = caught(fault).unwrap_or_else(|| panic!("{} is missed", fault.name()));
        println!("{}: {steps:?}", fault.name());
        // A file, an association, a completion, a look; a failed association comes before.
        assert!(steps.len() <= 5, "{}: {steps:?}", fault.name());
        let (name, steps) = (fault.name(), steps.len());
        table.push_str(&format!("{name:24} program {count:>3}, shrunk to {steps} steps\n"));
    }
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(TABLE, &table).expect("the table can be written");
    }
    let committed = std::fs::read_to_string(TABLE).expect("the table is part of the crate");
    assert_eq!(table, committed);
}
