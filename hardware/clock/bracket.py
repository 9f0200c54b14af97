"""Bracketed reads: a request went out, an answer came back, the sample was latched in between.

Where the devices also tell their own coarse time (Dynamixel's 1 ms Realtime Tick), the brackets of the
other reads say when each tick began and ended. That narrows a bracket which a slow answer widened, and the
servos of a bus, whose ticks begin at different phases, together tell time as a vernier does: seven clocks
of 1 ms resolve about an eighth of it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import ClockStepError, Floats, seconds
from hardware.clock.interval import Int64s, interval

DITHER_NS: Final = 500_000
"""Reads come this much sooner or later than their beat, at random: on an even beat a 1 ms tick would never tell when
it begins."""

_TICK_NS: Final = 1_000_000
_QUICKEST: Final = 0.25  # of the reads: their latch lies where it likely lies
_QUICK: Final = 0.5  # of the reads: their own bracket says more than the vernier
_FEWEST: Final = 50  # of them to make a phase


def stamp_bracketed(
    t_lo_ns: Int64s,
    t_hi_ns: Int64s,
    ticks_ms: Int64s | None,
    likely_after_lo_ns: int,
    skew_ns: int = 1_000_000,
) -> tuple[Int64s, Int64s]:
    """Host time and bound (ns) of latch instants known to lie in [t_lo_ns, t_hi_ns], (n,) each.

    ticks_ms: (n, m) the ticks of m servos in whole ms at their latch, unwrapped, or None.
    likely_after_lo_ns: where in a prompt bracket the latch most likely is. skew_ns: greatest time by which
    the instant that the sample stands for (all joints of a bus) differs from the latch of any of them.
    The ticks of a servo that contradict the brackets (it restarted) are not used.
    """
    low, high = t_lo_ns, t_hi_ns
    steady: list[int] = []
    if ticks_ms is not None and len(ticks_ms) > 0:
        for servo, column in enumerate(ticks_ms.T):
            limits = _tick_limits(t_lo_ns, t_hi_ns, column)
            if limits is not None:
                steady.append(servo)
                low, high = np.maximum(low, limits[0] - skew_ns), np.minimum(high, limits[1] + skew_ns)
        if not bool((low <= high).all()):
            low, high, steady = t_lo_ns, t_hi_ns, []
    t = t_lo_ns + likely_after_lo_ns
    t = np.where((t < low) | (t > high), low + (high - low) // 2, t)
    if ticks_ms is not None and steady:
        t = np.clip(_vernier(t, t_hi_ns - t_lo_ns, ticks_ms[:, steady]), low, high)
    return t, np.maximum(t - low, high - t)


def _vernier(guess: Int64s, width: Int64s, ticks_ms: Int64s) -> Int64s:
    """The guesses (n,), moved to where all ticks agree: prompt reads give the phases, and all reads use them."""
    quickest, quick = np.quantile(width, _QUICKEST), np.quantile(width, _QUICK)
    prompt = width <= quickest
    if np.count_nonzero(prompt) < _FEWEST:
        return guess
    begins = np.stack([_phase(guess, prompt, column) for column in ticks_ms.T], axis=1)
    low, high = begins.max(axis=1), begins.min(axis=1) + _TICK_NS
    # Phases are estimates: where cells just fail to overlap, the truth is between their nearest ends.
    middle = np.rint((low + high) / 2).astype(np.int64)
    trusted = (width <= quick) & (guess >= low) & (guess <= high)
    return np.where(trusted, guess, middle)


def _phase(guess: Int64s, prompt: NDArray[np.bool_], tick_ms: Int64s) -> Floats:
    """Begin (n,) of the tick of each read in host ns: guesses of prompt reads lie half a tick later on average."""
    device = (tick_ms - tick_ms[0]) * _TICK_NS
    x = seconds(device)
    y = (guess - guess[0] - device).astype(np.float64)
    # Over minutes a servo's crystal is a line; its slow wander is far below the tick.
    run = x[prompt] - x[prompt].mean()
    offset = y[prompt].mean()
    slope = float((run * (y[prompt] - offset)).sum() / np.maximum((run * run).sum(), 1e-12))
    return guess[0] + device + offset + slope * (x - x[prompt].mean()) - _TICK_NS / 2


def _tick_limits(t_lo_ns: Int64s, t_hi_ns: Int64s, ticks_ms: Int64s) -> tuple[Int64s, Int64s] | None:
    """Earliest begin and latest end (host ns) of each sample's tick; None where the servo's clock stepped."""
    base_tick, base_host = int(ticks_ms[0]), int(t_lo_ns[0])
    device = (ticks_ms - base_tick) * _TICK_NS
    begin, end = seconds(device), seconds(device + _TICK_NS)
    y_end = ((t_lo_ns - base_host) - (device + _TICK_NS)).astype(np.float64)
    y_begin = ((t_hi_ns - base_host) - device).astype(np.float64)
    x = np.concatenate([begin, end])
    try:
        bottom, top = interval(x, (end, y_end), (begin, y_begin))
    except ClockStepError:
        return None
    n = len(device)
    begun = base_host + device + np.floor(bottom[:n]).astype(np.int64)
    ended = base_host + device + _TICK_NS + np.ceil(top[n:]).astype(np.int64)
    return begun, ended
