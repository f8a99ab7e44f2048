//! A scenario stepped through by hand, in a terminal: what is shown, what each key does.
//!
//! ```text
//! command  what can be asked for, and by which key or word
//! app      where we are, and what a command changes
//! view     everything to be shown, as data
//! layer    what lies over the panels     errands  an editor, a lesson
//! typing   what is typed at the foot of the screen
//! saving   a branch as a file
//! draw     panels on a screen of any size
//! panels   what stands in each        theme  their colours
//! spoken   the same as sentences, for pipes and screen readers
//! screen   the terminal itself: keys in, frames out, put back as it was
//! ```
//!
//! Every state comes from a [`Session`](iocp_viz::session::Session); nothing here knows a rule.

mod app;
mod command;
mod draw;
mod errands;
mod layer;
mod panels;
mod saving;
mod screen;
mod spoken;
#[cfg(test)]
mod tests;
mod theme;
mod typing;
mod view;

use std::io::IsTerminal;

pub(crate) use app::App;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use theme::Theme;

/// Steps on the screen where there is one, and in sentences where there is none or none is wanted.
pub(crate) fn step(app: &mut App, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let (input, output) = (std::io::stdin().is_terminal(), std::io::stdout().is_terminal());
    if terminal.plain || !input || !output {
        return spoken::spoken(app, input && output, terminal);
    }
    terminal.flush()?;
    let theme = if terminal.colours { Theme::Colours } else { Theme::None };
    screen::on_screen(app, theme, terminal)
}
