"""Two-sided hull: a clock that answers pings, as host time with a bound that holds for any delays.

A ping says two certain things: the box read `ticks_rx` after the host sent, and `ticks_tx` before
the host received. However slow or lopsided the way, both stay true; quick trips only say more.
"""

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import SPAN_S, ClockStepError, Facts, reach, seconds
from hardware.clock.fit import RESOLUTION_NS, ClockFit
from hardware.clock.interval import Int64s, interval
from hardware.clock.steps import Exchanges
from hardware.samples import ClockPing

__all__ = ["ClockFit", "ClockStepError", "TwoSidedHull", "exchanges", "stamp_two_sided"]


class TwoSidedHull:
    """Causal estimate from the last minute's pings. After a ClockStepError, start a new one.

    An update costs two bisections of the hulls for each of a handful of slopes: O(log n), 10 us.
    """

    def __init__(self) -> None:
        self._base: ClockPing | None = None
        self._lower, self._upper = Facts(), Facts()
        self._fit: ClockFit | None = None

    def update(self, ping: ClockPing) -> None:
        """Take in the next round trip. Raises ClockStepError when the clock cannot be steady."""
        base = self._base = self._base or ping
        y_low = (ping.t_sent_ns - base.t_sent_ns) - (ping.ticks_rx - base.ticks_rx) - RESOLUTION_NS
        y_high = (ping.t_received_ns - base.t_sent_ns) - (ping.ticks_tx - base.ticks_rx)
        x_low = (ping.ticks_rx - base.ticks_rx) * 1e-9
        x_high = (ping.ticks_tx - base.ticks_rx) * 1e-9
        self._lower.add(x_low, -y_low)
        self._upper.add(x_high, y_high)
        now = reach(self._lower, self._upper, max(self._lower.last, self._upper.last))
        self._lower.forget(x_low - SPAN_S)
        self._upper.forget(x_high - SPAN_S)
        self._fit = ClockFit(base.ticks_rx, base.t_sent_ns, now)

    def fit(self) -> ClockFit | None:
        """The clock as far as it is known; None before the first ping."""
        return self._fit


def exchanges(pings: NDArray[np.void]) -> Exchanges:
    """What (n,) rows of hardware.rows.PING prove."""
    return Exchanges(pings["ticks_rx"], pings["t_sent_ns"] - RESOLUTION_NS, pings["ticks_tx"], pings["t_received_ns"])


def stamp_two_sided(pings: NDArray[np.void], ticks: Int64s) -> tuple[Int64s, Int64s]:
    """Host time and bound (ns) of box times, from the pings before and after each of them.

    pings: (m,) rows of hardware.rows.PING, best from a minute before the recording on; ticks: (n,)
    box ns. Returns t_ns (n,), u_ns (n,). Raises ClockStepError when the box clock stepped among the
    pings, ValueError without a ping.
    """
    if len(pings) == 0:
        raise ValueError("no clock pings were recorded: the trigger box's times cannot become host times")
    base_ticks, base_host = int(pings["ticks_rx"][0]), int(pings["t_sent_ns"][0])
    rx, tx = pings["ticks_rx"] - base_ticks, pings["ticks_tx"] - base_ticks
    x = seconds(ticks - base_ticks)
    sent, received = pings["t_sent_ns"] - base_host, pings["t_received_ns"] - base_host
    bottom, top = interval(
        x,
        (seconds(rx), (sent - rx - RESOLUTION_NS).astype(np.float64)),
        (seconds(tx), (received - tx).astype(np.float64)),
    )
    middle = np.rint((bottom + top) / 2).astype(np.int64)
    half = np.ceil((top - bottom) / 2).astype(np.int64)
    return base_host + (ticks - base_ticks) + middle, half + 1 + RESOLUTION_NS
