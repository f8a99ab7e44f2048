//! What can be asked for: by a key on the screen (the same keys as in the page), or by a word.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::saving::Existing;

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
    Hide(String),
    AskHide,
    Save(String, Existing),
    AskSave,
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
            'o' => Command::AskHide,
            'x' => Command::AskSave,
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
            "o" => Command::Hide(rest.trim().to_owned()),
            "x" if !rest.trim().is_empty() => Command::Save(rest.trim().to_owned(), Existing::Keep),
            "x!" if !rest.trim().is_empty() => {
                Command::Save(rest.trim().to_owned(), Existing::Replace)
            }
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
    use iocp_viz::keys::{Place, keys};

    use super::*;

    /// The keys of the table, one by one, with their names.
    fn listed() -> Vec<(KeyCode, KeyModifiers)> {
        let named = |name: &str| match name {
            "Right" => KeyCode::Right,
            "Left" => KeyCode::Left,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "Space" => KeyCode::Char(' '),
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "Esc" => KeyCode::Esc,
            letter => KeyCode::Char(letter.parse().expect("a letter")),
        };
        let one = |key: &str| {
            let (modifier, key) = match key.split_once('+') {
                Some(("Shift", key)) => (KeyModifiers::SHIFT, key),
                Some(("Ctrl", key)) => (KeyModifiers::CONTROL, key),
                _ => (KeyModifiers::NONE, key),
            };
            match key {
                "1-9" => ('1'..='9').map(|digit| (KeyCode::Char(digit), modifier)).collect(),
                key => vec![(named(key), modifier)],
            }
        };
        keys(Place::Terminal).flat_map(|key| key.keys.split(", ").flat_map(one)).collect()
    }

    #[test]
    fn the_list_has_every_key_that_does_something_and_no_other() {
        // Other names of listed keys, as everybody's terminal has them.
        const ALIASES: [KeyCode; 4] =
            [KeyCode::Enter, KeyCode::Backspace, KeyCode::Up, KeyCode::Down];
        let listed = listed();
        let named = [
            KeyCode::Right,
            KeyCode::Left,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Insert,
            KeyCode::Delete,
            KeyCode::Enter,
            KeyCode::Backspace,
            KeyCode::Tab,
            KeyCode::Esc,
            KeyCode::F(1),
        ];
        for code in named.into_iter().chain((' '..='~').map(KeyCode::Char)) {
            for modifier in [KeyModifiers::NONE, KeyModifiers::CONTROL] {
                let does = Command::of_key(code, modifier).is_some();
                let told = listed.contains(&(code, modifier))
                    || modifier == KeyModifiers::NONE && ALIASES.contains(&code);
                assert_eq!(does, told, "{code:?} with {modifier:?}");
            }
        }
        for (code, modifier) in listed {
            assert!(Command::of_key(code, modifier).is_some(), "{code:?} with {modifier:?}");
        }
        let shifted = |code| Command::of_key(code, KeyModifiers::SHIFT);
        assert_ne!(shifted(KeyCode::Right), Some(Command::Forward));
        assert_ne!(shifted(KeyCode::Left), Some(Command::Back));
    }

    #[test]
    fn every_word_of_the_list_asks_for_something() {
        for key in keys(Place::Terminal) {
            let words = key.words.split(", ");
            for word in words.filter(|word| !["", "...", "Enter"].contains(word)) {
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
