"""How often pictures are drawn: as often as the console may without taking more of a core than it is given. Pure."""

from typing import Final

GOAL: Final = 0.13
"""Of a core, for all that the console does: 0.15 is its limit, and no measure of two seconds is exact."""

_WINDOW_S: Final = 2.0
_LEAST_S: Final = 0.1  # what is not braked at all is braked from here on
_SLOWEST_S: Final = 2.0
_BRAKE, _EASE = 1.6, 0.85  # at most so much slower or faster from one window to the next


class Pace:
    """Told clock and CPU time of the process, s, whenever pictures could be drawn. `fastest_s` apart, 0: each time."""

    def __init__(self, fastest_s: float) -> None:
        self._fastest_s = self.period_s = fastest_s
        """From one drawing to the next."""
        self._drawn_s = float("-inf")
        self._window: tuple[float, float] | None = None

    def due(self, now_s: float, cpu_s: float) -> bool:
        """Draw now?"""
        if self._window is None:
            self._window = now_s, cpu_s
        since_s, spent_s = now_s - self._window[0], cpu_s - self._window[1]
        if since_s >= _WINDOW_S:
            self._window = now_s, cpu_s
            factor = min(max(spent_s / since_s / GOAL, _EASE), _BRAKE)
            slower = max(self.period_s, _LEAST_S) * factor
            self.period_s = min(max(slower, self._fastest_s), _SLOWEST_S) if slower > _LEAST_S else self._fastest_s
        if now_s - self._drawn_s < self.period_s:
            return False
        self._drawn_s = now_s
        return True
