//! Bytes are a trace or are refused; a trace gets a verdict within its budget, and the same one
//! when it is written and read again.
#![no_main]

use iocp_oracle::check::{Options, check};
use iocp_oracle::trace::{Reader, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let options = Options {
        states_max: 500,
        steps_max: 20_000,
        memory_max: 64 << 20,
        diagnosis_steps_max: 20_000,
        deviations_max: 2,
        ..Options::default()
    };
    let report = match check(data, &options) {
        Ok(report) => report,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(report.explained <= report.events);
    assert!(!report.render("fuzz").is_empty());
    let again = written(data);
    let second = check(again.as_slice(), &options).expect("what it writes it reads");
    assert_eq!((second.verdict, second.events), (report.verdict, report.events));
});

/// The same trace in our own hand.
fn written(data: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(data).expect("it was read before");
    let mut writer = Writer::new(Vec::new(), reader.meta()).expect("memory does not fail");
    while let Some(traced) = reader.next_event().expect("it was read before") {
        writer.event_at(&traced.event, traced.ts).expect("what is read can be written");
    }
    writer.finish().expect("memory does not fail")
}
