#!/bin/sh
# How fast `iocp check` is, printed as tables: histories of one queue side by side with
# porcupine-rs, a lockstep trace of a million events, and many traces that begin alike.
#
# Usage: oracle/bench/run.sh      (needs cargo, python3 and GNU time)
# Each figure is the best of three runs of the whole process, from file to verdict: user seconds,
# which other processes disturb least, and peak memory.
set -eu
cd "$(dirname "$0")/../.."
out=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iocp=${IOCP:-$out/release/iocp}
if [ -z "${IOCP:-}" ]; then cargo build --release --locked -p iocp >&2; fi
(cd oracle/bench && CARGO_TARGET_DIR=$out/bench-histories cargo build --release --locked >&2)
other=$out/bench-histories/release/iocp-bench-histories

# best COMMAND...: the verdict, seconds and kilobytes of the best of three runs
best() {
    for _ in 1 2 3; do
        /usr/bin/time -o "$work/time" -f '%U %M' "$@" >"$work/said" 2>/dev/null || true
        tail -1 "$work/time"
    done | sort -n | head -1
}

# word: what iocp came to, as the other one says it
word() {
    case $(cat "$work/said") in
    *rejects* | *FAIL*) echo rejects ;;
    *"gives up"* | *UNDECIDED* | *"1 inconclusive"*) echo "gives up" ;;
    *accepts* | *PASS*) echo accepts ;;
    *) echo "?" ;;
    esac
}

printf '%-44s %-9s %8s %9s   %-9s %8s %9s\n' history iocp seconds kB porcupine seconds kB
history() {
    title=$1 && shift
    python3 oracle/bench/histories.py "$@" >"$work/h.hist"
    "$iocp" convert "$work/h.hist" --from porcupine -o "$work/h.trace.jsonl" >/dev/null 2>&1
    mine=$(best "$iocp" check --max-deviations 0 "$work/h.trace.jsonl")
    mine_word=$(word)
    theirs=$(best "$other" "$work/h.hist" 20)
    theirs_word=$(word)
    # shellcheck disable=SC2086  # two numbers each
    printf '%-44s %-9s %8s %9s   %-9s %8s %9s\n' "$title" "$mine_word" $mine "$theirs_word" $theirs
}
history "2 clients, queue up to 4, wrong" 5000 2 1 4 bad
history "4 clients, queue up to 4, wrong" 5000 4 1 4 bad
history "8 clients, queue up to 4" 5000 8 1 4
history "8 clients, queue up to 4, wrong" 5000 8 1 4 bad
history "2 clients, unbounded queue" 5000 2 1 0
history "4 clients, unbounded queue" 5000 4 1 0
history "8 clients, unbounded queue" 5000 8 1 0

python3 - "$work" <<'PYTHON'
import sys
folder = sys.argv[1]
META = '{"ev":"meta","format":"iocp-trace","version":1,"level":"win32"}\n'
PORT = ('{"ev":"call","id":0,"tid":1,"op":"NtCreateIoCompletion",'
        '"args":{"access":2031619,"attributes":"null","concurrency":4}}\n'
        '{"ev":"ret","id":0,"res":{"status":0,"handle":"0x30"}}\n')
def pair(n, tid, key):
    return ('{"ev":"call","id":%d,"tid":%d,"op":"PostQueuedCompletionStatus",'
            '"args":{"port":"0x30","bytes":0,"key":%d,"overlapped":0}}\n'
            '{"ev":"ret","id":%d,"res":{"ok":true}}\n'
            '{"ev":"call","id":%d,"tid":%d,"op":"GetQueuedCompletionStatus",'
            '"args":{"port":"0x30","timeout":"zero"}}\n'
            '{"ev":"ret","id":%d,"res":{"ok":true,"key":%d,"overlapped":0,"bytes":0}}\n'
            % (n, tid, key, n, n + 1, tid % 4 + 2, n + 1, key))
with open(folder + "/lockstep.trace.jsonl", "w") as f:
    f.write(META + PORT)
    for i in range(250_000):
        f.write(pair(2 * i + 1, i % 4 + 1, i % 1000 + 1))
    f.write('{"ev":"end"}\n')
common = META + PORT + "".join(pair(2 * i + 1, i % 4 + 1, i % 1000 + 1) for i in range(2000))
for k in range(100):
    with open("%s/alike-%03d.trace.jsonl" % (folder, k), "w") as f:
        f.write(common + pair(4001, k % 4 + 1, 5000 + k) + '{"ev":"end"}\n')
PYTHON
printf '\n%-44s %8s %9s\n' "other traces" seconds kB
row() {
    title=$1 && shift
    # shellcheck disable=SC2046,SC2183  # two numbers
    printf '%-44s %8s %9s\n' "$title" $(best "$@")
}
row "lockstep, a million events" "$iocp" check "$work/lockstep.trace.jsonl"
row "100 traces that begin alike, together" "$iocp" check "$work"/alike-*.trace.jsonl
row "the same one by one" sh -c "for t in \"\$@\"; do \"$iocp\" check \"\$t\"; done" sh "$work"/alike-*.trace.jsonl
