//! The fingerprint is part of formats: tokens, checkpoints and state counts rest on it.

use std::collections::BTreeSet;

use iocp_model::fingerprint::fingerprint;

/// The bytes 0, 1, 2, ... of a length.
fn ascending(length: usize) -> Vec<u8> {
    (0..length as u8).collect()
}

/// Worked out by another program from the words of the function's documentation.
#[test]
fn it_never_changes() {
    let pinned = [
        (0, 0x0000000000000000),
        (1, 0xe725e9392d40637b),
        (8, 0xacd2cd9531babd75),
        (15, 0x55743f2a55863e16),
        (16, 0x15d8c91ce7a1e8ff),
        (17, 0x1b90e15ae47fe99b),
        (32, 0xf9ef8b150a14a3df),
        (33, 0xfd3d79de2855f17a),
        (48, 0x47b205184b2d3a75),
    ];
    for (length, value) in pinned {
        assert_eq!(
            fingerprint(&ascending(length)),
            value,
            "{length} bytes: {:#x}",
            fingerprint(&ascending(length))
        );
    }
}

/// Flipping any bit, adding a zero byte, exchanging two blocks: all noticed.
#[test]
fn near_inputs_have_other_fingerprints() {
    let mut seen = BTreeSet::new();
    let mut inputs = vec![];
    for length in [1, 8, 15, 16, 17, 32, 40] {
        let bytes = ascending(length);
        for bit in 0..length * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            inputs.push(other);
        }
        inputs.push([bytes.clone(), vec![0]].concat());
        inputs.push([vec![0], bytes].concat());
    }
    inputs.push([ascending(32)[16..].to_vec(), ascending(16)].concat());
    inputs.sort();
    inputs.dedup();
    for bytes in &inputs {
        assert!(seen.insert(fingerprint(bytes)), "{bytes:?}");
    }
}
