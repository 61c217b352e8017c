"""What apache-otava (PyPI) finds in a set of histories: the oracle of load/stats/tests/otava.rs.

    scripts/check-changepoints.sh --write

Two lines a case: `rules window max_p least | values`, then `found index:p …`. The values are written with the
digits that both sides read. Everything is seeded with a generator written out here, so that no version of Python or numpy changes it.
"""

from otava.analysis import compute_change_points


class Draws:
    """A 64-bit linear congruential generator (Knuth, MMIX); sums of 12 draws for what is nearly normal."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6


def noisy(seed, levels, sd):
    """`levels`: (how many values, their mean); `sd` relative to the mean."""
    draws = Draws(seed)
    return [mean * (1 + sd * draws.normal()) for count, mean in levels for _ in range(count)]


def drifting(seed, count, slope, sd):
    draws = Draws(seed)
    return [100 * (1 + slope * i) * (1 + sd * draws.normal()) for i in range(count)]


def cases():
    step = [(30, 100), (30, 115)]
    yield 50, 0.001, 0.0, [100.0] * 20
    yield 50, 0.001, 0.0, [100.0] * 12 + [115.0] * 12
    yield 50, 0.001, 0.0, [1.0, 1.0]
    for seed in range(8):
        for sd in (0.01, 0.03, 0.06):
            yield 50, 0.001, 0.0, noisy(seed, step, sd)
            yield 50, 0.001, 0.0, noisy(seed + 100, [(60, 100)], sd)
    for seed in range(6):
        several = [(40, 100), (25, 108), (15, 95), (60, 103), (8, 130), (50, 103)]
        yield 50, 0.001, 0.0, noisy(seed + 200, several, 0.02)
        yield 30, 0.001, 0.0, noisy(seed + 200, several, 0.02)
        yield 50, 0.01, 0.0, noisy(seed + 200, several, 0.02)
        yield 50, 0.001, 0.05, noisy(seed + 200, several, 0.02)
        yield 20, 0.1, 0.0, noisy(seed + 300, several, 0.03)
    for seed in range(4):
        yield 50, 0.001, 0.0, drifting(seed + 400, 120, 0.002, 0.01)
        spikes = noisy(seed + 500, [(100, 100)], 0.01)
        spikes[37], spikes[71] = 160.0, 155.0
        yield 50, 0.001, 0.0, spikes
    for count in range(1, 9):
        yield 50, 0.001, 0.0, noisy(count + 600, [(count, 100), (count, 140)], 0.01)


print("# apache-otava 0.8.0, compute_change_points; written by scripts/otava_oracle.py")
for window, max_p, least, values in cases():
    values = [float(f"{value:.6g}") for value in values]
    found, _ = compute_change_points(values, window_len=window, max_pvalue=max_p, min_magnitude=least)
    print("rules", window, max_p, least, "|", *(f"{value:.6g}" for value in values))
    print("found", *(f"{point.index}:{point.stats.pvalue:.9e}" for point in found))
