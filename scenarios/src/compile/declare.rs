//! Every name of a scenario and what it is: first of all passes.

use iocp_model::{Handle, Object, PortId, ProcessId};

use super::{Compiler, Declared, Thing, literal};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Entry, Node};
use crate::limits;
use crate::program::{Local, Named, Structure, Thread, Variable};

/// The sections that declare handles, in the order in which the stage opens them.
pub(super) const SECTIONS: [&str; 7] =
    ["ports", "files", "events", "semaphores", "mutexes", "jobs", "reserves"];

impl<'a> Compiler<'a> {
    pub(super) fn entries(&self, key: &str) -> &'a [Entry] {
        self.root.get(key).map(Node::entries).unwrap_or_default()
    }

    pub(super) fn declare(&mut self, values: &[(String, i64)]) {
        for (entry, (_, value)) in self.entries("parameters").iter().zip(values) {
            self.name(entry, Thing::Parameter(*value));
            self.check_range(entry, *value);
        }
        self.declare_processes();
        for section in SECTIONS {
            for entry in self.entries(section) {
                self.declare_object(entry, entry.value.get("in"));
            }
        }
        for pair in self.root.get("pairs").map(Node::elements).unwrap_or_default() {
            let ends = pair.get("ends").map(Node::entries).unwrap_or_default();
            if ends.len() != 2 {
                let message = format!("a pair has two ends, this one has {}", ends.len());
                self.complain(Diagnostic::new("wrong-count", pair.span, message));
            }
            for end in ends {
                self.declare_object(end, pair.get("in"));
            }
        }
        for section in ["wait_packets", "handles"] {
            for entry in self.entries(section) {
                self.declare_object(entry, entry.value.get("in"));
            }
        }
        if self.objects.len() > limits::OBJECTS {
            let message = format!("there are more than {} objects", limits::OBJECTS);
            self.complain(Diagnostic::new("too-many", self.start(), message));
        }
        self.declare_shared();
        for entry in self.entries("overlapped") {
            let number = self.overlapped.len() as u16;
            self.name(entry, Thing::Overlapped(number));
            self.declare_overlapped(&entry.key.clone());
        }
        let threads = self.entries("threads");
        if threads.is_empty() {
            let problem = Diagnostic::new("no-threads", self.start(), "nobody does anything");
            self.complain(problem.help("`threads` needs at least one thread"));
        }
        for entry in threads {
            self.declare_thread(entry);
        }
    }

    fn start(&self) -> Span {
        Span::new(self.root.span.start, self.root.span.start + 1)
    }

    fn name(&mut self, entry: &Entry, thing: Thing) {
        if let Some((first, what)) = self.names.get(&entry.key).copied() {
            let message = format!("`{}` is {} already", entry.key, what.noun());
            let problem = Diagnostic::new("declared-twice", entry.key_span, message)
                .related(first, "declared here");
            self.complain(problem);
            return;
        }
        if super::constants::constant(&entry.key).is_some() || RESERVED.contains(&&*entry.key) {
            let message = format!("`{}` means something else in expressions", entry.key);
            self.complain(Diagnostic::new("reserved-name", entry.key_span, message));
            return;
        }
        self.names.insert(entry.key.clone(), (entry.key_span, thing));
    }

    fn check_range(&mut self, entry: &Entry, value: i64) {
        let bound = |key| entry.value.get(key).and_then(literal);
        let (min, max) = (bound("min").unwrap_or(i64::MIN), bound("max").unwrap_or(i64::MAX));
        if min > max || !(min..=max).contains(&value) {
            let message = format!("parameter `{}` is {value}", entry.key);
            let problem = Diagnostic::new("out-of-range", entry.value.span, message)
                .expecting(format!("a number from {min} to {max}"));
            self.complain(problem);
        }
    }

    fn declare_processes(&mut self) {
        for node in self.root.get("processes").map(Node::elements).unwrap_or_default() {
            let name = node.text().unwrap_or_default().to_owned();
            self.processes.push(name.clone());
            let entry = Entry { key: name, key_span: node.span, value: node.clone() };
            self.name(&entry, Thing::Process(ProcessId(self.processes.len() as u16)));
        }
    }

    /// Which process a declaration names with `in`; the first one if it names none.
    pub(super) fn process(&mut self, node: Option<&Node>) -> ProcessId {
        let Some(node) = node else { return ProcessId(0) };
        match self.find_node(node, "a process", |thing| matches!(thing, Thing::Process(_))) {
            Some(Thing::Process(process)) => process,
            _ => ProcessId(0),
        }
    }

    /// The handle and the object are filled in when the stage is set.
    fn declare_object(&mut self, entry: &Entry, process: Option<&Node>) {
        self.name(entry, Thing::Handle(self.objects.len()));
        let process = self.process(process);
        let object = Object::Port(PortId(u16::MAX));
        let name = entry.key.clone();
        self.objects.push(Named { name, process, handle: Handle::NULL, object });
    }

    fn declare_shared(&mut self) {
        let entries = self.entries("shared");
        if entries.len() > limits::SHARED {
            let message = format!("there are more than {} shared variables", limits::SHARED);
            self.complain(Diagnostic::new("too-many", entries[limits::SHARED].key_span, message));
            return;
        }
        for entry in entries {
            self.name(entry, Thing::Shared(self.shared.len() as u16));
            let initial = self.constant(&entry.value);
            self.shared.push(Variable { name: entry.key.clone(), initial });
        }
    }

    fn declare_overlapped(&mut self, name: &str) {
        let structure = Structure { name: name.to_owned(), event: Handle::NULL, allocated: false };
        self.overlapped.push(structure);
    }

    fn declare_thread(&mut self, entry: &Entry) {
        let get = |key| entry.value.get(key);
        let count = match get("count") {
            Some(node) => self.bounded(node, 0, limits::THREADS as i64) as u16,
            None => 1,
        };
        let flag = |key| get(key).and_then(Node::flag).unwrap_or(false);
        let process = self.process(get("in"));
        let at = get("at").map_or(0, |node| self.bounded(node, 0, i64::MAX)) as u64;
        let index = self.declared.len();
        self.name(entry, Thing::Thread(index));
        let locals = self.declare_locals(get("locals"));
        let own = self.declare_own(get("overlapped"));
        let first = self.threads.len() as u16;
        if usize::from(first + count) > limits::THREADS {
            let message = format!("there are more than {} threads", limits::THREADS);
            self.complain(Diagnostic::new("too-many", entry.key_span, message));
            return;
        }
        for instance in 0..count {
            let name = match count {
                1 => entry.key.clone(),
                _ => format!("{}-{instance}", entry.key),
            };
            let base = self.overlapped.len();
            if base + own.len() > limits::OVERLAPPED {
                let message = format!("there are more than {} OVERLAPPEDs", limits::OVERLAPPED);
                self.complain(Diagnostic::new("too-many", entry.key_span, message));
                return;
            }
            for structure in &own {
                let full =
                    if count == 1 { structure.clone() } else { format!("{name}.{structure}") };
                self.declare_overlapped(&full);
            }
            self.threads.push(Thread {
                name,
                code: index,
                instance: u32::from(instance),
                kernel: None,
                process,
                locals: 0..0,
                overlapped: base as u16..self.overlapped.len() as u16,
                daemon: flag("daemon"),
                created: flag("created"),
                at,
            });
        }
        self.declared.push(Declared {
            name: entry.key.clone(),
            span: entry.key_span,
            count,
            first,
            process,
            outside: flag("outside"),
            locals,
            own,
            uses_self: false,
        });
    }

    fn declare_locals(&mut self, node: Option<&Node>) -> Vec<Local> {
        let mut locals = vec![];
        for entry in node.map(Node::entries).unwrap_or_default() {
            self.check_free(&entry.key, entry.key_span);
            let initial = self.constant(&entry.value);
            locals.push(Local { name: entry.key.clone(), initial, observed: false });
        }
        locals
    }

    fn declare_own(&mut self, node: Option<&Node>) -> Vec<String> {
        let entries = node.map(Node::entries).unwrap_or_default();
        for entry in entries {
            self.check_free(&entry.key, entry.key_span);
        }
        entries.iter().map(|entry| entry.key.clone()).collect()
    }

    /// Names inside a thread must not hide those outside.
    pub(super) fn check_free(&mut self, name: &str, span: Span) {
        if let Some((first, thing)) = self.names.get(name).copied() {
            let message = format!("`{name}` is {} already", thing.noun());
            let problem =
                Diagnostic::new("declared-twice", span, message).related(first, "declared here");
            self.complain(problem);
        } else if super::constants::constant(name).is_some() || RESERVED.contains(&name) {
            let message = format!("`{name}` means something else in expressions");
            self.complain(Diagnostic::new("reserved-name", span, message));
        }
    }
}

/// Words of the expression language.
pub(super) const RESERVED: [&str; 8] =
    ["result", "batch", "self", "and", "or", "not", "unchanged", "untouched"];
