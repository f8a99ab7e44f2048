//! A completion packet (semantics.md A2, B1).

use crate::code::{Code, Sink};
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
    /// `IoStatus.Status`: how the operation ended; 0 for what `PostQueuedCompletionStatus` posts.
    pub status: NtStatus,
    /// `IoStatus.Information`: bytes transferred, or what the poster gave; as wide as a pointer
    /// (A08).
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
    /// An operation completed; its OVERLAPPED, in the memory of this process, is written when the
    /// packet is removed (D7).
    CompletionDeferred(crate::ids::ProcessId),
    /// A job message.
    Job,
    /// A wait completion packet, by index: taking it makes the object idle again.
    Wait(crate::ids::WaitPacketId),
    /// Posted through a reserve object, which is free again once the packet is removed.
    Reserve(crate::ids::ReserveId),
}

/// A byte says which fields are not zero; most packets have few that are not.
impl Code for Packet {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        let Packet { key, overlapped, status, information, origin } = *self;
        let plain = origin == Origin::Posted;
        out.push(
            u8::from(overlapped != Overlapped::NULL)
                | u8::from(status != NtStatus::SUCCESS) << 1
                | u8::from(information != 0) << 2
                | u8::from(!plain) << 3,
        );
        key.put(out);
        if overlapped != Overlapped::NULL {
            overlapped.put(out);
        }
        if status != NtStatus::SUCCESS {
            status.put(out);
        }
        if information != 0 {
            information.put(out);
        }
        if !plain {
            origin.put(out);
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let present = u8::take(bytes)?;
        let has = |bit: u8| present & bit != 0;
        Some(Packet {
            key: u64::take(bytes)?,
            overlapped: if has(1) { Overlapped::take(bytes)? } else { Overlapped::NULL },
            status: if has(2) { NtStatus::take(bytes)? } else { NtStatus::SUCCESS },
            information: if has(4) { u64::take(bytes)? } else { 0 },
            origin: if has(8) { Origin::take(bytes)? } else { Origin::Posted },
        })
    }
}

crate::code::code_enum!(Origin {
    0 => Posted,
    1 => Completion,
    2 => CompletionDeferred(process),
    3 => Job,
    4 => Wait(id),
    5 => Reserve(id),
});

impl Packet {
    /// A packet as `PostQueuedCompletionStatus` makes it: status 0 (semantics B8).
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
