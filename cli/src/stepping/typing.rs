//! What is typed at the foot of the screen, letter by letter, and what becomes of it.

use super::app::App;
use super::errands;
use super::layer::{Layer, Purpose};
use super::saving::{self, Existing};

/// Characters of a filter or a number.
const TYPED_MAX: usize = 60;
/// Characters of the name of a file.
const NAME_MAX: usize = 1000;

impl Purpose {
    /// What is asked for, in front of what is typed.
    pub(super) fn prompt(self, app: &App) -> String {
        match self {
            Purpose::Filter => "only steps with: ".to_owned(),
            Purpose::Hide => "no steps with: ".to_owned(),
            Purpose::Step => "go to step: ".to_owned(),
            Purpose::Lesson => "lesson: ".to_owned(),
            Purpose::Save => "save as: ".to_owned(),
            Purpose::Replace => format!("{} is there already; replace it, y or n: ", app.target),
        }
    }

    fn room(self) -> usize {
        if self == Purpose::Save { NAME_MAX } else { TYPED_MAX }
    }
}

impl App {
    /// Asks for something to be typed.
    pub(super) fn type_in(&mut self, purpose: Purpose) {
        let text = match purpose {
            Purpose::Filter => self.filter.clone(),
            Purpose::Hide => self.hide.clone(),
            Purpose::Save => saving::offered(self),
            Purpose::Step | Purpose::Lesson | Purpose::Replace => String::new(),
        };
        if purpose == Purpose::Lesson {
            self.lessons = errands::lessons(self.progress.as_deref());
        }
        self.cover(Layer::Typing { purpose, text });
    }

    /// A character for what is being typed; `None` ends it, `Some('\u{8}')` takes one back.
    pub(crate) fn typed(&mut self, letter: Option<char>) {
        let Layer::Typing { purpose, text } = &mut self.layer else { return };
        match letter {
            Some('\u{8}') => {
                text.pop();
            }
            Some(letter) if letter.is_control() || text.chars().count() >= purpose.room() => {}
            Some(letter) => text.push(letter),
            None => {
                let (purpose, text) = (*purpose, std::mem::take(text));
                self.layer = Layer::Panels;
                self.has_typed(purpose, text.trim());
            }
        }
    }

    fn has_typed(&mut self, purpose: Purpose, text: &str) {
        match (purpose, text.parse()) {
            (Purpose::Filter, _) => self.filter = text.to_owned(),
            (Purpose::Hide, _) => self.hide = text.to_owned(),
            (Purpose::Step, Ok(step)) => self.go(step),
            (Purpose::Step, Err(_)) => self.message = format!("`{text}` is no step"),
            (Purpose::Lesson, Ok(number)) => self.open_lesson(number),
            (Purpose::Lesson | Purpose::Save, _) if text.is_empty() => {}
            (Purpose::Lesson, Err(_)) => self.message = format!("`{text}` is no lesson"),
            (Purpose::Save, _) => {
                text.clone_into(&mut self.target);
                if self.save(text, Existing::Keep) == Some(false) {
                    self.message.clear();
                    self.type_in(Purpose::Replace);
                }
            }
            (Purpose::Replace, _) if ["y", "Y", "yes"].contains(&text) => {
                let target = self.target.clone();
                self.save(&target, Existing::Replace);
            }
            (Purpose::Replace, _) => self.message = format!("{} stays as it is", self.target),
        }
    }

    /// Saves the branch, and says so; whether it was saved, if nothing went wrong.
    pub(super) fn save(&mut self, name: &str, existing: Existing) -> Option<bool> {
        let saved = saving::save_branch(self, name, existing);
        self.message = match &saved {
            Ok(true) => format!("saved as {name}"),
            Ok(false) => format!("{name} is there already; x! {name} replaces it"),
            Err(failure) => failure.in_a_line(),
        };
        saved.ok()
    }
}
