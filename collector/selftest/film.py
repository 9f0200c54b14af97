"""A camera's frames by its own clock and counter, against the pulses: what happened between them. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import Rows
from collector.selftest.pulses import Pulses
from collector.selftest.rates import UNKNOWN, Floats, Ints, Rate, arrival_rate, ping_rate, robust_slope

Mask = NDArray[np.bool_]

_WINDOW_NS: Final = 2_000_000_000
_FEWEST: Final = 20  # frames or pulses that make a rate
_SAME_PPM: Final = 5.0  # windows that differ by less are of one stretch
_ODD: Final = 0.3e6  # ns by which an interval may differ from whole periods
_AROUND_NS: Final = 1_000_000_000
_FEW: Final = 10  # samples of which one is prompt
_LONG_ENOUGH_NS: Final = 3_000_000_000


@dataclass(frozen=True, slots=True)
class Film:
    """Frames in their order, (n,) each, without the ones that came twice or with the stamp of another.

    index: rows of the stream; ticks_ns; lost: by the counter, before each; skipped: periods without a frame
    that the counter knows nothing of; step_ns: by how much the clock jumped before each.
    """

    index: Ints
    ticks_ns: Ints
    arrival_ns: Ints
    lost: Ints
    skipped: Ints
    step_ns: Ints
    doubled: int
    same_stamp: int

    def __len__(self) -> int:
        return len(self.index)


def read_film(frames: Rows, period_ns: float) -> Film:
    """Sort out what came between each frame and the one before."""
    ticks, seq = frames["ticks"] * 1000, frames["seq"]
    again = np.diff(seq, prepend=seq[:1] - 1) == 0
    frozen = (np.diff(ticks, prepend=ticks[:1] - 1) == 0) & ~again
    index = np.flatnonzero(~again & ~frozen)
    ticks, seq, arrival = ticks[index], seq[index], frames["t_arrival_ns"][index]
    count = np.maximum(np.diff(seq, prepend=seq[:1] - 1), 1)
    odd = np.diff(ticks, prepend=ticks[:1]) - count * period_ns
    odd[:1] = 0
    step = clock_steps(ticks, arrival, odd)
    skipped = np.where(step == 0, np.maximum(np.rint(odd / period_ns), 0), 0).astype(np.int64)
    lost = count - 1 - np.isin(index - 1, np.flatnonzero(frozen)) * (count - 1)
    return Film(index, ticks, arrival, lost, skipped, step, int(again.sum()), int(frozen.sum()))


def clock_steps(ticks_ns: Ints, arrival_ns: Ints, odd_ns: Floats) -> Ints:
    """By how much a clock jumped before each sample; (n,) ns, 0 where it did not.

    odd_ns: how much longer each interval was than it should be. Where the promptest arrivals around it agree
    with the clock it was the sample that came at an odd time, else it was the clock.
    """
    step = np.zeros(len(ticks_ns), np.int64)
    ahead = arrival_ns - ticks_ns
    for i in np.flatnonzero(np.abs(odd_ns) > _ODD).tolist():
        before = int(np.searchsorted(arrival_ns, int(arrival_ns[i]) - _AROUND_NS))
        after = int(np.searchsorted(arrival_ns, int(arrival_ns[i]) + _AROUND_NS))
        if min(i - before, after - i) >= _FEW:
            moved = int(ahead[before:i].min()) - int(ahead[i:after].min())
            if abs(moved - odd_ns[i]) < abs(moved):
                step[i] = round(float(odd_ns[i]))
    return step


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which a camera kept one rate along the pulses.

    along: its clock against the host's if each frame is on a pulse; heard: the same clock by arrivals alone.
    If they differ, the frames slide through the pulses.
    """

    first_ns: int
    last_ns: int
    along: Rate
    heard: Rate

    @property
    def slip_ppm(self) -> float:
        """How fast the frames slide through the pulses, less all that this is uncertain by; 0 if not proven."""
        slip = abs(self.along.ppm - self.heard.ppm) - self.along.u - self.heard.u
        return slip if slip > 0 else 0.0


def stretches(film: Film, pulses: Pulses, pings: Rows, period_ns: float) -> list[Stretch]:
    """The stretches of three seconds or more; times are arrivals."""
    runs: list[tuple[int, int, list[float]]] = []
    if len(film) == 0:
        return []
    starts = range(int(film.arrival_ns[0]), int(film.arrival_ns[-1]) - _WINDOW_NS // 2, _WINDOW_NS)
    for start in starts:
        ppm = _along_box(film, pulses, start, start + _WINDOW_NS, period_ns)
        if np.isnan(ppm):
            continue
        if runs and runs[-1][1] == start and abs(ppm - float(np.median(runs[-1][2]))) <= _SAME_PPM:
            runs[-1] = runs[-1][0], start + _WINDOW_NS, [*runs[-1][2], ppm]
        else:
            runs.append((start, start + _WINDOW_NS, [ppm]))
    return [
        _stretch(film, pings, first, last, float(np.median(found)))
        for first, last, found in runs
        if last - first >= _LONG_ENOUGH_NS
    ]


def _stretch(film: Film, pings: Rows, first_ns: int, last_ns: int, along_box_ppm: float) -> Stretch:
    inside = (film.arrival_ns >= first_ns) & (film.arrival_ns < last_ns)
    # A clock's own jumps are told elsewhere; here they would pass for a rate.
    ticks = film.ticks_ns - np.cumsum(film.step_ns)
    box = ping_rate(pings, first_ns, last_ns)
    along = Rate(along_box_ppm + box.ppm, box.u) if np.isfinite(box.u) else UNKNOWN
    return Stretch(first_ns, last_ns, along, arrival_rate(ticks[inside], film.arrival_ns[inside]))


def _along_box(film: Film, pulses: Pulses, first_ns: int, last_ns: int, period_ns: float) -> float:
    """The camera's clock against the box's, ppm, if each frame is on a pulse; NaN where nobody knows."""
    at = np.flatnonzero((film.arrival_ns >= first_ns) & (film.arrival_ns < last_ns))
    arrival = pulses.rows["t_arrival_ns"]
    near = np.flatnonzero((arrival >= first_ns) & (arrival < last_ns) & ~pulses.extra)
    if min(len(at), len(near)) < _FEWEST or pulses.piece[near[0]] != pulses.piece[near[-1]]:
        return np.nan
    ticks = (film.ticks_ns - np.cumsum(film.step_ns))[at]
    place = np.cumsum(np.rint(np.diff(ticks, prepend=ticks[:1]) / period_ns))
    mine = robust_slope(place, (ticks - ticks[0]).astype(np.float64))
    box_ticks = pulses.rows["ticks"][near]
    theirs = robust_slope(pulses.slot[near].astype(np.float64), (box_ticks - box_ticks[0]).astype(np.float64))
    return (mine / theirs - 1) * 1e6
