//! What the exit code of the command says.

/// How a command ended. The numbers are a contract with scripts and CI systems.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Exit {
    /// Everything asked for was checked and holds.
    Holds = 0,
    /// A divergence, or a violated property.
    Violated = 1,
    /// Bad input or bad usage.
    BadInput = 2,
    /// A bound was hit, events were dropped, or too little was observed.
    Inconclusive = 3,
    /// There was nothing to check.
    NothingChecked = 4,
    /// Some shards of a divided job are missing.
    ShardsMissing = 5,
    /// A fault of this program.
    Internal = 70,
    /// Interrupted; what was found so far has been reported.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}
