//! A schedule: the list of choices of a run, as data, as a token and back.
//!
//! A token is `iocp1:` and the base64url digits (no padding) of: two bytes that hint at the system
//! the schedule was made for, the choices, and three bytes of checksum. A choice by actor `a` is
//! the number `4 * a + alternative` in LEB128 if the alternative is below 3, and otherwise
//! `4 * a + 3` and the alternative, each in LEB128. So a choice of one of the first 32 actors takes
//! one byte, and there is exactly one token for a schedule.

use std::fmt;
use std::str::FromStr;

use crate::choice::Choice;
use crate::hash::hash;
use crate::token::{self, Damage};

const PREFIX: &str = "iocp1:";

/// Who went, in order.
///
/// ```
/// use iocp_scheduler::{Choice, Schedule};
///
/// let schedule = Schedule::new(0x2a, vec![Choice::new(0, 0), Choice::new(3, 1)]);
/// let token = schedule.to_string();
/// assert!(token.starts_with("iocp1:"));
/// assert_eq!(token.parse(), Ok(schedule));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schedule {
    hint: u16,
    choices: Vec<Choice>,
}

impl Schedule {
    /// The schedule `choices`, made for the system with this
    /// [`identity`](crate::System::identity).
    #[must_use]
    pub fn new(identity: u64, choices: Vec<Choice>) -> Self {
        Self { hint: hint_of(identity), choices }
    }

    /// The choices, in order.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Whether this may have been made for the system with this identity. A schedule of another
    /// system, or of an earlier edition, may still be replayed: it fits as far as it fits.
    #[must_use]
    pub fn was_made_for(&self, identity: u64) -> bool {
        self.hint == hint_of(identity)
    }
}

fn hint_of(identity: u64) -> u16 {
    (hash(&identity.to_le_bytes()) >> 48) as u16
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.hint.to_le_bytes().to_vec();
        for choice in &self.choices {
            let (actor, alternative) = (u32::from(choice.actor()), choice.alternative());
            put(&mut bytes, 4 * actor + u32::from(alternative.min(3)));
            if alternative >= 3 {
                put(&mut bytes, u32::from(alternative));
            }
        }
        f.write_str(&token::write(PREFIX, &bytes, checksum))
    }
}

fn checksum(bytes: &[u8]) -> [u8; 3] {
    let [a, b, c, ..] = hash(bytes).to_le_bytes();
    [a, b, c]
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Why a text is not a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScheduleError {
    /// It does not begin with `iocp1:`.
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
    /// The checksum is right and the content is not: another program wrote it.
    Content,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix => write!(f, "not a replay token: it should begin with `{PREFIX}`"),
            Self::Digit { at } => write!(
                f,
                "not a replay token: character {} is not one of A-Z, a-z, 0-9, - and _",
                at + 1
            ),
            Self::Short => f.write_str("the replay token is cut short"),
            Self::Checksum => f.write_str("the replay token is damaged: its checksum is wrong"),
            Self::Content => f.write_str("the replay token has no schedule in it"),
        }
    }
}

impl std::error::Error for ScheduleError {}

impl From<Damage> for ScheduleError {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Prefix => Self::Prefix,
            Damage::Digit { at } => Self::Digit { at },
            Damage::Short => Self::Short,
            Damage::Checksum => Self::Checksum,
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let bytes = token::read(PREFIX, text, checksum)?;
        let (hint, mut rest) = bytes.split_first_chunk::<2>().ok_or(ScheduleError::Short)?;
        let mut choices = Vec::new();
        while !rest.is_empty() {
            choices.push(take_choice(&mut rest).ok_or(ScheduleError::Content)?);
        }
        Ok(Self { hint: u16::from_le_bytes(*hint), choices })
    }
}

fn take_choice(rest: &mut &[u8]) -> Option<Choice> {
    let code = take(rest)?;
    let actor = u16::try_from(code / 4).ok()?;
    let alternative = match code % 4 {
        3 => u16::try_from(take(rest)?).ok().filter(|alternative| *alternative >= 3)?,
        small => small as u16,
    };
    Some(Choice::new(actor, alternative))
}

fn take(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for place in 0..4 {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u32::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return (place == 0 || *byte != 0).then_some(number);
        }
    }
    None
}
