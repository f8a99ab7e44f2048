//! What a JSON document may look like, as data: one description from which the checker, the JSON
//! Schema and the reference page are made.
//!
//! Owns structural errors (a missing key, an unknown key, a wrong type). Knows nothing of names
//! that refer to each other; that is for [`compile`](crate::compile).

use std::{fmt, rc::Rc};

use crate::diagnostic::{Diagnostic, similar};
use crate::expression;
use crate::json::{Entry, Kind, Node, Value};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Any string.
    Text,
    /// A declared name, or one that is being declared: letters, digits and `_`.
    Name,
    /// `true` or `false`.
    Flag,
    /// A number in a range.
    Integer(i64, i64),
    /// An integer or an expression in a string.
    Expression,
    /// One of some words.
    Words(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// An object whose keys are names of the author's.
    Map(&'static Shape),
    /// An object whose keys are any text: the names of properties.
    Table(&'static Shape),
    /// An object with these fields.
    Record(&'static Record),
    /// A program: a list of steps.
    Steps,
    /// One of several, told apart by their JSON type (words before names).
    Either(&'static [Shape]),
}

/// An object with known keys.
#[derive(Debug)]
pub(crate) struct Record {
    /// What it is, with an article.
    pub(crate) name: &'static str,
    /// Its keys.
    pub(crate) fields: &'static [Field],
}

/// A key of a [`Record`].
#[derive(Debug)]
pub(crate) struct Field {
    /// The key.
    pub(crate) key: &'static str,
    /// What its value may be.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// What it means.
    pub(crate) about: &'static str,
}

/// A key that may be left out.
pub(crate) const fn optional(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, shape, required: false, about }
}

/// A key that must be there.
pub(crate) const fn required(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, shape, required: true, about }
}

/// One kind of step: an object that has the key `key`.
#[derive(Debug)]
pub(crate) struct Verb {
    /// The key that says what kind of step it is, with its value.
    pub(crate) verb: Field,
    /// The other keys.
    pub(crate) fields: &'static [Field],
}

/// What kinds of steps there are. Calls are steps whose further keys depend on the function.
#[derive(Debug)]
pub(crate) struct Steps {
    /// Steps that are a single word.
    pub(crate) words: &'static [(&'static str, &'static str)],
    /// Steps that are objects, `call` apart.
    pub(crate) verbs: &'static [Verb],
    /// The fields of every step.
    pub(crate) common: &'static [Field],
    /// The fields of every call.
    pub(crate) call: &'static [Field],
    /// The functions and their own fields.
    pub(crate) calls: fn() -> Vec<(&'static str, Vec<Field>)>,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Text => f.write_str("a string"),
            Shape::Name => f.write_str("a name"),
            Shape::Flag => f.write_str("true or false"),
            Shape::Integer(low, high) if *high == i64::MAX => {
                write!(f, "a whole number from {low}")
            }
            Shape::Integer(low, high) if low == high => write!(f, "{low}"),
            Shape::Integer(low, high) => write!(f, "a whole number from {low} to {high}"),
            Shape::Expression => f.write_str("a whole number or an expression in a string"),
            Shape::Words(words) => list_words(f, words),
            Shape::List(shape) => write!(f, "a list, each element {shape}"),
            Shape::Map(shape) | Shape::Table(shape) => {
                write!(f, "an object, each value {shape}")
            }
            Shape::Record(record) => f.write_str(record.name),
            Shape::Steps => f.write_str("a list of steps"),
            Shape::Either(shapes) => {
                for (index, shape) in shapes.iter().enumerate() {
                    write!(f, "{}{shape}", if index == 0 { "" } else { ", or " })?;
                }
                Ok(())
            }
        }
    }
}

fn list_words(f: &mut fmt::Formatter<'_>, words: &[&str]) -> fmt::Result {
    for (index, word) in words.iter().enumerate() {
        let separator = match index {
            0 => "",
            _ if index + 1 == words.len() => " or ",
            _ => ", ",
        };
        write!(f, "{separator}\"{word}\"")?;
    }
    Ok(())
}

impl Shape {
    /// Whether a value of this JSON type can be of this shape at all.
    fn admits(&self, kind: Kind) -> bool {
        match self {
            Shape::Text | Shape::Name | Shape::Words(_) => kind == Kind::Text,
            Shape::Flag => kind == Kind::Bool,
            Shape::Integer(..) => kind == Kind::Number,
            Shape::Expression => matches!(kind, Kind::Number | Kind::Text),
            Shape::List(_) | Shape::Steps => kind == Kind::List,
            Shape::Map(_) | Shape::Table(_) | Shape::Record(_) => kind == Kind::Map,
            Shape::Either(shapes) => shapes.iter().any(|shape| shape.admits(kind)),
        }
    }
}

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
        for field in all().filter(|field| field.required) {
            if !entries.iter().any(|entry| entry.key == field.key) {
                let message = format!("{name} needs `{}`", field.key);
                let at = crate::diagnostic::Span::new(node.span.start, node.span.start + 1);
                let problem = Diagnostic::new("missing-key", at, message)
                    .help(format!("`{}`: {}, {}", field.key, field.shape, field.about));
                self.problems.push(problem);
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

/// Whether `text` can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
