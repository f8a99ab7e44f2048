//! The hash of fingerprints, tokens and checkpoints: XXH64, seed 0 unless told otherwise.
//!
//! Fingerprints end in files, so the function is one that is specified outside this project
//! (xxHash fast digest algorithm, XXH64) and is the same on every platform and in every version.

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

fn round(lane: u64, input: u64) -> u64 {
    lane.wrapping_add(input.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
}

fn merge(hash: u64, lane: u64) -> u64 {
    (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4)
}

fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes)
}

/// XXH64 of `bytes` with seed 0.
#[must_use]
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    hash_with_seed(bytes, 0)
}

/// XXH64 of `bytes` with `seed`.
#[must_use]
#[inline]
pub fn hash_with_seed(bytes: &[u8], seed: u64) -> u64 {
    let mut hash = seed.wrapping_add(P5);
    let mut rest = bytes;
    if bytes.len() >= 32 {
        let mut lanes = [
            seed.wrapping_add(P1).wrapping_add(P2),
            seed.wrapping_add(P2),
            seed,
            seed.wrapping_sub(P1),
        ];
        while let Some((stripe, tail)) = rest.split_first_chunk::<32>() {
            for (lane, part) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
                *lane = round(*lane, word(part));
            }
            rest = tail;
        }
        hash = lanes[0]
            .rotate_left(1)
            .wrapping_add(lanes[1].rotate_left(7))
            .wrapping_add(lanes[2].rotate_left(12))
            .wrapping_add(lanes[3].rotate_left(18));
        hash = lanes.iter().fold(hash, |hash, lane| merge(hash, *lane));
    }
    finish(hash.wrapping_add(bytes.len() as u64), rest)
}

#[inline]
fn finish(mut hash: u64, mut rest: &[u8]) -> u64 {
    while let Some((part, tail)) = rest.split_first_chunk::<8>() {
        hash = (hash ^ round(0, word(part))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
        rest = tail;
    }
    if let Some((part, tail)) = rest.split_first_chunk::<4>() {
        let input = u64::from(u32::from_le_bytes(*part)).wrapping_mul(P1);
        hash = (hash ^ input).rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
        rest = tail;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_xxh64_as_published() {
        assert_eq!(hash(b""), 0xEF46_DB37_51D8_E999);
        assert_eq!(hash(b"a"), 0xD24E_C4F1_A98C_6E5B);
        assert_eq!(hash(b"abc"), 0x44BC_2CF5_AD77_0999);
        let long = b"Call me Ishmael. Some years ago--never mind how long precisely-";
        assert_eq!(hash(long), 0x02A2_E854_70D6_FD96);
    }
}
