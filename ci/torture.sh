#!/usr/bin/env bash
# The long torture: seeds 1 to 20 at 50 000 operations, then 1 000 000 operations with everything moving.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q --release -p mangrove-vm
mangrove=${CARGO_TARGET_DIR:-target}/release/mangrove
for seed in $(seq 1 "${1:-20}"); do "$mangrove" torture --seed "$seed" --ops 50000 --zeal random --threads 2; done
"$mangrove" torture --seed 1 --ops "${2:-1000000}" --zeal move
