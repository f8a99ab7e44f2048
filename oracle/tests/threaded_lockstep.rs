//! The threaded port in lockstep: it does what the model does, and each of its seeded faults that
//! needs no race to show is found. Races are for `threaded_loom`.

use iocp_model::Profile;
use iocp_oracle::driver::{Conductor, Implementation, Limits, Program, Said};
use iocp_oracle::suite::{Reference, Size, Standing, compare, generate, observe, programs, tour};
use iocp_oracle::threaded::{Seeded, ThreadedDriver};
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

/// The faults of files, which this driver has none of: for `threaded_files`.
const FILES: [Seeded; 2] = [Seeded::LowBitIgnored, Seeded::AssociatesAnyway];

/// What is committed: fault, means, and after how many cases. Made anew with `IOCP_BLESS=1`.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/faults-lockstep.txt");

#[test]
fn every_seeded_fault_that_needs_no_race_is_caught_in_lockstep() {
    let suite = supported();
    let mut table = String::new();
    let mut missed = Vec::new();
    let elsewhere = |fault: &Seeded| RACES.contains(fault) || FILES.contains(fault);
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
