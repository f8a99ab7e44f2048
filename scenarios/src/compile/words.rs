//! The words of a program: which of its threads somebody names.

use crate::json::Node;

/// Every word in the strings of a program.
pub(super) fn words_in(node: &Node, words: &mut std::collections::BTreeSet<String>) {
    if let Some(text) = node.text() {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.extend(parts.filter(|part| part.len() <= 40).map(str::to_owned));
    }
    node.elements().iter().for_each(|element| words_in(element, words));
    // Notes are prose.
    let spoken = node.entries().iter().filter(|entry| entry.key != "note");
    spoken.for_each(|entry| words_in(&entry.value, words));
}
