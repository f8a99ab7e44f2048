//! Starting the win32 driver: as it is on Windows, under Wine elsewhere.

use super::Start;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where Debian keeps the 64-bit loader. Its `wine` is a script around it that warns when 32-bit
/// programs cannot run.
const LOADERS: [&str; 2] = ["/usr/lib/wine/wine64", "/usr/bin/wine64"];

/// The Wine loader of this machine.
pub fn wine_loader() -> Option<PathBuf> {
    LOADERS.iter().map(PathBuf::from).find(|path| path.exists())
}

impl Start {
    /// How to start the win32 driver at `program`. `prefix` is where Wine keeps its Windows; it
    /// is made at the first start, which takes a while. `None`: this machine cannot run it.
    pub fn win32(program: &Path, prefix: &Path) -> Option<Start> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        if cfg!(windows) {
            return Some(Start::program(&text(program)));
        }
        let environment = [
            ("WINEPREFIX", text(prefix)),
            ("WINEDEBUG", "-all".to_owned()),
            ("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=d".to_owned()),
        ];
        Some(Start {
            program: text(&wine_loader()?),
            arguments: vec![text(program)],
            environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            hello_limit: Duration::from_secs(120),
        })
    }
}
