//! A story as text for a terminal: every step a sentence with its rule, then the chart.
//!
//! The text carries styles as escape sequences; whoever prints it drops them where they are not
//! wanted. With [`TextOptions::plain`] there are only sentences, in ASCII, in reading order.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::escape::terminal;
use crate::gantt;
use crate::story::{Clock, Note, Step, Story, Tone, Weight};

/// How text is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TextOptions {
    /// Columns of the terminal.
    pub columns: usize,
    /// Sentences and ASCII only.
    pub plain: bool,
    /// Bookkeeping notes too.
    pub detail: bool,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RULE: Style = AnsiColor::Cyan.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
/// A lane name longer than this makes its column no wider.
const NAME_COLUMNS_MAX: usize = 14;
/// Sentences are not broken into less than this.
const SENTENCE_COLUMNS_MIN: usize = 24;

/// The whole story.
pub fn text(story: &Story, options: TextOptions) -> String {
    let mut out = String::new();
    heading(&mut out, story, options);
    steps(&mut out, story, options);
    if story.lanes.iter().any(|lane| !lane.spans.is_empty()) {
        out.push('\n');
        if options.plain {
            out.push_str(&gantt::sentences(story));
        } else {
            out.push_str(&gantt::chart(story, options.columns));
        }
    }
    if !story.endings.is_empty() {
        out.push('\n');
    }
    for ending in &story.endings {
        if options.plain {
            let mark = ending.tone.word();
            writeln!(out, "{mark}: {}.", ascii(&ending.text)).expect(STRING);
            continue;
        }
        let style = match ending.tone {
            Tone::Good => GOOD,
            Tone::Wrong => WRONG,
            Tone::Remark => BOLD,
        };
        let room = options.columns.saturating_sub(7);
        for (row, line) in wrap(&terminal(&ending.text), room).iter().enumerate() {
            let mark = if row == 0 { ending.tone.word() } else { "" };
            writeln!(out, "{style}{mark:<5}{style:#}  {line}").expect(STRING);
        }
    }
    out
}

const STRING: &str = "a string takes all";

fn heading(out: &mut String, story: &Story, options: TextOptions) {
    if options.plain {
        writeln!(out, "{} ({})", ascii(&story.title), ascii(&story.semantics)).expect(STRING);
        for sentence in &story.notice {
            writeln!(out, "{}", ascii(sentence)).expect(STRING);
        }
        out.push('\n');
        return;
    }
    let title = terminal(&story.title);
    let semantics = terminal(&story.semantics);
    writeln!(out, "{BOLD}{title}{BOLD:#}  {DIM}({semantics}){DIM:#}").expect(STRING);
    for sentence in &story.notice {
        for line in wrap(&terminal(sentence), options.columns.saturating_sub(2)) {
            writeln!(out, "  {line}").expect(STRING);
        }
    }
    out.push('\n');
}

/// The steps alone, without heading and chart.
pub fn steps(out: &mut String, story: &Story, options: TextOptions) {
    let layout = Layout::of(story, options);
    for (index, step) in story.steps.iter().enumerate() {
        if options.plain {
            plain_step(out, story, index, step, options);
        } else {
            drawn_step(out, story, index, step, &layout);
        }
    }
}

/// The columns of a drawn step: moment, who, what, rule.
struct Layout {
    moment: usize,
    who: usize,
    what: usize,
    detail: bool,
    clock: Clock,
}

impl Layout {
    fn of(story: &Story, options: TextOptions) -> Layout {
        let digits = |n: u64| n.checked_ilog10().unwrap_or(0) as usize + 1;
        let last = match story.clock {
            Clock::Steps => story.steps.len() as u64,
            Clock::Microseconds => story.steps.iter().map(|step| step.at).max().unwrap_or(0),
        };
        let names = story.steps.iter().map(|step| story.lane_name(step.lane).chars().count());
        let moment = digits(last).max(3);
        let who = names.max().unwrap_or(0).min(NAME_COLUMNS_MAX);
        let what = options.columns.saturating_sub(moment + who + 4).max(SENTENCE_COLUMNS_MIN);
        Layout { moment, who, what, detail: options.detail, clock: story.clock }
    }
}

fn drawn_step(out: &mut String, story: &Story, index: usize, step: &Step, layout: &Layout) {
    let moment = match layout.clock {
        Clock::Steps => index as u64 + 1,
        Clock::Microseconds => step.at,
    };
    let who: String = terminal(story.lane_name(step.lane)).chars().take(layout.who).collect();
    for (row, line) in wrap(&terminal(&step.action), layout.what).iter().enumerate() {
        if row == 0 {
            write!(out, "{DIM}{moment:>0$}{DIM:#}  ", layout.moment).expect(STRING);
            writeln!(out, "{BOLD}{who:<0$}{BOLD:#}  {line}", layout.who).expect(STRING);
        } else {
            writeln!(out, "{:1$}{line}", "", layout.moment + layout.who + 4).expect(STRING);
        }
    }
    for note in shown(step, layout.detail) {
        drawn_note(out, note, layout);
    }
}

fn drawn_note(out: &mut String, note: &Note, layout: &Layout) {
    let indent = layout.moment + layout.who + 4;
    let rule = terminal(note.rule.as_deref().unwrap_or_default());
    let room = layout.what.saturating_sub(rule.chars().count() + 4).max(SENTENCE_COLUMNS_MIN);
    let style = match note.weight {
        Weight::Wrong => WRONG,
        Weight::Main => Style::new(),
        Weight::Detail => DIM,
    };
    for (row, line) in wrap(&terminal(&note.text), room).iter().enumerate() {
        let lead = if row == 0 { "-> " } else { "   " };
        write!(out, "{:indent$}{lead}{style}{line}{style:#}", "").expect(STRING);
        if row == 0 && !rule.is_empty() {
            let gap = (room + 1).saturating_sub(line.chars().count()).max(1);
            write!(out, "{:gap$}{RULE}{rule}{RULE:#}", "").expect(STRING);
        }
        out.push('\n');
    }
}

fn plain_step(out: &mut String, story: &Story, index: usize, step: &Step, options: TextOptions) {
    let who = ascii(story.lane_name(step.lane));
    let number = index + 1;
    write!(out, "Step {number}").expect(STRING);
    if story.clock == Clock::Microseconds {
        write!(out, ", at {} us", step.at).expect(STRING);
    }
    writeln!(out, ". {who}: {}.", ascii(&step.action)).expect(STRING);
    for note in shown(step, options.detail) {
        let wrong = if note.weight == Weight::Wrong { "Wrong: " } else { "" };
        write!(out, "  {wrong}{}.", ascii(&note.text)).expect(STRING);
        if let Some(rule) = &note.rule {
            write!(out, " (rule {})", ascii(rule)).expect(STRING);
        }
        out.push('\n');
    }
}

fn shown(step: &Step, detail: bool) -> impl Iterator<Item = &Note> {
    step.notes.iter().filter(move |note| detail || note.weight != Weight::Detail)
}

/// Text in ASCII; what has no place there becomes `?`.
pub(crate) fn ascii(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}

/// Lines of at most `columns`, broken between words where there are any.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > columns {
            lines.push(String::new());
            used = 0;
        }
        while word.len() > columns {
            let rest = word.split_off(columns);
            lines.last_mut().expect("there is a line").extend(word);
            lines.push(String::new());
            word = rest;
            used = 0;
        }
        let line = lines.last_mut().expect("there is a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += word.len();
        line.extend(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_and_no_line_is_too_long(
            text in "[a-z ]{0,200}",
            columns in 1_usize..60,
        ) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= columns));
            let letters = |s: &str| s.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
