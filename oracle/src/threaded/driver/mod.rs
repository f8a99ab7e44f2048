//! The threaded port as an implementation under test: named threads, orders through channels.
//!
//! The threads sleep between orders, which would be wrong for a real system (see the driver
//! protocol): here a thread counts until it says that it blocks, so nobody can tell.

mod calls;
pub(crate) mod event;
pub(crate) mod results;

use super::{Ports, Seeded, Worker};
use crate::driver::{Answer, Command, Fault, Hello, Implementation, PROTOCOL};
use calls::{Call, Object, Problem, Table, read};
use crossbeam_channel::{Receiver, Sender, unbounded};
use event::Event;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

struct Order {
    id: u64,
    call: Call,
}

struct Hand {
    orders: Sender<Order>,
    worker: usize,
    /// Whether it waits for an event.
    asleep: Arc<AtomicBool>,
}

/// A settling that has been asked for.
struct Settling {
    asked: Instant,
    /// Since when everything has been waiting.
    calm: Option<Instant>,
    quiet: Duration,
    limit: Duration,
}

/// Drives a threaded port in this process.
pub struct ThreadedDriver {
    seeded: Option<Seeded>,
    ports: Ports,
    table: Table,
    hands: BTreeMap<String, Hand>,
    /// Calls that have not been answered, and their threads.
    open: BTreeMap<u64, String>,
    answers: (Sender<Answer>, Receiver<Answer>),
    settling: Option<Settling>,
}

impl ThreadedDriver {
    /// A port without a fault, or with one.
    pub fn new(seeded: Option<Seeded>) -> ThreadedDriver {
        ThreadedDriver {
            seeded,
            ports: Ports::recording(seeded),
            table: Table::default(),
            hands: BTreeMap::new(),
            open: BTreeMap::new(),
            answers: unbounded(),
            settling: None,
        }
    }

    /// What the port recorded since the last reset, or since the last time.
    pub fn record(&self) -> Vec<super::Line> {
        self.ports.take_record()
    }

    fn introduction() -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: "threaded".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: "the threaded port".to_owned(),
            ops: calls::OPS.iter().map(|op| (*op).to_owned()).collect(),
            missing: Vec::new(),
            settled: "the port itself says who is parked".to_owned(),
            blocking: "reported".to_owned(),
        }
    }

    fn start_thread(&mut self, name: &str) {
        if self.hands.contains_key(name) {
            return;
        }
        let worker = self.ports.worker();
        let index = worker.index();
        let (orders, inbox) = unbounded::<Order>();
        let asleep = Arc::new(AtomicBool::new(false));
        let (answers, mine, thread) =
            (self.answers.0.clone(), Arc::clone(&asleep), name.to_owned());
        std::thread::spawn(move || serve(&thread, worker, &inbox, &answers, &mine));
        self.hands.insert(name.to_owned(), Hand { orders, worker: index, asleep });
    }

    /// What this thread can answer itself; the rest is for the named thread.
    fn call(
        &mut self,
        id: u64,
        thread: &str,
        op: &str,
        args: &Map<String, Value>,
        bind: &[String],
    ) {
        self.start_thread(thread);
        self.open.insert(id, thread.to_owned());
        let name = bind.first().map_or("", String::as_str);
        let answer = match read(op, args, &self.table) {
            Ok(Call::CreatePort { concurrency, face }) => {
                self.table.insert(name, Object::Port(self.ports.port(concurrency)));
                let value = match face {
                    results::Face::Win32 => json!({ "value": name, "last_error": null }),
                    results::Face::Native => json!({ "value": "0x00000000", "handle": name }),
                };
                ret(id, value)
            }
            Ok(Call::CreateEvent { signaled }) => {
                let event = Arc::new(Event::default());
                if signaled {
                    event.set();
                }
                self.table.insert(name, Object::Event(event));
                ret(id, json!({ "value": name, "last_error": null }))
            }
            Ok(call) => {
                if let Call::ClosePort { name, .. } | Call::CloseEvent { name, .. } = &call {
                    self.table.close(name);
                }
                if self.hands[thread].orders.send(Order { id, call }).is_ok() {
                    return;
                }
                Answer::Refused { id: Some(id), why: format!("thread {thread} has exited") }
            }
            Err(Problem::Unsupported) => {
                Answer::Unsupported { id, why: format!("the threaded port has no such {op}") }
            }
            Err(Problem::Bad(why)) => Answer::Refused { id: Some(id), why },
        };
        // The receiver is ours, so that this cannot fail.
        let _ = self.answers.0.send(answer);
    }

    /// Whether the threads of all open calls wait. One that has returned has not been heard yet
    /// and does not wait, so that nothing can slip through.
    ///
    /// A thread tells its port that it blocks before it sleeps. So who sleeps is asked first: what
    /// such a thread did to others is then seen in the second question, which has one answer for
    /// all.
    fn all_wait(&self) -> bool {
        let hands = || self.open.values().map(|thread| &self.hands[thread]);
        let asleep: Vec<bool> = hands().map(|hand| hand.asleep.load(Ordering::SeqCst)).collect();
        let workers: Vec<usize> = hands().map(|hand| hand.worker).collect();
        let parked = self.ports.parked(&workers);
        asleep.iter().zip(parked).all(|(asleep, parked)| *asleep || parked)
    }

    /// The answer to a settling, once there is one.
    fn try_to_settle(&mut self) -> Option<Answer> {
        let calm = self.all_wait();
        let settling = self.settling.as_mut()?;
        let now = Instant::now();
        let since = if calm { *settling.calm.get_or_insert(now) } else { now };
        if !calm {
            settling.calm = None;
        }
        let sure = calm && now.duration_since(since) >= settling.quiet;
        if !sure && now.duration_since(settling.asked) < settling.limit {
            return None;
        }
        self.settling = None;
        let waiting = self.open.keys().copied().collect();
        Some(Answer::Settled { waiting, sure, how: ThreadedDriver::introduction().settled })
    }
}

fn ret(id: u64, res: Value) -> Answer {
    match res {
        Value::Object(res) => Answer::Ret { id, res },
        _ => Answer::Ret { id, res: Map::new() },
    }
}

/// A named thread: makes the calls it is told to make.
fn serve(
    thread: &str,
    mut worker: Worker,
    inbox: &Receiver<Order>,
    answers: &Sender<Answer>,
    asleep: &Arc<AtomicBool>,
) {
    for Order { id, call } in inbox {
        if matches!(call, Call::Exit) {
            drop(worker);
            let _ = answers.send(Answer::Exit { id, thread: thread.to_owned() });
            return;
        }
        let res = call.make(&mut worker, asleep);
        if answers.send(Answer::Ret { id, res }).is_err() {
            return;
        }
    }
}

impl Implementation for ThreadedDriver {
    fn reset(&mut self) -> Result<Hello, Fault> {
        let ended = std::mem::replace(self, ThreadedDriver::new(self.seeded));
        // What a fault has left waiting all the same goes on waiting, in threads of its own.
        ended.table.close_all();
        Ok(ThreadedDriver::introduction())
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Call { id, thread, op, args, bind } => self.call(*id, thread, op, args, bind),
            Command::Settle { quiet_ms, limit_ms } => {
                self.settling = Some(Settling {
                    asked: Instant::now(),
                    calm: None,
                    quiet: Duration::from_millis(*quiet_ms),
                    limit: Duration::from_millis(*limit_ms),
                });
            }
            Command::Hello | Command::Reset | Command::Quit => {}
        }
        Ok(())
    }

    fn receive(&mut self, until: Instant) -> Result<Option<Answer>, Fault> {
        loop {
            let heard = if self.settling.is_some() {
                self.answers.1.try_recv().ok()
            } else {
                self.answers.1.recv_deadline(until).ok()
            };
            if let Some(answer) = heard {
                match &answer {
                    Answer::Ret { id, .. }
                    | Answer::Exit { id, .. }
                    | Answer::Unsupported { id, .. }
                    | Answer::Refused { id: Some(id), .. } => self.open.remove(id),
                    _ => None,
                };
                return Ok(Some(answer));
            }
            if let Some(answer) = self.try_to_settle() {
                return Ok(Some(answer));
            }
            if self.settling.is_none() || Instant::now() >= until {
                return Ok(None);
            }
            std::thread::yield_now();
        }
    }

    fn hello(&self) -> Hello {
        ThreadedDriver::introduction()
    }

    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}
