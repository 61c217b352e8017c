#!/usr/bin/env bash
# CPU and memory of a mock call, against httpmock alone with one static mock and a bare hyper server, all in one run.
#
#   scripts/bench-mocks.sh [SECONDS [CONNECTIONS]]     default: 3 seconds each, 16 connections
#   BENCH_ROUNDS=5 scripts/bench-mocks.sh              so many rounds, of which the cheapest counts; default 3
#   BENCH_BAR=3 scripts/bench-mocks.sh                 fails when a mock call costs more than 3 times httpmock's
#   MILLION=1 scripts/bench-mocks.sh                   and the memory over a million calls
#
# Needs wrk (apt-get install wrk). Prints microseconds of CPU of the server process for each call, in its own code and in
# the kernel's. Any answer but 2xx fails the run: it would be another call than the one that is meant.
# BENCH_SERVER=FILE measures that build of mocks/examples/bench-server.rs. docs/benchmarks.md says what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-3}
connections=${2:-16}
rounds=${BENCH_ROUNDS:-3}
target=${CARGO_TARGET_DIR:-target}
server=${BENCH_SERVER:-$target/dist/examples/bench-server}

command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 4; }
[ -n "${BENCH_SERVER:-}" ] || cargo build --quiet --profile dist -p dryrun-mocks --example bench-server

work=$(mktemp -d)
pid=""
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

cat > "$work/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = [[{"subject":"A letter for spring","html_content":"<p>Hello</p>","text_content":"Hello","recipients":["a@example.com","b@example.com"],"campaign_id":"camp_000001","metadata":{"source":"bench"}}]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LUA
cat > "$work/get.lua" <<'LUA'
wrk.headers["Accept"] = "application/json"
wrk.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LUA

contract=schemas/crm/openapi.yaml
behaviour=mocks/services/crm.yaml
get=/api/v1/contacts/count
post=/api/v1/email/send
failed=0

# User and system clock ticks that a process has had: fields 14 and 15 of /proc/PID/stat.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12, $13}'; }
memory() { awk '/VmRSS/ {print $2}' "/proc/$1/status"; }

start() {
  : > "$work/url"
  "$server" "$@" > "$work/url" &
  pid=$!
  for _ in $(seq 200); do [ -s "$work/url" ] && break; sleep 0.05; done
  url=$(head -1 "$work/url")
  [ -n "$url" ] || { echo "$1 did not start" >&2; exit 4; }
}
stop() { kill "$pid"; wait "$pid" 2>/dev/null || true; pid=""; }

# load SECONDS SCRIPT PATH: sets $calls, and fails the run if an answer was not 2xx
load() {
  wrk -t1 -c"$connections" -d"$1s" -s "$work/$2" "$url$3" > "$work/out"
  calls=$(awk '/requests in/ {print $1}' "$work/out")
  local bad
  bad=$(awk '/Non-2xx|Socket errors/' "$work/out")
  [ -z "$bad" ] || { echo "$2 $3: $bad" >&2; failed=1; }
}

# measure KEY SCRIPT PATH SERVER-ARGUMENTS...: one line "KEY TOTAL USER SYSTEM KIB" in $work/costs
measure() {
  local key=$1 script=$2 path=$3 before after
  shift 3
  start "$@"
  load 1 "$script" "$path"
  before=$(ticks "$pid")
  load "$seconds" "$script" "$path"
  after=$(ticks "$pid")
  echo "$key $before $after $calls $(memory "$pid")" | awk -v hz="$(getconf CLK_TCK)" '{
    u = ($4 - $2) / hz * 1e6 / $6; s = ($5 - $3) / hz * 1e6 / $6
    printf "%s %.1f %.1f %.1f %d\n", $1, u + s, u, s, $7 }' >> "$work/costs"
  stop
}

for _ in $(seq "$rounds"); do
  measure GET:hyper get.lua $get hyper
  measure GET:httpmock get.lua $get httpmock
  measure GET:mock get.lua $get mock $contract $behaviour
  measure GET:contract-alone get.lua $get mock $contract
  measure POST:hyper post.lua $post hyper
  measure POST:httpmock post.lua $post httpmock
  measure POST:mock post.lua $post mock $contract $behaviour
  measure POST:contract-alone post.lua $post mock $contract
done

awk -v bar="${BENCH_BAR:-0}" -v rounds="$rounds" '
  !($1 in best) { order[++n] = $1 }
  !($1 in best) || $2 < best[$1] { best[$1] = $2; user[$1] = $3; kernel[$1] = $4; kib[$1] = $5 }
  END {
    printf "µs of CPU a call, the cheapest of %d rounds\n", rounds
    for (i = 1; i <= n; i++) {
      key = order[i]
      split(key, part, ":")
      times = best[key] / best[part[1] ":httpmock"]
      printf "%-22s %6.1f (%.1f own, %.1f kernel)  %5.2f times httpmock alone  %7d KiB\n", key, best[key], user[key], kernel[key], times, kib[key]
      if (bar > 0 && part[2] != "hyper" && times > bar) { printf "%s: more than %s times\n", key, bar; worse = 1 }
    }
    exit worse
  }' "$work/costs" || failed=1

if [ "${MILLION:-}" = 1 ]; then
  start mock $contract $behaviour
  echo "memory over a million calls of POST:"
  done=0
  while [ "$done" -lt 1000000 ]; do
    load 3 post.lua $post
    done=$((done + calls))
    printf '%9d calls   %7d KiB\n' "$done" "$(memory "$pid")"
  done
  stop
fi
exit $failed
