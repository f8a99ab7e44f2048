//! The house rules, checked on the sources: sizes, words, and who may know whom.
//!
//! Each rule is a function from texts to complaints, so that a planted fault can show that it
//! complains. What a rule cannot see (a good name, a true comment) is left to readers.

mod house;
mod rooms;
mod tree;
mod words;

use tree::{Source, sources};

/// A rule broken at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Path inside the repository.
    path: String,
    /// Line, from 1; 0 for the whole file.
    line: usize,
    /// Which rule, and how.
    what: String,
}

impl Complaint {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Complaint {
        Complaint { path: path.to_owned(), line, what: what.into() }
    }
}

/// Fails with every complaint on a line of its own.
fn no_complaints(rule: impl Fn(&[Source]) -> Vec<Complaint>) {
    let sources = sources();
    assert!(
        sources.len() > 20,
        "only {} files found: the test looks in the wrong place",
        sources.len()
    );
    let complaints = rule(&sources);
    let lines: Vec<String> =
        complaints.iter().map(|c| format!("{}:{}: {}", c.path, c.line, c.what)).collect();
    assert!(complaints.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn no_line_is_longer_than_100_columns() {
    no_complaints(house::long_lines);
}

#[test]
fn no_file_is_longer_than_400_lines_tests_apart() {
    no_complaints(house::long_files);
}

#[test]
fn no_function_is_longer_than_70_lines() {
    no_complaints(house::long_functions);
}

#[test]
fn every_module_says_what_it_owns() {
    no_complaints(house::undocumented_modules);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    no_complaints(house::unexplained_dependencies);
}

#[test]
fn no_unfinished_or_banned_word_is_left() {
    no_complaints(words::banned);
}

#[test]
fn no_path_of_a_machine_is_named() {
    no_complaints(words::machine_paths);
}

#[test]
fn rooms_depend_only_on_the_rooms_before_them() {
    no_complaints(rooms::dependencies);
}

#[test]
fn the_model_depends_on_nothing_but_optional_serde() {
    no_complaints(rooms::model_dependencies);
}

#[test]
fn only_the_edges_touch_the_world() {
    no_complaints(rooms::world);
}

#[test]
fn the_model_iterates_over_nothing_in_hash_order() {
    no_complaints(rooms::hash_order);
}

#[test]
fn unsafe_code_is_where_the_list_says() {
    no_complaints(rooms::unsafe_code);
}
