"""A camera's whole pictures, while somebody from outside asks for them: to calibrate by. They are never recorded."""

from typing import Final

from collector.links import LOOK_HZ, RingWriter
from hardware.samples import Frame

LOOK_NS: Final = 2_000_000_000
"""For so long an order holds: whoever looks on repeats it, and a looker that was killed costs nothing any more."""


class LookWriter:
    """`ring`: of collector.links.look_row; the camera's thread is its one writer. Any thread may ask."""

    def __init__(self, ring: RingWriter) -> None:
        self._ring = ring
        self._until_ns = self._due_ns = self._period_ns = 0

    def ask(self, hz: float, now_ns: int) -> None:
        """Show so many pictures a second, LOOK_HZ at most, for LOOK_NS from now; the last to ask decides."""
        self._period_ns = round(1e9 / min(hz, LOOK_HZ))
        self._due_ns = min(self._due_ns, now_ns + self._period_ns)  # whatever slower order was before
        self._until_ns = now_ns + LOOK_NS

    def offer(self, frame: Frame, now_ns: int) -> None:
        """Show it, if it is asked for and the last one shown is old enough. `now_ns`: when the frame came."""
        if now_ns >= self._until_ns or now_ns < self._due_ns:
            return
        on_beat = now_ns - self._due_ns < self._period_ns
        self._due_ns = (self._due_ns if on_beat else now_ns) + self._period_ns
        self._ring.write((frame.stamp.t_ns, frame.stamp.seq, frame.color))
