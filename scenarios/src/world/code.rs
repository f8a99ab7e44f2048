//! Canonical bytes: equal worlds, equal bytes.

use iocp_model::code::Code;
use iocp_model::{Kernel, Packet};

use super::answer::Answer;
use super::ledger::Memory;
use super::{Base, Lane, LaneState, World};
use crate::value::ResultField;

impl World {
    /// Appends the canonical bytes.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.kernel.encode(bytes);
        for lane in &self.lanes {
            // Place and state together: most threads have few places.
            (lane.pc * 5 + lane.state as u16).put(bytes);
            lane.answer.put(bytes);
            put_unless_empty(&lane.batch, bytes);
            put_numbers(&lane.records, bytes);
        }
        self.locals.iter().chain(&self.shared).for_each(|value| zigzag(*value).put(bytes));
        self.ledger.iter().for_each(|memory| bytes.push(memory.number()));
        self.irps.put(bytes);
        self.turn.put(bytes);
        bytes.push(u8::from(self.stuck));
    }

    /// Makes this the world that encodes as `bytes`. The number of threads, variables and
    /// OVERLAPPEDs is that of the world before, which must be of the same program.
    pub(crate) fn decode(&mut self, bytes: &[u8]) {
        self.read(bytes).expect("the bytes come from `encode` of the same program");
        self.faults.clear();
        self.base = Base::fresh();
    }

    fn read(&mut self, mut bytes: &[u8]) -> Option<()> {
        let bytes = &mut bytes;
        self.kernel = Kernel::decode(bytes)?;
        for lane in &mut self.lanes {
            lane.read(bytes)?;
        }
        for value in self.locals.iter_mut().chain(&mut self.shared) {
            *value = unzigzag(u64::take(bytes)?);
        }
        for memory in &mut self.ledger {
            *memory = Memory::from_number(u8::take(bytes)?);
        }
        self.irps = Vec::take(bytes)?;
        self.turn = u16::take(bytes)?;
        self.stuck = bool::take(bytes)?;
        bytes.is_empty().then_some(())
    }
}

impl Lane {
    fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let place = u16::take(bytes)?;
        self.pc = place / 5;
        self.state = match place % 5 {
            0 => LaneState::Created,
            1 => LaneState::Ready,
            2 => LaneState::InCall,
            3 => LaneState::Blocked,
            _ => LaneState::Done,
        };
        self.answer = Answer::take(bytes)?;
        self.batch = Vec::<Packet>::take(bytes)?;
        self.records.clear();
        for _ in 0..u16::take(bytes)? {
            self.records.push(unzigzag(u64::take(bytes)?));
        }
        Some(())
    }
}

impl Answer {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.present.put(bytes);
        for field in ResultField::ALL {
            if let Some(value) = self.get(field) {
                zigzag(value).put(bytes);
            }
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Answer> {
        let present = u16::take(bytes)?;
        let mut answer = Answer::default();
        for field in ResultField::ALL {
            if present & field.bit() != 0 {
                answer.set(field, unzigzag(u64::take(bytes)?));
            }
        }
        Some(answer)
    }
}

fn put_unless_empty(batch: &Vec<Packet>, bytes: &mut Vec<u8>) {
    match batch.is_empty() {
        true => bytes.push(0),
        false => batch.put(bytes),
    }
}

fn put_numbers(numbers: &[i64], bytes: &mut Vec<u8>) {
    (numbers.len() as u16).put(bytes);
    numbers.iter().for_each(|number| zigzag(*number).put(bytes));
}

/// Small numbers of either sign become small numbers without one.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
