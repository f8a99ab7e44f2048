//! What stands in each panel, row by row.

use iocp_viz::text::wrap;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::app::App;
use super::theme::{Theme, mark, word};
use super::view::{LogRow, View, is_main};

/// A text as rows of one style.
pub(super) fn rows(text: &str, columns: usize, style: Style) -> Vec<Line<'static>> {
    let safe: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    wrap(&safe, columns.max(1)).into_iter().map(|row| Line::styled(row, style)).collect()
}

/// A text whose later rows stand at `indent`, and the first two columns before that.
fn hanging(text: &str, indent: usize, columns: usize, style: Style) -> Vec<Line<'static>> {
    let text = text.trim_start();
    let first = indent.saturating_sub(2);
    let mut all = rows(text, columns.saturating_sub(indent).max(1), style);
    for (index, line) in all.iter_mut().enumerate() {
        let before = if index == 0 { first } else { indent };
        line.spans.insert(0, Span::raw(" ".repeat(before)));
    }
    all
}

/// A text on the left and another on the right, if there is room for both; else only the left.
fn both(
    left: &str,
    right: &str,
    columns: usize,
    style: Style,
    right_style: Style,
) -> Line<'static> {
    let (wide, room) = (left.chars().count(), columns.saturating_sub(right.chars().count() + 1));
    if wide <= room {
        return Line::from(vec![
            Span::styled(left.to_owned(), style),
            Span::raw(" ".repeat(room - wide + 1)),
            Span::styled(right.to_owned(), right_style),
        ]);
    }
    Line::styled(left.chars().take(columns).collect::<String>(), style)
}

/// The beginning of a text that is too long.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns.saturating_sub(2)).chain("..".chars()).take(columns).collect()
}

/// The queue, the stack and the count of each port.
pub(super) fn ports(view: &View, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut all = vec![];
    for port in &view.picture.ports {
        let state = match port.active.cmp(&port.concurrency) {
            _ if port.closed => "closed: its last handle is gone",
            std::cmp::Ordering::Less => "",
            std::cmp::Ordering::Equal => "at its limit",
            std::cmp::Ordering::Greater => "above its limit",
        };
        let count = format!("{}  active {} of {}", port.name, port.active, port.concurrency);
        all.push(both(&count, state, columns, theme.heading(), theme.heading()));
        let packets: Vec<String> =
            port.packets.iter().map(|packet| format!("[{}]", packet.text)).collect();
        let (packets, style) = match packets.is_empty() {
            true => ("none".to_owned(), theme.faint()),
            false => (packets.join(" "), theme.packet()),
        };
        all.extend(hanging(&format!("  packets, head first: {packets}"), 4, columns, style));
        let (waiters, style) = match port.waiters.is_empty() {
            true => ("none".to_owned(), theme.faint()),
            false => {
                let waiters: Vec<String> =
                    port.waiters.iter().map(|thread| format!("[{thread}]")).collect();
                (waiters.join(" "), Style::new())
            }
        };
        all.extend(hanging(&format!("  waiters, top first:  {waiters}"), 4, columns, style));
    }
    if all.is_empty() {
        all.push(Line::styled("there is no port", theme.faint()));
    }
    all
}

/// What each thread does, and what it has been doing.
pub(super) fn threads(view: &View, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let widest = view.picture.threads.iter().map(|thread| thread.name.chars().count()).max();
    let widest = widest.unwrap_or(0).min(columns / 3);
    let row = |(index, thread): (usize, &iocp_scenarios::stepper::ThreadPicture)| {
        let style = theme.of(thread.activity);
        let name: String = thread.name.chars().take(widest).collect();
        let mut line = vec![
            Span::styled(format!("{name:<widest$} "), theme.heading()),
            Span::styled(format!("{} ", word(thread.activity)), style),
        ];
        let used = widest + 7;
        let lane: Vec<_> = view.lanes.get(index).into_iter().flatten().collect();
        let room = columns.saturating_sub(used);
        let shown = lane.len().min(room / 3);
        let mut doing = thread.doing.clone();
        if !thread.records.is_empty() {
            doing.push_str(&format!(", recorded {:?}", thread.records));
        }
        let wide = room.saturating_sub(shown + 1);
        let doing = cut(&doing, wide);
        line.push(Span::raw(format!("{doing:<wide$} ")));
        for moment in &lane[lane.len() - shown..] {
            line.push(Span::styled(mark(moment.activity), theme.of(moment.activity)));
        }
        Line::from(line)
    };
    view.picture.threads.iter().enumerate().map(row).collect()
}

/// What the log is called.
pub(super) fn log_name(app: &App) -> String {
    match (app.filter.as_str(), app.hide.as_str()) {
        ("", "") => "Log".to_owned(),
        (filter, "") => format!("Log: only `{filter}`"),
        ("", hide) => format!("Log: not `{hide}`"),
        (filter, hide) => format!("Log: only `{filter}`, not `{hide}`"),
    }
}

/// The steps around this one.
pub(super) fn log(view: &View, columns: usize, room: usize, theme: Theme) -> Vec<Line<'static>> {
    let row = |row: &LogRow| {
        let here = if row.here { '>' } else { ' ' };
        let wrong = if row.wrong { '!' } else { ' ' };
        let left = format!("{here}{wrong}{:>4}  {}", row.number, row.action);
        let style = match (row.here, row.wrong, row.past) {
            (true, _, _) => theme.here(),
            (_, true, _) => theme.wrong(),
            (_, _, true) => Style::new(),
            _ => theme.faint(),
        };
        let rule = row.rule.map_or("", |rule| rule.id());
        // On a narrow screen the action is more than the rule; else both are there.
        let room = columns.saturating_sub(rule.chars().count() + 1);
        let left = if columns >= 50 { cut(&left, room) } else { left };
        both(&left, rule, columns, style, if row.past { theme.rule() } else { theme.faint() })
    };
    // The step that led here stays in sight.
    let here = view.log.iter().position(|row| row.here).unwrap_or(0);
    let room = room.max(1);
    let from = (here + 1).saturating_sub(room * 2 / 3 + 1).min(view.log.len().saturating_sub(room));
    if view.log.is_empty() {
        let words = if view.filtered { "no such step" } else { "no step yet" };
        return vec![Line::styled(words, theme.faint())];
    }
    view.log.iter().skip(from).map(row).collect()
}

/// What the last step did, by which rules, and what is different since.
pub(super) fn why(view: &View, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut all = vec![];
    let Some(taken) = &view.taken else {
        all.extend(rows("Nothing has happened yet.", columns, Style::new()));
        return all;
    };
    all.extend(rows(&taken.step.action, columns, theme.heading()));
    let effects = &taken.step.effects[..view.shown.min(taken.step.effects.len())];
    for consequence in effects {
        let text = format!("-> {}", consequence.sentence);
        let id = consequence.rule.id();
        if text.chars().count() + id.len() + 2 <= columns {
            all.push(both(&text, id, columns, Style::new(), theme.rule()));
        } else {
            all.extend(hanging(&text, 2, columns, Style::new()));
            all.push(Line::styled(format!("  {id}"), theme.rule()));
        }
    }
    for fault in &taken.step.faults {
        all.extend(hanging(&format!("!! {fault}"), 2, columns, theme.wrong()));
    }
    for broken in &taken.broken {
        let text = format!("!! {}: {}", broken.property, broken.sentence);
        all.extend(hanging(&text, 2, columns, theme.wrong()));
    }
    let mut told = vec![];
    // What the step is about first, bookkeeping behind.
    let main = effects.iter().filter(|consequence| is_main(&consequence.effect));
    for consequence in main.chain(effects) {
        let rule = consequence.rule;
        if told.contains(&rule) {
            continue;
        }
        told.push(rule);
        all.push(Line::raw(""));
        all.push(both(rule.id(), rule.grade().name(), columns, theme.rule(), theme.faint()));
        all.extend(hanging(rule.sentence(), 4, columns, Style::new()));
        all.extend(hanging(rule.source(), 4, columns, theme.faint()));
    }
    if !view.changes.is_empty() {
        all.push(Line::raw(""));
        all.push(Line::styled("changed", theme.heading()));
        for change in &view.changes {
            let or = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            let text =
                format!("  {}: {} -> {}", change.what, or(&change.before), or(&change.after));
            all.extend(hanging(&text, 4, columns, Style::new()));
        }
    }
    all
}

/// Which handle names what, and what keeps what alive.
pub(super) fn handles(view: &View, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut all = vec![];
    for (name, entries) in view.references() {
        all.push(Line::styled(name, theme.heading()));
        if entries.is_empty() {
            all.push(Line::styled("  none", theme.faint()));
        }
        for entry in entries {
            all.extend(hanging(&entry, 4, columns, Style::new()));
        }
    }
    all
}

/// What can happen now, with the keys for it, and who cannot do anything.
pub(super) fn what_if(view: &View, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut all = vec![];
    for (index, (offer, goes_on)) in view.offers.iter().enumerate() {
        let mark = if *goes_on { "*" } else { " " };
        let text = format!("{}{mark} {}", index + 1, offer.sentence);
        all.extend(hanging(&text, 2, columns, Style::new()));
    }
    if let Some(ended) = &view.ended {
        let text = format!("It has ended: {}. {}", ended.kind.word(), ended.reasons.join(" "));
        let fine = ended.broken.is_empty();
        all.extend(rows(&text, columns, if fine { theme.good() } else { theme.wrong() }));
        for broken in &ended.broken {
            let text = format!("!! {}: {}", broken.property, broken.sentence);
            all.extend(hanging(&text, 2, columns, theme.wrong()));
        }
    }
    for withheld in &view.withheld {
        all.extend(hanging(&format!("-  {}", withheld.reason), 2, columns, theme.faint()));
    }
    all
}
