#!/usr/bin/env bash
# Spin, Stateright and this explorer on KQ, side by side in one run. See README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -eq 4 ]; then sizes=("$*"); else sizes=("3 3 3 2" "4 2 6 2"); fi
for tool in spin gcc cargo /usr/bin/time; do
    command -v "$tool" >/dev/null || { echo "versus.sh needs $tool" >&2; exit 2; }
done

target=$(cd "$here/.." && cargo metadata --no-deps --format-version 1 |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
(cd "$here/.." && cargo build --quiet --release --example kq)
(cd "$here/stateright" && CARGO_TARGET_DIR="$target/versus" cargo build --quiet --release)
ours="$target/release/examples/kq"
stateright="$target/versus/release/stateright-iocp"

# One build of pan: name, size, then options of spin, `--`, options of gcc.
pan() {
    local name=$1 size=($2) spin_options=() gcc_options=()
    shift 2
    while [ "$1" != -- ]; do spin_options+=("$1"); shift; done
    shift
    gcc_options=("$@")
    mkdir -p "$work/$name"
    cd "$work/$name"
    spin -a "${spin_options[@]}" -DW="${size[0]}" -DP="${size[1]}" -DK="${size[2]}" \
        -DC="${size[3]}" "$here/kq.pml" >/dev/null
    gcc -O2 -DSAFETY "${gcc_options[@]}" -o pan pan.c 2>/dev/null
    cd "$here"
}

# The number that follows a word in the output of the last run, or of any of several words.
number() { grep -oE "$1" "$work/out" | grep -oE '[0-9]+(\.[0-9]+)?' | head -1; }

states() {
    number '[0-9]+ states, stored|unique=[0-9]+|states=[0-9]+|"states": ?[0-9]+'
}

transitions() {
    number '^ *[0-9]+ transitions|generated=[0-9]+| transitions=[0-9]+|"transitions": ?[0-9]+'
}

# One line of the table: label, then the command. GNU time takes the peak of memory from the kernel;
# whatever samples it beside the search takes time from the second thread.
row() {
    local label=$1 best='' line count
    shift
    for _ in $(seq "$runs"); do
        /usr/bin/time -q -o "$work/time" -f '%e %U %S %M' "$@" >"$work/out" 2>&1 || true
        line=$(awk '{ printf "%.2f %.2f %d", $1, $2 + $3, $4 }' "$work/time")
        if [ -z "$best" ] || awk "BEGIN { exit !(${line%% *} < ${best%% *}) }"; then best=$line; fi
    done
    count=$(states)
    read -r seconds cpu kilobytes <<<"$best"
    printf '| %s | %s | %s | %s | %s | %s |\n' "$label" "$seconds" "$cpu" \
        "${count:--}" "$(transitions || true)" \
        "$(awk "BEGIN { printf \"%.0f\", $kilobytes * 1024 / ${count:-1} }")"
}

ours() {
    local label=$1 size=($2)
    shift 2
    if [ -n "${IOCP:-}" ]; then
        # The others look for no starvation.
        row "iocp, $label" "$IOCP" explore kq --set workers="${size[0]}" \
            --set producers="${size[1]}" --set packets="${size[2]}" \
            --set concurrency="${size[3]}" --starvation 0 --json "$@"
    else
        row "ours, $label" "$ours" "${size[@]}" "$@"
    fi
}

for size in "${sizes[@]}"; do
    pan exact "$size" -- -DNOREDUCE
    pan breadth "$size" -DNOHIDDEN -- -DNOREDUCE -DBFS
    pan reduced "$size" --
    read -ra words <<<"$size"
    if [ "$size" = "4 2 6 2" ]; then table=24; else table=21; fi
    echo
    echo "KQ $size, fastest of $runs"
    echo
    echo '| explorer | seconds | cpu | states | transitions | bytes/state |'
    echo '|---|---:|---:|---:|---:|---:|'
    row 'Spin, depth first' "$work/exact/pan" -m10000 -w"$table"
    row 'Spin, breadth first' "$work/breadth/pan" -m10000 -w"$table"
    row 'Stateright, breadth first' "$stateright" "${words[@]}" --bfs --threads 1
    row 'Stateright, breadth first, 2 threads' "$stateright" "${words[@]}" --bfs --threads 2
    row 'Stateright, depth first' "$stateright" "${words[@]}" --dfs --threads 1
    ours 'no reduction' "$size" --no-reduction --threads 1
    ours 'no reduction, 2 threads' "$size" --no-reduction --threads 2
    row 'Spin, partial order' "$work/reduced/pan" -m10000 -w"$table"
    row 'Stateright, symmetry' "$stateright" "${words[@]}" --dfs --sym
    ours 'symmetry' "$size" --no-partial-order --no-fusing --threads 1
    ours 'all reductions' "$size" --threads 1
done
