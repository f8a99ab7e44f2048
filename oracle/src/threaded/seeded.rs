//! The faults that a port can be told to have, to test those who look for faults.

macro_rules! seeded {
    ($($name:ident = $text:literal: $sentence:literal;)*) => {
        /// A fault that somebody might make who writes a completion port.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Seeded {
            $(#[doc = $sentence] $name,)*
        }

        impl Seeded {
            /// All of them.
            pub const ALL: &'static [Seeded] = &[$(Seeded::$name,)*];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Seeded::$name => $text,)* }
            }

            /// What goes wrong.
            pub const fn sentence(self) -> &'static str {
                match self { $(Seeded::$name => $sentence,)* }
            }
        }
    };
}

seeded! {
    FifoRelease = "fifo-release": "The waiter that has waited longest is released first.";
    LifoPackets = "lifo-packets": "The newest packet is removed first.";
    HandOffAboveLimit = "hand-off-above-limit": "A post releases a waiter whatever the limit.";
    LimitOneTooMany = "limit-one-too-many": "One thread more than the limit may be active.";
    TakeAboveLimit = "take-above-limit": "A thread that asks takes a packet whatever the limit.";
    TimeoutKeepsPlace = "timeout-keeps-place": "A waiter that timed out stays among the waiters.";
    TimeoutNotCounted = "timeout-not-counted": "A thread that timed out is not counted as active.";
    TimeoutBeatsPacket = "timeout-beats-packet":
        "A timeout that comes after the hand-off wins, and the packet is lost.";
    ZeroTimeoutNotCounted = "zero-timeout-not-counted":
        "A poll that finds nothing does not attach its thread.";
    CloseKeepsWaiting = "close-keeps-waiting": "Closing the port wakes nobody.";
    CloseForgetsOne = "close-forgets-one": "Closing the port wakes all waiters but the oldest.";
    CloseTimesOut = "close-times-out": "Closing the port tells its waiters that they timed out.";
    ClosedPortTakesPosts = "closed-port-takes-posts": "A post to a closed port succeeds.";
    DoubleDelivery = "double-delivery": "A packet that is handed over stays in the queue as well.";
    DroppedAtHandOff = "dropped-at-hand-off":
        "A packet that comes while two or more wait is counted, but reaches nobody.";
    BatchOverCount = "batch-over-count": "A batch takes one packet more than was asked for.";
    BatchOfOne = "batch-of-one": "A batch takes one packet although more are there.";
    BatchReversed = "batch-reversed": "A batch is in the wrong order.";
    BatchWaitsToFill = "batch-waits-to-fill": "A batch waits until it can be filled.";
    BlockKeepsSlot = "block-keeps-slot": "A thread that blocks still counts as active.";
    BlockReleasesNobody = "block-releases-nobody":
        "A thread that blocks gives its place back, but nobody is told.";
    BlockReleasesTwo = "block-releases-two": "A thread that blocks makes room for two.";
    UnblockNotCounted = "unblock-not-counted": "A thread that goes on is not counted again.";
    UnblockCountsTwice = "unblock-counts-twice": "A thread that goes on is counted twice.";
    ExitKeepsSlot = "exit-keeps-slot": "A thread that ends still counts as active.";
    SwitchKeepsSlot = "switch-keeps-slot":
        "A thread that asks another port still counts as active on the first.";
    SwitchReleasesNobody = "switch-releases-nobody":
        "A thread that asks another port gives its place back, but nobody is told.";
    RecallKeepsSlot = "recall-keeps-slot":
        "A thread that asks again does not give its own place back first.";
    RecallReleasesWaiter = "recall-releases-waiter":
        "A thread that asks again lets a waiter have the packet instead.";
    KeyOf32Bits = "key-of-32-bits": "A completion key loses its upper half.";
    NullMeansNothing = "null-means-nothing": "A packet without an OVERLAPPED is taken for none.";
    DepthCountsWaiters = "depth-counts-waiters": "The depth counts waiters as well as packets.";
    LowBitIgnored = "low-bit-ignored":
        "An operation whose event has its low bit set posts a packet all the same.";
    AssociatesAnyway = "associates-anyway":
        "A file is associated although the call that was to do it has failed.";
    LooksThenParks = "looks-then-parks":
        "A thread looks into the queue and parks in two steps, and misses what comes in between.";
    CountsThenHandsOff = "counts-then-hands-off":
        "A post looks at the limit and hands over in two steps, and others come in between.";
    RingsOutOfTurn = "rings-out-of-turn":
        "A released thread takes whatever was handed over first, to whomever.";
}
