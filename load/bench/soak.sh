#!/usr/bin/env bash
# Whether the memory of a load stays flat: as many requests as it can make, checked against their contract, for ten minutes.
#
#   load/bench/soak.sh [MINUTES [USERS]]      default: 10 minutes, 16 users
#   SOAK_LOAD=crew load/bench/soak.sh 1       the sending and checking alone, without goose
#   SOAK_RISE=4096 load/bench/soak.sh         lets it rise by so many KiB; default 2048
#   LOAD_BENCH=FOLDER load/bench/soak.sh      takes that build of load/bench/clients.rs and server.rs
#
# Prints resident memory and requests so far, 20 times. Fails when the most memory of the last half is more than SOAK_RISE
# above the most of the quarter before the half: what grows shows there, and what is filled once (histograms, buffers, the
# allocator's arenas) is full by then.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-10}
users=${2:-16}
kind=${SOAK_LOAD:-ours}
rise=${SOAK_RISE:-2048}
folder=${LOAD_BENCH:-${CARGO_TARGET_DIR:-target}/release/examples}
[ -n "${LOAD_BENCH:-}" ] || cargo build --quiet --profile bench -p dryrun-load --examples

work=$(mktemp -d)
server="" client=""
finish() {
  for pid in $client $server; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

"$folder/load-bench-server" > "$work/url" &
server=$!
for _ in $(seq 200); do [ -s "$work/url" ] && break; sleep 0.05; done
url=$(head -1 "$work/url")
[ -n "$url" ] || { echo "the server did not start" >&2; exit 4; }

seconds=$(awk -v m="$minutes" 'BEGIN { print m * 60 }')
"$folder/load-bench-client" "$kind" "$url" "$users" "$seconds" full > "$work/out" &
client=$!
pause=$(awk -v s="$seconds" 'BEGIN { print s / 20.5 }')
printf '%8s %12s %12s\n' second requests KiB
for step in $(seq 20); do
  sleep "$pause"
  memory=$(awk '/VmRSS/ {print $2}' "/proc/$client/status") || { echo "the load ended early" >&2; exit 1; }
  count=$(python3 -c "import urllib.request as u; print(u.urlopen('$url/count').read().decode())")
  awk -v s="$step" -v p="$pause" -v c="$count" -v m="$memory" 'BEGIN { printf "%8.0f %12d %12d\n", s * p, c, m }'
  echo "$memory" >> "$work/memory"
done
wait "$client"
client=""
cat "$work/out"

awk -v rise="$rise" '
  NR > 5 && NR <= 10 && $1 > early { early = $1 }
  NR > 10 && $1 > late { late = $1 }
  END {
    printf "most in the second quarter %d KiB, in the last half %d KiB: ", early, late
    if (late > early + rise) { printf "it grew by %d KiB\n", late - early; exit 1 }
    print "flat"
  }' "$work/memory"
