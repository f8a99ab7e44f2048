//! The header for C says what the code says.

use std::path::Path;

#[test]
fn the_header_is_what_cbindgen_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("include/iocp_oracle.h");
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("it is there");
    let mut written = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(folder.join("src/lib.rs"))
        .with_src(folder.join("src/oracle.rs"))
        .generate()
        .expect("it can be told in C")
        .write(&mut written);
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, &written).expect("it can be written");
    }
    let kept = std::fs::read(&path).unwrap_or_default();
    let same = kept == written;
    assert!(same, "stale: REWRITE=1 cargo test -p iocp-capi --test header");
}
