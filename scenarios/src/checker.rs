//! Documents held against shapes.
//!
//! Owns structural errors (a missing key, an unknown key, a wrong type). Knows nothing of names
//! that refer to each other; that is for [`compile`](crate::compile).

use std::rc::Rc;

use crate::diagnostic::{Diagnostic, similar};
use crate::expression;
use crate::json::{Entry, Node, Value};
use crate::shape::{Field, Shape, Steps, is_name};

/// Checks documents against shapes and keeps what is wrong.
pub(crate) struct Checker {
    pub(crate) steps: &'static Steps,
    calls: Rc<[(&'static str, Vec<Field>)]>,
    pub(crate) problems: Vec<Diagnostic>,
}

impl Checker {
    pub(crate) fn new(steps: &'static Steps) -> Checker {
        Checker { steps, calls: (steps.calls)().into(), problems: vec![] }
    }

    pub(crate) fn check(&mut self, node: &Node, shape: &Shape, what: &str) {
        if !shape.admits(node.kind()) {
            let message = format!("{what} is {}, not {shape}", node.kind());
            let problem = Diagnostic::new("wrong-type", node.span, message).expecting(shape);
            self.problems.push(problem);
            return;
        }
        match (shape, &node.value) {
            (Shape::Name, Value::Text(text)) => self.name(node, text, what),
            (Shape::Words(words), Value::Text(text)) => self.word(node, text, words, what),
            (Shape::Integer(low, high), Value::Number(text)) => {
                self.integer(node, text, *low, *high, what);
            }
            (Shape::Expression, Value::Number(text)) => {
                self.integer(node, text, i64::MIN, i64::MAX, what);
            }
            (Shape::Expression, Value::Text(text)) => {
                if let Err(problem) = expression::parse(text, node.span) {
                    self.problems.push(*problem);
                }
            }
            (Shape::List(element), Value::List(elements)) => {
                for node in elements {
                    self.check(node, element, &format!("this element of {what}"));
                }
            }
            (Shape::Map(value), Value::Map(entries)) => self.map(entries, value, what, is_name),
            (Shape::Table(value), Value::Map(entries)) => {
                self.map(entries, value, what, |key| !key.is_empty() && key.len() <= 200);
            }
            (Shape::Record(record), Value::Map(entries)) => {
                self.record(node, entries, &[record.fields], record.name);
            }
            (Shape::Part(record), Value::Map(entries)) => {
                self.known(entries, &[record.fields], record.name);
            }
            (Shape::Steps, Value::List(elements)) => {
                for node in elements {
                    self.step(node);
                }
            }
            (Shape::Either(shapes), _) => {
                if let Some(shape) = shapes.iter().find(|shape| shape.admits(node.kind())) {
                    self.check(node, shape, what);
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, node: &Node, text: &str, what: &str) {
        if !is_name(text) {
            let message = format!("{what} cannot be called `{text}`");
            let problem = Diagnostic::new("bad-name", node.span, message)
                .help("a name starts with a letter; letters, digits and `_` follow, 40 at most");
            self.problems.push(problem);
        }
    }

    fn word(&mut self, node: &Node, text: &str, words: &[&str], what: &str) {
        if words.contains(&text) {
            return;
        }
        let message = format!("{what} cannot be `{text}`");
        let mut problem = Diagnostic::new("unknown-word", node.span, message);
        if let Some(meant) = similar(text, words.iter().copied()) {
            problem = problem.labelled(format!("did you mean `{meant}`?"));
        }
        self.problems.push(problem.help(format!("one of {}", words.join(", "))));
    }

    fn integer(&mut self, node: &Node, text: &str, low: i64, high: i64, what: &str) {
        let value = text.parse::<i128>();
        // Keys and addresses are 64 bits without a sign; they are kept as the same 64 bits.
        let high = if high == i64::MAX { i128::from(u64::MAX) } else { i128::from(high) };
        let problem = match value {
            Ok(value) if (i128::from(low)..=high).contains(&value) => return,
            Ok(_) => {
                let message = format!("{what} is out of range");
                Diagnostic::new("out-of-range", node.span, message)
                    .expecting(format!("a whole number from {low} to {high}"))
            }
            Err(_) => {
                let message = format!("{what} is not a whole number");
                Diagnostic::new("wrong-type", node.span, message)
                    .expecting(format!("a whole number from {low} to {high}"))
            }
        };
        self.problems.push(problem);
    }

    fn map(&mut self, entries: &[Entry], value: &Shape, what: &str, good_key: fn(&str) -> bool) {
        for (index, entry) in entries.iter().enumerate() {
            self.duplicate(entries, index);
            if !good_key(&entry.key) {
                let message = format!("`{}` cannot be a name", entry.key);
                let problem = Diagnostic::new("bad-name", entry.key_span, message).help(
                    "a name starts with a letter; letters, digits and `_` follow, 40 at most",
                );
                self.problems.push(problem);
            }
            self.check(&entry.value, value, &format!("`{}` of {what}", entry.key));
        }
    }

    fn duplicate(&mut self, entries: &[Entry], index: usize) {
        let entry = &entries[index];
        // Quadratic only in the keys of one object before this one; a file is a megabyte at most.
        if let Some(first) = entries[..index.min(1000)].iter().find(|e| e.key == entry.key) {
            let message = format!("`{}` stands here twice", entry.key);
            let problem = Diagnostic::new("duplicate-key", entry.key_span, message)
                .related(first.key_span, "first here");
            self.problems.push(problem);
        }
    }

    fn record(&mut self, node: &Node, entries: &[Entry], fields: &[&[Field]], name: &str) {
        self.known(entries, fields, name);
        for field in fields.iter().flat_map(|fields| fields.iter()).filter(|f| f.required) {
            if !entries.iter().any(|entry| entry.key == field.key) {
                let message = format!("{name} needs `{}`", field.key);
                let at = crate::diagnostic::Span::new(node.span.start, node.span.start + 1);
                let problem = Diagnostic::new("missing-key", at, message)
                    .help(format!("`{}`: {}, {}", field.key, field.shape, field.about));
                self.problems.push(problem);
            }
        }
    }

    /// Every key is one of these fields, and its value what that field takes.
    fn known(&mut self, entries: &[Entry], fields: &[&[Field]], name: &str) {
        let all = || fields.iter().flat_map(|fields| fields.iter());
        for (index, entry) in entries.iter().enumerate() {
            self.duplicate(entries, index);
            match all().find(|field| field.key == entry.key) {
                Some(field) => self.check(&entry.value, &field.shape, &format!("`{}`", field.key)),
                None => {
                    let keys = all().map(|field| field.key);
                    self.problems.push(unknown_key(entry, keys, name));
                }
            }
        }
    }

    fn step(&mut self, node: &Node) {
        match &node.value {
            Value::Text(word) => self.word_step(node, word),
            Value::Map(entries) => self.object_step(node, entries),
            _ => {
                let message = format!("a step is an object, not {}", node.kind());
                self.problems.push(Diagnostic::new("wrong-type", node.span, message));
            }
        }
    }

    fn word_step(&mut self, node: &Node, word: &str) {
        if self.steps.words.iter().any(|(known, _)| *known == word) {
            return;
        }
        let words: Vec<&str> = self.steps.words.iter().map(|(word, _)| *word).collect();
        let mut problem =
            Diagnostic::new("unknown-step", node.span, format!("there is no step `{word}`"))
                .help(format!("steps of one word are {}", words.join(", ")));
        if let Some(meant) = similar(word, words) {
            problem = problem.labelled(format!("did you mean `{meant}`?"));
        }
        self.problems.push(problem);
    }

    fn object_step(&mut self, node: &Node, entries: &[Entry]) {
        let steps = self.steps;
        if let Some(call) = entries.iter().find(|entry| entry.key == "call") {
            self.call_step(node, entries, call);
            return;
        }
        let verb = steps.verbs.iter().find(|verb| entries.iter().any(|e| e.key == verb.verb.key));
        let Some(verb) = verb else {
            let verbs = steps.verbs.iter().map(|verb| verb.verb.key).chain(["call"]);
            let mut problem = Diagnostic::new(
                "unknown-step",
                node.span,
                "this step says nothing that could be done".to_owned(),
            );
            let guess = entries.iter().find_map(|e| Some((e, similar(&e.key, verbs.clone())?)));
            if let Some((entry, meant)) = guess {
                problem.span = entry.key_span;
                problem = problem.labelled(format!("did you mean `{meant}`?"));
            }
            let all: Vec<&str> = verbs.collect();
            self.problems.push(problem.help(format!("a step has one of {}", all.join(", "))));
            return;
        };
        let own = std::slice::from_ref(&verb.verb);
        let name = format!("a step `{}`", verb.verb.key);
        self.record(node, entries, &[own, verb.fields, steps.common], &name);
    }

    fn call_step(&mut self, node: &Node, entries: &[Entry], call: &Entry) {
        let Value::Text(function) = &call.value.value else {
            let message = format!("`call` is {}, not the name of a function", call.value.kind());
            self.problems.push(Diagnostic::new("wrong-type", call.value.span, message));
            return;
        };
        // Calls stand inside calls, in the branches of `on`: the table stays where it is.
        let calls = Rc::clone(&self.calls);
        match calls.iter().find(|(name, _)| name == function) {
            Some((name, fields)) => {
                let name = format!("a call of {name}");
                let steps = self.steps;
                self.record(node, entries, &[fields, steps.call, steps.common], &name);
            }
            None => {
                let message = format!("the model knows no function `{function}`");
                let mut problem = Diagnostic::new("unknown-call", call.value.span, message);
                if let Some(meant) = similar(function, calls.iter().map(|(name, _)| *name)) {
                    problem = problem.labelled(format!("did you mean `{meant}`?"));
                }
                self.problems.push(problem.help("`iocp schema scenario` lists all functions"));
            }
        }
    }
}

fn unknown_key<'a>(
    entry: &Entry,
    keys: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Diagnostic {
    let message = format!("{name} has no key `{}`", entry.key);
    let mut problem = Diagnostic::new("unknown-key", entry.key_span, message);
    if let Some(meant) = similar(&entry.key, keys.clone()) {
        problem = problem.labelled(format!("did you mean `{meant}`?"));
    }
    let keys: Vec<&str> = keys.collect();
    problem.help(format!("it may have {}", keys.join(", ")))
}
