//! A story: a run as it is drawn. Every renderer reads this and nothing else, and nothing here
//! knows how a port works: states, sentences and rules come from outside.

use serde::Serialize;

/// Something that happened, step by step, to threads and ports.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Story {
    /// One line.
    pub title: String,
    /// What to notice, in sentences.
    pub notice: Vec<String>,
    /// Which Windows, and which departures from it.
    pub semantics: String,
    /// What the numbers on the time axis are.
    pub clock: Clock,
    /// Who acts, top lane first.
    pub lanes: Vec<Lane>,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// Which step let whom go on.
    pub arrows: Vec<Arrow>,
    /// The rules that the steps name.
    pub rules: Vec<RuleCard>,
    /// How it ended, in sentences.
    pub endings: Vec<Ending>,
}

/// What the numbers on the time axis are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The number of the step: time plays no part.
    #[default]
    Steps,
    /// Microseconds of virtual time.
    Microseconds,
}

impl Clock {
    /// The unit behind a number.
    pub fn unit(self) -> &'static str {
        match self {
            Clock::Steps => "step",
            Clock::Microseconds => "us",
        }
    }
}

/// A thread (or the environment) over time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Lane {
    /// Its name in the scenario.
    pub name: String,
    /// What it was doing, in order, without overlap.
    pub spans: Vec<Span>,
}

/// A stretch of time in which a thread did one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Span {
    /// What.
    pub doing: Doing,
    /// First moment.
    pub from: u64,
    /// The moment after the last.
    pub to: u64,
    /// The packet it works on, or nothing.
    pub label: String,
}

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// On a processor.
    Running,
    /// Could run, but no processor is free. Counts as active all the same.
    Ready,
    /// Waiting on the port.
    Waiting,
    /// Waiting for something else.
    Blocked,
    /// On a processor, and only asking again and again.
    Spinning,
    /// Gone.
    Exited,
}

impl Doing {
    /// All of them, in the order of the legend.
    pub const ALL: [Doing; 6] = [
        Doing::Running,
        Doing::Ready,
        Doing::Waiting,
        Doing::Blocked,
        Doing::Spinning,
        Doing::Exited,
    ];

    /// The word in the legend.
    pub fn word(self) -> &'static str {
        match self {
            Doing::Running => "running",
            Doing::Ready => "ready",
            Doing::Waiting => "waiting on the port",
            Doing::Blocked => "blocked elsewhere",
            Doing::Spinning => "spinning",
            Doing::Exited => "exited",
        }
    }

    /// The word as a name in machine-read output.
    pub fn key(self) -> &'static str {
        match self {
            Doing::Running => "running",
            Doing::Ready => "ready",
            Doing::Waiting => "waiting",
            Doing::Blocked => "blocked",
            Doing::Spinning => "spinning",
            Doing::Exited => "exited",
        }
    }
}

/// One step: somebody did something, and this is what followed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Step {
    /// When.
    pub at: u64,
    /// Whose lane; none for the environment.
    pub lane: Option<usize>,
    /// What was done, in a sentence without its subject.
    pub action: String,
    /// What followed, in order.
    pub notes: Vec<Note>,
    /// The ports after the step.
    pub ports: Vec<PortPicture>,
}

/// Something that followed, and by which rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Note {
    /// A sentence.
    pub text: String,
    /// The id of the rule.
    pub rule: Option<String>,
    /// Whether it matters to everybody.
    pub weight: Weight,
}

/// How much a note matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Bookkeeping of the kernel: shown when asked for.
    Detail,
    /// What the step is about.
    Main,
    /// Something is wrong.
    Wrong,
}

/// A port at a moment.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PortPicture {
    /// Its name in the scenario.
    pub name: String,
    /// Threads that count as active.
    pub active: u32,
    /// The concurrency value, where it is known.
    pub concurrency: Option<u32>,
    /// Queued packets, the next to be removed first.
    pub packets: Vec<String>,
    /// Waiting threads, the next to be released first.
    pub waiters: Vec<String>,
    /// Whether its last handle is closed.
    pub closed: bool,
}

/// A step by one thread that let another go on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Arrow {
    /// The lane of the cause; none for the environment.
    pub from_lane: Option<usize>,
    /// When it happened.
    pub from: u64,
    /// The lane that goes on.
    pub to_lane: usize,
    /// When it goes on.
    pub to: u64,
    /// The packet.
    pub label: String,
}

/// A rule, as much of it as a reader needs beside the step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleCard {
    /// Its id.
    pub id: String,
    /// What it says.
    pub sentence: String,
    /// Where that is written or was seen.
    pub source: String,
    /// How sure that is.
    pub grade: String,
}

/// How a story ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ending {
    /// A sentence.
    pub text: String,
    /// How to take it.
    pub tone: Tone,
}

/// How to take a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Wrong,
    /// Worth knowing.
    Remark,
}

impl Tone {
    /// The word before the sentence.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Good => "ends",
            Tone::Wrong => "WRONG",
            Tone::Remark => "note",
        }
    }
}

impl Story {
    /// The end of the time axis: the last moment anything happens or lasts to, at least 1.
    pub fn end(&self) -> u64 {
        let spans = self.lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.to));
        let steps = self.steps.iter().map(|step| step.at + 1);
        spans.chain(steps).max().unwrap_or(0).max(1)
    }

    /// The name of a lane.
    pub fn lane_name(&self, lane: Option<usize>) -> &str {
        lane.and_then(|index| self.lanes.get(index)).map_or("environment", |lane| &lane.name)
    }
}
