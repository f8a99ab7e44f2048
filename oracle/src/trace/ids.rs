//! Numbers as traces write them, and the set of ids that have been used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::event::Name;

/// A number, written as an integer or as a string (`"0x65"`, `"101"`): JSON numbers are not safe
/// above 2^53.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Num(pub(crate) u64);

/// The value of `0x65` or `101`.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    }
}

struct NumVisitor;

impl Visitor<'_> for NumVisitor {
    type Value = Num;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a string with one such as \"0x65\"")
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Num, E> {
        Ok(Num(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Num, E> {
        Ok(Num(value as u64))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Num, E> {
        parse_number(text).map(Num).ok_or_else(|| {
            E::invalid_value(serde::de::Unexpected::Str(text), &"a number such as \"0x65\" or 101")
        })
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Num, D::Error> {
        deserializer.deserialize_any(NumVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a thread: a string or a number")
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Name, E> {
        Ok(Name::Number(value))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
        Ok(Name::Text(text.into()))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_any(NameVisitor)
    }
}

/// A string that is borrowed from the line where it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The ids used so far, as ranges: a counter makes one range, however long the trace.
#[derive(Clone, Default)]
pub(super) struct IdSet {
    /// First id of a range to its last.
    ranges: BTreeMap<u64, u64>,
}

impl IdSet {
    /// Adds an id; `false` if it is there already.
    pub(super) fn insert(&mut self, id: u64) -> bool {
        let below = self.ranges.range_mut(..=id).next_back();
        let mut joined_below = None;
        if let Some((&first, last)) = below {
            if *last >= id {
                return false;
            }
            if last.checked_add(1) == Some(id) {
                *last = id;
                joined_below = Some(first);
            }
        }
        let above = id.checked_add(1).and_then(|next| self.ranges.remove(&next));
        match (joined_below, above) {
            (Some(first), Some(last)) => {
                self.ranges.insert(first, last);
            }
            (Some(_), None) => {}
            (None, last) => {
                self.ranges.insert(id, last.unwrap_or(id));
            }
        }
        true
    }

    /// How many ranges are kept.
    pub(super) fn ranges(&self) -> usize {
        self.ranges.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_in_both_bases() {
        assert_eq!(parse_number("0x65"), Some(0x65));
        assert_eq!(parse_number("101"), Some(101));
        assert_eq!(parse_number("0xffffffffffffffff"), Some(u64::MAX));
        for bad in ["", "0x", "-1", "+1", "0x+1", "1e3", "0x10000000000000000"] {
            assert_eq!(parse_number(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_new_once(ids in proptest::collection::vec(0u64..40, 0..80)) {
            let mut set = IdSet::default();
            let mut seen = std::collections::BTreeSet::new();
            for id in ids {
                prop_assert_eq!(set.insert(id), seen.insert(id));
            }
            let gaps = seen.iter().filter(|id| **id == 0 || !seen.contains(&(**id - 1))).count();
            prop_assert_eq!(set.ranges(), gaps);
        }
    }

    #[test]
    fn the_last_id_does_not_overflow() {
        let mut set = IdSet::default();
        assert!(set.insert(u64::MAX) && set.insert(u64::MAX - 1) && !set.insert(u64::MAX));
        assert_eq!(set.ranges(), 1);
    }
}
