//! Loops: for ever, counted, while, and over the entries of a batch.

use super::Compiler;
use super::lower::Builder;
use super::resolve::Place;
use crate::diagnostic::{Diagnostic, Span};
use crate::expression::Operator;
use crate::json::{Entry, Node};
use crate::program::Instruction;
use crate::value::{Expr, ResultField};

/// The jumps of a loop that is being made.
pub(super) struct Loop {
    /// Where the next round starts; a counted loop counts first.
    pub(super) again: Vec<usize>,
    pub(super) leave: Vec<usize>,
}

impl Compiler<'_> {
    pub(super) fn looping(&mut self, builder: &mut Builder, step: &Node, entry: &Entry) {
        let thread = builder.thread;
        let place = Place::program(thread);
        if entry.value.elements().is_empty() {
            let message = "a loop needs something to do";
            self.complain(Diagnostic::new("empty-loop", entry.value.span, message));
            return;
        }
        let (times, counter) = (step.get("times"), step.get("counter"));
        let counter = match (counter, times) {
            (Some(node), _) => Some(self.target_node(thread, node)),
            (None, Some(_)) => {
                let hidden = format!("#{}", builder.here());
                Some(self.target(thread, &hidden, entry.key_span))
            }
            (None, None) => None,
        };
        let times = times.map(|node| self.expression(node, place));
        let condition = step.get("while").map(|node| self.expression(node, place));
        self.rounds(builder, step.span, counter, times, condition, |compiler, builder| {
            compiler.steps(builder, &entry.value);
        });
    }

    /// A loop: a counter from 0, tests before each round, and the body.
    pub(super) fn rounds(
        &mut self,
        builder: &mut Builder,
        span: Span,
        counter: Option<u16>,
        times: Option<Expr>,
        condition: Option<Expr>,
        body: impl FnOnce(&mut Self, &mut Builder),
    ) {
        if let Some(local) = counter {
            builder.emit(Instruction::Let { local, value: Expr::Constant(0) }, span);
        }
        let head = builder.here();
        let counted = times.is_some();
        let mut leaves = vec![];
        if let (Some(local), Some(times)) = (counter, times) {
            let left = Box::new(Expr::Local(local));
            let more = Expr::Binary(Operator::Less, left, Box::new(times));
            leaves.push(builder.emit(Instruction::Unless(more, 0), span));
        }
        if let Some(condition) = condition {
            leaves.push(builder.emit(Instruction::Unless(condition, 0), span));
        }
        builder.loops.push(Loop { again: vec![], leave: leaves });
        body(self, builder);
        let done = builder.loops.pop().unwrap_or(Loop { again: vec![], leave: vec![] });
        for jump in done.again {
            builder.land(jump);
        }
        if let Some(local) = counter {
            let one = Box::new(Expr::Constant(1));
            let value = Expr::Binary(Operator::Add, Box::new(Expr::Local(local)), one);
            builder.emit(Instruction::Let { local, value }, span);
        }
        let back = builder.emit(Instruction::Jump(head), span);
        if counted {
            builder.bounded.push(back);
        }
        for jump in done.leave {
            builder.land(jump);
        }
    }

    pub(super) fn each(&mut self, builder: &mut Builder, step: &Node, entry: &Entry) {
        let counter = self.target_node(builder.thread, &entry.value);
        let hidden = format!("#{}", builder.here());
        let count = self.target(builder.thread, &hidden, entry.key_span);
        let value = Expr::Result(ResultField::Count);
        builder.emit(Instruction::Let { local: count, value }, step.span);
        let times = Some(Expr::Local(count));
        self.rounds(builder, step.span, Some(counter), times, None, |compiler, builder| {
            if let Some(body) = step.get("do") {
                compiler.steps(builder, body);
            }
        });
    }
}
