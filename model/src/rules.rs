//! The rule table. Every effect names the rule that it follows from; every rule says in one
//! sentence what Windows does, where that is written, how sure that is, and since when it holds.
//!
//! Sources are those of the specification this model was written from: documents of Microsoft
//! (`MS-IOCP` is "I/O Completion Ports", `API:` a function's reference page, `DDI:` a driver
//! routine's), tests that run on Windows (`Wine-sync`, `Wine-ntfile`, ... are Wine's conformance
//! tests, `ROS-wine-sock` ReactOS's copy of its socket tests), and two independent
//! implementations (`ROS-` ReactOS, `Wine-` Wine). `A04`, `D03` and the like are facts, `V1` and
//! the like test vectors, of that specification.

mod table;

use crate::semantics::Profile;
use table::TABLE;

pub use table::Rule;

/// How sure a rule is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Grade {
    /// Microsoft's documentation says so.
    Documented,
    /// A test that runs on Windows shows it, or a report with evidence.
    Observed,
    /// An independent implementation does so.
    Reimplementation,
    /// No source says it; it follows from the others.
    Inferred,
}

impl Grade {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Grade::Documented => "documented",
            Grade::Observed => "observed",
            Grade::Reimplementation => "reimplementation",
            Grade::Inferred => "inferred",
        }
    }
}

impl std::fmt::Display for Grade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The Windows versions in which a rule holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Versions {
    /// The first.
    pub since: Profile,
    /// The last; `None` if it still holds.
    pub until: Option<Profile>,
}

impl Versions {
    /// Whether a rule holds in a version.
    pub fn contains(self, profile: Profile) -> bool {
        profile >= self.since && self.until.is_none_or(|until| profile <= until)
    }
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.since, self.until) {
            (Profile::Xp, None) => f.write_str("all versions"),
            (since, None) => write!(f, "{since} and later"),
            (Profile::Xp, Some(until)) => write!(f, "up to {until}"),
            (since, Some(until)) if since == until => write!(f, "{since} only"),
            (since, Some(until)) => write!(f, "{since} to {until}"),
        }
    }
}

pub(crate) struct Entry {
    id: &'static str,
    sentence: &'static str,
    source: &'static str,
    grade: Grade,
    versions: Versions,
    facts: &'static [&'static str],
}

impl Rule {
    const fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// The stable name, as `iocp explain` takes it.
    pub const fn id(self) -> &'static str {
        self.entry().id
    }

    /// What Windows does, in one sentence.
    pub const fn sentence(self) -> &'static str {
        self.entry().sentence
    }

    /// Where it is written.
    pub const fn source(self) -> &'static str {
        self.entry().source
    }

    /// How sure that is.
    pub const fn grade(self) -> Grade {
        self.entry().grade
    }

    /// Since when, and until when, it holds.
    pub const fn versions(self) -> Versions {
        self.entry().versions
    }

    /// The facts and test vectors that the rule accounts for.
    pub const fn facts(self) -> &'static [&'static str] {
        self.entry().facts
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
