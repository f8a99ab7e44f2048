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

/// What the specification lists and no scenario shows, each with the reason.
pub const NOT_SHOWN: [(&str, &str); 1] = [(
    "E47",
    "the model delivers every message of a job: that one may be missing is written, when it is \
     missing nobody says",
)];

/// The scenarios that show a fact, a vector, a misconception or a program, by its id: they list
/// it, or name it as their source.
pub fn showing(id: &str) -> Vec<&'static str> {
    let shows = |scenario: &Scenario| {
        let word = |c: char| !c.is_ascii_alphanumeric();
        scenario.facts().chain(scenario.misconceptions()).any(|known| known == id)
            || scenario.source_of_facts().split(word).any(|known| known == id)
    };
    names().filter(|name| find(name).is_some_and(|scenario| shows(&scenario))).collect()
}
