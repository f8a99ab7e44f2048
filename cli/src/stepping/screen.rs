//! The terminal: keys in, frames out. It is put back as it was, whatever happens.

use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use super::app::App;
use super::command::Command;
use super::draw::draw;
use super::errands;
use super::layer::Layer;
use super::theme::Theme;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::terminal::Terminal;

/// Between two steps while playing.
const BEAT: Duration = Duration::from_millis(700);
/// How soon a signal is noticed.
const PATIENCE: Duration = Duration::from_millis(200);

/// Shows the session until its reader has had enough.
pub(crate) fn on_screen(
    app: &mut App,
    theme: Theme,
    output: &mut Terminal,
) -> Result<Exit, Failure> {
    interrupt::listen();
    // Also arranges that a panic puts the terminal back before it is reported.
    let mut terminal = ratatui::try_init()
        .map_err(|error| Failure::bad_input(format!("the terminal cannot be used: {error}")))?;
    let shown = show(app, theme, &mut terminal, output);
    ratatui::restore();
    shown.map_err(|error| Failure::bad_input(format!("the terminal has failed: {error}")))
}

fn show(
    app: &mut App,
    theme: Theme,
    terminal: &mut DefaultTerminal,
    output: &mut Terminal,
) -> std::io::Result<Exit> {
    let mut beat = Instant::now();
    loop {
        let theme = if app.theme_changes % 2 == 1 { theme.other() } else { theme };
        terminal.draw(|frame| draw(frame, app, theme))?;
        // A test sees that a panic leaves a usable terminal behind.
        let planted = cfg!(debug_assertions) && std::env::var_os("IOCP_PLANTED_PANIC").is_some();
        assert!(!planted, "a planted panic");
        let patience = match app.playing {
            true => BEAT.saturating_sub(beat.elapsed()).min(PATIENCE),
            false => PATIENCE,
        };
        let mut changed = false;
        while !changed {
            if interrupt::asked() {
                return Ok(Exit::Interrupted);
            }
            if event::poll(patience)? {
                changed = heard(app, &event::read()?);
            }
            if app.playing && beat.elapsed() >= BEAT {
                app.obey(Command::Forward);
                changed = true;
            }
        }
        if beat.elapsed() >= BEAT {
            beat = Instant::now();
        }
        if let Some(exit) = app.exit {
            return Ok(exit);
        }
        if let Some(errand) = app.errand.take() {
            ratatui::restore();
            errands::run(app, &errand, output);
            // What was not written cannot be said on the screen that comes now.
            let _ = output.flush();
            *terminal = ratatui::try_init()?;
        }
    }
}

/// What an event changes; whether there is something new to be drawn.
pub(super) fn heard(app: &mut App, event: &Event) -> bool {
    let key = match event {
        // Some terminals tell the release of a key, too.
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        Event::Resize(..) => return true,
        _ => return false,
    };
    if let Layer::Typing { .. } = app.layer {
        match key.code {
            KeyCode::Enter => app.typed(None),
            KeyCode::Backspace => app.typed(Some('\u{8}')),
            KeyCode::Esc => app.layer = Layer::Panels,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                app.obey(Command::Interrupt);
            }
            KeyCode::Char(letter) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                app.typed(Some(letter));
            }
            _ => return false,
        }
        return true;
    }
    let Some(command) = Command::of_key(key.code, key.modifiers) else { return false };
    app.obey(command);
    true
}
