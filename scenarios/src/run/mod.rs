//! One run of a scenario, told step by step.
//!
//! ```text
//! simulate  virtual time: processors, work that takes ticks, waits that end at theirs
//! replay    a schedule from an exploration, one step after the other
//! recorder  both write into one: steps, results, who did what when
//! findings  what is worth saying at the end: packets nobody takes, threads passed over
//! ```
//!
//! Owns time: the [`World`](crate::World) knows none.

mod clock;
mod findings;
mod recorder;
mod replay;
mod simulate;
pub(crate) mod told;

use iocp_model::{Arrival, Call, Effect, FileId, Return, Rule, Ticks};
use iocp_scheduler::{Choice, EndingKind, Schedule};

use crate::diagnostic::Span;
pub use replay::replay;
pub use simulate::{Simulation, simulate};

/// One run, told.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What each thread did when, by actor.
    pub lanes: Vec<Lane>,
    /// How full each port of the stage was when.
    pub gauges: Vec<Gauge>,
    /// The properties that were broken, each once.
    pub violations: Vec<Violation>,
    /// The `sometimes` properties that held at some time.
    pub witnessed: Vec<String>,
    /// How it ended.
    pub end: End,
    /// What else is worth saying, in sentences.
    pub findings: Vec<String>,
    /// What an observer outside could have logged.
    pub events: Vec<Event>,
    /// The choices: replaying them gives the same steps.
    pub schedule: Schedule,
    /// The last tick.
    pub ticks: Ticks,
}

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// When.
    pub at: Ticks,
    /// Who, by actor; nobody for a device.
    pub actor: Option<usize>,
    /// The choice it was.
    pub choice: Choice,
    /// Where it stands in the source; nowhere for a device or a timer.
    pub span: Option<Span>,
    /// What was done: `A calls GetQueuedCompletionStatus(port=P)`.
    pub action: String,
    /// What came of it.
    pub effects: Vec<Consequence>,
    /// What was wrong with it, in sentences.
    pub faults: Vec<String>,
}

/// An effect with its rule and its sentence.
#[derive(Clone, PartialEq, Debug)]
pub struct Consequence {
    /// The rule it follows from.
    pub rule: Rule,
    /// The effect.
    pub effect: Effect,
    /// The effect in words.
    pub sentence: String,
}

/// What a thread did when.
#[derive(Clone, PartialEq, Debug)]
pub struct Lane {
    /// The thread.
    pub name: String,
    /// One behind the other, without gaps.
    pub spans: Vec<LaneSpan>,
    /// Its calls that returned, in order.
    pub results: Vec<CallResult>,
}

/// A stretch of time in which a thread did one thing.
#[derive(Clone, PartialEq, Debug)]
pub struct LaneSpan {
    /// The first tick.
    pub from: Ticks,
    /// The first tick behind.
    pub to: Ticks,
    /// What it did.
    pub activity: Activity,
    /// The key of the packet it had in hand, while it ran.
    pub packet: Option<u64>,
}

/// What a thread can be doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activity {
    /// It has not started.
    NotStarted,
    /// It has a processor.
    Running,
    /// It could run, and waits for a processor or its turn.
    Ready,
    /// It spins: active, and going nowhere.
    Spinning,
    /// It waits for a packet.
    WaitingOnPort,
    /// It waits for something else: an event, a thread, time, somebody outside.
    Blocked,
    /// It is done.
    Done,
}

impl Activity {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Activity::NotStarted => "not started",
            Activity::Running => "running",
            Activity::Ready => "ready",
            Activity::Spinning => "spinning",
            Activity::WaitingOnPort => "waiting on the port",
            Activity::Blocked => "blocked elsewhere",
            Activity::Done => "done",
        }
    }
}

/// A call that returned.
#[derive(Clone, PartialEq, Debug)]
pub struct CallResult {
    /// The function and its arguments, as the scenario names them.
    pub call: String,
    /// What it gave back.
    pub result: Return,
    /// The same in words.
    pub text: String,
    /// When it was called.
    pub called: Ticks,
    /// When it returned.
    pub returned: Ticks,
}

/// How full a port was when: a point for every change.
#[derive(Clone, PartialEq, Debug)]
pub struct Gauge {
    /// The port.
    pub name: String,
    /// The changes, in order.
    pub points: Vec<GaugePoint>,
}

/// A port at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GaugePoint {
    /// Since when.
    pub at: Ticks,
    /// Packets queued.
    pub depth: u32,
    /// Threads parked.
    pub waiters: u32,
    /// Threads counted as active.
    pub active: u32,
}

/// A property that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The property.
    pub property: String,
    /// The step (from 0) that broke it; none if the first state or the end did.
    pub step: Option<usize>,
    /// What was wrong.
    pub sentence: String,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// How; none if it was cut off.
    pub kind: Option<EndingKind>,
    /// Who waits for what, in sentences.
    pub reasons: Vec<String>,
    /// What tells this end from others.
    pub outcome: String,
}

/// Something an observer outside could have logged.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub at: Ticks,
    /// What.
    pub what: Happening,
}

/// What can be logged. Threads are actors, by number.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// A thread makes a call.
    Call {
        /// Joins it to its return.
        id: u64,
        /// Who.
        thread: usize,
        /// The call.
        call: Call,
    },
    /// The call returns.
    Return {
        /// That of the call.
        id: u64,
        /// Who.
        thread: usize,
        /// What it gives back.
        result: Return,
    },
    /// A thread is seen waiting inside its call.
    Waiting {
        /// Who.
        thread: usize,
    },
    /// A thread waits for something outside the model.
    Block {
        /// Who.
        thread: usize,
    },
    /// That wait ends.
    Unblock {
        /// Who.
        thread: usize,
    },
    /// A thread exits.
    Exit {
        /// Who.
        thread: usize,
    },
    /// Somebody outside does something to a file.
    Arrive {
        /// Which.
        file: FileId,
        /// What.
        what: Arrival,
    },
    /// A device completes an operation: an effect that no call makes.
    Device {
        /// What is seen of it.
        effect: Effect,
    },
}
