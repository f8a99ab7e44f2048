//! Which Windows, and which single departures from it.

use std::fmt;

/// A Windows version. `win10` means 1607 or later; the default is `win11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Profile {
    /// Windows XP and Server 2003.
    Xp,
    /// Windows Vista and Server 2008.
    Vista,
    /// Windows 7.
    Win7,
    /// Windows 8.
    Win8,
    /// Windows 8.1.
    Win81,
    /// Windows 10 1607 and later.
    Win10,
    /// Windows 11.
    #[default]
    Win11,
}

impl Profile {
    /// All of them, oldest first.
    pub const ALL: [Profile; 7] = [
        Profile::Xp,
        Profile::Vista,
        Profile::Win7,
        Profile::Win8,
        Profile::Win81,
        Profile::Win10,
        Profile::Win11,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Xp => "xp",
            Profile::Vista => "vista",
            Profile::Win7 => "win7",
            Profile::Win8 => "win8",
            Profile::Win81 => "win8.1",
            Profile::Win10 => "win10",
            Profile::Win11 => "win11",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|p| p.name() == name)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! deviations {
    ($($(#[$doc:meta])* $variant:ident = $name:literal = $value:literal departs $rule:ident, $sentence:literal;)*) => {
        /// A single departure from a rule, that an implementation is known or likely to make.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum Deviation {
            $(#[doc = $sentence] $(#[$doc])* $variant,)*
        }

        impl Deviation {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Deviation] = &[$(Deviation::$variant,)*];

            /// What it is about, the part before `=`.
            pub const fn name(self) -> &'static str {
                match self { $(Deviation::$variant => $name,)* }
            }

            /// What it does instead, the part after `=`.
            pub const fn value(self) -> &'static str {
                match self { $(Deviation::$variant => $value,)* }
            }

            /// What it does instead, in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(Deviation::$variant => $sentence,)* }
            }

            /// The rule it departs from.
            pub const fn rule(self) -> crate::rules::Rule {
                match self { $(Deviation::$variant => crate::rules::Rule::$rule,)* }
            }
        }
    };
}

deviations! {
    WakeOrderFifo = "wake-order"="fifo" departs ReleaseLifo,
        "The waiter that has waited longest is released first.";
    WakeOrderAny = "wake-order"="any" departs ReleaseLifo,
        "Any waiter may be released.";
    HandOffWakeAndRetry = "hand-off"="wake-and-retry" departs HandOff,
        "A packet is always queued; a waiter is woken, asks again, and may find the packet taken.";
    ConcurrencyIgnored = "concurrency"="ignored" departs ConcurrencyLimit,
        "The concurrency value limits nothing.";
    CloseKeepsWaiting = "close"="keeps-waiting" departs CloseAbandonsWaiters,
        "Closing the last handle wakes nobody.";
    ApcAfterPacket = "apc"="after-packet" departs ApcBeforePacket,
        "An alertable remove takes a packet that is there before it runs an APC, whatever port the thread is attached to.";
    LowBitIgnored = "low-bit"="ignored" departs LowBitNoPacket,
        "The low bit of hEvent does not suppress the packet.";
    DirectWaitFirstOnly = "direct-wait"="first-only" departs PortHandleSignaled,
        "Waits on the port handle and removes share one wait list, and a queued packet wakes only the first of it.";
    RemoveCountZeroSucceeds = "remove-count-zero"="succeeds" departs RemoveCountZero,
        "A batch remove with count 0 returns success at once, reports one entry and takes none.";
    FailedAssociationWritesStatus = "failed-association"="writes-status" departs AssociateNeedsOverlapped,
        "A refused association writes its status into the caller's status block.";
    AssociationLeavesSignal = "association"="leaves-signal" departs AssociateSignalsFile,
        "Associating a file with a port does not signal the file.";
    PartialReadWarns = "partial-read"="warns-at-once" departs WarningPosts,
        "A message read into a short buffer returns its warning at once and is not pended.";
    CloseSocketNetnameDeleted = "close-socket"="netname-deleted" departs CloseCompletesReceive,
        "Closing a connected socket completes its receives with STATUS_LOCAL_DISCONNECT (64), as one project reports of newer versions too (D10).";
    CloseSocketHandlesClosed = "close-socket"="handles-closed" departs CloseCompletesReceive,
        "Closing a connected socket completes its receives with STATUS_HANDLES_CLOSED.";
    DisconnectSkips = "disconnect"="skips-packet" departs DisconnectPends,
        "DisconnectEx says that it pends, and in the skip mode its packet does not come all the same.";
    JobPortNullRefused = "job-port"="null-refused" departs JobPortNull,
        "A job object refuses a NULL completion port.";
    ExportsMissing = "exports"="missing" departs ReservePost,
        "Reserve objects and wait completion packets do not exist.";
    SyncReadRunsApc = "sync-read-apc"="runs" departs SyncApcNotRun,
        "An APC routine on a synchronous handle runs although the read completed at once.";
    FailedCountOne = "failed-count"="one" departs FailedBatchCount,
        "A batch remove that fails reports a count of 1.";
    StatusBlockEarly = "status-block"="at-completion" departs StatusBlockDeferred,
        "The OVERLAPPED is always written at completion, event or no event.";
    BatchDrainsAfterWake = "batch"="drains-after-wake" departs HandOffOnePacket,
        "A batch remove that had to wait takes further queued packets once it is woken.";
    PollDoesNotAttach = "poll-attaches"="never" departs ZeroTimeoutAttaches,
        "A remove with timeout 0 that finds nothing does not attach the thread to the port.";
    NewRemoveLimitIgnored = "new-remove"="ignores-limit" departs NewRemoveWaitsAtLimit,
        "A thread that asks takes a queued packet even though the port is at its limit.";
    BlockKeepsSlot = "block"="keeps-slot" departs BlockReleasesSlot,
        "A thread that blocks elsewhere still counts as active.";
    UnblockWaits = "unblock"="not-counted" departs UnblockCounts,
        "A thread that resumes after blocking elsewhere is not counted as active again until it asks the port.";
    ExitKeepsSlot = "exit"="keeps-slot" departs ExitReleasesSlot,
        "A thread that exits still counts as active.";
    PacketsLifo = "packet-order"="lifo" departs PacketsFifo,
        "The newest packet is removed first.";
    SyncErrorPosts = "sync-error"="posts" departs ErrorAtOnceNoPacket,
        "An operation that fails at once queues a packet all the same.";
    WarningSkipped = "skip-on-warning"="skips" departs WarningPosts,
        "The skip mode also suppresses the packet of a warning at once (D14: the driver documentation and Wine say so, the Win32 page and tests on Windows 8 and later do not).";
    NullOverlappedWaits = "null-overlapped"="waits" departs NullOverlappedRefused,
        "A disk read or write through an overlapped handle without an OVERLAPPED waits and succeeds (the reference page says that it may).";
    SkipIgnored = "skip-on-success"="ignored" departs SkipOnSuccess,
        "The skip mode does not suppress the packet of an immediate success.";
    ReplacePending = "replace-association"="while-pending" departs ReplaceAssociation,
        "The association of a file can be replaced while operations are pending; they complete to the new port, or to none (D9: one report says that it fails).";
    DirectWaitWokenByHandOff = "direct-wait"="woken-by-hand-off" departs HandOffNotSignaled,
        "A packet handed to a waiter also wakes those who wait on the port handle (before Windows 10 1607).";
    CloseAcceptCancels = "close-accept"="cancels" departs CloseCompletesReceive,
        "Closing the socket of a pending accept completes the accept with STATUS_CANCELLED (995), the other answer that J11 allows.";
    ReceiveAfterResetEnds = "receive-after-reset"="ends" departs ErrorAtOnceNoPacket,
        "A receive on a connection that the peer has reset succeeds with 0 bytes, as after a graceful close, and queues a packet.";
    ExclusivePollCancels = "exclusive-poll"="cancels" departs PollExclusive,
        "The exclusive poll that another one ends completes with STATUS_CANCELLED (ReactOS; the tests that ran on Windows do not look at the status).";
    RetryByHandle = "retry"="by-handle" departs LastHandleRundown,
        "A waiter that is woken to ask again asks by the handle value of its call, and fails if that was closed meanwhile (with hand-off=wake-and-retry).";
    LockTellsEventOnly = "lock"="event-only" departs CompletionPacket,
        "A lock that is taken at once tells nobody but the event: no packet, and the OVERLAPPED stays as it was.";
    DiskControlSilent = "disk-control"="caller-only" departs CompletionPacket,
        "A control of a disk file that is answered at once tells its caller alone: no packet, and no event is set.";
    FileResetOnTransfer = "file-reset"="on-transfer" departs EventResetAtStart,
        "A pipe is signaled from its opening on, and an operation that fails at once or only peeks does not reset it.";
    PeekAtOnce = "peek"="at-once" departs PeekPends,
        "Peeking into a pipe succeeds inside the call, so the skip mode suppresses its packet, and the packet says 0 bytes.";
    BindNullInvalid = "bind-null"="invalid-handle" departs BindNull,
        "BindIoCompletionCallback says of a NULL handle that it is invalid (6).";
    CancelNothingSucceeds = "cancel-nothing"="succeeds" departs CancelNotFound,
        "CancelIoEx without an OVERLAPPED succeeds although nothing is pending.";
    CloseDirectoryHandlesClosed = "close-directory"="handles-closed" departs CloseDirectory,
        "Closing a directory ends its change notification with STATUS_HANDLES_CLOSED, a failure (676).";
    FastIoSetsEvent = "fast-io-event"="set" departs FastIoSkipsUserEvent,
        "SKIP_SET_USER_EVENT_ON_FAST_IO changes nothing: the caller's event is set.";
    NullOutputsFault = "null-outputs"="faults" departs NullOutputs,
        "GetQueuedCompletionStatus with NULL out-pointers faults before it has taken anything, and its thread ends.";
    ReplaceMissing = "replace-association"="missing" departs ReplaceAssociation,
        "There is no FileReplaceCompletionInformation (STATUS_NOT_IMPLEMENTED).";
}

impl Deviation {
    /// The deviation written `NAME=VALUE`.
    pub fn parse(text: &str) -> Option<Deviation> {
        let (name, value) = text.split_once('=')?;
        Deviation::ALL.iter().copied().find(|d| d.name() == name && d.value() == value)
    }

    const fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name(), self.value())
    }
}

/// A set of deviations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Deviations(u64);

impl Deviations {
    /// The set with one more.
    #[must_use]
    pub const fn with(self, deviation: Deviation) -> Deviations {
        Deviations(self.0 | deviation.bit())
    }

    /// Whether a deviation is in the set.
    pub const fn has(self, deviation: Deviation) -> bool {
        self.0 & deviation.bit() != 0
    }

    /// The set as a number, and back.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set that [`bits`](Deviations::bits) gave.
    pub const fn from_bits(bits: u64) -> Deviations {
        Deviations(bits)
    }
}

/// A Windows version and a set of departures from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semantics {
    /// The Windows version.
    pub profile: Profile,
    deviations: u64,
}

impl From<Profile> for Semantics {
    fn from(profile: Profile) -> Self {
        Semantics { profile, deviations: 0 }
    }
}

impl Semantics {
    /// The same with one more deviation.
    #[must_use]
    pub const fn with(mut self, deviation: Deviation) -> Self {
        self.deviations |= deviation.bit();
        self
    }

    /// The same without a deviation.
    #[must_use]
    pub const fn without(mut self, deviation: Deviation) -> Self {
        self.deviations &= !deviation.bit();
        self
    }

    /// Whether a deviation is on.
    #[inline]
    pub const fn has(self, deviation: Deviation) -> bool {
        self.deviations & deviation.bit() != 0
    }

    /// The deviations that are on, in the order of the table.
    pub fn deviations(self) -> impl Iterator<Item = Deviation> {
        Deviation::ALL.iter().copied().filter(move |d| self.has(*d))
    }

    /// Wine 8.0 as facts.md 2A measured it: Windows 11 and the deviations that Wine makes.
    pub fn wine_8_0() -> Semantics {
        WINE_8_0.iter().fold(Semantics::from(Profile::Win11), |s, d| s.with(*d))
    }

    /// The semantics of a name: a profile, or the preset `wine-8.0`.
    pub fn from_name(name: &str) -> Option<Semantics> {
        match name {
            "wine-8.0" => Some(Semantics::wine_8_0()),
            _ => Profile::from_name(name).map(Semantics::from),
        }
    }
}

impl crate::code::Code for Semantics {
    fn put<S: crate::code::Sink>(&self, out: &mut S) {
        (self.profile as u8).put(out);
        self.deviations.put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let profile = *Profile::ALL.get(usize::from(u8::take(bytes)?))?;
        let deviations = u64::take(bytes)?;
        let known = Deviation::ALL.len() as u32;
        (deviations.checked_shr(known).unwrap_or(0) == 0)
            .then_some(Semantics { profile, deviations })
    }
}

/// What Wine 8.0 does differently, each its own deviation: facts.md 2A (X01-X18), and what the suite
/// has measured besides.
pub const WINE_8_0: &[Deviation] = &[
    Deviation::WakeOrderFifo,                 // X01
    Deviation::ConcurrencyIgnored,            // X02
    Deviation::DirectWaitFirstOnly,           // X04, X05
    Deviation::HandOffWakeAndRetry,           // X05
    Deviation::CloseKeepsWaiting,             // X06, X07, X08
    Deviation::ApcAfterPacket,                // X09
    Deviation::RemoveCountZeroSucceeds,       // X10
    Deviation::FailedAssociationWritesStatus, // X11
    Deviation::AssociationLeavesSignal,       // X12
    Deviation::PartialReadWarns,              // X13
    Deviation::WarningSkipped,                // X13, D14
    Deviation::CloseSocketHandlesClosed,      // X14
    Deviation::CloseAcceptCancels,            // J11
    Deviation::ReceiveAfterResetEnds,         // J02
    Deviation::RetryByHandle,                 // E07
    Deviation::DisconnectSkips,               // X15
    Deviation::JobPortNullRefused,            // X16
    Deviation::ExportsMissing,                // X17
    Deviation::SyncReadRunsApc,               // X18
    Deviation::FailedCountOne,                // A11
    Deviation::StatusBlockEarly,
    // Measured by the programs of the suite; oracle/suite/results/README.md tells how.
    Deviation::LockTellsEventOnly,
    Deviation::DiskControlSilent,
    Deviation::FileResetOnTransfer,
    Deviation::PeekAtOnce,
    Deviation::BindNullInvalid,
    Deviation::CancelNothingSucceeds,
    Deviation::CloseDirectoryHandlesClosed,
    Deviation::FastIoSetsEvent,
    Deviation::NullOutputsFault,
    Deviation::ReplaceMissing,
];
