//! Why a history is not one of a queue, in sentences.

use iocp_model::Rule;

use super::fifo::{NEVER, Position, Span, Violation};
use super::history::post;
use super::history_facts::{Facts, Stray};
use super::report::{Divergence, Excerpt, Story};
use super::script::short;
use crate::trace::{Event, op_name};

impl Facts<'_> {
    fn excerpt(&self, at: Position, note: &str) -> Excerpt {
        let traced = &self.events[at as usize];
        let text = match &traced.event {
            Event::Call { id, tid, call } => format!("call {id} by thread {tid}: {call:?}"),
            Event::Ret { id, res, .. } => format!("call {id} returns: {res}"),
            other => format!("{other:?}"),
        };
        Excerpt { line: traced.line, text: short(&text), note: note.to_owned() }
    }

    fn line(&self, at: Position) -> u64 {
        self.events[at as usize].line
    }

    /// `post by thread 3, lines 4 to 9`
    fn span(&self, span: Span) -> String {
        let Event::Call { tid, call, .. } = &self.events[span.call as usize].event else {
            return String::new();
        };
        let op = op_name(call);
        match span.ret {
            NEVER => format!("{op} of thread {tid}, from line {}", self.line(span.call)),
            ret => {
                format!(
                    "{op} of thread {tid}, lines {} to {}",
                    self.line(span.call),
                    self.line(ret)
                )
            }
        }
    }

    /// Events of the history before a position.
    fn explained(&self, at: Position) -> u64 {
        let before = &self.events[..at as usize];
        before.iter().filter(|t| matches!(t.event, Event::Call { .. } | Event::Ret { .. })).count()
            as u64
    }

    pub(super) fn describe(&self, violation: Violation) -> Divergence {
        let told = match violation {
            Violation::TooEarly { packet } => self.too_early(packet),
            Violation::Overtaken { first, second, at } => self.overtaken(first, second, at),
            Violation::NeverEmpty { empty } => self.never_empty(empty),
            Violation::Stray { at } => self.stray(at),
        };
        let Told { at, rule, found, allowed, story, mut excerpts } = told;
        excerpts.sort_by_key(|e| e.line);
        excerpts.dedup_by_key(|e| e.line);
        Divergence {
            line: self.line(at),
            explained: self.explained(at),
            found,
            allowed,
            rule: Some(rule.id().to_owned()),
            sentence: rule.sentence().to_owned(),
            source: rule.source().to_owned(),
            story,
            excerpts,
        }
    }

    fn packet(&self, packet: usize) -> String {
        let at = self.history.posts[packet].call as usize;
        match &self.events[at].event {
            Event::Call { call, .. } => {
                let ((key, overlapped), ..) = post(call).unwrap_or_default();
                format!("key=0x{key:x} overlapped=0x{overlapped:x}")
            }
            _ => String::new(),
        }
    }

    fn overtaken(&self, first: usize, second: usize, at: Position) -> Told {
        let (x, y) = (self.history.posts[first], self.history.posts[second]);
        let took = self.history.takes[second].unwrap_or(Span { call: at, ret: at });
        let last = match self.history.takes[first] {
            Some(take) => format!(
                "However, y was removed by {} before x was asked for by {}: a contradiction.",
                self.span(took),
                self.span(take)
            ),
            None => format!(
                "However, y was removed by {} and x never was: a contradiction.",
                self.span(took)
            ),
        };
        Told {
            at,
            rule: Rule::PacketsFifo,
            found: format!("{} was removed before {}", self.packet(second), self.packet(first)),
            allowed: vec![format!("{} first", self.packet(first))],
            story: Story {
                lets: vec![
                    format!("x = {} ({})", self.packet(first), self.span(x)),
                    format!("y = {} ({})", self.packet(second), self.span(y)),
                ],
                thens: vec![
                    "x was in the queue before y, for its post returned before y's was called"
                        .into(),
                    "packets leave in the order in which they came, so x must leave before y"
                        .into(),
                ],
                however: last,
            },
            excerpts: vec![
                self.excerpt(x.ret, "x is in the queue"),
                self.excerpt(y.call, "y comes after it"),
                self.excerpt(took.ret, "y is out"),
                self.excerpt(at, "nobody is left who could have taken x before"),
            ],
        }
    }

    fn too_early(&self, packet: usize) -> Told {
        let post = self.history.posts[packet];
        let take = self.history.takes[packet].unwrap_or(post);
        Told {
            at: take.ret,
            rule: Rule::RemoveTakesOldest,
            found: format!("{} was removed before it was posted", self.packet(packet)),
            allowed: vec!["a packet that is in the queue, or none".into()],
            story: Story {
                lets: vec![format!("x = {} ({})", self.packet(packet), self.span(post))],
                thens: vec!["x was in no queue before its post was called".into()],
                however: format!(
                    "However, {} returned x before that: a contradiction.",
                    self.span(take)
                ),
            },
            excerpts: vec![
                self.excerpt(take.ret, "x is out"),
                self.excerpt(post.call, "x is posted"),
            ],
        }
    }

    fn never_empty(&self, empty: usize) -> Told {
        let span = self.history.empties[empty];
        let cover = self.history.cover(empty);
        let mut lets = vec![format!("p = {}", self.span(span))];
        let mut thens = Vec::new();
        let mut excerpts = vec![self.excerpt(span.ret, "nothing found")];
        for (n, &packet) in cover.iter().enumerate().take(6) {
            let post = self.history.posts[packet];
            lets.push(format!("x{} = {} ({})", n + 1, self.packet(packet), self.span(post)));
            let until = match self.history.takes[packet] {
                Some(take) => format!("until at least line {}", self.line(take.call)),
                None => "for good".into(),
            };
            let from = self.line(post.ret);
            thens.push(format!("x{} was in the queue from line {from} on, {until}", n + 1));
            excerpts.push(self.excerpt(post.ret, &format!("x{} is in the queue", n + 1)));
        }
        thens.push("so there was a packet at every moment of p, and p must take one".into());
        Told {
            at: span.ret,
            rule: Rule::RemoveTakesOldest,
            found: "the poll found nothing".into(),
            allowed: vec!["a packet".into()],
            story: Story {
                lets,
                thens,
                however: "However, p found nothing: a contradiction.".into(),
            },
            excerpts,
        }
    }

    fn stray(&self, at: Position) -> Told {
        let kind = self.strays.iter().find(|(stray, _)| *stray == at);
        let (found, lets, then) = match kind.map(|(_, kind)| *kind) {
            Some(Stray::Twice(p)) => (
                format!("{} was removed twice", self.packet(p)),
                vec![format!("x = {}", self.packet(p))],
                match self.history.takes[p] {
                    Some(take) => format!("x was removed once already by {}", self.span(take)),
                    None => "x was removed once already".into(),
                },
            ),
            Some(Stray::Altered(p)) => (
                format!("{} came out otherwise than it went in", self.packet(p)),
                vec![format!("x = {} ({})", self.packet(p), self.span(self.history.posts[p]))],
                "a port carries the four values of a packet without looking at them".into(),
            ),
            _ => (
                "a packet was removed that nobody posted".into(),
                Vec::new(),
                "only what was posted can be removed".into(),
            ),
        };
        Told {
            at,
            rule: Rule::RemoveTakesOldest,
            allowed: vec!["a packet that is in the queue, or none".into()],
            story: Story {
                lets,
                thens: vec![then],
                however: format!("However, line {} says otherwise.", self.line(at)),
            },
            found,
            excerpts: vec![self.excerpt(at, "")],
        }
    }
}

/// What a divergence says.
struct Told {
    at: Position,
    rule: Rule,
    found: String,
    allowed: Vec<String>,
    story: Story,
    excerpts: Vec<Excerpt>,
}
