//! A program in the making: the model's state after it, and the steps so far.

use super::words::{address, expected, op_of};
use crate::driver::{AwaitStep, CallStep, Expected, Program, Step};
use iocp_model::ke::thread::Run;
use iocp_model::{
    Action, Call, Effect, Handle, Kernel, Object, Overlapped, ProcessId, Rule, Semantics, ThreadId,
    Timeout,
};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The thread that posts and closes, and never removes.
const MASTER: &str = "M";
/// Names of the threads that remove.
const WORKERS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
/// How long a wait is that is to time out.
const SHORT_MS: u64 = 10;

/// How a remove asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How {
    /// One packet, without end.
    One,
    /// One packet, natively, at once or not at all.
    Poll,
    /// Up to two packets, without end.
    Batch,
    /// One packet, with a timeout that passes if it has to wait.
    Short,
}

/// What can happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    Post { port: usize },
    Remove { worker: usize, port: usize, how: How },
    Block { worker: usize },
    Unblock { worker: usize },
    Depth { port: usize },
    Exit { worker: usize },
    Close { port: usize },
}

/// A program in the making.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) kernel: Kernel,
    master: ThreadId,
    workers: Vec<ThreadId>,
    ports: Vec<Handle>,
    events: Vec<Handle>,
    closed: Vec<bool>,
    /// The call that each thread is in, by step.
    open: BTreeMap<ThreadId, usize>,
    steps: Vec<Step>,
    rules: BTreeSet<&'static str>,
}

impl Stage {
    /// Ports of these concurrency values, and workers with an event each to block on.
    pub(super) fn new(semantics: Semantics, concurrency: &[u32], workers: usize) -> Stage {
        let mut kernel = Kernel::new(semantics, 1);
        let process = ProcessId(0);
        let master = kernel.create_thread(process);
        let count = workers.clamp(1, WORKERS.len());
        let workers = (0..count).map(|_| kernel.create_thread(process)).collect();
        let mut stage = Stage {
            kernel,
            master,
            workers,
            ports: Vec::new(),
            events: Vec::new(),
            closed: vec![false; concurrency.len()],
            open: BTreeMap::new(),
            steps: Vec::new(),
            rules: BTreeSet::new(),
        };
        for (index, concurrency) in concurrency.iter().enumerate() {
            let call = Call::CreateIoCompletionPort {
                file: Handle::INVALID,
                existing_port: Handle::NULL,
                key: 0,
                concurrency: *concurrency,
            };
            let args = json!({
                "file": "-1", "existing_port": "NULL", "key": 0, "concurrency": concurrency,
            });
            let handle = stage.make(&call, args, format!("P{index}"));
            stage.ports.push(handle);
        }
        for worker in &WORKERS[..count] {
            let call = Call::CreateEvent { manual_reset: false, initial: false };
            let args = json!({ "manual_reset": false, "initial": false });
            let handle = stage.make(&call, args, format!("E{worker}"));
            stage.events.push(handle);
        }
        stage
    }

    /// A call of the master's that opens a handle.
    fn make(&mut self, call: &Call, args: Json, name: String) -> Handle {
        self.call(self.master, call.clone(), args);
        let Some(Step::Call(step)) = self.steps.last_mut() else { return Handle::NULL };
        step.bind = vec![name.clone()];
        let mut expected = Map::new();
        expected.insert("value".to_owned(), json!(name));
        step.windows = Some(Expected::Res(expected));
        // The newest handle is the one with the largest value: nothing has been closed yet.
        let values = (1..=64).rev().map(|n| Handle(4 * n));
        let taken = |handle: &Handle| self.kernel.resolve(ProcessId(0), *handle).is_some();
        values.into_iter().find(taken).unwrap_or(Handle::NULL)
    }

    fn name(&self, thread: ThreadId) -> &'static str {
        match self.workers.iter().position(|worker| *worker == thread) {
            Some(index) => WORKERS[index],
            None => MASTER,
        }
    }

    fn runs(&self, thread: ThreadId) -> bool {
        self.kernel.thread(thread).is_some_and(|thread| thread.run == Run::Running)
    }

    fn exited(&self, thread: ThreadId) -> bool {
        self.kernel.thread(thread).is_none_or(|thread| thread.run == Run::Exited)
    }

    /// Whether a worker waits for its event.
    fn is_blocked(&self, worker: usize) -> bool {
        let thread = self.workers[worker];
        let Some(Step::Call(step)) = self.open.get(&thread).map(|step| &self.steps[*step]) else {
            return false;
        };
        step.op == "WaitForSingleObject" && !self.runs(thread) && !self.exited(thread)
    }

    /// How many packets are queued.
    pub(super) fn depth(&self, port: usize) -> usize {
        match self.kernel.resolve(ProcessId(0), self.ports[port]) {
            Some(Object::Port(id)) => self.kernel.port(id).map_or(0, |port| port.packets.len()),
            _ => 0,
        }
    }

    /// Everything that can happen next, in a fixed order.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let open_ports: Vec<usize> =
            (0..self.ports.len()).filter(|port| !self.closed[*port]).collect();
        for &port in &open_ports {
            choices.extend([Choice::Post { port }, Choice::Depth { port }]);
        }
        for worker in 0..self.workers.len() {
            if self.is_blocked(worker) {
                choices.push(Choice::Unblock { worker });
            }
            if !self.runs(self.workers[worker]) {
                continue;
            }
            for &port in &open_ports {
                for how in [How::One, How::Poll, How::Batch, How::Short] {
                    choices.push(Choice::Remove { worker, port, how });
                }
            }
            choices.extend([Choice::Block { worker }, Choice::Exit { worker }]);
        }
        choices.extend(open_ports.iter().map(|&port| Choice::Close { port }));
        choices
    }

    /// Makes a choice.
    pub(super) fn act(&mut self, choice: Choice) {
        match choice {
            Choice::Post { port } => self.post(port),
            Choice::Remove { worker, port, how } => self.remove(worker, port, how),
            Choice::Block { worker } => {
                let (thread, handle) = (self.workers[worker], self.events[worker]);
                let call = Call::WaitForSingleObject { handle, timeout: Timeout::Infinite };
                let args =
                    json!({ "handle": format!("E{}", WORKERS[worker]), "timeout": "infinite" });
                self.call(thread, call, args);
            }
            Choice::Unblock { worker } => {
                let args = json!({ "event": format!("E{}", WORKERS[worker]) });
                self.call(self.master, Call::SetEvent { event: self.events[worker] }, args);
            }
            Choice::Depth { port } => {
                let call =
                    Call::NtQueryIoCompletion { port: self.ports[port], class: 0, length: 4 };
                self.call(self.master, call, json!({ "port": format!("P{port}") }));
            }
            Choice::Exit { worker } => {
                self.call(self.workers[worker], Call::ExitThread {}, json!({}));
            }
            Choice::Close { port } => {
                self.closed[port] = true;
                let call = Call::CloseHandle { handle: self.ports[port] };
                self.call(self.master, call, json!({ "handle": format!("P{port}") }));
            }
        }
    }

    /// Posts a packet whose key no queued packet has, the smallest one, so that few keys do.
    fn post(&mut self, port: usize) {
        let queued: Vec<u64> = match self.kernel.resolve(ProcessId(0), self.ports[port]) {
            Some(Object::Port(id)) => self
                .kernel
                .port(id)
                .map_or(Vec::new(), |port| port.packets.iter().map(|p| p.key).collect()),
            _ => Vec::new(),
        };
        let small = (1u64..).find(|key| !queued.contains(key)).unwrap_or(1);
        // A key has 64 bits, and an OVERLAPPED may be NULL.
        let key = if small == 2 { 0x2_0000_0002 } else { small };
        let overlapped = if small == 3 { Overlapped::NULL } else { Overlapped::numbered(1) };
        let call =
            Call::PostQueuedCompletionStatus { port: self.ports[port], bytes: 5, key, overlapped };
        let args = json!({
            "port": format!("P{port}"), "bytes": 5, "key": format!("0x{key:x}"),
            "overlapped": address(overlapped),
        });
        self.call(self.master, call, args);
    }

    fn remove(&mut self, worker: usize, port: usize, how: How) {
        let thread = self.workers[worker];
        let (name, port) = (format!("P{port}"), self.ports[port]);
        let infinite = Timeout::Infinite;
        let (call, args) = match how {
            How::One => (
                Call::GetQueuedCompletionStatus { port, timeout: infinite },
                json!({ "port": name, "timeout": "infinite" }),
            ),
            How::Poll => (
                Call::NtRemoveIoCompletion { port, timeout: Timeout::Zero },
                json!({ "port": name, "timeout": 0 }),
            ),
            How::Batch => (
                Call::GetQueuedCompletionStatusEx {
                    port,
                    count: 2,
                    timeout: infinite,
                    alertable: false,
                },
                json!({ "port": name, "count": 2, "timeout": "infinite", "alertable": false }),
            ),
            How::Short => (
                Call::GetQueuedCompletionStatus { port, timeout: Timeout::Finite(SHORT_MS * 1000) },
                json!({ "port": name, "timeout": SHORT_MS }),
            ),
        };
        self.call(thread, call, args);
        if how == How::Short && !self.runs(thread) {
            if let Some(Step::Call(step)) = self.steps.last_mut() {
                // The time may be up before everything has settled.
                step.waits = None;
            }
            self.apply(Action::Expire { thread });
            let name = self.name(thread).to_owned();
            self.steps.push(Step::Await(AwaitStep { r#await: name, ms: 5000 }));
        }
    }

    fn call(&mut self, thread: ThreadId, call: Call, args: Json) {
        let Json::Object(args) = args else { return };
        let windows = Some(Expected::Word("never".to_owned()));
        let step = CallStep { windows, ..CallStep::new(self.name(thread), op_of(&call), args) };
        let index = self.steps.len();
        self.steps.push(Step::Call(step));
        self.open.insert(thread, index);
        self.apply(Action::Call { thread, call });
        let waits = self.open.contains_key(&thread);
        if let Step::Call(step) = &mut self.steps[index] {
            step.waits = Some(waits);
        }
    }

    /// Lets something happen, and what follows from it at once: in lockstep a woken waiter has
    /// long asked again (`hand-off=wake-and-retry`) when the next step comes.
    fn apply(&mut self, action: Action) {
        self.apply_one(action);
        loop {
            let mut enabled = Vec::new();
            self.kernel.enabled(&mut enabled);
            match enabled.into_iter().find(|action| matches!(action, Action::Retry { .. })) {
                Some(retry) => self.apply_one(retry),
                None => return,
            }
        }
    }

    /// Lets one thing happen, and writes down what it makes calls return.
    fn apply_one(&mut self, action: Action) {
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        if self.kernel.apply(action, &mut effects).is_err() {
            return;
        }
        for (rule, effect) in effects {
            self.rules.insert(rule.id());
            let (thread, expected) = match effect {
                Effect::Returned { thread, result } => (thread, Expected::Res(expected(&result))),
                Effect::Exited { thread } => (thread, Expected::Word("exit".to_owned())),
                _ => continue,
            };
            if let Some(Step::Call(step)) =
                self.open.remove(&thread).and_then(|index| self.steps.get_mut(index))
            {
                step.windows = Some(expected);
            }
        }
    }

    /// The finished program.
    pub(super) fn program(self, name: &str, title: &str) -> Program {
        Program {
            format: "iocp-program".to_owned(),
            version: 1,
            name: name.to_owned(),
            title: title.to_owned(),
            facts: Vec::new(),
            rules: self.rules.iter().map(|rule| (*rule).to_owned()).collect(),
            steps: self.steps,
        }
    }

    /// The steps from this one on.
    #[cfg(test)]
    pub(super) fn steps_from(&self, from: usize) -> &[Step] {
        &self.steps[from..]
    }

    /// How many steps there are so far.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}
