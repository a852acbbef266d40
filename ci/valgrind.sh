#!/usr/bin/env bash
# valgrind's memcheck over a short torture: reads of uninitialised or freed memory are errors, and so are leaks.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { apt-get update -q && apt-get install -qy valgrind; }
cargo build -q --release -p mangrove-vm
valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
  "${CARGO_TARGET_DIR:-target}/release/mangrove" torture --seed "${1:-1}" --ops "${2:-3000}" --zeal random --threads 2
echo "valgrind: clean"
