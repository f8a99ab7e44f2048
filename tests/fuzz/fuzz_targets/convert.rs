//! A log in any format becomes a trace that can be read, or is refused; a trace becomes any format.
//! The first byte chooses the format.
#![no_main]

use iocp_oracle::convert::{Source, Target, from_trace, to_trace};
use iocp_oracle::trace::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, log)) = data.split_first() else { return };
    let choice = usize::from(*choice) % (Source::ALL.len() + Target::ALL.len());
    let mut out = Vec::new();
    if let Some(target) = choice.checked_sub(Source::ALL.len()) {
        // Whether it can be told or not: it must come to an end.
        let _ = from_trace(Target::ALL[target], log, &mut out);
        return;
    }
    if to_trace(Source::ALL[choice], log, &mut out).is_err() {
        return;
    }
    let mut reader = Reader::new(out.as_slice()).expect("a converter writes a trace");
    while reader.next_event().expect("a converter writes a trace").is_some() {}
});
