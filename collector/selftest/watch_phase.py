"""How a camera's clock runs against the sync line's beat: matched by time, never by count. Pure.

The phase of a frame is its FRAME_TIMESTAMP minus the beat's nearest pulse, followed without jumps. For a
camera on the line it moves as the two crystals do, well below RATE_LIMIT; of a camera that runs free it ramps.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_beat import Beat
from hardware.clock.facts import RATE_LIMIT

_RECENT: Final = 60  # frames that tell the present rate
_FEWEST: Final = 45
_LATEST: Final = 10  # frames that tell the present phase
_HISTORY: Final = 60  # points, one each half second
_POINT_NS: Final = 500_000_000
_UNTRIED: Final = 4  # newest points that the past does not count yet
_SETTLED: Final = 8  # points before the rate of the past is believed
_MATURE_NS: Final = 450_000_000  # by then a ramp has shown whether it is one of a crystal
_SIGMAS: Final = 6.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """Rate of the frames against the beat (ppm), its change against the past, and the phase against the past (us).

    None where the past is too short. `noise_ppm`: one sigma of the rate.
    """

    ppm: float
    noise_ppm: float
    change_ppm: float | None
    offset_us: float | None

    @property
    def runs_free(self) -> bool:
        """No crystal is that far off: the frames slide through the pulses."""
        return abs(self.ppm) > RATE_LIMIT * 1e-3


class Phase:
    """Of one camera. All times in ns of the camera's clock. A clock's rate that jumps by more than
    `limit_ppm` has changed."""

    def __init__(self, beat: Beat, limit_ppm: float) -> None:
        self._beat, self._era, self._limit_ppm = beat, beat.era, limit_ppm
        self.measured: Measured | None = None
        self.clear()

    def clear(self) -> None:
        """Begin anew: the camera's clock or its place on the beat has changed."""
        self._offset: int | None = None  # box time minus camera time at the first frame, any whole periods
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT)
        self._history: deque[tuple[int, float]] = deque(maxlen=_HISTORY)
        self._line: tuple[int, float, float] | None = None
        self._changed_ns: int | None = None
        self.measured = None

    def add(self, ticks_ns: int) -> None:
        """The next frame's FRAME_TIMESTAMP."""
        beat = self._beat
        if beat.era != self._era:
            self._era = beat.era
            self.clear()
        if beat.last is None:
            return
        if self._offset is None:
            self._offset = beat.last - ticks_ns
        _, phase = beat.periods(ticks_ns + self._offset)
        if self._recent:
            phase += beat.period_ns * round((self._recent[-1][1] - phase) / beat.period_ns)
        self._recent.append((ticks_ns, phase))
        if not self._history or ticks_ns - self._history[-1][0] >= _POINT_NS:
            self._history.append((ticks_ns, phase))
            self._line = _line(list(self._history)[:-_UNTRIED])

    def measure(self) -> None:
        """Once all new frames are in: their rate and phase, for `measured`."""
        if len(self._recent) < _FEWEST:
            return
        first = self._recent[0][0]
        at = np.array([t - first for t, _ in self._recent], float)
        phase = np.array([y for _, y in self._recent])
        third = len(at) // 3
        run = float(np.median(at[-third:]) - np.median(at[:third]))
        if run <= 0:
            return
        slope = float(np.median(phase[-third:]) - np.median(phase[:third])) / run
        noise = _scatter(np.diff(phase)) * 1.25 * (2 / third) ** 0.5 / run  # 1.25: of a median, to a mean's
        change = offset = None
        if self._line is not None:
            origin, past_slope, past_phase = self._line
            change = (slope - past_slope) * 1e6
            now = float(np.median(at[-_LATEST:])) + first - origin
            offset = (float(np.median(phase[-_LATEST:])) - past_phase - past_slope * now) * 1e-3
        self.measured = Measured(slope * 1e6, noise * 1e6, change, offset)
        if change is None or abs(change) <= max(self._limit_ppm, _SIGMAS * noise * 1e6):
            self._changed_ns = None
        elif self._changed_ns is None:
            self._changed_ns = self._recent[-1][0]

    @property
    def changed_ppm(self) -> float | None:
        """By how much the clock's rate has changed, once that is beyond doubt, and it is no free run."""
        measured = self.measured
        if measured is None or measured.runs_free or self._changed_ns is None:
            return None
        return measured.change_ppm if self._recent[-1][0] - self._changed_ns >= _MATURE_NS else None


def _line(points: list[tuple[int, float]]) -> tuple[int, float, float] | None:
    """First time, slope and value there of the line through the points; None for too few."""
    if len(points) < _SETTLED:
        return None
    origin = points[0][0]
    at, phase = np.array([t - origin for t, _ in points], float), np.array([y for _, y in points])
    slope, value = np.polyfit(at * 1e-9, phase, 1)
    return origin, float(slope) * 1e-9, float(value)


def _scatter(steps: Floats) -> float:
    """Standard deviation of single values by the spread of their steps, whatever a few outliers do."""
    return 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / 2**0.5
