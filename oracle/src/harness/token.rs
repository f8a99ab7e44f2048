//! A case as a short text and back, so that it can be mailed and replayed.
//!
//! A token is `iocpf1:` and the base64url digits (no padding) of: the number of workers, the number
//! of ports, the concurrency value of each, three bytes for each move (kind; worker and object,
//! four bits each; variant), and three bytes of checksum. There is one token for a case.

use super::fnv;
use super::moves::Case;
use iocp_scheduler::token::{self, Damage};
use std::fmt;
use std::str::FromStr;

const PREFIX: &str = "iocpf1:";

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&token::write(PREFIX, &self.encode(), checksum))
    }
}

/// FNV-1a, folded: enough to notice a letter that was lost.
fn checksum(bytes: &[u8]) -> [u8; 3] {
    let hash = fnv::hash(bytes);
    let [a, b, c, ..] = (hash ^ hash >> 32).to_le_bytes();
    [a, b, c]
}

/// Why a text is not the token of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TokenError {
    /// It does not begin with `iocpf1:`.
    Prefix,
    /// It has a character, at this place (from 0, in bytes), that no token has.
    Digit {
        /// Where.
        at: usize,
    },
    /// It is shorter than any token, or ends in the middle of something.
    Short,
    /// A character was lost, added or changed.
    Checksum,
    /// The checksum is right and the content is not: another version wrote it.
    Content,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::Prefix => write!(f, "a case begins with `{PREFIX}`"),
            TokenError::Digit { at } => {
                write!(f, "character {} is not one of A-Z, a-z, 0-9, - and _", at + 1)
            }
            TokenError::Short => f.write_str("the token is cut short"),
            TokenError::Checksum => f.write_str("the token is damaged: its checksum is wrong"),
            TokenError::Content => f.write_str("the token has no case of this version in it"),
        }
    }
}

impl std::error::Error for TokenError {}

impl From<Damage> for TokenError {
    fn from(damage: Damage) -> TokenError {
        match damage {
            Damage::Prefix => TokenError::Prefix,
            Damage::Digit { at } => TokenError::Digit { at },
            Damage::Short => TokenError::Short,
            // A kind of damage that is not known here is one all the same.
            _ => TokenError::Checksum,
        }
    }
}

impl FromStr for Case {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Case, TokenError> {
        let bytes = token::read(PREFIX, text, checksum)?;
        Case::decode(&bytes).ok_or(TokenError::Content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_reads_back_from_its_token() {
        for seed in 0..200_u8 {
            let bytes: Vec<u8> = (0..seed).map(|n| n.wrapping_mul(seed) ^ n >> 2).collect();
            let case = Case::from_bytes(&bytes);
            assert_eq!(case.to_string().parse(), Ok(case));
        }
    }

    #[test]
    fn a_damaged_token_is_refused_and_never_another_case() {
        let token = Case::from_bytes(&[7; 40]).to_string();
        assert_eq!("iocp1:AAAA".parse::<Case>(), Err(TokenError::Prefix));
        assert_eq!("iocpf1:".parse::<Case>(), Err(TokenError::Short));
        for at in 7..token.len() {
            let mut damaged = token.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).expect("ASCII");
            assert!(damaged.parse::<Case>().is_err(), "{damaged}");
            assert!(token[..at].parse::<Case>().is_err(), "{}", &token[..at]);
        }
    }
}
