#!/usr/bin/env bash
# Mutation testing of the model: every change of one operator or result in `model/src` must make a
# test fail. About 1500 mutants; on two cores that is most of a day, so this is no part of `.ci/run`.
# The last line of a run is the figure: how many are missed, caught and do not compile.
#
# Usage: model/mutants.sh [OUT] [ARGUMENTS OF cargo mutants]
#   model/mutants.sh                        everything, results below target/mutants
#   model/mutants.sh out --shard 1/20       a twentieth of it
#   model/mutants.sh out --iterate          go on where a run stopped
#   model/mutants.sh out -F 'ke::queue'     some of it
#
# Needs cargo-mutants (`cargo install cargo-mutants`). Survivors are in OUT/mutants.out/missed.txt;
# what cannot be told from the original stands with its reason in model/mutants.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-target/mutants}
mkdir -p "$out"
# The random programs are the slowest tests, and a tenth of them finds what it finds.
IO_ANY_CASES=${IO_ANY_CASES:-40} exec nice cargo mutants --config model/mutants.toml \
    --package iocp-model --output "$out" --no-times --colors never "${@:2}"
