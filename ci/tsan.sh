#!/usr/bin/env bash
# ThreadSanitizer over the scheduler's tests and a threaded torture. Needs a nightly toolchain.
#
# With the component rust-src, the standard library is instrumented as well. Without it, it is not: then accesses inside
# std are not seen, and neither are the happens-before edges of its channels, of `thread::park` and of the inside of
# `thread::spawn` and `join` beyond the pthread calls, which are intercepted. `Arc` and `Once` are generic or inlined,
# so most of their atomics are seen; what is reported from inside std only is suppressed by `ci/tsan.supp`.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
flags="-Zsanitizer=thread"
std=()
if rustup +nightly component list 2>/dev/null | grep -q 'rust-src (installed)' ||
  timeout 60 rustup component add rust-src --toolchain nightly 2>/dev/null; then
  std=(-Zbuild-std)
else
  echo "no rust-src: the standard library is not instrumented" >&2
  flags="$flags -Cunsafe-allow-abi-mismatch=sanitizer"
fi
export RUSTFLAGS="$flags"
export TSAN_OPTIONS="${TSAN_OPTIONS:-} halt_on_error=1 suppressions=$PWD/ci/tsan.supp"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/tsan
cargo +nightly test "${std[@]}" --target "$target" -p mangrove-scheduler --tests
cargo +nightly run "${std[@]}" --release --target "$target" -p mangrove-vm -- torture --seed "${1:-1}" --ops "${2:-50000}" --zeal minor --threads 4
echo "ThreadSanitizer: clean"
