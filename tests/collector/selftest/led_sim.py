"""A camera that looks at the box's flashing LED, in virtual time, with every true instant known."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import LedTrace
from collector.selftest.led import LedFit, fit_led
from hardware import rows

PERIOD_NS = 16_666_667
EXPOSURE_NS = 4_000_000
SPAN_NS = 16_000_000
START_NS = 7_000_000_000_000


@dataclass(frozen=True)
class Seen:
    """What the fit gets, and the truth: trace, flashes, stored mid-exposures, true ones."""

    trace: LedTrace
    flashes: NDArray[np.void]
    t_mid_ns: NDArray[np.int64]
    t_true_ns: NDArray[np.int64]


def look(
    seed: int,
    *,
    seconds: float = 8.0,
    noise: float = 0.03,
    error_ns: float = 0.0,
    exposure_ns: float = EXPOSURE_NS,
    width_ns: int = 3_000_000,
    slip: int = 0,
    outliers: float = 0.0,
    jitter_ns: float = 2_000.0,
    drift: float = 0.0,
    untold: float = 0.0,
) -> Seen:
    """Mid-exposures are stored `error_ns` too early; pictures come `slip` frames late against their stamps.

    `noise` and `drift` (of the background over the sweep) are shares of a fully lit exposure; `untold`:
    share of the flashes whose message is lost; `outliers`: share of the pictures that show anything.
    """
    rng = np.random.default_rng(seed)
    edges = START_NS + np.arange(int(seconds * 1e9 / PERIOD_NS)) * PERIOD_NS
    flashes = flash(rng, edges, width_ns)
    stored = edges - EXPOSURE_NS // 2
    true = stored + np.round(error_ns + rng.normal(0, jitter_ns, len(edges))).astype(np.int64)
    on, off = flashes["t_ns"], flashes["t_ns"] + flashes["width_ns"]
    begin, end = true - exposure_ns / 2, true + exposure_ns / 2
    each = zip(begin.tolist(), end.tolist(), strict=True)
    light = np.array([np.clip(np.minimum(off, b) - np.maximum(on, a), 0, None).sum() for a, b in each])
    picture = 30 + 200 * (light / exposure_ns + rng.normal(0, noise, len(edges)))
    picture += 200 * drift * np.linspace(0, 1, len(edges))
    picture = np.roll(picture, slip)
    wild = rng.random(len(edges)) < outliers
    picture[wild] = rng.uniform(0, 255, np.count_nonzero(wild))
    frame = np.arange(len(edges))
    told = np.full(len(edges), EXPOSURE_NS // 1000)
    came = rng.random(len(flashes)) >= untold
    return Seen(LedTrace(frame, picture, told), flashes[came], stored, true)


def flash(rng: np.random.Generator, edges: NDArray[np.int64], width_ns: int) -> NDArray[np.void]:
    """Rows of FLASH as PROTOCOL.md's SWEEP makes them: an edge during a flash sets off none."""
    told: list[tuple[int, int]] = []
    dark_ns = 0
    for seq, edge in enumerate(edges.tolist()):
        if edge < dark_ns:
            continue
        on = edge + int(rng.integers(SPAN_NS // 1000)) * 1000
        told.append((seq, on))
        dark_ns = on + width_ns
    found = np.zeros(len(told), rows.FLASH)
    found["seq"], found["t_ns"] = np.array(told).T
    found["width_ns"] = width_ns
    return found


def accuracy(seeds: Iterable[int], *, noise: float = 0.03) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Errors of the mid-exposure found and their sigmas, ns, a sweep of 8 s a seed; each seed has its own truth."""
    found: list[tuple[float, float]] = []
    for seed in seeds:
        error_ns = float(np.random.default_rng([seed, 1]).uniform(-300_000, 300_000))
        seen = look(seed, noise=noise, error_ns=error_ns)
        fit = fit_led(seen.trace, seen.flashes, seen.t_mid_ns)
        assert isinstance(fit, LedFit), (seed, fit)
        found.append((fit.mid_error_ns - error_ns, fit.mid_sigma_ns))
    errors, sigmas = np.array(found).T
    return errors, sigmas
