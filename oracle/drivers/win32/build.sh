#!/bin/sh
# Builds the driver for 64-bit Windows.
#
# On Windows this is `cargo build`. Elsewhere it is a cross build with Debian's packages:
#
#     apt-get install rustc-web rust-web-src libstd-rust-web-dev gcc-mingw-w64-x86-64
#
# Debian ships no standard library for Windows, so it is built here from source with Debian's own
# compiler (RUSTC_BOOTSTRAP allows -Zbuild-std there). The target is the Windows 7 one because the
# ordinary one imports a DLL for random numbers that Wine 8.0 does not have.
#
# Prints the path of the program on standard output, everything else on standard error.
set -eu
cd "$(dirname "$0")"

case "$(uname -s)" in
MINGW* | MSYS* | CYGWIN* | Windows*)
    cargo build --locked >&2
    echo "${CARGO_TARGET_DIR:-target}/debug/iocp-driver-win32.exe"
    exit 0
    ;;
esac

debian_rustc=${IOCP_DRIVER_RUSTC:-/usr/bin/rustc}
target=x86_64-win7-windows-gnu
linker=x86_64-w64-mingw32-gcc
for tool in "$debian_rustc" "$linker"; do
    command -v "$tool" >/dev/null || {
        echo "build.sh: $tool is missing; see the head of this script" >&2
        exit 3
    }
done
out=${CARGO_TARGET_DIR:-target}
RUSTC=$debian_rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_LINKER=$linker \
    CARGO_TARGET_DIR=$out \
    cargo build --locked -Zbuild-std=std,panic_unwind --target $target >&2
echo "$out/$target/debug/iocp-driver-win32.exe"
