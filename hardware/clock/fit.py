"""A device clock as host time, with a bound: the causal fit that live gates use."""

from dataclasses import dataclass

from hardware.clock.facts import AGEING, Reach

RESOLUTION_NS = 1_000
"""A box time stands for an instant within the microsecond that it names (PROTOCOL.md)."""


@dataclass(frozen=True, slots=True)
class ClockFit:
    """The set of clocks that agree with all facts up to now; ticks are device ns.

    The middle of the set is the estimate, half its width the bound, at ticks after the last fact.
    """

    base_ticks: int
    base_host_ns: int
    reach: Reach

    def _ahead_s(self, ticks: int) -> float:
        return (ticks - self.base_ticks) * 1e-9 - self.reach.x

    def to_host_ns(self, ticks: int) -> int:
        """Host time of a device time."""
        r = self.reach
        middle = (r.low + r.high + (r.slope_low + r.slope_high) * self._ahead_s(ticks)) / 2
        return self.base_host_ns + (ticks - self.base_ticks) + round(middle)

    def bound_ns(self, ticks: int) -> int:
        """Bound on |to_host_ns(ticks) - truth|; grows with the distance from the last fact."""
        r, ahead = self.reach, abs(self._ahead_s(ticks))
        fan = (r.slope_high - r.slope_low) / 2 * ahead + AGEING / 2 * ahead * ahead
        return self.half_width_ns + round(fan) + RESOLUTION_NS

    @property
    def half_width_ns(self) -> int:
        """Half of what the clock may still be, at the last fact."""
        return round((self.reach.high - self.reach.low) / 2) + 1

    @property
    def ppm(self) -> float:
        """Rate error of the device clock; positive: it runs fast."""
        return -(self.reach.slope_low + self.reach.slope_high) / 2 * 1e-3
