//! Names in expressions: what each stands for where it stands.

use iocp_model::Overlapped;

use super::{Compiler, Thing, constants, unknown};
use crate::diagnostic::{Diagnostic, Span};
use crate::expression::{self, Ast};
use crate::json::{Node, Value};
use crate::value::{Expr, Observation, ResultField};

/// What an expression may read where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The thread whose program it is part of.
    pub(super) thread: Option<usize>,
    /// Shared variables.
    pub(super) shared: bool,
    /// Ports, other threads, OVERLAPPEDs: what only an observer can see.
    pub(super) observer: bool,
}

impl Place {
    /// Parameters and constants only.
    pub(super) const PARAMETERS: Place = Place { thread: None, shared: false, observer: false };
    /// A property.
    pub(super) const OBSERVER: Place = Place { thread: None, shared: true, observer: true };

    /// Inside a program.
    pub(super) const fn program(thread: usize) -> Place {
        Place { thread: Some(thread), shared: false, observer: false }
    }
}

impl Compiler<'_> {
    /// The expression in a node that the checker has seen.
    pub(super) fn expression(&mut self, node: &Node, place: Place) -> Expr {
        match &node.value {
            Value::Text(text) => match expression::parse(text, node.span) {
                Ok(ast) => self.resolve(&ast, place),
                Err(problem) => {
                    self.complain(*problem);
                    Expr::Constant(0)
                }
            },
            _ => Expr::Constant(super::literal(node).unwrap_or(0)),
        }
    }

    /// An expression over parameters alone.
    pub(super) fn constant(&mut self, node: &Node) -> i64 {
        let before = self.problems.len();
        match self.expression(node, Place::PARAMETERS).constant() {
            Some(value) => value,
            None => {
                if self.problems.len() == before {
                    let message = "this has no value before the threads run";
                    let problem = Diagnostic::new("not-constant", node.span, message);
                    self.complain(problem.help("only numbers and parameters can stand here"));
                }
                0
            }
        }
    }

    /// The same in a range; the low end if it is outside.
    pub(super) fn bounded(&mut self, node: &Node, low: i64, high: i64) -> i64 {
        let value = self.constant(node);
        if (low..=high).contains(&value) {
            return value;
        }
        let problem = Diagnostic::new("out-of-range", node.span, format!("this is {value}"))
            .expecting(format!("a number from {low} to {high}"));
        self.complain(problem);
        low
    }

    pub(super) fn resolve(&mut self, ast: &Ast, place: Place) -> Expr {
        let expr = match ast {
            Ast::Number(value) => Expr::Constant(*value),
            Ast::Not(inner) => Expr::Not(Box::new(self.resolve(inner, place))),
            Ast::Negate(inner) => Expr::Negate(Box::new(self.resolve(inner, place))),
            Ast::Binary(operator, left, right) => {
                let (left, right) = (self.resolve(left, place), self.resolve(right, place));
                Expr::Binary(*operator, Box::new(left), Box::new(right))
            }
            Ast::Path { name, index, member, span } => {
                self.path(name, index.as_deref(), member.as_deref(), *span, place)
            }
            Ast::Call { function, arguments, span } => {
                self.observation(function, arguments, *span, place)
            }
        };
        expr.folded()
    }

    fn path(
        &mut self,
        name: &str,
        index: Option<&Ast>,
        member: Option<&str>,
        span: Span,
        place: Place,
    ) -> Expr {
        match (name, member) {
            ("result", Some(field)) => return self.result(field, index, span, place),
            ("result", None) => {
                let problem = Diagnostic::new("unknown-name", span, "a result has many fields")
                    .labelled("which one?")
                    .help(fields());
                self.complain(problem);
                return Expr::Constant(0);
            }
            _ => {}
        }
        if member.is_some() || index.is_some() {
            return self.member(name, index, member, span, place);
        }
        if let Some(thread) = place.thread {
            if name == "self" {
                self.declared[thread].uses_self = true;
                return Expr::This;
            }
            if let Some(local) = self.declared[thread].locals.iter().position(|l| l.name == name) {
                return Expr::Local(local as u16);
            }
            if let Some(own) = self.declared[thread].own.iter().position(|own| own == name) {
                return Expr::Own(own as u16);
            }
        }
        if let Some(value) = constants::constant(name) {
            return Expr::Constant(value);
        }
        match self.names.get(name).copied() {
            Some((declared, thing)) => self.thing(name, thing, declared, span, place),
            None => {
                let known = self.known(place);
                self.complain(unknown(name, span, "a value", &known));
                Expr::Constant(0)
            }
        }
    }

    fn thing(
        &mut self,
        name: &str,
        thing: Thing,
        declared: Span,
        span: Span,
        place: Place,
    ) -> Expr {
        let refusal = match thing {
            Thing::Parameter(value) => return Expr::Constant(value),
            Thing::Overlapped(number) => {
                return Expr::Constant(Overlapped::numbered(number).0 as i64);
            }
            Thing::Handle(index) => return self.handle_value(index, declared, span, place),
            Thing::Thread(index) => match self.thread_handle(index) {
                Some(handle) => return Expr::Constant(handle.0 as i64),
                None => "a thread of another process or somebody outside: it has no handle here",
            },
            Thing::Shared(variable) if place.shared => return Expr::Shared(variable),
            Thing::Shared(_) => "a shared variable: only a step such as `load` reads it",
            Thing::Process(_) => "a process",
        };
        let problem = Diagnostic::new("wrong-kind", span, format!("`{name}` is {refusal}"))
            .labelled("a value is expected here")
            .related(declared, "declared here");
        self.complain(problem);
        Expr::Constant(0)
    }

    /// A handle is a number in the table of one process.
    fn handle_value(&mut self, index: usize, declared: Span, span: Span, place: Place) -> Expr {
        let object = &self.objects[index];
        let value = Expr::Constant(object.handle.0 as i64);
        let user = place.thread.map(|thread| self.declared[thread].process);
        if user.is_some_and(|user| user != object.process && !self.inherited(index)) {
            let message = format!("`{}` is a handle of another process", object.name);
            let problem = Diagnostic::new("wrong-process", span, message)
                .related(declared, "declared here")
                .help("declare a duplicate under `handles` with `in`");
            self.complain(problem);
        }
        value
    }

    fn inherited(&self, index: usize) -> bool {
        let name = &self.objects[index].name;
        let file = self.entries("files").iter().find(|entry| entry.key == *name);
        file.and_then(|entry| entry.value.get("inherit")).and_then(Node::flag) == Some(true)
    }

    fn result(&mut self, field: &str, index: Option<&Ast>, span: Span, place: Place) -> Expr {
        if place.thread.is_none() {
            let message = "only the program of a thread has a last result";
            let problem = Diagnostic::new("wrong-kind", span, message)
                .help("keep it in a local with `let` and name that: `A.k`");
            self.complain(problem);
            return Expr::Constant(0);
        }
        let Some(found) = ResultField::named(field) else {
            let known: Vec<String> = crate::format::result_fields().map(str::to_owned).collect();
            self.complain(unknown(field, span, "a field of a result", &known));
            return Expr::Constant(0);
        };
        let Some(index) = index else { return Expr::Result(found) };
        let index = self.resolve(index, place);
        let entry = [
            ResultField::Key,
            ResultField::Bytes,
            ResultField::Overlapped,
            ResultField::Status,
            ResultField::Information,
        ];
        if !entry.contains(&found) {
            let message = format!("an entry of a batch has no `{field}`");
            let problem = Diagnostic::new("unknown-name", span, message);
            self.complain(problem.help("it has key, bytes, overlapped, status and information"));
        }
        Expr::Batch(Box::new(index), found)
    }

    /// `worker.k`, `worker[1].k`: a local of another thread, for observers.
    fn member(
        &mut self,
        name: &str,
        index: Option<&Ast>,
        member: Option<&str>,
        span: Span,
        place: Place,
    ) -> Expr {
        let failed = Expr::Constant(0);
        let thread = self.find(name, span, "a thread", |t| matches!(t, Thing::Thread(_)));
        let (Some(Thing::Thread(thread)), Some(member)) = (thread, member) else { return failed };
        if !place.observer {
            let message = "a thread cannot look into another thread";
            let problem = Diagnostic::new("wrong-kind", span, message);
            self.complain(problem.help("use a shared variable"));
            return failed;
        }
        let Some(local) = self.local_of(thread, member, span) else { return failed };
        let (first, count) = (self.declared[thread].first, self.declared[thread].count);
        let index = match index {
            Some(index) => self.resolve(index, Place::PARAMETERS).constant(),
            None if count == 1 => Some(0),
            None => None,
        };
        match index {
            Some(index) if (0..i64::from(count)).contains(&index) => {
                let actor = first + index as u16;
                Expr::Observe(Box::new(Observation::LocalOf(actor, local)))
            }
            _ => {
                let message = format!("there are {count} threads `{name}`; which one?");
                let problem = Diagnostic::new("out-of-range", span, message);
                let help = format!("`{name}[0].{member}`, or `sum({name}.{member})`");
                self.complain(problem.help(help));
                failed
            }
        }
    }

    /// A local by name, marked as observed.
    pub(super) fn local_of(&mut self, thread: usize, name: &str, span: Span) -> Option<u16> {
        let locals = &mut self.declared[thread].locals;
        match locals.iter().position(|local| local.name == name) {
            Some(index) => {
                locals[index].observed = true;
                Some(index as u16)
            }
            None => {
                let known: Vec<String> = locals.iter().map(|local| local.name.clone()).collect();
                self.complain(unknown(name, span, "a local", &known));
                None
            }
        }
    }

    /// What an author may have meant here.
    fn known(&self, place: Place) -> Vec<String> {
        let mut known: Vec<String> = vec![];
        if let Some(thread) = place.thread {
            let declared = &self.declared[thread];
            known.extend(declared.locals.iter().map(|local| local.name.clone()));
            known.extend(declared.own.iter().cloned());
        }
        known.extend(self.names.keys().cloned());
        known.retain(|name| !name.starts_with('#'));
        let shown = known.len();
        known.extend(constants::names());
        // The list in the help is cut after twenty; the author's own names come first.
        known.truncate(shown.max(20) + 200);
        known
    }
}

fn fields() -> String {
    let fields: Vec<&str> = crate::format::result_fields().collect();
    format!("`result.` and one of {}", fields.join(", "))
}
