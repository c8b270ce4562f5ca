#!/bin/sh
# Instructions per record of the whole client process, through callgrind, and what a job of one row
# takes; written to instructions.txt beside this file, for comparison from commit to commit. Needs
# valgrind and strace. SHA-256 counts for more here than on a processor that has instructions for it.
set -eu
cd "$(dirname "$0")/.."
cargo bench --bench whole -- --instructions | tee benches/instructions.txt
