//! A simulated run as a trace: what somebody outside could have logged of it.
//!
//! Ports and files of the stage are announced as objects. Other objects of the stage (events,
//! mutexes, jobs) have no line of their own in version 1, so calls that name them cannot be
//! judged.

use iocp_model::{Effect, Object as Kernel};
use iocp_scenarios::Program;
use iocp_scenarios::run::{Happening, Run};

use super::event::{Blocking, Event, Io, Level, Meta, Name, Object, Order, Seen};
use super::result::Res;

/// The first line and the events, each with its tick.
pub fn of_run(program: &Program, run: &Run) -> (Meta, Vec<(u64, Event)>) {
    let meta = Meta {
        blocking: Blocking::Reported,
        processors: Some(program.processors()),
        implementation: Some("iocp".to_owned()),
        source: Some(program.name().to_owned()),
        clock: Some("us".to_owned()),
        ..Meta::new(Level::Win32, Order::Total)
    };
    let names: Vec<Name> = program.thread_names().map(Name::from).collect();
    let mut events: Vec<(u64, Event)> = vec![];
    for (handle, object) in program.stage() {
        let (kind, concurrency) = match object {
            Kernel::Port(port) => (Object::Port, program.concurrency(port)),
            Kernel::File(_) => (Object::File, None),
            _ => continue,
        };
        events.push((0, Event::Object { handle, kind, concurrency }));
    }
    for event in &run.events {
        let told = match &event.what {
            Happening::Call { id, thread, call } => {
                Event::Call { id: *id, tid: names[*thread].clone(), call: call.clone() }
            }
            Happening::Return { id, thread, result } => Event::Ret {
                id: *id,
                tid: Some(names[*thread].clone()),
                res: Res::from_return(result),
            },
            Happening::Waiting { thread } => {
                Event::Waiting { tid: names[*thread].clone(), seen: Seen::Parked }
            }
            Happening::Block { thread } => Event::Block { tid: names[*thread].clone() },
            Happening::Unblock { thread } => Event::Unblock { tid: names[*thread].clone() },
            Happening::Exit { thread } => Event::Exit { tid: names[*thread].clone() },
            Happening::Device { effect } => match effect {
                Effect::Completed { overlapped, status, information, .. } => Event::Io(Io {
                    file: None,
                    overlapped: Some(overlapped.0),
                    status: Some(status.0),
                    information: Some(*information),
                }),
                _ => continue,
            },
        };
        events.push((event.at, told));
    }
    events.push((run.ticks, Event::End { dropped: 0 }));
    (meta, events)
}
