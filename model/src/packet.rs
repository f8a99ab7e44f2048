//! A completion packet.

use crate::ids::Overlapped;
use crate::status::NtStatus;

/// A completion packet: four values that the port carries without looking at them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Packet {
    /// `CompletionKey` (the native name is `KeyContext`).
    pub key: u64,
    /// `lpOverlapped` (the native name is `ApcContext`).
    pub overlapped: Overlapped,
    /// `IoStatus.Status`
    pub status: NtStatus,
    /// `IoStatus.Information`
    pub information: u64,
    /// Where it came from. Invisible to the program.
    pub origin: Origin,
}

/// Where a packet came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Origin {
    /// Somebody posted it.
    Posted,
    /// An operation completed; its OVERLAPPED has been written.
    Completion,
    /// An operation completed; its OVERLAPPED is written when the packet is removed (D7).
    CompletionDeferred,
    /// A job message.
    Job,
    /// A wait completion packet, by index: taking it makes the object idle again.
    Wait(crate::ids::WaitPacketId),
    /// Posted through a reserve object, which is free again once the packet is removed.
    Reserve(crate::ids::ReserveId),
}

crate::code::code_struct!(Packet { key, overlapped, status, information, origin });
crate::code::code_enum!(Origin {
    0 => Posted,
    1 => Completion,
    2 => CompletionDeferred,
    3 => Job,
    4 => Wait(id),
    5 => Reserve(id),
});

impl Packet {
    /// A packet as `PostQueuedCompletionStatus` makes it: status 0.
    pub const fn posted(bytes: u32, key: u64, overlapped: Overlapped) -> Packet {
        Packet {
            key,
            overlapped,
            status: NtStatus::SUCCESS,
            information: bytes as u64,
            origin: Origin::Posted,
        }
    }
}
