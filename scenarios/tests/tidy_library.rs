//! Library files are written in the one form that `Scenario::to_text` gives.

use iocp_scenarios::{Scenario, library};

/// `REWRITE=1 cargo test -p iocp-scenarios --test tidy_library` writes them so.
#[test]
fn library_files_are_in_the_one_form() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/library"));
    let mut wrong = vec![];
    for entry in library::entries() {
        let scenario = Scenario::parse(entry.name, entry.text).unwrap_or_else(|p| panic!("{p}"));
        let text = scenario.to_text();
        if std::env::var_os("REWRITE").is_some() {
            let path = folder.join(entry.group).join(format!("{}.scenario.json", entry.name));
            std::fs::write(path, text).expect("the library can be written");
        } else if text != entry.text {
            wrong.push(entry.name);
        }
    }
    assert!(wrong.is_empty(), "not in the one form (REWRITE=1 mends it): {wrong:?}");
}
