//! The Markdown of a lesson: its title, its sections, its fenced blocks, each with its place.
//!
//! Owns what a lesson must consist of. Knows nothing of what the sections say.

use crate::diagnostic::{Diagnostic, Span};

/// A piece of the text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

impl<'a> Piece<'a> {
    fn new(source: &'a str, start: usize, end: usize) -> Piece<'a> {
        Piece { text: &source[start..end], span: Span::new(start, end) }
    }

    /// Without the white space around it.
    fn trimmed(self) -> Piece<'a> {
        let start = self.span.start + self.text.len() - self.text.trim_start().len();
        let text = self.text.trim();
        Piece { text, span: Span::new(start, start + text.len()) }
    }
}

/// The parts of a lesson.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    pub(super) title: Piece<'a>,
    pub(super) intro: Piece<'a>,
    pub(super) question: Piece<'a>,
    pub(super) choices: Vec<Piece<'a>>,
    pub(super) answer: Piece<'a>,
    pub(super) exercise: Piece<'a>,
    pub(super) hint: Piece<'a>,
    pub(super) solved: Piece<'a>,
    /// The JSON block.
    pub(super) data: Piece<'a>,
    /// A trace in a `jsonl` block.
    pub(super) trace: Option<Piece<'a>>,
}

/// The sections in their order.
const HEADINGS: [&str; 6] = ["Question", "Answer", "Exercise", "Hint", "Solved", "Data"];

struct Line<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

fn lines(source: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    source.split_inclusive('\n').map(move |text| {
        let line = Line { text: text.trim_end(), start, end: start + text.len() };
        start = line.end;
        line
    })
}

/// A fenced block: its language and what stands in it.
struct Block<'a> {
    language: &'a str,
    inside: Piece<'a>,
}

/// Cuts the text into its parts.
pub(super) fn cut(source: &str) -> Result<Sections<'_>, Box<Diagnostic>> {
    let mut headings: Vec<(&str, Line<'_>)> = vec![];
    let mut blocks: Vec<Block<'_>> = vec![];
    let mut title = None;
    let mut fence: Option<(&str, usize)> = None;
    for line in lines(source) {
        if let Some(language) = line.text.strip_prefix("```") {
            fence = match fence {
                None => Some((language.trim(), line.end)),
                Some((opened, from)) => {
                    let inside = Piece::new(source, from, line.start);
                    blocks.push(Block { language: opened, inside });
                    None
                }
            };
        } else if fence.is_some() {
        } else if let Some(name) = line.text.strip_prefix("## ") {
            headings.push((name.trim(), line));
        } else if title.is_none() && line.text.starts_with("# ") {
            title = Some(line);
        }
    }
    if let Some((_, from)) = fence {
        let at = Span::new(from.saturating_sub(1), from);
        return Err(Box::new(Diagnostic::new("lesson-structure", at, "this block never ends")));
    }
    let Some(title) = title else {
        let at = Span::new(0, source.len().min(1));
        let problem = Diagnostic::new("lesson-structure", at, "a lesson begins with its title");
        return Err(Box::new(
            problem.help("`# Title`, then the text, then `## Question` and the rest"),
        ));
    };
    check_headings(source, &headings)?;
    let section = |name: &str| {
        let at = headings.iter().position(|(heading, _)| *heading == name);
        let start = at.map_or(source.len(), |at| headings[at].1.end);
        let next = at.and_then(|at| headings.get(at + 1));
        Piece::new(source, start, next.map_or(source.len(), |(_, line)| line.start)).trimmed()
    };
    let data_from = section("Data").span.start;
    let wanted = |language: &'static str| move |block: &&Block<'_>| block.language == language;
    let data = blocks.iter().filter(|block| block.inside.span.start >= data_from);
    let Some(data) = data.into_iter().find(wanted("json")) else {
        let at = Span::new(source.len().saturating_sub(1), source.len());
        let problem = Diagnostic::new("lesson-structure", at, "the lesson has no data");
        return Err(Box::new(problem.help("a block ```json under `## Data`")));
    };
    let (question, choices) = list(source, section("Question"));
    let intro = Piece::new(source, title.end, headings[0].1.start).trimmed();
    Ok(Sections {
        title: Piece::new(source, title.start + 2, title.start + title.text.len()).trimmed(),
        intro,
        question,
        choices,
        answer: section("Answer"),
        exercise: section("Exercise"),
        hint: section("Hint"),
        solved: section("Solved"),
        data: data.inside,
        trace: blocks.iter().find(wanted("jsonl")).map(|block| block.inside),
    })
}

fn check_headings(source: &str, headings: &[(&str, Line<'_>)]) -> Result<(), Box<Diagnostic>> {
    let mut wanted = HEADINGS.iter();
    for (heading, line) in headings {
        if !wanted.any(|name| name == heading) {
            let span = Span::new(line.start, line.start + line.text.len());
            let message = match HEADINGS.contains(heading) {
                true => format!("the section `{heading}` is not in its place"),
                false => format!("a lesson has no section `{heading}`"),
            };
            let problem = Diagnostic::new("lesson-structure", span, message);
            return Err(Box::new(problem.help(format!("in this order: {}", HEADINGS.join(", ")))));
        }
    }
    let missing = HEADINGS.iter().find(|name| headings.iter().all(|(h, _)| h != *name));
    match missing {
        None => Ok(()),
        Some(name) => {
            let at = Span::new(source.len().saturating_sub(1), source.len());
            let message = format!("the lesson has no section `## {name}`");
            let problem = Diagnostic::new("lesson-structure", at, message);
            Err(Box::new(problem.help(format!("in this order: {}", HEADINGS.join(", ")))))
        }
    }
}

/// The numbered list at the end of the question, and what stands before it.
fn list<'a>(source: &'a str, question: Piece<'a>) -> (Piece<'a>, Vec<Piece<'a>>) {
    let mut choices: Vec<Piece<'_>> = vec![];
    let mut before = question.span.end;
    for line in lines(question.text) {
        let (start, end) = (question.span.start + line.start, question.span.start + line.end);
        let number = line.text.split_once(". ").map(|(number, _)| number);
        if number.is_some_and(|n| n.parse() == Ok(choices.len() + 1)) {
            before = before.min(start);
            let text = start + line.text.find(". ").map_or(0, |at| at + 2);
            choices.push(Piece::new(source, text, end).trimmed());
        } else if let Some(last) = choices.last_mut().filter(|_| !line.text.is_empty()) {
            *last = Piece::new(source, last.span.start, end).trimmed();
        }
    }
    (Piece::new(source, question.span.start, before).trimmed(), choices)
}
