#!/bin/sh
# Builds the WebAssembly module of the page, and tells whether the embedded one is stale.
#
#     viz/build-wasm.sh           build, and embed the module with the hash of its sources
#     viz/build-wasm.sh --fresh   is the embedded module made from these sources? (reads only)
#     viz/build-wasm.sh --check   build again and compare with the embedded module, byte by byte
#
# With rustup:   rustup target add wasm32-unknown-unknown, then IOCP_WASM_RUSTC=rustc
# With Debian:   apt-get install rustc-web rust-web-src libstd-rust-web-dev binaryen zopfli
#
# The embedded module is Debian's: its compiler has the sources of the standard library beside it,
# so the module is the same on every machine that has the same version. (RUSTC_BOOTSTRAP allows
# -Zbuild-std there.) With another version --check asks for the same sources and for a build that
# works, and says that the bytes were not compared.
set -eu
cd "$(dirname "$0")/.."

target=wasm32-unknown-unknown
module=viz/src/page/iocp.wasm.gz
label=viz/src/page/iocp.wasm.label
rustc=${IOCP_WASM_RUSTC:-/usr/bin/rustc}

say() { echo "build-wasm.sh: $*" >&2; }

# One hash of the names and contents of everything the module is made of.
sources_hash() {
    {
        find model/src scheduler/src scenarios/src scenarios/library oracle/src viz/src viz/wasm \
            viz/lessons -type f ! -path 'viz/src/page/*' ! -path 'viz/src/tests/*' ! -name '*.expected'
        echo Cargo.toml model/Cargo.toml scheduler/Cargo.toml scenarios/Cargo.toml oracle/Cargo.toml \
            viz/Cargo.toml |
            tr ' ' '\n'
        echo scenarios/build.rs
        echo viz/build-wasm.sh
    } | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1
}

compiler() { echo "$("$rustc" --version), $(wasm-opt --version)"; }

build() {
    for tool in "$rustc" wasm-opt zopfli; do
        command -v "$tool" >/dev/null || {
            say "$tool is missing; see the head of this script"
            exit 3
        }
    done
    linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
    [ -x "$linker" ] || linker=$(command -v wasm-ld || command -v rust-lld || echo rust-lld)
    out=${CARGO_TARGET_DIR:-target}
    home=${CARGO_HOME:-$HOME/.cargo}
    # A standard library built here can leave the texts of panics out: nobody reads them there.
    std=''
    flags=''
    if [ ! -d "$("$rustc" --print sysroot)/lib/rustlib/$target/lib" ]; then
        std="-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size"
        flags="-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=shallow"
    fi
    # shellcheck disable=SC2086 # no word if the standard library is there
    RUSTC=$rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
        RUSTFLAGS="--remap-path-prefix=$PWD=iocp --remap-path-prefix=$home=cargo $flags" \
        cargo build --locked --profile wasm --target $target $std -p iocp-wasm >&2
    built=$out/$target/wasm/iocp.wasm
    wasm-opt -Oz --enable-bulk-memory --enable-mutable-globals --enable-nontrapping-float-to-int \
        --enable-sign-ext --strip-debug --strip-producers --strip-target-features --low-memory-unused \
        "$out/$target/wasm/iocp_wasm.wasm" -o "$built"
}

case "${1:-}" in
--fresh)
    if [ "$(sed -n 's/^sources //p' $label)" != "$(sources_hash)" ]; then
        say "$module is not made from these sources; run viz/build-wasm.sh"
        exit 1
    fi
    ;;
--check)
    "$0" --fresh
    build
    if [ "$(sed -n 's/^compiler //p' $label)" != "$(compiler)" ]; then
        say "another compiler than the embedded module's; bytes are not compared"
    elif ! gzip -d -c $module | cmp - "$built"; then
        say "$module is not what its sources give; run viz/build-wasm.sh"
        exit 1
    fi
    ;;
'')
    build
    zopfli -c "$built" >$module.new && mv $module.new $module
    { echo "sources $(sources_hash)"; echo "compiler $(compiler)"; } >$label
    ;;
*)
    say "unknown option $1; see the head of this script"
    exit 2
    ;;
esac
size=$(gzip -d -c $module | wc -c)
packed=$(wc -c <$module)
say "$module: $packed bytes, $size unpacked"
# As much as a page may cost to open.
[ "$packed" -le 250000 ] || { say "more than 250,000 bytes gzipped"; exit 1; }
