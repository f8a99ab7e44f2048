//! The C interface as C uses it: bytes in pieces of any size, questions in between, buffers of any
//! size. The last bytes choose all that, the rest is fed.
#![no_main]

use iocp_capi::{
    Limits, Oracle, iocp_oracle_feed, iocp_oracle_free, iocp_oracle_line, iocp_oracle_new,
    iocp_oracle_report, iocp_oracle_report_json, iocp_oracle_verdict,
};
use libfuzzer_sys::fuzz_target;
use std::ffi::c_char;

/// Questions while the trace is fed.
const QUESTIONS_MAX: u32 = 4;

fuzz_target!(|data: &[u8]| {
    let Some((fed, &[name, pieces, every, room])) = data.split_last_chunk::<4>() else { return };
    // The name of the semantics comes from the input as well, or is one that there is.
    let names = ["win11", "wine-8.0", "xp wake-order=any", "win7 close=keeps-waiting"];
    let mut semantics = match names.get(usize::from(name) % 8) {
        Some(name) => name.as_bytes().to_vec(),
        None => fed.iter().copied().take(usize::from(name)).filter(|byte| *byte != 0).collect(),
    };
    semantics.push(0);
    let limits = Limits { steps: 5000, states: 200, memory: 16 << 20, processors: 2 };
    // SAFETY: a C string, and a struct of ours.
    let oracle = unsafe { iocp_oracle_new(semantics.as_ptr().cast::<c_char>(), &limits) };
    let size = 1 + usize::from(pieces);
    let mut asked = 0;
    for (number, piece) in fed.chunks(size).enumerate() {
        // SAFETY: the oracle is NULL or ours, and the piece is as long as we say.
        unsafe { iocp_oracle_feed(oracle, piece.as_ptr().cast::<c_char>(), piece.len()) };
        // Each question is a check of its own: a few are enough.
        if every > 0 && number % (8 * usize::from(every)) == 0 && asked < QUESTIONS_MAX {
            asked += 1;
            ask(oracle, usize::from(room));
        }
    }
    ask(oracle, 16 * usize::from(room));
    // SAFETY: it is NULL or ours, and not used again.
    unsafe { iocp_oracle_free(oracle) };
});

fn ask(oracle: *mut Oracle, room: usize) {
    let mut buffer = vec![0x55_u8; room + 1];
    let at = buffer.as_mut_ptr().cast::<c_char>();
    // SAFETY: the oracle is NULL or ours, and the buffer has more than `room` bytes.
    let (verdict, line, text, json) = unsafe {
        let verdict = iocp_oracle_verdict(oracle);
        let line = iocp_oracle_line(oracle);
        let text = iocp_oracle_report(oracle, at, room);
        (verdict, line, text, iocp_oracle_report_json(oracle, at, room))
    };
    assert!([0, 1, 2, 3, 4].contains(&verdict), "verdict {verdict}");
    assert_eq!(line > 0, verdict == 1 || (verdict == 3 && line > 0));
    assert!(text > 0 && json > 0);
    assert_eq!(buffer[room], 0x55, "a byte too many was written");
}
