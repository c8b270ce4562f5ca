#!/bin/sh
# Counts the instructions of each stage anew, to be compared with from now on: `instructions.txt` beside this file, and
# `instructions.debug.txt`, with which `.ci/run` compares. Needs valgrind. SHA-256 counts for more here than on a processor
# that has instructions for it. The rest of `instructions.txt` comes from `cargo bench --bench whole -- --instructions`.
set -eu
cd "$(dirname "$0")/.."
cargo bench --profile counted --bench stages -- --instructions --write
cargo bench --profile dev --bench stages -- --instructions --write
