//! Reads the repository's own text files, in a fixed order.

use std::fs;
use std::path::{Path, PathBuf};

/// One text file.
pub(crate) struct Source {
    /// Path inside the repository, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// A file that is not on disk: a planted fault.
    pub(crate) fn planted(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is a test, a bench or an example: code that users never run.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "bench" | "benches" | "examples"))
            || self.path.ends_with("/tests.rs")
    }

    /// The room it belongs to: the first part of its path.
    pub(crate) fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The text before the unit tests at the end of the file.
    pub(crate) fn without_unit_tests(&self) -> &str {
        match self.text.find("\n#[cfg(test)]\nmod ") {
            Some(end) => &self.text[..=end],
            None => &self.text,
        }
    }
}

/// Endings of the files that people write by hand here.
const TEXT: [&str; 11] =
    [".rs", ".toml", ".md", ".json", ".jsonl", ".html", ".js", ".css", ".c", ".h", ".sh"];

/// Every text file of the repository.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above");
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).expect("a folder of the repository can be listed");
        let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name, "target" | ".git" | "node_modules") {
                    open.push(path);
                }
            } else if TEXT.iter().any(|end| name.ends_with(end))
                || path.starts_with(root.join(".ci"))
            {
                let inside = path.strip_prefix(root).expect("found below the root");
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|e| panic!("{} is not readable text: {e}", inside.display()));
                found.push(Source { path: inside.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}
