//! A scenario as text again: one form, whatever the form of the source.

use crate::json::{Entry, Node, Value};

/// Short values on one line, long ones a line for each element.
pub(crate) fn write(node: &Node, indent: usize, out: &mut String) {
    let flat = flat(node);
    if flat.len() + indent <= 96 || !matches!(node.value, Value::List(_) | Value::Map(_)) {
        out.push_str(&flat);
        return;
    }
    let inner = indent + 2;
    let (open, close) = if matches!(node.value, Value::List(_)) { ('[', ']') } else { ('{', '}') };
    out.push(open);
    let separate = |index: usize, out: &mut String| {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&" ".repeat(inner));
    };
    for (index, element) in node.elements().iter().enumerate() {
        separate(index, out);
        write(element, inner, out);
    }
    for (index, entry) in node.entries().iter().enumerate() {
        separate(index, out);
        out.push_str(&quoted(&entry.key));
        out.push_str(": ");
        write(&entry.value, inner, out);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn flat(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::List(elements) => {
            let parts: Vec<String> = elements.iter().map(flat).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Map(entries) => {
            let part = |e: &Entry| format!("{}: {}", quoted(&e.key), flat(&e.value));
            let parts: Vec<String> = entries.iter().map(part).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}
