//! A JSON object, field by field. `json!` writes out the making of every field where it stands;
//! the page's module has two hundred of them, and has to be small.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The fields so far.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Object(Map<String, Value>);

/// No field yet.
pub(super) fn object() -> Object {
    Object::default()
}

impl Object {
    /// One field more.
    pub(super) fn with(mut self, key: &str, value: impl Serialize) -> Object {
        self.put(key, json!(value));
        self
    }

    #[inline(never)]
    fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}
