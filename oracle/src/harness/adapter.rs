//! Makes a [`PortUnderTest`] an implementation like any other: named threads, orders, answers.

mod hand;
mod quiet;

use super::port::PortUnderTest;
use crate::driver::{Answer, Command, Fault, Hello, Implementation, PROTOCOL};
use crate::threaded::driver::event::Event;
use crossbeam_channel::{Receiver, Sender, unbounded};
use hand::{Face, Hand, Heard, Order, PortOf};
use iocp_model::{NtStatus, Origin, Overlapped, Packet};
use quiet::Quiet;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The calls that every port can make; what it lacks of the others shows when they are tried.
const OPS: &[&str] = &[
    "CloseHandle",
    "CreateEvent",
    "CreateIoCompletionPort",
    "ExitThread",
    "GetQueuedCompletionStatus",
    "GetQueuedCompletionStatusEx",
    "NtQueryIoCompletion",
    "NtRemoveIoCompletion",
    "NtRemoveIoCompletionEx",
    "NtSetIoCompletion",
    "PostQueuedCompletionStatus",
    "SetEvent",
    "WaitForSingleObject",
];

/// A settling that has been asked for.
struct Settling {
    asked: Instant,
    quiet: Quiet,
    limit: Duration,
}

/// Drives a port of type `P` in this process.
pub struct PortDriver<P: PortUnderTest> {
    ports: BTreeMap<String, Option<Arc<PortOf<P>>>>,
    events: BTreeMap<String, Arc<Event>>,
    hands: BTreeMap<String, Hand<P>>,
    /// Calls that have not been answered, and their threads.
    open: BTreeMap<u64, String>,
    heard: (Sender<Heard>, Receiver<Heard>),
    settling: Option<Settling>,
}

impl<P: PortUnderTest> Default for PortDriver<P> {
    fn default() -> Self {
        PortDriver {
            ports: BTreeMap::new(),
            events: BTreeMap::new(),
            hands: BTreeMap::new(),
            open: BTreeMap::new(),
            heard: unbounded(),
            settling: None,
        }
    }
}

/// Why a call is not handed to a thread.
enum Problem {
    Unsupported,
    Bad(String),
}

impl<P: PortUnderTest> PortDriver<P> {
    /// No port yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn introduction() -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: "port-under-test".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: std::any::type_name::<P>().to_owned(),
            ops: OPS.iter().map(|op| (*op).to_owned()).collect(),
            missing: Vec::new(),
            settled: "the system says which threads sleep".to_owned(),
            blocking: "reported".to_owned(),
        }
    }

    fn call(&mut self, id: u64, thread: &str, op: &str, args: &Map<String, Value>, bind: &str) {
        let answers = &self.heard.0;
        self.hands.entry(thread.to_owned()).or_insert_with(|| Hand::start(thread, answers));
        self.open.insert(id, thread.to_owned());
        let answer = match self.order(op, args, bind) {
            Ok(order) => {
                if self.hands[thread].orders.send((id, order)).is_ok() {
                    return;
                }
                Answer::Refused { id: Some(id), why: format!("thread {thread} has exited") }
            }
            Err(Problem::Unsupported) => {
                Answer::Unsupported { id, why: format!("the port has no {op}") }
            }
            Err(Problem::Bad(why)) => Answer::Refused { id: Some(id), why },
        };
        // The receiver is ours, so that this cannot fail.
        let _ = self.heard.0.send(Heard::Answer(answer));
    }

    /// What a thread is to do.
    fn order(
        &mut self,
        op: &str,
        args: &Map<String, Value>,
        bind: &str,
    ) -> Result<Order<P>, Problem> {
        let face = if op.starts_with("Nt") { Face::Native } else { Face::Win32 };
        let text = |name: &str| args.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| number(args.get(name)).ok_or_else(|| bad(name));
        Ok(match op {
            "CreateIoCompletionPort" if text("file") == "-1" => {
                let concurrency = number("concurrency")? as u32;
                let port = Arc::new(PortOf::new(P::create(concurrency)));
                self.ports.insert(bind.to_owned(), Some(port));
                Order::Say(json!({ "value": bind, "last_error": null }))
            }
            "CreateEvent" => {
                self.events.insert(bind.to_owned(), Arc::new(Event::default()));
                Order::Say(json!({ "value": bind, "last_error": null }))
            }
            "SetEvent" => Order::Set(self.event(text("event"))?),
            "WaitForSingleObject" => Order::Wait(self.event(text("handle"))?),
            "ExitThread" => Order::Exit,
            "CloseHandle" => {
                let name = text("handle").to_owned();
                let port = self.port(&name)?;
                self.ports.insert(name, None);
                Order::Close(port)
            }
            "NtQueryIoCompletion" => Order::Depth(self.port(text("port"))?),
            "PostQueuedCompletionStatus" => {
                let overlapped = Overlapped(address(args.get("overlapped"))?);
                let packet = Packet::posted(number("bytes")? as u32, number("key")?, overlapped);
                Order::Post { port: self.port(text("port"))?, packet, face }
            }
            "NtSetIoCompletion" => {
                let packet = Packet {
                    key: number("key")?,
                    overlapped: Overlapped(address(args.get("context"))?),
                    status: NtStatus(number("status")? as u32),
                    information: number("information")?,
                    origin: Origin::Posted,
                };
                Order::Post { port: self.port(text("port"))?, packet, face }
            }
            "GetQueuedCompletionStatus"
            | "GetQueuedCompletionStatusEx"
            | "NtRemoveIoCompletion"
            | "NtRemoveIoCompletionEx"
                if args.get("alertable") != Some(&Value::Bool(true)) =>
            {
                let port = self.port(text("port"))?;
                let max = if op.ends_with("Ex") { Some(number("count")? as usize) } else { None };
                let timeout = match text("timeout") {
                    "infinite" => None,
                    _ => Some(Duration::from_millis(number("timeout")?)),
                };
                Order::Remove { port, max, timeout, face }
            }
            _ => return Err(Problem::Unsupported),
        })
    }

    fn event(&self, name: &str) -> Result<Arc<Event>, Problem> {
        self.events.get(name).cloned().ok_or(Problem::Unsupported)
    }

    fn port(&self, name: &str) -> Result<Arc<PortOf<P>>, Problem> {
        match self.ports.get(name) {
            Some(Some(port)) => Ok(Arc::clone(port)),
            Some(None) => Err(Problem::Unsupported),
            None => Err(bad(name)),
        }
    }

    /// The answer to a settling, once there is one.
    fn try_to_settle(&mut self) -> Option<Answer> {
        let settling = self.settling.as_mut()?;
        let in_ports =
            self.open.values().filter(|thread| self.hands[*thread].is_removing()).count();
        let mut parked = Some(0);
        for port in self.ports.values().flatten() {
            parked = parked.zip(port.port.waiting()).map(|(sum, more)| sum + more);
        }
        let parked = parked.map(|parked| parked == in_ports);
        // A thread that has answered may still hold what another needs: all of them count.
        let hands = if self.open.is_empty() { Vec::new() } else { self.hands.values().collect() };
        let seen = settling.quiet.look::<P>(&hands, parked);
        let over = settling.asked.elapsed() >= settling.limit;
        if seen.is_none() && !over {
            return None;
        }
        self.settling = None;
        let waiting = self.open.keys().copied().collect();
        let how = Self::introduction().settled;
        Some(Answer::Settled { waiting, sure: seen == Some(true), how })
    }
}

fn bad(name: &str) -> Problem {
    Problem::Bad(format!("argument `{name}` makes no sense"))
}

fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => u64::from_str_radix(text.strip_prefix("0x")?, 16).ok(),
        _ => None,
    }
}

fn address(value: Option<&Value>) -> Result<u64, Problem> {
    match value.and_then(Value::as_str) {
        Some("NULL") => Ok(0),
        Some(text) if text.starts_with('o') => {
            text[1..].parse().map(|n| Overlapped::numbered(n).0).map_err(|_| bad(text))
        }
        _ => number(value).ok_or_else(|| bad("overlapped")),
    }
}

impl<P: PortUnderTest> Drop for PortDriver<P> {
    /// Lets go whoever waits; what a fault has left waiting all the same goes on waiting.
    fn drop(&mut self) {
        for port in self.ports.values().flatten() {
            port.close();
        }
        for event in self.events.values() {
            event.set();
        }
    }
}

impl<P: PortUnderTest> Implementation for PortDriver<P> {
    fn reset(&mut self) -> Result<Hello, Fault> {
        *self = Self::default();
        Ok(Self::introduction())
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Call { id, thread, op, args, bind } => {
                self.call(*id, thread, op, args, bind.first().map_or("", String::as_str));
            }
            Command::Settle { quiet_ms, limit_ms } => {
                let quiet = P::QUIET.max(Duration::from_millis(*quiet_ms));
                self.settling = Some(Settling {
                    asked: Instant::now(),
                    quiet: Quiet::new(quiet),
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
                self.heard.1.try_recv().ok()
            } else {
                self.heard.1.recv_deadline(until).ok()
            };
            match heard {
                Some(Heard::Panicked(how)) => {
                    return Err(Fault::Died { how: format!("a thread panicked: {how}") });
                }
                Some(Heard::Answer(answer)) => {
                    match &answer {
                        Answer::Ret { id, .. }
                        | Answer::Exit { id, .. }
                        | Answer::Unsupported { id, .. }
                        | Answer::Refused { id: Some(id), .. } => self.open.remove(id),
                        _ => None,
                    };
                    return Ok(Some(answer));
                }
                None => {}
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
        Self::introduction()
    }

    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}
