//! The model itself as an implementation under test: right, or with the deviations of some
//! semantics as its faults. It shows what the harness can find at every level, and takes no time.

use super::script::Names;
use crate::driver::{Answer, Command, Fault, Hello, Implementation, Numbers, PROTOCOL};
use iocp_model::{Action, Effect, Kernel, ProcessId, Refusal, Rule, Semantics, ThreadId};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
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
        }
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
            if let Effect::HandleOpened { handle, .. } = effect
                && let Some(name) = fresh.next()
            {
                self.numbers.know(name, handle.0);
                self.names.know(*handle, name);
            }
        }
        self.tell(effects);
        self.follow(|action| matches!(action, Action::Retry { .. } | Action::FinishCancel { .. }));
    }

    /// Lets happen what this says, as long as it can.
    fn follow(&mut self, what: impl Fn(&Action) -> bool) {
        loop {
            let mut enabled = Vec::new();
            self.kernel.enabled(&mut enabled);
            let Some(action) = enabled.into_iter().find(|action| what(action)) else { return };
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            if self.kernel.apply(action, &mut effects).is_err() {
                return;
            }
            self.tell(effects);
        }
    }

    fn tell(&mut self, effects: Vec<(Rule, Effect)>) {
        for (_, effect) in effects {
            match effect {
                Effect::Returned { thread, result } => {
                    if let Some((id, op)) = self.open.remove(&thread) {
                        let res = self.names.expected(&op, &result);
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
        *self = ModelDriver::new(self.semantics);
        Ok(self.introduction())
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Call { id, thread, op, args, bind } => self.call(*id, thread, op, args, bind),
            Command::Settle { .. } => self.settling = true,
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
