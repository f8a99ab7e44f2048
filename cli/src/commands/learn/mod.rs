//! `iocp learn`: lessons with a question before the answer, and exercises that the model checks.
//!
//! ```text
//! mod       arguments, which lesson
//! show      a lesson and what the model says, as text
//! dialogue  one line after the other with a person, or with a pipe
//! grade     answers and exercises as commands of their own, for scripts and editors
//! ```

mod dialogue;
mod grade;
mod show;

use std::path::{Path, PathBuf};

use iocp_scenarios::lesson::Lesson;
use iocp_viz::lessons;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::learner::Learner;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  iocp learn                              go on where you stopped
  iocp learn list                         all lessons, and what you have done
  iocp learn answer 3 2                   answer a question without the dialogue
  iocp learn exercise 5 -o mine.scenario.json
  iocp learn check 5 mine.scenario.json   does it solve the exercise?

In the dialogue: a number answers, Enter goes on, ? lists the rest.
A lesson is named by its number or its name. Progress is saved in
$XDG_STATE_HOME/iocp/progress.json (or ~/.local/state, or %LOCALAPPDATA%).";

/// Learn: lessons with questions and exercises, which the model judges
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// The lesson: a number or a name; without it, the first that is not done
    lesson: Option<String>,
    /// Where your progress is saved
    #[arg(long, value_name = "FILE", global = true)]
    progress: Option<PathBuf>,
}

/// One thing at a time.
#[derive(clap::Subcommand)]
enum What {
    /// All lessons, and what you have done of them
    List {
        /// Print an array
        #[arg(long)]
        json: bool,
    },
    /// A lesson from its beginning, as a dialogue
    Start {
        /// A number or a name
        lesson: String,
    },
    /// The text and the question of a lesson
    Show {
        /// A number or a name
        lesson: String,
    },
    /// Answer the question of a lesson
    Answer {
        /// A number or a name
        lesson: String,
        /// The number of the answer
        answer: usize,
        /// Print an object
        #[arg(long)]
        json: bool,
    },
    /// The exercise of a lesson, and the file it begins with
    Exercise {
        /// A number or a name
        lesson: String,
        /// Write the file there
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// A hint too
        #[arg(long)]
        hint: bool,
    },
    /// Check what you have made of an exercise
    Check {
        /// A number or a name
        lesson: String,
        /// Your file, or - for standard input
        file: PathBuf,
        /// Print an object
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let open = |terminal: &Terminal| Learner::open(arguments.progress.as_deref(), terminal);
    match &arguments.what {
        None => {
            let mut learner = open(terminal)?;
            let lesson = match &arguments.lesson {
                Some(name) => find(name)?,
                None => match next(&learner) {
                    Some(lesson) => lesson,
                    None => {
                        terminal.line("You have done every lesson. `iocp learn list` lists them.");
                        return Ok(Exit::Holds);
                    }
                },
            };
            dialogue::run(lesson, &mut learner, terminal)
        }
        Some(What::Start { lesson }) => {
            let lesson = find(lesson)?;
            dialogue::run(lesson, &mut open(terminal)?, terminal)
        }
        Some(What::List { json }) => {
            let learner = open(terminal)?;
            show::list(&learner, *json, terminal);
            Ok(Exit::Holds)
        }
        Some(What::Show { lesson }) => {
            show::question(&find(lesson)?, terminal);
            Ok(Exit::Holds)
        }
        Some(What::Answer { lesson, answer, json }) => {
            let lesson = find(lesson)?;
            grade::answer(&lesson, *answer, *json, &mut open(terminal)?, terminal)
        }
        Some(What::Exercise { lesson, output, hint }) => {
            grade::exercise(&find(lesson)?, output.as_deref(), *hint, terminal)
        }
        Some(What::Check { lesson, file, json }) => {
            let lesson = find(lesson)?;
            grade::check(&lesson, file, *json, &mut open(terminal)?, terminal)
        }
    }
}

/// A lesson as a dialogue in the middle of something else.
pub(crate) fn teach(
    number: usize,
    progress: Option<&Path>,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let lesson = find(&number.to_string())?;
    let mut learner = Learner::open(progress, terminal)?;
    dialogue::run(lesson, &mut learner, terminal)
}

/// The lesson of a number or a name.
fn find(name: &str) -> Result<Lesson, Failure> {
    lessons::find(name).ok_or_else(|| {
        let count = lessons::entries().len();
        Failure::bad_input(format!("there is no lesson `{name}`"))
            .help(format!("`iocp learn list` lists the lessons, 1 to {count}"))
            .did_you_mean(name, lessons::entries().iter().map(|entry| entry.name))
    })
}

/// The first lesson that is not done.
fn next(learner: &Learner) -> Option<Lesson> {
    let undone = |entry: &&lessons::Entry| {
        let done = learner.of(entry.name);
        done.answered.is_none() || !done.solved
    };
    lessons::find(lessons::entries().iter().find(undone)?.name)
}

/// A path as a command line names it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
