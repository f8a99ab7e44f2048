//! A named thread of a program: takes orders, calls the port, answers.

use super::super::port::{PortUnderTest, Told};
use crate::driver::Answer;
use crate::threaded::Ended;
use crate::threaded::driver::event::Event;
pub(super) use crate::threaded::driver::results::Face;
use crate::threaded::driver::results::{done, ended, many, one, status};
use crossbeam_channel::{Receiver, Sender, unbounded};
use iocp_model::Packet;
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// A port and whether it has been closed.
pub(super) struct PortOf<P> {
    pub(super) port: P,
    closed: AtomicBool,
}

impl<P: PortUnderTest> PortOf<P> {
    pub(super) fn new(port: P) -> PortOf<P> {
        PortOf { port, closed: AtomicBool::new(false) }
    }

    /// Closes it, once.
    pub(super) fn close(&self) {
        if !self.closed.swap(true, Ordering::SeqCst) {
            self.port.close();
        }
    }
}

/// What a thread is to do.
pub(super) enum Order<P> {
    /// Nothing: the answer is known.
    Say(Value),
    Post {
        port: Arc<PortOf<P>>,
        packet: Packet,
        face: Face,
    },
    Remove {
        port: Arc<PortOf<P>>,
        max: Option<usize>,
        timeout: Option<Duration>,
        face: Face,
    },
    Depth(Arc<PortOf<P>>),
    Close(Arc<PortOf<P>>),
    Set(Arc<Event>),
    Wait(Arc<Event>),
    Exit,
}

/// What came from a thread.
pub(super) enum Heard {
    Answer(Answer),
    Panicked(String),
}

/// A named thread, seen from outside.
pub(super) struct Hand<P> {
    pub(super) orders: Sender<(u64, Order<P>)>,
    shown: Arc<Shown>,
}

/// What a thread shows of itself.
#[derive(Default)]
struct Shown {
    /// Its number in the system; 0 while it is not known.
    task: AtomicU32,
    removing: AtomicBool,
    /// It takes no more orders.
    over: AtomicBool,
}

impl<P: PortUnderTest> Hand<P> {
    pub(super) fn start(name: &str, answers: &Sender<Heard>) -> Hand<P> {
        let (orders, inbox) = unbounded();
        let shown = Arc::new(Shown::default());
        let (name, answers, mine) = (name.to_owned(), answers.clone(), Arc::clone(&shown));
        std::thread::spawn(move || {
            mine.task.store(super::quiet::own_task().unwrap_or(0), Ordering::SeqCst);
            serve(&name, &inbox, &answers, &mine);
            mine.over.store(true, Ordering::SeqCst);
        });
        Hand { orders, shown }
    }

    pub(super) fn task(&self) -> u32 {
        self.shown.task.load(Ordering::SeqCst)
    }

    pub(super) fn is_removing(&self) -> bool {
        self.shown.removing.load(Ordering::SeqCst)
    }

    pub(super) fn is_over(&self) -> bool {
        self.shown.over.load(Ordering::SeqCst)
    }
}

fn serve<P: PortUnderTest>(
    name: &str,
    inbox: &Receiver<(u64, Order<P>)>,
    answers: &Sender<Heard>,
    shown: &Shown,
) {
    // The port that this thread asked last, which counts it.
    let mut asked: Option<Arc<PortOf<P>>> = None;
    for (id, order) in inbox {
        let exits = matches!(order, Order::Exit);
        let carried_out =
            catch_unwind(AssertUnwindSafe(|| carry_out(id, order, name, &mut asked, shown)));
        let heard = match carried_out {
            Ok(answer) => Heard::Answer(answer),
            Err(panic) => Heard::Panicked(text_of(panic.as_ref())),
        };
        let goes_on = matches!(&heard, Heard::Answer(answer)
            if !(exits && matches!(answer, Answer::Exit { .. })));
        if answers.send(heard).is_err() || !goes_on {
            return;
        }
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn carry_out<P: PortUnderTest>(
    id: u64,
    order: Order<P>,
    name: &str,
    asked: &mut Option<Arc<PortOf<P>>>,
    shown: &Shown,
) -> Answer {
    let ret = |res: Map<String, Value>| Answer::Ret { id, res };
    let object = |value: Value| match value {
        Value::Object(res) => ret(res),
        _ => ret(Map::new()),
    };
    let lacks = |what: &str| Answer::Unsupported { id, why: format!("the port {what}") };
    // A port that is closed counts nobody.
    let counted = asked.clone().filter(|port| !port.closed.load(Ordering::SeqCst));
    match order {
        Order::Say(value) => object(value),
        Order::Post { port, packet, face } => ret(done(face, port.port.post(packet))),
        Order::Remove { port, max, timeout, face } => {
            if let Some(before) = counted.filter(|before| !Arc::ptr_eq(before, &port)) {
                before.port.thread_leaves();
            }
            *asked = Some(Arc::clone(&port));
            shown.removing.store(true, Ordering::SeqCst);
            let result = port.port.remove(max.unwrap_or(1), timeout);
            shown.removing.store(false, Ordering::SeqCst);
            ret(match (result, max) {
                (Err(why), _) => ended(face, why, max.is_none()),
                (Ok(packets), Some(_)) => many(face, &packets),
                (Ok(packets), None) => match packets.as_slice() {
                    [packet] => one(face, packet),
                    _ => ended(face, Ended::NothingAsked, true),
                },
            })
        }
        Order::Depth(port) => match port.port.depth() {
            Some(depth) => object(json!({ "value": status(0), "depth": depth })),
            None => lacks("cannot tell how many packets it has"),
        },
        Order::Close(port) => {
            port.close();
            object(json!({ "value": true, "last_error": null }))
        }
        Order::Set(event) => {
            event.set();
            object(json!({ "value": true, "last_error": null }))
        }
        Order::Wait(event) => {
            if let Some(port) = &counted
                && port.port.thread_blocks() == Told::CannotTell
            {
                return lacks("cannot be told that a thread blocks");
            }
            event.wait(&Arc::default(), None);
            if let Some(port) = counted {
                port.port.thread_resumes();
            }
            object(json!({ "value": 0, "last_error": null }))
        }
        Order::Exit => match counted.map(|port| port.port.thread_leaves()) {
            Some(Told::CannotTell) => lacks("cannot be told that a thread exits"),
            Some(Told::Heard) | None => Answer::Exit { id, thread: name.to_owned() },
        },
    }
}
