#!/usr/bin/env bash
# Prism, a validator that we did not write, stands as a proxy between the shipped features' service and the mocks, and
# then between the features and the service. Every call that it sees must honour the contract in its eyes, too.
#
#   scripts/check-prism.sh [DRYRUN]      DRYRUN: the binary; default: that of the release build, built when missing
#
# What goes through, and what does not:
# - service to mocks: all features but @wrong-answer, where a scenario makes a mock drop the connection, answer garbage,
#   hold back its answer or answer out of contract. There the mock breaks its contract on purpose, and Prism says so
#   by answering in its place, which is what it is for and not what the scenario is about.
# - features to service: Prism can't pass on a WebSocket (@live), answers itself when a key is missing, a path is
#   unknown or a body is no JSON (@wrong-request), and writes JSON anew, which breaks a signature over its bytes
#   (@exact-bytes). Requests are not judged here (--validate-request=false): scenarios send wrong ones on purpose.
#
# Prism goes, pinned, into a cache folder: $DRYRUN_CACHE, else $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the
# first run no network is needed. Needs node 18.20 or newer, and npm. (Prism 5.15 and later want node 24.)
#
# Exit code: 0 no violation, 1 a violation, a scenario that failed, or not a single call validated; 4 no tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pin=@stoplight/prism-cli@5.14.2
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/prism
stamp=$cache/installed
for tool in node npm; do
  command -v "$tool" >/dev/null || { echo "check-prism: $tool is not installed" >&2; exit 4; }
done
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$pin" ]; then
  echo "check-prism: installing $pin into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  npm install --prefix "$cache" --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error "$pin" >&2 || {
    echo "check-prism: Prism could not be installed" >&2
    exit 4
  }
  printf '%s' "$pin" >"$stamp"
fi
prism=$cache/node_modules/@stoplight/prism-cli/dist/index.js

dryrun=${1:-${CARGO_TARGET_DIR:-target}/release/dryrun}
[ -x "$dryrun" ] || cargo build --release --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
# through HOP TAGS: the features whose TAGS fit, with Prism on that hop.
through() {
  local hop=$1 tags=$2 logs=$work/$1 seen violations
  mkdir "$logs"
  "$dryrun" run --profile "prism-$hop" --tags "$tags" --out "$work/out-$hop" \
    --env "PRISM=$prism" --env "PRISM_LOGS=$logs" >"$work/$hop.txt" 2>&1 || {
    echo "check-prism: the features did not pass with Prism on the hop '$hop':" >&2
    tail -n 80 "$work/$hop.txt" >&2
    failed=1
  }
  # A call that reached Prism and was answered by what lies behind it, and what Prism had to say against any call.
  seen=$(cat "$logs"/*.log | grep -c 'The upstream call to .* has returned' || true)
  violations=$(cat "$logs"/*.log | grep -E 'Violation:|terminated with error' || true)
  # Until the service listens, the harness asks in vain whether it lives; that is no call of a feature.
  violations=$(printf '%s' "$violations" | grep -v 'get /live .*ECONNREFUSED' || true)
  if [ "$seen" -eq 0 ]; then
    echo "check-prism: Prism saw no call at all on the hop '$hop'" >&2
    failed=1
  fi
  if [ -n "$violations" ]; then
    echo "check-prism: what Prism found on the hop '$hop':" >&2
    printf '%s\n' "$violations" | sed -E 's/^\[[^]]*\] *//' | sort | uniq -c >&2
    failed=1
  fi
  printf '%-8s %s calls validated by Prism, %s violations; %s\n' "$hop" "$seen" \
    "$(printf '%s' "$violations" | grep -c . || true)" "$(grep -m 1 '^  scenarios' "$work/$hop.txt" | sed 's/^ *//')"
}

# A check that can't fail proves nothing: where a mock is made to break its contract, Prism must say so.
mkdir "$work/must-fail"
"$dryrun" run features/upstream_errors.feature --profile prism-mocks --name 'names no message' --out "$work/out-must-fail" \
  --env "PRISM=$prism" --env "PRISM_LOGS=$work/must-fail" >"$work/must-fail.txt" 2>&1 || true
if ! cat "$work"/must-fail/*.log | grep -q 'errors#VIOLATIONS'; then
  echo "check-prism: Prism let an answer pass that its contract does not allow" >&2
  failed=1
fi
through mocks 'not @wrong-answer'
through service 'not (@live or @wrong-request or @exact-bytes)'
exit "$failed"
