#!/usr/bin/env bash
# Measures Tally on this machine: counting by the core, and the platform beside its peers in one interleaved run.
#
#   tests/bench/run.sh             counting, and the embedded store's life of a job
#   PEERS=<folder> tests/bench/run.sh [PEER...]   also the platform beside peers (default: P1 P2 P3 P4), by the harness
#                                  in that folder (`./bench.sh setup` once before)
#
# REPS (default 3) repeats; every figure that is printed is measured in this very run.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
reps=${REPS:-3}

cargo build --release --locked -p tally-cli --features cluster
cargo build --release --locked -p tally-count --examples
cargo build --release --locked -p tally-extract --examples
cargo build --release --locked -p tally-embedded --examples

text=${TEXT:-}
if [ -n "${PEERS:-}" ]; then
  state=${W:-$PEERS/.work}
  : "${text:=$state/text.txt}"
fi
if [ -n "$text" ]; then
  echo "== counting $text, one core"
  "$target/release/examples/counting" "$text"
  for _ in $(seq "$reps"); do
    /usr/bin/env time -f 'wc -w              %e s' env LC_ALL=C.UTF-8 wc -w "$text" >/dev/null
    /usr/bin/env time -f 'tally count -d wc  %e s' "$target/release/tally" count -d wc "$text" >/dev/null
  done
fi
echo "== a job's life on the embedded store"
"$target/release/examples/folder_bench"

if [ -n "${PEERS:-}" ]; then
  binaries=$(dirname "$(readlink -f "$target/release/tally")")
  own=$(mktemp -d)
  trap 'rm -rf "$own"' EXIT
  # nginx gives up its rights, and still needs its files.
  chmod 755 "$own"
  # The configuration of the stack, but for where it listens, whom it asks and where its files are.
  sed -e "s|/tmp/|$own/|" -e 's|listen 8080|listen 127.0.0.1:8106|' -e 's|server api:8080|server 127.0.0.1:8116|' \
    docker/nginx/nginx.conf >"$own/nginx.conf"
  sed -e "s|@BIN@|$binaries|" -e "s|@NGINX@|$own/nginx.conf|" tests/bench/peers.toml.in >"$own/peers.toml"
  [ $# -gt 0 ] || set -- P1 P2 P3 P4
  W=$state PEERS_TOML=$own/peers.toml RESULTS=$state/tally-$(date +%s).jsonl "$PEERS/bench.sh" run TALLY CLUSTER "$@" --reps "$reps" \
    --phases "${PHASES:-lat,lat1,drain,url,accept,acceptonly}" | grep -v '^{'
fi
