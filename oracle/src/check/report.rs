//! What a check says.

use serde::Serialize;

use super::options::Limit;

/// The verdict on a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Some run of the model explains every event.
    Conforms,
    /// No run does.
    Diverges,
    /// A budget was hit, events were dropped, or the trace says too little.
    Inconclusive,
    /// The trace has no event to check.
    NothingChecked,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Conforms => "conforms",
            Verdict::Diverges => "diverges",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NothingChecked => "nothing checked",
        })
    }
}

/// Why a verdict is no more than inconclusive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A budget was hit.
    Limit(Limit),
    /// Events were lost on the way.
    Dropped(u64),
    /// There is no `end` line: nobody knows what is missing.
    NoEnd,
    /// The model does not say what Windows does here.
    NotModelled {
        /// What it does not know.
        what: String,
        /// The line that needs it.
        line: u64,
    },
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doubt::Limit(limit) => write!(f, "{limit} was reached"),
            Doubt::Dropped(n) => write!(f, "{n} events were dropped from the trace"),
            Doubt::NoEnd => f.write_str("the trace has no `end` line, so its end may be missing"),
            Doubt::NotModelled { what, line } => write!(f, "line {line}: {what}"),
        }
    }
}

/// Something that a verdict rests on although no line of the trace says it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumption {
    /// `operations: unlogged`: packets that nobody posted are completions that nobody logged.
    UnloggedCompletions,
    /// An operation completed, though no `io` line says so.
    SilentCompletions,
    /// `blocking: unknown`: threads may have blocked unseen.
    HiddenBlocking,
    /// `objects: implicit`: handles were opened or closed unseen.
    ImplicitObjects,
    /// Concurrency 0 stands for this checker's number of processors, not one the trace gives.
    Processors,
    /// A call without a timeout may have had any.
    UnknownTimeouts,
    /// A thread that found nothing was parked from that moment on.
    AskedIsParked,
    /// Line order was taken for real order.
    LineOrder,
}

impl Assumption {
    /// The name, as in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Assumption::UnloggedCompletions => "unlogged-completions",
            Assumption::SilentCompletions => "silent-completions",
            Assumption::HiddenBlocking => "hidden-blocking",
            Assumption::ImplicitObjects => "implicit-objects",
            Assumption::Processors => "processors",
            Assumption::UnknownTimeouts => "unknown-timeouts",
            Assumption::AskedIsParked => "asked-is-parked",
            Assumption::LineOrder => "line-order",
        }
    }

    /// What is assumed, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Assumption::UnloggedCompletions => {
                "packets that nobody posted are completions that nobody logged"
            }
            Assumption::SilentCompletions => "pending operations completed without an `io` line",
            Assumption::HiddenBlocking => "threads may have blocked unseen",
            Assumption::ImplicitObjects => "handles were opened or closed unseen",
            Assumption::Processors => "the machine has as many processors as this check was told",
            Assumption::UnknownTimeouts => "a wait whose timeout is not given may have had any",
            Assumption::AskedIsParked => "a thread whose request found nothing was parked at once",
            Assumption::LineOrder => "the order of lines is the order of events",
        }
    }
}

/// A line of the trace, shown with a few words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Excerpt {
    /// The number of the line.
    pub line: u64,
    /// Its text, cut if it is long.
    pub text: String,
    /// What it means here.
    pub note: String,
}

/// The proof in sentences.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Story {
    /// Who is who.
    pub lets: Vec<String>,
    /// What follows.
    pub thens: Vec<String>,
    /// What contradicts it.
    pub however: String,
}

/// A place where the trace leaves the model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Divergence {
    /// The offending line.
    pub line: u64,
    /// Events explained before it.
    pub explained: u64,
    /// What the line says, in words.
    pub found: String,
    /// What the model allows there.
    pub allowed: Vec<String>,
    /// The rule that is broken, where one can be named.
    pub rule: Option<String>,
    /// Its sentence.
    pub sentence: String,
    /// Its source.
    pub source: String,
    /// The proof.
    pub story: Story,
    /// The lines it rests on; the last is the offending one.
    pub excerpts: Vec<Excerpt>,
}

/// What is known of the smallest sets of deviations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Diagnosis {
    /// There is nothing to explain, or nobody asked.
    NotNeeded,
    /// The sets are all the minimal ones up to the size asked for.
    Complete,
    /// The budget ended the search; the sets found do explain the trace, but others may too.
    Unfinished,
}

/// The report on one trace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Under which semantics.
    pub semantics: String,
    /// Events of the trace (`meta`, notes and `end` are none).
    pub events: u64,
    /// Events explained before the first divergence, or before the check ended.
    pub explained: u64,
    /// The first offending line.
    pub line: Option<u64>,
    /// The rule broken there.
    pub rule: Option<String>,
    /// The smallest sets of deviations under which the whole trace is allowed.
    pub deviations: Vec<Vec<String>>,
    /// Whether those are all.
    pub diagnosis: Diagnosis,
    /// Why the verdict is no more than inconclusive.
    pub doubt: Option<Doubt>,
    /// What the verdict rests on without a line that says it.
    pub assumptions: Vec<Assumption>,
    /// Every divergence found; the check goes on after each as if the line were not there.
    pub divergences: Vec<Divergence>,
    /// Rules that explained something, by id.
    pub exercised: Vec<String>,
    /// The other rules of the model.
    pub never_exercised: Vec<String>,
    /// The most states that the model could be in at once.
    pub states_max: usize,
    /// Transitions of the model that the check took.
    pub steps: u64,
}
