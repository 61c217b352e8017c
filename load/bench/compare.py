#!/usr/bin/env python3
"""What a request costs in CPU with each load generator, all against the same static server, in one run.

    load/bench/compare.py                     five rounds of 4 seconds each, 16 connections
    load/bench/compare.py --rounds 3 --seconds 2 --only wrk,goose,ours
    load/bench/compare.py --bar               exit code 1 when ours costs more than 1.3 times goose, or 0.45 times k6
    load/bench/compare.py --markdown FILE     the table for docs/benchmarks.md as well

The server (load/bench/server.rs) answers about 1 KiB of JSON and counts. While a client is at work, its CPU time (its own
and the kernel's for it, all threads and children, as getrusage counts it) and the server's count are read twice; what one
request costs is the difference of the one by that of the other. So neither its start nor its warming up is in the figure.
Server and client have a core each where there are two; what others used of the machine meanwhile is told as noise.

Clients are taken where they are found: wrk, oha, k6 and locust on the PATH, or by the environment variables WRK, OHA, K6
and LOCUST. One that is not there is left out, and said so. Ours and the Rust loops are built first (--profile bench);
LOAD_BENCH=FOLDER takes them from there instead. Needs Linux: the figures are those of /proc.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
GOOSE_BAR, K6_BAR = 1.3, 0.45
# So long a client works before it is measured, from its first hundred requests on.
WARM = 1.5
# Measured on the machine of the project at rest, before any of ours existed: µs of CPU a request.
REFERENCE = {"wrk": 8.7, "oha": 11.9, "goose": 25.7, "k6": 86, "locust": 139}


def stat(pid):
    """Parent, user ticks and kernel ticks of a process, those of children it has waited for included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[1]), int(fields[11]) + int(fields[13]), int(fields[12]) + int(fields[14])


def tree(pid):
    """User and kernel CPU seconds of a process and all below it."""
    known = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                known[int(entry)] = stat(entry)
            except (FileNotFoundError, ProcessLookupError):
                pass
    mine, grown = {pid}, True
    while grown:
        more = {child for child, (parent, *_) in known.items() if parent in mine} - mine
        mine, grown = mine | more, bool(more)
    found = [known[one] for one in mine if one in known]
    return sum(one[1] for one in found) / TICK, sum(one[2] for one in found) / TICK


def machine():
    """Busy CPU seconds of the whole machine, and those stolen by the host."""
    values = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _wait, irq, softirq, steal = values[:8]
    return (user + nice + system + irq + softirq) / TICK, steal / TICK


class Server:
    def __init__(self, file, core):
        self.process = subprocess.Popen(pinned([file], core), stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def count(self):
        with urllib.request.urlopen(f"{self.url}/count") as answer:
            return int(answer.read())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pinned(command, core):
    command = [str(word) for word in command]
    return command if core is None else ["taskset", "-c", str(core), *command]


def measure(server, command, core, seconds, extra_env):
    """One client: what a request costs, and what else is known of the time."""
    env = {**os.environ, **extra_env}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    client = subprocess.Popen(pinned(command, core), env=env, **quiet)
    try:
        begun, first = time.monotonic(), server.count()
        while server.count() < first + 100:
            if client.poll() is not None or time.monotonic() > begun + 60:
                raise SystemExit(f"{command[0]} sends nothing: {' '.join(map(str, command))}")
            time.sleep(0.1)
        time.sleep(WARM)
        before = (tree(client.pid), machine(), server.count(), tree(server.process.pid), time.monotonic())
        time.sleep(seconds)
        after = (tree(client.pid), machine(), server.count(), tree(server.process.pid), time.monotonic())
        if client.poll() is not None:
            raise SystemExit(f"{command[0]} ended before it was measured: {' '.join(map(str, command))}")
    finally:
        client.terminate()
        try:
            client.wait(5)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()
    requests, lasted = after[2] - before[2], after[4] - before[4]
    if requests < 100:
        raise SystemExit(f"{command[0]} sent {requests} requests only: {' '.join(map(str, command))}")
    user, kernel = (after[0][part] - before[0][part] for part in (0, 1))
    serving = sum(after[3]) - sum(before[3])
    busy = after[1][0] - before[1][0]
    return {
        "cpu": (user + kernel) * 1e6 / requests,
        "user": user * 1e6 / requests,
        "kernel": kernel * 1e6 / requests,
        "rate": requests / lasted,
        "noise": max(0.0, busy - user - kernel - serving) / lasted,
        "steal": (after[1][1] - before[1][1]) / lasted,
    }


def found(name):
    return os.environ.get(name.upper()) or shutil.which(name)


def clients(url, users, lasts, binary, environment):
    """Name, command, and how long it takes to get going; None for one that is not there."""
    own = {
        name: [binary, *kind.split()[:1], url, users, lasts, *kind.split()[1:]]
        for name, kind in {
            "raw hyper": "hyper",
            "raw reqwest": "reqwest",
            "goose": "goose",
            "ours, contract on": "ours full",
            "ours, sample 10%": "ours sample",
            "ours, contract off": "ours off",
            "our crew alone, contract on": "crew full",
            "our crew alone, contract off": "crew off",
        }.items()
    }
    wrk, oha, k6, locust = (found(name) for name in ("wrk", "oha", "k6", "locust"))
    environment.update({"TARGET": url, "USERS": str(users), "SECONDS": str(lasts)})
    items = f"{url}/items"
    return {
        "wrk": wrk and [wrk, "-t1", f"-c{users}", f"-d{lasts}s", items],
        "oha": oha and [oha, "--no-tui", "-c", users, "-z", f"{lasts}s", items],
        **own,
        "k6": k6 and [k6, "run", "--quiet", "--no-summary", "--no-usage-report", HERE / "k6.js"],
        "locust": locust
        and [locust, "-f", HERE / "locustfile.py", "--headless", "-u", users, "-r", users, "-t", f"{lasts}s",
             "--host", url, "--only-summary", "--loglevel", "ERROR"],
    }


def build():
    folder = os.environ.get("LOAD_BENCH")
    if not folder:
        root = HERE.parent.parent
        command = ["cargo", "build", "--quiet", "--profile", "bench", "-p", "dryrun-load", "--examples"]
        subprocess.run(command, cwd=root, check=True)
        folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release" / "examples"
    return pathlib.Path(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--users", type=int, default=16, help="connections, each with one request at a time")
    parser.add_argument("--only", help="names, or beginnings of names, with commas between them")
    parser.add_argument("--bar", action="store_true", help="fail when ours costs more than it may")
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="every single figure")
    options = parser.parse_args()

    folder = build()
    cores = sorted(os.sched_getaffinity(0))
    apart = (cores[0], cores[1]) if len(cores) > 1 and shutil.which("taskset") else (None, None)
    wanted = options.only.split(",") if options.only else None
    costs, missing = {}, []
    for number in range(options.rounds):
        # A server of its own each round: what an earlier client did to it is gone.
        server = Server(folder / "load-bench-server", apart[0])
        try:
            environment = {}
            all_clients = clients(server.url, options.users, int(options.seconds) + 90, folder / "load-bench-client", environment)
            for name, command in all_clients.items():
                if wanted and not any(name.startswith(word) for word in wanted):
                    continue
                if not command:
                    missing += [name] if name not in missing else []
                    continue
                cost = measure(server, command, apart[1], options.seconds, environment)
                costs.setdefault(name, []).append(cost)
                print(f"round {number + 1}: {name:30} {cost['cpu']:7.1f} µs  {cost['rate']:8.0f}/s  noise {cost['noise']:.2f} cores", file=sys.stderr)
        finally:
            server.stop()

    def middle(name, what="cpu"):
        return statistics.median(one[what] for one in costs[name]) if name in costs else None

    goose, k6 = middle("goose"), middle("k6")
    lines = ["| client | CPU a request, µs | spread | own | kernel | times goose | times k6 | requests a second |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, rounds in costs.items():
        cpu = middle(name)
        spread = f"{min(one['cpu'] for one in rounds):.1f} to {max(one['cpu'] for one in rounds):.1f}"
        times = [f"{cpu / other:.2f}" if other else "-" for other in (goose, k6)]
        lines.append(f"| {name} | {cpu:.1f} | {spread} | {middle(name, 'user'):.1f} | {middle(name, 'kernel'):.1f} | {' | '.join(times)} | {middle(name, 'rate'):.0f} |")
    everything = [one for rounds in costs.values() for one in rounds]
    noise = [one["noise"] for one in everything]
    text = "\n".join(lines)
    text += (
        f"\n\nMedian of {options.rounds} rounds of {options.seconds:g} s, {options.users} connections, {len(cores)} cores"
        f"{', server and client pinned to one each' if apart[0] is not None else ''}. Others used {statistics.median(noise):.2f} cores"
        f" meanwhile in the middle, {max(noise):.2f} at worst; {max(one['steal'] for one in everything):.2f} cores were taken by the host at worst."
    )
    for name in missing:
        reference = f" Elsewhere it was {REFERENCE[name]} µs to goose's {REFERENCE['goose']}." if name in REFERENCE else ""
        text += f"\n{name} was not there and is not measured.{reference}"
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n")
    if options.json:
        options.json.write_text(json.dumps(costs, indent=1) + "\n")

    ours = middle("ours, contract on")
    if options.bar and ours:
        worse = []
        if goose and ours > GOOSE_BAR * goose:
            worse.append(f"ours costs {ours / goose:.2f} times goose, more than {GOOSE_BAR}")
        if k6 and ours > K6_BAR * k6:
            worse.append(f"ours costs {ours / k6:.2f} times k6, more than {K6_BAR}")
        if not k6:
            worse.append("k6 was not there: its bar is not judged")
        print("\n".join(worse) or "both bars are kept")
        sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
