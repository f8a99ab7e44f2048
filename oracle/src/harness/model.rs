//! The model itself as an implementation under test: right, or with the deviations of some
//! semantics as its faults. It shows what the harness can find at every level, and takes no time.

use super::script::Names;
use crate::driver::{
    Answer, Command, Fault, Hello, Implementation, Numbers, PROTOCOL, Peers, address,
};
use crate::trace::Event;
use iocp_model::io::job::process_identifier;
use iocp_model::{
    Action, Effect, FileKind, IoOp, Kernel, NtStatus, Object, Out, Overlapped, ProcessId, Refusal,
    Rule, Semantics, ThreadId,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

/// Drives the model.
pub struct ModelDriver {
    semantics: Semantics,
    kernel: Kernel,
    threads: BTreeMap<String, ThreadId>,
    /// The call that each thread is in, with its function.
    open: BTreeMap<ThreadId, (u64, String)>,
    numbers: Numbers,
    names: Names,
    answers: VecDeque<Answer>,
    settling: bool,
    /// What somebody outside does to the files.
    peers: Peers,
    /// The rules that were followed since it was made, over all cases.
    rules: BTreeSet<Rule>,
    /// Of several canceled operations the newest ends first.
    newest_first: bool,
}

impl ModelDriver {
    /// The model under these semantics.
    pub fn new(semantics: impl Into<Semantics>) -> ModelDriver {
        let semantics = semantics.into();
        let mut kernel = Kernel::new(semantics, 1);
        // A driver has a thread that no program names: its process outlives theirs.
        kernel.create_thread(ProcessId(0));
        ModelDriver {
            semantics,
            kernel,
            threads: BTreeMap::new(),
            open: BTreeMap::new(),
            numbers: Numbers::default(),
            names: Names::default(),
            answers: VecDeque::new(),
            settling: false,
            peers: Peers::default(),
            rules: BTreeSet::new(),
            newest_first: false,
        }
    }

    /// The same, but of several canceled operations the newest ends first: the order is the
    /// drivers' affair.
    pub(crate) fn newest_first(mut self) -> ModelDriver {
        self.newest_first = true;
        self
    }

    /// The rules that were followed since it was made, over all cases.
    pub fn rules(&self) -> &BTreeSet<Rule> {
        &self.rules
    }

    fn introduction(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: "model".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: format!("the model ({})", super::test::in_words(self.semantics)),
            ops: Vec::new(),
            missing: Vec::new(),
            settled: "the model knows".to_owned(),
            blocking: "reported".to_owned(),
        }
    }

    fn call(&mut self, id: u64, name: &str, op: &str, args: &Map<String, Value>, bind: &[String]) {
        let kernel = &mut self.kernel;
        let thread = *self
            .threads
            .entry(name.to_owned())
            .or_insert_with(|| kernel.create_thread(ProcessId(0)));
        if let Some(arrival) = self.peers.acts(&self.numbers, op, args) {
            self.happens_outside(id, op, args, bind, arrival);
            return;
        }
        if op == "ReadStatusBlock" {
            self.look(id, args);
            return;
        }
        let unsupported = |why: String| Answer::Unsupported { id, why };
        let Some(call) = self.numbers.call(name, op, args) else {
            self.answers.push_back(unsupported(format!("the model has no such {op}")));
            return;
        };
        let mut effects: Vec<(Rule, Effect)> = Vec::new();
        match self.kernel.apply(Action::Call { thread, call }, &mut effects) {
            Ok(()) => {}
            Err(refusal @ (Refusal::NotExported(_) | Refusal::NotModelled(_))) => {
                self.answers.push_back(unsupported(refusal.to_string()));
                return;
            }
            Err(refusal) => {
                let why = refusal.to_string();
                self.answers.push_back(Answer::Refused { id: Some(id), why });
                return;
            }
        }
        self.open.insert(thread, (id, op.to_owned()));
        let mut fresh = bind.iter();
        for (_, effect) in &effects {
            // What a child inherits has names in the child only.
            if let Effect::HandleOpened { process: ProcessId(0), handle, object } = effect
                && let Some(name) = fresh.next()
            {
                self.numbers.know(name, handle.0);
                self.names.know(*handle, name);
                if let (Object::Thread(thread), "CreateThread") = (object, op) {
                    self.threads.insert(name.clone(), *thread);
                }
            }
        }
        self.peers.learn(op, args, bind);
        self.tell(effects);
        self.go_on();
    }

    /// What follows by itself: a woken waiter asks again, a canceled operation ends.
    fn go_on(&mut self) {
        self.follow(|action| matches!(action, Action::Retry { .. } | Action::FinishCancel { .. }));
    }

    fn happens_outside(
        &mut self,
        id: u64,
        op: &str,
        args: &Map<String, Value>,
        bind: &[String],
        arrival: Option<Event>,
    ) {
        if let Some(Event::Arrive { file, what }) = arrival
            && let Some(Object::File(file)) = self.kernel.resolve(ProcessId(0), file)
        {
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            // What cannot happen to the file any more reaches nobody.
            if self.kernel.apply(Action::Arrive { file, what }, &mut effects).is_ok() {
                self.tell(effects);
            }
        }
        self.peers.learn(op, args, bind);
        let mut res = Map::new();
        if let (Some(name), "connect") = (bind.first(), op) {
            res.insert("value".to_owned(), json!(name));
        }
        self.answers.push_back(Answer::Ret { id, res });
        self.go_on();
    }

    /// What stands in an OVERLAPPED, which the model knows once an operation has written it.
    fn look(&mut self, id: u64, args: &Map<String, Value>) {
        let mut res = Map::new();
        let at = args.get("overlapped").and_then(Value::as_str).and_then(address);
        let block = at.and_then(|at| self.kernel.status_block(ProcessId(0), Overlapped(at)));
        if let Some(block) = block {
            res.insert("status".to_owned(), json!(format!("0x{:08x}", block.status.0)));
            res.insert("information".to_owned(), json!(format!("0x{:x}", block.information)));
        }
        self.answers.push_back(Answer::Ret { id, res });
    }

    /// Lets the devices end what they end by themselves: a disk, a connection to a listener, a
    /// file that is sent.
    fn let_devices_work(&mut self) {
        loop {
            let ends = |file: FileKind, op: IoOp| {
                matches!(op, IoOp::ConnectEx | IoOp::TransmitFile) || file == FileKind::Disk
            };
            let kernel = &self.kernel;
            let found = kernel.irps().iter().find_map(|(irp, pending)| {
                let request = &pending.request;
                let kind = kernel.files().iter().find(|(id, _)| *id == request.file)?.1.kind;
                let done = ends(kind, request.op);
                done.then_some((irp, request.op, request.other, u64::from(request.length)))
            });
            let Some((irp, op, other, information)) = found else { return };
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            let complete = Action::Complete { irp, status: NtStatus::SUCCESS, information };
            if self.kernel.apply(complete, &mut effects).is_err() {
                return;
            }
            if let (IoOp::ConnectEx, Some(file)) = (op, other) {
                let what = iocp_model::Arrival::Connect;
                // A listener that is gone by now hears of nobody.
                let _ = self.kernel.apply(Action::Arrive { file, what }, &mut effects);
            }
            self.tell(effects);
            self.go_on();
        }
    }

    /// Lets happen what this says, as long as it can.
    fn follow(&mut self, what: impl Fn(&Action) -> bool) {
        loop {
            let mut enabled = Vec::new();
            self.kernel.enabled(&mut enabled);
            let mut wanted: Vec<Action> = enabled.into_iter().filter(|a| what(a)).collect();
            if self.newest_first {
                let ends = |action: &Action| matches!(action, Action::FinishCancel { .. });
                let last = wanted.iter().rposition(ends).unwrap_or(0);
                wanted.drain(..last.min(wanted.len()));
            }
            let Some(action) = wanted.into_iter().next() else { return };
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            if self.kernel.apply(action, &mut effects).is_err() {
                return;
            }
            self.tell(effects);
        }
    }

    /// The handles and the identifier of a process that was started.
    fn created(&self, out: &Out, res: &mut Map<String, Value>) {
        let Out::Created { process: Some(handle), thread } = out else { return };
        res.insert("process".to_owned(), json!(self.names.of(*handle)));
        res.insert("thread".to_owned(), json!(self.names.of(*thread)));
        if let Some(Object::Process(process)) = self.kernel.resolve(ProcessId(0), *handle) {
            res.insert("process_id".to_owned(), json!(process_identifier(process)));
        }
    }

    fn tell(&mut self, effects: Vec<(Rule, Effect)>) {
        for (rule, effect) in effects {
            self.rules.insert(rule);
            match effect {
                Effect::Returned { thread, result } => {
                    if let Some((id, op)) = self.open.remove(&thread) {
                        let mut res = self.names.expected(&op, &result);
                        self.created(&result.out, &mut res);
                        self.answers.push_back(Answer::Ret { id, res });
                    }
                }
                Effect::Exited { thread } => {
                    if let Some((id, _)) = self.open.remove(&thread) {
                        let known = self.threads.iter().find(|(_, known)| **known == thread);
                        let thread = known.map_or(String::new(), |(name, _)| name.clone());
                        self.answers.push_back(Answer::Exit { id, thread });
                    }
                }
                _ => {}
            }
        }
    }
}

impl Implementation for ModelDriver {
    fn reset(&mut self) -> Result<Hello, Fault> {
        let rules = std::mem::take(&mut self.rules);
        let newest_first = self.newest_first;
        *self = ModelDriver { rules, newest_first, ..ModelDriver::new(self.semantics) };
        Ok(self.introduction())
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Call { id, thread, op, args, bind } => self.call(*id, thread, op, args, bind),
            Command::Settle { .. } => {
                self.let_devices_work();
                self.settling = true;
            }
            Command::Hello | Command::Reset | Command::Quit => {}
        }
        Ok(())
    }

    fn receive(&mut self, _: Instant) -> Result<Option<Answer>, Fault> {
        if self.answers.is_empty() && self.settling {
            self.settling = false;
            let waiting = self.open.values().map(|(id, _)| *id).collect();
            let how = self.introduction().settled;
            return Ok(Some(Answer::Settled { waiting, sure: true, how }));
        }
        if self.answers.is_empty() {
            // Somebody waits for a call to return, and only time can make it.
            self.follow(|action| matches!(action, Action::Expire { .. }));
        }
        Ok(self.answers.pop_front())
    }

    fn hello(&self) -> Hello {
        self.introduction()
    }

    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}
