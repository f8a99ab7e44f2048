//! Tables that a command adds to its page.

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// What it is.
    pub(crate) title: String,
    /// What to know before reading it.
    pub(crate) about: String,
    /// The heads of the columns.
    pub(crate) head: Vec<String>,
    /// The rows; the first cell of each is its head.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug)]
pub(crate) struct Cell {
    /// What stands in it.
    pub(crate) text: String,
    /// What stands under that, smaller.
    pub(crate) under: String,
    /// How it is marked.
    pub(crate) mark: Option<Mark>,
}

/// How a cell is marked: by a colour, and its text says the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    Good,
    Bad,
    Unsure,
    Quiet,
}

impl Mark {
    pub(super) fn class(self) -> &'static str {
        match self {
            Mark::Good => "good",
            Mark::Bad => "bad",
            Mark::Unsure => "unsure",
            Mark::Quiet => "quiet",
        }
    }
}

impl Cell {
    /// Text.
    pub(crate) fn plain(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), under: String::new(), mark: None }
    }

    /// Text with smaller text under it.
    pub(crate) fn with(text: impl Into<String>, under: impl Into<String>) -> Cell {
        Cell { under: under.into(), ..Cell::plain(text) }
    }

    /// Text that is marked.
    pub(crate) fn marked(mark: Mark, text: impl Into<String>) -> Cell {
        Cell { mark: Some(mark), ..Cell::plain(text) }
    }
}
