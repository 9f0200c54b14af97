"""Whether a camera's clock goes on as its frame counter does: its own account of a step, before any arrival tells."""

from typing import Final

_ODD_US: Final = 300  # exposures on a sync line stray by far less from frame to frame
_LEARNT: Final = 0.1  # of the period, from each frame
_PERIODS_OFF: Final = 500e-6  # how well the period is known; over a gap it adds up


class Beat:
    """The period of a camera's frames, as its clock shows it, and how far a frame leaves it."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._period_us: float | None = None
        self._other_us: float | None = None  # the odd interval before, which may be the first of a new beat

    def off_us(self, seq: int, ticks: int) -> int:
        """us by which the clock went further than the frames counted since the last one; 0 within what is usual.

        ticks: us, unwrapped. The first interval tells nothing; neither do two alike, which are another beat.
        """
        last, self._last = self._last, (seq, ticks)
        if last is None:
            return 0
        count, gone = seq - last[0], ticks - last[1]
        if count <= 0:  # the same frame again
            return gone
        each = gone / count
        if self._period_us is None:
            self._period_us = each
            return 0
        due = count * self._period_us
        off = gone - due
        if abs(off) <= _ODD_US + _PERIODS_OFF * abs(due):
            self._period_us += _LEARNT * (each - self._period_us)
            self._other_us = None
            return 0
        before, self._other_us = self._other_us, each
        if before is not None and abs(each - before) <= _ODD_US:
            self._period_us, self._other_us = each, None
        return round(off)
