//! What a call gave, written by the thread that called and read by the one that talks.

use crate::names::Names;
use crate::slots::Slots;
use crate::worker::Worker;
use serde_json::{Map, Value, json};

/// One value, as raw as the call gave it.
pub enum Field {
    /// A BOOL.
    Bool(bool),
    /// An NTSTATUS: printed as eight hex digits.
    Status(u32),
    /// A small number: a count, an error, a wait result, a Winsock result.
    Int(i64),
    /// A 64-bit value that is only ever compared: a key, an information field.
    Hex(u64),
    /// A handle: printed by its name.
    Handle(usize),
    /// The address of an OVERLAPPED: printed by its slot.
    Overlapped(usize),
    /// The call left this where it was.
    Untouched,
    /// Packets, oldest first.
    Entries(Vec<Entry>),
}

/// A packet of a batch.
#[derive(Clone, Copy)]
pub struct Entry {
    /// `CompletionKey`
    pub key: u64,
    /// `lpOverlapped`
    pub overlapped: usize,
    /// The status, where the call shows it.
    pub status: u32,
    /// `Information`, or the bytes transferred.
    pub information: u64,
}

/// An APC that ran inside a call.
#[derive(Clone, Copy)]
pub struct Apc {
    /// The program's number for the routine.
    pub routine: u16,
    /// Status (native) or Win32 error, bytes and OVERLAPPED of a completion routine.
    pub completion: Option<(u32, u64, usize)>,
}

/// The results of one call.
pub struct Out {
    /// The function's value; `None` for none.
    pub value: Option<Field>,
    /// `GetLastError` if the call changed it.
    pub last_error: Option<u32>,
    /// The out-parameters.
    pub fields: Vec<(&'static str, Field)>,
    /// APCs that ran inside the call.
    pub apcs: Vec<Apc>,
    /// Why the call could not be made at all (an export that is missing).
    pub unsupported: Option<&'static str>,
    /// The thread that the call started.
    pub worker: Option<Worker>,
}

impl Out {
    /// With room for everything, so that the calling thread need not allocate.
    pub fn new() -> Out {
        Out {
            value: None,
            last_error: None,
            fields: Vec::with_capacity(16),
            apcs: Vec::new(),
            unsupported: None,
            worker: None,
        }
    }

    /// Sets one out-parameter.
    pub fn set(&mut self, name: &'static str, field: Field) {
        self.fields.push((name, field));
    }

    /// A DWORD or ULONG_PTR that still holds its sentinel was left untouched.
    pub fn set_unless(&mut self, name: &'static str, value: u64, sentinel: u64, field: Field) {
        self.set(name, if value == sentinel { Field::Untouched } else { field });
    }

    /// Gives the handles among the results the names that the command asked for, in order.
    pub fn bind(&self, wanted: &[String], names: &mut Names) {
        let handles =
            self.value.iter().chain(self.fields.iter().map(|(_, field)| field)).filter_map(
                |field| match field {
                    Field::Handle(handle) if *handle != 0 && *handle != usize::MAX => Some(*handle),
                    _ => None,
                },
            );
        for (handle, name) in handles.zip(wanted) {
            names.bind(name, handle);
        }
    }

    /// The `res` object of the answer.
    pub fn render(&self, names: &Names, slots: &Slots) -> Value {
        let mut res = Map::new();
        if let Some(value) = &self.value {
            res.insert("value".into(), field(value, names, slots));
        }
        res.insert("last_error".into(), self.last_error.map_or(Value::Null, |error| json!(error)));
        for (name, value) in &self.fields {
            res.insert((*name).into(), field(value, names, slots));
        }
        if !self.apcs.is_empty() {
            let apcs = self.apcs.iter().map(|apc| match apc.completion {
                None => json!({ "routine": apc.routine }),
                Some((status, information, overlapped)) => json!({
                    "routine": apc.routine,
                    "status": format!("0x{status:08x}"),
                    "information": format!("0x{information:x}"),
                    "overlapped": slots.name(overlapped),
                }),
            });
            res.insert("apcs".into(), apcs.collect());
        }
        Value::Object(res)
    }
}

fn field(field: &Field, names: &Names, slots: &Slots) -> Value {
    match field {
        Field::Bool(value) => json!(value),
        Field::Status(status) => json!(format!("0x{status:08x}")),
        Field::Int(value) => json!(value),
        Field::Hex(value) => json!(format!("0x{value:x}")),
        Field::Handle(handle) => json!(names.name(*handle)),
        Field::Overlapped(address) => json!(slots.name(*address)),
        Field::Untouched => Value::Null,
        Field::Entries(entries) => entries
            .iter()
            .map(|entry| {
                json!({
                    "key": format!("0x{:x}", entry.key),
                    "overlapped": slots.name(entry.overlapped),
                    "status": format!("0x{:08x}", entry.status),
                    "information": format!("0x{:x}", entry.information),
                })
            })
            .collect(),
    }
}
