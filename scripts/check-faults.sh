#!/usr/bin/env bash
# Switches on each seeded fault of the stand-in, one at a time, and demands a NO-GO (exit code 1) of the shipped
# features. A fault that slips through is a hole in the features. Prints a table; exit 1 when any slipped through.
#   usage: scripts/check-faults.sh [FAULT…]
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
[ -x "$target/release/dryrun" ] || cargo build --release --quiet
dryrun=$target/release/dryrun
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then faults=("$@"); else mapfile -t faults < <("$dryrun" generator --list-faults | cut -f1); fi
[ ${#faults[@]} -gt 0 ] || { echo "the stand-in names no faults"; exit 4; }

slipped=0
for fault in "${faults[@]}"; do
    set +e
    "$dryrun" run --fail-fast --out "$work/$fault" --env "STANDIN_FAULTS=$fault" >"$work/$fault.out" 2>"$work/$fault.err"
    code=$?
    set -e
    failed=$(sed -n 's/.*"failed": *\([0-9]*\).*/\1/p' "$work/$fault/summary.json" 2>/dev/null | head -n 1)
    if [ $code -eq 1 ]; then
        printf 'caught   %-28s after %s failed\n' "$fault" "${failed:-?}"
    else
        printf 'SLIPPED  %-28s exit code %s\n' "$fault" "$code"
        tail -n 5 "$work/$fault.err"
        slipped=$((slipped + 1))
    fi
done
printf '%s passed, %s failed\n' "$((${#faults[@]} - slipped))" "$slipped"
[ "$slipped" -eq 0 ]
