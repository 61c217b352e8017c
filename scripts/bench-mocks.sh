#!/usr/bin/env bash
# CPU and memory of a mock call, against httpmock alone with one static mock and a bare hyper server, all in one run.
#
#   scripts/bench-mocks.sh [SECONDS [CONNECTIONS]]     default: 6 seconds each, 16 connections
#   MILLION=1 scripts/bench-mocks.sh                   and the memory over a million calls
#
# Needs wrk (apt-get install wrk). Prints microseconds of CPU of the server process for each call, user and system, and
# how that compares with httpmock. With BENCH_BAR=3 it fails when a mock call costs more than so many times httpmock's.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-6}
connections=${2:-16}
target=${CARGO_TARGET_DIR:-target}
server="$target/dist/examples/bench-server"

command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 4; }
[ -n "${BENCH_SERVER:-}" ] && server=$BENCH_SERVER || cargo build --quiet --profile dist -p dryrun-mocks --example bench-server

work=$(mktemp -d)
pid=""
trap '[ -n "$pid" ] && kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

cat > "$work/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = [[{"subject":"A letter for spring","html":"<p>Hello</p>","text":"Hello","recipients":["a@example.com","b@example.com"],"campaign_id":"camp_000001","metadata":{"source":"bench"}}]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LUA
cat > "$work/get.lua" <<'LUA'
wrk.headers["Accept"] = "application/json"
wrk.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LUA

# Clock ticks of CPU that a process has had: fields 14 and 15 of /proc/PID/stat.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }
memory() { awk '/VmRSS/ {print $2}' "/proc/$1/status"; }

start() {
  "$server" "$@" > "$work/url" &
  pid=$!
  for _ in $(seq 200); do [ -s "$work/url" ] && break; sleep 0.05; done
  url=$(head -1 "$work/url")
  [ -n "$url" ] || { echo "$1 did not start" >&2; exit 4; }
}
stop() { kill "$pid"; wait "$pid" 2>/dev/null || true; pid=""; }

# measure NAME SCRIPT PATH SERVER-ARGUMENTS...: sets $cost
measure() {
  local name=$1 script=$2 path=$3
  shift 3
  start "$@"
  wrk -t1 -c"$connections" -d1s -s "$script" "$url$path" > "$work/warm"
  local before after calls bad
  before=$(ticks "$pid")
  wrk -t1 -c"$connections" -d"${seconds}s" -s "$script" "$url$path" > "$work/out"
  after=$(ticks "$pid")
  calls=$(awk '/requests in/ {print $1}' "$work/out")
  bad=$(awk '/Non-2xx/ {print $NF}' "$work/out")
  cost=$(awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v n="$calls" 'BEGIN {printf "%.1f", t / hz * 1e6 / n}')
  printf '%-34s %8.1f µs CPU a call   %9s calls   %7s KiB   %s\n' "$name" "$cost" "$calls" "$(memory "$pid")" "${bad:+$bad not 2xx}"
  [ -z "$bad" ] || failed=1
  stop
}

failed=0
contract=schemas/crm/openapi.yaml
behaviour=mocks/services/crm.yaml
get=/api/v1/contacts/count
post=/api/v1/email/send
measure "bare hyper, GET" "$work/get.lua" $get hyper
measure "httpmock, one static mock, GET" "$work/get.lua" $get httpmock; alone_get=$cost
measure "mock call, GET" "$work/get.lua" $get mock $contract $behaviour; our_get=$cost
measure "mock call, GET, no behaviour file" "$work/get.lua" $get mock $contract
measure "bare hyper, POST" "$work/post.lua" $post hyper
measure "httpmock, one static mock, POST" "$work/post.lua" $post httpmock; alone_post=$cost
measure "mock call, POST" "$work/post.lua" $post mock $contract $behaviour; our_post=$cost

awk -v a="$alone_get" -v b="$our_get" -v c="$alone_post" -v d="$our_post" -v bar="${BENCH_BAR:-0}" 'BEGIN {
  printf "a mock call costs %.2f times httpmock alone for GET, %.2f times for POST\n", b / a, d / c
  exit bar > 0 && (b / a > bar || d / c > bar)
}' || { echo "more than BENCH_BAR=$BENCH_BAR times" >&2; failed=1; }

if [ "${MILLION:-}" = 1 ]; then
  start mock $contract $behaviour
  echo "memory over a million calls of POST:"
  done=0
  while [ "$done" -lt 1000000 ]; do
    wrk -t1 -c"$connections" -d10s -s "$work/post.lua" "$url$post" > "$work/out"
    done=$((done + $(awk '/requests in/ {print $1}' "$work/out")))
    printf '%9s calls   %7s KiB\n' "$done" "$(memory "$pid")"
  done
  stop
fi
exit $failed
