//! Properties that every scenario has, whatever its author thought of.

use iocp_scheduler::Expectation;

/// A property that is always on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BuiltIn {
    /// I1 of semantics A3.
    SpareSlot,
    /// I2 of semantics A3.
    ActiveCount,
    /// `expect` and `assert`.
    Expect,
    /// Ownership of OVERLAPPEDs.
    UseAfterFree,
    /// Ownership of OVERLAPPEDs.
    ReuseWhileOwned,
    /// Ownership of OVERLAPPEDs.
    FreeWhileOwned,
    /// Ownership of OVERLAPPEDs.
    DoubleFree,
    /// A program that computes with what is not there.
    ProgramError,
    /// A step that the model refuses.
    NotModelled,
    /// Somebody waits for what nobody left can do.
    Deadlock,
    /// Ownership of OVERLAPPEDs.
    Leak,
}

impl BuiltIn {
    /// All of them, in the order of their property numbers.
    pub const ALL: [BuiltIn; 11] = [
        BuiltIn::SpareSlot,
        BuiltIn::ActiveCount,
        BuiltIn::Expect,
        BuiltIn::UseAfterFree,
        BuiltIn::ReuseWhileOwned,
        BuiltIn::FreeWhileOwned,
        BuiltIn::DoubleFree,
        BuiltIn::ProgramError,
        BuiltIn::NotModelled,
        BuiltIn::Deadlock,
        BuiltIn::Leak,
    ];

    /// What reports and `breaks` call it.
    pub const fn name(self) -> &'static str {
        match self {
            BuiltIn::SpareSlot => "spare-slot",
            BuiltIn::ActiveCount => "active-count",
            BuiltIn::Expect => "expect",
            BuiltIn::UseAfterFree => "use-after-free",
            BuiltIn::ReuseWhileOwned => "reuse-while-owned",
            BuiltIn::FreeWhileOwned => "free-while-owned",
            BuiltIn::DoubleFree => "double-free",
            BuiltIn::ProgramError => "program-error",
            BuiltIn::NotModelled => "not-modelled",
            BuiltIn::Deadlock => "deadlock",
            BuiltIn::Leak => "leak",
        }
    }

    /// What it says.
    pub const fn sentence(self) -> &'static str {
        match self {
            BuiltIn::SpareSlot => "No port has a queued packet, a waiter and a free slot at once.",
            BuiltIn::ActiveCount => {
                "The active count of a port is the number of its attached threads that are active."
            }
            BuiltIn::Expect => "Every call returns what the scenario expects of it.",
            BuiltIn::UseAfterFree => "Nobody uses an OVERLAPPED that has been freed.",
            BuiltIn::ReuseWhileOwned => {
                "No operation starts with an OVERLAPPED that the kernel or a packet still owns."
            }
            BuiltIn::FreeWhileOwned => {
                "No OVERLAPPED is freed while the kernel or a packet still owns it."
            }
            BuiltIn::DoubleFree => "No OVERLAPPED is freed twice.",
            BuiltIn::ProgramError => "No program computes with a value that is not there.",
            BuiltIn::NotModelled => "Nothing happens that the model does not know.",
            BuiltIn::Deadlock => "Nobody waits for what nobody left can do.",
            BuiltIn::Leak => "Every OVERLAPPED that is allocated is freed in the end.",
        }
    }

    /// When it counts as broken.
    pub const fn expectation(self) -> Expectation {
        match self {
            BuiltIn::SpareSlot | BuiltIn::ActiveCount => Expectation::Always,
            BuiltIn::Deadlock | BuiltIn::Leak => Expectation::Finally,
            _ => Expectation::Step,
        }
    }

    /// The built-in property of a number.
    pub fn from_index(index: usize) -> Option<BuiltIn> {
        BuiltIn::ALL.get(index).copied()
    }
}
