//! How soon each seeded fault is found: the harness, and plain `proptest-state-machine` with the
//! same model, the same weights, the same sizes and the same budget of cases.
//!
//! ```sh
//! cargo run --release -p iocp-oracle --features state-machine --example found_faster -- 3 200
//! ```
//!
//! The arguments are the number of seeds and the budget of cases for each; then, if not all faults
//! are meant, the names of those that are; then, after `--seconds`, how long the search of a seed
//! may go on at most. A fault that is not found counts with the whole budget and one, also where
//! the time was up before.

use iocp_oracle::driver::Limits;
use iocp_oracle::harness::machine::{Model, Setting};
use iocp_oracle::harness::{Case, Config, Move, Outcome, World, judge, search};
use iocp_oracle::threaded::{Seeded, ThreadedDriver};
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestCaseError};
use proptest::test_runner::{TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use std::cell::{Cell, RefCell};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What both sides use.
#[derive(Clone, Debug)]
struct Same;

impl Setting for Same {
    fn config() -> Config {
        let limits = Limits { case: Duration::from_secs(10), settle: Duration::from_secs(1) };
        Config { limits, ..Config::default() }
    }
}

/// How one side fared with one fault and one seed.
struct Fared {
    /// The case that failed; `None` if none did.
    case: Option<u64>,
    seconds: f64,
    /// Calls of the shrunk program.
    calls: Option<usize>,
}

/// What a seed may cost.
#[derive(Clone, Copy)]
struct Budget {
    cases: u64,
    /// For the search; as long again for shrinking.
    time: Option<Duration>,
}

fn ours(fault: Seeded, seed: u64, budget: Budget) -> Fared {
    let config = Config { seed, cases: budget.cases, time: budget.time, ..Same::config() };
    let findings = search(&mut ThreadedDriver::new(Some(fault)), &config, &[], &mut |_| true);
    let failure = findings.failure.as_ref();
    Fared {
        case: failure.map(|failure| failure.case),
        seconds: failure.map_or(findings.seconds, |failure| failure.seconds),
        calls: failure.map(|failure| failure.shrunk.calls()),
    }
}

fn case_of(world: &World, moves: Vec<Move>) -> Case {
    Case { ports: world.limits(), workers: world.worker_count(), moves }
}

/// The strategy, the runner and the shrinking of `proptest-state-machine`; the same judge.
fn plain(fault: Seeded, seed: u64, budget: Budget) -> Fared {
    let config = Same::config();
    let begin = Instant::now();
    let found: Cell<Option<(u64, f64)>> = Cell::new(None);
    let cases = Cell::new(0);
    let driver = RefCell::new(ThreadedDriver::new(Some(fault)));
    let options = ProptestConfig {
        cases: budget.cases as u32,
        failure_persistence: None,
        max_shrink_iters: config.shrink_runs,
        ..ProptestConfig::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(options, rng);
    let strategy = Model::<Same>::sequential_strategy(1..=config.moves);
    let result = runner.run(&strategy, |(world, moves, seen)| {
        // The strategy drops the moves that were not made: all were.
        if let Some(seen) = seen {
            seen.fetch_add(moves.len(), Ordering::SeqCst);
        }
        // Every case and every step of shrinking that comes too late holds.
        let times = if found.get().is_some() { 2 } else { 1 };
        if budget.time.is_some_and(|time| begin.elapsed() >= times * time) {
            return Ok(());
        }
        if found.get().is_none() {
            cases.set(cases.get() + 1);
        }
        let case = case_of(&world, moves);
        match judge(&mut *driver.borrow_mut(), &case, &config) {
            Outcome::Violated(violation) => {
                if found.get().is_none() {
                    found.set(Some((cases.get(), begin.elapsed().as_secs_f64())));
                }
                Err(TestCaseError::fail(violation.what))
            }
            _ => Ok(()),
        }
    });
    let calls = match result {
        Err(TestError::Fail(_, (world, moves, _))) => {
            let script = case_of(&world, moves).script(config.semantics);
            Some(script.program.calls().count())
        }
        _ => None,
    };
    let case = found.get().map(|(case, _)| case);
    let seconds = found.get().map_or(begin.elapsed().as_secs_f64(), |(_, seconds)| seconds);
    Fared { case, seconds, calls }
}

/// Found how often, and the means of cases, seconds and calls.
struct Mean {
    found: usize,
    cases: f64,
    seconds: f64,
    calls: Option<f64>,
}

fn mean(fared: &[Fared], budget: u64) -> Mean {
    let n = fared.len() as f64;
    let calls: Vec<f64> = fared.iter().filter_map(|f| f.calls).map(|calls| calls as f64).collect();
    Mean {
        found: fared.iter().filter(|f| f.case.is_some()).count(),
        cases: fared.iter().map(|f| f.case.unwrap_or(budget + 1) as f64).sum::<f64>() / n,
        seconds: fared.iter().map(|f| f.seconds).sum::<f64>() / n,
        calls: (!calls.is_empty()).then(|| calls.iter().sum::<f64>() / calls.len() as f64),
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => numbers[n / 2],
        n => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

/// The arguments.
struct Asked {
    seeds: u64,
    budget: Budget,
    faults: Vec<Seeded>,
}

fn asked(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut numbers, mut faults, mut time) = (Vec::new(), Vec::new(), None);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let seconds = arguments.next().and_then(|n| n.parse().ok());
            time = Some(Duration::from_secs(seconds.ok_or("--seconds takes a number")?));
        } else if let Ok(number) = argument.parse() {
            numbers.push(number);
        } else {
            let fault = Seeded::ALL.iter().find(|fault| fault.name() == argument);
            faults.push(*fault.ok_or_else(|| format!("there is no fault {argument}"))?);
        }
    }
    let (seeds, cases) = match numbers.as_slice() {
        [] => (3, 200),
        [seeds, cases] => (*seeds, *cases),
        _ => return Err("two numbers: seeds, and cases for each".to_owned()),
    };
    if faults.is_empty() {
        faults = Seeded::ALL.to_vec();
    }
    Ok(Asked { seeds, budget: Budget { cases, time }, faults })
}

fn main() -> Result<(), String> {
    let Asked { seeds, budget, faults } = asked(std::env::args().skip(1))?;
    let cases = budget.cases;
    let time = budget.time.map_or(String::new(), |time| format!(" or {time:?}"));
    println!("{seeds} seeds, {cases} cases{time} each; means; not found counts as {}\n", cases + 1);
    println!("| fault | ours: found | cases | s | calls | plain: found | cases | s | calls |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let (mut ratios, mut lengths) = (Vec::new(), Vec::new());
    let (mut ours_found, mut plain_found) = (0, 0);
    for &fault in &faults {
        let run = |side: fn(Seeded, u64, Budget) -> Fared| -> Mean {
            let fared: Vec<Fared> = (0..seeds).map(|seed| side(fault, seed, budget)).collect();
            mean(&fared, cases)
        };
        let (a, b) = (run(ours), run(plain));
        let show = |m: &Mean| {
            let calls = m.calls.map_or("-".to_owned(), |calls| format!("{calls:.1}"));
            format!("{} of {seeds} | {:.1} | {:.3} | {calls}", m.found, m.cases, m.seconds)
        };
        println!("| {} | {} | {} |", fault.name(), show(&a), show(&b));
        ours_found += usize::from(a.found > 0);
        plain_found += usize::from(b.found > 0);
        lengths.extend(a.calls);
        if a.found > 0 || b.found > 0 {
            ratios.push(a.cases / b.cases);
        }
    }
    let short = lengths.iter().filter(|calls| **calls <= 8.0).count();
    println!("\nfaults found: ours {ours_found}, plain {plain_found} of {}", faults.len());
    let either = ratios.len();
    println!(
        "median of cases(ours) / cases(plain), of the {either} that either finds: {:.2}",
        median(ratios)
    );
    println!("shrunk to at most 8 calls: {short} of {} faults found", lengths.len());
    Ok(())
}
