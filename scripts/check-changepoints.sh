#!/usr/bin/env bash
# Our change points against those of Apache Otava, the package on PyPI: its answers, stored in
# load/stats/tests/otava/oracle.txt, are computed anew and must be the same, and ours must be theirs.
#
#   scripts/check-changepoints.sh            check
#   scripts/check-changepoints.sh --write    write the stored answers anew, then check
#
# The package and the two that its method needs are installed, pinned, into a cache folder: $DRYRUN_CACHE, else
# $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the first run no network is needed. Needs python3 with venv.
#
# Exit code: 0 all as told, 1 something differs, 4 no package.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Only what compute_change_points imports: the rest of the package's needs are its data sources.
packages=(apache-otava==0.8.0 numpy==2.2.0 scipy==1.16.3)
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/otava
stamp=$cache/installed
stored=load/stats/tests/otava/oracle.txt
command -v python3 >/dev/null || { echo "check-changepoints: python3 is not installed" >&2; exit 4; }
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "${packages[*]}" ]; then
  echo "check-changepoints: installing ${packages[*]} into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  {
    python3 -m venv "$cache/venv" &&
      "$cache/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${packages[@]}"
  } >&2 || {
    echo "check-changepoints: the package could not be installed" >&2
    exit 4
  }
  printf '%s' "${packages[*]}" >"$stamp"
fi

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$cache/venv/bin/python" scripts/otava_oracle.py >"$fresh"
[ "${1:-}" != --write ] || cp "$fresh" "$stored"
diff -u "$stored" "$fresh" >&2 || {
  echo "check-changepoints: $stored is not what ${packages[0]} says; $0 --write writes it anew" >&2
  exit 1
}
cargo test --quiet -p dryrun-stats --test otava >&2 || exit 1
echo "check-changepoints: ours are those of ${packages[0]}"
