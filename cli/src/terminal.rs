//! Standard output and standard error: who reads them, how wide they are, what they may show.

use std::io::{ErrorKind, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

pub(crate) use iocp_viz::text::wrap;

use crate::arguments::{Color, Common};
use crate::failure::Failure;

/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What may be skipped.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Ids of rules.
pub(crate) const RULE: Style = AnsiColor::Cyan.on_default();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is not.
pub(crate) const WRONG: Style = AnsiColor::Red.on_default().bold();

/// Columns when nobody says how many there are.
const COLUMNS_DEFAULT: usize = 100;
/// Narrower than this nothing can be drawn.
const COLUMNS_MIN: usize = 40;
/// Wider than this nothing gets better.
const COLUMNS_MAX: usize = 200;

/// Where a command writes.
pub(crate) struct Terminal {
    out: std::io::BufWriter<anstream::AutoStream<std::io::Stdout>>,
    /// The first error that was not a reader who went away.
    error: Option<std::io::Error>,
    closed: bool,
    /// Sentences and ASCII instead of charts and boxes.
    pub(crate) plain: bool,
    /// Results only.
    pub(crate) quiet: bool,
    /// Columns to draw in.
    pub(crate) columns: usize,
    /// Whether colours are wanted.
    pub(crate) colours: bool,
}

impl Terminal {
    /// The terminal as the common options want it.
    pub(crate) fn new(common: &Common) -> Terminal {
        let choice = match common.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let columns = terminal_size::terminal_size()
            .map(|(width, _)| usize::from(width.0))
            .or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
            .unwrap_or(COLUMNS_DEFAULT);
        Terminal {
            out: std::io::BufWriter::new(anstream::AutoStream::new(std::io::stdout(), choice)),
            error: None,
            closed: false,
            plain: common.plain || std::env::var_os("TERM").is_some_and(|t| t == "dumb"),
            quiet: common.quiet,
            columns: columns.clamp(COLUMNS_MIN, COLUMNS_MAX),
            colours: match common.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            },
        }
    }

    /// Writes text. A reader who went away (`iocp list | head`) is no error.
    pub(crate) fn print(&mut self, text: &str) {
        if self.plain {
            let plain = anstream::adapter::strip_str(text).to_string();
            let ascii = |c: char| if c.is_ascii() { c } else { '?' };
            self.bytes(plain.chars().map(ascii).collect::<String>().as_bytes());
        } else {
            self.bytes(text.as_bytes());
        }
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, text: &str) {
        self.print(text);
        self.print("\n");
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if self.closed {
            return;
        }
        if let Err(error) = self.out.write_all(bytes) {
            self.failed(error);
        }
    }

    /// Writes a value as one JSON document.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) {
        let text = serde_json::to_string_pretty(value).expect("our own shapes have string keys");
        self.bytes(text.as_bytes());
        self.bytes(b"\n");
    }

    /// Something that the reader of the results must know, on standard error.
    pub(crate) fn warn(&self, text: &str) {
        anstream::eprintln!("{WRONG}warning{WRONG:#}: {text}");
    }

    /// A remark for people, beside the results, on standard error.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet && std::io::stderr().is_terminal() {
            anstream::eprintln!("{text}");
        }
    }

    /// Everything so far is on the screen, before somebody is asked something.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        if !self.closed
            && let Err(error) = self.out.flush()
        {
            self.failed(error);
        }
        match self.error.take() {
            Some(error) => Err(Failure::bad_input(format!("cannot write the output: {error}"))),
            None => Ok(()),
        }
    }

    /// Everything is out, or it is said why not.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }

    fn failed(&mut self, error: std::io::Error) {
        self.closed = true;
        if error.kind() != ErrorKind::BrokenPipe {
            self.error = Some(error);
        }
    }
}

/// Whether progress may be shown: only to a person.
pub(crate) fn shows_progress(quiet: bool) -> bool {
    !quiet
        && std::io::stderr().is_terminal()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Says why the command cannot go on.
pub(crate) fn complain(failure: &Failure) {
    if failure.rendered {
        anstream::eprintln!("{}", failure.message.trim_end());
    } else {
        anstream::eprintln!("{WRONG}error{WRONG:#}{BOLD}: {}{BOLD:#}", failure.message);
    }
    if let Some(help) = &failure.help {
        anstream::eprintln!("{BOLD}help{BOLD:#}: {help}");
    }
}
