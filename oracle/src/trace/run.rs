//! A simulated run as a trace: what somebody outside could have logged of it.
//!
//! The stage is set by calls of the scenario's own threads, so that the trace announces every
//! object in the way in which a program would have made it.

use iocp_model::{Effect, Object, ThreadId};
use iocp_scenarios::run::{Happening, Run};
use iocp_scenarios::{Program, Set};

use super::event::{Blocking, Event, Io, Level, Meta, Name, Order, Seen, ThreadOf};
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
    let mut events: Vec<(u64, Event)> = stage(program).into_iter().map(|e| (0, e)).collect();
    // The calls of the stage come first.
    let before = program.stage().len() as u64;
    for event in &run.events {
        let told = match &event.what {
            Happening::Call { id, thread, call } => {
                Event::Call { id: before + *id, tid: names[*thread].clone(), call: call.clone() }
            }
            Happening::Return { id, thread, result } => Event::Ret {
                id: before + *id,
                tid: Some(names[*thread].clone()),
                res: Res::from_return(result),
            },
            Happening::Waiting { thread } => {
                Event::Waiting { tid: names[*thread].clone(), seen: Seen::Parked }
            }
            Happening::Block { thread } => Event::Block { tid: names[*thread].clone() },
            Happening::Unblock { thread } => Event::Unblock { tid: names[*thread].clone() },
            Happening::Exit { thread } => Event::Exit { tid: names[*thread].clone() },
            Happening::Arrive { file, what } => {
                let Some(file) = program.handle_of(Object::File(*file)) else { continue };
                Event::Arrive { file, what: *what }
            }
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

/// How the stage was set.
fn stage(program: &Program) -> Vec<Event> {
    let name = |thread: ThreadId| match program.thread_name(thread) {
        Some(name) => Name::from(name),
        // It only keeps its process alive.
        None => Name::from(format!("({thread})").as_str()),
    };
    let mut events = vec![];
    for (id, set) in program.stage().iter().enumerate() {
        let id = id as u64;
        match set {
            Set::Call { thread, call, result } => {
                events.push(Event::Call { id, tid: name(*thread), call: call.clone() });
                events.push(Event::Ret { id, tid: None, res: Res::from_return(result) });
            }
            Set::First { thread, named } => {
                let of = ThreadOf::Handle(*named);
                events.push(Event::Thread { tid: name(*thread), of });
            }
            Set::Further { thread, process } => {
                let of = ThreadOf::Process(*process);
                events.push(Event::Thread { tid: name(*thread), of });
            }
        }
    }
    events
}
