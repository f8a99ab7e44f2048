//! Where we are in a session, and what each command changes.

use std::path::PathBuf;

use iocp_viz::session::{Session, first_difference, question};

use super::command::Command;
use super::layer::{Errand, Layer, Purpose};
use crate::exit::Exit;

/// Steps that `run on` takes at most.
const RUN_ON: usize = 1000;

/// A session being stepped through.
pub(crate) struct App {
    pub(crate) session: Session,
    /// The scenario and its settings, as arguments of a command line.
    pub(crate) arguments: String,
    /// The branch we look at.
    pub(crate) branch: usize,
    /// After how many steps.
    pub(crate) at: usize,
    /// Inside the next step: after how many of its effects.
    pub(crate) part: usize,
    pub(crate) micro: bool,
    pub(crate) predict: bool,
    pub(crate) playing: bool,
    pub(crate) filter: String,
    /// What no step of the log is to have in its words.
    pub(crate) hide: String,
    /// The file to save to, while it is asked whether it is to be replaced.
    pub(super) target: String,
    /// The file that the scenario was edited in.
    pub(crate) draft: Option<PathBuf>,
    /// Where the progress of the learner is, if it was said.
    pub(crate) progress: Option<PathBuf>,
    /// The lessons and what has been done of them, when they were asked for last.
    pub(crate) lessons: Vec<String>,
    /// What is to be done elsewhere next.
    pub(crate) errand: Option<Errand>,
    /// Lines of *why*, or of what lies over it, that are above its window.
    pub(crate) why_from: usize,
    pub(crate) layer: Layer,
    /// What there is to say about the last command.
    pub(crate) message: String,
    /// Right answers and all answers.
    pub(crate) score: (u32, u32),
    /// The place whose question has been answered.
    answered: Option<(usize, usize)>,
    /// How it ends, once it does.
    pub(crate) exit: Option<Exit>,
    /// Asked for with `t`: colours or none.
    pub(crate) theme_changes: usize,
}

impl App {
    pub(crate) fn new(session: Session, arguments: String) -> App {
        App {
            session,
            arguments,
            branch: 0,
            at: 0,
            part: 0,
            micro: false,
            predict: false,
            playing: false,
            filter: String::new(),
            hide: String::new(),
            target: String::new(),
            draft: None,
            progress: None,
            lessons: vec![],
            errand: None,
            why_from: 0,
            layer: Layer::Panels,
            message: String::new(),
            score: (0, 0),
            answered: None,
            exit: None,
            theme_changes: 0,
        }
    }

    /// The number of steps of this branch.
    pub(crate) fn len(&self) -> usize {
        self.session.branches[self.branch].len()
    }

    /// Goes to a place of this branch.
    pub(crate) fn go(&mut self, at: usize) {
        self.at = at.min(self.len());
        self.part = 0;
        self.why_from = 0;
    }

    /// Does what is asked.
    pub(crate) fn obey(&mut self, command: Command) {
        self.message.clear();
        if command != Command::Play && command != Command::Forward {
            self.playing = false;
        }
        if let Layer::Asked { .. } = self.layer {
            return self.answer(command);
        }
        let closes =
            matches!(command, Command::Quit | Command::Help | Command::Why | Command::Handles);
        if self.layer != Layer::Panels && closes {
            self.layer = Layer::Panels;
            self.why_from = 0;
            return;
        }
        match command {
            Command::Forward => self.forward(),
            Command::Back => self.back(),
            Command::NextCall => {
                let calls = |step: &usize| self.is_call(*step);
                let to = (self.at..self.len()).find(calls).map_or(self.len(), |step| step + 1);
                self.go(to);
            }
            Command::PreviousCall => {
                let calls = |step: &usize| self.is_call(*step);
                let before = (0..self.at.saturating_sub(1)).rev().find(calls);
                self.go(before.map_or(0, |step| step + 1));
            }
            Command::First => self.go(0),
            Command::Last => self.go(self.len()),
            Command::Play => self.playing = !self.playing && self.at < self.len(),
            Command::Choose(number) => self.choose(number),
            Command::GoTo(step) => self.go(step),
            Command::AskWhere => self.type_in(Purpose::Step),
            Command::AskFilter => self.type_in(Purpose::Filter),
            Command::Lessons => self.type_in(Purpose::Lesson),
            Command::Lesson(number) => self.open_lesson(number),
            Command::Edit => self.errand = Some(Errand::Edit),
            Command::Filter(text) => self.filter = text,
            Command::AskHide => self.type_in(Purpose::Hide),
            Command::Hide(text) => self.hide = text,
            Command::AskSave => self.type_in(Purpose::Save),
            Command::Save(name, existing) => {
                self.save(&name, existing);
            }
            Command::RunOn => self.run_on(),
            Command::NextBranch => self.next_branch(),
            Command::Difference => self.difference(),
            Command::Why => self.cover(Layer::Why),
            Command::Handles => self.cover(Layer::Handles),
            Command::WhyUp => self.why_from = self.why_from.saturating_sub(1),
            Command::WhyDown => self.why_from = self.why_from.saturating_add(1),
            Command::Link => self.message = self.link(),
            Command::Predict => self.change_predicting(),
            Command::Micro => {
                self.micro = !self.micro;
                self.part = 0;
                let word = if self.micro { "effect" } else { "step" };
                self.message = format!("one {word} at a time");
            }
            Command::Theme => self.theme_changes += 1,
            Command::Help => self.cover(Layer::Help),
            Command::Quit => self.exit = Some(Exit::Holds),
            Command::Interrupt => self.exit = Some(Exit::Interrupted),
        }
    }

    fn change_predicting(&mut self) {
        self.predict = !self.predict;
        self.answered = None;
        self.message = match self.predict {
            true => "predicting: a question comes before each step that has one".to_owned(),
            false => "no more questions".to_owned(),
        };
    }

    pub(super) fn cover(&mut self, layer: Layer) {
        self.layer = layer;
        self.why_from = 0;
    }

    pub(super) fn open_lesson(&mut self, number: usize) {
        let count = iocp_viz::lessons::entries().len();
        match (1..=count).contains(&number) {
            true => self.errand = Some(Errand::Lesson(number)),
            false => self.message = format!("the lessons are 1 to {count}"),
        }
    }

    /// Another scenario in the place of this one, from its beginning.
    pub(super) fn replace(&mut self, session: Session, arguments: String) {
        self.session = session;
        self.arguments = arguments;
        self.branch = 0;
        self.go(0);
        self.filter.clear();
        self.hide.clear();
        self.answered = None;
        self.layer = Layer::Panels;
    }

    /// The effects of a step of this branch.
    fn effects(&self, step: usize) -> usize {
        let branch = &self.session.branches[self.branch];
        branch.step(step).map_or(0, |taken| taken.step.effects.len())
    }

    fn is_call(&self, step: usize) -> bool {
        let branch = &self.session.branches[self.branch];
        branch.step(step).is_some_and(|taken| taken.is_call)
    }

    fn forward(&mut self) {
        self.why_from = 0;
        if self.at >= self.len() {
            self.playing = false;
            let ended = self.session.branches[self.branch].stepper(self.at).ended().is_some();
            self.message = match ended {
                true => "nothing more can happen".to_owned(),
                false => "this branch ends here: a number goes on, r runs on".to_owned(),
            };
            return;
        }
        if self.predict && self.part == 0 && self.answered != Some((self.branch, self.at)) {
            let asked = question(&mut self.session.branches[self.branch], self.at);
            if let Some(question) = asked {
                self.playing = false;
                self.layer = Layer::Asked { question, picked: None };
                return;
            }
        }
        if self.micro && self.part + 1 < self.effects(self.at) {
            self.part += 1;
        } else {
            self.go(self.at + 1);
        }
    }

    fn back(&mut self) {
        self.why_from = 0;
        if self.part > 0 {
            self.part -= 1;
        } else if self.at > 0 {
            self.go(self.at - 1);
            if self.micro {
                self.part = self.effects(self.at).saturating_sub(1);
            }
        }
    }

    fn choose(&mut self, number: usize) {
        let offers = self.session.branches[self.branch].stepper(self.at).offers();
        let Some(offer) = number.checked_sub(1).and_then(|index| offers.get(index)) else {
            self.message = match offers.len() {
                0 => "nothing more can happen".to_owned(),
                count => format!("there are {count} possibilities, 1 to {count}"),
            };
            return;
        };
        let branches = self.session.branches.len();
        match self.session.step(self.branch, self.at, offer.choice) {
            Ok((branch, at)) => {
                self.branch = branch;
                self.go(at);
                if self.session.branches.len() > branches {
                    let new = branch + 1;
                    self.message = format!("branch {new} begins here; the old one stays (b)");
                }
            }
            Err(error) => self.message = error.to_string(),
        }
    }

    fn run_on(&mut self) {
        let before = self.len();
        match self.session.run_on(self.branch, RUN_ON, None) {
            Ok(length) if length > before => {
                self.message = format!("{} steps more, everybody in turn", length - before);
            }
            Ok(_) => self.message = "nothing more can happen".to_owned(),
            Err(error) => self.message = error.to_string(),
        }
    }

    fn next_branch(&mut self) {
        let count = self.session.branches.len();
        if count == 1 {
            self.message = "there is one branch; a number before its end begins another".to_owned();
            return;
        }
        self.branch = (self.branch + 1) % count;
        self.go(self.at);
    }

    fn difference(&mut self) {
        let count = self.session.branches.len();
        if count == 1 {
            self.message = "there is nothing to compare with: one branch".to_owned();
            return;
        }
        let parted = self.session.branches[self.branch].parted.map(|parted| parted.from);
        let other = parted.unwrap_or((self.branch + count - 1) % count);
        let branches = &self.session.branches;
        match first_difference(&branches[self.branch], &branches[other]) {
            None => self.message = format!("branch {} is the same in every word", other + 1),
            Some(found) => {
                let first = |side: &[String]| {
                    side.first().map_or("it ends", String::as_str).trim_end_matches('.').to_owned()
                };
                self.message = format!(
                    "step {}: here {}; in branch {} {}",
                    found.at + 1,
                    first(&found.left),
                    other + 1,
                    first(&found.right)
                );
                self.go(found.at + 1);
            }
        }
    }

    /// The command that comes back here.
    fn link(&mut self) -> String {
        let arguments = &self.arguments;
        match self.session.schedule(self.branch) {
            Ok(schedule) => format!("iocp step {arguments} --replay {schedule} --at {}", self.at),
            Err(error) => error.to_string(),
        }
    }

    /// While a question is open: an answer, then on.
    fn answer(&mut self, command: Command) {
        let Layer::Asked { question, picked } = &mut self.layer else { return };
        match (command, &picked) {
            (Command::Interrupt, _) => self.exit = Some(Exit::Interrupted),
            (Command::Quit, _) => self.layer = Layer::Panels,
            (Command::Choose(number), None) if (1..=question.options.len()).contains(&number) => {
                *picked = Some(number - 1);
                let right = question.options[number - 1] == question.answer;
                self.score.0 += u32::from(right);
                self.score.1 += 1;
            }
            (Command::Choose(_), None) => {
                self.message = format!("the answers are 1 to {}", question.options.len());
            }
            (Command::Forward | Command::Play, Some(_)) => {
                self.layer = Layer::Panels;
                self.answered = Some((self.branch, self.at));
                self.forward();
            }
            (Command::Forward, None) => {
                "first an answer; Esc leaves it".clone_into(&mut self.message)
            }
            _ => {}
        }
    }
}
