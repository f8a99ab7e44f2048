//! Every request gets an answer that is JSON: what the page, `iocp serve` and a link in somebody's
//! mail hand to a session. One request a line, all to the same host.
#![no_main]

use iocp_viz::session::wire::Host;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut host = Host::new();
    for line in text.lines().take(8) {
        let answer = host.answer(line);
        assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok(), "{answer}");
    }
});
