//! The arguments of a call, read from the command.

use crate::names::Names;
use crate::slots::Slots;
use serde_json::Value;

/// Why an argument could not be read.
pub struct Problem(pub String);

/// The arguments of one command.
pub struct Args<'a> {
    /// The `args` object.
    pub value: &'a Value,
    /// The handles.
    pub names: &'a Names,
    /// The OVERLAPPEDs.
    pub slots: &'a Slots,
    /// The names that the handles it gives will have.
    pub bind: &'a [String],
}

impl Args<'_> {
    fn problem<T>(&self, name: &str, expected: &str) -> Result<T, Problem> {
        let found = self.value.get(name).unwrap_or(&Value::Null);
        Err(Problem(format!("argument `{name}`: expected {expected}, found {found}")))
    }

    /// A handle by name.
    pub fn handle(&self, name: &str) -> Result<usize, Problem> {
        match self.value.get(name).and_then(Value::as_str).and_then(|text| self.names.get(text)) {
            Some(handle) => Ok(handle),
            None => self.problem(name, "the name of a handle, NULL, -1 or -2"),
        }
    }

    /// A handle by name, NULL if it is not given.
    pub fn handle_or_null(&self, name: &str) -> Result<usize, Problem> {
        if self.value.get(name).is_none() { Ok(0) } else { self.handle(name) }
    }

    /// Several handles.
    pub fn handles(&self, name: &str) -> Result<Vec<usize>, Problem> {
        let list = self.value.get(name).and_then(Value::as_array);
        let handles = list.and_then(|list| {
            list.iter().map(|item| self.names.get(item.as_str()?)).collect::<Option<Vec<_>>>()
        });
        match handles {
            Some(handles) if handles.len() <= 64 => Ok(handles),
            _ => self.problem(name, "a list of at most 64 names of handles"),
        }
    }

    /// A number: an integer, or a string of hex digits after `0x`.
    pub fn number(&self, name: &str) -> Result<u64, Problem> {
        let number = match self.value.get(name) {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => {
                text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        number.map_or_else(|| self.problem(name, "a number or \"0x...\""), Ok)
    }

    /// A number that fits in 32 bits.
    pub fn number32(&self, name: &str) -> Result<u32, Problem> {
        match u32::try_from(self.number(name)?) {
            Ok(number) => Ok(number),
            Err(_) => self.problem(name, "a number below 2^32"),
        }
    }

    /// A number, `default` if it is not given.
    pub fn number32_or(&self, name: &str, default: u32) -> Result<u32, Problem> {
        if self.value.get(name).is_none() { Ok(default) } else { self.number32(name) }
    }

    /// A number, `default` if it is not given.
    pub fn number_or(&self, name: &str, default: u64) -> Result<u64, Problem> {
        if self.value.get(name).is_none() { Ok(default) } else { self.number(name) }
    }

    /// A flag, false if it is not given.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.value.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => self.problem(name, "true or false"),
        }
    }

    /// A text, empty if it is not given.
    pub fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// An OVERLAPPED: a slot, NULL, or any address for a post.
    pub fn overlapped(&self, name: &str) -> Result<usize, Problem> {
        match self.value.get(name) {
            None => Ok(0),
            Some(Value::String(text)) => match self.slots.parse(text) {
                Some(address) => Ok(address),
                None => self.problem(name, "o0, o1, ..., NULL or 0x..."),
            },
            Some(_) => self.problem(name, "o0, o1, ..., NULL or 0x..."),
        }
    }

    /// An OVERLAPPED that the system will write to: a slot.
    pub fn slot(&self, name: &str) -> Result<usize, Problem> {
        let address = self.overlapped(name)?;
        if address == 0 || self.slots.name(address).starts_with('o') {
            Ok(address)
        } else {
            self.problem(name, "a slot (o0, o1, ...) or NULL: the system writes to it")
        }
    }

    /// A timeout in milliseconds: an integer, or `"infinite"`.
    pub fn timeout(&self, name: &str) -> Result<u32, Problem> {
        match self.value.get(name) {
            Some(Value::String(text)) if text == "infinite" => Ok(u32::MAX),
            Some(Value::Number(_)) => match self.number32(name)? {
                u32::MAX => self.problem(name, "milliseconds or \"infinite\""),
                milliseconds => Ok(milliseconds),
            },
            _ => self.problem(name, "milliseconds or \"infinite\""),
        }
    }
}
