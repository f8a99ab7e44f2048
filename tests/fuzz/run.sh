#!/usr/bin/env bash
# Builds the fuzz targets on the toolchain that is there, stable or not, and runs each for a while.
# Usage: tests/fuzz/run.sh [--seconds N] [--corpus FOLDER] [TARGET...]
#   --seconds N      how long each target runs (default 600)
#   --corpus FOLDER  where inputs that reached something new are kept (default: in the target folder)
# Prints one line for each target: inputs tried, parts of the program reached, seconds. Ends with 1
# at the first crash, hang (10 s) or hunger for memory (2 GB), and names the input.
set -euo pipefail
cd "$(dirname "$0")"

seconds=600
corpus=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2 && shift ;;
    --corpus) corpus=$(realpath -m "$2") && shift ;;
    *) targets+=("$1") ;;
    esac
    shift
done
if [ ${#targets[@]} -eq 0 ]; then
    targets=(scenario trace convert protocol token checkpoint page case c_interface)
fi

# The coverage counters that libFuzzer wants; `cargo fuzz` sets the same ones. Naming the target
# keeps them out of build scripts.
flags=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
    -Ccodegen-units=1
)
host=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-$PWD/target}
RUSTFLAGS="${flags[*]}" cargo build --release --locked --target "$host" --target-dir "$build" --bins
work=$build/fuzz
corpus=${corpus:-$work/corpus}

# Inputs to start from: what the tests of the parsers read.
seeds_of() {
    case $1 in
    scenario) printf '%s\n' ../../scenarios/library/* ../../viz/src/lessons ;;
    trace | c_interface) printf '%s\n' ../../oracle/tests/corpus/{accepted,rejected} ;;
    convert) printf '%s\n' ../../oracle/tests/corpus/{logs,accepted} ;;
    protocol) printf '%s\n' ../../oracle/suite ;;
    esac
}

for target in "${targets[@]}"; do
    mkdir -p "$corpus/$target" "$work/found"
    mapfile -t seeds < <(seeds_of "$target")
    log=$work/$target.log
    if ! "$build/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=8192 -print_final_stats=1 -artifact_prefix="$work/found/$target-" \
        "$corpus/$target" "${seeds[@]}" >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "$target: failed; the input is in $work/found"
        exit 1
    fi
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    reached=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
    echo "$target: $tried inputs, $reached, $seconds s"
done
