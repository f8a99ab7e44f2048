//! Bytes as a short text that can be mailed, and back: a prefix that says of what, base64url digits
//! (no padding) and three bytes of checksum. Schedules are such tokens, and cases of the harness.
//!
//! Owns the digits and what damage looks like. It must never know what the bytes mean.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What makes a token notice that a character was lost: three bytes of what it has in it.
pub type Checksum = fn(&[u8]) -> [u8; 3];

/// Why a text is not a token of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// It does not begin with the prefix.
    Prefix,
    /// It has a character, at this place, that no token has.
    Digit {
        /// Which character of the text, counted from 0, in bytes.
        at: usize,
    },
    /// It is shorter than any token, or ends in the middle of something.
    Short,
    /// A character was lost, added or changed.
    Checksum,
}

/// The token of these bytes; equal bytes, equal tokens.
#[must_use]
pub fn write(prefix: &str, content: &[u8], checksum: Checksum) -> String {
    let mut bytes = content.to_vec();
    bytes.extend(checksum(content));
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

/// The bytes of a token.
///
/// # Errors
/// If it is damaged, or a token of something else.
pub fn read(prefix: &str, text: &str, checksum: Checksum) -> Result<Vec<u8>, Damage> {
    let digits = text.strip_prefix(prefix).ok_or(Damage::Prefix)?;
    let mut bytes = Vec::new();
    let (mut wide, mut bits) = (0_u32, 0);
    for (at, digit) in digits.bytes().enumerate() {
        let value = DIGITS.iter().position(|known| *known == digit);
        let value = value.ok_or(Damage::Digit { at: prefix.len() + at })?;
        wide = wide << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((wide >> bits) as u8);
            wide &= (1 << bits) - 1;
        }
    }
    match (bits, wide) {
        (0 | 2 | 4, 0) => {}
        (0 | 2 | 4, _) => return Err(Damage::Checksum),
        _ => return Err(Damage::Short),
    }
    let (content, sum) = bytes.split_last_chunk::<3>().ok_or(Damage::Short)?;
    if *sum == checksum(content) { Ok(content.to_vec()) } else { Err(Damage::Checksum) }
}
