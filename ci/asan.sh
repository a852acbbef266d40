#!/usr/bin/env bash
# AddressSanitizer over the tests of heap and scheduler, and 100 000 operations of torture.
# Needs a nightly toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Zsanitizer=address" RUSTDOCFLAGS="-Zsanitizer=address" ASAN_OPTIONS=detect_leaks=1
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/asan
cargo +nightly test --target "$target" -p mangrove-nanbox -p mangrove-gc -p mangrove-scheduler --tests
MANGROVE_ZEAL=random cargo +nightly test --target "$target" -p mangrove-gc -p mangrove-scheduler --tests
cargo +nightly run --release --target "$target" -p mangrove-vm -- torture --seed "${1:-1}" --ops "${2:-100000}" --zeal random --threads 2
echo "AddressSanitizer: clean"
