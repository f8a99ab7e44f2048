//! Calls: arguments, replies, completions, and what happens with the result.

use iocp_model::{NtStatus, Reply};

use super::lower::Builder;
use super::resolve::Place;
use super::{Compiler, Thing, constants, exhaust};
use crate::calls::{ACCESS, ATTRIBUTES, Argument, Build, FILE_KIND_WORDS, Kind, function};
use crate::diagnostic::{Diagnostic, Span};
use crate::expression::{self, Ast};
use crate::json::{Entry, Node, Value};
use crate::program::{CallSite, Instruction, Operand, Wanted};
use crate::value::{Expr, ResultField};

impl Compiler<'_> {
    pub(super) fn call(&mut self, builder: &mut Builder, step: &Node, call: &Node) {
        if let Some(entry) = step.entry("call") {
            self.inside(builder.thread, entry);
        }
        let Some(function) = call.text().and_then(function) else { return };
        let mut operands = vec![];
        let mut handles = vec![];
        for argument in function.arguments {
            let node = step.get(argument.name);
            if argument.kind == Kind::Handles {
                handles = self.handles(builder.thread, node);
            } else {
                self.argument(builder.thread, argument, node, &mut operands);
            }
        }
        let operation = matches!(function.build, Build::Operation(_));
        let reply = self.reply(step, operation);
        let completes = match function.build {
            Build::Poll(_) => self.expires(step),
            _ => self.completes(step, operation, reply),
        };
        let (constant, exhausted) = (None, None);
        let mut site =
            CallSite { function, operands, handles, constant, reply, completes, exhausted };
        site.constant = site.fixed();
        let span = step.entry("call").map_or(step.span, |entry| entry.key_span.to(call.span));
        match self.exhaustions(step, function.name) {
            none if none.is_empty() => {
                builder.emit(Instruction::Call(Box::new(site)), span);
            }
            ways => exhaust::one_of(builder, &site, &ways, span),
        }
        self.after(builder, step);
    }

    fn argument(
        &mut self,
        thread: usize,
        argument: &Argument,
        node: Option<&Node>,
        operands: &mut Vec<Operand>,
    ) {
        let Some(node) = node else {
            let default = argument.default.unwrap_or(0);
            let missing = std::iter::repeat_n(Operand::Constant(default), argument.kind.places());
            operands.extend(missing);
            return;
        };
        let constant = |operands: &mut Vec<Operand>, value| operands.push(Operand::Constant(value));
        match argument.kind {
            Kind::Handle | Kind::Number | Kind::Maybe | Kind::Events => {
                if argument.kind == Kind::Handle {
                    self.must_not_be_overlapped(thread, node, argument.name);
                }
                operands.push(operand(self.expression(node, Place::program(thread))));
            }
            Kind::Pointer => {
                self.must_not_be_handle(node, argument.name);
                operands.push(operand(self.pointer(thread, node)));
            }
            Kind::Overlapped => {
                self.must_not_be_handle(node, argument.name);
                let pointer = self.pointer(thread, node);
                operands.push(operand(pointer.clone()));
                operands.push(Operand::EventOf(pointer));
            }
            Kind::Timeout => operands.push(self.timeout(thread, node)),
            Kind::Flag => constant(operands, u64::from(node.flag().unwrap_or(false))),
            Kind::Access => {
                let words = node.elements().iter().filter_map(Node::text);
                let bit = |word| ACCESS.iter().find(|(w, _)| *w == word).map_or(0, |a| a.1.0);
                constant(operands, u64::from(words.fold(0, |mask, word| mask | bit(word))));
            }
            Kind::Attributes => {
                let named = super::literal(node).map(|number| number as u64 + 4);
                let case = ATTRIBUTES.iter().position(|word| Some(*word) == node.text());
                constant(operands, named.or(case.map(|case| case as u64)).unwrap_or(0));
            }
            Kind::File => {
                let case = FILE_KIND_WORDS.iter().position(|word| Some(*word) == node.text());
                constant(operands, case.unwrap_or(0) as u64);
            }
            Kind::Handles => {}
        }
    }

    fn handles(&mut self, thread: usize, node: Option<&Node>) -> Vec<Operand> {
        let elements = node.map(Node::elements).unwrap_or_default();
        if elements.is_empty() || elements.len() > 64 {
            let span = node.map_or(Span::new(0, 0), |node| node.span);
            let message = "a wait is for 1 to 64 objects";
            self.complain(Diagnostic::new("wrong-count", span, message));
            return vec![];
        }
        let place = Place::program(thread);
        elements.iter().map(|node| operand(self.expression(node, place))).collect()
    }

    fn timeout(&mut self, thread: usize, node: &Node) -> Operand {
        let place = Place::program(thread);
        let micros = node.get("us");
        let value = self.expression(micros.unwrap_or(node), place);
        match (value.constant(), micros) {
            (Some(value), _) if value < -1 => {
                let problem = Diagnostic::new("out-of-range", node.span, "a time is not negative");
                self.complain(problem);
                Operand::Constant(0)
            }
            (Some(value), Some(_)) => Operand::Constant(value as u64),
            (Some(value), None) => Operand::Constant(milliseconds(value)),
            (None, Some(_)) => Operand::Value(value),
            (None, None) => Operand::Milliseconds(value),
        }
    }

    /// The thing a string names, if it is nothing but a name.
    pub(super) fn thing_named(&self, node: &Node) -> Option<(Span, Thing)> {
        let Value::Text(text) = &node.value else { return None };
        match expression::parse(text, node.span).ok()? {
            Ast::Path { name, index: None, member: None, .. } => self.names.get(&name).copied(),
            _ => None,
        }
    }

    fn must_not_be_overlapped(&mut self, thread: usize, node: &Node, argument: &str) {
        let own =
            node.text().is_some_and(|name| self.declared[thread].own.iter().any(|o| o == name));
        let declared = self.thing_named(node);
        if own || matches!(declared, Some((_, Thing::Overlapped(_)))) {
            let message = format!("`{argument}` is a handle, not an OVERLAPPED");
            let mut problem = Diagnostic::new("wrong-kind", node.span, message);
            if let Some((span, _)) = declared {
                problem = problem.related(span, "declared here");
            }
            self.complain(problem.labelled("a handle is expected here"));
        }
    }

    fn must_not_be_handle(&mut self, node: &Node, argument: &str) {
        if let Some((span, Thing::Handle(_) | Thing::Thread(_))) = self.thing_named(node) {
            let message = format!("`{argument}` is the address of an OVERLAPPED, not a handle");
            let problem = Diagnostic::new("wrong-kind", node.span, message)
                .labelled("an OVERLAPPED is expected here")
                .related(span, "declared here");
            self.complain(problem);
        }
    }

    fn reply(&mut self, step: &Node, operation: bool) -> Reply {
        let Some(entry) = step.entry("reply") else { return Reply::Driver };
        if !operation {
            let message = "only an operation on a file has a driver that answers";
            self.complain(Diagnostic::new("wrong-kind", entry.key_span, message));
        }
        let node = &entry.value;
        let Some(status) = node.get("status") else {
            let pending = node.text() == Some("pending");
            return if pending { Reply::Pending } else { Reply::Driver };
        };
        let status = self.status(status);
        let information = node.get("bytes").map_or(0, |node| self.constant(node)) as u64;
        let marked = node.get("marked_pending").and_then(Node::flag);
        let returned = node.get("returned").map(|node| self.status(node));
        if marked.is_none() && returned.is_none() {
            return Reply::Done { status, information };
        }
        let marked_pending = marked.unwrap_or(false);
        let returned = returned.unwrap_or(if marked_pending { NtStatus::PENDING } else { status });
        Reply::Exact { returned, marked_pending, status, information }
    }

    pub(super) fn status(&mut self, node: &Node) -> NtStatus {
        // `END_OF_FILE` for `STATUS_END_OF_FILE`, as replies are always statuses.
        let short = node.text().and_then(|name| constants::constant(&format!("STATUS_{name}")));
        NtStatus(short.unwrap_or_else(|| self.constant(node)) as u32)
    }

    /// Everything that happens with the result, as part of the same step.
    fn after(&mut self, builder: &mut Builder, step: &Node) {
        let place = Place::program(builder.thread);
        // A pair returns its first handle and gives its second one out; a new process comes with
        // a thread.
        let pair = step.get("second").is_some();
        let (first, second) = match step.get("call").and_then(Node::text) {
            Some("CreateProcess") => (ResultField::Handle, ResultField::Thread),
            _ if pair => (ResultField::Value, ResultField::Handle),
            _ => (ResultField::Handle, ResultField::Value),
        };
        for (key, field) in [("as", first), ("second", second)] {
            if let Some(node) = step.get(key) {
                self.keep(builder, node, Expr::Result(field));
            }
        }
        if let Some(node) = step.get("expect") {
            let wanted = self.wanted(node, place);
            builder.emit(Instruction::Expect(wanted), node.span);
        }
        if let Some(node) = step.get("let") {
            self.assign(builder, node);
        }
        if let Some(node) = step.get("record") {
            let value = self.expression(node, place);
            builder.emit(Instruction::Record(value), node.span);
        }
        self.branches(builder, step, place);
    }

    fn keep(&mut self, builder: &mut Builder, node: &Node, value: Expr) {
        let name = node.text().unwrap_or_default();
        let instruction = match self.names.get(name) {
            Some((_, Thing::Shared(variable))) => {
                Instruction::Publish { variable: *variable, value }
            }
            _ => {
                let local = self.target_node(builder.thread, node);
                Instruction::Let { local, value }
            }
        };
        builder.emit(instruction, node.span);
    }

    pub(super) fn wanted(&mut self, node: &Node, place: Place) -> Vec<(ResultField, Wanted)> {
        let mut wanted = vec![];
        for entry in node.entries() {
            let Some(field) = ResultField::named(&entry.key) else { continue };
            let word = entry.value.text();
            let value = match (field, word) {
                (ResultField::LastError, Some("unchanged"))
                | (ResultField::Key | ResultField::Bytes, Some("untouched")) => Wanted::Untouched,
                _ => Wanted::Is(self.expression(&entry.value, place)),
            };
            wanted.push((field, value));
        }
        wanted
    }

    fn branches(&mut self, builder: &mut Builder, step: &Node, place: Place) {
        let mut overs = vec![];
        for branch in step.get("on").map(Node::elements).unwrap_or_default() {
            let (Some(when), Some(body)) = (branch.get("when"), branch.get("do")) else { continue };
            let unless = match when.value {
                Value::Map(_) => Instruction::UnlessMatch(self.wanted(when, place), 0),
                _ => Instruction::Unless(self.expression(when, place), 0),
            };
            let unless = builder.emit(unless, when.span);
            self.steps(builder, body);
            overs.push(builder.emit(Instruction::Jump(0), when.span));
            builder.land(unless);
        }
        if let Some(entry) = step.entry("else") {
            if overs.is_empty() {
                let message = "`else` needs an `on`";
                self.complain(Diagnostic::new("missing-key", entry.key_span, message));
            }
            self.steps(builder, &entry.value);
        }
        for over in overs {
            builder.land(over);
        }
    }

    pub(super) fn mutex(&mut self, builder: &mut Builder, entry: &Entry) {
        self.inside(builder.thread, entry);
        let place = Place::program(builder.thread);
        let handle = operand(self.expression(&entry.value, place));
        let span = entry.key_span.to(entry.value.span);
        match entry.key.as_str() {
            "lock" => {
                let forever = Operand::Constant(u64::MAX);
                self.plain(builder, "WaitForSingleObject", vec![handle, forever], span);
            }
            _ => self.plain(builder, "ReleaseMutex", vec![handle], span),
        }
    }

    /// Waits for every instance in turn.
    pub(super) fn join(&mut self, builder: &mut Builder, entry: &Entry) {
        self.inside(builder.thread, entry);
        let Some(name) = entry.value.text() else { return };
        let Some(range) = self.instances(name, entry.value.span) else { return };
        let process = self.declared[builder.thread].process;
        for actor in range {
            let handle = self.thread_handles.get(&actor).copied();
            let Some(handle) =
                handle.filter(|_| self.threads[usize::from(actor)].process == process)
            else {
                let message = format!("`{name}` has no handle in this process");
                self.complain(Diagnostic::new("wrong-process", entry.value.span, message));
                return;
            };
            let operands = vec![Operand::Constant(handle.0), Operand::Constant(u64::MAX)];
            let span = entry.key_span.to(entry.value.span);
            self.plain(builder, "WaitForSingleObject", operands, span);
        }
    }

    fn plain(&mut self, builder: &mut Builder, name: &str, operands: Vec<Operand>, span: Span) {
        let Some(function) = function(name) else { return };
        let mut site = CallSite {
            function,
            operands,
            handles: vec![],
            constant: None,
            reply: Reply::Driver,
            exhausted: None,
            completes: None,
        };
        site.constant = site.fixed();
        builder.emit(Instruction::Call(Box::new(site)), span);
    }
}

fn operand(expr: Expr) -> Operand {
    match expr {
        Expr::Constant(value) => Operand::Constant(value as u64),
        expr => Operand::Value(expr),
    }
}

/// Ticks of a `dwMilliseconds`.
pub(crate) fn milliseconds(value: i64) -> u64 {
    match value {
        -1 | 0xffff_ffff => u64::MAX,
        value => (value as u64).saturating_mul(1000).min(u64::MAX - 1),
    }
}
