//! Judges the record of a threaded port: is there a run of the model that explains it?
//!
//! The record is in the order in which calls took effect, so that the only freedom is when a
//! timeout fired. Every state that the model could be in is kept.

use iocp_model::{
    Access, Action, Attributes, Call, Effect, Handle, Kernel, NtStatus, Out, Packet, ProcessId,
    Profile, Return, Rule, ThreadId, Timeout, Value,
};
use iocp_oracle::threaded::{Asked, Ended, Got, Line, Note};
use std::collections::BTreeMap;

/// Where the record leaves the model.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// The line of the record, from 0; its length for what is wrong with the end.
    pub(crate) line: usize,
    /// What it says.
    pub(crate) what: String,
}

#[derive(Clone, PartialEq)]
struct Possible {
    kernel: Kernel,
    /// What calls have returned that the record has not shown to return.
    returned: BTreeMap<ThreadId, Return>,
}

struct Judge {
    states: Vec<Possible>,
    outsider: ThreadId,
    workers: BTreeMap<usize, ThreadId>,
    ports: Vec<Handle>,
    calls: BTreeMap<u64, (ThreadId, Asked)>,
}

/// Judges a record. `workers` is how many there are; `settled` says that at its end every call
/// that has not returned waits.
pub(crate) fn judge(lines: &[Line], workers: usize, settled: bool) -> Result<(), Rejection> {
    let mut kernel = Kernel::new(Profile::Win11, 1);
    let process = ProcessId(0);
    let outsider = kernel.create_thread(process);
    let threads = (0..workers).map(|worker| (worker, kernel.create_thread(process))).collect();
    let mut judge = Judge {
        states: vec![Possible { kernel, returned: BTreeMap::new() }],
        outsider,
        workers: threads,
        ports: Vec::new(),
        calls: BTreeMap::new(),
    };
    for (number, line) in lines.iter().enumerate() {
        judge.line(line);
        if judge.states.is_empty() {
            return Err(Rejection { line: number, what: format!("{line:?}") });
        }
    }
    if settled {
        judge.states.retain(|state| state.returned.is_empty());
        if judge.states.is_empty() {
            let what = "a call that should have returned waits".to_owned();
            return Err(Rejection { line: lines.len(), what });
        }
    }
    Ok(())
}

impl Judge {
    fn line(&mut self, line: &Line) {
        match line {
            Line::Call { id, worker, asked } => {
                let thread = worker.map_or(self.outsider, |worker| self.workers[&worker]);
                self.calls.insert(*id, (thread, *asked));
                let call = self.call(asked);
                self.act(Action::Call { thread, call });
            }
            Line::Ret { id, got } => {
                let (thread, asked) =
                    self.calls.remove(id).expect("a call comes before its return");
                self.expire();
                let mut made = None;
                self.states.retain_mut(|state| match state.returned.remove(&thread) {
                    Some(result) => {
                        if let (Asked::Create { .. }, Out::Handle(handle)) = (asked, &result.out) {
                            made = Some(*handle);
                            return true;
                        }
                        agrees(&result, got)
                    }
                    None => false,
                });
                self.ports.extend(made);
            }
            Line::Note { worker, note } => {
                let thread = self.workers[worker];
                match note {
                    // The model parks exactly where the port does, or this state is not it.
                    Note::Parked => {
                        self.states.retain(|state| !state.returned.contains_key(&thread));
                    }
                    Note::Block => self.act(Action::Block { thread }),
                    Note::Unblock => self.act(Action::Unblock { thread }),
                    Note::Exit => self.act(Action::Call { thread, call: Call::ExitThread {} }),
                }
            }
        }
    }

    fn call(&self, asked: &Asked) -> Call {
        let handle = |port: usize| self.ports[port];
        match *asked {
            Asked::Create { concurrency } => Call::NtCreateIoCompletion {
                access: Access::ALL,
                attributes: Attributes::Null,
                concurrency,
            },
            Asked::Post { port, packet } => Call::NtSetIoCompletion {
                port: handle(port),
                key: packet.key,
                context: packet.overlapped.0,
                status: packet.status,
                information: packet.information,
            },
            Asked::Remove { port, batch, timeout } => {
                let timeout = match timeout {
                    None => Timeout::Infinite,
                    Some(0) => Timeout::Zero,
                    Some(micros) => Timeout::Finite(micros),
                };
                let port = handle(port);
                match batch {
                    None => Call::NtRemoveIoCompletion { port, timeout },
                    Some(count) => {
                        Call::NtRemoveIoCompletionEx { port, count, timeout, alertable: false }
                    }
                }
            }
            Asked::Depth { port } => {
                Call::NtQueryIoCompletion { port: handle(port), class: 0, length: 4 }
            }
            Asked::Close { port } => Call::NtClose { handle: handle(port) },
        }
    }

    /// An action of the record: it may come after any timeouts that the record does not show.
    fn act(&mut self, action: Action) {
        self.expire();
        let states = std::mem::take(&mut self.states);
        for mut state in states {
            if state.apply(action.clone()) {
                self.keep(state);
            }
        }
    }

    /// Adds every state that timeouts alone lead to.
    fn expire(&mut self) {
        let mut next = 0;
        while next < self.states.len() {
            let mut enabled = Vec::new();
            self.states[next].kernel.enabled(&mut enabled);
            for action in enabled {
                if matches!(action, Action::Expire { .. }) {
                    let mut state = self.states[next].clone();
                    if state.apply(action) {
                        self.keep(state);
                    }
                }
            }
            next += 1;
        }
    }

    fn keep(&mut self, state: Possible) {
        if !self.states.contains(&state) {
            self.states.push(state);
        }
    }
}

impl Possible {
    /// Whether the action is possible; if it is, this is the state after it.
    fn apply(&mut self, action: Action) -> bool {
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        if self.kernel.apply(action, &mut effects).is_err() {
            return false;
        }
        for (_, effect) in effects {
            if let Effect::Returned { thread, result } = effect {
                self.returned.insert(thread, result);
            }
        }
        true
    }
}

fn same(a: &Packet, b: &Packet) -> bool {
    let parts = |p: &Packet| (p.key, p.overlapped, p.status, p.information);
    parts(a) == parts(b)
}

fn agrees(result: &Return, got: &Got) -> bool {
    let Value::Status(status) = result.value else { return false };
    match (got, &result.out) {
        (Got::Done, _) => status == NtStatus::SUCCESS,
        (Got::Depth(depth), Out::Depth(model)) => depth == model,
        (Got::Packet(packet), Out::Removed(model)) => same(packet, model),
        (Got::Batch(packets), Out::Entries { entries, .. }) => {
            packets.len() == entries.len() && packets.iter().zip(entries).all(|(a, b)| same(a, b))
        }
        (Got::Nothing(ended), _) => {
            status
                == match ended {
                    Ended::TimedOut => NtStatus::TIMEOUT,
                    Ended::Abandoned => NtStatus::ABANDONED_WAIT_0,
                    Ended::Closed => NtStatus::INVALID_HANDLE,
                    Ended::NothingAsked => NtStatus::INVALID_PARAMETER,
                }
        }
        _ => false,
    }
}
