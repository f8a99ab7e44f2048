//! The specification's tables: facts, vectors, misconceptions, programs, sources, by their ids.

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
}

/// Every row of every table whose first column is an id or a key.
pub(crate) fn rows() -> Vec<Row> {
    DOCUMENTS.into_iter().flat_map(|(name, text)| rows_of(name, text)).collect()
}

/// Rows with exactly this id. A row may name several sources: `MS-cancel / MS-sync`.
pub(crate) fn find(id: &str) -> Vec<Row> {
    let names = |row: &Row| row.id().split([',', '/']).any(|part| part.trim() == id);
    rows().into_iter().filter(names).collect()
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
    use iocp_model::Rule;

    #[test]
    fn facts_vectors_misconceptions_and_sources_are_found() {
        for id in ["A06", "D03", "V7", "E1", "E54", "U01", "X01", "MS-IOCP", "ROS-queue"] {
            assert_eq!(find(id).len(), 1, "{id}");
        }
        assert!(find("A9999").is_empty());
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
