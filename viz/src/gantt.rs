//! Threads over time, as a chart of characters or as sentences.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::escape::terminal;
use crate::story::{Clock, Doing, Lane, Span, Story};
use crate::text::ascii;

const NAME_COLUMNS_MAX: usize = 14;
const CELLS_MIN: usize = 16;
/// Cells for one moment where there is room: enough to name a packet.
const CELLS_PER_MOMENT_MAX: u64 = 4;
const DIM: Style = Style::new().dimmed();
const STRING: &str = "a string takes all";

/// The character and the style of what a thread does: told apart by shape first.
fn cell(doing: Doing) -> (char, Style) {
    match doing {
        Doing::Running => ('█', AnsiColor::Green.on_default()),
        Doing::Ready => ('▄', AnsiColor::Green.on_default()),
        Doing::Waiting => ('·', DIM),
        Doing::Blocked => ('▒', AnsiColor::Yellow.on_default()),
        Doing::Spinning => ('~', AnsiColor::Green.on_default()),
        Doing::Exited => (' ', Style::new()),
    }
}

/// A chart that fits into `columns`: a line a thread, an axis, a legend.
pub fn chart(story: &Story, columns: usize) -> String {
    let names = story.lanes.iter().map(|lane| lane.name.chars().count());
    let name_columns = names.max().unwrap_or(0).min(NAME_COLUMNS_MAX);
    let unit_columns = 1 + story.clock.unit().len();
    let room = columns.saturating_sub(name_columns + 2 + unit_columns).max(CELLS_MIN);
    let axis = Axis::fit(story.end(), room);
    let mut out = String::new();
    for lane in &story.lanes {
        let name: String = terminal(&lane.name).chars().take(name_columns).collect();
        writeln!(out, "{name:<name_columns$}  {}", axis.row(lane)).expect(STRING);
    }
    let ruler = axis.ruler(story.clock);
    writeln!(out, "{:name_columns$}  {DIM}{ruler}{DIM:#}", "").expect(STRING);
    for line in legend(story, columns.saturating_sub(name_columns + 2)) {
        writeln!(out, "{:name_columns$}  {line}", "").expect(STRING);
    }
    out
}

/// What happens to whom when, in sentences.
pub fn sentences(story: &Story) -> String {
    let unit = story.clock.unit();
    let mut out = String::new();
    for lane in &story.lanes {
        let parts: Vec<String> = lane
            .spans
            .iter()
            .filter(|span| span.from < span.to)
            .map(|span| {
                let with = if span.label.is_empty() {
                    String::new()
                } else {
                    format!(" with {}", ascii(&span.label))
                };
                format!("{}{with} from {} to {}", span.doing.word(), span.from, span.to)
            })
            .collect();
        if !parts.is_empty() {
            let name = ascii(&lane.name);
            writeln!(out, "{name}, by {unit}: {}.", parts.join("; ")).expect(STRING);
        }
    }
    out
}

/// How moments become cells: either some cells a moment, or some moments a cell.
struct Axis {
    end: u64,
    cells: usize,
    cells_per_moment: u64,
}

impl Axis {
    fn fit(end: u64, room: usize) -> Axis {
        let cells_per_moment = (room as u64 / end).min(CELLS_PER_MOMENT_MAX);
        let cells = if cells_per_moment > 0 { (end * cells_per_moment) as usize } else { room };
        Axis { end, cells, cells_per_moment }
    }

    /// The moments under a cell, half open; never empty.
    fn moments(&self, cell: usize) -> (u64, u64) {
        if let Some(moment) = (cell as u64).checked_div(self.cells_per_moment) {
            return (moment, moment + 1);
        }
        let at = |cell: usize| {
            let scaled = u128::from(self.end) * cell as u128 / self.cells as u128;
            u64::try_from(scaled).expect("not beyond the end")
        };
        (at(cell), at(cell + 1).max(at(cell) + 1))
    }

    /// The first cell of a moment.
    fn cell(&self, moment: u64) -> usize {
        if self.cells_per_moment > 0 {
            return (moment * self.cells_per_moment) as usize;
        }
        (u128::from(moment) * self.cells as u128 / u128::from(self.end)) as usize
    }

    fn row(&self, lane: &Lane) -> String {
        let mut doing: Vec<Option<Doing>> = Vec::with_capacity(self.cells);
        let mut first = 0;
        for index in 0..self.cells {
            let (from, to) = self.moments(index);
            while lane.spans.get(first).is_some_and(|span| span.to <= from) {
                first += 1;
            }
            doing.push(most(&lane.spans[first..], from, to));
        }
        let mut symbols: Vec<char> =
            doing.iter().map(|doing| doing.map_or(' ', |doing| cell(doing).0)).collect();
        for span in lane.spans.iter().filter(|span| !span.label.is_empty()) {
            self.label(&mut symbols, span);
        }
        paint(&doing, &symbols)
    }

    /// Writes the packet over the start of its span, if the span is wide enough for it.
    fn label(&self, symbols: &mut [char], span: &Span) {
        let mut from = self.cell(span.from);
        // A cell that began before the span belongs to what was there before.
        if self.moments(from).0 < span.from {
            from += 1;
        }
        let to = self.cell(span.to).min(symbols.len());
        let label: Vec<char> = terminal(&span.label).chars().collect();
        if from + label.len() <= to {
            symbols[from..from + label.len()].copy_from_slice(&label);
        }
    }

    /// Numbers under the cells, as many as fit.
    fn ruler(&self, clock: Clock) -> String {
        let mut out = String::from("0");
        let digits = self.end.ilog10() as usize + 1;
        let between = 10.max(digits + 2);
        let mut cell = between;
        while cell + 2 * digits + 2 <= self.cells {
            let moment = self.moments(cell).0;
            let column = self.cell(moment);
            if column > out.len() {
                write!(out, "{:1$}{moment}", "", column - out.len()).expect(STRING);
            }
            cell += between;
        }
        let gap = self.cells.saturating_sub(out.len() + digits).max(1);
        write!(out, "{:gap$}{}", "", self.end).expect(STRING);
        format!("{out} {}", clock.unit())
    }
}

/// What fills most of `from..to`; of equals the first.
fn most(spans: &[Span], from: u64, to: u64) -> Option<Doing> {
    let mut best: Option<(Doing, u64)> = None;
    for span in spans.iter().take_while(|span| span.from < to) {
        let overlap = span.to.min(to).saturating_sub(span.from.max(from));
        if overlap > best.map_or(0, |(_, most)| most) {
            best = Some((span.doing, overlap));
        }
    }
    best.map(|(doing, _)| doing)
}

/// One escape sequence for a stretch of equal cells, not one for each.
fn paint(doing: &[Option<Doing>], symbols: &[char]) -> String {
    let mut out = String::new();
    let mut start = 0;
    while start < doing.len() {
        let same = doing[start..].iter().take_while(|other| **other == doing[start]).count();
        let text: String = symbols[start..start + same].iter().collect();
        match doing[start] {
            Some(doing) => {
                let style = cell(doing).1;
                write!(out, "{style}{text}{style:#}").expect(STRING);
            }
            None => out.push_str(&text),
        }
        start += same;
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

/// What the cells stand for, in as many lines as it takes.
fn legend(story: &Story, columns: usize) -> Vec<String> {
    let seen = |doing: Doing| {
        story.lanes.iter().any(|lane| lane.spans.iter().any(|span| span.doing == doing))
    };
    let mut lines: Vec<(String, usize)> = vec![(String::new(), 0)];
    for doing in Doing::ALL.into_iter().filter(|doing| *doing != Doing::Exited && seen(*doing)) {
        let (symbol, style) = cell(doing);
        let part = format!("{style}{symbol}{style:#} {}", doing.word());
        let width = 2 + doing.word().chars().count();
        match lines.last_mut() {
            Some((line, used)) if *used == 0 || *used + 2 + width <= columns => {
                let gap = if *used == 0 { 0 } else { 2 };
                *line += &format!("{:gap$}{part}", "");
                *used += gap + width;
            }
            _ => lines.push((part, width)),
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;
    use proptest::prelude::*;

    fn bare(text: &str) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in text.chars() {
            match (inside, c) {
                (false, '\u{1b}') => inside = true,
                (true, 'm') => inside = false,
                (false, c) => out.push(c),
                _ => {}
            }
        }
        out
    }

    #[test]
    fn a_short_run_gives_every_moment_its_own_cells() {
        let chart = bare(&chart(&fixture::hand_off(), 60));
        let expected = "\
A         ················████████
B         ····key 7███▒▒▒▒
producer  ████████████████
          0       2           5          8 step
          █ running  · waiting on the port
          ▒ blocked elsewhere
";
        assert_eq!(chart, expected);
    }

    proptest! {
        #[test]
        fn every_chart_fits_whatever_the_spans(
            ends in prop::collection::vec(1_u64..1_000_000_000_000, 1..20),
            columns in 40_usize..200,
        ) {
            let mut ends = ends;
            ends.sort_unstable();
            let mut from = 0;
            let mut spans = Vec::new();
            for (index, to) in ends.into_iter().enumerate() {
                let doing = Doing::ALL[index % Doing::ALL.len()];
                spans.push(Span { doing, from, to, label: format!("key {index}") });
                from = to;
            }
            let lanes = vec![Lane { name: "a long name of a thread".to_owned(), spans }];
            let story = Story { lanes, ..Story::default() };
            let chart = bare(&chart(&story, columns));
            for line in chart.lines() {
                prop_assert!(line.chars().count() <= columns, "{line}");
            }
        }
    }
}
