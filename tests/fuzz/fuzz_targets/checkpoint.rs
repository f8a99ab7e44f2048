//! Bytes are a checkpoint of a search or are refused. They are tried as they are, and with a right
//! checksum after them, for no random bytes have one.
#![no_main]

use iocp_scenarios::{Program, Settings, library};
use iocp_scheduler::explore::{Limit, Observer, Options, Progress, Signal, resume};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

/// Bytes from which the checksum of a checkpoint is made anew.
const PAGE: usize = 1 << 16;

fuzz_target!(|data: &[u8]| {
    go_on(data);
    if data.len() < PAGE {
        let sum = iocp_scheduler::hash(data).to_le_bytes();
        go_on(&[data, &sum].concat());
        // With the head of a true one: who is to be refused for it needs no more tests.
        let head = HEAD.get_or_init(head);
        let body = [head, data.get(head.len()..).unwrap_or_default()].concat();
        let sum = iocp_scheduler::hash(&body).to_le_bytes();
        go_on(&[body.as_slice(), &sum].concat());
    }
});

fn go_on(mut bytes: &[u8]) {
    let options = Options { max_states: Some(2000), ..Options::default() };
    let _ = resume(program(), &options, &mut Patience(100), &mut bytes);
}

/// Stops a search that goes on for too long.
struct Patience(u32);

impl Observer for Patience {
    fn poll(&mut self, _: &Progress) -> Signal {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => return Signal::Stop(Limit::Time),
        }
        Signal::Continue
    }
}

fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let scenario = library::find("release-lifo").expect("it is in the library");
        scenario.compile(&Settings::default()).expect("it compiles")
    })
}

static HEAD: OnceLock<Vec<u8>> = OnceLock::new();

/// Magic, version, identity and manner of a true checkpoint.
fn head() -> Vec<u8> {
    struct Keep(Vec<u8>);
    impl Observer for Keep {
        fn poll(&mut self, _: &Progress) -> Signal {
            Signal::Stop(Limit::Time)
        }
        fn save(&mut self, write: &mut dyn FnMut(&mut dyn std::io::Write) -> std::io::Result<()>) {
            self.0.clear();
            write(&mut self.0).expect("memory does not fail");
        }
    }
    let mut keep = Keep(Vec::new());
    iocp_scheduler::explore::explore(program(), &Options::default(), &mut keep);
    keep.0.truncate(8 + 4 + 8 + 4);
    keep.0
}
