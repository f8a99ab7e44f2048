//! What is wrong with a scenario: where, what stood there, what was expected.
//!
//! Owns the wording's frame and both renderings (drawn, and plain sentences). Knows nothing of
//! what can be wrong.

use std::fmt::{self, Write as _};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::limits;

/// A range of bytes of the source text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte behind.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// From here to the end of another.
    pub(crate) fn to(self, end: Span) -> Span {
        Span { start: self.start.min(end.start), end: end.end.max(self.end) }
    }
}

/// One problem and everything that helps to mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind of problem: a stable name.
    pub code: &'static str,
    /// The problem in one sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to write at that place in the drawing; may be empty.
    pub label: String,
    /// Other places that matter, each with a word about it.
    pub related: Vec<(Span, String)>,
    /// What would be right.
    pub help: Vec<String>,
}

impl Diagnostic {
    pub(crate) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        Diagnostic { code, message, span, label: String::new(), related: vec![], help: vec![] }
    }

    pub(crate) fn labelled(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.related.push((span, label.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    pub(crate) fn expecting(self, what: impl fmt::Display) -> Diagnostic {
        self.help(format!("expected {what}"))
    }
}

/// The name among `candidates` that `wrong` was probably meant to be.
pub(crate) fn similar<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong: String = wrong.chars().take(100).collect::<String>().to_lowercase();
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// A scenario that cannot be used: the text and everything wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems {
    /// What the source is called: a path or a library name.
    pub name: String,
    /// The source text.
    pub source: String,
    /// At least one, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more there were than are kept.
    pub more: usize,
}

/// How to draw diagnostics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// As rustc does, without colour.
    Drawn,
    /// As rustc does, with colour.
    Coloured,
    /// A sentence for each label; nothing depends on seeing columns line up.
    Plain,
}

impl Problems {
    pub(crate) fn new(name: &str, source: &str, mut diagnostics: Vec<Diagnostic>) -> Problems {
        diagnostics.sort_by_key(|d| d.span);
        diagnostics.dedup();
        let more = diagnostics.len().saturating_sub(limits::PROBLEMS);
        diagnostics.truncate(limits::PROBLEMS);
        Problems { name: name.to_owned(), source: source.to_owned(), diagnostics, more }
    }

    /// All of them as text, each ended by a newline.
    pub fn render(&self, style: Style) -> String {
        let mut out = String::new();
        for diagnostic in &self.diagnostics {
            match style {
                Style::Plain => self.plain(diagnostic, &mut out),
                Style::Drawn => self.draw(diagnostic, &Renderer::plain(), &mut out),
                Style::Coloured => self.draw(diagnostic, &Renderer::styled(), &mut out),
            }
        }
        self.and_more(&mut out);
        out
    }

    fn and_more(&self, out: &mut String) {
        if self.more > 0 {
            let _ = writeln!(out, "and {} more problems in {}", self.more, self.name);
        }
    }

    fn draw(&self, diagnostic: &Diagnostic, renderer: &Renderer, out: &mut String) {
        let span = self.visible(diagnostic.span);
        let mut primary = AnnotationKind::Primary.span(span);
        if !diagnostic.label.is_empty() {
            primary = primary.label(diagnostic.label.as_str());
        }
        let mut snippet = Snippet::source(&self.source).path(&self.name).annotation(primary);
        for (span, label) in &diagnostic.related {
            let context = AnnotationKind::Context.span(self.visible(*span)).label(label.as_str());
            snippet = snippet.annotation(context);
        }
        let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
        let mut group = title.element(snippet);
        for help in &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        out.push_str(&renderer.render(&[group]));
        out.push('\n');
    }

    fn plain(&self, diagnostic: &Diagnostic, out: &mut String) {
        let (line, column) = self.line_column(diagnostic.span.start);
        let _ = writeln!(
            out,
            "{}, line {line}, column {column}: error {}: {}.",
            self.name, diagnostic.code, diagnostic.message
        );
        let offending = &self.source[self.visible(diagnostic.span)];
        if !offending.is_empty() {
            let shown: String = offending.chars().take(60).collect();
            let shown = shown.lines().next().unwrap_or_default();
            let label = if diagnostic.label.is_empty() { "" } else { ": " };
            let end = if diagnostic.label.ends_with('?') { "" } else { "." };
            let _ = writeln!(out, "  There stands {shown}{label}{}{end}", diagnostic.label);
        }
        for (span, label) in &diagnostic.related {
            let (line, column) = self.line_column(span.start);
            let _ = writeln!(out, "  Line {line}, column {column}: {label}.");
        }
        for help in &diagnostic.help {
            let _ = writeln!(out, "  Help: {help}.");
        }
    }

    /// Line and column of a byte, both counted from 1, columns in characters.
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let before = &self.source[..self.boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    fn visible(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.boundary(span.start);
        start..self.boundary(span.end).max(start)
    }

    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.source.len());
        while !self.source.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not `render`: who only wants sentences need not carry what draws.
        let mut out = String::new();
        self.diagnostics.iter().for_each(|diagnostic| self.plain(diagnostic, &mut out));
        self.and_more(&mut out);
        f.write_str(out.trim_end())
    }
}

impl std::error::Error for Problems {}
