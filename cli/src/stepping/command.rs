//! What can be asked for: by a key on the screen (the same keys as in the page), or by a word.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Forward,
    Back,
    NextCall,
    PreviousCall,
    First,
    Last,
    Play,
    /// One of what is possible, from 1; or an answer.
    Choose(usize),
    GoTo(usize),
    AskWhere,
    Filter(String),
    AskFilter,
    RunOn,
    NextBranch,
    Difference,
    Why,
    WhyUp,
    WhyDown,
    Link,
    Predict,
    Micro,
    Theme,
    Handles,
    Edit,
    Lessons,
    Lesson(usize),
    Help,
    Quit,
    Interrupt,
}

/// A key of the help: what to press, the word for it where there are no keys, what it does.
pub(crate) type Help = (&'static str, &'static str, &'static str);

/// The keys, as the help lists them.
pub(crate) const KEYS: [Help; 23] = [
    ("Right", "Enter", "the next step"),
    ("Left", "back", "the step before"),
    ("Shift+Right", "call", "to the end of the next call"),
    ("Shift+Left", "uncall", "to the call before"),
    ("Home, End", "first, last", "the beginning, the end"),
    ("1-9", "1, 2, ...", "let that happen; before the end: in a new branch"),
    ("Space", "", "play, stop"),
    ("b", "b", "the next branch"),
    ("d", "d", "where this branch and the one before it part"),
    ("p", "p", "predict: a question before each step that has one"),
    ("m", "m", "micro-steps: the effects of a step one by one"),
    ("w", "w", "why, over the whole screen"),
    ("h", "h", "handles and references, over the whole screen"),
    ("PgUp, PgDn", "", "read on in why, in handles, in this list"),
    ("/", "/TEXT", "only steps whose words contain a text"),
    ("g", "g N", "go to a step"),
    ("r", "r", "run on from the end, everybody in turn"),
    ("e", "e", "edit the scenario in $EDITOR, then step through that"),
    ("l", "l, l N", "the lessons, one of them"),
    ("s", "s", "the command that comes back to this very step"),
    ("t", "", "colours or none"),
    ("?", "?", "this list"),
    ("q, Esc", "q", "stop, or leave what is open"),
];

impl Command {
    /// What a key asks for while nothing else is open.
    pub(crate) fn of_key(code: KeyCode, modifiers: KeyModifiers) -> Option<Command> {
        let shift = modifiers.contains(KeyModifiers::SHIFT);
        if modifiers.contains(KeyModifiers::CONTROL) {
            return (code == KeyCode::Char('c')).then_some(Command::Interrupt);
        }
        if modifiers.contains(KeyModifiers::ALT) {
            return None;
        }
        Some(match code {
            KeyCode::Right if shift => Command::NextCall,
            KeyCode::Left if shift => Command::PreviousCall,
            KeyCode::Right | KeyCode::Enter => Command::Forward,
            KeyCode::Left | KeyCode::Backspace => Command::Back,
            KeyCode::Home => Command::First,
            KeyCode::End => Command::Last,
            KeyCode::PageUp | KeyCode::Up => Command::WhyUp,
            KeyCode::PageDown | KeyCode::Down => Command::WhyDown,
            KeyCode::Esc => Command::Quit,
            KeyCode::Char(letter) => return Command::of_letter(letter),
            _ => return None,
        })
    }

    fn of_letter(letter: char) -> Option<Command> {
        Some(match letter {
            ' ' => Command::Play,
            '1'..='9' => Command::Choose(letter as usize - '0' as usize),
            'g' => Command::AskWhere,
            '/' => Command::AskFilter,
            'r' => Command::RunOn,
            'b' => Command::NextBranch,
            'd' => Command::Difference,
            'w' => Command::Why,
            's' => Command::Link,
            'p' => Command::Predict,
            'm' => Command::Micro,
            't' => Command::Theme,
            'h' => Command::Handles,
            'e' => Command::Edit,
            'l' => Command::Lessons,
            '?' => Command::Help,
            'q' => Command::Quit,
            _ => return None,
        })
    }

    /// What a line asks for.
    pub(crate) fn of_line(line: &str) -> Option<Command> {
        let line = line.trim();
        if let Some(filter) = line.strip_prefix('/') {
            return Some(Command::Filter(filter.trim().to_owned()));
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match word {
            "" | "n" | "next" => Command::Forward,
            "<" | "back" => Command::Back,
            "call" => Command::NextCall,
            "uncall" => Command::PreviousCall,
            "first" => Command::First,
            "last" => Command::Last,
            "g" | "go" => Command::GoTo(rest.trim().parse().ok()?),
            "l" | "lesson" if !rest.trim().is_empty() => Command::Lesson(rest.trim().parse().ok()?),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => {
                Command::Choose(number.parse().ok()?)
            }
            letter if letter.chars().count() == 1 => {
                let command = Command::of_letter(letter.chars().next()?)?;
                (!matches!(command, Command::AskWhere | Command::Play | Command::Theme))
                    .then_some(command)?
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_help_does_something() {
        let named = |name: &str| match name {
            "Right" => KeyCode::Right,
            "Left" => KeyCode::Left,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "Space" => KeyCode::Char(' '),
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "Esc" => KeyCode::Esc,
            letter => KeyCode::Char(letter.chars().next().expect("a letter")),
        };
        for (keys, words, _) in KEYS {
            for key in keys.split(", ") {
                let (shift, key) = match key.strip_prefix("Shift+") {
                    Some(key) => (KeyModifiers::SHIFT, key),
                    None => (KeyModifiers::NONE, key),
                };
                assert!(Command::of_key(named(key), shift).is_some(), "{key}");
            }
            for word in words.split(", ").filter(|word| !["", "...", "Enter"].contains(word)) {
                let word = word.replace('N', "3");
                assert!(Command::of_line(&word).is_some(), "{word}");
            }
        }
    }

    #[test]
    fn control_c_interrupts_and_other_control_keys_do_nothing() {
        let control = |letter| Command::of_key(KeyCode::Char(letter), KeyModifiers::CONTROL);
        assert_eq!(control('c'), Some(Command::Interrupt));
        assert_eq!(control('q'), None);
    }

    #[test]
    fn what_is_no_word_asks_for_nothing() {
        for line in ["nonsense", "g", "g x", "99999999999999999999", "\u{0}", "zz"] {
            assert_eq!(Command::of_line(line), None, "{line}");
        }
    }
}
