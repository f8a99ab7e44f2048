//! What an observer can ask: `depth(P)`, `exited(worker)`, `sum(worker.taken)`.

use std::ops::Range;

use iocp_model::{FileId, Object, PortId};

use super::resolve::Place;
use super::{Compiler, Thing, unknown};
use crate::diagnostic::{Diagnostic, Span};
use crate::expression::Ast;
use crate::value::{Condition, Expr, Gather, Observation};

/// The functions, what they take and what they give.
pub(crate) const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("depth", "port", "packets in its queue"),
    ("waiters", "port", "threads parked in a remove on it"),
    ("active", "port", "attached threads that are counted as active"),
    ("concurrency", "port", "its concurrency value"),
    ("queued", "port, key", "packets in its queue that carry the key"),
    ("pending", "file (or nothing)", "operations of the file (or all) that have not completed"),
    ("waiting", "thread", "instances inside a call that has not returned"),
    ("parked", "thread", "instances parked in a remove on a port"),
    ("blocked", "thread", "instances waiting outside the model"),
    ("spinning", "thread", "instances spinning on a condition that does not hold"),
    ("running", "thread", "instances that run or could run"),
    ("done", "thread", "instances that are at the end of their program or have exited"),
    ("records", "thread", "values recorded by all its instances"),
    ("recorded", "thread, value", "how often its instances recorded that value"),
    ("sum", "thread.local", "the sum of that local over its instances"),
    ("least", "thread.local", "the least value of that local over its instances"),
    ("greatest", "thread.local", "the greatest value of that local over its instances"),
    ("owner", "overlapped", "OWNER_PROGRAM, _KERNEL, _PACKET, _FREED or _UNALLOCATED"),
    (
        "polled",
        "overlapped, events",
        "1 if the last poll with that status block reported one of the events (programs may ask)",
    ),
];

impl Compiler<'_> {
    pub(super) fn observation(
        &mut self,
        function: &str,
        arguments: &[Ast],
        span: Span,
        place: Place,
    ) -> Expr {
        let failed = Expr::Constant(0);
        let Some((_, takes, _)) = FUNCTIONS.iter().find(|(name, ..)| *name == function) else {
            let known: Vec<String> = FUNCTIONS.iter().map(|(n, ..)| (*n).to_owned()).collect();
            self.complain(unknown(function, span, "an observation", &known));
            return failed;
        };
        // What a poll reports is in the program's own memory.
        if !place.observer && function != "polled" {
            let message = format!("a program cannot ask for `{function}`");
            let problem = Diagnostic::new("wrong-kind", span, message)
                .help("only `await`, `always`, `never`, `sometimes`, `finally` and `outcome` can");
            self.complain(problem);
            return failed;
        }
        match self.observed(function, arguments, place) {
            Some(observation) => Expr::Observe(Box::new(observation)),
            None => {
                if self.problems.is_empty() {
                    let message = format!("`{function}` takes ({takes})");
                    self.complain(Diagnostic::new("wrong-count", span, message));
                }
                failed
            }
        }
    }

    fn observed(&mut self, function: &str, arguments: &[Ast], place: Place) -> Option<Observation> {
        let condition = |condition, range| Some(Observation::Threads(condition, range));
        match (function, arguments) {
            ("depth", [port]) => self.observed_port(port).map(Observation::Depth),
            ("waiters", [port]) => self.observed_port(port).map(Observation::Waiters),
            ("active", [port]) => self.observed_port(port).map(Observation::Active),
            ("concurrency", [port]) => self.observed_port(port).map(Observation::Concurrency),
            ("queued", [port, key]) => {
                let key = self.resolve(key, place);
                self.observed_port(port).map(|port| Observation::Queued(port, key))
            }
            ("pending", []) => Some(Observation::Pending(None)),
            ("pending", [file]) => {
                self.observed_file(file).map(|file| Observation::Pending(Some(file)))
            }
            ("waiting", [thread]) => condition(Condition::Waiting, self.observed_thread(thread)?),
            ("parked", [thread]) => condition(Condition::Parked, self.observed_thread(thread)?),
            ("blocked", [thread]) => condition(Condition::Blocked, self.observed_thread(thread)?),
            ("spinning", [thread]) => condition(Condition::Spinning, self.observed_thread(thread)?),
            ("running", [thread]) => condition(Condition::Active, self.observed_thread(thread)?),
            ("done", [thread]) => condition(Condition::Done, self.observed_thread(thread)?),
            ("records", [thread]) => self.observed_thread(thread).map(Observation::Records),
            ("recorded", [thread, value]) => {
                let value = self.resolve(value, place);
                self.observed_thread(thread).map(|range| Observation::Recorded(range, value))
            }
            ("sum", [path]) => self.gathered(Gather::Sum, path),
            ("least", [path]) => self.gathered(Gather::Least, path),
            ("greatest", [path]) => self.gathered(Gather::Greatest, path),
            ("owner", [pointer]) => Some(Observation::Owner(self.owned(pointer, place))),
            ("polled", [pointer, events]) => {
                let events = self.resolve(events, place);
                Some(Observation::Polled(self.owned(pointer, place), events))
            }
            _ => None,
        }
    }

    /// An OVERLAPPED by name; one of a thread as `worker.mine` or `worker[1].mine`.
    fn owned(&mut self, ast: &Ast, place: Place) -> Expr {
        if let Ast::Path { name, index, member: Some(member), span } = ast
            && let Some((_, Thing::Thread(thread))) = self.names.get(name).copied()
            && let Some(own) = self.declared[thread].own.iter().position(|own| own == member)
        {
            let index = match index {
                Some(index) => self.resolve(index, Place::PARAMETERS).constant().unwrap_or(-1),
                None => 0,
            };
            let count = self.declared[thread].count;
            if !(0..i64::from(count)).contains(&index) {
                let message = format!("there are {count} threads `{name}`");
                self.complain(Diagnostic::new("out-of-range", *span, message));
                return Expr::Constant(0);
            }
            let actor = usize::from(self.declared[thread].first) + index as usize;
            let number = self.threads[actor].overlapped.start + own as u16;
            return Expr::Constant(iocp_model::Overlapped::numbered(number).0 as i64);
        }
        self.resolve(ast, place)
    }

    fn named<'b>(&mut self, ast: &'b Ast, wanted: &str) -> Option<(&'b str, Span)> {
        match ast {
            Ast::Path { name, index: None, member: None, span } => Some((name, *span)),
            _ => {
                let span = match ast {
                    Ast::Path { span, .. } | Ast::Call { span, .. } => *span,
                    _ => Span::new(self.root.span.start, self.root.span.start + 1),
                };
                let message = format!("the name of {wanted} is expected here");
                self.complain(Diagnostic::new("wrong-kind", span, message));
                None
            }
        }
    }

    fn observed_object(&mut self, ast: &Ast, wanted: &str) -> Option<(Object, Span)> {
        let (name, span) = self.named(ast, wanted)?;
        let fits = |thing| matches!(thing, Thing::Handle(_));
        match self.find(name, span, wanted, fits)? {
            Thing::Handle(index) => Some((self.objects[index].object, span)),
            _ => None,
        }
    }

    fn observed_port(&mut self, ast: &Ast) -> Option<PortId> {
        match self.observed_object(ast, "a port")? {
            (Object::Port(port), _) => Some(port),
            (_, span) => {
                self.complain(Diagnostic::new("wrong-kind", span, "this is not a port"));
                None
            }
        }
    }

    fn observed_file(&mut self, ast: &Ast) -> Option<FileId> {
        match self.observed_object(ast, "a file")? {
            (Object::File(file), _) => Some(file),
            (_, span) => {
                self.complain(Diagnostic::new("wrong-kind", span, "this is not a file"));
                None
            }
        }
    }

    fn observed_thread(&mut self, ast: &Ast) -> Option<Range<u16>> {
        if let Ast::Path { name, index: Some(index), member: None, span } = ast {
            let range = self.instances(name, *span)?;
            let index = self.resolve(index, Place::PARAMETERS).constant()?;
            let inside = (0..range.len() as i64).contains(&index);
            if !inside {
                let message = format!("there are {} threads `{name}`", range.len());
                self.complain(Diagnostic::new("out-of-range", *span, message));
            }
            let actor = range.start + index as u16;
            return inside.then_some(actor..actor + 1);
        }
        let (name, span) = self.named(ast, "a thread")?;
        self.instances(name, span)
    }

    /// The actors of a declared thread.
    pub(super) fn instances(&mut self, name: &str, span: Span) -> Option<Range<u16>> {
        match self.find(name, span, "a thread", |thing| matches!(thing, Thing::Thread(_)))? {
            Thing::Thread(thread) => {
                let declared = &self.declared[thread];
                Some(declared.first..declared.first + declared.count)
            }
            _ => None,
        }
    }

    fn gathered(&mut self, gather: Gather, ast: &Ast) -> Option<Observation> {
        let Ast::Path { name, index: None, member: Some(member), span } = ast else { return None };
        let range = self.instances(name, *span)?;
        let Some((_, Thing::Thread(thread))) = self.names.get(name).copied() else { return None };
        let local = self.local_of(thread, member, *span)?;
        Some(Observation::Gather(gather, range, local))
    }
}
