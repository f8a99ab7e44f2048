//! What a call returned: the fields that are there, each as a number.

use iocp_model::{Out, Packet, Return, Value};

use crate::value::ResultField;

/// A result, field by field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Answer {
    /// Which fields are there.
    pub(crate) present: u16,
    values: [i64; ResultField::ALL.len()],
}

impl Answer {
    pub(crate) fn get(&self, field: ResultField) -> Option<i64> {
        (self.present & field.bit() != 0).then(|| self.values[field as usize])
    }

    pub(crate) fn set(&mut self, field: ResultField, value: i64) {
        self.present |= field.bit();
        self.values[field as usize] = value;
    }

    /// Forgets every other field.
    pub(crate) fn keep(&mut self, fields: u16) {
        self.present &= fields;
    }

    /// The fields of a result; the entries of a batch go into `batch`.
    pub(crate) fn of(result: Return, batch: &mut Vec<Packet>) -> Answer {
        let mut answer = Answer::default();
        match result.value {
            Value::Void => {}
            Value::Bool(value) => answer.set(ResultField::Value, i64::from(value)),
            Value::Status(status) => answer.set(ResultField::Value, i64::from(status.0)),
            Value::Dword(value) => answer.set(ResultField::Value, i64::from(value)),
            Value::Int(value) => answer.set(ResultField::Value, i64::from(value)),
            Value::Handle(handle) => {
                answer.set(ResultField::Value, handle.0 as i64);
                answer.set(ResultField::Handle, handle.0 as i64);
            }
        }
        if let Some(error) = result.last_error {
            answer.set(ResultField::LastError, i64::from(error));
        }
        answer.out(result.out, batch);
        answer
    }

    fn out(&mut self, out: Out, batch: &mut Vec<Packet>) {
        match out {
            Out::Nothing => {}
            Out::Packet { bytes, key, overlapped } => {
                if let Some(bytes) = bytes {
                    self.set(ResultField::Bytes, i64::from(bytes));
                }
                if let Some(key) = key {
                    self.set(ResultField::Key, key as i64);
                }
                self.set(ResultField::Overlapped, overlapped.0 as i64);
            }
            Out::Removed(packet) => {
                for field in ENTRY {
                    self.set(field, entry(&packet, field));
                }
            }
            Out::Entries { count, entries } => {
                self.set(ResultField::Count, i64::from(count));
                *batch = entries;
            }
            Out::Bytes(bytes) => self.set(ResultField::Bytes, i64::from(bytes)),
            Out::Handle(handle) => self.set(ResultField::Handle, handle.0 as i64),
            Out::Depth(depth) => self.set(ResultField::Depth, i64::from(depth)),
            Out::Previous(previous) => self.set(ResultField::Previous, i64::from(previous)),
            Out::Modes(modes) => self.set(ResultField::Modes, i64::from(modes)),
            Out::AlreadySignaled(already) => {
                self.set(ResultField::AlreadySignaled, i64::from(already));
            }
            Out::StatusBlock { status, information } => {
                self.set(ResultField::Status, i64::from(status.0));
                self.set(ResultField::Information, information as i64);
                self.set(ResultField::Bytes, information as i64);
            }
            Out::Created { process, thread } => {
                let handle = process.unwrap_or(thread);
                self.set(ResultField::Handle, handle.0 as i64);
                self.set(ResultField::Thread, thread.0 as i64);
            }
        }
    }
}

/// The fields of a packet.
const ENTRY: [ResultField; 5] = [
    ResultField::Key,
    ResultField::Bytes,
    ResultField::Overlapped,
    ResultField::Status,
    ResultField::Information,
];

/// A field of a packet.
pub(crate) fn entry(packet: &Packet, field: ResultField) -> i64 {
    match field {
        ResultField::Key => packet.key as i64,
        ResultField::Overlapped => packet.overlapped.0 as i64,
        ResultField::Status => i64::from(packet.status.0),
        _ => packet.information as i64,
    }
}
