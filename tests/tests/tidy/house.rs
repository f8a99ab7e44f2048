//! Sizes and prose: one idea a file, one screen a function, a reason for each dependency.

use crate::Complaint;
use crate::tree::Source;

const LINE_COLUMNS_MAX: usize = 100;
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Lines that formatting cannot break or that a tool does not format, per file; these only shrink.
const UNBREAKABLE: [(&str, usize); 11] = [
    ("model/src/code.rs", 1),
    ("model/src/ids.rs", 1),
    ("model/src/io/complete.rs", 1),
    ("model/src/io/driver.rs", 1),
    ("model/src/kernel.rs", 1),
    ("model/src/rules/table.rs", 1),
    ("model/src/semantics.rs", 2),
    ("model/src/table.rs", 2),
    ("model/tests/properties/main.rs", 2),
    ("scenarios/src/operations.rs", 1),
    ("scheduler/src/lib.rs", 1),
];

/// Files that are longer than a file may be, with the lines they may have; these only shrink.
/// The rules are one table; the calls are one enum, every field of which has its sentence.
const OVERLONG: [(&str, usize); 2] =
    [("model/src/call.rs", 525), ("model/src/rules/table.rs", 455)];

/// Lines of Rust over 100 columns. A string (a sentence of a table, a message) and a row of a table
/// in a comment are left whole: breaking them would make them harder to search for and to read.
pub(crate) fn long_lines(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.is_rust() && !s.is_test()) {
        let spared = UNBREAKABLE.iter().find(|(path, _)| *path == source.path).map_or(0, |u| u.1);
        let long = source.text.lines().enumerate().filter(|(_, line)| {
            let comment = line.trim_start();
            let row = comment.starts_with("//") && comment.ends_with('|');
            line.chars().count() > LINE_COLUMNS_MAX
                && !row
                && without_strings(line) > LINE_COLUMNS_MAX
        });
        for (index, line) in long.skip(spared) {
            let columns = line.chars().count();
            let what = format!("{columns} columns, {LINE_COLUMNS_MAX} are allowed");
            complaints.push(Complaint::new(&source.path, index + 1, what));
        }
    }
    complaints
}

/// The columns of a line outside its string literals.
fn without_strings(line: &str) -> usize {
    let (mut inside, mut escaped, mut columns) = (false, false, 0);
    for c in line.chars() {
        let quote = c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
        columns += usize::from(!inside);
        inside ^= quote;
    }
    columns
}

/// Files of Rust over 400 lines, unit tests not counted.
pub(crate) fn long_files(sources: &[Source]) -> Vec<Complaint> {
    sources
        .iter()
        .filter(|s| s.is_rust() && !s.is_test())
        .filter_map(|s| {
            let lines = s.without_unit_tests().lines().count();
            let overlong = OVERLONG.iter().find(|(path, _)| *path == s.path);
            let allowed = overlong.map_or(FILE_LINES_MAX, |(_, lines)| *lines);
            (lines > allowed).then(|| {
                let what = format!("{lines} lines, {allowed} are allowed: split by noun");
                Complaint::new(&s.path, 0, what)
            })
        })
        .collect()
}

/// Functions over 70 lines. Formatted code closes a function at the indent where it opened.
pub(crate) fn long_functions(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.is_rust() && !s.is_test()) {
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (index, line) in source.without_unit_tests().lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            if opens_function(line.trim_start()) {
                open.push((indent, index));
            }
            let Some(&(at, start)) = open.last() else { continue };
            let ended = indent == at && (line.trim_start().starts_with('}') || line.ends_with(';'));
            if ended {
                open.pop();
                let lines = index - start + 1;
                if lines > FUNCTION_LINES_MAX {
                    complaints.push(Complaint::new(
                        &source.path,
                        start + 1,
                        format!("a function of {lines} lines, {FUNCTION_LINES_MAX} are allowed"),
                    ));
                }
            }
        }
    }
    complaints
}

fn opens_function(line: &str) -> bool {
    let before_name = line.split("fn ").next().unwrap_or_default();
    line.contains("fn ")
        && before_name.split_whitespace().all(|word| {
            matches!(word, "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"" | "\"system\"")
                || word.starts_with("pub(")
        })
        && !line.ends_with('}')
}

/// Files of Rust that do not begin with what they own.
pub(crate) fn undocumented_modules(sources: &[Source]) -> Vec<Complaint> {
    sources
        .iter()
        .filter(|s| s.is_rust() && !s.text.starts_with("//!"))
        .map(|s| Complaint::new(&s.path, 1, "no `//!` line that says what the file owns"))
        .collect()
}

/// Dependencies of members (ours apart) without a comment above them.
pub(crate) fn unexplained_dependencies(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|s| s.path.ends_with("/Cargo.toml") && !s.is_test()) {
        let mut in_dependencies = false;
        let mut above = "";
        for (index, line) in source.text.lines().enumerate() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies
                && line.contains('=')
                && !line.starts_with("iocp-")
                && !above.starts_with('#')
                && !line.contains('#')
            {
                let what = format!("`{line}` does not say why it is there");
                complaints.push(Complaint::new(&source.path, index + 1, what));
            }
            above = line;
        }
    }
    complaints
}

#[test]
fn a_planted_long_line_is_found() {
    let long = Source::planted("cli/src/a.rs", &format!("let a = {};", "1 + ".repeat(30)));
    assert_eq!(long_lines(&[long]).len(), 1);
}

#[test]
fn a_planted_long_file_is_found_and_tests_do_not_count() {
    let long = Source::planted("cli/src/a.rs", &"// a\n".repeat(401));
    assert_eq!(long_files(&[long]).len(), 1);
    let tests = format!("fn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// a\n".repeat(500));
    assert_eq!(long_files(&[Source::planted("cli/src/a.rs", &tests)]), []);
}

#[test]
fn a_planted_long_function_is_found_where_it_starts() {
    let body = "    a();\n".repeat(69);
    let text = format!("//! a\npub(crate) fn short() {{}}\npub fn long() {{\n{body}}}\n");
    let found = long_functions(&[Source::planted("cli/src/a.rs", &text)]);
    assert_eq!(found.iter().map(|c| c.line).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_planted_undocumented_module_is_found() {
    assert_eq!(undocumented_modules(&[Source::planted("cli/src/a.rs", "fn a() {}\n")]).len(), 1);
}

#[test]
fn a_planted_unexplained_dependency_is_found() {
    let text = "[dependencies]\niocp-model.workspace = true\n# Why.\na = \"1\"\nb = \"1\"\n";
    let found = unexplained_dependencies(&[Source::planted("cli/Cargo.toml", text)]);
    assert_eq!(found.iter().map(|c| c.line).collect::<Vec<_>>(), [5]);
}
