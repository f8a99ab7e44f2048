//! Panels on a screen of any size: what is most needed stays when there is little room.

use iocp_viz::keys::{Place, keys};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::app::App;
use super::layer::{Layer, Purpose};
use super::panels;
use super::saving;
use super::theme::Theme;
use super::view::View;

/// Less than this shows nothing that could be understood.
const COLUMNS_MIN: u16 = 36;
const ROWS_MIN: u16 = 8;
/// From here on the panels stand in two columns.
const COLUMNS_WIDE: u16 = 100;
const ROWS_WIDE: u16 = 20;

/// One frame.
pub(super) fn draw(frame: &mut Frame<'_>, app: &mut App, theme: Theme) {
    let area = frame.area();
    if area.width < COLUMNS_MIN || area.height < ROWS_MIN {
        let text = format!(
            "{COLUMNS_MIN} columns and {ROWS_MIN} rows are needed, there are {} and {}. q stops.",
            area.width, area.height
        );
        let lines = panels::rows(&text, usize::from(area.width.max(1)), theme.heading());
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let view = app.view(usize::from(area.height));
    let foot = panels::rows(&app.message, usize::from(area.width), theme.heading());
    let tall = (foot.len() as u16).clamp(1, area.height / 3);
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(1), Constraint::Length(tall)])
            .areas(area);
    header(frame, head, &view, app, theme);
    if app.layer == Layer::Why {
        why(frame, body, &view, app, theme);
    } else if app.layer == Layer::Handles {
        let rows = panels::handles(&view, usize::from(body.width), theme);
        panel(frame, body, "Handles and references", rows, app.why_from, theme);
    } else if area.width >= COLUMNS_WIDE && area.height >= ROWS_WIDE {
        wide(frame, body, &view, app, theme);
    } else {
        stacked(frame, body, &view, app, theme);
    }
    footer(frame, foot, app, theme);
    match &app.layer {
        Layer::Help => help(frame, body, app.why_from, theme),
        Layer::Asked { .. } => question(frame, body, app, theme),
        Layer::Problems(problems) => {
            let room = usize::from(body.width).saturating_sub(4);
            let rows = problems.iter().flat_map(|text| panels::rows(text, room, theme.wrong()));
            window(frame, body, "Problems", rows.collect(), app.why_from, theme);
        }
        Layer::Typing { purpose: Purpose::Lesson, .. } => {
            listed(frame, body, "Lessons", &app.lessons, theme);
        }
        Layer::Typing { purpose: Purpose::Save, .. } => {
            listed(frame, body, "Save as a file that ends with", &saving::kinds(), theme);
        }
        Layer::Panels | Layer::Why | Layer::Handles | Layer::Typing { .. } => {}
    }
}

/// A window with a line of text after the other.
fn listed(frame: &mut Frame<'_>, area: Rect, name: &str, lines: &[String], theme: Theme) {
    let room = usize::from(area.width).saturating_sub(4);
    let plain = ratatui::style::Style::new();
    let rows = lines.iter().flat_map(|text| panels::rows(text, room, plain));
    window(frame, area, name, rows.collect(), 0, theme);
}

fn header(frame: &mut Frame<'_>, area: Rect, view: &View, app: &App, theme: Theme) {
    let columns = usize::from(area.width);
    let cut = |text: String| text.chars().take(columns).collect::<String>();
    let mut modes = String::new();
    for (on, word) in [(app.micro, "micro"), (app.predict, "predicting"), (app.playing, "playing")]
    {
        if on {
            modes.push_str(", ");
            modes.push_str(word);
        }
    }
    if app.score.1 > 0 {
        modes.push_str(&format!(", {} of {} right", app.score.0, app.score.1));
    }
    let lines = vec![
        Line::styled(cut(view.title.clone()), theme.heading()),
        Line::raw(cut(format!("{}{modes}  ({})", view.place, view.semantics))),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}

fn footer(frame: &mut Frame<'_>, area: Rect, app: &App, theme: Theme) {
    let columns = usize::from(area.width);
    if !app.message.is_empty() && !matches!(app.layer, Layer::Typing { .. }) {
        let rows = panels::rows(&app.message, columns, theme.heading());
        frame.render_widget(Paragraph::new(rows), area);
        return;
    }
    let line = match &app.layer {
        Layer::Typing { purpose, text } => {
            let what = purpose.prompt(app);
            // The end of a long text is what is being written.
            let left = columns.saturating_sub(what.chars().count() + 1);
            let over = text.chars().count().saturating_sub(left);
            let end: String = text.chars().skip(over).collect();
            Line::from(vec![Span::styled(what, theme.heading()), end.into()])
        }
        Layer::Problems(_) => Line::styled("e edits again, Esc goes back", theme.faint()),
        Layer::Help | Layer::Why | Layer::Handles => {
            Line::styled("Up and Down read on, Esc goes back", theme.faint())
        }
        Layer::Asked { picked: None, .. } => Line::styled("a number answers", theme.faint()),
        Layer::Asked { .. } => Line::styled("Right goes on", theme.faint()),
        Layer::Panels => {
            let long = "Left Right step  1-9 let it happen  b branch  p predict  m micro  \
                        w why  / filter  ? keys  q stop";
            let short = "Left Right step  1-9  ? keys  q stop";
            let keys = if long.len() <= columns { long } else { short };
            Line::styled(keys, theme.faint())
        }
    };
    frame.render_widget(Paragraph::new(line), area);
}

/// A panel: its name on a line, its rows under it. `from` rows are above its window.
fn panel(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &str,
    rows: Vec<Line<'static>>,
    from: usize,
    theme: Theme,
) {
    if area.height == 0 {
        return;
    }
    let room = usize::from(area.height.saturating_sub(1));
    let from = from.min(rows.len().saturating_sub(room));
    let hidden = rows.len().saturating_sub(from + room);
    let name = match hidden {
        0 => format!(" {name} "),
        more => format!(" {name} ({more} more) "),
    };
    let block = Block::new().borders(Borders::TOP).title(Span::styled(name, theme.heading()));
    let shown: Vec<Line<'_>> = rows.into_iter().skip(from).take(room).collect();
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

fn why(frame: &mut Frame<'_>, area: Rect, view: &View, app: &App, theme: Theme) {
    let rows = panels::why(view, usize::from(area.width), theme);
    panel(frame, area, "Why", rows, app.why_from, theme);
}

/// Two columns, and what can happen under both.
fn wide(frame: &mut Frame<'_>, area: Rect, view: &View, app: &App, theme: Theme) {
    let what_if = panels::what_if(view, usize::from(area.width), theme);
    let most = area.height / 3;
    let below = (what_if.len() as u16 + 1).clamp(3, most.max(3));
    let [above, below] =
        Layout::vertical([Constraint::Min(1), Constraint::Length(below)]).areas(area);
    let [left, right] = Layout::horizontal([Constraint::Percentage(48), Constraint::Min(1)])
        .spacing(2)
        .areas(above);
    let ports = panels::ports(view, usize::from(left.width), theme);
    let threads = panels::threads(view, usize::from(left.width), theme);
    let tall = left.height.saturating_sub(4);
    let [top, middle, bottom] = Layout::vertical([
        Constraint::Length((ports.len() as u16 + 1).min(tall)),
        Constraint::Length((threads.len() as u16 + 1).min(tall)),
        Constraint::Min(0),
    ])
    .areas(left);
    panel(frame, top, "Port", ports, 0, theme);
    panel(frame, middle, "Threads", threads, 0, theme);
    let log = panels::log(view, usize::from(bottom.width), usize::from(bottom.height), theme);
    panel(frame, bottom, &panels::log_name(app), log, 0, theme);
    why(frame, right, view, app, theme);
    panel(frame, below, "What if", what_if, 0, theme);
}

/// One column, the most needed first: a share for each, and what is left over to those who want it.
fn stacked(frame: &mut Frame<'_>, area: Rect, view: &View, app: &App, theme: Theme) {
    let columns = usize::from(area.width);
    let mut parts = [
        ("Port", panels::ports(view, columns, theme), 4),
        ("Why", panels::why(view, columns, theme), 4),
        ("What if", panels::what_if(view, columns, theme), 3),
        ("Threads", panels::threads(view, columns, theme), 3),
        ("Log", panels::log(view, columns, usize::from(area.height), theme), 3),
    ];
    let mut left = usize::from(area.height);
    let mut heights = [0usize; 5];
    for (height, (_, rows, least)) in heights.iter_mut().zip(&parts) {
        let wanted = (rows.len() + 1).min(*least);
        if left >= wanted {
            *height = wanted;
            left -= wanted;
        }
    }
    for (height, (_, rows, _)) in heights.iter_mut().zip(&parts).filter(|(height, _)| **height > 0)
    {
        let more = (rows.len() + 1).saturating_sub(*height).min(left);
        *height += more;
        left -= more;
    }
    let areas = Layout::vertical(heights.map(|height| Constraint::Length(height as u16)));
    let areas: [Rect; 5] = areas.areas(area);
    let log = panels::log(view, columns, heights[4].saturating_sub(1), theme);
    parts[4].1 = log;
    for (index, (name, rows, _)) in parts.into_iter().enumerate() {
        let from = if index == 1 { app.why_from } else { 0 };
        let name = if index == 4 { panels::log_name(app) } else { name.to_owned() };
        panel(frame, areas[index], &name, rows, from, theme);
    }
}

/// A window over the panels, as big as its rows.
fn window(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &str,
    rows: Vec<Line<'static>>,
    from: usize,
    theme: Theme,
) {
    let widest = rows.iter().map(Line::width).max().unwrap_or(0);
    let width = (widest as u16 + 4).min(area.width);
    let height = (rows.len() as u16 + 2).min(area.height);
    let over = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let room = usize::from(height.saturating_sub(2));
    let from = from.min(rows.len().saturating_sub(room));
    let name = match rows.len().saturating_sub(from + room) {
        0 => format!(" {name} "),
        more => format!(" {name} ({more} more) "),
    };
    let rows: Vec<Line<'_>> = rows.into_iter().skip(from).take(room).collect();
    let block = Block::bordered().title(Span::styled(name, theme.heading()));
    frame.render_widget(Clear, over);
    frame.render_widget(Paragraph::new(rows).block(block), over);
}

fn help(frame: &mut Frame<'_>, area: Rect, from: usize, theme: Theme) {
    let room = usize::from(area.width).saturating_sub(4);
    let widest = keys(Place::Terminal).map(|key| key.keys.len()).max().unwrap_or(0) + 1;
    let rows = keys(Place::Terminal).flat_map(|key| {
        let text = format!("{:<widest$} {}", key.keys, key.what);
        let mut lines = panels::rows(&text, room, ratatui::style::Style::new());
        if let Some(line) = lines.first_mut()
            && room > 40
        {
            *line = Line::from(vec![
                Span::styled(format!("{:<widest$}", key.keys), theme.heading()),
                Span::raw(line.to_string().chars().skip(widest).collect::<String>()),
            ]);
        }
        lines
    });
    window(frame, area, "Keys", rows.collect(), from, theme);
}

fn question(frame: &mut Frame<'_>, area: Rect, app: &App, theme: Theme) {
    let Layer::Asked { question, picked } = &app.layer else { return };
    let room = usize::from(area.width).saturating_sub(4).min(76);
    let plain = ratatui::style::Style::new();
    let mut rows = panels::rows(&question.text, room, theme.heading());
    for (index, option) in question.options.iter().enumerate() {
        let style = match picked {
            Some(_) if *option == question.answer => theme.good(),
            Some(picked) if *picked == index => theme.wrong(),
            _ => plain,
        };
        let mark = match picked {
            Some(_) if *option == question.answer => "  <- right",
            Some(picked) if *picked == index => "  <- your answer",
            _ => "",
        };
        rows.extend(panels::rows(&format!("{}. {option}{mark}", index + 1), room, style));
    }
    if picked.is_some() {
        for because in &question.because {
            rows.extend(panels::rows(because, room, plain));
        }
        if let Some(rule) = question.rule {
            rows.push(Line::styled(rule.id(), theme.rule()));
            rows.extend(panels::rows(rule.sentence(), room, plain));
        }
    }
    window(frame, area, "Predict", rows, 0, theme);
}
