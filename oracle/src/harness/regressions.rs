//! The file of cases that failed before.
//!
//! One line for each: its token, a space, `#`, and in words what it did. Lines that begin with `#`
//! and empty lines are comments. New cases are added at the end; whoever has fixed one leaves it
//! there, for it is tried first every time. The file belongs into version control.

use super::moves::Case;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// A file longer than this is not read.
const BYTES_MAX: u64 = 4 << 20;

const HEADER: &str = "\
# Cases that failed before, tried first at every run. Keep this file in version control.
# One line for each: the token of the case, and after `#` what it did. Add and remove lines freely.
";

/// Why the file cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegressionsError {
    /// It cannot be read or written.
    File(std::io::Error),
    /// A line is no token.
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        why: super::token::TokenError,
    },
}

impl fmt::Display for RegressionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegressionsError::File(error) => error.fmt(f),
            RegressionsError::Line { line, why } => write!(f, "line {line}: {why}"),
        }
    }
}

impl std::error::Error for RegressionsError {}

/// The cases of a file's text.
///
/// # Errors
/// If a line is neither a comment nor begins with a token.
pub fn parse(text: &str) -> Result<Vec<Case>, RegressionsError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, text)| {
            let token = text.split_whitespace().next().unwrap_or_default();
            token.parse().map_err(|why| RegressionsError::Line { line, why })
        })
        .collect()
}

/// The cases of a file; none if there is no such file.
///
/// # Errors
/// If it cannot be read, or a line is no token.
pub fn read(path: &Path) -> Result<Vec<Case>, RegressionsError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RegressionsError::File(error)),
        Ok(file) if file.len() > BYTES_MAX => {
            let error = std::io::Error::other("too long for a file of tokens");
            return Err(RegressionsError::File(error));
        }
        Ok(_) => {}
    }
    parse(&std::fs::read_to_string(path).map_err(RegressionsError::File)?)
}

/// Adds a case, if the file does not have it; `what` is what it did.
///
/// # Errors
/// If the file cannot be written.
pub fn add(path: &Path, case: &Case, what: &str) -> Result<(), RegressionsError> {
    if read(path)?.contains(case) {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(RegressionsError::File)?;
    }
    let before = std::fs::read(path).unwrap_or_default();
    let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let what: String = what.chars().take(200).collect();
    // Whoever edited it may have left the last line without an end.
    let start = match before.last() {
        None => HEADER,
        Some(b'\n') => "",
        Some(_) => "\n",
    };
    let line = format!("{start}{case} # {what}\n");
    // One write of whole lines at the end: another test that adds one does not tear it.
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(RegressionsError::File)
}
