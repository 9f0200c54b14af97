"""Where a recorded clock stepped: found in its own count against the host's times. Pure.

A clock that was reset, set or restarted is two clocks. Each gets its own estimate, so that the bound holds
on both sides; what may belong to either is counted to neither.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from hardware.clock.facts import RATE_LIMIT, ClockStepError, Facts, reach
from hardware.clock.interval import Int64s

MOST_STEPS: Final = 8
"""A count that steps more often is no clock: it is left in one piece, for its estimate to fail."""
_BACK_NS: Final = 1_000_000_000  # messages never overtake each other by so much


@dataclass(frozen=True, slots=True)
class Exchanges:
    """What round trips prove, (n,) each, ns: the clock read `low_ticks` at `low_ns` of the host or later, and
    `high_ticks` at `high_ns` or sooner. In the order in which they happened."""

    low_ticks: Int64s
    low_ns: Int64s
    high_ticks: Int64s
    high_ns: Int64s

    def backwards(self) -> "Exchanges":
        """The same with time run backwards."""
        columns = (self.high_ticks, self.high_ns, self.low_ticks, self.low_ns)
        return Exchanges(*(-column[::-1] for column in columns))

    def steady_until(self, start: int, stop: int) -> int:
        """The first exchange from `start` on that contradicts those since `start`; `stop` if none does."""
        base_ticks, base_ns = int(self.low_ticks[start]), int(self.low_ns[start])
        lower, upper = Facts(), Facts()
        for index in range(start, stop):
            low, high = int(self.low_ticks[index]) - base_ticks, int(self.high_ticks[index]) - base_ticks
            lower.add(low * 1e-9, low - (int(self.low_ns[index]) - base_ns))
            upper.add(high * 1e-9, int(self.high_ns[index]) - base_ns - high)
            try:
                reach(lower, upper, max(lower.last, upper.last))
            except ClockStepError:
                return index
        return stop


def steady_runs(exchanges: Exchanges) -> list[tuple[int, int]]:
    """The runs (begin, end) of exchanges with one and the same clock.

    A small step shows some exchanges later; those between the last that is surely of the old clock and the
    first that is surely of the new one are in no run.
    """
    count = len(exchanges.low_ticks)
    begins = [0]
    while (found := exchanges.steady_until(begins[-1], count)) < count:
        begins.append(found)
        if len(begins) > MOST_STEPS + 1:
            return [(0, count)]
    backwards, end = exchanges.backwards(), count
    runs: list[tuple[int, int]] = []
    for begin in reversed(begins):
        if begin < end:
            runs.append((begin, end))
            end = count - backwards.steady_until(count - end, count) if begin else 0
    return runs[::-1]


@dataclass(frozen=True, slots=True)
class Step:
    """The clock stepped by `by_ns` (ahead: positive) before message `index`."""

    index: int
    by_ns: int


def overheard_steps(
    ticks_ns: Int64s, arrival_ns: Int64s, off_beat_ns: Int64s, window: int, slack_ns: int, fewest: int
) -> list[Step]:
    """Steps of a clock that is only overheard; (n,) ticks and arrivals in the order of arrival.

    Lateness comes and goes, a step stays: the promptest of `window` messages before and after differ by more
    than `slack_ns` (and what clocks may drift meanwhile), and so do the two messages at the step itself.
    off_beat_ns: (n - 1,) how far the count left its beat from message to message, as far as that is known; where
    it is 0, there is no step, only lateness. fewest: messages that are needed on each side, so that one of
    them is prompt. A count that goes back by a second needs no other proof.
    """
    steps: list[Step] = []
    open_ranges = [(0, len(ticks_ns))]
    while open_ranges:
        begin, end = open_ranges.pop()
        part = slice(begin, end)
        found = _step(ticks_ns[part], arrival_ns[part], off_beat_ns[begin : end - 1], window, slack_ns, fewest)
        if found is not None:
            cut = begin + found.index
            steps.append(Step(cut, found.by_ns))
            open_ranges += [(begin, cut), (cut, end)]
        if len(steps) > MOST_STEPS:
            return []
    return sorted(steps, key=lambda step: step.index)


def _step(
    ticks_ns: Int64s, arrival_ns: Int64s, off_beat_ns: Int64s, window: int, slack_ns: int, fewest: int
) -> Step | None:
    """The clearest step of a stretch."""
    if len(ticks_ns) < 2:
        return None
    late = (arrival_ns - arrival_ns[0]) - (ticks_ns - ticks_ns[0])
    shift = _least(late[:-1], window) - _least(late[:0:-1], window)[::-1]
    index = np.arange(len(shift))
    first, last = np.maximum(index + 1 - window, 0), np.minimum(index + window, len(shift))
    allowed = slack_ns + RATE_LIMIT * 1e-9 * (arrival_ns[last] - arrival_ns[first])
    enough = (index + 1 >= fewest) & (len(shift) - index >= fewest)
    # The two messages tell the step by their lateness, or by the beat; either may be disturbed just there.
    off = np.minimum(np.abs(-np.diff(late) - shift), np.abs(off_beat_ns - shift))
    proven = (off_beat_ns != 0) & enough & (np.abs(shift) > allowed) & (off < np.abs(shift) / 2)
    unsure = np.where(np.diff(ticks_ns) < -_BACK_NS, -1.0, np.where(proven, off, np.inf))
    best = int(np.argmin(unsure))
    return Step(best + 1, int(shift[best])) if np.isfinite(unsure[best]) else None


def _least(values: Int64s, window: int) -> Int64s:
    """The least of each value and the `window` - 1 before it."""
    from scipy.ndimage import minimum_filter1d  # live clocks import this module, and only recorded ones need this

    found: Int64s = minimum_filter1d(values, window, origin=(window - 1) // 2, mode="nearest")
    return found


def bracket_steps(t_lo_ns: Int64s, t_hi_ns: Int64s, ticks_ms: Int64s) -> list[tuple[int, int]]:
    """Where the count of a servo, (n, m) ms, went on otherwise than the brackets of its reads, (n,) ns, allow.

    Returns (row, servo) of the first read after each step. Steps smaller than two brackets do not show.
    """
    gone_ns = np.diff(ticks_ms, axis=0) * 1_000_000
    least, most = (t_lo_ns[1:] - t_hi_ns[:-1])[:, None], (t_hi_ns[1:] - t_lo_ns[:-1])[:, None]
    slack = 1_000_000 + np.rint(RATE_LIMIT * 1e-9 * most).astype(np.int64)
    rows, servos = np.nonzero((gone_ns < least - slack) | (gone_ns > most + slack))
    if len(rows) > MOST_STEPS:
        return []
    return [(row + 1, servo) for row, servo in zip(rows.tolist(), servos.tolist(), strict=True)]


def stretches(steps: list[int], count: int) -> list[slice]:
    """The pieces of `count` samples between steps."""
    return [slice(begin, end) for begin, end in pairwise([0, *sorted({*steps} - {0, count}), count]) if begin < end]
