"""The box's clock live, through its steps: when it cannot be the same any more, its estimate starts afresh."""

from dataclasses import dataclass
from typing import Final

from hardware.clock.facts import ClockStepError
from hardware.clock.fit import ClockFit
from hardware.clock.hull import TwoSidedHull
from hardware.samples import ClockPing

LATE_NS: Final = 2_000_000_000
"""A message that seems to have taken longer than this was stamped by a clock that was set back."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Where a clock ceased to be the one that it was. `str()` says it in a sentence.

    t_ns: host time at which it showed; ticks_ns: what the clock read then; by_ns: how far that is ahead of
    what was expected, good to the bound of the time.
    """

    t_ns: int
    ticks_ns: int
    by_ns: int
    restarted: bool

    def __str__(self) -> str:
        if self.restarted:
            return f"the clock started anew and reads {self.ticks_ns * 1e-9:.3f} s; its estimate starts afresh"
        return (
            f"the clock stepped by {self.by_ns * 1e-6:+.3f} ms, or its rate changed at once, at"
            f" {self.ticks_ns * 1e-9:.3f} s of its count; its estimate starts afresh"
        )


class AnchoredHull:
    """A TwoSidedHull that outlives steps: `steps` counts them, and the call that finds one returns it.

    From then until the next ping there is no estimate. A step smaller than the bound shows later, or never.
    """

    def __init__(self) -> None:
        self._hull = TwoSidedHull()
        self._last_ticks = 0
        self.steps = 0

    def update(self, ping: ClockPing) -> ClockStep | None:
        """Take in the next round trip."""
        fit = self._hull.fit()
        restarted, self._last_ticks = ping.ticks_rx < self._last_ticks, ping.ticks_tx
        try:
            self._hull.update(ping)
        except ClockStepError:
            step = self._step(fit, ping.ticks_rx, (ping.t_sent_ns + ping.t_received_ns) // 2, restarted)
            self._hull.update(ping)
            return step
        return None

    def heard(self, ticks_ns: int, arrival_ns: int) -> ClockStep | None:
        """Hold a message that came unasked (an edge) against the estimate, before it is stamped by it."""
        fit = self._hull.fit()
        if fit is None:
            return None
        taken_ns, u_ns = arrival_ns - fit.to_host_ns(ticks_ns), fit.bound_ns(ticks_ns)
        if -u_ns <= taken_ns <= LATE_NS + u_ns:
            return None
        return self._step(fit, ticks_ns, arrival_ns, restarted=ticks_ns < self._last_ticks)

    def fit(self) -> ClockFit | None:
        """The clock as far as it is known; None before the first ping, and between a step and the next ping."""
        return self._hull.fit()

    def _step(self, fit: ClockFit | None, ticks_ns: int, t_ns: int, restarted: bool) -> ClockStep:
        self._hull = TwoSidedHull()
        self.steps += 1
        by_ns = 0 if fit is None else fit.to_host_ns(ticks_ns) - t_ns
        return ClockStep(t_ns, ticks_ns, by_ns, restarted)
