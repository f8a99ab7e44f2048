//! A text is a token or is refused; a token reads back. The bytes are tried as a text and as the
//! content of tokens whose checksums are right, for no random text has one.
#![no_main]

use iocp_oracle::harness::Case;
use iocp_scenarios::{Program, Settings, library};
use iocp_scheduler::Schedule;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        schedule(text);
        case(text);
    }
    let [a, b, c, ..] = iocp_scheduler::hash(data).to_le_bytes();
    schedule(&sealed("iocp1:", data, [a, b, c]));
    case(&sealed("iocpf1:", data, folded(data)));
});

fn schedule(text: &str) {
    let Ok(schedule) = text.parse::<Schedule>() else { return };
    assert_eq!(schedule.to_string().parse().as_ref(), Ok(&schedule));
    if schedule.choices().len() <= 10_000 {
        iocp_scenarios::replay(program(), &schedule, 500);
    }
}

fn case(text: &str) {
    let Ok(case) = text.parse::<Case>() else { return };
    assert_eq!(case.to_string(), text, "one case, one token");
}

/// What schedules are replayed on.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let scenario = library::find("release-lifo").expect("it is in the library");
        scenario.compile(&Settings::default()).expect("it compiles")
    })
}

fn sealed(prefix: &str, content: &[u8], sum: [u8; 3]) -> String {
    let bytes = [content, &sum].concat();
    let mut text = String::from(prefix);
    for group in bytes.chunks(3) {
        let wide = group.iter().fold(0, |wide, byte| wide << 8 | u32::from(*byte));
        let wide = wide << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(DIGITS[(wide >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

/// The checksum of a case: FNV-1a, folded.
fn folded(bytes: &[u8]) -> [u8; 3] {
    let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3)
    });
    let [a, b, c, ..] = (hash ^ hash >> 32).to_le_bytes();
    [a, b, c]
}
