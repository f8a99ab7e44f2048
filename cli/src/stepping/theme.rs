//! The colours of the panels. Nothing is told by a colour alone: each has a word beside it.

use iocp_scenarios::stepper::Activity;
use ratatui::style::{Color, Modifier, Style};

/// With colours or without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Theme {
    /// The sixteen colours of the terminal, so that light and dark are the terminal's business.
    Colours,
    /// Bold, dim and reversed only.
    None,
}

impl Theme {
    /// The other one.
    pub(super) fn other(self) -> Theme {
        match self {
            Theme::Colours => Theme::None,
            Theme::None => Theme::Colours,
        }
    }

    fn coloured(self, colour: Color) -> Style {
        match self {
            Theme::Colours => Style::new().fg(colour),
            Theme::None => Style::new(),
        }
    }

    pub(super) fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub(super) fn here(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn rule(self) -> Style {
        self.coloured(Color::Cyan)
    }

    pub(super) fn packet(self) -> Style {
        self.coloured(Color::Blue).add_modifier(Modifier::BOLD)
    }

    pub(super) fn good(self) -> Style {
        self.coloured(Color::Green).add_modifier(Modifier::BOLD)
    }

    pub(super) fn wrong(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(super) fn of(self, activity: Activity) -> Style {
        match activity {
            Activity::Running | Activity::Ready | Activity::Spinning => self.coloured(Color::Green),
            Activity::WaitingOnPort => self.coloured(Color::Gray),
            Activity::Blocked => self.coloured(Color::Yellow),
            Activity::NotStarted | Activity::Done => self.faint(),
        }
    }
}

/// The second cue: a word of five letters.
pub(super) fn word(activity: Activity) -> &'static str {
    match activity {
        Activity::Running => "runs ",
        Activity::Ready => "ready",
        Activity::Spinning => "spins",
        Activity::WaitingOnPort => "waits",
        Activity::Blocked => "block",
        Activity::NotStarted => "later",
        Activity::Done => "done ",
    }
}

/// One moment of a lane.
pub(super) fn mark(activity: Activity) -> &'static str {
    match activity {
        Activity::Running => "#",
        Activity::Ready => "+",
        Activity::Spinning => "~",
        Activity::WaitingOnPort => ".",
        Activity::Blocked => "=",
        Activity::NotStarted | Activity::Done => " ",
    }
}
