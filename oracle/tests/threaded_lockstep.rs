//! The threaded port in lockstep: it does what the model does, and each of its seeded faults that
//! needs no race to show is found. Races are for `threaded_loom`.

use iocp_model::{
    Action, Call, Effect, FileKind, Handle, IoCall, IoOp, Kernel, Notify, NtStatus, Out,
    Overlapped, OverlappedArg, ProcessId, Profile, Reply, Rule, Value,
};
use iocp_oracle::driver::{Conductor, Implementation, Limits, Program, Said};
use iocp_oracle::suite::{Reference, Size, Standing, compare, generate, observe, programs, tour};
use iocp_oracle::threaded::{Ports, Seeded, ThreadedDriver};
use std::time::Duration;

/// Short, because a fault may leave a thread where it neither returns nor waits.
const LIMITS: Limits = Limits { case: Duration::from_secs(10), settle: Duration::from_millis(300) };
const SIZE: Size = Size { workers: 3, ports: 2, steps: 30 };
/// How many random programs a fault may take to show.
const SEEDS: u64 = 300;

/// What is wrong with a run, if anything is: a difference from the model, a fault of the driver, a
/// thread that neither returns nor waits.
fn wrong(driver: &mut ThreadedDriver, program: &Program) -> Option<String> {
    let conversation = Conductor::run(driver, program, LIMITS);
    let lost =
        conversation.said.iter().any(|said| matches!(said, Said::Settled { sure: false, .. }));
    if lost {
        return Some("a thread neither returns nor waits".to_owned());
    }
    if let Some(fault) = conversation.fault {
        return Some(fault.to_string());
    }
    compare(program, &conversation, Reference::Windows).first().map(ToString::to_string)
}

/// The programs of the suite that the threaded port can run.
fn supported() -> Vec<Program> {
    let mut driver = ThreadedDriver::new(None);
    let ops = driver.reset().expect("it starts").ops;
    programs()
        .into_iter()
        .filter(|program| {
            let can = |op: &String| ops.contains(op);
            program.calls().all(|call| can(&call.op))
        })
        .filter(|program| {
            let conversation = Conductor::run(&mut driver, program, LIMITS);
            let hello = driver.hello();
            let seen = observe(program, &conversation, &hello, Reference::Windows);
            seen.standing != Standing::NotSupported
        })
        .collect()
}

#[test]
fn the_threaded_port_conforms_in_every_program_that_it_supports() {
    let programs = supported();
    let mut driver = ThreadedDriver::new(None);
    for program in &programs {
        assert_eq!(wrong(&mut driver, program), None, "{}", program.name);
    }
    assert!(programs.len() >= 25, "only {} programs", programs.len());
}

#[test]
fn the_threaded_port_does_what_the_model_does_in_random_programs() {
    let mut driver = ThreadedDriver::new(None);
    for seed in 0..SEEDS {
        let program = generate(seed, SIZE, Profile::Win11);
        assert_eq!(wrong(&mut driver, &program), None, "seed {seed}");
    }
}

#[test]
fn the_threaded_port_takes_every_transition_of_a_small_port_as_the_model_does() {
    let mut driver = ThreadedDriver::new(None);
    for program in &tour(1, 2, 1, 40).programs {
        assert_eq!(wrong(&mut driver, program), None, "{}", program.name);
    }
}

/// The faults that only a race shows, or a port that outlives its name.
const RACES: [Seeded; 5] = [
    Seeded::ClosedPortTakesPosts,
    Seeded::TimeoutBeatsPacket,
    Seeded::LooksThenParks,
    Seeded::CountsThenHandsOff,
    Seeded::RingsOutOfTurn,
];

/// What is committed: fault, means, and after how many cases. Made anew with `IOCP_BLESS=1`.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/faults-lockstep.txt");

#[test]
fn every_seeded_fault_that_needs_no_race_is_caught_in_lockstep() {
    let suite = supported();
    let mut table = String::new();
    let mut missed = Vec::new();
    let elsewhere = |fault: &Seeded| RACES.contains(fault) || *fault == Seeded::LowBitIgnored;
    for &fault in Seeded::ALL.iter().filter(|fault| !elsewhere(fault)) {
        let mut driver = ThreadedDriver::new(Some(fault));
        let mut caught = |programs: &mut dyn Iterator<Item = Program>| {
            let mut number = 0;
            for program in programs {
                number += 1;
                if let Some(seen) = wrong(&mut driver, &program) {
                    println!("{}: {}: {seen}", fault.name(), program.name);
                    return Some(number);
                }
            }
            None::<u32>
        };
        let by_suite = caught(&mut suite.iter().cloned());
        let by_random = caught(&mut (0..SEEDS).map(|seed| generate(seed, SIZE, Profile::Win11)));
        let show = |case: Option<u32>| case.map_or("-".to_owned(), |case| case.to_string());
        let (suite, random) = (show(by_suite), show(by_random));
        table.push_str(&format!("{:24} suite {suite:>3}  random {random:>3}\n", fault.name()));
        if by_suite.or(by_random).is_none() {
            missed.push(fault.name());
        }
    }
    assert!(missed.is_empty(), "nobody notices {missed:?}\n{table}");
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(TABLE, &table).expect("the table can be written");
    }
    let committed = std::fs::read_to_string(TABLE).expect("the table is part of the crate");
    assert_eq!(table, committed);
}

/// What the model says of an operation that succeeds at once on an associated file: how many
/// packets it queues.
fn packets_by_the_model(event_low_bit: bool) -> u32 {
    let mut kernel = Kernel::new(Profile::Win11, 1);
    let thread = kernel.create_thread(ProcessId(0));
    let mut call = |call: Call| {
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        kernel.apply(Action::Call { thread, call }, &mut effects).expect("the thread runs");
        effects.into_iter().find_map(|(_, effect)| match effect {
            Effect::Returned { result, .. } => Some(result),
            _ => None,
        })
    };
    let mut handle = |made: Call| match call(made).expect("it returns").value {
        Value::Handle(handle) => handle,
        other => panic!("no handle: {other:?}"),
    };
    let create = |file, existing_port, key| Call::CreateIoCompletionPort {
        file,
        existing_port,
        key,
        concurrency: 1,
    };
    let port = handle(create(Handle::INVALID, Handle::NULL, 0));
    let file =
        handle(Call::CreateFile { kind: FileKind::Device, overlapped: true, inherit: false });
    handle(create(file, port, 9));
    let event = handle(Call::CreateEvent { manual_reset: true, initial: false });
    let event = Handle(event.0 | u64::from(event_low_bit));
    call(Call::Io(IoCall {
        op: IoOp::WriteFile,
        file,
        length: 3,
        other: Handle::NULL,
        notify: Notify::Overlapped(OverlappedArg { at: Overlapped::numbered(1), event }),
        reply: Reply::Done { status: NtStatus::SUCCESS, information: 3 },
    }));
    match call(Call::NtQueryIoCompletion { port, class: 0, length: 4 }).expect("it returns").out {
        Out::Depth(depth) => depth,
        other => panic!("no depth: {other:?}"),
    }
}

fn packets_by_the_port(seeded: Option<Seeded>, event_low_bit: bool) -> u32 {
    let ports: Ports = Ports::recording(seeded);
    let port = ports.port(1);
    let event = Handle(4 | u64::from(event_low_bit));
    port.associate(9)
        .complete(Overlapped::numbered(1), event, NtStatus::SUCCESS, 3)
        .expect("the port is open");
    port.depth()
}

#[test]
fn the_low_bit_of_the_event_asks_for_no_packet_and_the_fault_that_ignores_it_is_caught() {
    for low_bit in [false, true] {
        assert_eq!(packets_by_the_port(None, low_bit), packets_by_the_model(low_bit));
    }
    let faulty = packets_by_the_port(Some(Seeded::LowBitIgnored), true);
    assert_ne!(faulty, packets_by_the_model(true));
}
