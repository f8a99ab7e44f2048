//! Calls for which there may be no memory: the environment chooses whether they succeed.

use iocp_model::NtStatus;

use super::Compiler;
use super::lower::Builder;
use crate::calls::EXHAUSTIBLE;
use crate::diagnostic::{Diagnostic, Span};
use crate::json::Node;
use crate::program::{CallSite, Instruction};

impl Compiler<'_> {
    /// The ways in which a call may fail for want of memory.
    pub(super) fn exhaustions(&mut self, step: &Node, function: &str) -> Vec<NtStatus> {
        let Some(entry) = step.entry("may_fail") else { return vec![] };
        if !EXHAUSTIBLE.contains(&function) {
            let message = format!("`{function}` does not fail for want of memory here");
            let help = format!("these may: {}", EXHAUSTIBLE.join(", "));
            self.complain(Diagnostic::new("wrong-kind", entry.key_span, message).help(help));
        }
        let mut ways = vec![];
        for node in entry.value.elements() {
            let status = self.status(node);
            if ways.contains(&status) {
                let message = "this way to fail stands here twice";
                self.complain(Diagnostic::new("duplicate-key", node.span, message));
            }
            ways.push(status);
        }
        ways
    }
}

/// The call succeeds or fails in one of these ways: the environment chooses.
pub(super) fn one_of(builder: &mut Builder, site: &CallSite, ways: &[NtStatus], span: Span) {
    let choose = builder.emit(Instruction::Choose(vec![]), span);
    let (mut starts, mut overs) = (vec![], vec![]);
    for exhausted in std::iter::once(None).chain(ways.iter().copied().map(Some)) {
        starts.push(builder.here());
        let site = CallSite { exhausted, ..site.clone() };
        builder.emit(Instruction::Call(Box::new(site)), span);
        overs.push(builder.emit(Instruction::Jump(0), span));
    }
    builder.instructions[choose] = Instruction::Choose(starts);
    for over in overs {
        builder.land(over);
    }
}
