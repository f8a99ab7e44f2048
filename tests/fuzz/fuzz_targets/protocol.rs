//! Whatever a driver says, within bounds: its lines are read, a program is conducted with it, and
//! the case gets an outcome. The same bytes as a conformance program and as kept cases.
#![no_main]

use iocp_oracle::driver::{
    Answer, Command, Fault, Heard, Hello, Implementation, Limits, Program, heard_in,
};
use iocp_oracle::harness::{Case, Config, judge, regressions};
use libfuzzer_sys::fuzz_target;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A driver that has said everything already: it answers a command with what comes next, up to and
/// with the next answer to a settling.
struct Says {
    answers: VecDeque<Answer>,
    ready: VecDeque<Answer>,
}

impl Implementation for Says {
    fn reset(&mut self) -> Result<Hello, Fault> {
        Ok(Hello::default())
    }

    fn send(&mut self, _: &Command) -> Result<(), Fault> {
        while let Some(answer) = self.answers.pop_front() {
            let settled = matches!(answer, Answer::Settled { .. });
            self.ready.push_back(answer);
            if settled {
                break;
            }
        }
        Ok(())
    }

    fn receive(&mut self, _: Instant) -> Result<Option<Answer>, Fault> {
        Ok(self.ready.pop_front())
    }

    fn hello(&self) -> Hello {
        Hello::default()
    }

    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// What the driver is told to do, with a batch, a timeout and a thread that blocks.
const CASE: &[u8] = &[0x20, 1, 1, 0, 0, 1, 16, 2, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0, 3];

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        // Refused or not: neither may take long.
        let _ = Program::parse(text);
        let _ = regressions::parse(text);
    }
    let mut answers = VecDeque::new();
    for heard in heard_in(data) {
        match heard {
            Heard::Answer(answer) => answers.push_back(answer),
            Heard::Noise(text) => assert!(text.chars().count() <= 400),
            Heard::LineTooLong => assert!(data.len() > 1 << 18),
        }
    }
    let limits = Limits { case: Duration::from_secs(2), settle: Duration::from_millis(1) };
    let config = Config { limits, ..Config::default() };
    let mut driver = Says { answers, ready: VecDeque::new() };
    judge(&mut driver, &Case::from_bytes(CASE), &config);
});
