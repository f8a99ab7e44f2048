//! Steps to instructions.

use std::ops::Range;

use iocp_model::{Arrival, Object, Overlapped};

use super::resolve::Place;
use super::rounds::Loop;
use super::{Compiler, Thing};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Entry, Node, Value};
use crate::limits;
use crate::program::{ArrivalOf, Code, Instruction, Local};
use crate::value::{Expr, Needs};

/// The code of one thread while it grows.
pub(super) struct Builder {
    pub(super) thread: usize,
    pub(super) instructions: Vec<Instruction>,
    pub(super) spans: Vec<Span>,
    pub(super) loops: Vec<Loop>,
    /// Jumps back that are taken only so many times.
    pub(super) bounded: Vec<usize>,
    too_long: bool,
}

impl Builder {
    pub(super) fn emit(&mut self, instruction: Instruction, span: Span) -> usize {
        self.instructions.push(instruction);
        self.spans.push(span);
        self.instructions.len() - 1
    }

    pub(super) fn here(&self) -> u16 {
        self.instructions.len() as u16
    }

    /// Makes a jump lead to the next instruction.
    pub(super) fn land(&mut self, jump: usize) {
        self.aim(jump, self.here());
    }

    fn aim(&mut self, jump: usize, target: u16) {
        match &mut self.instructions[jump] {
            Instruction::Jump(to)
            | Instruction::Unless(_, to)
            | Instruction::UnlessMatch(_, to) => *to = target,
            _ => {}
        }
    }
}

impl Compiler<'_> {
    pub(super) fn lower_threads(&mut self) {
        for thread in 0..self.declared.len() {
            let name = self.declared[thread].name.clone();
            let Some(entry) = self.entries("threads").iter().find(|e| e.key == name) else {
                continue;
            };
            let program = entry.value.get("program").unwrap_or(&entry.value);
            let mut builder = Builder {
                thread,
                instructions: vec![],
                spans: vec![],
                loops: vec![],
                bounded: vec![],
                too_long: false,
            };
            self.steps(&mut builder, program);
            let end = Span::new(program.span.end.saturating_sub(1), program.span.end);
            builder.emit(Instruction::End, end);
            self.check_rounds(&builder);
            let declared = &self.declared[thread];
            self.codes.push(Code {
                actors: declared.first..declared.first + declared.count,
                instructions: builder.instructions,
                spans: builder.spans,
                needs: vec![],
                locals: vec![],
                exit_is_a_step: false,
                interchangeable: Ok(()),
            });
        }
    }

    pub(super) fn steps(&mut self, builder: &mut Builder, program: &Node) {
        let mut ended: Option<&Node> = None;
        for step in program.elements() {
            if let Some(end) = ended.take() {
                let problem = Diagnostic::new("unreachable", step.span, "nobody ever gets here")
                    .related(end.span, "nothing comes after this");
                self.complain(problem);
                break;
            }
            if builder.instructions.len() >= limits::INSTRUCTIONS {
                if !std::mem::replace(&mut builder.too_long, true) {
                    let message =
                        format!("a program has {} instructions at most", limits::INSTRUCTIONS);
                    self.complain(Diagnostic::new("too-big", step.span, message));
                }
                return;
            }
            match &step.value {
                Value::Text(word) => {
                    self.word(builder, word, step.span);
                    ended = Some(step);
                }
                _ => {
                    self.step(builder, step);
                    if super::flow::never_ends(step) {
                        ended = Some(step);
                    }
                }
            }
        }
    }

    fn word(&mut self, builder: &mut Builder, word: &str, span: Span) {
        if word == "exit" {
            builder.emit(Instruction::Exit, span);
            return;
        }
        if builder.loops.is_empty() {
            let message = format!("`{word}` stands in no loop");
            self.complain(Diagnostic::new("no-loop", span, message));
            return;
        }
        let jump = builder.emit(Instruction::Jump(0), span);
        if let Some(inner) = builder.loops.last_mut() {
            match word {
                "break" => inner.leave.push(jump),
                _ => inner.again.push(jump),
            }
        }
    }

    fn step(&mut self, builder: &mut Builder, step: &Node) {
        if let Some(call) = step.get("call") {
            return self.call(builder, step, call);
        }
        let verbs = crate::format::STEPS.verbs.iter().map(|verb| verb.verb.key);
        let mut entries = verbs.filter_map(|verb| step.entry(verb));
        let Some(entry) = entries.next() else { return };
        match entry.key.as_str() {
            "loop" => self.looping(builder, step, entry),
            "each" => self.each(builder, step, entry),
            "choose" => self.choose(builder, entry),
            "if" => self.branch(builder, step, entry),
            "let" => self.assign(builder, &entry.value),
            "join" => self.join(builder, entry),
            "load" | "store" | "exchange" | "cas" | "add" => self.atomic(builder, step, entry),
            _ => self.simple(builder, step, entry),
        }
    }

    fn simple(&mut self, builder: &mut Builder, step: &Node, entry: &Entry) {
        let place = Place::program(builder.thread);
        let value = &entry.value;
        let instruction = match entry.key.as_str() {
            "work" => {
                let ticks = self.expression(value, place);
                let uses = self.uses(builder.thread, step.get("uses"));
                Instruction::Work(ticks, uses)
            }
            "block" => {
                self.inside(builder.thread, entry);
                Instruction::Block(self.expression(value, place))
            }
            "record" => Instruction::Record(self.expression(value, place)),
            "assert" => {
                let condition = self.expression(value, place);
                let message = step.get("else").and_then(Node::text);
                let message = message.or(value.text()).unwrap_or("this").to_owned();
                Instruction::Assert { condition, message }
            }
            "lock" | "unlock" => return self.mutex(builder, entry),
            "spin_until" => {
                let place = Place { shared: true, ..place };
                Instruction::SpinUntil(self.expression(value, place))
            }
            "await" => {
                let place = Place { shared: true, observer: true, ..place };
                Instruction::Await(self.expression(value, place))
            }
            "alloc" => Instruction::Allocate(self.allocated(builder.thread, value)),
            "free" => Instruction::Free(self.pointer(builder.thread, value)),
            "start" => Instruction::Start(self.startable(value)),
            "arrive" => match self.arrival(builder.thread, step, value) {
                Some(instruction) => instruction,
                None => return,
            },
            _ => return,
        };
        builder.emit(instruction, step.span);
    }

    /// What somebody outside cannot do, for it is no thread of the machine.
    pub(super) fn inside(&mut self, thread: usize, entry: &Entry) {
        if self.declared[thread].outside {
            let declared = self.declared[thread].span;
            let message = "somebody outside makes no calls and does not block";
            let problem = Diagnostic::new("outside", entry.key_span, message)
                .related(declared, "declared `outside` here");
            self.complain(problem);
        }
    }

    fn uses(&mut self, thread: usize, node: Option<&Node>) -> Needs {
        let Some(node) = node else { return Needs::RESULT };
        let mut needs = Needs::default();
        for name in node.elements() {
            needs = needs.union(match name.text() {
                Some("result") => Needs::RESULT,
                Some("batch") => Needs { batch: true, ..Needs::default() },
                _ => match self.local(thread, name) {
                    Some(local) => Needs { locals: 1 << local, ..Needs::default() },
                    None => Needs::default(),
                },
            });
        }
        needs
    }

    /// A local that must exist.
    pub(super) fn local(&mut self, thread: usize, node: &Node) -> Option<u16> {
        let name = node.text()?;
        let locals = &self.declared[thread].locals;
        if let Some(index) = locals.iter().position(|local| local.name == name) {
            return Some(index as u16);
        }
        let known: Vec<String> = locals.iter().map(|local| local.name.clone()).collect();
        let problem = super::unknown(name, node.span, "a local", &known);
        self.complain(problem.help("declare it under `locals`, or set it with `let`"));
        None
    }

    /// A local that comes into being by being named as a target.
    pub(super) fn target(&mut self, thread: usize, name: &str, span: Span) -> u16 {
        let locals = &self.declared[thread].locals;
        if let Some(index) = locals.iter().position(|local| local.name == name) {
            return index as u16;
        }
        self.check_free(name, span);
        if !name.starts_with('#') && self.declared[thread].own.iter().any(|own| own == name) {
            let message = format!("`{name}` is an OVERLAPPED of this thread already");
            self.complain(Diagnostic::new("declared-twice", span, message));
        }
        let locals = &mut self.declared[thread].locals;
        if locals.len() == limits::LOCALS {
            let message = format!("a thread has {} locals at most", limits::LOCALS);
            self.complain(Diagnostic::new("too-many", span, message));
            return 0;
        }
        locals.push(Local { name: name.to_owned(), initial: 0, observed: false });
        (locals.len() - 1) as u16
    }

    pub(super) fn target_node(&mut self, thread: usize, node: &Node) -> u16 {
        self.target(thread, node.text().unwrap_or_default(), node.span)
    }

    pub(super) fn assign(&mut self, builder: &mut Builder, node: &Node) {
        for entry in node.entries() {
            let value = self.expression(&entry.value, Place::program(builder.thread));
            let local = self.target(builder.thread, &entry.key, entry.key_span);
            builder.emit(Instruction::Let { local, value }, entry.key_span);
        }
    }

    fn branch(&mut self, builder: &mut Builder, step: &Node, entry: &Entry) {
        let condition = self.expression(&entry.value, Place::program(builder.thread));
        // A condition over parameters chooses a program; the other one does not exist.
        let (then, otherwise) = (step.get("then"), step.get("else"));
        if let Some(value) = condition.constant() {
            let taken = if value != 0 { then } else { otherwise };
            if let Some(taken) = taken {
                self.steps(builder, taken);
            }
            return;
        }
        let unless = builder.emit(Instruction::Unless(condition, 0), step.span);
        if let Some(then) = then {
            self.steps(builder, then);
        }
        match otherwise {
            Some(otherwise) => {
                let over = builder.emit(Instruction::Jump(0), step.span);
                builder.land(unless);
                self.steps(builder, otherwise);
                builder.land(over);
            }
            None => builder.land(unless),
        }
    }

    fn choose(&mut self, builder: &mut Builder, entry: &Entry) {
        let ways = entry.value.elements();
        if ways.is_empty() || ways.len() > limits::ALTERNATIVES {
            let message = format!("there are 1 to {} ways to choose from", limits::ALTERNATIVES);
            self.complain(Diagnostic::new("wrong-count", entry.value.span, message));
            return;
        }
        let choose = builder.emit(Instruction::Choose(vec![]), entry.key_span);
        let (mut starts, mut overs) = (vec![], vec![]);
        for way in ways {
            starts.push(builder.here());
            self.steps(builder, way);
            overs.push(builder.emit(Instruction::Jump(0), way.span));
        }
        builder.instructions[choose] = Instruction::Choose(starts);
        for over in overs {
            builder.land(over);
        }
    }

    fn atomic(&mut self, builder: &mut Builder, step: &Node, entry: &Entry) {
        let thread = builder.thread;
        let place = Place::program(thread);
        let fits = |thing| matches!(thing, Thing::Shared(_));
        let found = self.find_node(&entry.value, "a shared variable", fits);
        let Some(Thing::Shared(variable)) = found else { return };
        let mut operand = |key| step.get(key).map(|node| self.expression(node, place));
        let value = operand("value").unwrap_or(Expr::Constant(0));
        let compare = operand("compare").unwrap_or(Expr::Constant(0));
        let into = step.get("into").map(|node| self.target_node(thread, node));
        let instruction = match (entry.key.as_str(), into) {
            ("load", Some(into)) => Instruction::Load { variable, into },
            ("store", _) => Instruction::Store { variable, value },
            ("exchange", into) => Instruction::Exchange { variable, value, into },
            ("cas", into) => Instruction::CompareAndSwap { variable, compare, value, into },
            ("add", into) => Instruction::Add { variable, value, into },
            _ => return,
        };
        builder.emit(instruction, step.span);
    }

    fn startable(&mut self, node: &Node) -> Range<u16> {
        let Some(name) = node.text() else { return 0..0 };
        let Some(range) = self.instances(name, node.span) else { return 0..0 };
        if range.clone().any(|actor| !self.threads[usize::from(actor)].created) {
            let message = format!("`{name}` starts by itself");
            let problem = Diagnostic::new("wrong-kind", node.span, message);
            self.complain(problem.help("declare it with `\"created\": true`"));
        }
        range
    }

    /// The address of an OVERLAPPED in an expression.
    pub(super) fn pointer(&mut self, thread: usize, node: &Node) -> Expr {
        self.expression(node, Place::program(thread))
    }

    /// What is allocated must be declared: it is remembered that it has to be freed again.
    fn allocated(&mut self, thread: usize, node: &Node) -> Expr {
        let pointer = self.pointer(thread, node);
        let numbers: Vec<u16> = match pointer {
            Expr::Constant(address) => Overlapped(address as u64).number().into_iter().collect(),
            Expr::Own(own) => self
                .threads
                .iter()
                .filter(|instance| instance.code == thread)
                .map(|instance| instance.overlapped.start + own)
                .collect(),
            _ => vec![],
        };
        if numbers.is_empty() || numbers.iter().any(|n| usize::from(*n) >= self.overlapped.len()) {
            let message = "this is not an OVERLAPPED of the scenario";
            self.complain(Diagnostic::new("wrong-kind", node.span, message));
            return pointer;
        }
        for number in numbers {
            self.overlapped[usize::from(number)].allocated = true;
        }
        pointer
    }

    fn arrival(&mut self, thread: usize, step: &Node, node: &Node) -> Option<Instruction> {
        let fits = |thing| matches!(thing, Thing::Handle(_));
        let Some(Thing::Handle(index)) = self.find_node(node, "a file", fits) else { return None };
        let Object::File(file) = self.objects[index].object else {
            self.complain(Diagnostic::new("wrong-kind", node.span, "this is not a file"));
            return None;
        };
        let arrival = match step.get("what").and_then(Node::text) {
            Some("connect") => ArrivalOf::Other(Arrival::Connect),
            Some("close") => ArrivalOf::Other(Arrival::Close),
            Some("reset") => ArrivalOf::Other(Arrival::Reset),
            _ => ArrivalOf::Data(match step.get("bytes") {
                Some(bytes) => self.expression(bytes, Place::program(thread)),
                None => Expr::Constant(1),
            }),
        };
        Some(Instruction::Arrive { file, arrival })
    }
}
