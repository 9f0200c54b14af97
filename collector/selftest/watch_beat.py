"""The sync line's regular pulse in box time, followed edge by edge. Pure."""

from typing import Final

_LOCK: Final = 8  # edges in a row that agree
_GAIN: Final = 0.05  # of the period's running mean
_RATE_SHARE: Final = 0.02  # how far a line may be from its nominal rate


class Beat:
    """When pulses are due. `last`: box ns of the last edge on the beat, None while it is not known.

    `era` changes whenever the beat is found anew: what was measured against an older one says nothing more.
    """

    def __init__(self, nominal_ns: float, tolerance_ns: float) -> None:
        self.nominal_ns, self.tolerance_ns = nominal_ns, tolerance_ns
        self.period_ns = nominal_ns
        self.last: int | None = None
        self.era = 0
        self._run: list[int] = []

    def find(self, ticks: int) -> None:
        """One more edge while the beat is unknown; it is known after a few that are evenly apart."""
        self._run = [*self._run, ticks][-_LOCK:]
        steps = [b - a for a, b in zip(self._run[:-1], self._run[1:], strict=True)]
        if len(self._run) < _LOCK:
            return
        mean = sum(steps) / len(steps)
        even = max(abs(step - mean) for step in steps) <= self.tolerance_ns
        if even and abs(mean / self.nominal_ns - 1) <= _RATE_SHARE:
            self.last, self.period_ns, self.era = ticks, mean, self.era + 1
            self._run = []

    def periods(self, ticks: int) -> tuple[int, float]:
        """Whole periods from the last edge on the beat, and how far off (ns) the beat that is."""
        ahead = ticks - (self.last or 0)
        periods = round(ahead / self.period_ns)
        return periods, ahead - periods * self.period_ns

    def keep(self, ticks: int, periods: int, off_ns: float) -> None:
        """An edge on the beat."""
        self.last = ticks
        self.period_ns += _GAIN * off_ns / periods

    def lose(self) -> None:
        """Find it anew."""
        self.last, self._run = None, []
