"""Bracketed reads: a request went out, an answer came back, the sample was latched in between.

Where the device also tells its own coarse time (Dynamixel's 1 ms Realtime Tick), the brackets of the
other reads say when that tick began and ended, which narrows a bracket that a slow answer widened.
"""

import numpy as np

from hardware.clock.facts import ClockStepError, seconds
from hardware.clock.interval import Int64s, interval

_TICK_NS = 1_000_000


def stamp_bracketed(
    t_lo_ns: Int64s,
    t_hi_ns: Int64s,
    ticks_ms: Int64s | None,
    likely_after_lo_ns: int,
    skew_ns: int = 1_000_000,
) -> tuple[Int64s, Int64s]:
    """Host time and bound (ns) of latch instants known to lie in [t_lo_ns, t_hi_ns], (n,) each.

    ticks_ms: (n,) the servo's tick in whole ms at its latch, unwrapped, or None. likely_after_lo_ns:
    where in the bracket the latch most likely is; if that is outside, the middle is taken. skew_ns:
    greatest time by which the instant that the sample stands for (all joints of a bus) differs from
    the latch of the servo that ticked.
    Ticks that contradict the brackets (a servo restarted) are not used at all.
    """
    low, high = t_lo_ns, t_hi_ns
    if ticks_ms is not None and len(ticks_ms) > 0:
        begun, ended = _tick_limits(t_lo_ns, t_hi_ns, ticks_ms)
        narrow_low, narrow_high = (
            np.maximum(low, begun - skew_ns),
            np.minimum(high, ended + skew_ns),
        )
        if bool((narrow_low <= narrow_high).all()):
            low, high = narrow_low, narrow_high
    t = t_lo_ns + likely_after_lo_ns
    t = np.where((t < low) | (t > high), low + (high - low) // 2, t)
    return t, np.maximum(t - low, high - t)


def _tick_limits(t_lo_ns: Int64s, t_hi_ns: Int64s, ticks_ms: Int64s) -> tuple[Int64s, Int64s]:
    """Earliest begin and latest end (host ns) of the tick that each sample fell into."""
    base_tick, base_host = int(ticks_ms[0]), int(t_lo_ns[0])
    device = (ticks_ms - base_tick) * _TICK_NS
    begin, end = seconds(device), seconds(device + _TICK_NS)
    y_end = ((t_lo_ns - base_host) - (device + _TICK_NS)).astype(np.float64)
    y_begin = ((t_hi_ns - base_host) - device).astype(np.float64)
    x = np.concatenate([begin, end])
    try:
        bottom, top = interval(x, (end, y_end), (begin, y_begin))
    except ClockStepError:
        return t_lo_ns, t_hi_ns
    n = len(device)
    begun = base_host + device + np.floor(bottom[:n]).astype(np.int64)
    ended = base_host + device + _TICK_NS + np.ceil(top[n:]).astype(np.int64)
    return begun, ended
