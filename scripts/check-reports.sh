#!/usr/bin/env bash
# Reads the reports of a run with readers that we did not write: xmllint with an XSD, junitparser, headless Chromium; and
# the made-up load runs of the fixture with prometheus_client.
#   usage: scripts/check-reports.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: scripts/check-reports.sh FOLDER}
cache=${DRYRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dryrun}

xmllint --noout --schema reports/tests/junit.xsd "$out/junit.xml"

venv=$cache/venv-junit
if ! "$venv/bin/python" -c 'import junitparser' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check junitparser==5.0.3
fi
"$venv/bin/python" reports/tests/read_junit.py "$out/junit.xml"

# Load runs as Prometheus reads them: those of this folder, if there are any, and the made-up ones.
if ! "$venv/bin/python" -c 'import prometheus_client' 2>/dev/null; then
    "$venv/bin/pip" install --quiet --disable-pip-version-check prometheus_client==0.26.0
fi
fixture=$(mktemp -d)
trap 'rm -rf "$fixture"' EXIT
cargo run --quiet -p dryrun-reports --example fixture -- "$fixture" 20
mapfile -t expositions < <(ls "$fixture"/load-*.prom "$out"/*.prom 2>/dev/null)
"$venv/bin/python" reports/tests/read_prometheus.py "${expositions[@]}"

# The page, as a browser builds it: the verdict stands there, every scenario is listed, nothing was fetched.
chromium=$(command -v chromium || command -v google-chrome)
profile=$(mktemp -d)
trap 'rm -rf "$profile" "$fixture"' EXIT
"$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$profile" --virtual-time-budget=5000 \
    --dump-dom "file://$(realpath "$out")/report.html" >"$profile/dom.html" 2>/dev/null
python3 - "$profile/dom.html" "$out/summary.json" <<'PY'
import json, re, sys
dom = open(sys.argv[1], encoding="utf-8").read()
summary = json.load(open(sys.argv[2], encoding="utf-8"))
text = re.sub(r"<script.*?</script>", "", dom, flags=re.S)
assert summary["verdict"] in text, "the page does not show the verdict"
missing = [s["name"] for s in summary["scenarios"] if s["id"] not in text]
assert not missing, f"{len(missing)} scenarios are missing from the page: {missing[:3]}"
assert not re.search(r"""(?:src|href)=["']https?://""", text), "the page asks for something from a network"
print(f"page: {summary['verdict']}, {len(summary['scenarios'])} scenarios shown")
PY
