#!/usr/bin/env bash
# A load from three machines, without a cluster: three processes, each in a network namespace of its own with nothing but
# its own loopback, the index in the environment as Kubernetes sets it, one agreed start. What `dryrun load merge` makes of
# their results must be the sum of the parts, bucket by bucket, as a decoder in Python that shares no code with us counts
# them; and a shard that was killed, a log that was cut, a start that is late must give exit code 6, never 0.
#
#   scripts/check-shards.sh [DRYRUN]     DRYRUN: the binary; default: that of the release build, built when missing
#
# Needs python3. Namespaces need root or unprivileged user namespaces; where there are none, the processes share one
# network, and the script says so.
#
# Exit code: 0 as it should be, 1 not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dryrun=${1:-${CARGO_TARGET_DIR:-target}/release/dryrun}
[ -x "$dryrun" ] || cargo build --release --quiet
work=$(mktemp -d)
pids=()
logs=()
stop() {
  for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

failed=0
wrong() {
  printf 'check-shards: %s\n' "$1" >&2
  failed=1
}

# A network of its own, with a loopback that is up.
alone=(sh -c 'exec "$@"' -)
for how in 'unshare --net' 'unshare --user --map-root-user --net'; do
  # shellcheck disable=SC2086
  if $how sh -c 'ip link set lo up' 2>/dev/null; then
    # shellcheck disable=SC2206
    alone=($how sh -c 'ip link set lo up && exec "$@"' -)
    break
  fi
done
[ "${alone[0]}" = unshare ] || echo "check-shards: no network namespaces here; the shards share one network" >&2

cat >"$work/load.toml" <<'TOML'
warm_up = "1 s"

[open]
rate = 90
duration = "4 s"

[thresholds]
p99_ms = 5000

[[request]]
name = "live"
path = "/live"

[[request]]
name = "templates"
path = "/api/v2/templates"
TOML

# shard RUN INDEX: in the background, a process group of its own.
shard() {
  setsid env JOB_COMPLETION_INDEX="$2" "${alone[@]}" \
    "$dryrun" load "$work/load.toml" --shard auto/3 --start-at "$start" --result "$work/$1-$2.txt" --out "$work/$1-$2" \
    >"$work/$1-$2.log" 2>&1 &
  pids+=($!)
  logs+=("$work/$1-$2.log")
}

# Time enough for six processes, each with a service and mocks, to come up and to compare their clocks.
start=$(date -u -d "+${START_IN:-8} seconds" +%FT%TZ)
for index in 0 1 2; do
  shard whole $index
  shard killed $index
done

# In the middle of the load one goes, as when a machine is lost.
python3 - "$start" <<'PY'
import datetime, sys, time

start = datetime.datetime.fromisoformat(sys.argv[1].replace("Z", "+00:00"))
time.sleep(max(0.0, start.timestamp() + 2 - time.time()))
PY
kill -KILL -- "-${pids[3]}"
# And one that comes up when the others have begun long ago.
shard late 2

number=0
for pid in "${pids[@]}"; do
  got=0
  { wait "$pid"; } 2>/dev/null || got=$?
  wanted=0
  [ $number = 3 ] && wanted=137
  if [ "$got" != $wanted ]; then
    wrong "process $number ended with $got in place of $wanted:"
    tail -n 20 "${logs[$number]}" >&2
  fi
  number=$((number + 1))
done

# merged LABEL CODE TEXT WORD…: merges; the exit code and a text of what is said must be these.
merged() {
  local label=$1 code=$2 text=$3 got=0
  shift 3
  "$dryrun" load merge --out "$work/$label" "$@" >"$work/$label.said" 2>&1 || got=$?
  if [ "$got" = "$code" ] && grep -qF -- "$text" "$work/$label.said"; then
    printf '%-12s exit code %s, as it should be: %s\n' "$label" "$got" "$text"
  else
    wrong "$label: exit code $got in place of $code, or nothing of \"$text\":"
    head -c 4000 "$work/$label.said" >&2
  fi
}

# The logs as `kubectl logs` gives them, with the names of pods before each line.
for index in 0 1 2; do sed "s|^|[pod/dryrun-load-$index/load] |" "$work/whole-$index.log"; done >"$work/pods.log"
merged whole 0 'shard 2 of 3 on' "$work"/whole-?.txt
merged logs 0 'shard 2 of 3 on' "$work/pods.log"
merged killed 6 'shard 1 of 3 is missing' "$work"/killed-?.log
merged cut 6 'is missing' "$work/whole-0.txt" "$work/whole-1.txt" <(head -c 1000 "$work/whole-2.txt")
merged late 6 'later than agreed' "$work/whole-0.txt" "$work/whole-1.txt" "$work/late-2.txt"
merged twice 6 'shard 2 ran more than once' "$work"/whole-?.txt "$work/late-2.txt"
merged expected 6 '4 shards are expected' --expect 4 "$work"/whole-?.txt
"$dryrun" load merge - --out "$work/input" <"$work/pods.log" >/dev/null 2>&1 || wrong "the logs by standard input do not pass"

python3 - "$work" <<'PY' || failed=1
"""The merge against its parts: counters, and each histogram bucket by bucket."""
import base64, collections, gzip, json, pathlib, struct, sys, zlib

work = pathlib.Path(sys.argv[1])


def shard(path):
    lines = [line.split() for line in path.read_text().splitlines() if line.startswith("DRYRUN-SHARD")]
    lines.sort(key=lambda words: int(words[3].split("/")[0]))
    return json.loads(gzip.decompress(base64.b64decode("".join(words[5] for words in lines))))


def buckets(text):
    """Counts by index of an HDR histogram, encoding V2, deflated (HdrHistogram, "V2 encoding")."""
    packed = base64.b64decode(text)
    cookie, length = struct.unpack(">II", packed[:8])
    assert cookie & 0xFF == 0x04 or cookie >> 4 & 0xFFFFFFF, hex(cookie)
    raw = zlib.decompress(packed[8 : 8 + length])
    _, payload, offset, digits, low, high, _ = struct.unpack(">IIIIQQd", raw[:40])
    assert (digits, low, high, offset) == (3, 1, 3_600_000_000, 0), (digits, low, high, offset)
    counts, index, at = collections.Counter(), 0, 40
    while at < 40 + payload:
        value = shift = 0
        for byte in range(9):
            part = raw[at]
            at += 1
            if byte == 8:
                value |= part << shift
                break
            value |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80:
                break
        value = (value >> 1) ^ -(value & 1)
        if value < 0:
            index -= value
        else:
            counts[index] += value
            index += 1
    return counts


def series(result):
    yield "requests", result["requests"]
    for workflow in result["workflows"]:
        yield workflow["name"], workflow["iterations"]
        for step in workflow["steps"]:
            yield f"{workflow['name']} / {step['name']}", step["series"]


parts = [shard(work / f"whole-{index}.txt")["result"] for index in range(3)]
events = [json.loads(line) for line in (work / "whole" / "record.jsonl").read_text().splitlines()]


def find(value):
    """The one result in the record, wherever the record keeps it."""
    if isinstance(value, dict):
        if "account" in value and "requests" in value:
            return value
        value = value.values()
    elif not isinstance(value, list):
        return None
    return next((found for found in map(find, value) if found), None)


merged = find(events)
assert merged["verdict"] == "passed", merged["reasons"]
assert parts[0]["account"]["asked"] == 120, "each makes a third of 90 a second for 4 seconds"
for name in ("asked", "sent", "dropped", "ended", "abandoned", "warm_up"):
    total = sum(part["account"][name] for part in parts)
    assert merged["account"][name] == total, (name, merged["account"][name], total)
compared = 0
for name, whole in series(merged):
    own = [dict(series(part))[name] for part in parts]
    total = sum((buckets(part["histogram"]) for part in own if part["histogram"]), collections.Counter())
    assert buckets(whole["histogram"]) == total, f"{name}: the buckets differ"
    assert sum(total.values()) == whole["count"] == sum(part["count"] for part in own), name
    compared += len(total)
assert compared > 50, compared
print(f"the merge is the sum of its parts: {merged['account']['asked']} arrivals, {compared} buckets")
PY
exit "$failed"
