#!/usr/bin/env bash
# Runs groups of tests and says at its end what ran: tests/run.sh unit|functional|faults|cases …
#
# Everything is built once, with one set of features, so that the executable under test is the one just built.
set -uo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
# Settings of a server that somebody runs from this shell are none of the tests' servers.
for name in $(compgen -e TALLY_ | grep -vE '^TALLY_(TEST_|BIN$)') MONGODB_URI AMQP_URL; do unset "$name"; done
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "building the tests"
cargo test --workspace --locked --no-run --quiet || exit 1
TALLY_BIN=${TALLY_BIN:-$(readlink -f "$target/debug/tally")}
export TALLY_BIN

select_group() { # the arguments of cargo test that select a group
  case $1 in
    # All that `cargo test` runs by itself: beside the code, the suites of the ports, the architecture. Always the whole
    # workspace, because another choice of crates has other features, and all would be built again.
    unit) echo "--workspace" ;;
    functional) echo "--workspace --test functional" ;;
    # These count rounds and cases: what they print is part of the result.
    faults | cases) echo "--workspace --test $1 -- --nocapture" ;;
    *) echo "tests/run.sh: no group of tests is called $1" >&2; exit 2 ;;
  esac
}

passed=0 failed=0 lines=()
for group in "$@"; do
  selection=$(select_group "$group") || exit 2
  printf '\n==> %s\n' "$group"
  began=$SECONDS
  # shellcheck disable=SC2086 # the selection is several words
  cargo test --locked --quiet --no-fail-fast $selection 2>&1 | tee "$log" | grep --line-buffered -vE '^(running 0 tests|test result: ok\. 0 passed.*|)$'
  ended=${PIPESTATUS[0]}
  counts=$(awk '/^test result:/ { gsub(";", ""); p += $4; f += $6 } END { print p + 0, f + 0 }' "$log")
  read -r p f <<<"$counts"
  # A suite that does not compile, or dies, is a failure although it counts none.
  if [ "$ended" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
  if [ "$p" -eq 0 ] && [ "$f" -eq 0 ]; then f=1; lines+=("$group ran no test"); fi
  passed=$((passed + p)) failed=$((failed + f))
  lines+=("$group: $p passed, $f failed, in $((SECONDS - began)) s")
done

printf '\n'
printf '%s\n' "${lines[@]}"
printf 'tests: %s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
