//! The Markdown of lessons on a terminal: paragraphs, lists, tables, blocks, code in a sentence.
//!
//! Owns how it looks. It need not know more Markdown than lessons use.

use anstyle::Style;
use iocp_model::Rule;

use crate::terminal::{BOLD, RULE, wrap};

/// How wide, and how plainly.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// Columns at most.
    pub(crate) columns: usize,
    /// Back quotes stay, tables become sentences.
    pub(crate) plain: bool,
}

/// Text is no pleasure to read when it is wider.
const COLUMNS_MAX: usize = 92;

/// The text, ready to be printed, without a blank line at its end.
pub(crate) fn render(text: &str, page: Page) -> String {
    let page = Page { columns: page.columns.min(COLUMNS_MAX), ..page };
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    let mut paragraph = String::new();
    while let Some(line) = lines.next() {
        let listed = mark_of_list(line);
        if line.starts_with("```") || line.starts_with('|') || line.is_empty() || listed > 0 {
            flush(&mut paragraph, page, &mut out);
        }
        if line.starts_with("```") {
            for code in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                for row in wrap(code, page.columns.saturating_sub(4)) {
                    out.push_str(&format!("    {row}\n"));
                }
            }
        } else if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
            table(&rows, page, &mut out);
        } else if line.is_empty() {
            out.push('\n');
        } else if listed > 0 {
            let (mark, item) = line.split_at(listed);
            let mut item = item.to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with("  ")) {
                item.push(' ');
                item.push_str(more.trim());
            }
            let room = page.columns.saturating_sub(listed + 2);
            for (index, row) in rows_of(&item, room, page.plain).iter().enumerate() {
                let before = if index == 0 { mark.to_owned() } else { " ".repeat(listed) };
                out.push_str(&format!("  {before}{row}\n"));
            }
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    flush(&mut paragraph, page, &mut out);
    out
}

/// The length of `- ` or `12. ` at the beginning of a line; 0 if it is no item of a list.
fn mark_of_list(line: &str) -> usize {
    if line.starts_with("- ") {
        return 2;
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(". ") { digits + 2 } else { 0 }
}

fn flush(paragraph: &mut String, page: Page, out: &mut String) {
    if !paragraph.is_empty() {
        for row in rows_of(paragraph, page.columns, page.plain) {
            out.push_str(&row);
            out.push('\n');
        }
        paragraph.clear();
    }
}

/// A word with its styles, and how wide it is without them.
#[derive(Default)]
struct Word {
    text: String,
    width: usize,
}

/// One paragraph as lines of at most `columns`, code in it styled.
pub(crate) fn rows_of(text: &str, columns: usize, plain: bool) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for word in words(text, plain) {
        if used > 0 && used + 1 + word.width > columns {
            rows.push(String::new());
            used = 0;
        }
        let row = rows.last_mut().expect("there is a row");
        if used > 0 {
            row.push(' ');
            used += 1;
        }
        if word.width <= columns {
            row.push_str(&word.text);
            used += word.width;
            continue;
        }
        // Wider than the page: in pieces, and without its style.
        let bare = anstream::adapter::strip_str(&word.text).to_string();
        let pieces = wrap(&bare, columns.max(1));
        used = pieces.last().map_or(0, |piece| piece.chars().count());
        row.push_str(&pieces[0]);
        rows.extend(pieces.into_iter().skip(1));
    }
    rows
}

fn words(text: &str, plain: bool) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for (index, piece) in text.split('`').enumerate() {
        let code = index % 2 == 1;
        let style = match (code, Rule::from_id(piece)) {
            (false, _) => Style::new(),
            (true, Some(_)) => RULE,
            (true, None) => BOLD,
        };
        let quoted = if code && plain { format!("`{piece}`") } else { piece.to_owned() };
        for (part, fragment) in quoted.split(' ').enumerate() {
            if part > 0 {
                words.push(Word::default());
            }
            let fragment = if code { fragment.to_owned() } else { emphasis(fragment, plain) };
            let word = words.last_mut().expect("there is a word");
            word.width += anstream::adapter::strip_str(&fragment).to_string().chars().count();
            if style == Style::new() || fragment.is_empty() {
                word.text.push_str(&fragment);
            } else {
                word.text.push_str(&format!("{style}{fragment}{style:#}"));
            }
        }
    }
    words.retain(|word| !word.text.is_empty());
    words
}

/// `*word*`.
fn emphasis(fragment: &str, plain: bool) -> String {
    let mut pieces = fragment.splitn(3, '*');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(before), Some(inside), Some(after)) if !inside.is_empty() && !plain => {
            let italic = Style::new().italic();
            format!("{before}{italic}{inside}{italic:#}{after}")
        }
        _ => fragment.to_owned(),
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// Columns where they fit, and otherwise a few lines for each row.
fn table(rows: &[Vec<&str>], page: Page, out: &mut String) {
    let Some((head, body)) = rows.split_first() else { return };
    let body: Vec<_> =
        body.iter().filter(|row| !row.iter().all(|c| c.starts_with("---"))).collect();
    let wide = |cell: &str| -> usize {
        let words = words(cell, page.plain);
        words.iter().map(|word| word.width + 1).sum::<usize>().saturating_sub(1)
    };
    let width = |column: usize| {
        let all = body.iter().copied().chain([head]);
        all.map(|row| row.get(column).map_or(0, |cell| wide(cell))).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let total: usize = widths.iter().map(|width| width + 2).sum();
    let one = |cell: &str| rows_of(cell, usize::MAX, page.plain).concat();
    if total <= page.columns && !page.plain {
        for (index, row) in [head].into_iter().chain(body).enumerate() {
            let line: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{}{}", one(cell), " ".repeat(width - wide(cell))))
                .collect();
            let line = line.join("  ");
            let line = line.trim_end();
            match index {
                0 => out.push_str(&format!("  {BOLD}{line}{BOLD:#}\n")),
                _ => out.push_str(&format!("  {line}\n")),
            }
        }
        return;
    }
    for row in body {
        let (name, cells) = row.split_first().map_or(("", &[][..]), |(n, c)| (*n, c));
        let name = if name.is_empty() { "-" } else { name };
        out.push_str(&format!("  {BOLD}{}{BOLD:#}\n", one(name)));
        for (title, cell) in head.iter().skip(1).zip(cells) {
            let text = format!("{title}: {cell}");
            for row in rows_of(&text, page.columns.saturating_sub(4), page.plain) {
                out.push_str(&format!("    {row}\n"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, columns: usize) -> String {
        let shown = render(text, Page { columns, plain: false });
        anstream::adapter::strip_str(&shown).to_string()
    }

    #[test]
    fn paragraphs_and_lists_are_wrapped_and_hang() {
        let text = "One two `three four` five.\nSix.\n\n- a long item of this list\n- b";
        let shown = plain(text, 18);
        assert_eq!(
            shown,
            "One two three four\nfive. Six.\n\n  - a long item of\n    this list\n  - b\n"
        );
    }

    #[test]
    fn a_table_that_is_too_wide_becomes_lines() {
        let text = "| a | `b` |\n|---|---|\n| one | two three four |";
        assert_eq!(plain(text, 80), "  a    b\n  one  two three four\n");
        assert_eq!(plain(text, 16), "  one\n    b: two three\n    four\n");
    }

    #[test]
    fn rules_are_coloured_and_styles_take_no_room() {
        let rows = rows_of("see `release-lifo`, and `this`", 30, false);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].contains(&format!("{RULE}release-lifo{RULE:#}")), "{}", rows[0]);
        let plain = rows_of("see `a`", 30, true).concat();
        assert_eq!(anstream::adapter::strip_str(&plain).to_string(), "see `a`");
    }

    #[test]
    fn every_lesson_fits_a_narrow_and_a_wide_terminal() {
        for entry in iocp_viz::lessons::entries() {
            for columns in [40, 92, 200] {
                for line in plain(entry.text, columns).lines() {
                    let width = line.chars().count();
                    assert!(width <= columns.min(COLUMNS_MAX), "{}: {line}", entry.name);
                }
            }
        }
    }
}
