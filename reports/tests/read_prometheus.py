"""Reads expositions of load runs with prometheus_client, a parser that we did not write.

    python reports/tests/read_prometheus.py FILE.prom...

Exits 1 and says why when a file is not as the format wants it: a family twice, a series twice, a counter below 0, a
summary or histogram whose count and buckets contradict each other.
"""

import math
import sys

from prometheus_client.parser import text_string_to_metric_families


def wrong(path):
    with open(path, encoding="utf-8") as file:
        families = list(text_string_to_metric_families(file.read()))
    if not families:
        yield "it holds no family"
    seen, names = set(), set()
    for family in families:
        if family.name in names:
            yield f"{family.name}: a family in two places"
        names.add(family.name)
        if family.type == "unknown" or not family.documentation:
            yield f"{family.name}: without TYPE or HELP"
        buckets = {}
        for sample in family.samples:
            series = (sample.name, tuple(sorted(sample.labels.items())))
            if series in seen:
                yield f"{series}: twice"
            seen.add(series)
            if family.type == "counter" and not sample.value >= 0:
                yield f"{series}: a counter of {sample.value}"
            if sample.name.endswith("_bucket"):
                rest = tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
                buckets.setdefault(rest, []).append((float(sample.labels["le"]), sample.value))
            if family.type == "histogram" and sample.name.endswith("_count"):
                own = sorted(buckets.get(tuple(sorted(sample.labels.items())), []))
                if not own or own[-1] != (math.inf, sample.value):
                    yield f"{series}: the last bucket is not the count"
                if any(one[1] > next[1] for one, next in zip(own, own[1:])):
                    yield f"{series}: a bucket is smaller than the one before it"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = [f"{path}: {what}" for path in sys.argv[1:] for what in wrong(path)]
    if found:
        sys.exit("\n".join(found))
    print(f"{len(sys.argv) - 1} expositions: prometheus_client reads them all")


if __name__ == "__main__":
    main()
