//! shuttle: the threaded port with more threads than loom can take, under random schedules, each
//! judged by the oracle.

mod judge;

use iocp_model::{Overlapped, Packet};
use iocp_oracle::threaded::{Ended, Locks, Ports};
use judge::{judge, trace};
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// shuttle's locks. Like loom's they know no time: a timer is a thread.
struct ShuttleLocks;

impl Locks for ShuttleLocks {
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

const PACKETS: u64 = 8;

/// Four to eight workers serve until the port is closed; some block while they serve; a timer ends
/// waits now and then.
fn server(workers: usize, concurrency: u32) {
    let long = Some(Duration::from_secs(1_000_000));
    let ports = Ports::<ShuttleLocks>::recording(None);
    let port = ports.port(concurrency);
    let hands: Vec<_> = (0..workers)
        .map(|number| {
            let (port, mut worker) = (port.clone(), ports.worker());
            shuttle::thread::spawn(move || {
                let mut served = 0;
                loop {
                    match worker.remove(&port, long) {
                        Ok(packet) if (packet.key + number as u64).is_multiple_of(3) => {
                            worker.blocking(shuttle::thread::yield_now);
                            served += 1;
                        }
                        Ok(_) => served += 1,
                        Err(Ended::TimedOut) => {}
                        Err(_) => return served,
                    }
                }
            })
        })
        .collect();
    for key in 0..PACKETS {
        port.post(Packet::posted(0, key, Overlapped::numbered(1))).expect("open");
        ports.expire(key as usize % workers);
    }
    while port.depth() > 0 {
        shuttle::thread::yield_now();
    }
    port.close();
    let served: u64 = hands.into_iter().map(|hand| hand.join().expect("no panic")).sum();
    assert_eq!(served, PACKETS, "each packet goes to exactly one worker");
    if let Err(why) = judge(&trace(&ports.take_record(), true)) {
        panic!("{why}");
    }
}

#[test]
fn a_server_of_four_workers_is_allowed_under_random_schedules() {
    shuttle::check_random(|| server(4, 2), 60);
}

#[test]
fn a_server_of_six_workers_is_allowed_under_schedules_with_few_preemptions() {
    shuttle::check_pct(|| server(6, 1), 40, 3);
}

#[test]
fn a_server_of_eight_workers_is_allowed_under_random_schedules() {
    shuttle::check_random(|| server(8, 3), 25);
}
