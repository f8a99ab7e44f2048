//! Reading what the user names: a path or `-`, whole and within a limit.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::failure::Failure;

/// A file as it was read.
pub(crate) struct Input {
    /// The name for messages: the path, or `<stdin>`.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Input {
    /// The bytes as text, which every format here is.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            let at = error.valid_up_to();
            let line = 1 + self.bytes[..at].iter().filter(|b| **b == b'\n').count();
            Failure::bad_input(format!("{}:{line}: byte {at} is not UTF-8 text", self.name))
        })
    }
}

/// Opens a path, or standard input for `-`, with a sentence for what can go wrong.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    if path.is_dir() {
        return Err(Failure::bad_input(format!("{} is a folder, not a file", path.display())));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(unreadable(&name(path), &error)),
    }
}

/// Reads a path, or standard input for `-`, up to `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Input, Failure> {
    let name = name(path);
    let mut bytes = Vec::new();
    open(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&name, &error))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::bad_input(format!(
            "{name} is larger than the {} KiB that are read of such a file",
            limit / 1024
        )));
    }
    Ok(Input { name, bytes })
}

/// How messages call a path.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() }
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        ErrorKind::NotFound => return Failure::bad_input(format!("there is no file {name}")),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Failure::bad_input(format!("cannot read {name}: {why}"))
}
