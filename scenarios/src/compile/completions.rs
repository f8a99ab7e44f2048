//! How a pending operation may end: the ways that a call lists, those that go without saying, and
//! the timeout of a poll.

use iocp_model::{NtStatus, Object, Reply};

use super::calls::milliseconds;
use super::{Compiler, Thing};
use crate::diagnostic::Diagnostic;
use crate::json::{Entry, Node};
use crate::limits;
use crate::program::Completion;

impl Compiler<'_> {
    pub(super) fn completes(&mut self, step: &Node, operation: bool, reply: Reply) -> Option<u16> {
        let entry = step.entry("completes");
        if !operation {
            if let Some(entry) = entry {
                let message = "only an operation on a file completes";
                self.complain(Diagnostic::new("wrong-kind", entry.key_span, message));
            }
            return None;
        }
        let ways = match entry {
            Some(entry) => self.ways(entry),
            None => match self.completes_by_itself(step, reply) {
                true => vec![Completion { status: NtStatus::SUCCESS, bytes: None, after: 50 }],
                false => vec![],
            },
        };
        Some(self.list_of(ways))
    }

    /// The number of this list of ways to end.
    fn list_of(&mut self, ways: Vec<Completion>) -> u16 {
        let known = self.completions.iter().position(|known| *known == ways);
        known.unwrap_or_else(|| {
            self.completions.push(ways);
            self.completions.len() - 1
        }) as u16
    }

    /// How a poll ends if nothing happens to its socket: its time is up, if it has one.
    pub(super) fn expires(&mut self, step: &Node) -> Option<u16> {
        if let Some(entry) = step.entry("completes") {
            let message = "a poll ends when its socket is ready, or when its time is up";
            self.complain(Diagnostic::new("wrong-kind", entry.key_span, message));
        }
        let node = step.get("timeout")?;
        let micros = node.get("us");
        let after = match (self.constant(micros.unwrap_or(node)), micros) {
            (0, _) => return None,
            (value, Some(_)) => value as u64,
            (value, None) => milliseconds(value),
        };
        let expiry = Completion { status: NtStatus::TIMEOUT, bytes: None, after };
        (after != u64::MAX).then(|| self.list_of(vec![expiry]))
    }

    /// Pipes and sockets complete when data moves; everything else when its device is done.
    fn completes_by_itself(&self, step: &Node, reply: Reply) -> bool {
        use iocp_model::FileKind::{Device, Directory, Disk};
        if reply == Reply::Pending {
            return true;
        }
        let Some((_, Thing::Handle(index))) = step.get("file").and_then(|f| self.thing_named(f))
        else {
            return false;
        };
        let Object::File(_) = self.objects[index].object else { return false };
        let name = &self.objects[index].name;
        let declared = self.entries("files").iter().find(|entry| entry.key == *name);
        let word = declared.and_then(|entry| entry.value.get("kind")).and_then(Node::text);
        let kind = crate::calls::FILE_KINDS.iter().find(|(known, _)| Some(*known) == word);
        matches!(kind, Some((_, Disk | Device | Directory)))
    }

    fn ways(&mut self, entry: &Entry) -> Vec<Completion> {
        let elements = entry.value.elements();
        if elements.len() > limits::COMPLETIONS {
            let message = format!("an operation ends in {} ways at most", limits::COMPLETIONS);
            self.complain(Diagnostic::new("too-many", entry.value.span, message));
        }
        let way = |node: &Node| Completion {
            status: node.get("status").map_or(NtStatus::SUCCESS, |node| self.status(node)),
            bytes: node.get("bytes").map(|node| self.constant(node) as u64),
            after: node.get("after").map_or(50, |node| self.bounded(node, 0, i64::MAX)) as u64,
        };
        elements.iter().take(limits::COMPLETIONS).map(way).collect()
    }
}
