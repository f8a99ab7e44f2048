//! The scenarios that come with the tool, embedded in it.

use crate::scenario::Scenario;

/// A scenario of the library.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name: that of the file.
    pub name: &'static str,
    /// Its group: the folder it lies in.
    pub group: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What is known to come of it, as `tests/library.rs` writes it.
    pub expected: Option<&'static str>,
}

static ENTRIES: &[Entry] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// All of them, by name.
pub fn entries() -> &'static [Entry] {
    ENTRIES
}

/// The names, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}

/// The entry of a name.
pub fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok().map(|index| &ENTRIES[index])
}

/// The scenario of a name.
///
/// # Panics
/// Never in a tool that was tested: every file of the library is read by a test.
pub fn find(name: &str) -> Option<Scenario> {
    entry(name).map(|entry| {
        Scenario::parse(entry.name, entry.text).expect("a test reads every file of the library")
    })
}
