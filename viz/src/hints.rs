//! What can stand where in a scenario, as the editor of the page reads it: the JSON Schema of the
//! format, with every shape and every key written once. (The schema itself is eight times as long.)

use std::collections::BTreeMap;

use iocp_scenarios::scenario_schema;
use serde_json::{Value, json};

/// The shapes of the format: `root` is the number of the shape of a whole scenario.
///
/// A shape is one of `{"keys": [FIELD, ...], "needs": N}` (an object; its first N keys are needed),
/// `{"map": SHAPE}` (an object with names for keys), `{"list": SHAPE}`, `{"any": [SHAPE, ...]}`,
/// `{"words": [...]}` (one of these) and `{}` (anything). A field is `[KEY, ABOUT, SHAPE]`.
pub(crate) fn hints() -> Value {
    let schema = scenario_schema();
    let definitions = &schema["$defs"];
    let mut known = Known { definitions, ..Known::default() };
    let root = known.shape(&schema);
    json!({ "root": root, "shapes": known.shapes.all, "fields": known.fields.all })
}

/// Values, each of them once.
#[derive(Default)]
struct Numbered {
    all: Vec<Value>,
    numbers: BTreeMap<String, usize>,
}

impl Numbered {
    fn number(&mut self, value: Value) -> usize {
        let text = value.to_string();
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(value);
            self.all.len() - 1
        })
    }
}

#[derive(Default)]
struct Known<'a> {
    definitions: &'a Value,
    shapes: Numbered,
    fields: Numbered,
    named: BTreeMap<&'a str, usize>,
}

impl<'a> Known<'a> {
    fn shape(&mut self, schema: &'a Value) -> usize {
        if let Some(name) = schema["$ref"].as_str() {
            return self.definition(name.trim_start_matches("#/$defs/"));
        }
        let list = |key: &str| schema[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let shape = if schema["anyOf"].is_array() {
            json!({ "any": list("anyOf").iter().map(|one| self.shape(one)).collect::<Vec<_>>() })
        } else if schema["enum"].is_array() {
            json!({ "words": schema["enum"] })
        } else if let Some(word) = schema.get("const") {
            json!({ "words": [word] })
        } else if schema["type"] == "boolean" {
            json!({ "words": [true, false] })
        } else if let Some(properties) = schema["properties"].as_object() {
            let needed = |key: &str| list("required").iter().any(|name| name == key);
            let (first, then): (Vec<_>, Vec<_>) = properties.iter().partition(|(k, _)| needed(k));
            let fields = first.iter().chain(&then).map(|(key, value)| self.field(key, value));
            let keys: Vec<usize> = fields.collect();
            json!({ "keys": keys, "needs": first.len() })
        } else if schema["additionalProperties"].is_object() {
            json!({ "map": self.shape(&schema["additionalProperties"]) })
        } else if schema["items"].is_object() {
            json!({ "list": self.shape(&schema["items"]) })
        } else {
            json!({})
        };
        self.shapes.number(shape)
    }

    fn field(&mut self, key: &str, schema: &'a Value) -> usize {
        let about = schema["description"].as_str().unwrap_or_default();
        let shape = self.shape(schema);
        self.fields.number(json!([key, about, shape]))
    }

    /// A definition may speak of itself, so it has its number before it is looked at.
    fn definition(&mut self, name: &'a str) -> usize {
        if let Some(number) = self.named.get(name) {
            return *number;
        }
        let number = self.shapes.all.len();
        self.shapes.all.push(Value::Null);
        self.named.insert(name, number);
        let shape = self.shape(&self.definitions[name]);
        self.shapes.all[number] = json!({ "any": [shape] });
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a value has one of the shapes, as the editor would say it.
    fn fits(hints: &Value, shape: &Value, value: &Value) -> bool {
        let shape = &hints["shapes"][shape.as_u64().expect("a number") as usize];
        let field = |number: &Value| &hints["fields"][number.as_u64().expect("a number") as usize];
        if let Some(any) = shape["any"].as_array() {
            return any.iter().any(|one| fits(hints, one, value));
        }
        if let Some(words) = shape["words"].as_array() {
            return words.contains(value);
        }
        match value {
            Value::Object(map) if shape["map"].is_u64() => {
                map.values().all(|value| fits(hints, &shape["map"], value))
            }
            Value::Object(map) => shape["keys"].as_array().is_some_and(|keys| {
                let needs = shape["needs"].as_u64().expect("a number") as usize;
                let own = |key: &str| keys.iter().map(field).find(|field| field[0] == key);
                let name = |number| field(number)[0].as_str().expect("a key");
                keys[..needs].iter().all(|number| map.contains_key(name(number)))
                    && map.iter().all(|(key, value)| {
                        own(key).is_some_and(|field| fits(hints, &field[2], value))
                    })
            }),
            Value::Array(items) => {
                shape["list"].is_u64() && items.iter().all(|one| fits(hints, &shape["list"], one))
            }
            _ => shape == &json!({}),
        }
    }

    #[test]
    fn every_scenario_of_the_library_has_these_shapes() {
        let hints = hints();
        for entry in iocp_scenarios::library::entries() {
            let scenario = serde_json::from_str(entry.text).expect("it is JSON");
            assert!(fits(&hints, &hints["root"], &scenario), "{}", entry.name);
        }
        assert!(!fits(&hints, &hints["root"], &json!({ "titel": "" })));
    }

    #[test]
    fn a_page_has_room_for_them() {
        let length = hints().to_string().len();
        assert!(length < 30_000, "{length} bytes");
    }
}
