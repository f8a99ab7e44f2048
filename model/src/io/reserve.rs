//! Reserve objects: memory set aside so that a post cannot fail (Windows 7 and later; semantics.md
//! A1, B1, facts.md A16-A18).

use crate::code::code_struct;

/// A reserve object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reserve {
    /// For a packet (type IoCompletion), or for a user APC.
    pub for_packet: bool,
    /// Whether a queued packet is made of it.
    pub in_use: bool,
}

code_struct!(Reserve { for_packet, in_use });
