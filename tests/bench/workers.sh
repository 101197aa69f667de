#!/usr/bin/env bash
# Measures what a second worker brings on a load that is bound by the processor: large documents, counted with everything
# that can be asked for, by one worker of one thread, and then by two.
#
#   MONGODB_URI=… AMQP_URL=… tests/bench/workers.sh FILE|ADDRESS [JOBS]
#
# The database and the broker should be nobody else's. A file is handed in and kept by the database, which takes a part of
# the processor for that; what stands at an address of this machine is fetched by the workers. REPS (default 3) repeats, in
# turns.
set -euo pipefail
cd "$(dirname "$0")/../.."
document=$1 jobs=${2:-100}
binaries=${BIN:-${CARGO_TARGET_DIR:-target}/release}
api=127.0.0.1:8136
: "${MONGODB_URI:?names the store}" "${AMQP_URL:?names the broker}"
export MONGODB_URI AMQP_URL TALLY_WORKERS=1 TALLY_LOG=error
# All are of one host, which may be ours.
export TALLY_FETCH_ALLOW=127.0.0.0/8 TALLY_FETCH_PER_HOST=1000
case $document in
  http://* | https://*) what=(--json "{\"url\":\"$document\",\"why\":true,\"ngrams\":5}") ;;
  *) what=(-F "file=@$document" -F why=true -F ngrams=5) ;;
esac

started=()
# Who was told to stop ends with the status of a signal, which is no failure here.
stop() { [ $# -eq 0 ] || { kill "$@" && wait "$@" || true; }; }
trap 'stop "${started[@]}"' EXIT
start() { # start EXECUTABLE PORT
  "$binaries/$1" --listen "127.0.0.1:$2" >/dev/null 2>&1 &
  started+=($!)
}
await_ready() { # a start takes less than a second where all is there
  for _ in $(seq 200); do
    if curl -fsS -o /dev/null "http://127.0.0.1:$1/health/ready" 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "nothing is ready on port $1" >&2
  return 1
}
is_done() { # nothing waits and nothing runs
  local state found
  for state in queued running; do
    found=$(curl -fsS "http://$api/jobs?state=$state&limit=1") || return 1
    [[ $found != *'"id"'* ]] || return 1
  done
}

drain() { # drain WORKERS: the seconds from the first job handed in to the last one done
  local port began patience=$((SECONDS + 600))
  for port in $(seq 8137 $((8136 + $1))); do start tally-worker "$port"; done
  for port in $(seq 8137 $((8136 + $1))); do await_ready "$port"; done
  began=$EPOCHREALTIME
  seq "$jobs" | xargs -P 4 -I{} curl -fsS -o /dev/null "${what[@]}" "http://$api/jobs"
  until is_done; do
    [ $SECONDS -lt $patience ] || { echo "not done after ten minutes" >&2; return 1; }
    sleep 0.1
  done
  awk -v began="$began" -v ended="$EPOCHREALTIME" -v n="$1" -v jobs="$jobs" \
    'BEGIN { printf "%d worker(s): %d jobs in %.1f s, %.2f a second\n", n, jobs, ended - began, jobs / (ended - began) }'
  stop "${started[@]:1}"
  started=("${started[0]}")
}

start tally-api 8136
await_ready 8136
for _ in $(seq "${REPS:-3}"); do
  drain 1
  drain 2
done
