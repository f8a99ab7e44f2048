//! loom: the threaded port under every interleaving, each judged by the oracle.

mod judge;

use iocp_model::{Overlapped, Packet};
use iocp_oracle::threaded::{Ended, Line, Locks, Port, Ports, Seeded, Worker};
use judge::{judge, trace};
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// loom's locks. It has no time: a timer is a thread that expires a wait when it likes.
struct LoomLocks;

impl Locks for LoomLocks {
    type Mutex<T: Send + 'static> = Mutex<T>;
    type Guard<'a, T: Send + 'static> = MutexGuard<'a, T>;
    type Bell = Condvar;

    fn mutex<T: Send + 'static>(value: T) -> Mutex<T> {
        Mutex::new(value)
    }

    fn bell() -> Condvar {
        Condvar::new()
    }

    fn lock<T: Send + 'static>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().expect("no thread panics under the lock")
    }

    fn wait<'a, T: Send + 'static>(
        bell: &Condvar,
        guard: MutexGuard<'a, T>,
        _: Option<Duration>,
    ) -> MutexGuard<'a, T>
    where
        'a: 'a,
    {
        bell.wait(guard).expect("no thread panics under the lock")
    }

    fn ring(bell: &Condvar) {
        bell.notify_one();
    }

    fn usable() -> bool {
        !std::thread::panicking()
    }
}

/// Long enough that the clock of the machine never ends a wait: only `expire` does.
const LONG: Option<Duration> = Some(Duration::from_secs(1_000_000));

fn packet(key: u64) -> Packet {
    Packet::posted(0, key, Overlapped::numbered(1))
}

/// Judges records in a thread of its own, for loom's stacks are small; and each trace once, for many
/// interleavings have the same.
struct Judge {
    records: Sender<Vec<Line>>,
    verdicts: std::sync::Mutex<Receiver<Result<(), String>>>,
}

impl Judge {
    fn start() -> Judge {
        let (records, inbox) = channel::<Vec<Line>>();
        let (outbox, verdicts) = channel();
        std::thread::spawn(move || {
            let mut accepted = HashSet::new();
            for record in inbox {
                let trace = trace(&record, true);
                let verdict = if accepted.contains(&trace) { Ok(()) } else { judge(&trace) };
                if verdict.is_ok() {
                    accepted.insert(trace);
                }
                if outbox.send(verdict).is_err() {
                    return;
                }
            }
        });
        Judge { records, verdicts: std::sync::Mutex::new(verdicts) }
    }

    fn judge(&self, record: Vec<Line>) -> Result<(), String> {
        self.records.send(record).expect("the judge is there");
        let verdicts = self.verdicts.lock().expect("one at a time asks");
        verdicts.recv().expect("the judge does not panic")
    }
}

/// Runs a program under every interleaving (within `preemptions`, if given), and judges each.
/// Gives how many there were, or the number and the complaint of the first that is wrong.
fn explore(
    seeded: Option<Seeded>,
    preemptions: Option<usize>,
    program: impl Fn(&Ports<LoomLocks>) + Send + Sync + 'static,
) -> Result<usize, (usize, String)> {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    let judge = Judge::start();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        builder.check(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let ports = Ports::<LoomLocks>::recording(seeded);
            program(&ports);
            if let Err(why) = judge.judge(ports.take_record()) {
                panic!("{why}");
            }
        });
    }));
    let count = count.load(Ordering::Relaxed);
    match result {
        Ok(()) => Ok(count),
        Err(payload) => {
            let text = payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err((count, text.unwrap_or_default()))
        }
    }
}

type Set = Ports<LoomLocks>;

fn go<T: 'static>(
    worker: Worker<LoomLocks>,
    work: impl FnOnce(Worker<LoomLocks>) -> T + 'static,
) -> loom::thread::JoinHandle<T> {
    loom::thread::spawn(move || work(worker))
}

fn take(
    port: &Port<LoomLocks>,
    timeout: Option<Duration>,
) -> impl FnOnce(Worker<LoomLocks>) -> Result<u64, Ended> + use<> {
    let port = port.clone();
    move |mut worker| worker.remove(&port, timeout).map(|packet| packet.key)
}

/// Two workers take one packet each; two are posted.
fn two_workers_two_packets(ports: &Set) {
    let port = ports.port(2);
    let workers = [(); 2].map(|()| go(ports.worker(), take(&port, None)));
    port.post(packet(7)).expect("open");
    port.post(packet(8)).expect("open");
    let mut keys = workers.map(|worker| worker.join().expect("no panic").expect("a packet"));
    keys.sort_unstable();
    assert_eq!(keys, [7, 8], "each packet goes to exactly one worker");
}

/// A timeout races with a post; what nobody got is still queued.
fn timeout_and_post(ports: &Set) {
    let port = ports.port(1);
    let worker = ports.worker();
    let index = worker.index();
    let taker = go(worker, take(&port, LONG));
    let poster = {
        let port = port.clone();
        loom::thread::spawn(move || port.post(packet(7)).expect("open"))
    };
    ports.expire(index);
    poster.join().expect("no panic");
    // A wait that began after the timer fired has to end as well.
    port.post(packet(8)).expect("open");
    let got = taker.join().expect("no panic");
    let left = port.depth();
    assert_eq!(left, if got.is_ok() { 1 } else { 2 }, "no packet is lost or doubled");
}

/// Two waiters, one of whom times out, and a packet for the other.
fn timeout_beside_a_waiter(ports: &Set) {
    let port = ports.port(2);
    let (first, second) = (ports.worker(), ports.worker());
    let index = second.index();
    let first = go(first, take(&port, None));
    let second = go(second, take(&port, LONG));
    ports.expire(index);
    port.post(packet(7)).expect("open");
    port.post(packet(8)).expect("open");
    first.join().expect("no panic").expect("a packet");
    let _ = second.join().expect("no panic");
}

/// A close races with a post and two waiters.
fn close_and_post(ports: &Set) {
    let port = ports.port(1);
    let workers = [(); 2].map(|()| go(ports.worker(), take(&port, None)));
    let poster = {
        let port = port.clone();
        loom::thread::spawn(move || port.post(packet(7)))
    };
    port.close();
    let _ = poster.join().expect("no panic");
    for worker in workers {
        let got = worker.join().expect("no panic");
        assert!(matches!(got, Ok(7) | Err(Ended::Abandoned | Ended::Closed)), "{got:?}");
    }
}

/// At a limit of one, a worker blocks and gives its place to the other.
fn block_and_post(ports: &Set) {
    let port = ports.port(1);
    let workers = [(); 2].map(|()| {
        let port = port.clone();
        go(ports.worker(), move |mut worker| {
            let packet = worker.remove(&port, None)?;
            worker.blocking(|| ());
            Ok::<_, Ended>(packet.key)
        })
    });
    port.post(packet(7)).expect("open");
    port.post(packet(8)).expect("open");
    for worker in workers {
        worker.join().expect("no panic").expect("a packet");
    }
}

/// At a limit of one, two threads post to two waiters who do not end when they have a packet.
fn limit_and_two_posters(ports: &Set) {
    let port = ports.port(1);
    let workers = [(); 2].map(|()| go(ports.worker(), take(&port, None)));
    let poster = {
        let port = port.clone();
        loom::thread::spawn(move || port.post(packet(7)).expect("open"))
    };
    port.post(packet(8)).expect("open");
    poster.join().expect("no panic");
    for worker in workers {
        worker.join().expect("no panic").expect("a packet");
    }
}

/// A batch races with two posts.
fn batch_and_posts(ports: &Set) {
    let port = ports.port(1);
    let batch = {
        let port = port.clone();
        go(ports.worker(), move |mut worker| worker.remove_batch(&port, 2, None))
    };
    port.post(packet(7)).expect("open");
    port.post(packet(8)).expect("open");
    let got = batch.join().expect("no panic").expect("a packet").len();
    assert_eq!(port.depth() as usize, 2 - got);
}

/// A worker goes from one port to another and lets a waiter have its place.
fn switch_ports(ports: &Set) {
    let (first, second) = (ports.port(1), ports.port(1));
    first.post(packet(7)).expect("open");
    let waiter = go(ports.worker(), take(&first, None));
    let switcher = {
        let (first, second) = (first.clone(), second.clone());
        go(ports.worker(), move |mut worker| {
            let _ = worker.remove(&first, None).expect("a packet");
            worker.remove(&second, Some(Duration::ZERO))
        })
    };
    first.post(packet(8)).expect("open");
    waiter.join().expect("no panic").expect("a packet");
    let _ = switcher.join().expect("no panic");
}

/// Two workers and two packets; a timer ends the first wait when it likes.
fn two_packets_and_a_timer(ports: &Set) {
    let port = ports.port(2);
    let (first, second) = (ports.worker(), ports.worker());
    let index = first.index();
    let first = go(first, take(&port, LONG));
    let second = go(second, take(&port, None));
    port.post(packet(7)).expect("open");
    ports.expire(index);
    port.post(packet(8)).expect("open");
    let got = [first, second].map(|worker| worker.join().expect("no panic"));
    let taken = got.iter().filter(|got| got.is_ok()).count() as u32;
    assert_eq!(taken + port.depth(), 2, "no packet is lost or doubled: {got:?}");
    assert!(got[1].is_ok(), "who waits without end gets a packet");
}

/// Two workers and two packets, and the port is closed meanwhile.
fn two_packets_and_a_close(ports: &Set) {
    let port = ports.port(2);
    let workers = [(); 2].map(|()| go(ports.worker(), take(&port, None)));
    port.post(packet(7)).expect("open");
    port.post(packet(8)).expect("open");
    port.close();
    let mut keys = Vec::new();
    for worker in workers {
        match worker.join().expect("no panic") {
            Ok(key) => keys.push(key),
            Err(ended) => assert!(matches!(ended, Ended::Abandoned | Ended::Closed), "{ended}"),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() <= 2);
}

/// Loom's five threads at once: three workers, of whom one blocks and one may time out, somebody
/// who posts, and the main thread, which is the timer and closes the port.
fn five_threads(ports: &Set) {
    let port = ports.port(1);
    let (first, second, third) = (ports.worker(), ports.worker(), ports.worker());
    let index = second.index();
    let first = {
        let port = port.clone();
        go(first, move |mut worker| {
            let got = worker.remove(&port, None).map(|packet| packet.key);
            worker.blocking(|| ());
            got
        })
    };
    let second = go(second, take(&port, LONG));
    let third = go(third, take(&port, None));
    let poster = {
        let port = port.clone();
        loom::thread::spawn(move || {
            let _ = port.post(packet(7));
            let _ = port.post(packet(8));
        })
    };
    ports.expire(index);
    port.close();
    poster.join().expect("no panic");
    let mut keys = Vec::new();
    for worker in [first, second, third] {
        keys.extend(worker.join().expect("no panic"));
    }
    keys.sort_unstable();
    let all = keys.len();
    keys.dedup();
    assert_eq!(all, keys.len(), "no packet goes to two");
}

/// A program: its name and the bound on preemptions (`None`: every interleaving). What two workers
/// and two packets can do is tried without a bound; where others post besides, the bound stays.
type Case = (&'static str, Option<usize>, fn(&Set));

const CASES: [Case; 11] = [
    ("two workers, two packets", None, two_workers_two_packets),
    ("two packets and a timer", None, two_packets_and_a_timer),
    ("two packets and a close", None, two_packets_and_a_close),
    ("five threads", Some(2), five_threads),
    ("timeout and post", None, timeout_and_post),
    ("timeout beside a waiter", None, timeout_beside_a_waiter),
    ("close and post", Some(2), close_and_post),
    ("block and post", None, block_and_post),
    ("limit and two posters", Some(2), limit_and_two_posters),
    ("batch and posts", None, batch_and_posts),
    ("switch ports", None, switch_ports),
];

#[test]
fn the_oracle_accepts_every_interleaving() {
    for (name, preemptions, program) in CASES {
        match explore(None, preemptions, program) {
            Ok(count) => {
                println!("{name}: {count} interleavings");
                assert!(count > 1, "{name} is not concurrent");
            }
            Err((count, why)) => panic!("{name}, interleaving {count}: {why}"),
        }
    }
}

/// What is committed: fault, program, and after how many interleavings. Made anew with
/// `IOCP_BLESS=1`.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/faults-loom.txt");

#[test]
fn every_seeded_fault_that_needs_a_race_is_caught() {
    let races = [
        (Seeded::ClosedPortTakesPosts, "close and post"),
        (Seeded::TimeoutBeatsPacket, "timeout and post"),
        (Seeded::LooksThenParks, "two workers, two packets"),
        (Seeded::CountsThenHandsOff, "two workers, two packets"),
        (Seeded::RingsOutOfTurn, "two workers, two packets"),
    ];
    let mut table = String::new();
    for (fault, case) in races {
        let (name, preemptions, program) =
            CASES.into_iter().find(|(name, ..)| *name == case).expect("there is such a case");
        match explore(Some(fault), preemptions, program) {
            Ok(count) => panic!("nobody notices {} in {count} interleavings", fault.name()),
            Err((count, why)) => {
                println!("{}: {}", fault.name(), why.lines().next().unwrap_or_default());
                let fault = fault.name();
                table.push_str(&format!("{fault:24} interleaving {count:>4} of \"{name}\"\n"));
            }
        }
    }
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(TABLE, &table).expect("the table can be written");
    }
    let committed = std::fs::read_to_string(TABLE).expect("the table is part of the crate");
    assert_eq!(table, committed);
}
