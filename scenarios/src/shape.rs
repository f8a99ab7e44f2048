//! What a JSON document may look like, as data: one description from which the checker, the JSON
//! Schema and the reference page are made.
//!
//! Knows nothing of documents; those are held against it by [`checker`](crate::checker).

use std::fmt;

use crate::json::Kind;

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
    /// An object with some of these fields.
    Part(&'static Record),
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
            Shape::Part(record) => write!(f, "a part of {}", record.name),
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
    pub(crate) fn admits(&self, kind: Kind) -> bool {
        match self {
            Shape::Text | Shape::Name | Shape::Words(_) => kind == Kind::Text,
            Shape::Flag => kind == Kind::Bool,
            Shape::Integer(..) => kind == Kind::Number,
            Shape::Expression => matches!(kind, Kind::Number | Kind::Text),
            Shape::List(_) | Shape::Steps => kind == Kind::List,
            Shape::Map(_) | Shape::Table(_) | Shape::Record(_) | Shape::Part(_) => {
                kind == Kind::Map
            }
            Shape::Either(shapes) => shapes.iter().any(|shape| shape.admits(kind)),
        }
    }
}

/// Whether `text` can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
