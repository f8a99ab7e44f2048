//! A lesson as a dialogue: one line in, some lines out. With a person at a terminal there are
//! prompts; from a pipe the same lines do the same things.

use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use iocp_scenarios::lesson::{Lesson, Task};
use iocp_scenarios::{Scenario, Settings};
use iocp_viz::session::Session;

use super::{grade, next, show, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::learner::Learner;
use crate::stepping::{self, App};
use crate::terminal::{BOLD, DIM, Terminal, complain};

/// A longer line is nobody's.
const LINE_BYTES_MAX: u64 = 4096;
/// Steps of a run to be stepped through.
const STEPS_MAX: usize = 1000;

/// How far a lesson is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Question,
    Exercise,
}

/// What a line asks for.
enum Wish {
    Number(usize),
    Next,
    Again,
    Hint,
    Write(PathBuf),
    Check(PathBuf),
    Step(Option<PathBuf>),
    Help,
    Quit,
    Unknown,
}

const HELP: &str = "\
  1, 2, ...     answer the question
  h             a hint for the exercise
  w [FILE]      write the file that the exercise begins with
  c [FILE]      check the file
  s [FILE]      step through the scenario, or through yours
  a             the text again
  n or Enter    go on: to the exercise, to the next lesson
  q             stop; `iocp learn` goes on here";

struct Dialogue<'a> {
    learner: &'a mut Learner,
    terminal: &'a mut Terminal,
    /// Somebody sees prompts.
    prompts: bool,
}

pub(super) fn run(
    lesson: Lesson,
    learner: &mut Learner,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let prompts = std::io::stdin().is_terminal();
    let mut dialogue = Dialogue { learner, terminal, prompts };
    let mut lesson = Some(lesson);
    while let Some(current) = lesson {
        lesson = dialogue.lesson(&current)?;
    }
    Ok(Exit::Holds)
}

impl Dialogue<'_> {
    /// One lesson; which comes next, if the learner wants one.
    fn lesson(&mut self, lesson: &Lesson) -> Result<Option<Lesson>, Failure> {
        let done = self.learner.of(&lesson.name);
        let mut at = At::Question;
        show::question(lesson, self.terminal);
        if done.answered.is_some() && !done.solved {
            self.terminal.line("You have answered this; the exercise is to do.");
            self.terminal.line("");
            at = self.exercise(lesson);
        }
        loop {
            let Some(line) = self.ask(lesson, at)? else { return Ok(None) };
            match (wish(&line, lesson), at) {
                (Wish::Quit, _) => {
                    self.said_where();
                    return Ok(None);
                }
                (Wish::Number(number), At::Question) => {
                    let Some(chosen) =
                        number.checked_sub(1).filter(|chosen| *chosen < lesson.choices.len())
                    else {
                        let count = lesson.choices.len();
                        self.terminal.line(&format!("The answers are 1 to {count}."));
                        continue;
                    };
                    let answer = grade::give(lesson, chosen, self.learner, self.terminal)?;
                    show::verdict(lesson, chosen, &answer, self.terminal);
                    at = self.exercise(lesson);
                }
                (Wish::Next, At::Question) => {
                    self.terminal.line("First a guess: it is remembered better than an answer.");
                }
                (Wish::Next, At::Exercise) => return Ok(self.after(lesson)),
                (Wish::Hint, At::Exercise) => show::prose(&lesson.exercise.hint, self.terminal),
                (Wish::Write(path), At::Exercise) => self.write(lesson, &path),
                (Wish::Check(path), At::Exercise) => self.check(lesson, &path),
                (Wish::Step(file), At::Exercise) => self.step(lesson, file.as_deref()),
                (Wish::Again, At::Question) => show::question(lesson, self.terminal),
                (Wish::Again, At::Exercise) => {
                    show::question(lesson, self.terminal);
                    self.exercise(lesson);
                }
                (Wish::Hint | Wish::Write(_) | Wish::Check(_) | Wish::Step(_), At::Question) => {
                    self.terminal.line("That is for the exercise; first the question.");
                }
                (Wish::Number(_), At::Exercise) => {
                    self.terminal.line("The question is answered; `a` shows it again.");
                }
                (Wish::Help | Wish::Unknown, _) => self.terminal.line(HELP),
            }
        }
    }

    fn exercise(&mut self, lesson: &Lesson) -> At {
        show::exercise(lesson, self.terminal);
        At::Exercise
    }

    /// The next line; `None` at the end of the input.
    fn ask(&mut self, lesson: &Lesson, at: At) -> Result<Option<String>, Failure> {
        if self.prompts {
            let what = match at {
                At::Question => format!("your answer, 1 to {}", lesson.choices.len()),
                At::Exercise => format!("w writes {}, c checks it, n goes on", file_of(lesson)),
            };
            self.terminal.print(&format!("{BOLD}{what}{BOLD:#} {DIM}(? for help){DIM:#} > "));
        }
        self.terminal.flush()?;
        let mut line = String::new();
        let read = std::io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line);
        match read {
            Ok(0) => {
                self.terminal.line("");
                self.said_where();
                Ok(None)
            }
            Ok(_) => {
                if !self.prompts {
                    self.terminal.line(&format!("> {}", line.trim()));
                }
                Ok(Some(line.trim().to_owned()))
            }
            Err(error) => {
                Err(Failure::bad_input(format!("standard input cannot be read: {error}")))
            }
        }
    }

    fn said_where(&mut self) {
        if let Some(path) = self.learner.path() {
            let text = format!("{DIM}Your progress is in {}.{DIM:#}", shown(path));
            self.terminal.line(&text);
        }
    }

    fn write(&mut self, lesson: &Lesson, path: &Path) {
        match grade::write_start(lesson, path) {
            Ok(()) => {
                let text = format!("{} is there. Change it, then check it.", shown(path));
                self.terminal.line(&text);
            }
            Err(failure) => self.complain(&failure),
        }
    }

    fn check(&mut self, lesson: &Lesson, path: &Path) {
        let judged = grade::read(lesson, path, self.terminal).and_then(|attempt| {
            let checked = grade::judge(lesson, &attempt, self.learner, self.terminal)?;
            Ok((attempt, checked))
        });
        match judged {
            Ok((attempt, checked)) => show::result(lesson, &attempt, &checked, self.terminal),
            Err(failure) => self.complain(&failure),
        }
    }

    /// The scenario of the question, or the learner's, by hand.
    fn step(&mut self, lesson: &Lesson, file: Option<&Path>) {
        let session = match file {
            None => match lesson.stage.scenario() {
                Some(scenario) => session(scenario.clone(), &lesson.stage.settings),
                None => return self.terminal.line("This lesson is about a trace."),
            },
            Some(file) => grade::read(lesson, file, self.terminal).and_then(|attempt| {
                let own = attempt.scenario.as_deref().or(lesson.exercise.stage.scenario());
                let wrong = || Failure::bad_input("there is no scenario to step through");
                session(own.ok_or_else(wrong)?.clone(), &attempt.settings)
            }),
        };
        let stepped = session.and_then(|session| {
            let name = file.map_or_else(|| session.scenario.name().to_owned(), shown);
            let mut app = App::new(session, name);
            app.draft = file.map(Path::to_path_buf);
            app.progress = self.learner.path().map(Path::to_path_buf);
            stepping::step(&mut app, self.terminal)
        });
        if let Err(failure) = stepped {
            self.complain(&failure);
        }
    }

    /// What is wrong is said, and the dialogue goes on.
    fn complain(&mut self, failure: &Failure) {
        // Both streams are one screen: in order.
        let _ = self.terminal.flush();
        complain(failure);
    }

    /// The lesson after this one, or the first that is not done.
    fn after(&mut self, lesson: &Lesson) -> Option<Lesson> {
        let entries = iocp_viz::lessons::entries();
        let here = entries.iter().position(|entry| entry.name == lesson.name)?;
        let following = entries.get(here + 1).and_then(|e| iocp_viz::lessons::find(e.name));
        let following = following.or_else(|| next(self.learner).filter(|n| n.name != lesson.name));
        match &following {
            Some(_) => self.terminal.line(&format!("{DIM}{}{DIM:#}", "-".repeat(40))),
            None => self.terminal.line("That was the last lesson."),
        }
        following
    }
}

fn session(scenario: Scenario, settings: &Settings) -> Result<Session, Failure> {
    Session::new(scenario, settings.clone(), STEPS_MAX)
        .map_err(|error| Failure::bad_input(error.to_string()))
}

/// What the file of an exercise is called if nobody says.
fn file_of(lesson: &Lesson) -> String {
    match lesson.exercise.task {
        Task::Edit => format!("{}.scenario.json", lesson.name),
        Task::Settings | Task::Order => format!("{}.json", lesson.name),
    }
}

fn wish(line: &str, lesson: &Lesson) -> Wish {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let file = || match rest.trim() {
        "" => PathBuf::from(file_of(lesson)),
        name => PathBuf::from(name),
    };
    match word {
        "" | "n" | "next" => Wish::Next,
        "q" | "quit" | "exit" => Wish::Quit,
        "h" | "hint" => Wish::Hint,
        "w" | "write" => Wish::Write(file()),
        "c" | "check" => Wish::Check(file()),
        "s" | "step" => {
            let named = Some(rest.trim()).filter(|name| !name.is_empty());
            Wish::Step(named.map(PathBuf::from))
        }
        "a" | "again" => Wish::Again,
        "?" | "help" => Wish::Help,
        number => number.parse().map_or(Wish::Unknown, Wish::Number),
    }
}
