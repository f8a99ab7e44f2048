//! The lessons that come with the tool, and what the model says of their questions and exercises.
//!
//! ```text
//! lesson file --parse--> Lesson --judge--> which answer is right      (every interleaving)
//!               attempt --check--> which goals are met, and a run that shows it
//! ```
//!
//! No answer is written down anywhere: an answer claims something, and the model is asked. Nothing
//! here reads a file or a clock, so the same code runs in a terminal and in a browser.

#[cfg_attr(not(feature = "judge"), path = "all_plainly.rs")]
mod all;
mod check;
mod judge;
#[cfg_attr(not(feature = "judge"), path = "no_trace.rs")]
mod trace;

use iocp_scenarios::lesson::{Attempt, Lesson, Stage};
use iocp_scenarios::run::{Simulation, replay, simulate};
use iocp_scenarios::{Program, Scenario};
use iocp_scheduler::Schedule;
use iocp_scheduler::policy::RoundRobin;

use crate::from_run;
use crate::session::in_words;
use crate::story::Story;

pub use check::{Checked, check};
pub use judge::{Judged, Judgement, Undecided, judge};

/// A lesson file, embedded.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name of the file, without its ending: `03-last-in-first-out`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The page hands its module the texts: they are in the page already.
#[cfg(target_arch = "wasm32")]
static ENTRIES: &[Entry] = &[];

/// The lessons in their order; a test holds this list against the folder.
#[cfg(not(target_arch = "wasm32"))]
static ENTRIES: &[Entry] = &[
    Entry { name: "01-what-a-port-is", text: include_str!("../../lessons/01-what-a-port-is.md") },
    Entry {
        name: "02-packets-and-keys",
        text: include_str!("../../lessons/02-packets-and-keys.md"),
    },
    Entry {
        name: "03-last-in-first-out",
        text: include_str!("../../lessons/03-last-in-first-out.md"),
    },
    Entry {
        name: "04-the-concurrency-value",
        text: include_str!("../../lessons/04-the-concurrency-value.md"),
    },
    Entry {
        name: "05-blocking-and-spinning",
        text: include_str!("../../lessons/05-blocking-and-spinning.md"),
    },
    Entry { name: "06-over-release", text: include_str!("../../lessons/06-over-release.md") },
    Entry {
        name: "07-who-frees-a-slot",
        text: include_str!("../../lessons/07-who-frees-a-slot.md"),
    },
    Entry { name: "08-four-outcomes", text: include_str!("../../lessons/08-four-outcomes.md") },
    Entry {
        name: "09-when-no-packet-comes",
        text: include_str!("../../lessons/09-when-no-packet-comes.md"),
    },
    Entry {
        name: "10-when-a-packet-comes-unexpectedly",
        text: include_str!("../../lessons/10-when-a-packet-comes-unexpectedly.md"),
    },
    Entry {
        name: "11-association-and-references",
        text: include_str!("../../lessons/11-association-and-references.md"),
    },
    Entry {
        name: "12-cancel-and-close",
        text: include_str!("../../lessons/12-cancel-and-close.md"),
    },
    Entry {
        name: "13-shutdown-of-a-worker-pool",
        text: include_str!("../../lessons/13-shutdown-of-a-worker-pool.md"),
    },
    Entry { name: "14-apcs", text: include_str!("../../lessons/14-apcs.md") },
    Entry { name: "15-batches", text: include_str!("../../lessons/15-batches.md") },
    Entry {
        name: "16-how-wine-differs",
        text: include_str!("../../lessons/16-how-wine-differs.md"),
    },
    Entry {
        name: "17-epoll-kqueue-event-ports-io-uring",
        text: include_str!("../../lessons/17-epoll-kqueue-event-ports-io-uring.md"),
    },
    Entry {
        name: "18-be-the-scheduler",
        text: include_str!("../../lessons/18-be-the-scheduler.md"),
    },
    Entry {
        name: "19-judge-wine-yourself",
        text: include_str!("../../lessons/19-judge-wine-yourself.md"),
    },
];

/// All lessons, in their order.
pub fn entries() -> &'static [Entry] {
    ENTRIES
}

/// The lesson of a name or of a number from 1.
///
/// # Panics
/// Never in a tool that was tested: every lesson is read by a test.
pub fn find(name: &str) -> Option<Lesson> {
    let number = name.parse::<usize>().ok().and_then(|number| ENTRIES.get(number.wrapping_sub(1)));
    let entry = number.or_else(|| ENTRIES.iter().find(|entry| entry.name == name))?;
    Some(Lesson::parse(entry.name, entry.text).expect("a test reads every lesson"))
}

/// Which answer of a lesson is right, and what the model says of each.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The right one, from 0.
    pub right: usize,
    /// For each answer what became of its claims.
    pub choices: Vec<Vec<Judged>>,
    /// The scenario or the report that was asked.
    pub judgement: Judgement,
}

/// Asks the model the question of a lesson.
///
/// # Errors
/// The model cannot say, or not exactly one answer is right.
pub fn answer(lesson: &Lesson) -> Result<Answer, Undecided> {
    let claims: Vec<_> = lesson.choices.iter().flat_map(|choice| choice.claims.clone()).collect();
    let judgement = judge(&lesson.stage, &claims)?;
    let mut judged = judgement.claims.iter().cloned();
    let choices: Vec<Vec<Judged>> = lesson
        .choices
        .iter()
        .map(|choice| judged.by_ref().take(choice.claims.len()).collect())
        .collect();
    let holds = |choice: &Vec<Judged>| choice.iter().all(|judged| judged.holds);
    let right: Vec<usize> =
        choices.iter().enumerate().filter(|(_, c)| holds(c)).map(|(at, _)| at).collect();
    match right.as_slice() {
        [right] => Ok(Answer { right: *right, choices, judgement }),
        _ => Err(Undecided::NotOneAnswer(right)),
    }
}

/// A run of a stage as a story: the schedule, or everybody in turn. Nothing for a trace.
pub fn story_of(stage: &Stage, schedule: Option<&Schedule>) -> Option<Story> {
    let scenario = stage.scenario()?;
    let program = scenario.compile(&stage.settings).ok()?;
    Some(told(scenario, &program, schedule))
}

/// A run of what an attempt handed in, as a story.
pub fn story_of_attempt(
    lesson: &Lesson,
    attempt: &Attempt,
    schedule: Option<&Schedule>,
) -> Option<Story> {
    let stage = &lesson.exercise.stage;
    let scenario = attempt.scenario.as_deref().or(stage.scenario())?;
    let settings = check::merged(&stage.settings, &attempt.settings);
    let program = scenario.compile(&settings).ok()?;
    Some(told(scenario, &program, schedule))
}

fn told(scenario: &Scenario, program: &Program, schedule: Option<&Schedule>) -> Story {
    let run = match schedule {
        Some(schedule) => replay(program, schedule, judge::STEPS_MAX).0,
        None => simulate(program, &mut RoundRobin::new(), Simulation::default()),
    };
    let words = in_words(program.semantics());
    let mut story = from_run::story(scenario, program, &run, &words);
    // An example ends where it has shown what it is there for: that it is cut is no news.
    if run.end.kind.is_none() && !story.endings.is_empty() {
        story.endings.remove(0);
    }
    story
}
