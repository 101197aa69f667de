#!/usr/bin/env bash
# Opens every page in Chromium: tests/browser/run.sh. Screenshots go to <target>/screenshots.
#
# Needs node and npm for the tests alone; the pages need neither. Without a browser it says so and succeeds.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(readlink -f "${CARGO_TARGET_DIR:-target}")
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$browser" ] || ! command -v npm >/dev/null; then
  echo "test-browser: NOT RUN, there is no Chromium or no npm here (apt-get install chromium nodejs npm)"
  exit 0
fi
tally=${TALLY_BIN:-$target/debug/tally}
[ -x "$tally" ] || cargo build --locked -p tally-cli --bin tally
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cp tests/browser/package.json tests/browser/*.mjs "$work"
(cd "$work" && npm install --silent --no-audit --no-fund)
"$tally" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/banner" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
  base=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/banner" | head -1 || true)
  [ -n "$base" ] && break
  sleep 0.1
done
mkdir -p "$target/screenshots"
cd "$work" && BASE=$base CHROMIUM=$browser SCREENSHOTS=$target/screenshots node pages.mjs
