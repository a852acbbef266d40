#!/usr/bin/env bash
# Counts the instructions of the hot paths (benches/benches/hot.rs) under callgrind and holds them against
# ci/instructions.txt: more than 3 % above it fails.
#
#   ci/instructions.sh            compare
#   ci/instructions.sh --record   write the baseline anew: in the commit that changes it, with the reason
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "ci/instructions.sh needs valgrind: apt-get install valgrind" >&2; exit 2; }
baseline=ci/instructions.txt
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

hot=$(cargo bench -p mangrove-benches --bench hot --no-run 2>&1 | tee "$out/build" | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
[ -n "$hot" ] || { cat "$out/build" >&2; exit 2; }
valgrind --tool=callgrind --callgrind-out-file="$out/profile" --collect-atstart=no --toggle-collect='hot::path_*' \
  "$hot" >"$out/operations" 2>"$out/log" || { cat "$out/log" >&2; exit 2; }
callgrind_annotate --inclusive=yes --threshold=100 --show-percs=no --auto=no "$out/profile" >"$out/counts"

# What each function took, calls included, by its operations.
awk '
  NR == FNR { if (match($0, /hot::path_[a-z0-9_]+/)) {
                name = substr($0, RSTART + 5, RLENGTH - 5); count = $1; gsub(",", "", count)
                if (count + 0 > taken[name] + 0) taken[name] = count
              } next }
  { if (!($1 in taken)) { print "no count for " $1 > "/dev/stderr"; exit 2 }
    printf "%s %.2f\n", $1, taken[$1] / $2 }
' "$out/counts" "$out/operations" >"$out/now"

rustc=$(rustc --version)
if [ "${1:-}" = --record ]; then
  { echo "# Instructions per operation of each path in benches/benches/hot.rs, by ci/instructions.sh --record"
    echo "# $rustc"
    cat "$out/now"; } >"$baseline"
  cat "$baseline"
  exit
fi

made_with=$(sed -n '2s/^# //p' "$baseline")
if awk '
  NR == FNR { if ($1 != "#") before[$1] = $2; next }
  !($1 in before) { printf "%-28s %10.2f   new: not in the baseline\n", $1, $2; bad = 1; next }
  { ratio = before[$1] > 0 ? $2 / before[$1] : 1; seen[$1] = 1
    verdict = ratio > 1.03 ? "  MORE THAN 3 % ABOVE" : ratio < 0.97 ? "  below: record it" : ""
    if (ratio > 1.03) bad = 1
    printf "%-28s %10.2f %10.2f   %.3f%s\n", $1, before[$1], $2, ratio, verdict }
  END { for (name in before) if (!(name in seen)) { print name " is in the baseline only"; bad = 1 }; exit bad }
' "$baseline" "$out/now"; then
  echo "instructions: within 3 % of $baseline"
else
  cat >&2 <<TEXT
The hot paths take more instructions than $baseline says (path, before, now, ratio).
 - Not meant: see where they went:  valgrind --tool=callgrind --toggle-collect='hot::path_NAME' $hot
   and callgrind_annotate on what that writes.
 - Meant, and worth it: ci/instructions.sh --record, and give the reason in the commit and in benches/LOG.md.
 - Made with $made_with; this is $rustc. If they differ, and main is as far off, record it anew.
TEXT
  exit 1
fi
