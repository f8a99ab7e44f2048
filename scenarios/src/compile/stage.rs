//! The kernel as the threads find it: ports created, files opened and associated, handles
//! duplicated. Everything is done by real calls of the first thread of each process, so the stage
//! is a state that a program could have reached.

use iocp_model::{
    Access, Action, Attributes, Call, Effect, FileKind, Handle, Kernel, Object, Observer, Out,
    ProcessId, Return, Rule, Semantics, ThreadId, Value,
};

use super::words::words_in;
use super::{Compiler, Thing};
use crate::calls::{ACCESS, FILE_KINDS};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Entry, Node};
use crate::set::Set;

struct Stage {
    kernel: Kernel,
    /// The thread that sets the stage of each process.
    first: Vec<Option<ThreadId>>,
    /// The handle of each further process, in the table of the first.
    processes: Vec<Handle>,
    /// What was done, in order.
    log: Vec<Set>,
}

impl Stage {
    /// What the call returned, or why not.
    fn call(&mut self, process: ProcessId, call: Call) -> Result<Return, String> {
        let thread = self.first[process.index()].ok_or("no thread of that process")?;
        let mut effects: Vec<(Rule, Effect)> = vec![];
        let action = Action::Call { thread, call: call.clone() };
        let mut observer: &mut dyn Observer = &mut effects;
        self.kernel.apply(action, &mut observer).map_err(|refusal| refusal.to_string())?;
        let returned = effects.into_iter().find_map(|(_, effect)| match effect {
            Effect::Returned { thread: t, result } if t == thread => Some(result),
            _ => None,
        });
        let result = returned.ok_or("the call does not return")?;
        let failed = match result.value {
            Value::Handle(handle) => handle == Handle::NULL || handle == Handle::INVALID,
            Value::Bool(value) => !value,
            Value::Status(status) => !status.is_success(),
            Value::Void | Value::Dword(_) | Value::Int(_) => false,
        };
        match failed {
            true => Err(match (result.value, result.last_error) {
                (Value::Status(status), _) => format!("it fails with {status}"),
                (_, Some(error)) => format!("it fails with error {error}"),
                _ => "it fails".to_owned(),
            }),
            false => {
                self.log.push(Set::Call { thread, call, result: result.clone() });
                Ok(result)
            }
        }
    }

    fn open(&mut self, process: ProcessId, call: Call) -> Result<Handle, String> {
        let result = self.call(process, call)?;
        match (result.value, result.out) {
            (Value::Handle(handle), _) | (_, Out::Handle(handle)) => Ok(handle),
            _ => Err("no handle comes back".to_owned()),
        }
    }
}

impl Compiler<'_> {
    pub(super) fn set_stage(&mut self, semantics: Semantics, processors: u32) -> Kernel {
        let mut stage = Stage {
            kernel: Kernel::new(semantics, processors),
            first: vec![None; self.processes.len() + 1],
            processes: vec![],
            log: vec![],
        };
        self.create_threads(&mut stage, ProcessId(0));
        self.open_objects(&mut stage, ProcessId(0));
        for index in 0..self.processes.len() {
            self.create_process(&mut stage, ProcessId(index as u16 + 1));
        }
        for entry in self.entries("handles") {
            self.duplicate(&mut stage, entry);
        }
        self.tie_overlapped();
        self.open_threads(&mut stage);
        for thread in &self.threads {
            if let Some(id) = thread.kernel {
                debug_assert_eq!(stage.kernel.thread(id).map(|t| t.attached), Some(None));
            }
        }
        self.log = stage.log;
        stage.kernel
    }

    fn create_threads(&mut self, stage: &mut Stage, process: ProcessId) {
        for index in 0..self.threads.len() {
            let thread = &self.threads[index];
            let inside = !self.declared[thread.code].outside && thread.process == process;
            if inside && thread.kernel.is_none() {
                let id = stage.kernel.create_thread(process);
                self.threads[index].kernel = Some(id);
                if let Some(child) = process.index().checked_sub(1) {
                    let process = stage.processes[child];
                    stage.log.push(Set::Further { thread: id, process });
                }
                stage.first[process.index()].get_or_insert(id);
            }
        }
    }

    /// A child of the first process, which inherits what is inheritable.
    fn create_process(&mut self, stage: &mut Stage, process: ProcessId) {
        let node = &self.root.get("processes").map(Node::elements).unwrap_or_default()
            [process.index() - 1];
        let first = self
            .threads
            .iter()
            .position(|t| t.process == process && !self.declared[t.code].outside);
        let Some(first) = first else {
            let message = "no thread runs in this process";
            self.complain(Diagnostic::new("no-threads", node.span, message));
            return;
        };
        let made = stage.call(ProcessId(0), Call::CreateProcess { inherit_handles: true });
        let (handle, named) = match made.map(|result| result.out) {
            Ok(Out::Created { process: Some(handle), thread }) => (handle, thread),
            Ok(_) => return self.failed(node.span, "no handle comes back"),
            Err(why) => return self.failed(node.span, &why),
        };
        stage.processes.push(handle);
        let threads = stage.kernel.threads().iter();
        let made = threads.filter(|(_, thread)| thread.process == process).map(|(id, _)| id).next();
        self.threads[first].kernel = made;
        stage.first[process.index()] = made;
        if let Some(thread) = made {
            stage.log.push(Set::First { thread, named });
        }
        self.create_threads(stage, process);
        self.open_objects(stage, process);
    }

    fn failed(&mut self, span: Span, why: &str) {
        let message = format!("this cannot be set up: {why}");
        self.complain(Diagnostic::new("bad-stage", span, message));
    }

    fn open_objects(&mut self, stage: &mut Stage, process: ProcessId) {
        for section in super::declare::SECTIONS {
            for entry in self.entries(section) {
                let Some(index) = self.object_of(&entry.key, process) else { continue };
                let call = self.creation(section, entry);
                self.open(stage, index, entry.key_span, call);
                if section == "files" {
                    self.associate(stage, index, &entry.value);
                }
            }
        }
        for pair in self.root.get("pairs").map(Node::elements).unwrap_or_default() {
            self.open_pair(stage, pair, process);
        }
        for entry in self.entries("wait_packets") {
            if let Some(index) = self.object_of(&entry.key, process) {
                let call = Call::NtCreateWaitCompletionPacket {};
                self.open(stage, index, entry.key_span, call);
            }
        }
    }

    /// The declared object of this name, if it belongs to the process.
    fn object_of(&self, name: &str, process: ProcessId) -> Option<usize> {
        match self.names.get(name)? {
            (_, Thing::Handle(index)) if self.objects[*index].process == process => Some(*index),
            _ => None,
        }
    }

    fn creation(&mut self, section: &str, entry: &Entry) -> Call {
        let get = |key| entry.value.get(key);
        let flag = |key, default| get(key).and_then(Node::flag).unwrap_or(default);
        match section {
            "ports" => {
                let concurrency = get("concurrency").map_or(0, |n| self.bounded(n, 0, 0xffff_ffff));
                Call::NtCreateIoCompletion {
                    access: Access::ALL,
                    attributes: Attributes::Null,
                    concurrency: concurrency as u32,
                }
            }
            "files" => {
                let word = get("kind").and_then(Node::text).unwrap_or_default();
                let kind = FILE_KINDS.iter().find(|(name, _)| *name == word);
                Call::CreateFile {
                    kind: kind.map_or(FileKind::Device, |(_, kind)| *kind),
                    overlapped: flag("overlapped", true),
                    inherit: flag("inherit", false),
                }
            }
            "events" => Call::CreateEvent {
                manual_reset: flag("manual_reset", true),
                initial: flag("initial", false),
            },
            "semaphores" => {
                let most = i64::from(i32::MAX);
                let initial = get("initial").map_or(0, |node| self.bounded(node, 0, most));
                let maximum = get("maximum").map_or(most, |node| self.bounded(node, 1, most));
                Call::CreateSemaphore { initial: initial as u32, maximum: maximum as u32 }
            }
            "mutexes" => Call::CreateMutex { initial_owner: false },
            "jobs" => Call::CreateJobObject {},
            _ => Call::NtAllocateReserveObject { for_packet: true },
        }
    }

    fn open(&mut self, stage: &mut Stage, index: usize, span: Span, call: Call) {
        let process = self.objects[index].process;
        match stage.open(process, call) {
            Ok(handle) => self.opened(stage, index, handle),
            Err(why) => self.failed(span, &why),
        }
    }

    fn opened(&mut self, stage: &Stage, index: usize, handle: Handle) {
        let named = &mut self.objects[index];
        named.handle = handle;
        if let Some(object) = stage.kernel.resolve(named.process, handle) {
            named.object = object;
        }
    }

    fn open_pair(&mut self, stage: &mut Stage, pair: &Node, process: ProcessId) {
        let [one, two] = pair.get("ends").map(Node::entries).unwrap_or_default() else { return };
        let Some(first) = self.object_of(&one.key, process) else { return };
        let Some(second) = self.object_of(&two.key, process) else { return };
        let flag =
            |node: &Node, key, default| node.get(key).and_then(Node::flag).unwrap_or(default);
        let overlapped = flag(&one.value, "overlapped", true);
        if pair.get("kind").and_then(Node::text) == Some("socket") {
            match stage.call(process, Call::SocketPair { overlapped }) {
                Ok(Return { value: Value::Handle(a), out: Out::Handle(b), .. }) => {
                    self.opened(stage, first, a);
                    self.opened(stage, second, b);
                }
                Ok(_) => self.failed(pair.span, "no handles come back"),
                Err(why) => self.failed(pair.span, &why),
            }
        } else {
            let message = flag(pair, "message", false);
            self.open(stage, first, one.key_span, Call::CreateNamedPipe { overlapped, message });
            let server = self.objects[first].handle;
            let overlapped = flag(&two.value, "overlapped", true);
            self.open(stage, second, two.key_span, Call::OpenNamedPipe { server, overlapped });
        }
        self.associate(stage, first, &one.value);
        self.associate(stage, second, &two.value);
    }

    /// `port`, `key` and `modes` of a file.
    fn associate(&mut self, stage: &mut Stage, index: usize, node: &Node) {
        let (process, file) = (self.objects[index].process, self.objects[index].handle);
        if let Some(port) = node.get("port") {
            let fits = |thing| matches!(thing, Thing::Handle(_));
            let Some(Thing::Handle(at)) = self.find_node(port, "a port", fits) else { return };
            let existing_port = self.objects[at].handle;
            let key = node.get("key").map_or(0, |node| self.constant(node)) as u64;
            let call = Call::CreateIoCompletionPort { file, existing_port, key, concurrency: 0 };
            if let Err(why) = stage.call(process, call) {
                self.failed(port.span, &why);
            }
        } else if let Some(key) = node.get("key") {
            let problem = Diagnostic::new("missing-key", key.span, "a key needs a port");
            self.complain(problem);
        }
        if let Some(modes) = node.get("modes") {
            let words = modes.elements().iter().filter_map(Node::text);
            let flags = words.fold(0, |flags, word| {
                flags
                    | match word {
                        "skip-port-on-success" => 1,
                        "skip-set-event" => 2,
                        _ => 4,
                    }
            });
            let call = Call::SetFileCompletionNotificationModes { file, flags };
            if let Err(why) = stage.call(process, call) {
                self.failed(modes.span, &why);
            }
        }
    }

    fn duplicate(&mut self, stage: &mut Stage, entry: &Entry) {
        let Some((_, Thing::Handle(index))) = self.names.get(&entry.key).copied() else { return };
        let Some(of) = entry.value.get("of") else { return };
        let fits = |thing| matches!(thing, Thing::Handle(_));
        let Some(Thing::Handle(original)) = self.find_node(of, "an object", fits) else { return };
        if self.objects[original].process != ProcessId(0) {
            return self.failed(of.span, "only handles of the first process can be duplicated");
        }
        let process = self.objects[index].process;
        let target = match process.index() {
            0 => Handle::CURRENT_PROCESS,
            child => stage.processes.get(child - 1).copied().unwrap_or(Handle::NULL),
        };
        let access = entry.value.get("access").map(|node| {
            let words = node.elements().iter().filter_map(Node::text);
            let bit = |word| ACCESS.iter().find(|(name, _)| *name == word).map_or(0, |a| a.1.0);
            Access(words.fold(0, |mask, word| mask | bit(word)))
        });
        let call = Call::DuplicateHandle {
            source_process: Handle::CURRENT_PROCESS,
            handle: self.objects[original].handle,
            target_process: target,
            access,
            inherit: false,
            close_source: false,
        };
        match stage.open(ProcessId(0), call) {
            Ok(handle) => self.opened(stage, index, handle),
            Err(why) => self.failed(entry.key_span, &why),
        }
    }

    /// The events of OVERLAPPEDs; these exist only now.
    fn tie_overlapped(&mut self) {
        let mut number = 0;
        let global = self.entries("overlapped");
        for entry in global {
            self.overlapped[number].event = self.event_of(&entry.value);
            number += 1;
        }
        for index in 0..self.threads.len() {
            let name = self.declared[self.threads[index].code].name.clone();
            let thread = self.entries("threads").iter().find(|entry| entry.key == name);
            let own = thread.and_then(|entry| entry.value.get("overlapped"));
            for entry in own.map(Node::entries).unwrap_or_default() {
                self.overlapped[number].event = self.event_of(&entry.value);
                number += 1;
            }
        }
    }

    fn event_of(&mut self, node: &Node) -> Handle {
        let low_bit = node.get("low_bit").and_then(Node::flag).unwrap_or(false);
        let Some(event) = node.get("event") else {
            if low_bit {
                let message = "the low bit needs an event";
                self.complain(Diagnostic::new("missing-key", node.span, message));
            }
            return Handle::NULL;
        };
        let fits = |thing| matches!(thing, Thing::Handle(_));
        let Some(Thing::Handle(index)) = self.find_node(event, "an event", fits) else {
            return Handle::NULL;
        };
        if !matches!(self.objects[index].object, Object::Event(_)) {
            self.complain(Diagnostic::new("wrong-kind", event.span, "this is not an event"));
        }
        Handle(self.objects[index].handle.0 | u64::from(low_bit))
    }

    /// Handles for the threads that somebody names, each opened by the thread itself.
    fn open_threads(&mut self, stage: &mut Stage) {
        let mut words = std::collections::BTreeSet::new();
        for entry in self.entries("threads") {
            let program = match entry.value.get("program") {
                Some(program) => program,
                None => &entry.value,
            };
            words_in(program, &mut words);
        }
        for actor in 0..self.threads.len() {
            let thread = &self.threads[actor];
            let Some(id) = thread.kernel else { continue };
            if !words.contains(&self.declared[thread.code].name) {
                continue;
            }
            stage.first[thread.process.index()] = Some(id);
            let call = Call::DuplicateHandle {
                source_process: Handle::CURRENT_PROCESS,
                handle: Handle::CURRENT_THREAD,
                target_process: Handle::CURRENT_PROCESS,
                access: None,
                inherit: false,
                close_source: false,
            };
            match stage.open(thread.process, call) {
                Ok(handle) => {
                    self.thread_handles.insert(actor as u16, handle);
                }
                Err(why) => self.failed(self.declared[self.threads[actor].code].span, &why),
            }
        }
    }

    /// The handle of a thread that runs once.
    pub(super) fn thread_handle(&self, declared: usize) -> Option<Handle> {
        let thread = &self.declared[declared];
        if thread.count == 1 { self.thread_handles.get(&thread.first).copied() } else { None }
    }
}
