#!/usr/bin/env bash
# The inbox and its wakes under loom: every interleaving of the programs in scheduler/src/inbox_model.rs, up to three
# preemptions each.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="--cfg mangrove_loom"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/loom
cargo test --release -p mangrove-scheduler --lib inbox_model
echo "loom: no interleaving fails"
