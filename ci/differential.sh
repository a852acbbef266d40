#!/usr/bin/env bash
# Random programs of the subset: our VM, plain and under zeal, does what Node does. Then every program of vm/programs
# under more seeds of zeal. Needs Node 20 or later.
# Usage: ci/differential.sh [PROGRAMS [FIRST_SEED [ZEAL_SEEDS]]]
set -euo pipefail
cd "$(dirname "$0")/.."
command -v node >/dev/null || { echo "no node here" >&2; exit 1; }
node vm/programs/expect.mjs --check
export MANGROVE_PROGRAMS=${1:-2000} MANGROVE_SEED=${2:-1}
cargo test --release -p mangrove-vm --test generated -- --nocapture
unset MANGROVE_PROGRAMS
MANGROVE_SEEDS=${3:-5} cargo test --release -p mangrove-vm --test programs
echo "differential: the VM agrees with Node"
