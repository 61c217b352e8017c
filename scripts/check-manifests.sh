#!/usr/bin/env bash
# The Kubernetes manifests of deploy/k8s: against the schemas of Kubernetes, strictly (an unknown key is an error), for the
# oldest and the newest version that we name; against yamllint; and what no schema knows: the number of shards is the same
# everywhere, and the profile in the ConfigMap is one that dryrun takes.
#
#   scripts/check-manifests.sh [DRYRUN]     DRYRUN: the binary; default: that of the release build, built when missing
#
# The tools go, pinned, into a cache folder: $DRYRUN_CACHE, else $XDG_CACHE_HOME/dryrun, else ~/.cache/dryrun. After the
# first run no network is needed. Needs python3 (3.10 or newer, with venv). With kubectl the kustomization is built, too.
#
# Exit code: 0 nothing found, 1 something found, 4 no tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pins=(
  kubernetes-validate==1.37.0
  yamllint==1.38.0
  PyYAML==6.0.3
)
versions=(1.33.0 1.37.0)
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}/manifests
stamp=$cache/installed
command -v python3 >/dev/null || { echo "check-manifests: python3 is not installed" >&2; exit 4; }
# The stamp is written last: a broken installation is made anew.
if [ "$(cat "$stamp" 2>/dev/null || true)" != "${pins[*]}" ]; then
  echo "check-manifests: installing the tools into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  {
    python3 -m venv "$cache/venv" &&
      "$cache/venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pins[@]}"
  } >&2 || {
    echo "check-manifests: the tools could not be installed" >&2
    exit 4
  }
  printf '%s' "${pins[*]}" >"$stamp"
fi
bin=$cache/venv/bin
dryrun=${1:-${CARGO_TARGET_DIR:-target}/release/dryrun}
[ -x "$dryrun" ] || cargo build --release --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
"$bin/yamllint" --strict -d '{extends: default, rules: {line-length: {max: 125}, document-start: disable, braces: {max-spaces-inside: 1}}}' \
  deploy/k8s || failed=1

manifests=(deploy/k8s/job.yaml deploy/k8s/configmap.yaml)
if command -v kubectl >/dev/null; then
  if kubectl kustomize deploy/k8s >"$work/built.yaml"; then
    manifests+=("$work/built.yaml")
  else
    failed=1
  fi
fi
for version in "${versions[@]}"; do
  "$bin/kubernetes-validate" --strict --quiet -k "$version" "${manifests[@]}" || failed=1
done

# The check must be able to fail: a key that Kubernetes does not know.
sed 's/backoffLimitPerIndex/backoffLimitPerindex/' deploy/k8s/job.yaml >"$work/wrong.yaml"
if "$bin/kubernetes-validate" --strict --quiet -k "${versions[0]}" "$work/wrong.yaml" >/dev/null 2>&1; then
  echo "check-manifests: a misspelt key was not found" >&2
  failed=1
fi

"$bin/python" - "$work" <<'PY' || failed=1
import pathlib, sys, yaml

job = yaml.safe_load(open("deploy/k8s/job.yaml"))["spec"]
data = yaml.safe_load(open("deploy/k8s/configmap.yaml"))["data"]
pod = job["template"]["spec"]
env = {entry["name"]: entry for entry in pod["containers"][0]["env"]}
said = {
    "completions": job["completions"],
    "parallelism": job["parallelism"],
    "DRYRUN_LOAD_SHARD": int(env["DRYRUN_LOAD_SHARD"]["value"].removeprefix("auto/")),
}
wrong = [f"the number of shards differs: {said}"] if len(set(said.values())) != 1 else []
names = {container["name"] for container in pod["containers"]}
for rule in job["podFailurePolicy"]["rules"]:
    if "onExitCodes" in rule and rule["onExitCodes"]["containerName"] not in names:
        wrong.append(f"a rule of podFailurePolicy names no container: {rule}")
for name, entry in env.items():
    key = entry.get("valueFrom", {}).get("configMapKeyRef", {}).get("key")
    if key is not None and key not in data:
        wrong.append(f"{name} reads {key}, which the ConfigMap does not have")
for name in ("dryrun.toml", "load.toml"):
    pathlib.Path(sys.argv[1], name).write_text(data[name])
for line in wrong:
    print(f"check-manifests: {line}", file=sys.stderr)
sys.exit(bool(wrong))
PY

# dryrun reads the configuration and the profile before it sends anything: a wrong one is exit code 2 (or 3), a right one
# ends with 4, because nothing answers at this address.
taken() {
  local got=0
  "$dryrun" --config "$work/dryrun.toml" load "$1" --target-url http://127.0.0.1:1 --out "$work/out" >"$work/said" 2>&1 || got=$?
  [ "$got" != 2 ] && [ "$got" != 3 ]
}
if ! taken "$work/load.toml"; then
  echo "check-manifests: dryrun does not take the profile of the ConfigMap:" >&2
  cat "$work/said" >&2
  failed=1
fi
sed 's/^duration/duraton/' "$work/load.toml" >"$work/misspelt.toml"
if taken "$work/misspelt.toml"; then
  echo "check-manifests: dryrun takes a profile with a misspelt key" >&2
  failed=1
fi
[ "$failed" = 0 ] && echo "check-manifests: ${manifests[*]##*/} hold for Kubernetes ${versions[*]}"
exit "$failed"
