#!/usr/bin/env bash
# Checks the contracts: is each valid OpenAPI, does it keep every Spectral rule, do its examples keep its schemas?
#
#   scripts/check-contracts.sh [FOLDER]     FOLDER holds NAME/openapi.yaml and .spectral.yaml; default: schemas
#
# Needs python3 (3.10 or newer, with venv) and npm (node 18 or newer). The tools go, pinned, into a cache folder:
# $DRYRUN_CACHE, else $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the first run no network is needed.
#
# Exit code: 0 nothing found, 1 something found, 2 wrong use, 4 the tools could not be installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -gt 1 ]; then
  echo "usage: scripts/check-contracts.sh [FOLDER]" >&2
  exit 2
fi
folder=${1:-$here/../schemas}
if [ ! -d "$folder" ]; then
  echo "check-contracts: no folder $folder: name one that holds NAME/openapi.yaml" >&2
  exit 2
fi
folder=$(cd "$folder" && pwd)

# The packages that decide what is found, each at one version.
python_pins=(
  openapi-spec-validator==0.9.0
  openapi-schema-validator==0.9.0
  jsonschema==4.26.0
  jsonschema-path==0.5.0
  jsonschema-specifications==2025.9.1
  referencing==0.37.0
  rfc3339-validator==0.1.4
  PyYAML==6.0.3
)
npm_pins=(
  @stoplight/spectral-cli@6.16.3
)

cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/contract-tools
venv=$cache/venv
node=$cache/node
stamp=$cache/installed
wanted="${python_pins[*]} ${npm_pins[*]}"

for tool in python3 npm; do
  if ! command -v "$tool" >/dev/null; then
    echo "check-contracts: $tool is not installed" >&2
    exit 4
  fi
done
mkdir -p "$cache"
# Two checks at once must not install into one folder; without flock (macOS) the second one may have to be repeated.
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock 9
fi
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  echo "check-contracts: installing the tools into $cache" >&2
  rm -rf "$venv" "$node" "$stamp"
  mkdir -p "$node"
  {
    python3 -m venv "$venv" &&
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${python_pins[@]}" &&
      npm install --prefix "$node" --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error "${npm_pins[@]}"
  } >&2 || {
    echo "check-contracts: the tools could not be installed" >&2
    exit 4
  }
  printf '%s' "$wanted" >"$stamp"
fi
# Let go of the lock: the checks themselves may run side by side.
exec 9>&-

shopt -s nullglob
contracts=("$folder"/*/openapi.yaml)
if [ ${#contracts[@]} -eq 0 ]; then
  echo "check-contracts: no contract $folder/NAME/openapi.yaml" >&2
  exit 1
fi

found=0
check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || {
    echo "check-contracts: $name found something" >&2
    found=1
  }
}

for contract in "${contracts[@]}"; do
  check "openapi-spec-validator" "$venv/bin/openapi-spec-validator" "$contract"
done
check "spectral" "$node/node_modules/.bin/spectral" lint \
  --ruleset "$folder/.spectral.yaml" --fail-severity hint --fail-on-unmatched-globs "${contracts[@]}"
check "examples and bounds" "$venv/bin/python" "$here/check_examples.py" "${contracts[@]}"
exit "$found"
