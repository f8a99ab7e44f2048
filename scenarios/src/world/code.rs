//! Canonical bytes: equal worlds, equal bytes.

use iocp_model::code::Code;
use iocp_model::{Kernel, Packet};

use super::answer::Answer;
use super::ledger::Memory;
use super::{Base, Lane, LaneState, World};
use crate::program::Program;
use crate::value::ResultField;

impl World {
    /// Appends the canonical bytes: the kernel's, each lane with its locals, everything else.
    pub(crate) fn encode(&self, program: &Program, bytes: &mut Vec<u8>) {
        bytes.reserve(256);
        self.kernel.encode(bytes);
        for actor in 0..self.lanes.len() {
            self.put_lane(program, actor, bytes);
        }
        self.put_rest(bytes);
    }

    #[inline]
    pub(crate) fn put_lane(&self, program: &Program, actor: usize, bytes: &mut Vec<u8>) {
        self.lanes[actor].put(bytes);
        let range = &program.threads[actor].locals;
        let locals = &self.locals[usize::from(range.start)..usize::from(range.end)];
        locals.iter().for_each(|value| zigzag(*value).put(bytes));
    }

    #[inline]
    pub(crate) fn put_rest(&self, bytes: &mut Vec<u8>) {
        self.shared.iter().for_each(|value| zigzag(*value).put(bytes));
        self.ledger.iter().for_each(|memory| bytes.push(memory.number()));
        self.irps.put(bytes);
        (self.turn << 1 | u16::from(self.stuck)).put(bytes);
    }

    /// Makes this the world that encodes as `bytes`. The number of threads, variables and
    /// OVERLAPPEDs is that of the world before, which must be of the same program.
    pub(crate) fn decode(&mut self, program: &Program, bytes: &[u8]) {
        self.read(program, bytes).expect("the bytes come from `encode` of the same program");
        self.faults.clear();
        self.base = Base::fresh();
    }

    fn read(&mut self, program: &Program, mut bytes: &[u8]) -> Option<()> {
        let bytes = &mut bytes;
        self.kernel = Kernel::decode(bytes)?;
        for (lane, thread) in self.lanes.iter_mut().zip(&program.threads) {
            lane.read(bytes)?;
            for local in thread.locals.clone() {
                self.locals[usize::from(local)] = unzigzag(u64::take(bytes)?);
            }
        }
        for value in &mut self.shared {
            *value = unzigzag(u64::take(bytes)?);
        }
        for memory in &mut self.ledger {
            *memory = Memory::from_number(u8::take(bytes)?);
        }
        self.irps = Vec::take(bytes)?;
        let turn = u16::take(bytes)?;
        (self.turn, self.stuck) = (turn >> 1, turn & 1 != 0);
        bytes.is_empty().then_some(())
    }
}

/// Whether a lane has an answer, a batch, records: most have none of these.
const ANSWER: u8 = 8;
const BATCH: u8 = 16;
const RECORDS: u8 = 32;

impl Lane {
    #[inline]
    fn put(&self, bytes: &mut Vec<u8>) {
        let flag = |there: bool, flag: u8| if there { flag } else { 0 };
        let header = self.state as u8
            | flag(self.answer.present != 0, ANSWER)
            | flag(!self.batch.is_empty(), BATCH)
            | flag(!self.records.is_empty(), RECORDS);
        bytes.push(header);
        self.pc.put(bytes);
        if self.answer.present != 0 {
            self.answer.put(bytes);
        }
        if !self.batch.is_empty() {
            self.batch.put(bytes);
        }
        if !self.records.is_empty() {
            put_numbers(&self.records, bytes);
        }
    }

    fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let (&header, rest) = bytes.split_first()?;
        *bytes = rest;
        self.pc = u16::take(bytes)?;
        self.state = match header & 7 {
            0 => LaneState::Created,
            1 => LaneState::Ready,
            2 => LaneState::InCall,
            3 => LaneState::Blocked,
            _ => LaneState::Done,
        };
        self.answer = if header & ANSWER != 0 { Answer::take(bytes)? } else { Answer::default() };
        self.batch.clear();
        if header & BATCH != 0 {
            self.batch = Vec::<Packet>::take(bytes)?;
        }
        self.records.clear();
        if header & RECORDS != 0 {
            for _ in 0..u16::take(bytes)? {
                self.records.push(unzigzag(u64::take(bytes)?));
            }
        }
        Some(())
    }
}

impl Answer {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.present.put(bytes);
        let mut present = self.present;
        while present != 0 {
            let field = ResultField::ALL[present.trailing_zeros() as usize];
            present &= present - 1;
            zigzag(self.get(field).unwrap_or(0)).put(bytes);
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
