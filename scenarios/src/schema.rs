//! The JSON Schema of the scenario format, made from the same shapes as the checker.

use serde_json::{Map, Value, json};

use crate::format;
use crate::shape::{Field, Record, Shape, Steps};

/// The JSON Schema (draft 2020-12) of scenario version 1.
pub fn scenario_schema() -> Value {
    document(&format::SCENARIO, "iocp scenario, version 1")
}

/// The JSON Schema of a document that is this record.
pub(crate) fn document(root: &Record, title: &str) -> Value {
    let mut definitions = Map::new();
    let mut root = record(root, &mut definitions);
    definitions.insert("step".to_owned(), Value::Null);
    let step = steps(&format::STEPS, &mut definitions);
    definitions.insert("step".to_owned(), step);
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = title.into();
    root["$defs"] = Value::Object(definitions);
    root
}

fn shape(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Name => json!({"type": "string", "pattern": NAME}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Integer(low, high) => {
            let high = if *high == i64::MAX { json!(u64::MAX) } else { json!(high) };
            json!({"type": "integer", "minimum": low, "maximum": high})
        }
        Shape::Expression => json!({"type": ["integer", "string"]}),
        Shape::Words(words) => json!({"enum": words}),
        Shape::List(element) => {
            json!({"type": "array", "items": self::shape(element, definitions)})
        }
        Shape::Map(value) => json!({
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": self::shape(value, definitions),
        }),
        Shape::Table(value) => {
            json!({"type": "object", "additionalProperties": self::shape(value, definitions)})
        }
        Shape::Record(record) => {
            let name = record.name.split_once(' ').map_or(record.name, |(_, noun)| noun);
            let name = name.replace(' ', "-");
            if !definitions.contains_key(&name) {
                definitions.insert(name.clone(), Value::Null);
                let schema = self::record(record, definitions);
                definitions.insert(name.clone(), schema);
            }
            json!({"$ref": format!("#/$defs/{name}")})
        }
        Shape::Part(record) => {
            let mut schema = self::record(record, definitions);
            schema["required"] = json!([]);
            schema
        }
        Shape::Steps => json!({"type": "array", "items": {"$ref": "#/$defs/step"}}),
        Shape::Either(shapes) => {
            let any: Vec<Value> = shapes.iter().map(|s| self::shape(s, definitions)).collect();
            json!({"anyOf": any})
        }
    }
}

const NAME: &str = "^[A-Za-z][A-Za-z0-9_]{0,39}$";

fn record(record: &Record, definitions: &mut Map<String, Value>) -> Value {
    object(&[record.fields], definitions)
}

fn object(fields: &[&[Field]], definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = vec![];
    for field in fields.iter().flat_map(|fields| fields.iter()) {
        let mut schema = shape(&field.shape, definitions);
        schema["description"] = field.about.into();
        properties.insert(field.key.to_owned(), schema);
        if field.required {
            required.push(field.key);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn steps(steps: &Steps, definitions: &mut Map<String, Value>) -> Value {
    let words: Vec<&str> = steps.words.iter().map(|(word, _)| *word).collect();
    let mut any = vec![json!({"enum": words})];
    for verb in steps.verbs {
        let own = std::slice::from_ref(&verb.verb);
        any.push(object(&[own, verb.fields, steps.common], definitions));
    }
    for (name, fields) in (steps.calls)() {
        let mut call = object(&[&fields, steps.call, steps.common], definitions);
        call["properties"]["call"] = json!({"const": name});
        any.push(call);
    }
    json!({"anyOf": any})
}
