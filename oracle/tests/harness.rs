//! The harness: it finds faults, shrinks what it finds, tells it, keeps it, and says nothing of a
//! port that is right.

use iocp_model::{Deviation, Packet, Profile, Semantics};
use iocp_oracle::driver::{Answer, Command, Fault, Hello, Implementation, Limits};
use iocp_oracle::harness::{
    Case, Config, Coverage, Kind, Level, ModelDriver, Outcome, PortUnderTest, Reached, Search,
    check_implementation, check_with, judge, regressions, search,
};
use iocp_oracle::threaded::{Ended, Seeded, ThreadedDriver};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

fn quick() -> Config {
    let limits = Limits { case: Duration::from_secs(10), settle: Duration::from_millis(500) };
    Config { limits, ..Config::default() }
}

/// What a test prints that fails.
fn failing(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it must fail");
    panic.downcast_ref::<String>().cloned().expect("a panic with a text")
}

#[test]
fn a_port_that_is_right_holds_in_every_case() {
    let config = Config { cases: 40, ..quick() };
    let findings = search(&mut ThreadedDriver::new(None), &config, &[], &mut |_| true);
    assert_eq!(findings.failure.as_ref().map(|f| f.text("threaded", "win11", "")), None);
    assert_eq!((findings.cases, findings.unclear), (40, 0), "{:?}", findings.unclear_examples);
    assert!(!findings.lacking.contains("GetQueuedCompletionStatus"), "{:?}", findings.lacking);
}

#[test]
fn the_model_holds_against_itself_at_every_level() {
    for level in Level::ALL {
        let config = Config { cases: 60, level, ..quick() };
        let findings = search(&mut ModelDriver::new(Profile::Win11), &config, &[], &mut |_| true);
        assert_eq!(findings.failure.as_ref().map(|f| f.text("model", "win11", "")), None);
        assert_eq!((findings.unclear, findings.lacking.len()), (0, 0), "{:?}", findings.lacking);
        println!(
            "{level}: {} rules, {:?}",
            findings.coverage.reached.rules.len(),
            findings.seconds
        );
    }
}

#[test]
fn a_fault_is_found_shrunk_and_told_with_its_rule() {
    let mut driver = ThreadedDriver::new(Some(Seeded::FifoRelease));
    let findings = search(&mut driver, &quick(), &[], &mut |_| true);
    let failure = findings.failure.expect("it serves waiters in the wrong order");
    let text = failure.text("threaded", "win11", "iocp fuzz --replay X");
    assert!(failure.shrunk.calls() <= 8, "{text}");
    assert_eq!(failure.shrunk.violation.rule(), Some("release-lifo"), "{text}");
    for part in ["allowed if wake-order=fifo", "iocp fuzz --replay X", "PostQueued", "\"ev\":"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let again = judge(&mut driver, &failure.shrunk.case, &quick());
    assert!(matches!(again, Outcome::Violated(again) if again.is_like(&failure.shrunk.violation)));
    assert_eq!(failure.shrunk.case.to_string().parse(), Ok(failure.shrunk.case));
}

/// Deviations that random programs of each level show on the model.
#[test]
fn each_level_finds_the_deviations_that_are_about_it() {
    let levels = [
        (Level::Port, ["wake-order=fifo", "close=keeps-waiting", "block=keeps-slot"]),
        (Level::Files, ["low-bit=ignored", "skip-on-success=ignored", "packet-order=lifo"]),
        (Level::Everything, ["direct-wait=first-only", "exports=missing", "exit=keeps-slot"]),
    ];
    for (level, deviations) in levels {
        for text in deviations {
            let deviation = Deviation::parse(text).expect("a deviation");
            let semantics = Semantics::from(Profile::Win11).with(deviation);
            let config = Config { level, ..quick() };
            let findings = search(&mut ModelDriver::new(semantics), &config, &[], &mut |_| true);
            match findings.failure {
                Some(failure) => assert!(failure.shrunk.calls() <= 10, "{text}"),
                // A call that is not there is not a wrong one, and is told apart.
                None => assert!(
                    text == "exports=missing"
                        && findings.lacking.contains("NtAllocateReserveObject"),
                    "{level}: {text} in {} cases",
                    findings.cases
                ),
            }
        }
    }
}

#[test]
fn a_declared_difference_is_no_failure() {
    let fifo = Semantics::from(Profile::Win11).with(Deviation::WakeOrderFifo);
    let config = Config { semantics: fifo, cases: 20, ..quick() };
    let mut driver = ThreadedDriver::new(Some(Seeded::FifoRelease));
    assert_eq!(search(&mut driver, &config, &[], &mut |_| true).failure, None);
    // Where the difference leaves a choice, the checker decides and not the plan.
    let any = Semantics::from(Profile::Win11).with(Deviation::WakeOrderAny);
    let config = Config { semantics: any, cases: 8, ..quick() };
    let findings = search(&mut driver, &config, &[], &mut |_| true);
    assert_eq!(findings.failure.map(|f| f.text("", "", "")), None);
    assert_eq!(findings.unclear, 0, "{:?}", findings.unclear_examples);
}

#[test]
fn the_same_seed_makes_the_same_cases_and_another_seed_or_shard_others() {
    let cases = |config: &Config| -> Vec<Case> {
        let mut maker = Search::new(config);
        (0..6).map(|_| maker.next_case()).collect()
    };
    let first = cases(&quick());
    assert_eq!(first, cases(&quick()));
    assert_ne!(first, cases(&Config { seed: 1, ..quick() }));
    let shard = |index| cases(&Config { shard: Some((index, 3)), ..quick() });
    assert!(first != shard(1) && shard(1) != shard(2));
}

#[test]
fn levels_weights_and_sizes_hold_for_every_case() {
    let config = Config { level: Level::Files, workers: 2, ports: 1, moves: 12, ..quick() }
        .weigh(Kind::Close, 0)
        .weigh(Kind::Read, 50);
    let mut maker = Search::new(&config);
    let mut kinds = BTreeSet::new();
    for _ in 0..30 {
        let case = maker.next_case();
        assert!(case.workers <= 2 && case.ports.len() == 1 && case.moves.len() <= 12, "{case:?}");
        kinds.extend(case.moves.iter().map(|m| m.kind));
    }
    assert!(!kinds.contains(&Kind::Close) && kinds.contains(&Kind::Read), "{kinds:?}");
    assert!(kinds.iter().all(|kind| kind.level() <= Level::Files), "{kinds:?}");
}

/// As many cases, with and without a look at what they reach.
#[test]
fn feedback_reaches_more_rules_and_transitions_in_as_many_cases() {
    let reached = |level: Level, feedback: bool, seed: u64| {
        let config = Config { level, feedback, seed, ..quick() };
        let mut coverage = Coverage::default();
        let mut maker = Search::new(&config);
        for _ in 0..20 {
            coverage.add(&Reached::by(&maker.next_case(), config.semantics));
        }
        (coverage.reached.rules.len(), coverage.reached.transitions.len())
    };
    for level in Level::ALL {
        let sum = |feedback: bool| {
            let each = (0..2).map(|seed| reached(level, feedback, seed));
            each.fold((0, 0), |sum, (rules, transitions)| (sum.0 + rules, sum.1 + transitions))
        };
        let (with, without) = (sum(true), sum(false));
        println!("{level}: rules and transitions {with:?} with feedback, {without:?} without");
        assert!(with.0 >= without.0, "{level}: {with:?} and {without:?}");
        // The rules of ports alone are soon all reached; with files nearly every move is a new
        // transition, and the rules make the difference.
        let rules = with.0 > without.0;
        assert!(rules || 10 * with.1 > 13 * without.1, "{level}: {with:?} and {without:?}");
    }
}

#[test]
fn a_case_that_failed_is_kept_and_tried_first() {
    let folder = std::env::temp_dir().join(format!("iocp-regressions-{}", std::process::id()));
    let path = folder.join("port.txt");
    let config = || Config { regressions: Some(path.clone()), ..quick() };
    let run = |config: Config| {
        failing(|| {
            let mut driver = ThreadedDriver::new(Some(Seeded::LifoPackets));
            check_implementation(&mut driver, "threaded", config);
        })
    };
    let first = run(config());
    assert!(first.contains("case 1 found") && first.contains("It is kept in"), "{first}");
    let kept = std::fs::read_to_string(&path).expect("it is kept");
    assert!(kept.starts_with("# Cases that failed before"), "{kept}");
    let cases = regressions::parse(&kept).expect("what it writes it reads");
    assert_eq!(cases.len(), 1);
    // No new case is made: the old one fails again, and is not kept twice.
    let second = run(Config { cases: 0, ..config() });
    assert!(second.contains("case 1 failed before"), "{second}");
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), kept);
    // An editor may have taken the end of the last line away.
    std::fs::write(&path, "# a comment").expect("it can be written");
    run(config());
    let kept = std::fs::read_to_string(&path).expect("it is kept");
    assert_eq!(regressions::parse(&kept).expect("every line is whole"), cases, "{kept}");
    std::fs::write(&path, "iocpf1:nonsense\n").expect("it can be written");
    let broken = run(config());
    assert!(broken.contains("line 1") && broken.contains("port.txt"), "{broken}");
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

/// A queue that many take for a completion port: no limit, and whoever the system wakes.
#[derive(Default)]
struct JustAQueue {
    packets: Mutex<(Vec<Packet>, bool)>,
    changed: Condvar,
}

impl PortUnderTest for JustAQueue {
    fn create(_: u32) -> JustAQueue {
        JustAQueue::default()
    }

    fn post(&self, packet: Packet) -> Result<(), Ended> {
        self.packets.lock().expect("no panic").0.push(packet);
        self.changed.notify_one();
        Ok(())
    }

    fn remove(&self, max: usize, timeout: Option<Duration>) -> Result<Vec<Packet>, Ended> {
        let until = timeout.map(|timeout| Instant::now() + timeout);
        let mut state = self.packets.lock().expect("no panic");
        loop {
            if !state.0.is_empty() {
                let count = max.min(state.0.len());
                return Ok(state.0.drain(..count).collect());
            }
            if state.1 {
                return Err(Ended::Abandoned);
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Err(Ended::TimedOut),
                Some(left) => self.changed.wait_timeout(state, left).expect("no panic").0,
                None => self.changed.wait(state).expect("no panic"),
            };
        }
    }

    fn close(&self) {
        self.packets.lock().expect("no panic").1 = true;
        self.changed.notify_all();
    }
}

#[test]
fn a_queue_that_is_no_completion_port_fails_with_everything_a_person_needs() {
    let folder = std::env::temp_dir().join(format!("iocp-queue-{}", std::process::id()));
    let config = Config { regressions: Some(folder.join("queue.txt")), ..quick() };
    let text = failing(|| check_with::<JustAQueue>(config));
    for part in ["JustAQueue does what the model cannot do", "The program", "The trace"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let replay = "cargo test a_queue_that_is_no_completion_port_fails_with_everything";
    assert!(text.contains("The diagnosis") && text.contains(replay), "{text}");
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

struct Panics;

impl PortUnderTest for Panics {
    fn create(_: u32) -> Panics {
        Panics
    }
    fn post(&self, _: Packet) -> Result<(), Ended> {
        panic!("index out of bounds in post")
    }
    fn remove(&self, _: usize, _: Option<Duration>) -> Result<Vec<Packet>, Ended> {
        Err(Ended::TimedOut)
    }
    fn close(&self) {}
}

#[test]
fn a_port_that_panics_is_told_with_its_message() {
    let folder = std::env::temp_dir().join(format!("iocp-panics-{}", std::process::id()));
    let config = Config { regressions: Some(folder.join("p.txt")), ..quick() }
        .weigh(Kind::Remove, 0)
        .weigh(Kind::Depth, 0);
    let text = failing(|| check_with::<Panics>(config));
    assert!(text.contains("index out of bounds in post"), "{text}");
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

/// An implementation that lacks everything, or nobody can see into.
struct Blind {
    lacks: bool,
    answers: Vec<Answer>,
}

impl Implementation for Blind {
    fn reset(&mut self) -> Result<Hello, Fault> {
        self.answers.clear();
        Ok(Hello::default())
    }
    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Call { id, .. } if self.lacks => {
                self.answers.push(Answer::Unsupported { id: *id, why: String::new() });
            }
            Command::Settle { .. } => {
                let (waiting, how) = (Vec::new(), String::new());
                self.answers.push(Answer::Settled { waiting, sure: false, how });
            }
            _ => {}
        }
        Ok(())
    }
    fn receive(&mut self, _: Instant) -> Result<Option<Answer>, Fault> {
        Ok((!self.answers.is_empty()).then(|| self.answers.remove(0)))
    }
    fn hello(&self) -> Hello {
        Hello::default()
    }
    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn nothing_passes_that_was_not_checked() {
    for lacks in [true, false] {
        let text = failing(|| {
            let config = Config { cases: 5, ..quick() };
            check_implementation(&mut Blind { lacks, answers: Vec::new() }, "blind", config);
        });
        assert!(text.contains("nothing was checked"), "{text}");
    }
}
