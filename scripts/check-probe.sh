#!/usr/bin/env bash
# Hostile input for what ships: `dryrun probe` against the stand-in and the mocks of the CRM and the Platform must find
# nothing, and it must find what is wrong with the same stand-in when a fault is switched on.
#
#   scripts/check-probe.sh [DRYRUN]     DRYRUN: the binary; default: that of the release build, built when missing
#
# The seed is fixed, so that every run sends the same requests. Exit code: 0 as it should be, 1 not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dryrun=${1:-${CARGO_TARGET_DIR:-target}/release/dryrun}
[ -x "$dryrun" ] || cargo build --release --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The stand-in's own key in dryrun.toml: without it everything would be refused, and that counts as not probed.
key='X-API-Key: rehearsal-api-key'
failed=0

# expect CODE TEXT LABEL WORD…: probes with the words; the exit code and a text of the short report must be these.
expect() {
  local code=$1 text=$2 label=$3 got=0
  shift 3
  "$dryrun" probe --seed 7 --max-cases 150 --out "$work/$label" "$@" >"$work/$label.out" 2>"$work/$label.err" || got=$?
  if [ "$got" = "$code" ] && grep -qF "$text" "$work/$label/summary.md"; then
    printf '%-24s exit code %s, as it should be: %s\n' "$label" "$got" "$text"
  else
    printf '%-24s exit code %s in place of %s, or the report does not say "%s"\n' "$label" "$got" "$code" "$text"
    grep -aE '\[⚑ finding\]|hint: ' "$work/$label.out" | cut -c 1-400 || true
    tail -n 5 "$work/$label.out" "$work/$label.err"
    failed=1
  fi
}

expect 0 'GO' crm crm
expect 0 'GO' platform platform
expect 0 'GO' stand-in -H "$key"
expect 1 'server error' malformed_gives_500 -H "$key" --env STANDIN_FAULTS=malformed_gives_500
expect 1 'accepted rubbish' malformed_gives_200 -H "$key" --env STANDIN_FAULTS=malformed_gives_200
exit "$failed"
