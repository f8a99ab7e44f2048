//! The specification's tables: facts, vectors, misconceptions, programs, sources, by their ids.

use std::collections::BTreeMap;

use iocp_model::Rule;

/// The documents, as the rules cite them.
const DOCUMENTS: [(&str, &str); 3] = [
    ("semantics", include_str!("../../model/spec/semantics.md")),
    ("facts", include_str!("../../model/spec/facts.md")),
    ("users", include_str!("../../model/spec/users.md")),
];

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    /// Which document.
    pub(crate) document: &'static str,
    /// The heading of its section.
    pub(crate) section: &'static str,
    /// Column names and cells; the first is the id.
    pub(crate) cells: Vec<(&'static str, &'static str)>,
}

impl Row {
    /// The id.
    pub(crate) fn id(&self) -> &'static str {
        self.cells.first().map_or("", |(_, cell)| cell)
    }

    /// Its ids, where it has several.
    fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.id().split([',', '/']).map(str::trim)
    }

    /// What a fact says: what is done, and what comes of it.
    pub(crate) fn said(&self) -> String {
        let cells: Vec<&str> = self.cells.iter().skip(1).take(2).map(|(_, cell)| *cell).collect();
        cells.join(" => ")
    }
}

/// Every row of every table whose first column is an id or a key.
pub(crate) fn rows() -> Vec<Row> {
    DOCUMENTS.into_iter().flat_map(|(name, text)| rows_of(name, text)).collect()
}

/// What the rules stand on: for each source as a rule names it where it is, for each fact what it
/// says.
pub(crate) fn grounds() -> BTreeMap<String, String> {
    let mut rows_of: BTreeMap<&str, Row> = BTreeMap::new();
    for row in rows() {
        for id in row.ids() {
            rows_of.entry(id).or_insert_with(|| row.clone());
        }
    }
    let mut grounds = BTreeMap::new();
    for rule in Rule::ALL {
        for source in sources(*rule) {
            if let Some((_, place)) = rows_of.get(key(source)).and_then(|row| row.cells.get(1)) {
                grounds.insert(source.to_owned(), (*place).to_owned());
            }
        }
        for fact in rule.facts() {
            grounds.insert((*fact).to_owned(), rows_of[fact].said());
        }
    }
    grounds
}

/// The sources of a rule, as it names them.
pub(crate) fn sources(rule: Rule) -> impl Iterator<Item = &'static str> {
    rule.source().split(';').map(str::trim)
}

/// A source and, if its key is in the table, where it is.
pub(crate) fn with_place(source: &str) -> String {
    match find(key(source)).first().and_then(|row| row.cells.get(1)) {
        Some((_, place)) => format!("{source}: {place}"),
        None => source.to_owned(),
    }
}

fn key(source: &str) -> &str {
    source.split([' ', '(']).next().unwrap_or(source).trim_end_matches(',')
}

/// Rows with exactly this id. A row may name several sources: `MS-cancel / MS-sync`.
pub(crate) fn find(id: &str) -> Vec<Row> {
    rows().into_iter().filter(|row| row.ids().any(|part| part == id)).collect()
}

fn rows_of(document: &'static str, text: &'static str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut section = "";
    let mut columns: Vec<&str> = Vec::new();
    let mut above = "";
    for line in text.lines() {
        if line.starts_with("|---") {
            columns = cells(above);
        } else if let Some(heading) = line.strip_prefix('#') {
            section = heading.trim_start_matches('#').trim();
        } else if line.is_empty() {
            // A row may stand apart from its table.
        } else if !line.starts_with('|') {
            columns.clear();
        } else if matches!(columns.first(), Some(&("id" | "key" | "#" | "name"))) {
            let cells = columns.iter().copied().zip(cells(line)).collect();
            rows.push(Row { document, section, cells });
        }
        above = line;
    }
    rows
}

/// The cells of a line; a bar in a cell is written `\|`.
fn cells(line: &'static str) -> Vec<&'static str> {
    let inside = line.trim().trim_start_matches('|');
    let mut cells = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, c) in inside.char_indices() {
        if c == '|' && before != '\\' {
            cells.push(inside[start..at].trim());
            start = at + 1;
        }
        before = c;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_vectors_misconceptions_and_sources_are_found() {
        for id in ["A06", "D03", "V7", "E1", "E54", "U01", "X01", "MS-IOCP", "ROS-queue"] {
            assert_eq!(find(id).len(), 1, "{id}");
        }
        assert!(find("A9999").is_empty());
    }

    #[test]
    fn the_grounds_are_those_that_explain_tells() {
        let grounds = grounds();
        for rule in Rule::ALL {
            for source in sources(*rule) {
                let told = grounds.get(source).map(|place| format!("{source}: {place}"));
                assert_eq!(told.unwrap_or_else(|| source.to_owned()), with_place(source));
            }
        }
        assert!(grounds["D03"].contains("LIFO over waiters"), "{}", grounds["D03"]);
    }

    #[test]
    fn every_fact_that_a_rule_names_is_in_a_table() {
        let rows = rows();
        for rule in Rule::ALL {
            for fact in rule.facts() {
                assert!(rows.iter().any(|row| row.id() == *fact), "{rule} names {fact}");
            }
        }
    }
}
