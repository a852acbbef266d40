#!/usr/bin/env bash
# ThreadSanitizer over the scheduler's tests and a threaded torture. Needs a nightly toolchain with rust-src.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
rustup +nightly component list 2>/dev/null | grep -q 'rust-src (installed)' || rustup component add rust-src --toolchain nightly
export RUSTFLAGS="-Zsanitizer=thread"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/tsan
cargo +nightly test -Zbuild-std --target "$target" -p mangrove-scheduler --tests
cargo +nightly run -Zbuild-std --release --target "$target" -p mangrove-vm -- torture --seed "${1:-1}" --ops "${2:-50000}" --zeal minor --threads 4
echo "ThreadSanitizer: clean"
