"""The robot's beat on the host's clock, smooth enough to take derivatives by.

A stamp is the best guess of an instant, and a guess gets better: a clock's fit that moves by 25 us moves a joint
at 1 rad/s by 25 urad within a millisecond, which is 25 rad/s^2. What the robot counts is even.
"""

_DRAW = 1e-4  # of the time that went by: how fast the beat is drawn to the stamps; a crystal is better than that


class Pace:
    """Call `at` once a cycle, in order."""

    def __init__(self) -> None:
        self._ticks_ns = self._now_ns = 0

    def at(self, ticks_ns: int, stamp_ns: int) -> int:
        """The instant, host ns, of the state that the robot counts as `ticks_ns` and whose stamp is `stamp_ns`."""
        elapsed = ticks_ns - self._ticks_ns
        if self._now_ns == 0 or elapsed < 0:
            now = stamp_ns
        else:
            most = round(elapsed * _DRAW)
            now = self._now_ns + elapsed
            now += min(max(stamp_ns - now, -most), most)
        self._ticks_ns, self._now_ns = ticks_ns, now
        return now
