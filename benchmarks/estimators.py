"""Clock estimators on the same traces: error of each edge's stamp. Writes docs/reference/clock-estimators.md."""

import sys
from dataclasses import dataclass
from pathlib import Path
from timeit import default_timer

import numpy as np

from benchmarks.clocks import methods
from benchmarks.clocks.traces import CABLES, SECONDS, Cable, Int64s, Trace, trace
from hardware.clock.hull import TwoSidedHull
from hardware.samples import ClockPing

PAGE = Path("docs/reference/clock-estimators.md")
SEEDS = 20
WARM_UP_S = 100

RIVALS: dict[str, methods.Method] = {
    "arrival time": methods.arrival,
    "OLS-100 at 1 Hz, round trips up to 20 ms (strawlab)": methods.ols_100(20_000_000, 10),
    "OLS-100 at 1 Hz, all round trips": methods.ols_100(2**62, 10),
    "OLS-100 at 10 Hz, all round trips": methods.ols_100(2**62, 1),
    "RealSense global time (15 at 1 Hz, OLS)": methods.global_time,
    "one-way convex hull, 60 s": methods.one_way_hull,
    "min-RTT of 8 (NTP clock filter)": methods.clock_filter,
    "min-RTT of each second, OLS over 60 s": methods.shortest_each_second,
}
ONE_WAY_OR_OLS = tuple(name for name in RIVALS if not name.startswith("min-RTT"))
CAUSAL, REFIT = "**two-sided hull, causal**", "**two-sided hull, refitted**"


@dataclass(frozen=True, slots=True)
class Score:
    """us: of all edges of all seeds."""

    rms: float
    p99: float
    largest: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Half-widths, us; share of the bound that the worst error took."""

    typical: float
    largest: float
    used: float


def score(errors: list[Int64s]) -> Score:
    us = np.abs(np.concatenate(errors)) * 1e-3
    return Score(float(np.sqrt((us**2).mean())), float(np.percentile(us, 99)), float(us.max()))


def run(cable: Cable, seeds: range) -> tuple[dict[str, Score], dict[str, Bounds]]:
    errors: dict[str, list[Int64s]] = {name: [] for name in (*RIVALS, CAUSAL, REFIT)}
    bounds: dict[str, list[Int64s]] = {CAUSAL: [], REFIT: []}
    for seed in seeds:
        one = trace(cable, seed)
        warm = one.edge_ns >= one.edge_ns[0] + WARM_UP_S * 10**9
        for name, method in RIVALS.items():
            errors[name].append((method(one) - one.edge_ns)[warm])
        for name, ours in ((CAUSAL, methods.hull), (REFIT, methods.refit)):
            t_ns, u_ns = ours(one)
            errors[name].append((t_ns - one.edge_ns)[warm])
            bounds[name].append(u_ns[warm])
    scores = {name: score(found) for name, found in errors.items()}
    return scores, {name: _bounds(errors[name], found) for name, found in bounds.items()}


def _bounds(errors: list[Int64s], found: list[Int64s]) -> Bounds:
    u_ns, off_ns = np.concatenate(found), np.abs(np.concatenate(errors))
    return Bounds(float(np.median(u_ns)) * 1e-3, float(u_ns.max()) * 1e-3, float((off_ns / u_ns).max()))


def cost_us(one: Trace) -> tuple[float, float]:
    """Typical and p99 cost of one update of the hull."""
    hull, costs = TwoSidedHull(), list[float]()
    for row in one.pings[:2000]:
        ping = ClockPing(*row.tolist())
        begin = default_timer()
        hull.update(ping)
        costs.append(default_timer() - begin)
    typical, slow = np.percentile(costs, [50, 99]) * 1e6
    return float(typical), float(slow)


def page(seeds: int) -> str:
    found = {cable.name: run(cable, range(seeds)) for cable in CABLES}
    lines = [
        "# Clock estimators",
        "",
        "Written by `python -m benchmarks.estimators`. Error of the host time of each trigger edge, us: rms / p99 /",
        f"max. Seeds 0..{seeds - 1} of each cable, {SECONDS} s, 60 edges and 10 pings a second; 25 ppm, 1 ppm of swing",
        f"in 15 min, and a rate that walks by 0.02 ppm a root second. Counted from {WARM_UP_S} s on, when every",
        "window is full. All but the refit are causal: only what had come before an edge's message stamps it.",
        "Rivals are written from their description; `benchmarks/clocks/methods.py` names the sources.",
        "",
        "| method | " + " | ".join(cable.name for cable in CABLES) + " |",
        "|---|" + "---|" * len(CABLES),
    ]
    for name in (*RIVALS, CAUSAL, REFIT):
        cells = [f"{s.rms:.1f} / {s.p99:.1f} / {s.largest:.1f}" for s in (found[c.name][0][name] for c in CABLES)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "Delays each way of the cables:", ""]
    lines += [
        f"- {c.name}: {c.least_us[0]:g} us out and {c.least_us[1]:g} us back at least, up to {c.frame_us:g} us for the"
        f" bus frame,\n  an exponential part of {c.mean_us:g} us, {c.outlier_rate:.0%} outliers of {c.outlier_ms:g} ms"
        " (mean)."
        for c in CABLES
    ]
    lines += [
        "",
        "Bounds of ours (no rival has one): median / max us; the worst error as a share of its own bound.",
        "",
    ]
    lines += ["| method | " + " | ".join(c.name for c in CABLES) + " |", "|---|" + "---|" * len(CABLES)]
    for name in (CAUSAL, REFIT):
        cells = [f"{b.typical:.0f} / {b.largest:.0f}; {b.used:.2f}" for b in (found[c.name][1][name] for c in CABLES)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", *verdict(found[CABLES[-1].name][0]), ""]
    typical, slow = cost_us(trace(CABLES[-1], 0))
    lines += [f"One update of the hull with a full minute of pings costs {typical:.0f} us (p99 {slow:.0f} us).", ""]
    return "\n".join(lines)


def verdict(loaded: dict[str, Score]) -> list[str]:
    best = min(ONE_WAY_OR_OLS, key=lambda name: loaded[name].p99)
    ols = min((name for name in ONE_WAY_OR_OLS if "hull" not in name), key=lambda name: loaded[name].p99)
    ratio = {name: [loaded[name].p99 / loaded[ours].p99 for ours in (CAUSAL, REFIT)] for name in (best, ols)}
    lines = [
        f"Under load the p99 of {name} is {causal:.1f} times that of the causal hull and {refit:.1f} times that of the"
        " refit."
        for name, (causal, refit) in ratio.items()
    ]
    biased = "The one-way hull keeps the least delay as a bias, which a calibration could take out."
    return [*lines, biased] if "hull" in best else lines


if __name__ == "__main__":
    text = page(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    PAGE.write_text(text)
    print(text)
