#!/bin/sh
# Instructions per record of the whole client process, through callgrind; written to instructions.txt
# beside this file, for comparison from commit to commit. Needs valgrind.
set -eu
cd "$(dirname "$0")/.."
cargo bench --bench whole -- --instructions | tee benches/instructions.txt
