#!/usr/bin/env bash
# Schemathesis, a tester of APIs that we did not write, against our mocks with all its checks: what a mock answers must be
# what its contract says, for requests that fit it and for requests that don't.
#
#   scripts/check-schemathesis.sh [DRYRUN]     DRYRUN: the binary; default: that of the release build, built when missing
#
# The CRM and the Platform answer by their behaviour files; the generator by its contract alone.
# scripts/schemathesis.toml holds the seed, the number of examples and, each with its reason, what differs from Schemathesis'
# defaults. No check is left out.
#
# The tools go, pinned, into a cache folder: $DRYRUN_CACHE, else $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the
# first run no network is needed. Needs python3 (3.10 or newer, with venv).
#
# Exit code: 0 nothing found, 1 something found, 4 no tools, or a mock did not start.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Schemathesis, what makes its data, and what judges the answers; each at one version.
pins=(
  schemathesis==4.32.5
  hypothesis==6.170.15
  hypothesis-graphql==0.13.5
  jsonschema_rs==0.60.3
  requests==2.34.2
  urllib3==2.8.0
  werkzeug==3.1.9
  pytest==9.2.0
  PyYAML==6.0.3
)
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/schemathesis
stamp=$cache/installed
command -v python3 >/dev/null || { echo "check-schemathesis: python3 is not installed" >&2; exit 4; }
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "${pins[*]}" ]; then
  echo "check-schemathesis: installing the tools into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  {
    python3 -m venv "$cache/venv" &&
      "$cache/venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pins[@]}"
  } >&2 || {
    echo "check-schemathesis: the tools could not be installed" >&2
    exit 4
  }
  printf '%s' "${pins[*]}" >"$stamp"
fi
export PYTHONDONTWRITEBYTECODE=1

dryrun=${1:-${CARGO_TARGET_DIR:-target}/release/dryrun}
[ -x "$dryrun" ] || cargo build --release --quiet
work=$(mktemp -d)
mock=
stop() {
  [ -z "$mock" ] || { kill "$mock" 2>/dev/null || true; wait "$mock" 2>/dev/null || true; }
  mock=
}
trap 'stop; rm -rf "$work"' EXIT
# What Hypothesis keeps goes with the rest, not into the checkout.
export HYPOTHESIS_STORAGE_DIRECTORY=$work/hypothesis

failed=0
# against LABEL CONTRACT KEY WORD…: mocks with `dryrun mock WORD…` on a free port, and runs all checks of the contract. KEY,
# when there is one, is what the mock lets in.
against() {
  local label=$1 contract=$2 key=$3 address='' report=$work/$1.txt
  shift 3
  "$dryrun" mock "$@" --port 0 --quiet >"$work/$label.mock" 2>&1 &
  mock=$!
  for _ in $(seq 100); do
    address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/$label.mock" | head -n 1 || true)
    [ -z "$address" ] || break
    kill -0 "$mock" 2>/dev/null || break
    sleep 0.1
  done
  if [ -z "$address" ]; then
    echo "check-schemathesis: the mock for $label did not start:" >&2
    cat "$work/$label.mock" >&2
    exit 4
  fi
  "$cache/venv/bin/schemathesis" --config-file scripts/schemathesis.toml --no-color \
    run "$contract" --url "$address" ${key:+--header "X-API-Key: $key" --header "X-Signature: $key"} --checks all >"$report" 2>&1 || {
    failed=1
    cat "$report" >&2
  }
  stop
  # A run that tested nothing must not count as one that found nothing.
  grep -qE '^ *[1-9][0-9]* generated' "$report" || { echo "check-schemathesis: $label: no case was run" >&2; failed=1; }
  printf '%-10s %s operations, %s, in %s\n' "$label" "$(sed -n 's/^ *Tested: //p' "$report")" \
    "$(sed -nE 's/^ *([0-9]+ generated.*)/\1/p' "$report")" "$(sed -nE 's/^=+ (.*) in ([0-9.]+s) =+$/\2 (\1)/p' "$report")"
}

against crm schemas/crm/openapi.yaml '' crm
against platform schemas/platform/openapi.yaml '' platform

# The generator answers by its contract alone. Some of its calls need a key, some a signature, too: a wrong one must be
# refused as none is.
against generator schemas/generator/openapi.yaml generator-key \
  --contract schemas/generator/openapi.yaml --key generator-key

# The same Platform, told to check keys: a contract without the alternative "no key at all", a behaviour file with the key.
# (One way to give the key, so that a wrong one can't be made good by a right one beside it.)
mkdir "$work/keys"
sed -e '/^  - {}$/d' -e '/^  - bearer: \[\]$/d' schemas/platform/openapi.yaml >"$work/keys/openapi.yaml"
{
  cat mocks/services/platform.yaml
  printf 'auth:\n  keys: [platform-key]\n  except: ["GET /health"]\n'
} >"$work/keys/behaviour.yaml"
printf '[services.platform]\ncontract = "openapi.yaml"\nbehaviour = "behaviour.yaml"\n' >"$work/keys/dryrun.toml"
against with-keys "$work/keys/openapi.yaml" platform-key --config "$work/keys/dryrun.toml" platform
exit "$failed"
