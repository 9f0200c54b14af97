"""A few of a camera's pictures a second, made small, for whoever looks on from outside. They are never recorded."""

from typing import Final

import numpy as np

from collector.links import RingWriter, preview_stride
from hardware.samples import Frame

_PERIOD_NS: Final = 100_000_000


class PreviewWriter:
    """`ring`: of collector.links.preview_row; the camera's thread is its one writer."""

    def __init__(self, ring: RingWriter) -> None:
        self._ring = ring
        self._small = np.zeros(ring.address.dtype["rgb"].shape, np.uint8)
        self._due_ns = 0

    def offer(self, frame: Frame, now_ns: int) -> None:
        """Show it, if the last one shown is old enough. `now_ns`: when the frame came."""
        if now_ns < self._due_ns:
            return
        on_beat = now_ns - self._due_ns < _PERIOD_NS
        self._due_ns = (self._due_ns if on_beat else now_ns) + _PERIOD_NS
        height, width, channels = frame.color.shape
        stride = preview_stride(width, height)
        for channel in range(channels):  # numpy copies far faster so than three bytes at a time
            self._small[..., channel] = frame.color[::stride, ::stride, channel]
        self._ring.write((frame.stamp.t_ns, frame.stamp.seq, self._small))
