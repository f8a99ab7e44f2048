//! JSON text as a tree in which every value knows where it stands.
//!
//! Owns syntax errors and the limits on size and nesting. Knows nothing of scenarios.

use std::fmt;

use jsonc_parser::ast;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions};

use crate::diagnostic::{Diagnostic, Span};
use crate::limits;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// A JSON value. Numbers keep their text, so that no digit is lost.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One `"key": value`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

/// What a value is, without its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Map,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Null => "null",
            Kind::Bool => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a string",
            Kind::List => "a list",
            Kind::Map => "an object",
        })
    }
}

impl Node {
    pub(crate) fn kind(&self) -> Kind {
        match &self.value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::Text,
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
        }
    }

    /// The value of `key`, if this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of an object; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    pub(crate) fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(elements) => elements,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The same as a `serde_json` value, positions forgotten.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Number(text) => serde_json::from_str(text).unwrap_or_default(),
            Value::Text(text) => text.clone().into(),
            Value::List(elements) => elements.iter().map(Node::to_json).collect(),
            Value::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect(),
            ),
        }
    }
}

/// Reads JSON text.
pub(crate) fn parse(text: &str) -> Result<Node, Box<Diagnostic>> {
    if text.len() > limits::FILE_BYTES {
        return Err(Box::new(Diagnostic::new(
            "too-big",
            Span::new(0, 0),
            format!("the file has {} bytes, the limit is {}", text.len(), limits::FILE_BYTES),
        )));
    }
    check_depth(text)?;
    let collect = CollectOptions::default();
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = jsonc_parser::parse_to_ast(text, &collect, &options);
    match parsed {
        Ok(result) => match result.value {
            Some(value) => Ok(node(&value)),
            None => {
                let start = Span::new(0, text.len().min(1));
                let problem = Diagnostic::new("syntax", start, "the file is empty");
                Err(Box::new(problem.expecting("a scenario: an object with a `version`")))
            }
        },
        Err(error) => Err(Box::new(syntax(text, &error))),
    }
}

/// The parser recurses, so nesting is limited before it starts. Brackets inside strings do not
/// count.
fn check_depth(text: &str) -> Result<(), Box<Diagnostic>> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::JSON_DEPTH {
            let message = format!("nested more than {} levels deep", limits::JSON_DEPTH);
            return Err(Box::new(Diagnostic::new("too-deep", Span::new(at, at + 1), message)));
        }
    }
    Ok(())
}

fn syntax(text: &str, error: &jsonc_parser::errors::ParseError) -> Diagnostic {
    let range = error.range();
    let (start, end) = (range.start.min(text.len()), range.end.min(text.len()));
    let message = error.kind().to_string();
    let message = message[..1].to_lowercase() + &message[1..];
    match error.kind() {
        // Reported at the next token; the comma is missing behind the one before.
        ParseErrorKind::ExpectedComma => {
            let behind = text[..start].trim_end().len();
            Diagnostic::new("syntax", Span::new(behind, behind), "a comma is missing".to_owned())
                .labelled("missing comma here?")
        }
        ParseErrorKind::TrailingCommasNotAllowed => Diagnostic::new(
            "syntax",
            Span::new(start, end),
            "nothing follows this comma".to_owned(),
        )
        .labelled("remove it"),
        ParseErrorKind::UnterminatedArray | ParseErrorKind::UnterminatedObject => {
            let (what, bracket) = match error.kind() {
                ParseErrorKind::UnterminatedArray => ("list", ']'),
                _ => ("object", '}'),
            };
            Diagnostic::new(
                "syntax",
                Span::new(start, start + 1),
                format!("this {what} never ends"),
            )
            .labelled(format!("no `{bracket}` for it"))
        }
        _ => Diagnostic::new("syntax", Span::new(start, end), message),
    }
}

fn node(value: &ast::Value<'_>) -> Node {
    use jsonc_parser::common::Ranged;
    let range = value.range();
    let span = Span::new(range.start, range.end);
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::Text(literal.value.clone().into_owned()),
        ast::Value::Array(array) => Value::List(array.elements.iter().map(node).collect()),
        ast::Value::Object(object) => Value::Map(object.properties.iter().map(entry).collect()),
    };
    Node { span, value }
}

fn entry(property: &ast::ObjectProp<'_>) -> Entry {
    use jsonc_parser::common::Ranged;
    let range = property.name.range();
    Entry {
        key: property.name.as_str().to_owned(),
        key_span: Span::new(range.start, range.end),
        value: node(&property.value),
    }
}
