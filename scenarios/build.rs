//! Embeds the scenario library: every `library/GROUP/NAME.scenario.json`, with the `.expected`
//! beside it, in the order of their names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=library");
    let mut found = vec![];
    collect(&root.join("library"), &mut found)?;
    found.sort();
    // The page hands its module the texts: they are in the page already.
    let for_the_page = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32");
    let mut code = "&[\n".to_owned();
    for (name, group, path) in found.iter().filter(|_| !for_the_page) {
        println!("cargo::rerun-if-changed={}", path.parent().unwrap_or(path).display());
        let expected = path.with_file_name(format!("{name}.expected"));
        let golden = match expected.exists() {
            true => format!("Some(include_str!({expected:?}))"),
            false => "None".to_owned(),
        };
        writeln!(
            code,
            "    Entry {{ name: {name:?}, group: {group:?}, text: include_str!({path:?}), \
             expected: {golden} }},"
        )
        .expect("a string takes everything");
    }
    code.push_str("]\n");
    for pair in found.windows(2) {
        assert!(pair[0].0 != pair[1].0, "two scenarios are called {}", pair[0].0);
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("library.rs"), code)
}

fn collect(folder: &Path, found: &mut Vec<(String, String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            collect(&path, found)?;
        } else if let Some(name) = file.strip_suffix(".scenario.json") {
            let group = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            found.push((name.to_owned(), group.to_owned(), path));
        }
    }
    Ok(())
}
