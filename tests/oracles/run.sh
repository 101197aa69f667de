#!/usr/bin/env bash
# Installs the oracles that it can, builds what is compared with them, and compares: make test-oracles
#
#   ORACLES_SEED=$RANDOM tests/oracles/run.sh   other generated texts than always; further arguments go to compare.py
#
# Whatever cannot be installed is named at the end as NOT RUN; the run fails only where an oracle was asked and differs.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
python=/usr/bin/python3 # the system's, for which the packages are made

install() { # by the system's package manager, without a question
  local missing=()
  for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return
  local apt=(apt-get)
  [ "$(id -u)" -eq 0 ] || apt=(sudo -n apt-get)
  # A list of packages that cannot be renewed may do all the same; what is missing then is said below.
  "${apt[@]}" update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
    echo "could not be installed: ${missing[*]}"
}

if command -v dpkg >/dev/null && command -v apt-get >/dev/null; then
  install python3 perl python3-icu
  install libreoffice-writer-nogui python3-uno
fi
if [ ! -x $python ]; then
  echo "oracles: NOT RUN, no $python"
  exit 0
fi

# The package is asked for once a run and is small; where the registry has none, that is said at the end.
package=$target/oracles/npm/node_modules/gmx-word-counter
if [ ! -d "$package" ] && command -v npm >/dev/null; then
  npm install --silent --no-fund --no-audit --prefix "$target/oracles/npm" gmx-word-counter >/dev/null 2>&1 || true
fi

# As `make test` builds it, so that nothing is built twice.
cargo build --locked --quiet -p tally-count --example counts
exec $python -B tests/oracles/compare.py --tally "$target/debug/examples/counts" --packages "$target/oracles/packages" \
  --kept services/count/tests/oracles.tsv --gmx "$package" \
  ${ORACLES_SEED:+--seed "$ORACLES_SEED"} "$@"
