//! A fast, specified hash of bytes. Tokens, checkpoints and state counts depend on it, so it may
//! not change between versions or machines.

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

/// Multiplies to 128 bits and folds the halves.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// The 64-bit fingerprint of some bytes: 16 at a time, the tail padded with zeros, the length last.
#[inline]
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = K0;
    let mut chunks = bytes.chunks_exact(16);
    for chunk in &mut chunks {
        let (low, high) = chunk.split_at(8);
        hash = fold(word(low) ^ K1, word(high) ^ hash);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut padded = [0; 16];
        padded[..rest.len()].copy_from_slice(rest);
        let (low, high) = padded.split_at(8);
        hash = fold(word(low) ^ K1, word(high) ^ hash);
    }
    fold(hash ^ K0, bytes.len() as u64 ^ K1)
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}
